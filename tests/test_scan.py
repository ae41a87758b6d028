"""The linear recurrence in both forms, and MinGRU: gradients, equalities, refusals."""

import copy
import itertools
import math

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds, wrong_shapes
from hypothesis import given
from hypothesis import strategies as st

from rnnlib import (
    Adam,
    InputError,
    Linear,
    MinGRU,
    bce_with_logits,
    check_layer,
    scan_loop,
    scan_parallel,
    sigmoid,
    sign_task,
)
from rnnlib.compose import Stack

SCANS = pytest.mark.parametrize("scan", [scan_loop, scan_parallel])
FORMS = pytest.mark.parametrize("parallel", [False, True])


def draws(N, T, H, seed=0, dtype=np.float64):
    """a in (0, 1), b, h0."""
    rng = np.random.default_rng(seed)
    return (
        rng.random((N, T, H)).astype(dtype),
        rng.standard_normal((N, T, H)).astype(dtype),
        rng.standard_normal((N, H)).astype(dtype),
    )


def make(D, H, seed=0, **options):
    """A layer with normal weights: larger than the default start, so that the gate moves."""
    layer = MinGRU(D, H, rng=np.random.default_rng(seed), **options)
    rng = np.random.default_rng(seed + 100)
    for name, value in layer.params.items():
        layer.params[name] = rng.standard_normal(value.shape).astype(layer.dtype)
    return layer


# ---------------------------------------------------------------------------------------------
# The recurrence


@SCANS
def test_by_hand(scan):
    a, b = np.array([0.5, 2.0, 0.0, -1.0]), np.array([1.0, 0.0, 3.0, 1.0])
    h = scan(a[None, :, None], b[None, :, None], np.array([[4.0]]))
    assert h.ravel().tolist() == [3, 6, 3, -2]
    h = scan(a[None, :, None], b[None, :, None])
    assert h.ravel().tolist() == [1, 2, 3, -2]


@SCANS
def test_known_sums(scan):
    """a = 1 gives running sums, b = 0 running products, constant a a geometric series."""
    rng = np.random.default_rng(0)
    x, one = rng.standard_normal((2, 9, 3)), np.ones((2, 9, 3))
    np.testing.assert_allclose(scan(one, x), np.cumsum(x, axis=1), rtol=0, atol=1e-14)
    products = scan(x, 0 * x, np.ones((2, 3)))
    np.testing.assert_allclose(products, np.cumprod(x, axis=1), rtol=1e-13)
    series = scan(0.5 * one, one)[0, :, 0]
    np.testing.assert_allclose(series, 2 - 0.5 ** np.arange(9), rtol=1e-15)


@given(st.integers(1, 70), st.integers(0, 3), st.integers(1, 3), st.integers(0, 10**6))
def test_both_forms_are_equal(T, N, H, seed):
    a, b, h0 = draws(N, T, H, seed)
    np.testing.assert_allclose(scan_parallel(a, b, h0), scan_loop(a, b, h0), rtol=0, atol=1e-12)
    a = 2 * a - 1
    np.testing.assert_allclose(scan_parallel(a, b), scan_loop(a, b), rtol=0, atol=1e-12)


def test_both_forms_are_equal_on_long_sequences():
    a, b, h0 = draws(2, 3000, 4)
    np.testing.assert_allclose(scan_parallel(a, b, h0), scan_loop(a, b, h0), rtol=0, atol=1e-10)


@SCANS
def test_a_scan_can_be_cut_in_two(scan):
    a, b, h0 = draws(2, 11, 3)
    whole = scan(a, b, h0)
    for k in range(1, 11):
        first = scan(a[:, :k].copy(), b[:, :k].copy(), h0)
        second = scan(a[:, k:].copy(), b[:, k:].copy(), first[:, -1].copy())
        np.testing.assert_allclose(np.hstack([first, second]), whole, rtol=0, atol=1e-14)


@SCANS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype_and_its_arguments(scan, dtype):
    args = draws(2, 5, 3, dtype=dtype)
    copies = copy.deepcopy(args)
    h = scan(*args)
    assert h.dtype == dtype
    for value, before in zip(args, copies, strict=True):
        np.testing.assert_array_equal(value, before)
        assert not np.shares_memory(h, value)


@SCANS
def test_no_sequences(scan):
    assert scan(*draws(0, 4, 3)).shape == (0, 4, 3)


@SCANS
def test_refuses_what_does_not_fit(scan):
    good = dict(zip(("a", "b", "h0"), draws(2, 5, 3), strict=True))
    for name, value in good.items():
        bad_ones = [*wrong_kinds(value).values(), *wrong_shapes(value).values()]
        for bad in bad_ones:
            with pytest.raises(InputError) as error:
                scan(**good | {name: bad})
            check_message(error.value)
    with pytest.raises(InputError, match="at least one time step"):
        scan(*draws(2, 0, 3))


@SCANS
def test_refuses_an_overflow(scan):
    a = np.full((1, 9, 1), 1e60)
    with pytest.raises(InputError, match="finite") as error:
        scan(a, a)
    check_message(error.value)


# ---------------------------------------------------------------------------------------------
# MinGRU


@FORMS
@pytest.mark.parametrize(
    "size", [*itertools.product((1, 3), (1, 2, 5, 8), (1, 3), (1, 2))], ids=str
)
def test_gradients(size, parallel, record_property):
    N, T, D, H = size
    layer, rng = make(D, H, parallel=parallel), np.random.default_rng(7)
    x, state = rng.standard_normal((N, T, D)), rng.standard_normal((N, H))
    for lengths in (None, rng.integers(0, T + 1, N)):
        for first in (None, state):
            errors = check_layer(layer, x, first, lengths)
            assert set(errors) == {"W_x", "b", "x", "h0"}
            assert max(errors.values()) < 1e-6, (lengths, errors)
    record_property("gradient checks", 16)


@FORMS
def test_equals_its_equations(parallel):
    layer, rng = make(3, 4, parallel=parallel), np.random.default_rng(1)
    x, h = rng.standard_normal((2, 7, 3)), rng.standard_normal((2, 4))
    y, last = layer.forward(x, h)
    W_x, b = layer.params["W_x"], layer.params["b"]
    for t in range(7):
        z, n = sigmoid(x[:, t] @ W_x[:, :4] + b[:4]), x[:, t] @ W_x[:, 4:] + b[4:]
        h = (1 - z) * n + z * h
        np.testing.assert_allclose(y[:, t], h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(last, h, rtol=0, atol=1e-12)


def test_both_forms_give_the_same():
    loop, rounds = make(3, 5), make(3, 5, parallel=True)
    rng = np.random.default_rng(2)
    x, state, lengths = rng.standard_normal((4, 50, 3)), rng.standard_normal((4, 5)), None
    for lengths in (None, np.array([0, 1, 33, 50])):
        results = []
        for layer in (loop, rounds):
            y, last = layer.forward(x, state, lengths)
            dx, d_first = layer.backward(y, last)
            results.append([y, last, dx, d_first, *layer.grads.values()])
        for one, other in zip(*results, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)


@FORMS
def test_lengths_freeze_the_state(parallel):
    layer, rng = make(2, 3, parallel=parallel), np.random.default_rng(3)
    x, state = rng.standard_normal((4, 6, 2)), rng.standard_normal((4, 3))
    lengths = np.array([0, 1, 4, 6])
    y, last = layer.forward(x, state, lengths)
    dx, _ = layer.backward(rng.standard_normal(y.shape))
    for i, l in enumerate(lengths):
        assert (y[i, l:] == 0).all()
        assert (dx[i, l:] == 0).all()
        if l == 0:
            np.testing.assert_array_equal(last[i], state[i])
        else:
            short, end = layer.forward(x[i : i + 1, :l].copy(), state[i : i + 1])
            np.testing.assert_allclose(y[i, :l], short[0], rtol=0, atol=1e-14)
            np.testing.assert_allclose(last[i], end[0], rtol=0, atol=1e-14)


def test_gradients_after_the_end_are_ignored():
    layer, rng = make(2, 3), np.random.default_rng(4)
    x, dy, lengths = (
        rng.standard_normal((2, 5, 2)),
        rng.standard_normal((2, 5, 3)),
        np.array([2, 5]),
    )
    layer.forward(x, lengths=lengths)
    dx, _ = layer.backward(dy)
    other = dy.copy()
    other[0, 2:] = 100
    np.testing.assert_array_equal(layer.backward(other)[0], dx)


def test_the_gate_does_not_see_the_state():
    """The state enters linearly: the difference of two starts is scaled by the product of z."""
    layer, rng = make(2, 3), np.random.default_rng(5)
    x, h = rng.standard_normal((1, 6, 2)), rng.standard_normal((3, 1, 3))
    one, two, both = (layer.forward(x, state)[0] for state in (h[0], h[1], h[0] + h[1]))
    none = layer.forward(x)[0]
    np.testing.assert_allclose(one + two - none, both, rtol=0, atol=1e-12)
    z = sigmoid(x @ layer.params["W_x"][:, :3] + layer.params["b"][:3])
    np.testing.assert_allclose(one - two, np.cumprod(z, axis=1) * (h[0] - h[1]), atol=1e-12)


def test_the_gate_closes_and_opens():
    layer = make(1, 1)
    layer.params["W_x"][...] = [[0, 1]]
    for bias, kept in ((40.0, 1), (-40.0, 0)):
        layer.params["b"][...] = [bias, 0]
        _, last = layer.forward(np.array([[[5.0]]]), np.array([[3.0]]))
        np.testing.assert_allclose(last, [[3 if kept else 5]], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_default_start(dtype):
    layer, rng = MinGRU(3, 16, rng=np.random.default_rng(4), dtype=dtype), np.random.default_rng(4)
    for name, shape in {"W_x": (3, 32), "b": (32,)}.items():
        want = rng.uniform(-0.25, 0.25, shape).astype(dtype)
        np.testing.assert_array_equal(layer.params[name], want)
        assert layer.params[name].dtype == dtype
    assert list(layer.params) == ["W_x", "b"]
    assert layer.parallel is False
    assert layer.grads == {}
    assert repr(layer) == f"MinGRU(n_in=3, n_hidden=16, dtype={np.dtype(dtype)})"


def test_params_are_live_and_the_cache_is_not():
    layer, x = make(2, 3), np.random.default_rng(6).standard_normal((1, 4, 2))
    y, last = layer.forward(x)
    dx, _ = layer.backward(y)
    layer.params["W_x"] *= 2
    x *= 2
    y *= 3
    last *= 3
    np.testing.assert_array_equal(layer.backward(y / 3)[0], dx)
    assert (layer.forward(x)[0] != y / 3).any()


def test_backward_replaces_the_gradients():
    layer, x = make(2, 3), np.random.default_rng(6).standard_normal((1, 4, 2))
    y, _ = layer.forward(x)
    layer.backward(y)
    before = copy.deepcopy(layer.grads)
    layer.backward(y)
    for name, value in before.items():
        np.testing.assert_array_equal(layer.grads[name], value)


def test_dy_or_d_state_may_be_left_out():
    layer, x = make(2, 3), np.random.default_rng(6).standard_normal((2, 4, 2))
    y, last = layer.forward(x)
    np.testing.assert_allclose(
        layer.backward(y)[0] + layer.backward(d_state=last)[0], layer.backward(y, last)[0]
    )


def test_float32_stays_float32():
    layer = make(2, 3, dtype=np.float32)
    y, last = layer.forward(np.ones((1, 4, 2), np.float32), lengths=np.array([3]))
    dx, d_first = layer.backward(y, last)
    values = [y, last, dx, d_first, *layer.grads.values()]
    assert {value.dtype for value in values} == {np.dtype(np.float32)}


def test_no_sequences_in_the_batch():
    layer = make(2, 3)
    y, last = layer.forward(np.zeros((0, 4, 2)))
    assert (y.shape, last.shape) == ((0, 4, 3), (0, 3))
    dx, d_first = layer.backward(y)
    assert (dx.shape, d_first.shape) == ((0, 4, 2), (0, 3))
    assert all((value == 0).all() for value in layer.grads.values())


def test_two_layers_learn_what_one_cannot():
    """Which value came first? A gate that sees the input only cannot know."""
    accuracy = {}
    for depth in (1, 2):
        rng = np.random.default_rng(0)
        net = Stack([MinGRU(1, 24, rng=rng), MinGRU(24, 24, rng=rng)][:depth])
        head, optimizer = Linear(24, 1, rng=rng), Adam(2e-2)
        for layer in net.layers:
            layer.params["b"][:24] = 2
        x, y = sign_task(640, 8, rng)
        for k in range(300):
            batch = slice(64 * (k % 10), 64 * (k % 10 + 1))
            states, _ = net.forward(x[batch])
            _, d = bce_with_logits(head.forward(states[:, -1])[:, 0], y[batch])
            dy = np.zeros_like(states)
            dy[:, -1] = head.backward(d[:, None])
            net.backward(dy)
            optimizer.step([*net.params, head.params], [*net.grads, head.grads])
        x, y = sign_task(2000, 8, rng)
        logits = head.forward(net.forward(x)[0][:, -1])[:, 0]
        accuracy[depth] = np.mean((logits > 0) == (y > 0))
    assert accuracy[1] < 0.75
    assert accuracy[2] > 0.9


# ---------------------------------------------------------------------------------------------
# Refusals


@pytest.mark.parametrize("name", ["n_in", "n_hidden"])
@pytest.mark.parametrize("bad", [0, -1, 1.0, "1", None, True, math.nan])
def test_refuses_bad_sizes(name, bad):
    with pytest.raises(InputError) as error:
        MinGRU(**{"n_in": 1, "n_hidden": 1, name: bad}, rng=np.random.default_rng(0))
    check_message(error.value)


@pytest.mark.parametrize(
    "options",
    [
        {"rng": 0},
        {"rng": None},
        {"dtype": np.float16},
        {"dtype": int},
        {"dtype": None},
        {"parallel": 1},
        {"parallel": "yes"},
        {"parallel": None},
    ],
)
def test_refuses_bad_options(options):
    with pytest.raises(InputError) as error:
        MinGRU(1, 2, **{"rng": np.random.default_rng(0)} | options)
    check_message(error.value)


def refused(layer, call):
    """The call raises InputError and leaves the layer as it was."""
    before = copy.deepcopy((layer.params, layer.grads))
    kept = layer._cache
    with pytest.raises(InputError) as error:
        call()
    check_message(error.value)
    assert layer._cache is kept
    for one, other in zip(before, (layer.params, layer.grads), strict=True):
        assert list(one) == list(other)
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_forward_refuses():
    layer, rng = make(2, 3), np.random.default_rng(8)
    x, state = rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 3))
    layer.forward(x)
    layer.backward(rng.standard_normal((4, 5, 3)))
    for bad in [*wrong_kinds(x).values(), *wrong_shapes(x).values()]:
        free = type(bad) is np.ndarray and bad.ndim == 3 and bad.shape[1:] == (bad.shape[1], 2)
        if not (free and bad.dtype == np.float64 and np.isfinite(bad).all() and bad.shape[1]):
            refused(layer, lambda bad=bad: layer.forward(bad))
    for bad in [*wrong_kinds(state).values(), *wrong_shapes(state).values(), (state, state)]:
        refused(layer, lambda bad=bad: layer.forward(x, bad))
    for bad in ([5, 5, 5, 5], 5, np.full(4, 6), np.full(4, -1), np.full(3, 5), np.full(4, 5.0)):
        refused(layer, lambda bad=bad: layer.forward(x, lengths=bad))
    layer.params["W_x"][...] = 1e308
    refused(layer, lambda: layer.forward(1e308 * np.sign(x)))


def test_backward_refuses():
    layer, rng = make(2, 3), np.random.default_rng(9)
    refused(layer, lambda: layer.backward(np.zeros((4, 5, 3))))
    y, last = layer.forward(rng.standard_normal((4, 5, 2)))
    refused(layer, layer.backward)
    for bad in [*wrong_kinds(y).values(), *wrong_shapes(y).values()]:
        refused(layer, lambda bad=bad: layer.backward(bad))
    for bad in [*wrong_kinds(last).values(), *wrong_shapes(last).values(), (last, last)]:
        refused(layer, lambda bad=bad: layer.backward(y, bad))
    refused(layer, lambda: layer.backward(1e308 * np.ones_like(y)))


@pytest.mark.parametrize("change", ["missing", "unknown", "shape", "dtype", "nan"])
def test_refuses_changed_params(change):
    layer = make(2, 3)
    changes = {
        "missing": lambda p: p.pop("b"),
        "unknown": lambda p: p.update(W_h=np.zeros((3, 6))),
        "shape": lambda p: p.update(b=np.zeros(3)),
        "dtype": lambda p: p.update(b=np.zeros(6, np.float32)),
        "nan": lambda p: p.update(b=np.full(6, np.nan)),
    }
    changes[change](layer.params)
    with pytest.raises(InputError) as error:
        layer.forward(np.zeros((1, 2, 2)))
    check_message(error.value)
