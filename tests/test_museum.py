"""The museum: right code that passes every check, and mistakes of one line."""

import inspect

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds, wrong_shapes

from rnnlib import RNN, InputError, Linear, museum, numerical_gradient

GRADIENT, LIBRARY, SPLIT, PERMUTE = (
    "gradient check",
    "equals library",
    "split and carry",
    "permute batch",
)
PADDING, TWICE, PASS, WINDOW, NOISE = (
    "change padding",
    "call twice",
    "one long pass",
    "window gradient",
    "noise stays noise",
)

CAUGHT_BY = {
    "time runs forwards in backward": {GRADIENT, LIBRARY, WINDOW},
    "no carried gradient": {GRADIENT, LIBRARY, WINDOW},
    "= in place of +=": {GRADIENT, LIBRARY, WINDOW},
    "bias gradient of one step only": {GRADIENT, LIBRARY, WINDOW},
    "mean over the batch for a sum": {GRADIENT, LIBRARY, WINDOW},
    "slope of tanh at h, not at a": {GRADIENT, LIBRARY, WINDOW},
    "W_h not transposed": {GRADIENT, LIBRARY, WINDOW},
    "dW_h with the state of the wrong step": {GRADIENT, LIBRARY, WINDOW},
    "gradient of the last state dropped": {GRADIENT, LIBRARY},
    "gradients of earlier calls added": {TWICE, WINDOW},
    "state reset at every call": {GRADIENT, LIBRARY, SPLIT, PASS},
    "reshape in place of swapping axes": {LIBRARY, SPLIT, PERMUTE, PADDING, PASS},
    "padded last step read as the last": {LIBRARY, PADDING},
    "target leaks into the input": {NOISE},
    "windows shuffled, state carried": {PASS, WINDOW},
    "gradient carried to the next window": {WINDOW},
}


@pytest.fixture(scope="module")
def results():
    return {name: museum.run_checks(museum.exhibit(name)) for name in museum.MISTAKES}


def make(D=2, H=3, seed=0, dtype=np.float64):
    return museum.PlainRNN(D, H, rng=np.random.default_rng(seed), dtype=dtype)


# The table


def test_there_are_at_least_ten_exhibits_and_eleven_checks():
    assert len(museum.MISTAKES) >= 10
    assert len(museum.CHECKS) == 11


def test_the_right_code_passes_every_check():
    passed = museum.run_checks(museum.exhibit())
    assert list(passed) == list(museum.CHECKS)
    assert all(passed.values()), passed


def test_each_mistake_is_caught_by_the_checks_that_the_chapter_shows(results):
    caught = {name: {c for c, ok in result.items() if not ok} for name, result in results.items()}
    assert caught == CAUGHT_BY


def test_the_smallest_sets_of_checks(results):
    checks = list(museum.CHECKS)
    assert museum.smallest_set([*results.values()], checks) == (LIBRARY, WINDOW, NOISE)
    checks.remove(LIBRARY)
    found = museum.smallest_set([*results.values()], checks)
    assert found == (GRADIENT, PADDING, WINDOW, NOISE)


@pytest.mark.parametrize("name", museum.MISTAKES)
def test_a_mistake_is_one_line_of_the_right_code(name):
    right, wrong = museum.MISTAKES[name]
    pieces = (museum.PlainRNN, museum.next_values, museum.train)
    lines = [line.strip() for piece in pieces for line in inspect.getsource(piece).splitlines()]
    assert lines.count(right) == 1
    assert wrong != right
    assert "\n" not in right + wrong


def test_an_exhibit_leaves_the_right_code_as_it_is():
    museum.exhibit("time runs forwards in backward")
    assert all(museum.run_checks(museum.exhibit()).values())


# The two checks that catch no exhibit can fail too


def with_layer(layer):
    code = museum.exhibit()
    code.PlainRNN = layer
    return museum.run_checks(code)


def test_the_shape_check_sees_a_wrong_shape():
    class Keepdims(museum.PlainRNN):
        def backward(self, dy=None, d_state=None):
            result = super().backward(dy, d_state)
            self.grads["b"] = self.grads["b"][None]
            return result

    assert not museum.CHECKS["shapes fit"](type("Code", (), {"PlainRNN": Keepdims}))


def test_the_loss_check_sees_a_layer_that_says_nothing():
    class Silent(museum.PlainRNN):
        def forward(self, x, state=None, lengths=None):
            y, last = super().forward(x, state, lengths)
            return 0 * y, last

    passed = with_layer(Silent)
    assert not passed["loss goes down"]
    assert passed["shapes fit"]


def test_the_library_layer_passes_every_check():
    assert all(with_layer(RNN).values())


# The plain layer is the library's layer


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("N", "T", "D", "H"), [(1, 1, 1, 1), (2, 1, 3, 2), (1, 5, 2, 3), (4, 7, 3, 5), (0, 3, 2, 2)]
)
def test_the_plain_layer_equals_the_library(N, T, D, H, dtype):
    rng = np.random.default_rng(N + 10 * T)
    plain, library = make(D, H, 1, dtype), RNN(D, H, rng=np.random.default_rng(1), dtype=dtype)
    x, dy = (rng.standard_normal((N, T, size)).astype(dtype) for size in (D, H))
    state, d_state = rng.standard_normal((2, N, H)).astype(dtype)
    for lengths in (None, rng.integers(0, T, N, endpoint=True)):
        for start, d_last in ((None, None), (state, d_state)):
            ours = [*plain.forward(x, start, lengths), *plain.backward(dy, d_last)]
            theirs = [*library.forward(x, start, lengths), *library.backward(dy, d_last)]
            for name in library.params:
                ours.append(plain.grads[name])
                theirs.append(library.grads[name])
            tolerance = 1e-12 if dtype is np.float64 else 1e-4
            for a, b in zip(ours, theirs, strict=True):
                assert a.dtype == dtype
                np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


def test_the_plain_layer_takes_a_gradient_in_the_last_state_alone():
    plain, library = make(), RNN(2, 3, rng=np.random.default_rng(0))
    x, d_state = np.random.default_rng(1).standard_normal((4, 5, 2)), np.ones((4, 3))
    for layer in (plain, library):
        layer.forward(x)
    for a, b in zip(
        plain.backward(d_state=d_state), library.backward(d_state=d_state), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_arguments_and_results_are_independent():
    layer = make()
    x, state, dy = np.ones((4, 5, 2)), np.ones((4, 3)), np.ones((4, 5, 3))
    y, last = layer.forward(x, state)
    before = layer.backward(dy, state)
    y[:], last[:], x[:] = 7, 7, 7
    after = layer.backward(dy, state)
    assert (state == 1).all()
    assert (dy == 1).all()
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


# The loop that walks time forwards (the blog seed's finding B1)


def forwards_error(T, seed, last_only=False):
    """Relative error of dW_x against central differences."""
    rng = np.random.default_rng(seed)
    Wrong = museum.exhibit("time runs forwards in backward").PlainRNN
    wrong, right = Wrong(3, 5, rng=rng), make(3, 5)
    right.params.update(wrong.params)
    x, dy = rng.standard_normal((4, T, 3)), rng.standard_normal((4, T, 5))
    if last_only:
        dy[:, :-1] = 0
    wrong.forward(x)
    wrong.backward(dy)

    def loss(W_x):
        right.params["W_x"] = W_x
        return np.sum(dy * right.forward(x)[0])

    true = numerical_gradient(loss, wrong.params["W_x"])
    return np.linalg.norm(wrong.grads["W_x"] - true) / np.linalg.norm(true)


@pytest.mark.parametrize("last_only", [False, True])
def test_the_loop_forwards_is_exact_for_one_step_and_wrong_for_more(last_only):
    assert max(forwards_error(1, seed, last_only) for seed in range(10)) < 1e-8
    for T in (2, 3, 5, 10, 20):
        assert min(forwards_error(T, seed, last_only) for seed in range(10)) > 0.1


def test_the_loop_forwards_reaches_one_step_of_t():
    layer = museum.exhibit("time runs forwards in backward").PlainRNN(
        2, 3, rng=np.random.default_rng(0)
    )
    layer.forward(np.random.default_rng(1).standard_normal((4, 6, 2)))
    dy = np.zeros((4, 6, 3))
    dy[:, -1] = 1
    dx, _ = layer.backward(dy)
    assert np.flatnonzero(np.abs(dx).sum(axis=(0, 2))).tolist() == [5]


# Data and training loop


def test_the_next_value_is_the_target():
    series = np.arange(10.0).reshape(1, 10, 1)
    x, y = museum.next_values(series)
    np.testing.assert_array_equal(y, x + 1)
    assert x.shape == (1, 9, 1)
    assert not np.shares_memory(x, series)
    assert not np.shares_memory(y, series)


def test_training_lowers_the_loss_and_carries_the_state():
    losses = museum.loss_curve(museum.exhibit(), updates=60)
    assert len(losses) == 60
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    assert losses == museum.loss_curve(museum.exhibit(), updates=60)
    assert losses != museum.loss_curve(museum.exhibit(), updates=60, seed=1)


def test_the_last_window_may_be_shorter():
    class Still:
        def step(self, params, grads):
            self.names = [list(part) for part in params]

    layer, head, still = make(1, 3), Linear(3, 1, rng=np.random.default_rng(0)), Still()
    x = np.random.default_rng(1).standard_normal((2, 7, 1))
    losses, state = museum.train(layer, head, x, x, 3, still)
    assert len(losses) == 3
    np.testing.assert_allclose(state, layer.forward(x)[1], rtol=0, atol=1e-12)
    assert still.names == [["W_x", "W_h", "b"], ["W", "b"]]


# Refusals


def refused(function, *args, **options):
    with pytest.raises(InputError) as error:
        function(*args, **options)
    check_message(error.value)


def test_the_plain_layer_refuses_bad_inputs():
    layer, x = make(), np.ones((4, 5, 2))
    shapes = [bad for bad in wrong_shapes(x).values() if bad.ndim != 3 or bad.shape[2] != 2]
    for bad in [*wrong_kinds(x).values(), *shapes, np.ones((4, 0, 2))]:
        refused(layer.forward, bad)
    state = np.ones((4, 3))
    for bad in [*wrong_kinds(state).values(), *wrong_shapes(state).values()]:
        if bad is not None:
            refused(layer.forward, x, bad)
    layer.params["b"] = np.full(3, np.nan)
    refused(layer.forward, x)
    layer.params["b"] = np.zeros(3)
    lengths = [np.array([5, 5, 5]), np.full((4, 1), 5), np.full((2, 2), 5), np.array([6, 5, 5, 5])]
    for bad in [*lengths, [5, 5, 5, 5], np.full(4, 2.0), 3]:
        refused(layer.forward, x, None, bad)


def test_the_plain_layer_refuses_bad_gradients():
    layer, dy = make(), np.ones((4, 5, 3))
    refused(layer.backward, dy)
    layer.forward(np.ones((4, 5, 2)))
    refused(layer.backward)
    for bad in [*wrong_kinds(dy).values(), *wrong_shapes(dy).values()]:
        if bad is not None:
            refused(layer.backward, bad)
    refused(layer.backward, dy, np.ones((4, 2)))
    assert layer.grads == {}


def test_the_functions_refuse_what_does_not_fit():
    code, x = museum.exhibit(), np.ones((4, 5, 2))
    for bad in ("no such exhibit", 3, ["W_h not transposed"]):
        refused(museum.exhibit, bad)
    for bad in (museum.PlainRNN, make(), None, "code"):
        refused(museum.run_checks, bad)
        refused(museum.loss_curve, bad)
    refused(museum.loss_curve, code, updates=0)
    refused(museum.loss_curve, code, seed=-1)
    for bad in (np.ones((4, 5)), [[[1.0]]], np.ones((4, 5, 2), int)):
        refused(museum.next_values, bad)
    head = Linear(3, 2, rng=np.random.default_rng(0))
    refused(museum.train, make(), head, x, x, 0, None)
    refused(museum.train, make(), head, x, x[:, :4], 2, None)
    refused(museum.train, make(), head, x.tolist(), x, 2, None)


def test_the_smallest_set_refuses_what_does_not_fit(results):
    refused(museum.smallest_set, [3], ["gradient check"])
    refused(museum.smallest_set, [{"gradient check": False}], ["shapes fit"])
    refused(museum.smallest_set, [*results.values()], ["shapes fit"])
    assert museum.smallest_set([], ["shapes fit"]) == ()


def test_a_series_without_a_step_is_refused():
    rng = np.random.default_rng(0)
    parts = RNN(2, 3, rng=rng), Linear(3, 2, rng=rng)
    with pytest.raises(InputError, match="step") as error:
        museum.train(*parts, np.ones((1, 0, 2)), np.ones((1, 0, 2)), 5, None)
    check_message(error.value)
