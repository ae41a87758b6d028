"""Two short training loops: one answer at the end of a sequence, and an answer at every step of
a long stream, by truncated backpropagation through time."""

import sys

import numpy as np

from .checks import (
    check_array,
    check_flag,
    check_int,
    check_integers,
    check_number,
    check_rng,
    describe,
    fail,
)
from .layers import Linear
from .losses import bce_with_logits, mse
from .optim import Adam, clip_grad_norm
from .tasks import stream_windows


def fit_last(
    layer, head, x, y, *, epochs, batch_size, lr, rng, max_norm=None, loss=bce_with_logits
):
    """Train a recurrent layer and a linear head on the last state, with Adam.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        Changed in place.
    head : Linear (H to 1)
        Changed in place.
    x : ndarray (n, T, D)
        Inputs.
    y : ndarray (n,)
        Targets, one for each sequence.
    epochs, batch_size : int
        Passes over the data, sequences in an update.
    lr : float
        Learning rate.
    rng : numpy.random.Generator
        Shuffles the sequences before each epoch.
    max_norm : float, optional
        Clip the joint gradient norm of layer and head.
    loss : callable
        (prediction, target) -> (loss, gradient).

    Returns
    -------
    list of float
        The loss of each update.

    Raises
    ------
    InputError
        If sizes are out of range, x and y differ in number, or the layer, the head or the loss
        refuses its input.
    """
    _check_model(layer, head)
    _check_data(x, y)
    check_int("batch_size", batch_size, 1)
    check_rng(rng)
    _check_settings(epochs, max_norm, loss)
    optimizer, losses = Adam(lr), []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            value, d_out = loss(predict_last(layer, head, x[batch]), y[batch])
            layer.backward(d_state=_state_gradient(layer, head.backward(d_out[:, None])))
            _update(optimizer, layer, head, max_norm)
            losses.append(value)
    return losses


def fit_stream(
    layer,
    head,
    x,
    y,
    *,
    n_rows,
    window,
    epochs,
    lr,
    carry=True,
    max_norm=None,
    loss=mse,
    progress=False,
):
    """Train on one long stream by truncated backpropagation through time, with Adam.

    Each window starts from the state that the window before has left, but its gradient ends at
    its own first step: the value of the state is carried, the gradient is cut.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        Changed in place.
    head : Linear (H to K)
        Changed in place. Answers at every step.
    x : ndarray (L, D)
        The stream.
    y : ndarray (L, K), or ndarray of int (L,) for softmax_cross_entropy
        The target of each step.
    n_rows, window : int
        Rows that are read side by side, steps in a window: see `stream_windows`.
    epochs : int
        Passes over the stream. Each starts from a state of zeros.
    lr : float
        Learning rate.
    carry : bool
        False starts every window from a state of zeros.
    max_norm : float, optional
        Clip the joint gradient norm of layer and head.
    loss : callable
        (prediction, target) -> (loss, gradient).
    progress : bool
        Show a progress bar on stderr: by tqdm where it is installed, else a plain one.

    Returns
    -------
    list of float
        The loss of each update: one for each window.

    Raises
    ------
    InputError
        If sizes are out of range, the stream is too short for one window, or the layer, the head
        or the loss refuses its input.

    References
    ----------
    Williams and Peng, Neural Computation 2 (1990). Derived in chapter 05.
    """
    _check_parts(layer, head)
    _check_stream(head, x, y)
    check_flag("carry", carry)
    check_flag("progress", progress)
    _check_settings(epochs, max_norm, loss)
    windows = stream_windows(len(x), n_rows, window)
    optimizer, losses, state = Adam(lr), [], None
    for update in _bar(range(epochs * len(windows)), progress):
        k = update % len(windows)
        out, state = layer.forward(x[windows[k]], state if carry and k > 0 else None)
        value, d_out = loss(head.forward(out), y[windows[k]])
        layer.backward(head.backward(d_out))  # the gradient in the first state goes nowhere
        _update(optimizer, layer, head, max_norm)
        losses.append(value)
    return losses


def predict_last(layer, head, x):
    """The head's answer to the last state.

    Parameters
    ----------
    layer, head : RNN, LSTM or GRU; Linear (H to 1)
        Left as they are, but for what `forward` stores.
    x : ndarray (n, T, D)
        Inputs.

    Returns
    -------
    ndarray (n,)
        Logits, or predictions of a number.

    Raises
    ------
    InputError
        If the layer or the head is none, or refuses its input.
    """
    _check_model(layer, head)
    y, _ = layer.forward(x)
    return head.forward(y[:, -1])[:, 0]


def accuracy_last(layer, head, x, y):
    """Share of right answers of a classifier with two classes: logit above 0 means class 1.

    Parameters
    ----------
    layer, head : RNN, LSTM or GRU; Linear (H to 1)
        Left as they are, but for what `forward` stores.
    x : ndarray (n, T, D)
        Inputs, read 100 at a time: a forward pass keeps every state.
    y : ndarray (n,)
        Targets, 0 or 1.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    InputError
        If x and y differ in number, a target is neither 0 nor 1, or the layer or the head refuses
        its input.

    References
    ----------
    Chapter 10.
    """
    _check_data(x, y)
    if not np.isin(y, (0, 1)).all():
        fail(
            "targets y of 0 and 1",
            f"values from {y.min():g} to {y.max():g}",
            "classes are coded as -1 and 1, or as probabilities",
            "code the two classes as 0.0 and 1.0",
        )
    parts = [predict_last(layer, head, x[k : k + 100]) for k in range(0, len(x), 100)]
    return float(np.mean((np.concatenate(parts) > 0) == (y > 0)))


def _check_parts(layer, head):
    if isinstance(layer, type) or not hasattr(layer, "states"):
        fail("an RNN, LSTM or GRU layer", describe(layer), "another object", "pass the layer")
    if not isinstance(head, Linear):
        fail(
            "a Linear head",
            describe(head),
            "another object, or layer and head in the wrong order",
            "make it with Linear(n_hidden, n_out, rng=rng)",
        )


def _check_model(layer, head):
    _check_parts(layer, head)
    if head.shapes["W"][1] != 1:
        fail(
            "a Linear head with one output",
            f"{head.shapes['W'][1]} outputs",
            "the head has an output for each class",
            "make it with Linear(n_hidden, 1, rng=rng)",
        )


def _check_settings(epochs, max_norm, loss):
    check_int("epochs", epochs, 1)
    if max_norm is not None:
        check_number("max_norm", max_norm, np.nextafter(0, 1))
    if not callable(loss):
        fail(
            "loss to be a function", describe(loss), "its name was passed", "pass rnnlib.mse itself"
        )


def _check_data(x, y):
    check_array("x", x, ("n", "T", "D"))
    check_array("y", y, (len(x),))
    if len(x) == 0:
        fail("at least one sequence", describe(x), "an empty batch", "leave empty batches out")


def _check_stream(head, x, y):
    """Numbers for each step, or the class of each step."""
    n_out = head.shapes["W"][1]
    check_array("x", x, ("L", "D"))
    if type(y) is np.ndarray and y.dtype.kind in "iu":
        check_integers("y", y, 0, n_out - 1)
        if y.shape != (len(x),):
            fail(
                f"targets y of shape ({len(x)},): one class for each step",
                describe(y),
                "y belongs to another stream, or is one-hot",
                "pass one class number for each step of x",
            )
    else:
        check_array("y", y, (len(x), n_out))


def _update(optimizer, layer, head, max_norm):
    params, grads = [layer.params, head.params], [layer.grads, head.grads]
    if max_norm is not None:
        clip_grad_norm(grads, max_norm)
    optimizer.step(params, grads)


def _bar(updates, shown):
    """The numbers of the updates; as a loop goes through them, a bar on stderr if wanted."""
    if not shown:
        return updates
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return _plain_bar(updates)
    return tqdm(updates)


def _plain_bar(updates):
    """One line that shows the percentage, rewritten when it changes."""
    for update in updates:
        yield update
        done = 100 * (update + 1) // len(updates)
        if done > 100 * update // len(updates):
            print(f"\r{done:3}% of {len(updates)} updates", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _state_gradient(layer, dh):
    """The loss looks at h only: an LSTM's cell state gets a gradient of zero."""
    return dh if len(layer.states) == 1 else (dh, 0 * dh)
