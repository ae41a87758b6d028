"""How far a gradient travels: chain gains and exact Jacobian products."""

import copy

import numpy as np

from .cells import lstm_step
from .checks import all_finite, check_array, check_integers, check_number, describe, fail
from .layers import GRU, LSTM, RNN


def chain_gain(w_h, steps):
    """abs(w_h) ** steps: what the recurrent weight alone does to a gradient.

    Parameters
    ----------
    w_h : float
        Recurrent weight of a scalar RNN.
    steps : int or ndarray of int
        Number of steps, at least 0.

    Returns
    -------
    float or ndarray
        The gain for each entry of `steps`, in its shape. It leaves out tanh': chapter 06 shows
        what that hides.

    Raises
    ------
    InputError
        If `w_h` is not finite, `steps` are not whole numbers of at least 0, or the gain overflows.
    """
    check_number("w_h", w_h)
    lags = np.asarray(steps) if isinstance(steps, (int, np.integer)) else steps
    check_integers("steps", lags, 0, np.iinfo(np.int64).max)
    with np.errstate(over="ignore"):
        gain = np.abs(float(w_h)) ** lags
    if not all_finite(gain):
        fail(
            "a gain within the range of floats",
            f"abs({w_h}) to the power {lags.max()}",
            "the gain has more than 308 digits",
            "use fewer steps, or a w_h nearer to 1",
        )
    return float(gain) if lags.ndim == 0 else gain


def gradient_norms(layer, x, wrt="h"):
    """Frobenius norm of d h_T / d h_t for every sample and step: exact, no sampling.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        Left as it is.
    x : ndarray (N, T, D)
        Inputs; the state before the first step is zero.
    wrt : str
        'h' for d h_T / d h_t (in an LSTM with c_t held fixed); 'c' for d h_T / d c_t of an LSTM,
        along all paths from c_t, the one through h_t = o_t tanh(c_t) among them.

    Returns
    -------
    ndarray (N, T)
        Column t belongs to the state after step t; the last column of 'h' is sqrt(H), the norm
        of the identity.

    Raises
    ------
    InputError
        If the layer or `wrt` is unknown, 'c' is asked of a layer without a cell state, or `x` is
        refused by the layer.

    Notes
    -----
    All H unit vectors travel back at once, one step at a time, through the layer's own backward
    pass: the product of the step Jacobians, without writing a Jacobian down.

    References
    ----------
    Chapters 06 and 08.
    """
    if not isinstance(layer, (RNN, LSTM, GRU)):
        fail("an RNN, LSTM or GRU layer", describe(layer), "another object", "pass the layer")
    names = [name[0] for name in layer.states]
    if not isinstance(wrt, str) or wrt not in names:
        fail(
            f"wrt to be one of {names}",
            repr(wrt),
            "only an LSTM has a cell state c",
            "use wrt='h'",
        )
    layer = copy.deepcopy(layer)
    states = _states(layer, x)
    (N, T, _), H = x.shape, layer.shapes["W_h"][0]
    unit = np.tile(np.eye(H, dtype=layer.dtype), (N, 1))  # row n H + j asks for unit j of h_T
    d = unit if len(names) == 1 else (unit, np.zeros_like(unit))
    norms = np.empty((N, T), layer.dtype)
    for t in range(T - 1, -1, -1):
        at_t = (
            _cell_gradient(layer, x, states, t, d) if wrt == "c" else d if len(names) == 1 else d[0]
        )
        # A plain sum of squares would leave the range long before the norm does.
        norms[:, t] = np.hypot.reduce(at_t.reshape(N, H * H), axis=1)
        layer.forward(np.repeat(x[:, t : t + 1], H, axis=0), _repeat(states[t], H))
        _, d = layer.backward(d_state=d)
    return norms


def _states(layer, x):
    """The state before each step: a list of T."""
    states, state = [], layer.forward(x)[1]
    state = (
        np.zeros_like(state) if isinstance(state, np.ndarray) else tuple(map(np.zeros_like, state))
    )
    for t in range(x.shape[1]):
        states.append(state)
        _, state = layer.forward(x[:, t : t + 1], state)
    return states


def _repeat(state, H):
    """Each sample H times, for H gradients at once."""
    if isinstance(state, tuple):
        return tuple(np.repeat(part, H, axis=0) for part in state)
    return np.repeat(state, H, axis=0)


def _cell_gradient(layer, x, states, t, d):
    """d h_T / d c_t: straight through the cells, and through h_t = o_t tanh(c_t)."""
    d_h, d_c = d
    _, c, gates = lstm_step(x[:, t], *states[t], **layer.params)
    return d_c + d_h * np.repeat(gates["o"] * (1 - np.tanh(c) ** 2), d_h.shape[1], axis=0)


def spectral_radius(W):
    """Largest absolute eigenvalue of a square matrix.

    Parameters
    ----------
    W : ndarray (H, H)
        A recurrent weight matrix.

    Returns
    -------
    float
        It rules W^k for large k; the largest singular value rules one step. Chapter 06.

    Raises
    ------
    InputError
        If `W` is not a finite square matrix of at least one row.
    """
    check_array("W", W, ("H", "H"))
    check_array("W", W, (max(1, len(W)), len(W)))
    return float(np.abs(np.linalg.eigvals(W)).max())
