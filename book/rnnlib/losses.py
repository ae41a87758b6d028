"""Losses, each with its gradient: the mean over all entries that count."""

import numpy as np

from .cells import sigmoid
from .checks import check_array, check_integers, describe, fail


@np.errstate(over="ignore")  # refused by name at the end
def mse(y_hat, y):
    """Mean squared error.

    Parameters
    ----------
    y_hat, y : ndarray, any shape, the same for both
        Prediction and target.

    Returns
    -------
    loss : float
        mean((y_hat - y)^2).
    dy_hat : ndarray
        Its gradient in `y_hat`.

    Raises
    ------
    InputError
        If shapes or dtypes differ, an array is empty, a value is not finite, or the loss overflows.

    References
    ----------
    Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 5.1. Used in chapter 04.
    """
    _check_pair("y_hat", y_hat, "y", y)
    difference = y_hat - y
    return _finite(np.mean(difference**2)), 2 * difference / y.size


@np.errstate(over="ignore")  # refused by name at the end
def bce_with_logits(logits, y):
    """Binary cross-entropy of logits: mean of log(1 + exp(-a)) where y = 1, and of
    log(1 + exp(a)) where y = 0.

    Parameters
    ----------
    logits : ndarray, any shape
        a, the value before the sigmoid; any size is safe.
    y : ndarray, the same shape and dtype
        Targets, each 0 or 1 (or a probability between).

    Returns
    -------
    loss : float
        Mean over the entries, in nats.
    dlogits : ndarray
        (sigmoid(a) - y) / size.

    Raises
    ------
    InputError
        If shapes or dtypes differ, an array is empty, a value is not finite, or a target lies
        outside 0 to 1; or if the mean overflows.

    References
    ----------
    Derived in chapter 10, section "From logit to loss".
    """
    _check_pair("logits", logits, "y", y)
    if y.min() < 0 or y.max() > 1:
        fail(
            "targets y from 0 to 1",
            f"values from {y.min():g} to {y.max():g}",
            "classes are coded as -1 and 1, or as class numbers",
            "code the two classes as 0.0 and 1.0",
        )
    loss = np.maximum(logits, 0) - logits * y + np.log1p(np.exp(-np.abs(logits)))
    return _finite(np.mean(loss)), (sigmoid(logits) - y) / y.size


@np.errstate(over="ignore")  # refused by name at the end
def softmax_cross_entropy(logits, targets, mask=None):
    """Cross-entropy of a softmax over the last axis.

    Parameters
    ----------
    logits : ndarray (..., C)
        One value for each class.
    targets : ndarray of int (...)
        The right class, 0 to C - 1.
    mask : ndarray of bool (...), optional
        True where an entry counts; padding is False.

    Returns
    -------
    loss : float
        Mean over the entries that count, in nats; exp(loss) is the perplexity.
    dlogits : ndarray (..., C)
        Its gradient; zero where an entry does not count.

    Raises
    ------
    InputError
        If shapes do not fit, a target is out of range, no entry counts, or the loss overflows.

    References
    ----------
    Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.2. Used in chapter 05.
    """
    check_array("logits", logits, (..., "C"))
    check_integers("targets", targets, 0, logits.shape[-1] - 1)
    mask = np.ones(targets.shape, bool) if mask is None else mask
    if type(mask) is not np.ndarray or mask.dtype != bool:
        fail(
            "mask to be an array of bool",
            describe(mask),
            "lengths or numbers were passed as a mask",
            "use mask = np.arange(T) < lengths[:, None]",
        )
    if not targets.shape == mask.shape == logits.shape[:-1]:
        fail(
            f"targets and mask of shape {logits.shape[:-1]}",
            f"{targets.shape} and {mask.shape}",
            "the class axis of logits is last, and targets have none",
            "pass one class number for each vector of logits",
        )
    count = mask.sum()
    if count == 0:
        fail(
            "at least one entry that counts",
            "none",
            "an empty batch, or a mask that is False everywhere",
            "leave empty batches out",
        )
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    right = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    dlogits = np.exp(log_p)
    one_hot = np.arange(logits.shape[-1]) == targets[..., None]
    dlogits = (dlogits - one_hot) * mask[..., None] / logits.dtype.type(count)
    return _finite(-right[mask].mean()), dlogits


def _check_pair(name, value, other_name, other):
    check_array(name, value, (...,))
    check_array(other_name, other, value.shape, value.dtype)
    if value.size == 0:
        fail(
            f"{name} and {other_name} with at least one entry",
            describe(value),
            "an empty batch",
            "leave empty batches out",
        )


def _finite(loss):
    if not np.isfinite(loss):
        fail(
            "a loss within the range of floats",
            f"{loss}",
            "predictions or targets are too large, often after an update that was too large",
            "scale the targets, or make the learning rate smaller",
        )
    return float(loss)
