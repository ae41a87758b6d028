"""Attention: by hand, against central differences, against PyTorch, invariances, refusals."""

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds, wrong_shapes
from hypothesis import given
from hypothesis import strategies as st

from rnnlib import InputError, attend, attend_backward, numerical_gradient, relative_error

SIZES = [(1, 1, 1, 1, 1), (2, 3, 4, 5, 6), (3, 1, 2, 2, 1), (1, 4, 1, 3, 2), (4, 2, 5, 1, 3)]
EVERY_SIZE = pytest.mark.parametrize("size", SIZES, ids=str)


def arrays(size, seed=0, dtype=np.float64):
    """queries, keys, values for (N, S, T, K, V)."""
    N, S, T, K, V = size
    rng = np.random.default_rng(seed)
    shapes = (N, S, K), (N, T, K), (N, T, V)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def test_by_hand():
    keys, values = np.log([[[1.0], [2.0], [1.0]]]), np.array([[[0.0], [4.0], [9.0]]])
    context, weights = attend(np.ones((1, 1, 1)), keys, values)
    np.testing.assert_allclose(weights, [[[0.25, 0.5, 0.25]]], rtol=1e-15)
    np.testing.assert_allclose(context, [[[4.25]]], rtol=1e-15)


def test_scores_are_divided_by_the_root_of_their_length():
    queries, keys, values = arrays((1, 1, 2, 4, 1))
    _, weights = attend(queries, keys, values)
    scores = keys[0] @ queries[0, 0] / 2
    np.testing.assert_allclose(weights[0, 0], np.exp(scores) / np.exp(scores).sum())


@EVERY_SIZE
def test_weights_are_a_distribution_over_the_true_inputs(size):
    N, S, T, _, V = size
    lengths = np.random.default_rng(1).integers(1, T + 1, N)
    context, weights = attend(*arrays(size), lengths)
    assert context.shape == (N, S, V)
    assert weights.shape == (N, S, T)
    np.testing.assert_allclose(weights.sum(axis=2), 1, rtol=1e-14)
    over = np.broadcast_to((np.arange(T) >= lengths[:, None])[:, None], weights.shape)
    assert (weights[over] == 0).all()
    assert (weights[~over] > 0).all()


@pytest.mark.parametrize("with_lengths", [False, True])
@EVERY_SIZE
def test_gradients(size, with_lengths, record_property):
    args, rng = arrays(size), np.random.default_rng(2)
    lengths = rng.integers(1, size[2] + 1, size[0]) if with_lengths else None
    context, weights = attend(*args, lengths)
    d_context = rng.standard_normal(context.shape)
    for k, d in enumerate(attend_backward(d_context, *args, weights)):

        def loss(value, k=k):
            return np.sum(d_context * attend(*args[:k], value, *args[k + 1 :], lengths)[0])

        numeric = numerical_gradient(loss, args[k])
        assert d.shape == numeric.shape
        np.testing.assert_allclose(d, numeric, rtol=0, atol=1e-9)
        assert relative_error(d, numeric) < 1e-6 or np.abs(numeric).max() < 1e-9
    record_property("gradient checks", 3)


@pytest.mark.parametrize("with_lengths", [False, True])
@EVERY_SIZE
def test_equals_torch(size, with_lengths, record_property):
    torch = pytest.importorskip("torch")
    (N, S, T, _, _), rng = size, np.random.default_rng(3)
    args = arrays(size)
    lengths = rng.integers(1, T + 1, N) if with_lengths else None
    context, weights = attend(*args, lengths)
    d_context = rng.standard_normal(context.shape)
    leaves = [torch.tensor(value, requires_grad=True) for value in args]
    mask = None
    if with_lengths:
        mask = torch.tensor(np.repeat((np.arange(T) < lengths[:, None])[:, None], S, axis=1))
    wanted = torch.nn.functional.scaled_dot_product_attention(*leaves, attn_mask=mask)
    (wanted * torch.tensor(d_context)).sum().backward()
    np.testing.assert_allclose(context, wanted.detach().numpy(), rtol=0, atol=1e-12)
    for d, leaf in zip(attend_backward(d_context, *args, weights), leaves, strict=True):
        np.testing.assert_allclose(d, leaf.grad.numpy(), rtol=0, atol=1e-10)
    record_property("comparisons with PyTorch", 4)


@given(st.integers(0, 1000))
def test_inputs_are_a_set(seed):
    """Attention has no order: inputs in another order give the same context."""
    queries, keys, values = arrays((2, 3, 5, 4, 2), seed)
    order = np.random.default_rng(seed).permutation(5)
    context, weights = attend(queries, keys, values)
    again, moved = attend(queries, keys[:, order].copy(), values[:, order].copy())
    np.testing.assert_allclose(again, context, rtol=0, atol=1e-12)
    np.testing.assert_allclose(moved, weights[:, :, order], rtol=0, atol=1e-12)


def test_what_stands_behind_the_end_does_not_matter():
    queries, keys, values = arrays((2, 3, 5, 4, 2))
    lengths = np.array([2, 5])
    context, weights = attend(queries, keys, values, lengths)
    keys[0, 2:], values[0, 2:] = 7, -7
    again, same = attend(queries, keys, values, lengths)
    np.testing.assert_array_equal(again, context)
    np.testing.assert_array_equal(same, weights)
    short, _ = attend(queries[:1], keys[:1, :2].copy(), values[:1, :2].copy())
    np.testing.assert_allclose(context[:1], short, rtol=0, atol=1e-14)


def test_large_scores_do_not_overflow():
    context, weights = attend(np.full((1, 1, 1), 1e3), np.array([[[1e3], [2e3]]]), np.eye(2)[None])
    np.testing.assert_array_equal(weights, [[[0, 1]]])
    np.testing.assert_array_equal(context, [[[0, 1]]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype_and_its_arguments(dtype):
    args = arrays((2, 3, 4, 5, 6), dtype=dtype)
    copies = [value.copy() for value in args]
    context, weights = attend(*args, np.array([1, 4]))
    kept = weights.copy()
    results = attend_backward(context, *args, weights)
    assert {a.dtype for a in (context, weights, *results)} == {np.dtype(dtype)}
    for value, copy in zip((*args, weights), (*copies, kept), strict=True):
        np.testing.assert_array_equal(value, copy)
    assert all(not np.shares_memory(r, a) for r in (context, *results) for a in args)


def test_no_sequences_and_no_queries():
    for size in [(0, 3, 4, 5, 6), (2, 0, 4, 5, 6)]:
        args = arrays(size)
        context, weights = attend(*args)
        assert context.shape == (size[0], size[1], 6)
        d = attend_backward(context, *args, weights)
        assert [g.shape for g in d] == [a.shape for a in args]
        assert all((g == 0).all() for g in d)


# ---------------------------------------------------------------------------------------------
# Refusals

GOOD = dict(zip(("queries", "keys", "values"), arrays((2, 3, 4, 5, 6)), strict=True))
GOOD_BACK = GOOD | dict(
    zip(("d_context", "weights"), attend(*GOOD.values())[:2], strict=True),
)


def bad_arrays(good):
    """What can be wrong with an array whose partners stay as they are."""
    return [*wrong_kinds(good).values(), *wrong_shapes(good).values()]


def fits(name, value):
    """Some other shapes are other sizes of a free axis: they are no error."""
    free = {"queries": (2, None, 5), "values": (2, 4, None)}.get(name)
    plain = type(value) is np.ndarray and value.dtype == np.float64 and value.ndim == 3
    if free is None or not plain or not np.isfinite(value).all():
        return False
    return all(f is None or f == s for f, s in zip(free, value.shape, strict=True))


@pytest.mark.parametrize("name", GOOD)
def test_refuses_bad_arrays(name):
    for bad in bad_arrays(GOOD[name]):
        if not fits(name, bad):
            with pytest.raises(InputError) as error:
                attend(**GOOD | {name: bad})
            check_message(error.value)


@pytest.mark.parametrize("name", GOOD_BACK)
def test_backward_refuses_bad_arrays(name):
    for bad in bad_arrays(GOOD_BACK[name]):
        with pytest.raises(InputError) as error:
            attend_backward(**GOOD_BACK | {name: bad})
        check_message(error.value)


@pytest.mark.parametrize(
    "lengths",
    [
        np.array([0, 4]),
        np.array([1, 5]),
        np.array([-1, 2]),
        np.array([1.0, 2.0]),
        np.array([True, True]),
        np.array([1]),
        np.array([[1, 2]]),
        np.array(3),
        [1, 2],
        4,
        "4",
    ],
)
def test_refuses_bad_lengths(lengths):
    with pytest.raises(InputError) as error:
        attend(**GOOD, lengths=lengths)
    check_message(error.value)


@pytest.mark.parametrize("size", [(2, 3, 0, 5, 6), (2, 3, 4, 0, 6), (0, 3, 0, 5, 6)], ids=str)
def test_refuses_empty_inputs(size):
    N, S, T, _, V = size
    with pytest.raises(InputError, match="at least one input"):
        attend(*arrays(size))
    with pytest.raises(InputError, match="at least one input"):
        attend_backward(np.zeros((N, S, V)), *arrays(size), np.zeros((N, S, T)))


def test_refuses_an_overflow():
    queries, keys, values = (1e200 * value for value in arrays((2, 3, 4, 5, 6)))
    with pytest.raises(InputError, match="scores") as error:
        attend(queries, keys, values)
    check_message(error.value)
    _, weights = attend(queries / 1e200, keys / 1e200, values)
    with pytest.raises(InputError, match="gradients") as error:
        attend_backward(1e200 * np.ones((2, 3, 6)), queries / 1e200, keys / 1e200, values, weights)
    check_message(error.value)
