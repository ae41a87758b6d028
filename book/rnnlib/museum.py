"""A museum of plausible wrong layers: right code in its plainest form, and mistakes of one line.

`PlainRNN`, `next_values` and `train` are right. `MISTAKES` names the exhibits: for each, a line of
the right code and the line that stands there by mistake. `exhibit` returns the code with one
mistake in it, and `run_checks` says which of the `CHECKS` it passes.
"""

import inspect
from functools import partial
from itertools import combinations
from types import SimpleNamespace

import numpy as np

from .checks import (
    check_array,
    check_int,
    check_integers,
    check_params,
    check_steps,
    describe,
    fail,
)
from .gradcheck import check_layer, numerical_gradient
from .layers import RNN, Linear
from .losses import mse
from .optim import Adam


class PlainRNN(RNN):
    """The layer `RNN` step by step, as chapter 04 derives it: the same numbers, slower.

    Parameters
    ----------
    n_in, n_hidden : int
        D and H.
    rng : numpy.random.Generator
        Draws W_x, W_h, b, in this order, from U(-k, k) with k = 1 / sqrt(H).
    dtype : dtype
        float64 or float32.

    Attributes
    ----------
    params, grads : dict of ndarray
        W_x (D, H), W_h (H, H), b (H,).

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    Werbos, "Backpropagation Through Time", Proceedings of the IEEE 78 (1990). Derived in
    chapter 04.
    """

    def forward(self, x, state=None, lengths=None):
        """Run the layer over whole sequences, with the arguments and results of `RNN.forward`.

        Raises
        ------
        InputError
            If shape, dtype or values of a parameter or argument are not as wanted, or T is 0.
        """
        check_params(self.params, self.shapes, self.dtype)
        W_x, W_h, b = (self.params[name] for name in ("W_x", "W_h", "b"))
        check_array("x", x, ("N", "T", len(W_x)), self.dtype)
        N, T, H = *x.shape[:2], len(b)
        x, running = self._swap(x), self._running(lengths, N, T)
        h = np.empty((T + 1, N, H), self.dtype)
        h[0] = self._start("state", state, N, H)
        for t in range(T):
            step = np.tanh(x[t] @ W_x + h[t] @ W_h + b)
            h[t + 1] = np.where(running[t], step, h[t])
        self._cache = x, h, running
        return self._swap(h[1:] * running), h[T].copy()

    def backward(self, dy=None, d_state=None):
        """Backpropagate through time, with the arguments and results of `RNN.backward`.

        Raises
        ------
        InputError
            If `forward` was not called, both arguments are missing, or one does not fit.
        """
        dy = self._output_gradient(dy, d_state)
        x, h, running = self._cache
        W_x, W_h = self.params["W_x"], self.params["W_h"]
        dh = self._start("d_state", d_state, *h[0].shape)
        dx = np.empty_like(x)
        grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        for t in reversed(range(len(x))):
            dh = dy[t] * running[t] + dh
            da = dh * (1 - h[t + 1] ** 2) * running[t]
            grads["W_x"] += x[t].T @ da
            grads["W_h"] += h[t].T @ da
            grads["b"] += da.sum(axis=0)
            dx[t] = da @ W_x.T
            dh = np.where(running[t], da @ W_h.T, dh)
        self.grads = grads
        return self._swap(dx), dh

    def _swap(self, a):
        """(N, T, D) to (T, N, D), or back."""
        return a.swapaxes(0, 1).copy()

    def _start(self, name, state, N, H):
        """Where the loop over time starts, forward or backward; zeros for None."""
        if state is None:
            return np.zeros((N, H), self.dtype)
        check_array(name, state, (N, H), self.dtype)
        return state.copy()

    def _running(self, lengths, N, T):
        """Which sequences still run at each step: bool (T, N, 1)."""
        check_int("the number of steps", T, 1)
        if lengths is None:
            return np.full((T, N, 1), True)
        check_integers("lengths", lengths, 0, T)
        if lengths.shape != (N,):
            fail(
                f"lengths to have shape ({N},), one for each sequence",
                describe(lengths),
                "x and lengths come from different batches",
                "pass one length for each row of x",
            )
        return (np.arange(T)[:, None] < lengths)[:, :, None]

    def _output_gradient(self, dy, d_state):
        """Gradient in the outputs, time first; zeros for None."""
        if self._cache is None or (dy is None and d_state is None):
            fail(
                "forward, then backward with dy, d_state or both",
                "no forward pass" if self._cache is None else "no gradient",
                "backward needs what forward computes, and a gradient of the loss",
                "call layer.forward first, then layer.backward(dy)",
            )
        T, N, H = self._cache[1][1:].shape
        if dy is None:
            return np.zeros((T, N, H), self.dtype)
        check_array("dy", dy, (N, T, H), self.dtype)
        return self._swap(dy)


def next_values(series):
    """Inputs and targets of the task "what comes next?".

    Parameters
    ----------
    series : ndarray (N, T + 1, D)
        N time series.

    Returns
    -------
    x, y : ndarray (N, T, D)
        y[:, t] is the value after x[:, t].

    Raises
    ------
    InputError
        If `series` is no finite float array with three axes.
    """
    check_array("series", series, ("N", "T + 1", "D"))
    return series[:, :-1].copy(), series[:, 1:].copy()


def train(layer, head, x, y, width, optimizer):
    """Train on long series, one window of time after the other, and carry the state.

    Parameters
    ----------
    layer, head : PlainRNN or RNN; Linear (H to D)
        Changed by the optimizer.
    x, y : ndarray (N, T, D)
        Inputs and targets.
    width : int
        Steps in a window. The gradient ends where its window starts: truncated BPTT.
    optimizer : object with step(params, grads)
        Called once for each window.

    Returns
    -------
    losses : list of float
        Mean squared error of each window, before its update.
    state : ndarray (N, H)
        State after the last step.

    Raises
    ------
    InputError
        If the window is no positive whole number, or the layer, the head or the loss refuses its
        input.

    References
    ----------
    Williams and Peng, Neural Computation 2 (1990). Derived in chapter 05.
    """
    check_int("width", width, 1)
    check_array("x", x, ("N", "T", "D"))
    check_array("y", y, (*x.shape[:2], "D"))
    check_steps("x", x)
    losses, state, d_state = [], None, None
    for start in range(0, x.shape[1], width):
        window = slice(start, start + width)
        out, state = layer.forward(x[:, window], state)
        loss, d_out = mse(head.forward(out), y[:, window])
        layer.backward(head.backward(d_out), d_state)
        optimizer.step([layer.params, head.params], [layer.grads, head.grads])
        losses.append(loss)
    return losses, state


# The exhibits: name -> (right line, wrong line)

MISTAKES = {
    "time runs forwards in backward": (
        "for t in reversed(range(len(x))):",
        "for t in range(len(x)):",
    ),
    "no carried gradient": (
        "dh = dy[t] * running[t] + dh",
        "dh = dy[t] * running[t]",
    ),
    "= in place of +=": (
        'grads["W_x"] += x[t].T @ da',
        'grads["W_x"] = x[t].T @ da',
    ),
    "bias gradient of one step only": (
        'grads["b"] += da.sum(axis=0)',
        'grads["b"] = da.sum(axis=0)',
    ),
    "mean over the batch for a sum": (
        'grads["b"] += da.sum(axis=0)',
        'grads["b"] += da.mean(axis=0)',
    ),
    "slope of tanh at h, not at a": (
        "da = dh * (1 - h[t + 1] ** 2) * running[t]",
        "da = dh * (1 - np.tanh(h[t + 1]) ** 2) * running[t]",
    ),
    "W_h not transposed": (
        "dh = np.where(running[t], da @ W_h.T, dh)",
        "dh = np.where(running[t], da @ W_h, dh)",
    ),
    "dW_h with the state of the wrong step": (
        'grads["W_h"] += h[t].T @ da',
        'grads["W_h"] += h[t + 1].T @ da',
    ),
    "gradient of the last state dropped": (
        'dh = self._start("d_state", d_state, *h[0].shape)',
        'dh = self._start("d_state", None, *h[0].shape)',
    ),
    "gradients of earlier calls added": (
        "grads = {name: np.zeros_like(value) for name, value in self.params.items()}",
        "grads = self.grads or {name: np.zeros_like(p) for name, p in self.params.items()}",
    ),
    "state reset at every call": (
        'h[0] = self._start("state", state, N, H)',
        'h[0] = self._start("state", None, N, H)',
    ),
    "reshape in place of swapping axes": (
        "return a.swapaxes(0, 1).copy()",
        "return a.reshape(a.shape[1], a.shape[0], -1).copy()",
    ),
    "padded last step read as the last": (
        "return (np.arange(T)[:, None] < lengths)[:, :, None]",
        "return np.full((T, N, 1), True)",
    ),
    "target leaks into the input": (
        "return series[:, :-1].copy(), series[:, 1:].copy()",
        "return series[:, 1:].copy(), series[:, 1:].copy()",
    ),
    "windows shuffled, state carried": (
        "for start in range(0, x.shape[1], width):",
        "for start in np.random.default_rng(0).permutation(np.arange(0, x.shape[1], width)):",
    ),
    "gradient carried to the next window": (
        "layer.backward(head.backward(d_out), d_state)",
        "_, d_state = layer.backward(head.backward(d_out), d_state)",
    ),
}


def exhibit(name=None):
    """The code of the museum with one mistake in it.

    Parameters
    ----------
    name : str, optional
        A key of `MISTAKES`; the right code when left out.

    Returns
    -------
    SimpleNamespace
        With the attributes PlainRNN, next_values and train.

    Raises
    ------
    InputError
        If there is no such exhibit.
    """
    pieces = {piece.__name__: piece for piece in (PlainRNN, next_values, train)}
    source = "\n".join(inspect.getsource(piece) for piece in pieces.values())
    if name is not None:
        if not isinstance(name, str) or name not in MISTAKES:
            fail(
                "name to be one of the exhibits",
                repr(name),
                "the name is spelled otherwise",
                "choose from list(MISTAKES)",
            )
        source = source.replace(*MISTAKES[name])
    scope = dict(globals())
    exec(source, scope)
    return SimpleNamespace(**{piece: scope[piece] for piece in pieces})


# The checks: name -> function of the code that says whether it passes


def _small(code, seed=0):
    """A layer with D = 2 and H = 4, and a batch of three sequences of five steps for it."""
    rng = np.random.default_rng(seed)
    layer = code.PlainRNN(2, 4, rng=rng)
    x, dy = rng.standard_normal((3, 5, 2)), rng.standard_normal((3, 5, 4))
    state, d_state = rng.standard_normal((2, 3, 4))
    return layer, x, state, dy, d_state


_LENGTHS = np.array([5, 2, 3])


def _shapes(code):
    layer, x, state, dy, d_state = _small(code)
    y, last = layer.forward(x, state)
    dx, d_state0 = layer.backward(dy, d_state)
    pairs = [(y, dy), (last, state), (dx, x), (d_state0, state)]
    pairs += [(layer.grads[name], value) for name, value in layer.params.items()]
    return all(a.shape == b.shape for a, b in pairs)


def loss_curve(code, updates=100, seed=0):
    """Losses of one training run: predict the next value of waves with noise.

    Parameters
    ----------
    code : SimpleNamespace
        As `exhibit` returns it.
    updates : int
        Number of updates, each from a window of 10 steps of 16 series.
    seed : int
        Of the weights and the series.

    Returns
    -------
    list of float
        The loss of each update.

    Raises
    ------
    InputError
        If `code` lacks a piece, or a number is out of range.
    """
    _check_code(code)
    check_int("updates", updates, 1)
    check_int("seed", seed, 0)
    rng = np.random.default_rng(seed)
    t = np.arange(10 * updates + 1)
    waves = np.sin(2 * np.pi * (t / 12 + rng.random((16, 1))))
    series = waves + 0.3 * rng.standard_normal(waves.shape)
    return _fit(code, series[:, :, None], rng)


def _fit(code, series, rng):
    layer, head = code.PlainRNN(1, 12, rng=rng), Linear(12, 1, rng=rng)
    return code.train(layer, head, *code.next_values(series), 10, Adam(0.01))[0]


def _loss_falls(code):
    losses = loss_curve(code)
    return np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])


def _gradients(code):
    layer, x, state, _, _ = _small(code)
    errors = [check_layer(layer, x, state, lengths) for lengths in (None, _LENGTHS)]
    return max(max(error.values()) for error in errors) < 1e-6


def _same_as_library(code):
    pairs = []
    for lengths in (None, _LENGTHS):
        layer, *data = _small(code)
        library, *_ = _small(SimpleNamespace(PlainRNN=RNN))
        pairs.append((_everything(layer, *data, lengths), _everything(library, *data, lengths)))
    return all(_equal(ours, theirs) for ours, theirs in pairs)


def _everything(layer, x, state, dy, d_state, lengths=None):
    """All that one forward and one backward pass return."""
    outputs = layer.forward(x, state, lengths)
    inputs = layer.backward(dy, d_state)
    return [*outputs, *inputs, *(grad.copy() for grad in layer.grads.values())]


def _equal(ours, theirs, atol=1e-10):
    return all(np.allclose(a, b, rtol=0, atol=atol) for a, b in zip(ours, theirs, strict=True))


def _split(code):
    layer, x, state, _, _ = _small(code)
    y, last = layer.forward(x, state)
    y_1, middle = layer.forward(x[:, :2], state)
    y_2, end = layer.forward(x[:, 2:], middle)
    return _equal([y, last], [np.concatenate([y_1, y_2], axis=1), end])


def _permute(code):
    layer, x, state, _, _ = _small(code)
    order = [2, 0, 1]
    y, last = layer.forward(x, state)
    return _equal(layer.forward(x[order], state[order]), [y[order], last[order]])


def _padding(code):
    layer, x, state, _, _ = _small(code)
    padded = np.where((np.arange(5) < _LENGTHS[:, None])[:, :, None], x, 9.0)
    return _equal(layer.forward(x, state, _LENGTHS), layer.forward(padded, state, _LENGTHS))


def _repeat(code):
    layer, *data = _small(code)
    return _equal(_everything(layer, *data), _everything(layer, *data))


def _stream(code):
    """Are the windows, one after the other, one long pass?"""
    losses, state, _ = _record(code)
    layer, head, x, y = _stream_task(code)
    out, last = layer.forward(x)
    errors = (head.forward(out) - y) ** 2
    return _equal([np.array(losses), state], [errors.reshape(3, 4, 10).mean(axis=(0, 2)), last])


def _windows(code):
    """Does each window get the gradient of its own loss, with its first state held fixed?"""
    layer, head, x, y = _stream_task(code)
    state, measured = None, []

    def loss(value, name, x_k, y_k, state):
        layer.params[name] = value
        return mse(head.forward(layer.forward(x_k, state)[0]), y_k)[0]

    for x_k, y_k in zip(np.split(x, 4, axis=1), np.split(y, 4, axis=1), strict=True):
        for name, value in list(layer.params.items()):
            of_param = partial(loss, name=name, x_k=x_k, y_k=y_k, state=state)
            measured.append(numerical_gradient(of_param, value))
            layer.params[name] = value
        _, state = layer.forward(x_k, state)
    return _equal(_record(code)[2], measured, atol=1e-7)


def _stream_task(code):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 3, 20, 2))
    return code.PlainRNN(2, 4, rng=rng), Linear(4, 2, rng=rng), x, y


class _Recorder:
    """An optimizer that changes nothing and keeps the layer's gradients."""

    def __init__(self):
        self.grads = []

    def step(self, params, grads):
        self.grads += [grad.copy() for grad in grads[0].values()]


def _record(code):
    """Losses, last state and gradients of four windows of five steps, without an update."""
    layer, head, x, y = _stream_task(code)
    recorder = _Recorder()
    losses, state = code.train(layer, head, x, y, 5, recorder)
    return losses, state, recorder.grads


def _noise(code):
    """Does the loss on pure noise stay near its variance, 1, which nobody can beat?"""
    rng = np.random.default_rng(0)
    losses = _fit(code, rng.standard_normal((16, 2001, 1)), rng)
    return bool(np.mean(losses[-50:]) > 0.9)


CHECKS = {
    "shapes fit": _shapes,
    "loss goes down": _loss_falls,
    "gradient check": _gradients,
    "equals library": _same_as_library,
    "split and carry": _split,
    "permute batch": _permute,
    "change padding": _padding,
    "call twice": _repeat,
    "one long pass": _stream,
    "window gradient": _windows,
    "noise stays noise": _noise,
}


def run_checks(code):
    """Run all checks of `CHECKS` on one exhibit, or on code of your own.

    Parameters
    ----------
    code : SimpleNamespace
        With the attributes PlainRNN, next_values and train, as `exhibit` returns it. To check a
        layer of your own, set `code.PlainRNN` to its class.

    Returns
    -------
    dict of bool
        For each check, whether the code passes.

    Raises
    ------
    InputError
        If `code` lacks a piece.

    References
    ----------
    Chapter 04 explains what each check asks.
    """
    _check_code(code)
    return {name: bool(check(code)) for name, check in CHECKS.items()}


def smallest_set(results, checks):
    """The fewest checks that catch every exhibit.

    Parameters
    ----------
    results : list of dict of bool
        What `run_checks` says, one dict for each exhibit.
    checks : list of str
        The checks to choose from, keys of these dicts.

    Returns
    -------
    tuple of str
        The first of the smallest sets, in the order of `checks`.

    Raises
    ------
    InputError
        If a result is no dict that holds all `checks`, or an exhibit passes all of them.

    References
    ----------
    Chapter 04.
    """
    for result in results:
        if not isinstance(result, dict) or not set(checks) <= set(result):
            fail(
                f"results as dicts with {', '.join(checks)}",
                describe(result),
                "the results do not come from run_checks, or a check is spelled otherwise",
                "pass [run_checks(exhibit(name)) for name in MISTAKES] and list(CHECKS)",
            )
    for size in range(len(checks) + 1):
        for chosen in combinations(checks, size):
            if all(any(not result[check] for check in chosen) for result in results):
                return chosen
    fail(
        "every exhibit to be caught by some check",
        "an exhibit that passes all of them",
        "right code is among the exhibits, or a check is missing",
        "leave the right code out, or choose from list(CHECKS)",
    )


def _check_code(code):
    pieces = ("PlainRNN", "next_values", "train")
    if not all(callable(getattr(code, piece, None)) for piece in pieces):
        fail(
            f"code with {', '.join(pieces)}",
            describe(code),
            "a layer or a name was passed in place of the code that exhibit returns",
            "write code = exhibit(), and then set code.PlainRNN = YourLayer",
        )
