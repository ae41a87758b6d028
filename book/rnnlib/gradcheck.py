"""Central differences: the judge of every backward pass in this course."""

import copy

import numpy as np

from .checks import check_array, check_number, check_rng, describe, fail


def numerical_gradient(f, x, eps=1e-5):
    """Gradient of f at x by central differences, (f(x + eps) - f(x - eps)) / (2 eps).

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x`, returns a number.
    x : ndarray, any shape
        Left as it is: `f` is called on changed copies.
    eps : float
        Step, above 0.

    Returns
    -------
    ndarray
        One number for each entry of `x`.

    Raises
    ------
    InputError
        If `f` is no function or does not return one finite number, `x` is no finite float
        array, or `eps` is not above 0.

    References
    ----------
    Derived in chapter 03.
    """
    if not callable(f):
        fail("f to be a function", describe(f), "its result was passed", "pass the function itself")
    check_array("x", x, (...,))
    check_number("eps", eps, np.nextafter(0, 1))
    gradient = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(*x.shape):
        plus, minus = x.copy(), x.copy()
        plus[index] += eps
        minus[index] -= eps
        gradient[index] = (_number(f(plus)) - _number(f(minus))) / (2 * eps)
    return gradient


def check_layer(layer, x, state=None, lengths=None, rng=None):
    """Compare `layer.backward` with central differences for every parameter and input.

    The loss is the sum of all outputs, each times a random weight, so that no error can cancel.

    Parameters
    ----------
    layer : RNN, LSTM or GRU, float64
        Left as it is.
    x : ndarray (N, T, D)
        Inputs.
    state : ndarray (N, H) or tuple of two, optional
        State before the first step; zeros when left out.
    lengths : ndarray of int (N,), optional
        True lengths.
    rng : numpy.random.Generator, optional
        Draws the weights of the loss; `default_rng(0)` when left out.

    Returns
    -------
    dict of float
        Relative error max|a - n| / max(1e-8, max|a| + max|n|) for each parameter, 'x', 'h0',
        and for an LSTM 'c0'. Below 1e-6 is right.

    Raises
    ------
    InputError
        If the layer is none of these or computes in float32, where central differences are
        blind, or the input is one that the layer refuses.

    References
    ----------
    Chapters 03 and 04.
    """
    if isinstance(layer, type) or not hasattr(layer, "states"):
        fail("an RNN, LSTM or GRU layer", describe(layer), "another object", "pass the layer")
    if layer.dtype != np.float64:
        fail(
            "a float64 layer",
            f"{layer.dtype}",
            "rounding in float32 hides a right gradient (chapter 03)",
            "make the layer with dtype=np.float64 for the check",
        )
    rng = np.random.default_rng(0) if rng is None else rng
    check_rng(rng)
    layer = copy.deepcopy(layer)
    y, last = layer.forward(x, state, lengths)
    last = last if isinstance(last, tuple) else (last,)
    if state is None:
        state = tuple(np.zeros_like(part) for part in last)
    state = state if isinstance(state, tuple) else (state,)
    dy, d_last = rng.standard_normal(y.shape), [rng.standard_normal(s.shape) for s in last]

    def loss(x, state):
        y, last = layer.forward(x, _pack(state), lengths)
        last = last if isinstance(last, tuple) else (last,)
        return np.sum(dy * y) + sum(np.sum(d * s) for d, s in zip(d_last, last, strict=True))

    dx, d_state = layer.backward(dy, _pack(d_last))
    d_state = d_state if isinstance(d_state, tuple) else (d_state,)
    analytic = {**layer.grads, "x": dx, **dict(zip(layer.states, d_state, strict=True))}
    numeric = {"x": numerical_gradient(lambda x: loss(x, state), x)}
    for k, name in enumerate(layer.states):
        numeric[name] = numerical_gradient(
            lambda s, k=k: loss(x, (*state[:k], s, *state[k + 1 :])), state[k]
        )
    for name, value in list(layer.params.items()):

        def of_param(value, name=name):
            layer.params[name] = value
            return loss(x, state)

        numeric[name] = numerical_gradient(of_param, value)
        layer.params[name] = value
    return {name: relative_error(analytic[name], numeric[name]) for name in analytic}


def relative_error(a, n):
    """max|a - n| / max(1e-8, max|a| + max|n|), the measure of `check_layer`.

    Parameters
    ----------
    a, n : ndarray of equal shape
        Analytic and numerical gradient.

    Returns
    -------
    float
        0 for equal arrays, about 1 for unrelated ones; 0 for empty ones.

    Raises
    ------
    InputError
        If the shapes differ.

    References
    ----------
    Derived in chapter 03.
    """
    check_array("a", a, (...,))
    check_array("n", n, a.shape, a.dtype)
    scale = np.abs(a).max(initial=0) + np.abs(n).max(initial=0)
    return float(np.abs(a - n).max(initial=0) / max(1e-8, scale))


def _pack(state):
    return state[0] if len(state) == 1 else tuple(state)


def _number(value):
    single = isinstance(value, (int, float, np.generic, np.ndarray)) and np.ndim(value) == 0
    if not single or np.asarray(value).dtype.kind not in "iuf" or not np.isfinite(value):
        fail(
            "f to return one finite number",
            describe(value),
            "the loss was not summed, not returned, or it overflowed",
            "return np.sum(...) of it",
        )
    return float(value)
