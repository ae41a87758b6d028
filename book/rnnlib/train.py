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
    check_steps,
    describe,
    fail,
)
from .layers import Embedding, Linear
from .losses import bce_with_logits, mse, softmax_cross_entropy
from .optim import Adam, clip_grad_norm
from .tasks import stream_windows


def fit_last(
    layer,
    head,
    x,
    y,
    *,
    epochs,
    batch_size,
    lr,
    rng,
    max_norm=None,
    loss=bce_with_logits,
    grid=None,
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
    grid : float, optional
        Round the weights to multiples of this number after each update. 2.0**-16 is too fine to
        matter for learning, and so much coarser than a float64 rounding error that a chaotic run
        repeats on other computers.

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
    check_array("x", x, ("n", "T", layer.shapes["W_x"][0]), layer.dtype)
    check_steps("x", x)
    check_int("batch_size", batch_size, 1)
    check_rng(rng)
    _check_settings(epochs, max_norm, loss, grid)
    optimizer, losses = Adam(lr), []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            value, d_out = loss(predict_last(layer, head, x[batch]), y[batch])
            layer.backward(d_state=_state_gradient(layer, head.backward(d_out[:, None])))
            _update(optimizer, [layer, head], max_norm, grid)
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
    embedding=None,
    carry=True,
    max_norm=None,
    loss=mse,
    grid=None,
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
    x : ndarray (L, D), or ndarray of int (L,) with an embedding
        The stream: vectors, or token ids.
    y : ndarray (L, K), or ndarray of int (L,) for softmax_cross_entropy
        The target of each step.
    n_rows, window : int
        Rows that are read side by side, steps in a window: see `stream_windows`.
    epochs : int
        Passes over the stream. Each starts from a state of zeros.
    lr : float
        Learning rate.
    embedding : Embedding (n_tokens to D), optional
        Changed in place. Turns the ids in x into the vectors that the layer reads.
    carry : bool
        False starts every window from a state of zeros.
    max_norm : float, optional
        Clip the joint gradient norm of all parts.
    loss : callable
        (prediction, target) -> (loss, gradient).
    grid : float, optional
        Round the weights to multiples of this number after each update. 2.0**-16 is too fine to
        matter for learning, and so much coarser than a float64 rounding error that a chaotic run
        repeats on other computers.
    progress : bool
        Show a progress bar on stderr: by tqdm where it is installed, else a plain one.

    Returns
    -------
    list of float
        The loss of each update: one for each window.

    Raises
    ------
    InputError
        If sizes are out of range, the stream is too short for one window, or the embedding, the
        layer, the head or the loss refuses its input.

    References
    ----------
    Williams and Peng, Neural Computation 2 (1990). Derived in chapter 05; with an embedding in
    chapter 13.
    """
    _check_parts(layer, head)
    _check_stream(head, x, y, embedding)
    check_flag("carry", carry)
    check_flag("progress", progress)
    _check_settings(epochs, max_norm, loss, grid)
    windows = stream_windows(len(x), n_rows, window)
    parts = [layer, head] if embedding is None else [layer, head, embedding]
    optimizer, losses, state = Adam(lr), [], None
    for update in _bar(range(int(epochs) * len(windows)), progress):
        k = update % len(windows)
        inputs = x[windows[k]] if embedding is None else embedding.forward(x[windows[k]])
        out, state = layer.forward(inputs, state if carry and k > 0 else None)
        value, d_out = loss(head.forward(out), y[windows[k]])
        dx, _ = layer.backward(head.backward(d_out))  # the gradient in the first state is dropped
        if embedding is not None:
            embedding.backward(dx)
        _update(optimizer, parts, max_norm, grid)
        losses.append(value)
    return losses


def stream_perplexity(layer, head, ids, *, embedding, n_rows=16):
    """How well a language model predicts a stream: exp of the mean cross-entropy of the next token.

    Parameters
    ----------
    layer, head : RNN, LSTM or GRU; Linear (H to n_tokens)
        Left as they are, but for what `forward` stores.
    ids : ndarray of int (L,)
        Tokens, 0 to n_tokens - 1.
    embedding : Embedding (n_tokens to D)
        Left as it is, but for what `forward` stores.
    n_rows : int
        Rows that are read side by side, each from a state of zeros. A few tokens at the end, too
        few for one more in every row, are left out.

    Returns
    -------
    float
        From 1; n_tokens for a model that knows nothing.

    Raises
    ------
    InputError
        If the stream is too short for one step in each row, a token is out of range, or a part
        refuses its input.

    References
    ----------
    Chapter 13.
    """
    _check_parts(layer, head)
    check_int("n_rows", n_rows, 1)
    _check_ids("ids", embedding, ids)
    window = max(1, (len(ids) - 1) // int(n_rows))
    rows = stream_windows(len(ids) - 1, n_rows, window)[0]
    state, total = None, 0.0
    for start in range(0, rows.shape[1], 500):  # a forward pass keeps every state
        part = rows[:, start : start + 500]
        y, state = layer.forward(embedding.forward(ids[part]), state)
        total += part.size * softmax_cross_entropy(head.forward(y), ids[part + 1])[0]
    return float(np.exp(total / rows.size))


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


def _check_settings(epochs, max_norm, loss, grid):
    check_int("epochs", epochs, 1)
    if max_norm is not None:
        check_number("max_norm", max_norm, np.nextafter(0, 1))
    if grid is not None:
        check_number("grid", grid, 1e-12)
    if not callable(loss):
        fail(
            "loss to be a function", describe(loss), "its name was passed", "pass rnnlib.mse itself"
        )


def _check_data(x, y):
    check_array("x", x, ("n", "T", "D"))
    check_array("y", y, (len(x),))
    if len(x) == 0:
        fail("at least one sequence", describe(x), "an empty batch", "leave empty batches out")


def _check_stream(head, x, y, embedding):
    """Numbers for each step, or the class of each step; as inputs vectors, or ids."""
    n_out = head.shapes["W"][1]
    if embedding is None:
        check_array("x", x, ("L", "D"))
    else:
        _check_ids("x", embedding, x)
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


def _check_ids(name, embedding, ids):
    if not isinstance(embedding, Embedding):
        fail(
            "an Embedding",
            describe(embedding),
            "another object, or its class",
            "make it with Embedding(n_tokens, n_out, rng=rng)",
        )
    check_integers(name, ids, 0, embedding.shapes["W"][0] - 1)
    if ids.ndim != 1:
        fail(
            f"{name} to be one stream of token ids, (L,)",
            describe(ids),
            "a batch was passed, or one-hot vectors",
            "pass the stream; it is cut into rows inside",
        )


def _update(optimizer, parts, max_norm, grid):
    params, grads = [part.params for part in parts], [part.grads for part in parts]
    if max_norm is not None:
        clip_grad_norm(grads, max_norm)
    optimizer.step(params, grads)
    if grid is not None:
        for array in (array for part in params for array in part.values()):
            array[...] = np.rint(array / grid) * grid


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
