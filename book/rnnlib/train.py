"""One short training loop for tasks with a single answer at the end of a sequence."""

import numpy as np

from .checks import check_array, check_int, check_number, check_rng, describe, fail
from .layers import Linear
from .losses import bce_with_logits
from .optim import Adam, clip_grad_norm


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
    check_int("epochs", epochs, 1)
    check_int("batch_size", batch_size, 1)
    check_rng(rng)
    if max_norm is not None:
        check_number("max_norm", max_norm, np.nextafter(0, 1))
    if not callable(loss):
        fail(
            "loss to be a function", describe(loss), "its name was passed", "pass rnnlib.mse itself"
        )
    optimizer, losses = Adam(lr), []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            value, d_out = loss(predict_last(layer, head, x[batch]), y[batch])
            layer.backward(d_state=_state_gradient(layer, head.backward(d_out[:, None])))
            params, grads = [layer.params, head.params], [layer.grads, head.grads]
            if max_norm is not None:
                clip_grad_norm(grads, max_norm)
            optimizer.step(params, grads)
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


def _check_model(layer, head):
    if isinstance(layer, type) or not hasattr(layer, "states"):
        fail("an RNN, LSTM or GRU layer", describe(layer), "another object", "pass the layer")
    if not isinstance(head, Linear) or head.shapes["W"][1] != 1:
        fail(
            "a Linear head with one output",
            describe(head),
            "the head is another object, or has an output for each class",
            "make it with Linear(n_hidden, 1, rng=rng)",
        )


def _check_data(x, y):
    check_array("x", x, ("n", "T", "D"))
    check_array("y", y, (len(x),))
    if len(x) == 0:
        fail("at least one sequence", describe(x), "an empty batch", "leave empty batches out")


def _state_gradient(layer, dh):
    """The loss looks at h only: an LSTM's cell state gets a gradient of zero."""
    return dh if len(layer.states) == 1 else (dh, 0 * dh)
