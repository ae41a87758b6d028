"""The linear recurrence h_t = a_t h_{t-1} + b_t, step by step and in log2(T) rounds, and MinGRU."""

import numpy as np

from .cells import sigmoid
from .checks import (
    all_finite,
    check_array,
    check_dtype,
    check_flag,
    check_int,
    check_params,
    check_rng,
    check_steps,
    ended_steps,
    fail,
    refuse_backward,
    refuse_overflow,
)


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def scan_loop(a, b, h0=None):
    """States of the linear recurrence h_t = a_t h_{t-1} + b_t, one step after the other.

    Parameters
    ----------
    a, b : ndarray (N, T, H)
        What each step keeps, and what it adds.
    h0 : ndarray (N, H), optional
        State before the first step; zeros when left out.

    Returns
    -------
    ndarray (N, T, H)
        h_1 to h_T.

    Raises
    ------
    InputError
        If shapes or dtypes do not fit, T is 0, a value is not finite, or the states overflow.

    References
    ----------
    Derived in chapter 15.
    """
    h = _check_scan(a, b, h0)
    states = np.empty_like(b)
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        states[:, t] = h
    return _finite(states)


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def scan_parallel(a, b, h0=None):
    """The same states as `scan_loop`, in ceil(log2(T)) rounds.

    Two steps in a row are one step of the same kind: h -> a2 (a1 h + b1) + b2. Each round joins
    every finished stretch of steps with the one before it, so the stretches double in length.
    Within a round all joins are independent of one another.

    Parameters
    ----------
    a, b : ndarray (N, T, H)
        What each step keeps, and what it adds.
    h0 : ndarray (N, H), optional
        State before the first step; zeros when left out.

    Returns
    -------
    ndarray (N, T, H)
        h_1 to h_T.

    Raises
    ------
    InputError
        If shapes or dtypes do not fit, T is 0, a value is not finite, or the states or the
        products of `a` overflow.

    References
    ----------
    Hillis and Steele, "Data Parallel Algorithms" (1986); Blelloch, "Prefix Sums and Their
    Applications" (1990). Derived in chapter 15.
    """
    h = _check_scan(a, b, h0)
    a, b = a.copy(), b.copy()
    b[:, 0] += a[:, 0] * h
    stretch = 1
    while stretch < b.shape[1]:
        b[:, stretch:] += a[:, stretch:] * b[:, :-stretch]
        a[:, stretch:] *= a[:, :-stretch]
        stretch *= 2
    return _finite(b)


class MinGRU:
    """A GRU whose gate and candidate see the input only: h_t = (1 - z_t) n_t + z_t h_{t-1}.

    z_t = sigmoid(x_t W_z + b_z) and n_t = x_t W_n + b_n, without a tanh. So h_t is linear in
    h_{t-1}, and all steps can be computed by `scan_parallel`.

    Parameters
    ----------
    n_in, n_hidden : int
        D and H.
    rng : numpy.random.Generator
        Draws W_x, then b, from U(-k, k) with k = 1 / sqrt(H).
    dtype : dtype
        float64 or float32, of the weights and of all that the layer reads.
    parallel : bool
        Run `scan_parallel`, forward and backward, or `scan_loop`, which does less arithmetic.

    Attributes
    ----------
    params, grads : dict of ndarray
        W_x (D, 2H), b (2H,); columns in the order z, n. `params` are live.

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    Feng et al., "Were RNNs All We Needed?" (2024); there z is the share of the candidate.
    Derived in chapter 15.
    """

    states = ("h0",)

    def __init__(self, n_in, n_hidden, *, rng, dtype=np.float64, parallel=False):
        check_int("n_in", n_in, 1)
        check_int("n_hidden", n_hidden, 1)
        check_rng(rng)
        check_dtype(dtype)
        check_flag("parallel", parallel)
        D, H = int(n_in), int(n_hidden)
        self.dtype, self.parallel = np.dtype(dtype), bool(parallel)
        self.shapes = {"W_x": (D, 2 * H), "b": (2 * H,)}
        k = 1 / np.sqrt(H)
        self.params = {
            name: rng.uniform(-k, k, shape).astype(self.dtype)
            for name, shape in self.shapes.items()
        }
        self.grads = {}
        self._cache = None

    def __repr__(self):
        D, GH = self.shapes["W_x"]
        return f"MinGRU(n_in={D}, n_hidden={GH // 2}, dtype={self.dtype})"

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def forward(self, x, state=None, lengths=None):
        """Run the layer over whole sequences.

        Parameters
        ----------
        x : ndarray (N, T, D)
            Inputs, padded to T steps. Padding must be finite.
        state : ndarray (N, H), optional
            State before the first step; zeros when left out.
        lengths : ndarray of int (N,), optional
            True number of steps of each sequence, 0 to T; the state is frozen afterwards.

        Returns
        -------
        y : ndarray (N, T, H)
            State after each step; zero after the end of a sequence.
        state : ndarray (N, H)
            State after the last true step.

        Raises
        ------
        InputError
            If shape, dtype or values are not as above, or T is 0.
        """
        check_params(self.params, self.shapes, self.dtype)
        D, H = self.shapes["W_x"][0], self.shapes["b"][0] // 2
        check_array("x", x, ("N", "T", D), self.dtype)
        check_steps("x", x)
        state = np.zeros((len(x), H), self.dtype) if state is None else state
        check_array("state", state, (len(x), H), self.dtype)
        over = None if lengths is None else ended_steps(lengths, *x.shape[:2]).T[..., None]
        W = self.params["W_x"].copy()
        pre = x @ W + self.params["b"]
        if not all_finite(pre):
            refuse_overflow("the states", "inputs or weights are too large for the products")
        z, n = sigmoid(pre[..., :H]), pre[..., H:]
        a, b = z, (1 - z) * n
        if over is not None:
            a, b = np.where(over, 1, a), np.where(over, 0, b)
        h = self._scan(a, b, state)
        self._cache = x.copy(), W, z, n, a, h, state.copy(), over
        return (h.copy() if over is None else np.where(over, 0, h)), h[:, -1].copy()

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def backward(self, dy=None, d_state=None):
        """Backpropagate through time, by the same recurrence run backwards, and fill `grads`.

        Parameters
        ----------
        dy : ndarray (N, T, H), optional
            Gradient of the loss in y; zeros when left out. Ignored after a sequence's end.
        d_state : ndarray (N, H), optional
            Gradient of the loss in the returned state; zeros when left out.

        Returns
        -------
        dx : ndarray (N, T, D)
            Gradient in the input; zero after the end of a sequence.
        d_state0 : ndarray (N, H)
            Gradient in the state before the first step.

        Raises
        ------
        InputError
            If `forward` was not called, both arguments are missing, or one does not fit.

        Notes
        -----
        dh_t = dy_t + a_{t+1} dh_{t+1}: a linear recurrence too.
        """
        if self._cache is None:
            refuse_backward()
        x, W, z, n, a, h, state, over = self._cache
        if dy is None and d_state is None:
            fail(
                "dy, d_state or both",
                "neither",
                "no gradient of the loss was passed",
                "pass dy of the shape of y, or d_state for a loss on the last state",
            )
        dy = np.zeros_like(h) if dy is None else dy
        d_state = np.zeros_like(state) if d_state is None else d_state
        check_array("dy", dy, h.shape, self.dtype)
        check_array("d_state", d_state, state.shape, self.dtype)
        if over is not None:
            dy = np.where(over, 0, dy)
        a_next = np.concatenate([a[:, 1:], np.ones_like(a[:, :1])], axis=1)
        dh = self._scan(a_next[:, ::-1].copy(), dy[:, ::-1].copy(), d_state)[:, ::-1]
        h_old = np.concatenate([state[:, None], h[:, :-1]], axis=1)
        d = np.concatenate([dh * (h_old - n) * z * (1 - z), dh * (1 - z)], axis=2)
        if over is not None:
            d = np.where(over, 0, d)
        rows = d.reshape(-1, d.shape[2])
        grads = {"W_x": x.reshape(-1, x.shape[2]).T @ rows, "b": rows.sum(axis=0)}
        dx, d_state0 = d @ W.T, a[:, 0] * dh[:, 0]
        if not all_finite(*grads.values(), dx, d_state0):
            refuse_overflow("the gradients", "gradients exploded on their way back through time")
        self.grads = grads
        return dx, d_state0

    def _scan(self, a, b, h0):
        return scan_parallel(a, b, h0) if self.parallel else scan_loop(a, b, h0)


def _check_scan(a, b, h0):
    """Refuse what does not fit; return the state before the first step."""
    check_array("a", a, ("N", "T", "H"))
    check_steps("a", a)
    check_array("b", b, a.shape, a.dtype)
    N, _, H = a.shape
    h0 = np.zeros((N, H), a.dtype) if h0 is None else h0
    check_array("h0", h0, (N, H), a.dtype)
    return h0


def _finite(states):
    if not all_finite(states):
        refuse_overflow("the states", "factors a above 1 grow with every step")
    return states
