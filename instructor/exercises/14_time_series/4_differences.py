# ---
# number: "14.4"
# title: Forecast the difference
# minutes: 30
# required: false
# points: 6
# kind: code
# ---

# %% [markdown] task
# Let the GRU forecast the *difference* to the last value, at all 24 horizons. Write the targets and the way back. Choose the number of updates on block 3. Draw all seeds of the three tests.

# %% [markdown] hint
# Each of the 24 differences starts from the same value, the last known one: these are not steps from month to month. A forecast of zero is then the naive forecast.

# %% given
def gru_forecast(x, split, size, updates, seed):
    """Forecasts of the block x[split : split + size] by a GRU that learns your targets."""
    m, sd, rng = x[:split].mean(), x[:split].std(), np.random.default_rng([14, seed])
    z, layer, head = (x - m) / sd, GRU(1, 16, rng=rng), Linear(16, 24, rng=rng)
    settings = {"n_rows": 8, "window": 48, "lr": 0.003, "max_norm": 1.0}
    settings["epochs"] = updates // (split // (8 * 48))
    known = z[: split - 24, None]
    fit_stream(layer, head, known, difference_targets(z[:split], 24), **settings)
    last = z[split - 1 : split + size - 24]
    h = layer.forward(z[None, : split + size - 24, None])[0][0, split - 1 :]
    return m + sd * levels(head.forward(h), last)


# %% stub
def difference_targets(x, horizon):
    """Targets (L - horizon, horizon) for a series x (L,): row t holds what each of the next
    `horizon` values is more than x[t]."""
    ...


def levels(differences, last):
    """Forecasts (N, K) of the values themselves, from differences (N, K) and the last values
    (N,)."""
    ...


# %% self-check
targets = difference_targets(np.array([1.0, 4.0, 9.0, 16.0, 25.0]), 2)
assert np.shape(targets) == (3, 2), "one row for each month with enough months after it"
assert targets[0, 0] == 3, "the first column is the step to the next month"
assert targets[0, 1] > 5, "the second difference starts from the last known value, too"
assert np.array_equal(levels(np.zeros((3, 2)), np.array([1.0, 4.0, 9.0]))[:, 1], [1, 4, 9]), (
    "no difference: the last value again"
)
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-14.4
def difference_targets(x, horizon):
    last, future = forecast_windows(x, 1, horizon)
    return future - last


def levels(differences, last):
    return differences + last[:, None]


# %% hidden tests
# GBG-CANARY-14.4
def draw(rng):
    horizon, length = int(rng.integers(2, 7)), int(rng.integers(12, 25))
    return rng.standard_normal(length).cumsum(), horizon


def test_targets(answer, rng):
    """Each future value minus the last known one."""
    for _ in range(3):
        x, K = draw(rng)
        expected = np.array([[x[t + k] - x[t] for k in range(1, K + 1)] for t in range(len(x) - K)])
        close(answer("difference_targets(x, K)", x=x, K=K), expected)


def test_levels(answer, rng):
    """The last value comes back to each of the forecasts of its row."""
    N, K = (int(size) for size in rng.permutation(np.arange(2, 8))[:2])
    differences, last = rng.standard_normal((N, K)), rng.standard_normal(N)
    expected = np.einsum("nk->kn", differences) + last
    close(answer("levels(differences, last)", differences=differences, last=last), expected.T)


def test_there_and_back(answer, rng):
    """The targets of a series lead back to its values, also in a square batch."""
    K = int(rng.integers(3, 6))
    x = rng.standard_normal(2 * K).cumsum()
    found = answer("levels(difference_targets(x, K), x[: len(x) - K])", x=x, K=K)
    close(found, np.lib.stride_tricks.sliding_window_view(x[1:], K))


# %% [markdown] rubric
# - (1) The number of updates is chosen on block 3, after training on blocks 1 and 2, before any test.
# - (1) All seeds of the three tests are drawn or listed beside the linear and the naive forecast.
# - (1) The answer looks at one month (where a difference helps, since zero is already the naive forecast) and at 24 months apart, and is limited to this series.
#   (On our machine block 3 chooses 480 updates. At one month every seed of every test is better than with the values as targets, by 1 to 3 on average, and near the linear forecast. At 24
#   months there is no such gain: the errors are larger on the first test, 23 to 27 against 17 to 19, and about the same on the others.)


# %% honest: loops
def difference_targets(x, horizon):
    rows = []
    for t in range(len(x) - horizon):
        rows.append([x[t + k] - x[t] for k in range(1, horizon + 1)])
    return np.array(rows)


def levels(differences, last):
    out = np.array(differences)
    for n in range(len(out)):
        for k in range(out.shape[1]):
            out[n, k] += last[n]
    return out


# %% honest: running sums of steps
def difference_targets(series, K):
    steps = np.lib.stride_tricks.sliding_window_view(np.diff(series), K)
    return np.cumsum(steps, axis=1)


def levels(changes, start):
    return np.repeat(np.asarray(start)[:, np.newaxis], changes.shape[1], axis=1) + changes


# %% honest: float32, columns
def difference_targets(x, horizon):
    x, n = np.float32(x), len(x) - horizon
    return np.stack([x[k : n + k] - x[:n] for k in range(1, horizon + 1)], axis=1)


def levels(differences, last):
    return (np.float32(differences).T + np.float32(last)).T


# %% wrong: steps from month to month
def difference_targets(x, horizon):
    return np.lib.stride_tricks.sliding_window_view(np.diff(x), horizon)


def levels(differences, last):
    return last[:, None] + np.cumsum(differences, axis=1)


# %% wrong: sign
def difference_targets(x, horizon):
    last, future = forecast_windows(x, 1, horizon)
    return last - future


def levels(differences, last):
    return last[:, None] - differences


# %% wrong: last value subtracted again
def difference_targets(x, horizon):
    last, future = forecast_windows(x, 1, horizon)
    return future - last


def levels(differences, last):
    return differences - last[:, None]


# %% wrong: running sum on the way back
def difference_targets(x, horizon):
    last, future = forecast_windows(x, 1, horizon)
    return future - last


def levels(differences, last):
    return last[:, None] + np.cumsum(differences, axis=1)


# %% wrong: the first future value as the start
def difference_targets(x, horizon):
    _, future = forecast_windows(x, 1, horizon)
    return future - future[:, :1]


def levels(differences, last):
    return differences + last[:, None]


# %% wrong: last values along the horizon
def difference_targets(x, horizon):
    last, future = forecast_windows(x, 1, horizon)
    return future - last


def levels(differences, last):
    return differences + np.resize(last, differences.shape[1])


# %% wrong: difference to the mean
def difference_targets(x, horizon):
    _, future = forecast_windows(x, 1, horizon)
    return future - x.mean()


def levels(differences, last):
    return differences + np.mean(last)
