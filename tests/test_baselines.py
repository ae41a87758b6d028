"""Baselines: small cases by hand, plain loops, what made the data is recovered, refusals."""

from collections import Counter

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds
from hypothesis import given
from hypothesis import strategies as st

from rnnlib import (
    InputError,
    autocorrelation,
    direct_forecast,
    fit_autoregression,
    forecast_windows,
    naive_forecast,
    numerical_gradient,
    recursive_forecast,
)
from rnnlib.baselines import NGram


def text(length=400, n_tokens=5, seed=0):
    return np.random.default_rng(seed).integers(0, n_tokens, length)


def by_hand(ids, n, n_tokens, k, context, token):
    """The definition, with dictionaries of tuples."""
    ids, p = ids.tolist(), 1 / n_tokens
    for m in range(1, min(n, len(context) + 1) + 1):
        groups = Counter(tuple(ids[t : t + m]) for t in range(len(ids) - m + 1))
        before = tuple(context[len(context) - m + 1 :])
        total = sum(count for group, count in groups.items() if group[:-1] == before)
        p = (groups[(*before, token)] + k * p) / (total + k)
    return p


class TestNGram:
    def test_unigram_by_hand(self):
        model = NGram(np.array([0, 1, 0, 0]), 1, 3, k=1.0)
        want = [(3 + 1 / 3) / 5, (1 + 1 / 3) / 5, (1 / 3) / 5]
        np.testing.assert_allclose(model.probabilities(np.array([], int)), want, rtol=1e-15)
        np.testing.assert_allclose(model.probabilities(np.array([2, 1])), want, rtol=1e-15)
        np.testing.assert_allclose(model.score(np.array([2, 0])), [want[2], want[0]], rtol=1e-15)

    def test_bigram_by_hand(self):
        """In 0 1 0 0 2, a 1 is followed by 0; a 0 by 1, 0 and 2; a 2 by nothing."""
        model = NGram(np.array([0, 1, 0, 0, 2]), 2, 3, k=2.0)
        one = np.array([3 + 2 / 3, 1 + 2 / 3, 1 + 2 / 3]) / 7
        after_1, after_0 = (np.array([1, 0, 0]) + 2 * one) / 3, (np.ones(3) + 2 * one) / 5
        for context, want in [([1], after_1), ([0], after_0), ([2], one), ([], one)]:
            got = model.probabilities(np.array(context, int))
            np.testing.assert_allclose(got, want, rtol=1e-15)
        want = [one[1], after_1[0], after_0[0]]
        np.testing.assert_allclose(model.score(np.array([1, 0, 0])), want, rtol=1e-15)

    def test_perplexity_of_a_table_by_hand(self):
        """Three tokens with probabilities 1/2, 1/4 and 1/8: the geometric mean is 1/4."""
        model = NGram(np.array([0, 1]), 1, 2)
        model.score = lambda ids: np.array([0.5, 0.25, 0.125])
        assert model.perplexity(np.zeros(3, int)) == pytest.approx(4, abs=1e-9)

    @pytest.mark.parametrize("n", [1, 2, 3, 5])
    @pytest.mark.parametrize("k", [0.1, 5.0])
    def test_is_its_definition(self, n, k):
        ids, new = text(60, 3), text(20, 3, seed=1)
        model = NGram(ids, n, 3, k)
        want = [by_hand(ids, n, 3, k, new[:t].tolist(), new[t]) for t in range(len(new))]
        np.testing.assert_allclose(model.score(new), want, rtol=1e-13)
        assert model.perplexity(new) == pytest.approx(np.exp(-np.log(want).mean()), rel=1e-13)
        for t in range(len(new)):
            p = model.probabilities(new[:t])
            assert p[new[t]] == pytest.approx(want[t], rel=1e-13)

    @pytest.mark.parametrize("n", range(1, 8))
    def test_probabilities_sum_to_one(self, n):
        model = NGram(text(), n, 5)
        for length in range(10):
            p = model.probabilities(text(length, seed=2))
            assert p.shape == (5,)
            assert p.min() > 0
            assert p.sum() == pytest.approx(1, abs=1e-14)

    def test_an_unseen_context_leaves_the_shorter_one(self):
        ids = np.array([0, 1, 2, 0, 1, 2])
        trigram, bigram = NGram(ids, 3, 4), NGram(ids, 2, 4)
        after = trigram.probabilities(np.array([1, 1]))
        np.testing.assert_allclose(after, bigram.probabilities(np.array([1])), rtol=1e-15)
        assert abs(after - trigram.probabilities(np.array([0, 1]))).max() > 0.01

    def test_an_unseen_token_keeps_a_share(self):
        model = NGram(np.zeros(1000, int), 3, 10, k=1.0)
        assert 0 < model.probabilities(np.array([0, 0]))[9] < 1e-8

    def test_knowing_nothing(self):
        """Far from any count, n_tokens equally likely tokens are left."""
        model = NGram(text(), 3, 5, k=1e12)
        assert model.perplexity(text(seed=1)) == pytest.approx(5, abs=1e-6)

    def test_a_longer_context_helps_where_the_text_has_one(self):
        ids = np.tile([0, 1, 0, 2], 500)
        found = [NGram(ids[:1000], n, 3, k=1.0).perplexity(ids[1000:]) for n in (1, 2, 3)]
        assert found[0] == pytest.approx(np.exp(1.5 * np.log(2)), abs=0.01)  # 1/2, 1/4, 1/4
        assert found[1] == pytest.approx(np.sqrt(2), abs=0.01)
        assert found[2] < 1.01

    @pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
    def test_any_integers(self, dtype):
        want, new = NGram(text(), 4, 5), text(50, seed=1)
        model = NGram(text().astype(dtype), 4, 5)
        np.testing.assert_array_equal(model.score(new.astype(dtype)), want.score(new))
        context = new[:3].astype(dtype)
        np.testing.assert_array_equal(model.probabilities(context), want.probabilities(new[:3]))

    def test_large_alphabets_share_no_number(self):
        """With 2000 tokens, groups of five still have numbers of their own."""
        ids = text(3000, 2000)
        model = NGram(ids, 5, 2000, k=1e-6)
        assert model.score(ids)[10:].min() > 0.3

    def test_data_stay_as_they_are(self):
        ids = text()
        ids.flags.writeable = False
        model = NGram(ids, 3, 5)
        model.score(ids)
        model.probabilities(ids[:2])

    def test_refuses(self):
        ids = text()
        model = NGram(ids, 3, 5)
        arrays = [None, [0, 1], "01", ids.astype(float), ids > 2, ids + 1, ids - 1, ids[None], 3]
        calls = [lambda v=v: NGram(v, 3, 5) for v in [*arrays, ids[:2], ids[:0]]]
        calls += [lambda v=v: NGram(ids, v, 5) for v in [0, -1, 1.5, None, "3", True, 63, 28]]
        calls += [lambda v=v: NGram(ids, 3, v) for v in [0, -1, 5.0, None, "5", True, 2**40, 4]]
        bad_k = [0, -1.0, np.nan, np.inf, None, "1", True]
        calls += [lambda v=v: NGram(ids, 3, 5, k=v) for v in bad_k]
        for method in (model.score, model.perplexity, model.probabilities):
            calls += [lambda v=v, method=method: method(v) for v in arrays]
        calls += [lambda: model.score(ids[:0]), lambda: model.perplexity(ids[:0])]
        for call in calls:
            with pytest.raises(InputError) as error:
                call()
            check_message(error.value)


# Time series: autocorrelation, windows, naive forecasts, linear autoregression


def series(n=40, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(n).astype(dtype)


def ar_series(w, b, n, noise, seed=0):
    """x[t] = w[0] x[t-1] + w[1] x[t-2] + ... + b + noise, by a plain loop."""
    rng, x = np.random.default_rng(seed), list(range(1, len(w) + 1))
    for _ in range(n):
        x.append(sum(w[j] * x[-1 - j] for j in range(len(w))) + b + noise * rng.standard_normal())
    return np.array(x, float)


class TestAutocorrelation:
    def test_by_hand(self):
        """1 2 3 2 with mean 2: d = -1 0 1 0, squares sum to 2, neighbours to 0, next but one -1."""
        r = autocorrelation(np.array([1.0, 2, 3, 2]), 3)
        np.testing.assert_allclose(r, [1, 0, -0.5, 0], atol=1e-15)

    def test_is_the_sum_of_its_definition(self):
        x = series()
        d, r = x - x.mean(), autocorrelation(x, 39)
        for k in range(40):
            wanted = sum(d[t] * d[t - k] for t in range(k, 40)) / sum(d**2)
            assert abs(r[k] - wanted) < 1e-14

    def test_of_an_autoregression_of_order_one_is_a_power(self):
        r = autocorrelation(ar_series([0.8], 0, 100_000, 1.0), 5)
        np.testing.assert_allclose(r, 0.8 ** np.arange(6), atol=0.02)

    @pytest.mark.parametrize("scale", [1e-300, 1e-3, 1e200, 1e307])
    def test_does_not_depend_on_scale_and_level(self, scale):
        x = series()
        np.testing.assert_allclose(
            autocorrelation(scale * x, 10), autocorrelation(x, 10), atol=1e-12
        )
        np.testing.assert_allclose(
            autocorrelation(x + 100.0, 10), autocorrelation(x, 10), atol=1e-10
        )

    def test_keeps_dtype_and_argument(self):
        x = series(dtype=np.float32)
        before = x.copy()
        assert autocorrelation(x, 3).dtype == np.float32
        np.testing.assert_array_equal(x, before)

    @pytest.mark.parametrize("value", [0.0, 1.0, -3.7, 1e300, 1e-310, 0.1])
    def test_a_constant_series_is_refused(self, value):
        with pytest.raises(InputError, match="varies") as refused:
            autocorrelation(np.full(1000, value), 2)
        check_message(refused.value)

    @pytest.mark.parametrize("lag", [-1, 40, 2.0, True, None])
    def test_a_lag_out_of_range_is_refused(self, lag):
        with pytest.raises(InputError, match="max_lag"):
            autocorrelation(series(), lag)


class TestWindows:
    @pytest.mark.parametrize(("length", "order", "horizon"), [(5, 3, 2), (20, 4, 3), (9, 1, 1)])
    def test_by_a_plain_loop(self, length, order, horizon):
        x = series(length)
        past, future = forecast_windows(x, order, horizon)
        n = length - order - horizon + 1
        assert past.shape == (n, order)
        assert future.shape == (n, horizon)
        for i in range(n):
            np.testing.assert_array_equal(
                np.concatenate([past[i], future[i]]), x[i : i + order + horizon]
            )

    @given(st.integers(30, 60), st.integers(1, 9), st.integers(1, 9))
    def test_no_training_window_reaches_over_the_split(self, split, order, horizon):
        """Train on x[:split], test from x[split - order:]: the future of one never meets the
        other's, and each value after the split is a target of the test."""
        t = np.arange(80.0)
        _, trained = forecast_windows(t[:split], order, horizon)
        known, wanted = forecast_windows(t[split - order :], order, horizon)
        assert trained.max() == split - 1
        assert wanted.min() == split
        assert known[0, -1] == split - 1
        assert set(wanted.ravel()) == set(range(split, 80))

    def test_results_own_their_memory(self):
        x = series()
        past, future = forecast_windows(x, 3, 2)
        assert not np.shares_memory(past, x)
        assert not np.shares_memory(future, x)
        assert not np.shares_memory(past, future)

    @pytest.mark.parametrize(("order", "horizon"), [(39, 2), (0, 1), (1, 0), (1.0, 1), (41, 1)])
    def test_lengths_that_do_not_fit_are_refused(self, order, horizon):
        with pytest.raises(InputError) as refused:
            forecast_windows(series(), order, horizon)
        check_message(refused.value)


class TestNaive:
    def test_by_hand(self):
        past = np.array([[1.0, 2, 3], [4, 5, 6]])
        np.testing.assert_array_equal(naive_forecast(past, 2), [[3, 3], [6, 6]])
        np.testing.assert_array_equal(naive_forecast(past, 4, 2), [[2, 3, 2, 3], [5, 6, 5, 6]])
        np.testing.assert_array_equal(naive_forecast(past, 2, 3), [[1, 2], [4, 5]])

    @pytest.mark.parametrize("period", [1, 3, 7])
    def test_is_exact_on_a_cycle(self, period):
        x = np.tile(series(period), 20)
        past, future = forecast_windows(x, 8, 9)
        np.testing.assert_array_equal(naive_forecast(past, 9, period), future)

    def test_owns_its_memory(self):
        past = series().reshape(8, 5)
        assert not np.shares_memory(naive_forecast(past, 1), past)

    @pytest.mark.parametrize(("horizon", "period"), [(0, 1), (1, 0), (1, 6), (1.0, 1), (1, True)])
    def test_sizes_out_of_range_are_refused(self, horizon, period):
        with pytest.raises(InputError) as refused:
            naive_forecast(series().reshape(8, 5), horizon, period)
        check_message(refused.value)


class TestAutoregression:
    @pytest.mark.parametrize("w", [[0.5], [1.2, -0.6], [0.4, 0.0, -0.3, 0.2]])
    def test_recovers_a_process_without_noise_exactly(self, w):
        """Too short to have died away, so that the weights are unique."""
        past, future = forecast_windows(ar_series(w, 0.7, 12, 0.0), len(w), 1)
        W, b = fit_autoregression(past, future)
        np.testing.assert_allclose(W[::-1, 0], w, atol=1e-8)
        np.testing.assert_allclose(b, 0.7, atol=1e-8)

    def test_recovers_a_process_with_noise(self):
        past, future = forecast_windows(ar_series([1.2, -0.6], 0.7, 50_000, 1.0), 2, 1)
        W, b = fit_autoregression(past, future)
        np.testing.assert_allclose(W[::-1, 0], [1.2, -0.6], atol=0.02)
        np.testing.assert_allclose(b, 0.7, atol=0.05)

    def test_the_gradient_of_the_squared_error_vanishes(self):
        past, future = forecast_windows(series(60), 4, 3)
        W, b = fit_autoregression(past, future)

        def loss(W, b):
            return np.mean((past @ W + b - future) ** 2)

        assert np.abs(numerical_gradient(lambda W: loss(W, b), W)).max() < 1e-8
        assert np.abs(numerical_gradient(lambda b: loss(W, b), b)).max() < 1e-8

    def test_forecasts_do_not_depend_on_the_scaling(self):
        """Why statistics of the whole series, used as scale, leak nothing into a linear fit."""
        x = series(80)
        plain = self.forecast(x)
        scaled = 7.0 * self.forecast((x - 3.0) / 7.0) + 3.0
        np.testing.assert_allclose(scaled, plain, atol=1e-12)

    @staticmethod
    def forecast(x):
        W, b = fit_autoregression(*forecast_windows(x[:60], 4, 3))
        return direct_forecast(forecast_windows(x[56:], 4, 3)[0], W, b)

    def test_direct_by_a_plain_loop(self):
        past, future = forecast_windows(series(30), 4, 3)
        W, b = fit_autoregression(past, future)
        found = direct_forecast(past, W, b)
        for i in range(len(past)):
            for k in range(3):
                wanted = sum(past[i, j] * W[j, k] for j in range(4)) + b[k]
                assert abs(found[i, k] - wanted) < 1e-12

    def test_recursive_by_a_plain_loop(self):
        past, future = forecast_windows(series(30), 4, 1)
        W, b = fit_autoregression(past, future)
        found = recursive_forecast(past, W, b, 7)
        for i in range(len(past)):
            x = list(past[i])
            for k in range(7):
                x.append(sum(x[k + j] * W[j, 0] for j in range(4)) + b[0])
                assert abs(found[i, k] - x[-1]) < 1e-12

    def test_recursive_is_exact_on_a_process_without_noise(self):
        x = ar_series([1.6, -0.8], 0.7, 40, 0.0)
        W, b = fit_autoregression(*forecast_windows(x[:20], 2, 1))
        found = recursive_forecast(x[None, 18:20], W, b, 10)
        np.testing.assert_allclose(found[0], x[20:30], atol=1e-6)

    def test_direct_and_recursive_agree_one_step_ahead(self):
        past, future = forecast_windows(series(30), 4, 1)
        W, b = fit_autoregression(past, future)
        direct, recursive = direct_forecast(past, W, b), recursive_forecast(past, W, b, 1)
        np.testing.assert_allclose(direct, recursive, atol=1e-13)

    def test_no_rows_give_no_forecasts(self):
        none = np.empty((0, 4))
        assert direct_forecast(none, np.ones((4, 3)), np.ones(3)).shape == (0, 3)
        assert recursive_forecast(none, np.ones((4, 1)), np.ones(1), 5).shape == (0, 5)
        assert naive_forecast(none, 5).shape == (0, 5)

    def test_keeps_dtype_arguments_and_memory(self):
        past, future = forecast_windows(series(30, dtype=np.float32), 4, 1)
        before = past.copy()
        W, b = fit_autoregression(past, future)
        direct, recursive = direct_forecast(past, W, b), recursive_forecast(past, W, b, 3)
        assert {a.dtype for a in (W, b, direct, recursive)} == {np.dtype(np.float32)}
        assert W.base is b.base is recursive.base is None
        np.testing.assert_array_equal(past, before)

    def test_too_few_rows_are_refused(self):
        past, future = forecast_windows(series(9), 4, 1)
        fit_autoregression(past, future)
        with pytest.raises(InputError, match=r"p \+ 1 rows") as refused:
            fit_autoregression(past[1:], future[1:])
        check_message(refused.value)

    def test_weights_for_several_steps_are_no_recursion(self):
        past, future = forecast_windows(series(30), 4, 2)
        with pytest.raises(InputError, match="W to have shape"):
            recursive_forecast(past, *fit_autoregression(past, future), 3)

    def test_an_overflow_is_refused(self):
        with pytest.raises(InputError, match="overflow") as refused:
            recursive_forecast(np.ones((1, 1)), np.full((1, 1), 1e3), np.zeros(1), 200)
        check_message(refused.value)
        with pytest.raises(InputError, match="overflow"):
            direct_forecast(np.full((1, 2), 1e300), np.full((2, 1), 1e300), np.zeros(1))


GOOD = series(30).reshape(6, 5)
CALLS = {
    "autocorrelation x": (lambda bad: autocorrelation(bad, 2), series(30)),
    "forecast_windows x": (lambda bad: forecast_windows(bad, 2, 1), series(30)),
    "naive_forecast past": (lambda bad: naive_forecast(bad, 2), GOOD),
    "fit_autoregression past": (lambda bad: fit_autoregression(bad, GOOD), GOOD[:, :3]),
    "fit_autoregression future": (lambda bad: fit_autoregression(GOOD[:, :3], bad), GOOD),
    "direct_forecast past": (lambda bad: direct_forecast(bad, GOOD[:5, :3], GOOD[0, :3]), GOOD),
    "direct_forecast W": (lambda bad: direct_forecast(GOOD, bad, GOOD[0, :3]), GOOD[:5, :3]),
    "direct_forecast b": (lambda bad: direct_forecast(GOOD, GOOD[:5, :3], bad), GOOD[0, :3]),
    "recursive_forecast past": (
        lambda bad: recursive_forecast(bad, GOOD[:5, :1], GOOD[0, :1], 2),
        GOOD,
    ),
    "recursive_forecast W": (
        lambda bad: recursive_forecast(GOOD, bad, GOOD[0, :1], 2),
        GOOD[:5, :1],
    ),
    "recursive_forecast b": (
        lambda bad: recursive_forecast(GOOD, GOOD[:5, :1], bad, 2),
        GOOD[0, :1],
    ),
}
# float32 is a good dtype for an argument that comes alone
ALONE = {"autocorrelation x", "forecast_windows x", "naive_forecast past"}
WRONG = [
    pytest.param(call, bad, id=f"{name}: {label}")
    for name, (call, good) in CALLS.items()
    for label, bad in wrong_kinds(good).items()
    if not (label == "other float" and name in ALONE)
]


@pytest.mark.parametrize(("call", "bad"), WRONG)
def test_bad_input_is_refused(call, bad):
    with pytest.raises(InputError) as refused:
        call(bad)
    check_message(refused.value)


@pytest.mark.parametrize("horizon", [0, -1, 1.0, True, None])
def test_a_bad_horizon_is_refused(horizon):
    with pytest.raises(InputError, match="horizon"):
        recursive_forecast(GOOD, GOOD[:5, :1], GOOD[0, :1], horizon)


def test_whole_numbers_of_few_bits_do_not_overflow():
    x = np.sin(np.arange(300.0))
    np.testing.assert_array_equal(autocorrelation(x, np.int8(127)), autocorrelation(x, 127))
    got = naive_forecast(x[None], np.int8(5), np.int8(2))
    np.testing.assert_array_equal(got, naive_forecast(x[None], 5, 2))
