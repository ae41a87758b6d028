"""What a model has to beat: simple methods that learn by counting, or by least squares."""

import numpy as np

from .checks import check_array, check_int, check_integers, check_number, describe, fail


class NGram:
    """Predict a token from the n - 1 tokens before it, by counting.

    P_m(c | s) = (count(s c) + k P_(m-1)(c | s without its first token)) / (count(s) + k)
    for m = 1 to n, where s is the context of m - 1 tokens, and P_0 = 1 / n_tokens. Where a context
    is rare, the shorter one decides; where it was never seen, P_m = P_(m-1).

    Parameters
    ----------
    ids : ndarray of int (L,)
        The tokens to count, 0 to n_tokens - 1.
    n : int
        Length of the counted groups, 1 to 62: 1 for tokens (unigram), 2 for pairs (bigram).
    n_tokens : int
        Number C of different tokens.
    k : float
        Weight of the shorter context, above 0: as if it had been seen k times.

    Raises
    ------
    InputError
        If a size is no whole number in range, the stream has fewer than n tokens, an id is out of
        range, k is not above 0, or C^n is too large to number all groups.

    References
    ----------
    Shannon, "Prediction and Entropy of Printed English" (1951); the mixture with a shorter
    context: MacKay and Peto, "A hierarchical Dirichlet language model" (1995). Chapter 13.
    """

    def __init__(self, ids, n, n_tokens, k=10.0):
        check_int("n", n, 1, 62)
        check_int("n_tokens", n_tokens, 1)
        check_number("k", k, np.nextafter(0, 1))
        n, n_tokens = int(n), int(n_tokens)
        if n_tokens**n >= 2**63:
            fail(
                "n_tokens to the power n below 2**63",
                f"{n_tokens}**{n}",
                "each group of n tokens is numbered by one integer",
                "use a smaller n",
            )
        _check_ids("ids", ids, n_tokens, n)
        self.n, self.n_tokens, self.k = n, n_tokens, float(k)
        self._tables = []
        for m in range(1, n + 1):
            groups, counts = np.unique(_numbers(ids, m, n_tokens), return_counts=True)
            contexts, which = np.unique(groups // n_tokens, return_inverse=True)
            self._tables.append((groups, counts, contexts, np.bincount(which, counts)))

    def score(self, ids):
        """The probability of each token of a text, given the tokens before it.

        Parameters
        ----------
        ids : ndarray of int (L,)
            At least one token. The first ones have shorter contexts.

        Returns
        -------
        ndarray (L,)
            P(ids[t] | ids[t - n + 1], ..., ids[t - 1]), each above 0.

        Raises
        ------
        InputError
            If the text is empty, or an id is out of range.
        """
        _check_ids("ids", ids, self.n_tokens, 1)
        p = np.full(len(ids), 1 / self.n_tokens)
        for m, table in enumerate(self._tables[: len(ids)], start=1):
            p[m - 1 :] = self._mix(table, _numbers(ids, m, self.n_tokens), p[m - 1 :])
        return p

    def perplexity(self, ids):
        """exp of the mean cross-entropy of a text: 1 over the geometric mean of `score`.

        Parameters
        ----------
        ids : ndarray of int (L,)
            At least one token.

        Returns
        -------
        float
            From 1; n_tokens for a model that knows nothing.

        Raises
        ------
        InputError
            If the text is empty, or an id is out of range.
        """
        return float(np.exp(-np.log(self.score(ids)).mean()))

    def probabilities(self, context):
        """The distribution of the next token.

        Parameters
        ----------
        context : ndarray of int (L,)
            The tokens before it; the last n - 1 count. May be empty.

        Returns
        -------
        ndarray (n_tokens,)
            Sums to 1.

        Raises
        ------
        InputError
            If an id is out of range.
        """
        _check_ids("context", context, self.n_tokens, 0)
        every = np.arange(self.n_tokens)
        p = np.full(self.n_tokens, 1 / self.n_tokens)
        for m, table in enumerate(self._tables[: len(context) + 1], start=1):
            before = np.repeat(context[None, len(context) - m + 1 :], self.n_tokens, axis=0)
            rows = np.column_stack([before, every])
            p = self._mix(table, _numbers(rows, m, self.n_tokens)[:, 0], p)
        return p

    def _mix(self, table, numbers, shorter):
        groups, counts, contexts, totals = table
        count = _look_up(groups, counts, numbers)
        total = _look_up(contexts, totals, numbers // self.n_tokens)
        return (count + self.k * shorter) / (total + self.k)


def _numbers(ids, m, n_tokens):
    """One integer for each group of m neighbours: its digits in base n_tokens. (..., L - m + 1)"""
    ids, last = ids.astype(np.int64), ids.shape[-1] - m + 1
    numbers = np.zeros((*ids.shape[:-1], last), np.int64)
    for k in range(m):
        numbers = numbers * n_tokens + ids[..., k : k + last]
    return numbers


def _look_up(keys, values, wanted):
    """The value of each wanted key; 0 for a key that is not there. The keys are sorted."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0)


def _check_ids(name, ids, n_tokens, at_least):
    check_integers(name, ids, 0, n_tokens - 1)
    if ids.ndim != 1 or len(ids) < at_least:
        fail(
            f"{name} to have one axis, and at least {at_least} tokens",
            describe(ids),
            "a batch was passed, or the text is shorter than one group",
            "pass one stream of token ids",
        )


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def autocorrelation(x, max_lag):
    """How strongly the values of a series go with those k steps earlier, for k = 0 to `max_lag`.

    r_k = sum over t of (x[t] - m) (x[t - k] - m) / sum over t of (x[t] - m)^2, with m the mean

    Parameters
    ----------
    x : ndarray (L,)
        The series.
    max_lag : int
        The largest lag, below L.

    Returns
    -------
    ndarray (max_lag + 1,)
        Each from -1 to 1; the first is 1.

    Raises
    ------
    InputError
        If `x` is no finite series, `max_lag` is out of range, or all values are equal.

    References
    ----------
    Hyndman and Athanasopoulos, "Forecasting: Principles and Practice" (2021), section 2.8.
    Chapter 14.
    """
    check_array("x", x, ("L",))
    check_int("max_lag", max_lag, 0, len(x) - 1)
    largest = np.abs(x).max()
    d = x / largest if largest else x  # else the squares of large numbers overflow
    d = d - d.mean()
    size = np.abs(d).max()
    if size <= 4 * np.finfo(x.dtype).eps:
        fail(
            "a series that varies",
            f"values from {x.min():g} to {x.max():g}",
            "all values are equal, up to rounding, and there is nothing to correlate",
            "pass the series itself, not its mean or its index",
        )
    d = d / size
    products = [d[k:] @ d[: len(d) - k] for k in range(int(max_lag) + 1)]
    return np.array(products, x.dtype) / products[0]


def forecast_windows(x, order, horizon):
    """All pairs of neighbouring windows of a series: what was known, and what came next.

    Parameters
    ----------
    x : ndarray (L,)
        The series. To train without leakage, pass only its part before the split.
    order : int
        Length p of the past.
    horizon : int
        Length K of the future.

    Returns
    -------
    past : ndarray (L - p - K + 1, p)
        Row i is x[i : i + p], the oldest value first.
    future : ndarray (L - p - K + 1, K)
        Row i is x[i + p : i + p + K].

    Raises
    ------
    InputError
        If `x` is no finite series, a length is below 1, or the series too short for one pair.

    References
    ----------
    Chapter 14.
    """
    check_array("x", x, ("L",))
    check_int("order", order, 1)
    check_int("horizon", horizon, 1)
    order, horizon = int(order), int(horizon)
    n = len(x) - order - horizon + 1
    if n < 1:
        fail(
            f"a series of at least order + horizon = {order + horizon} values",
            describe(x),
            "the series is too short for one past and its future",
            "use a longer series, or a smaller order or horizon",
        )
    rows = np.arange(n)[:, None]
    return x[rows + np.arange(order)], x[rows + order + np.arange(horizon)]


def naive_forecast(past, horizon, period=1):
    """Say that what was seen last comes again: the last value, or the last cycle.

    Parameters
    ----------
    past : ndarray (N, p)
        Known values, the oldest first.
    horizon : int
        Number K of steps to forecast.
    period : int
        Length of a cycle, at most p; 1 repeats the last value.

    Returns
    -------
    ndarray (N, K)
        past[:, p - period], past[:, p - period + 1], ..., in turn.

    Raises
    ------
    InputError
        If `past` is no finite array of two axes, or a size is out of range.

    References
    ----------
    Hyndman and Athanasopoulos, "Forecasting: Principles and Practice" (2021), section 5.2.
    Chapter 14.
    """
    check_array("past", past, ("N", "p"))
    check_int("horizon", horizon, 1)
    check_int("period", period, 1, past.shape[1])
    return past[:, past.shape[1] - int(period) + np.arange(horizon) % period]


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def fit_autoregression(past, future):
    """Linear autoregression by least squares: future = past W + b + error.

    Parameters
    ----------
    past : ndarray (N, p)
        Known values, the oldest first; at least p + 1 rows.
    future : ndarray (N, K)
        What came 1 to K steps later. Each column gets weights of its own.

    Returns
    -------
    W : ndarray (p, K)
        Weights; the last row belongs to the last known value. Of equally good solutions the one of
        least norm.
    b : ndarray (K,)
        Intercepts.

    Raises
    ------
    InputError
        If the arrays do not fit, there are fewer rows than unknowns, or the numbers are too large.

    References
    ----------
    Yule, "On a Method of Investigating Periodicities in Disturbed Series" (1927). Derived in
    chapter 14.
    """
    check_array("past", past, ("N", "p"))
    N, order = past.shape
    check_array("future", future, (N, "K"), past.dtype)
    if order == 0 or future.shape[1] == 0 or order + 1 > N:
        fail(
            "p and K of at least 1, and at least p + 1 rows",
            f"p = {order}, K = {future.shape[1]} and {N} rows",
            "the series is too short for so many weights",
            "use a smaller order, or more of the series",
        )
    ones = np.ones((N, 1), past.dtype)
    try:
        solution = np.linalg.lstsq(np.hstack([past, ones]), future, rcond=None)[0]
    except np.linalg.LinAlgError:
        solution = np.full((order + 1, 1), np.nan)
    _check_range("weights", solution)
    return solution[:-1].copy(), solution[-1].copy()


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def direct_forecast(past, W, b):
    """Forecast each horizon with weights of its own: past W + b.

    Parameters
    ----------
    past : ndarray (N, p)
        Known values, the oldest first.
    W : ndarray (p, K)
        Weights from `fit_autoregression`.
    b : ndarray (K,)
        Intercepts.

    Returns
    -------
    ndarray (N, K)
        Column k - 1 holds the forecasts of k steps ahead.

    Raises
    ------
    InputError
        If the arrays do not fit, or a forecast overflows.

    References
    ----------
    Derived in chapter 14.
    """
    check_array("past", past, ("N", "p"))
    check_array("W", W, (past.shape[1], "K"), past.dtype)
    check_array("b", b, (W.shape[1],), past.dtype)
    return _check_range("forecasts", past @ W + b)


@np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
def recursive_forecast(past, W, b, horizon):
    """Forecast one step, take the forecast for a value, and go on from there.

    Parameters
    ----------
    past : ndarray (N, p)
        Known values, the oldest first.
    W : ndarray (p, 1)
        Weights for one step ahead, from `fit_autoregression`.
    b : ndarray (1,)
        Intercept.
    horizon : int
        Number K of steps to forecast.

    Returns
    -------
    ndarray (N, K)
        Column k - 1 holds the forecasts of k steps ahead. The first is the direct forecast.

    Raises
    ------
    InputError
        If the arrays do not fit, W has weights for more than one step, or a forecast overflows.

    References
    ----------
    Derived in chapter 14.
    """
    check_array("past", past, ("N", "p"))
    check_array("W", W, (past.shape[1], 1), past.dtype)
    check_array("b", b, (1,), past.dtype)
    check_int("horizon", horizon, 1)
    (N, order), horizon = past.shape, int(horizon)
    x = np.empty((N, order + horizon), past.dtype)
    x[:, :order] = past
    for t in range(order, order + horizon):
        x[:, t] = x[:, t - order : t] @ W[:, 0] + b[0]
    return _check_range("forecasts", x[:, order:].copy())


def _check_range(what, values):
    if not np.isfinite(values).all():
        fail(
            f"{what} within the range of floats",
            "an overflow",
            "the series is too large, or weights amplify it at each step",
            "scale the series to a standard deviation near 1",
        )
    return values
