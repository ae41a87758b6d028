"""Attention: a weighted mean of values, with weights from how well keys fit a query."""

import numpy as np

from .checks import all_finite, check_array, describe, ended_steps, fail, refuse_overflow


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def attend(queries, keys, values, lengths=None):
    """Scaled dot-product attention: context = softmax(queries keys^T / sqrt(K)) values.

    Parameters
    ----------
    queries : ndarray (N, S, K)
        What each of S steps asks for.
    keys, values : ndarray (N, T, K) and (N, T, V)
        What each of T inputs can be found by, and what it has to say.
    lengths : ndarray of int (N,), optional
        True number of inputs, 1 to T; those after it get a weight of 0.

    Returns
    -------
    context : ndarray (N, S, V)
        For each query, the weighted mean of the values.
    weights : ndarray (N, S, T)
        Not negative; their sum over the inputs is 1.

    Raises
    ------
    InputError
        If shapes or dtypes do not fit, T is 0, a length is out of range, or a product overflows.

    References
    ----------
    Luong, Pham and Manning, "Effective Approaches to Attention-based Neural Machine Translation"
    (2015); the scale: Vaswani et al., "Attention Is All You Need" (2017). Derived in chapter 15.
    """
    _check_three(queries, keys, values)
    scores = queries @ keys.swapaxes(1, 2) / _scale(keys)
    if not all_finite(scores):
        refuse_overflow("the scores", "queries or keys are too large for their product")
    if lengths is not None:
        N, T, _ = keys.shape
        over = ended_steps(lengths, N, T, low=1).T
        scores = np.where(over[:, None], -np.inf, scores)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights @ values, weights


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def attend_backward(d_context, queries, keys, values, weights):
    """Gradient of `attend`.

    Parameters
    ----------
    d_context : ndarray (N, S, V)
        Gradient of the loss in the context.
    queries, keys, values : ndarray (N, S, K), (N, T, K) and (N, T, V)
        The arguments of `attend`.
    weights : ndarray (N, S, T)
        Its second result; a weight of 0 lets no gradient through, so lengths are not needed.

    Returns
    -------
    d_queries, d_keys, d_values : ndarray (N, S, K), (N, T, K) and (N, T, V)
        Gradients in the three arguments.

    Raises
    ------
    InputError
        If shapes or dtypes do not fit, T is 0, or a product overflows.

    References
    ----------
    Derived in chapter 15.
    """
    _check_three(queries, keys, values)
    (N, S, _), (T, V), dtype = queries.shape, values.shape[1:], queries.dtype
    check_array("d_context", d_context, (N, S, V), dtype)
    check_array("weights", weights, (N, S, T), dtype)
    d_weights = d_context @ values.swapaxes(1, 2)
    mean = (weights * d_weights).sum(axis=2, keepdims=True)
    d_scores = weights * (d_weights - mean) / _scale(keys)
    d_queries, d_keys = d_scores @ keys, d_scores.swapaxes(1, 2) @ queries
    d_values = weights.swapaxes(1, 2) @ d_context
    if not all_finite(d_queries, d_keys, d_values):
        refuse_overflow("the gradients", "a gradient is too large for the product")
    return d_queries, d_keys, d_values


def _scale(keys):
    return keys.dtype.type(np.sqrt(keys.shape[2]))


def _check_three(queries, keys, values):
    check_array("queries", queries, ("N", "S", "K"))
    N, _, K = queries.shape
    check_array("keys", keys, (N, "T", K), queries.dtype)
    check_array("values", values, (N, keys.shape[1], "V"), queries.dtype)
    if keys.shape[1] == 0 or K == 0:
        fail(
            "keys with at least one input and one entry",
            describe(keys),
            "an empty sequence, or an axis in the wrong place",
            "leave empty sequences out",
        )
