"""One step of each recurrent cell, as pure functions: the equations, line by line."""

import numpy as np

from .checks import check_array, check_flag, check_int, check_number, fail

GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def sigmoid(a):
    """The logistic function 1 / (1 + exp(-a)), written so that it cannot overflow.

    Parameters
    ----------
    a : ndarray or float
        Any shape.

    Returns
    -------
    ndarray or float
        Values from 0 to 1, in the shape of `a`.

    Raises
    ------
    InputError
        If `a` is neither a number nor a float array, or not finite.

    Notes
    -----
    The identity sigmoid(a) = (1 + tanh(a / 2)) / 2 needs no exp of a large number. Chapter 07
    compares it with the direct formula.
    """
    if isinstance(a, np.ndarray):
        check_array("a", a, (...,))
    else:
        check_number("a", a)
    return 0.5 * (1.0 + np.tanh(0.5 * a))


def rnn_step(x, h, W_x, W_h, b):
    """One step of Elman's recurrent network: h' = tanh(x W_x + h W_h + b).

    Parameters
    ----------
    x : ndarray (N, D)
        Input of this step.
    h : ndarray (N, H)
        State before the step.
    W_x, W_h, b : ndarray (D, H), (H, H), (H,)
        Input weights, recurrent weights, bias.

    Returns
    -------
    ndarray (N, H)
        State after the step.

    Raises
    ------
    InputError
        If an array has another shape or dtype than the others need, or is not finite.

    References
    ----------
    Elman, "Finding Structure in Time", Cognitive Science 14 (1990). Derived in chapter 01.
    """
    _check_step(x, {"h": h}, {"W_x": W_x, "W_h": W_h, "b": b}, 1)
    return np.tanh(x @ W_x + h @ W_h + b)


def lstm_step(x, h, c, W_x, W_h, b):
    """One step of the long short-term memory: gates, cell state, hidden state.

    i, f, o = sigmoid(...) and g = tanh(...) of x W_x + h W_h + b, cut into four blocks in the
    order i, f, g, o; then c' = f c + i g and h' = o tanh(c').

    Parameters
    ----------
    x : ndarray (N, D)
        Input of this step.
    h, c : ndarray (N, H)
        Hidden state and cell state before the step.
    W_x, W_h, b : ndarray (D, 4H), (H, 4H), (4H,)
        Weights and bias, blocks in the order i, f, g, o.

    Returns
    -------
    h, c : ndarray (N, H)
        States after the step.
    gates : dict of ndarray (N, H)
        'i', 'f', 'g', 'o': how much is written, kept, proposed, shown.

    Raises
    ------
    InputError
        If an array has another shape or dtype than the others need, or is not finite.

    References
    ----------
    Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997); the forget
    gate: Gers, Schmidhuber and Cummins, "Learning to Forget" (2000). Derived in chapter 07.
    """
    _check_step(x, {"h": h, "c": c}, {"W_x": W_x, "W_h": W_h, "b": b}, 4)
    i, f, g, o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c, {"i": i, "f": f, "g": g, "o": o}


def gru_step(x, h, W_x, W_h, b, b_h, reset_after=True):
    """One step of the gated recurrent unit: h' = (1 - z) n + z h.

    With blocks in the order r, z, n: r and z are sigmoids of x W_x + b + h W_h + b_h.
    `reset_after=True` (PyTorch): n = tanh(x W_n + b_n + r (h W_hn + b_hn)).
    `reset_after=False` (Cho et al.): n = tanh(x W_n + b_n + (r h) W_hn + b_hn).

    Parameters
    ----------
    x : ndarray (N, D)
        Input of this step.
    h : ndarray (N, H)
        State before the step.
    W_x, W_h : ndarray (D, 3H), (H, 3H)
        Weights, blocks in the order r, z, n.
    b, b_h : ndarray (3H,)
        Bias beside the input and bias beside the state.
    reset_after : bool
        Where the reset gate acts: after the product with W_hn, or before it.

    Returns
    -------
    h : ndarray (N, H)
        State after the step.
    gates : dict of ndarray (N, H)
        'r', 'z', 'n': reset gate, share of the old state that is kept, candidate.

    Raises
    ------
    InputError
        If an array has another shape or dtype than the others need, or is not finite.

    References
    ----------
    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014). Derived in
    chapter 09, with both conventions.
    """
    _check_step(x, {"h": h}, {"W_x": W_x, "W_h": W_h, "b": b, "b_h": b_h}, 3)
    check_flag("reset_after", reset_after)
    H = h.shape[1]
    x_r, x_z, x_n = np.split(x @ W_x + b, 3, axis=1)
    h_r, h_z, h_n = np.split(h @ W_h + b_h, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    if not reset_after:
        h_n = (r * h) @ W_h[:, 2 * H :] + b_h[2 * H :]
    n = np.tanh(x_n + (r * h_n if reset_after else h_n))
    h = (1 - z) * n + z * h
    return h, {"r": r, "z": z, "n": n}


def count_params(cell, n_in, n_hidden, biases=1):
    """Number of weights and biases in one recurrent layer.

    Parameters
    ----------
    cell : str
        'rnn', 'lstm' or 'gru'.
    n_in, n_hidden : int
        D and H.
    biases : int
        1 bias vector for each gate (theory) or 2 (PyTorch: bias_ih and bias_hh).

    Returns
    -------
    int
        gates * (H D + H H + biases H).

    Raises
    ------
    InputError
        If the cell is unknown, or a number is not a whole number in range.

    References
    ----------
    Derived in chapter 09, section "Counting parameters".
    """
    if not isinstance(cell, str) or cell not in GATES:
        fail(
            "cell to be 'rnn', 'lstm' or 'gru'",
            f"{cell!r}",
            "another name, or a layer instead of its name",
            "write the name in lower case",
        )
    check_int("n_in", n_in, 1)
    check_int("n_hidden", n_hidden, 1)
    check_int("biases", biases, 1, 2)
    D, H = int(n_in), int(n_hidden)
    return GATES[cell] * H * (D + H + int(biases))


def _check_step(x, states, params, gates):
    """Shapes follow from x (N, D) and the state (N, H); the dtype is that of x."""
    check_array("x", x, ("N", "D"))
    check_array("h", states["h"], ("N", "H"), x.dtype)
    (N, D), H = x.shape, states["h"].shape[1]
    for name, value in states.items():
        check_array(name, value, (N, H), x.dtype)
    shapes = {"W_x": (D, gates * H), "W_h": (H, gates * H)}
    for name, value in params.items():
        check_array(name, value, shapes.get(name, (gates * H,)), x.dtype)
    largest = {"x": _largest(x), "h": _largest(states["h"])}
    largest |= {name: _largest(value) for name, value in params.items()}
    bound = D * largest["x"] * largest["W_x"] + H * largest["h"] * largest["W_h"]
    bound += sum(largest[bias] for bias in params.keys() - shapes.keys())
    if bound > 0.1 * np.finfo(x.dtype).max:
        fail(
            "products of x, h and the weights, and biases, to stay finite",
            ", ".join(f"{name} up to {value:.1e}" for name, value in largest.items()),
            "inputs or weights are too large for the products",
            "scale the inputs, or make the weights smaller",
        )


def _largest(value):
    return float(np.abs(value).max(initial=0))
