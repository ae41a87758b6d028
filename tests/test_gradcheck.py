"""The judge of gradients is judged: it passes what is right and finds planted errors."""

import copy

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds

from rnnlib import GRU, LSTM, RNN, InputError, Linear, check_layer, numerical_gradient
from rnnlib.gradcheck import relative_error

CELLS = {
    "rnn": (RNN, {}, ["W_x", "W_h", "b", "x", "h0"]),
    "lstm": (LSTM, {}, ["W_x", "W_h", "b", "x", "h0", "c0"]),
    "gru": (GRU, {}, ["W_x", "W_h", "b", "b_h", "x", "h0"]),
    "gru-before": (GRU, {"reset_after": False}, ["W_x", "W_h", "b", "b_h", "x", "h0"]),
}
EVERY_CELL = pytest.mark.parametrize("cell", CELLS)


def problem(cell, N=2, T=3, D=2, H=3, kind=None):
    rng = np.random.default_rng(0)
    own, options, _ = CELLS[cell]
    layer = (kind or own)(D, H, rng=rng, **options)
    state = tuple(rng.standard_normal((N, H)) for _ in range(2))
    return layer, rng.standard_normal((N, T, D)), state if cell == "lstm" else state[0]


class TestNumericalGradient:
    def test_by_hand(self):
        x = np.array([[1.0, -2.0], [0.5, 3.0]])
        got = numerical_gradient(lambda x: np.sum(x**3), x)
        np.testing.assert_allclose(got, 3 * x**2, rtol=0, atol=1e-8)

    def test_is_exact_for_squares(self):
        """The error of central differences starts with the third derivative."""
        x = np.array([1.0, -2.0, 4.0])
        got = numerical_gradient(lambda x: np.sum(x**2), x, eps=0.5)
        assert got.tolist() == [2, -4, 8]
        cubed = numerical_gradient(lambda x: np.sum(x**3), x, eps=0.5)
        np.testing.assert_allclose(cubed, 3 * x**2 + 0.25, rtol=0, atol=1e-12)

    @pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3), (2, 1, 2)])
    def test_any_shape(self, shape):
        weights = np.asarray(np.random.default_rng(0).standard_normal(shape))
        x = np.asarray(np.random.default_rng(1).standard_normal(shape))
        got = numerical_gradient(lambda x: np.sum(weights * np.sin(x)), x)
        assert got.shape == shape
        np.testing.assert_allclose(got, weights * np.cos(x), rtol=0, atol=1e-9)

    def test_f_sees_copies(self):
        x, seen = np.arange(3.0), []
        x.flags.writeable = False

        def f(value):
            assert value is not x
            assert not np.shares_memory(value, x)
            seen.append(value.copy())
            value.fill(99)
            return 0.0

        numerical_gradient(f, x, eps=0.25)
        steps = [list(value - x) for value in seen]
        want = [[s * 0.25 * (j == k) for j in range(3)] for k in range(3) for s in (1, -1)]
        assert steps == want

    def test_keeps_dtype(self):
        assert numerical_gradient(np.sum, np.ones(2, np.float32), eps=0.25).dtype == np.float32

    def test_what_f_may_return(self):
        for kind in (float, np.float32, np.float64, np.array, lambda v: int(v * 0)):
            numerical_gradient(lambda x, kind=kind: kind(x.sum()), np.ones(2))

    @pytest.mark.parametrize(
        "result",
        [None, "1.0", np.ones(2), np.ones(1), [1.0], 1j, (1.0, np.ones(2)), np.nan, np.inf],
    )
    def test_refuses_results_that_are_no_number(self, result):
        with pytest.raises(InputError) as error:
            numerical_gradient(lambda x: result, np.ones(2))
        check_message(error.value)

    def test_refuses(self):
        x = np.ones((2, 3))
        kinds = wrong_kinds(x)
        del kinds["other float"]
        calls = [lambda v=v: numerical_gradient(np.sum, v) for v in [*kinds.values(), None]]
        calls += [
            lambda v=v: numerical_gradient(np.sum, x, v)
            for v in [0, 0.0, -1e-5, np.nan, np.inf, None, "1e-5", True, np.array(1e-5)]
        ]
        calls += [lambda v=v: numerical_gradient(v, x) for v in [None, 1.0, x, "sum"]]
        for call in calls:
            with pytest.raises(InputError) as error:
                call()
            check_message(error.value)


class TestRelativeError:
    def test_by_hand(self):
        a, n = np.array([1.0, -4.0]), np.array([2.0, -6.0])
        assert relative_error(a, n) == 2 / 10
        assert relative_error(n, a) == 2 / 10
        assert relative_error(a, a.copy()) == 0
        assert relative_error(a, -a) == 1

    def test_small_numbers_are_held_against_the_floor(self):
        assert relative_error(np.array([1e-9]), np.array([0.0])) == pytest.approx(0.1)
        assert relative_error(np.array([1e-7]), np.array([0.0])) == 1

    def test_empty_and_single(self):
        assert relative_error(np.zeros(0), np.zeros(0)) == 0
        assert relative_error(np.array(2.0), np.array(1.0)) == 1 / 3
        assert type(relative_error(np.ones(2), np.zeros(2))) is float

    @pytest.mark.parametrize(
        "pair",
        [
            (np.ones(2), np.ones(3)), (np.ones(2), np.ones((2, 1))), (np.ones(2), np.float64(1)),
            (np.ones(2), np.ones(2, np.float32)), (np.ones(2), [1.0, 1.0]), (None, np.ones(2)),
            (np.full(2, np.nan), np.ones(2)), (np.ones(2), np.full(2, np.inf)),
        ],
    )  # fmt: skip
    def test_refuses(self, pair):
        with pytest.raises(InputError) as error:
            relative_error(*pair)
        check_message(error.value)


class TestCheckLayer:
    @pytest.mark.parametrize("lengths", [None, np.array([3, 0]), np.array([1, 2])], ids=str)
    @pytest.mark.parametrize("with_state", [False, True])
    @EVERY_CELL
    def test_passes_what_is_right(self, cell, with_state, lengths):
        layer, x, state = problem(cell)
        errors = check_layer(layer, x, state if with_state else None, lengths)
        assert list(errors) == CELLS[cell][2]
        assert all(type(value) is float for value in errors.values())
        assert 0 < max(errors.values()) < 1e-6

    @EVERY_CELL
    def test_finds_a_flipped_sign_in_each_gradient(self, cell):
        own, _, names = CELLS[cell]
        for name in names:

            class Wrong(own):
                planted = name

                def backward(self, dy=None, d_state=None):
                    dx, d_first = super().backward(dy, d_state)
                    if self.planted in self.grads:
                        self.grads[self.planted] *= -1
                    elif self.planted == "x":
                        dx *= -1
                    else:
                        parts = d_first if isinstance(d_first, tuple) else (d_first,)
                        parts[self.states.index(self.planted)][...] *= -1
                    return dx, d_first

            errors = check_layer(*problem(cell, kind=Wrong))
            assert errors.pop(name) > 1e-2
            assert max(errors.values()) < 1e-6

    @EVERY_CELL
    def test_finds_one_wrong_entry_and_a_lost_last_state(self, cell):
        own = CELLS[cell][0]

        class OneEntry(own):
            def backward(self, dy=None, d_state=None):
                result = super().backward(dy, d_state)
                self.grads["W_h"][0, -1] += 0.1 * np.abs(self.grads["W_h"]).max()
                return result

        class Forgets(own):
            def backward(self, dy=None, d_state=None):
                return super().backward(dy, None)

        errors = check_layer(*problem(cell, kind=OneEntry))
        assert errors.pop("W_h") > 1e-2
        assert max(errors.values()) < 1e-6
        assert min(check_layer(*problem(cell, kind=Forgets)).values()) > 1e-2

    def test_finds_a_loop_that_walks_forwards(self):
        class Forwards(RNN):
            """The gradient carried from the step before, instead of the step after."""

            def backward(self, dy=None, d_state=None):
                dx, d_first = super().backward(dy[:, ::-1].copy(), d_state)
                return dx[:, ::-1].copy(), d_first

        errors = check_layer(*problem("rnn", kind=Forwards))
        assert max(errors.values()) > 1e-2

    @EVERY_CELL
    def test_leaves_everything_as_it_was(self, cell):
        layer, x, state = problem(cell)
        y, _ = layer.forward(x, state)
        before = copy.deepcopy((layer.params, layer.grads, x, state))
        params, arrays = layer.params, dict(layer.params)
        check_layer(layer, x, state)
        assert layer.params is params
        assert all(params[k] is arrays[k] for k in arrays)
        np.testing.assert_equal((layer.params, layer.grads, x, state), before)
        layer.backward(np.ones_like(y))  # the forward pass from before is still there
        assert layer.grads

    def test_draws_from_the_given_generator(self):
        layer, x, state = problem("lstm")
        one = check_layer(layer, x, state, rng=np.random.default_rng(1))
        assert one == check_layer(layer, x, state, rng=np.random.default_rng(1))
        assert one != check_layer(layer, x, state, rng=np.random.default_rng(2))
        assert check_layer(layer, x, state) == check_layer(
            layer, x, state, rng=np.random.default_rng(0)
        )

    def test_refuses(self):
        layer, x, state = problem("rnn")
        narrow = RNN(2, 3, rng=np.random.default_rng(0), dtype=np.float32)
        for call in (
            lambda: check_layer(narrow, x.astype(np.float32)),
            lambda: check_layer(layer, x.astype(np.float32)),
            lambda: check_layer(layer, x, (state, state)),
            lambda: check_layer(layer, x, state[:1]),
            lambda: check_layer(layer, x, state.tolist()),
            lambda: check_layer(layer, x, state, [3, 3]),
            lambda: check_layer(layer, x, state, np.array([4, 1])),
            lambda: check_layer(layer, None),
            lambda: check_layer(layer, x[0]),
            lambda: check_layer(layer, x[:, :0]),
            lambda: check_layer(layer, x, rng=0),
            lambda: check_layer(Linear(2, 3, rng=np.random.default_rng(0)), x),
            lambda: check_layer(None, x),
            lambda: check_layer(RNN, x),
            lambda: check_layer("rnn", x),
        ):
            with pytest.raises(InputError) as error:
                call()
            check_message(error.value)
