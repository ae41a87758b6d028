"""Initialisers. Each changes the layer that it is given, in place."""

import numpy as np

from .checks import check_int, check_number, check_rng, describe, fail
from .layers import GRU, LSTM, RNN


def set_forget_bias(lstm, value):
    """Set the forget bias of an LSTM: the block f of `b`, in place.

    Parameters
    ----------
    lstm : LSTM
        Changed in place.
    value : float
        1 keeps sigmoid(1) = 0.73 of the cell in one step.

    Raises
    ------
    InputError
        If the layer is no LSTM, or the value not finite in its dtype.

    References
    ----------
    Gers, Schmidhuber and Cummins (2000); Jozefowicz, Zaremba and Sutskever (2015). Chapter 08.
    """
    _check_layer(lstm, LSTM, "an LSTM")
    _check_value("value", value, lstm.dtype)
    H = lstm.shapes["W_h"][0]
    lstm.params["b"][H : 2 * H] = value


def chrono(layer, t_max, rng):
    """Chrono initialisation: time constants spread from 1 to `t_max` - 1 steps, in place.

    LSTM: b_f = log u with u from U(1, t_max - 1), and b_i = -b_f. GRU: the z part of `b` is
    log u, and the z part of `b_h` is 0.

    Parameters
    ----------
    layer : LSTM or GRU
        Changed in place.
    t_max : int
        Longest dependency that is expected, in steps; at least 3.
    rng : numpy.random.Generator
        Draws u, one for each hidden unit.

    Raises
    ------
    InputError
        If the layer is neither, `t_max` too small, or `rng` no Generator.

    References
    ----------
    Tallec and Ollivier, "Can recurrent neural networks warp time?" (2018). Chapter 08.
    """
    _check_layer(layer, (LSTM, GRU), "an LSTM or a GRU")
    check_int("t_max", t_max, 3, 2**53)
    check_rng(rng)
    H = layer.shapes["W_h"][0]
    bias = np.log(rng.uniform(1, t_max - 1, H))
    layer.params["b"][H : 2 * H] = bias
    if isinstance(layer, LSTM):
        layer.params["b"][:H] = -bias
    else:
        layer.params["b_h"][H : 2 * H] = 0


def orthogonal_(layer, rng):
    """Make every H x H block of `W_h` a random orthogonal matrix, in place.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        Changed in place.
    rng : numpy.random.Generator
        Draws the blocks, one for each gate.

    Raises
    ------
    InputError
        If the layer has no recurrent weights, or `rng` is no Generator.

    References
    ----------
    Saxe, McClelland and Ganguli (2014). Chapter 06.
    """
    _check_layer(layer, (RNN, LSTM, GRU), "an RNN, LSTM or GRU")
    check_rng(rng)
    W_h = layer.params["W_h"]
    H = len(W_h)
    for start in range(0, W_h.shape[1], H):
        Q, R = np.linalg.qr(rng.standard_normal((H, H)))
        # Without the signs, QR would favour some rotations over others.
        W_h[:, start : start + H] = Q * np.sign(np.diag(R))


def identity_(layer, scale=1.0):
    """Make every H x H block of `W_h` the identity times `scale`, in place.

    Nothing else changes. For ReLU units the paper also sets the biases to zero; with the tanh of
    `RNN` the identity delays the vanishing of a gradient, but does not remove it.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        Changed in place.
    scale : float
        1 repeats the old state; below 1 it fades, by this factor at each step.

    Raises
    ------
    InputError
        If the layer has no recurrent weights, or the scale is not finite in the layer's dtype.

    References
    ----------
    Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks of Rectified Linear
    Units" (2015). Chapter 08.
    """
    _check_layer(layer, (RNN, LSTM, GRU), "an RNN, LSTM or GRU")
    W_h = layer.params["W_h"]
    _check_value("scale", scale, W_h.dtype)
    H = len(W_h)
    for start in range(0, W_h.shape[1], H):
        W_h[:, start : start + H] = scale * np.eye(H)


def _check_value(name, value, dtype):
    largest = float(np.finfo(dtype).max)
    check_number(name, value)
    check_number(name, float(value), -largest, largest)


def _check_layer(layer, kinds, wanted):
    if not isinstance(layer, kinds):
        fail(
            f"{wanted} layer",
            describe(layer),
            "this start is defined for that kind of layer only",
            "make the layer first, then initialise it",
        )
