"""One short training loop for tasks with a single answer at the end of a sequence."""

from .checks import check_int
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
        If sizes are out of range, or the layer, the head or the loss refuses its input.
    """
    check_int("epochs", epochs, 1)
    check_int("batch_size", batch_size, 1)
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
        If the layer or the head refuses its input.
    """
    y, _ = layer.forward(x)
    return head.forward(y[:, -1])[:, 0]


def _state_gradient(layer, dh):
    """The loss looks at h only: an LSTM's cell state gets a gradient of zero."""
    return dh if len(layer.states) == 1 else (dh, 0 * dh)
