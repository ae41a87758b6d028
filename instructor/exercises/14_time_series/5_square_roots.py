# ---
# number: "14.5"
# title: Square roots
# minutes: 30
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# Fit the linear forecast to the square roots of the numbers, and square its answers. Where does it gain, and what does that say about the networks?

# %% [markdown] hint
# Past and future are both turned into roots, the fit is as before. What would a forecast of $-2$ become if you squared it?

# %% given
sunspot_numbers = sunspots()[1]
tests = {1560: 36, 2080: 120, 2600: 96}  # split: order


# %% stub
def root_forecast(x, split, order, horizon):
    """Forecasts (N, horizon) of all windows with targets in x[split:], fitted on x[:split], all as
    square roots.

    x (L,) holds no negative number. A forecast root below 0 counts as 0. The forecasts are numbers,
    not roots.
    """
    ...


# %% self-check
x = np.arange(40.0) ** 2
forecast = root_forecast(x, 25, 3, 4)
assert np.shape(forecast) == (12, 4), "one row for each test window, one column for each horizon"
assert np.all(forecast >= 0), "a number of spots is not negative"
assert forecast.max() > 50, "square the answers: these are still roots"
assert np.allclose(forecast[0], x[25:29]), "the roots of this series grow by 1: easy for a line"
falling = np.maximum(30.0 - np.arange(45), 0) ** 2
assert np.all(root_forecast(falling, 25, 2, 8)[5] < 1), "what becomes of a root below 0?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-14.5
# for split, order in tests.items():
#     forecast = root_forecast(sunspot_numbers[: split + 520], split, order, 24)
def root_forecast(x, split, order, horizon):
    roots = np.sqrt(x)
    W, b = fit_autoregression(*forecast_windows(roots[:split], order, horizon))
    past, _ = forecast_windows(roots[split - order :], order, horizon)
    return np.maximum(direct_forecast(past, W, b), 0) ** 2


# %% hidden tests
# GBG-CANARY-14.5
def draw(rng):
    order, horizon = (int(size) for size in rng.permutation(np.arange(2, 6))[:2])
    split = int(rng.integers(60, 80))
    t = np.arange(split + 40)
    x = 4 * (1 + np.sin(0.5 * t)) + rng.gamma(0.5, 1.0, len(t))
    return {"x": x, "split": split, "order": order, "horizon": horizon}


def reference(x, split, order, horizon):
    roots = x**0.5
    starts = range(order, split - horizon + 1)
    Q, R = np.linalg.qr(np.array([[*roots[t - order : t], 1.0] for t in starts]))
    Y = np.array([roots[t : t + horizon] for t in starts])
    B = np.array([[*roots[t - order : t], 1.0] for t in range(split, len(x) - horizon + 1)])
    return B @ np.linalg.solve(R, Q.T @ Y)


def test_squares(answer, rng):
    """Roots go in, roots are forecast, and numbers come out."""
    case = draw(rng)
    roots = reference(**case)
    found = np.asarray(answer("root_forecast(x, split, order, horizon)", **case))
    expect(found.shape == roots.shape, "one row for each window, one column for each horizon")
    close(found[roots > 0], roots[roots > 0] ** 2, rtol=1e-3, atol=1e-3)


def test_below_zero(answer, rng):
    """A forecast root below 0 counts as 0, and its square is not a large number."""
    case = draw(rng)
    split = case["split"]
    case["x"] = np.maximum(0.42 * (split + 3 - np.arange(split + 20)), 0.01) ** 2
    case["x"][:split] += rng.uniform(0, 0.1, split)
    roots = reference(**case)
    expect((roots < -0.1).any(), "some roots are below 0")
    expected = np.clip(roots, 0, None) ** 2
    close(answer("root_forecast(x, split, order, horizon)", **case), expected, rtol=1e-3, atol=1e-3)


def test_fit(answer, rng):
    """The fit ends at the split: later values are targets, not teachers."""
    case = draw(rng)
    other = case["x"].copy()
    other[case["split"] :] += rng.uniform(1, 3)
    question = "root_forecast(x, split, order, horizon)"
    first, moved = (np.asarray(answer(question, **case | {"x": x}))[0] for x in (case["x"], other))
    close(first, moved)
    close(first, reference(**case)[0].clip(min=0) ** 2, rtol=1e-3, atol=1e-3)


# %% [markdown] rubric
# - (1) Errors of three tests at 1, 12 and 24 months beside the linear forecast: next to nothing at one month, a few percent at twelve, mixed at 24.
# - (1) A fixed bend of the data gains what one could have credited to a network: compare a network with this forecast, too.


# %% honest: loops
def root_forecast(x, split, order, horizon):
    roots = [value**0.5 for value in x]
    past, future = [], []
    for t in range(order, split - horizon + 1):
        past.append(roots[t - order : t])
        future.append(roots[t : t + horizon])
    W, b = fit_autoregression(np.array(past), np.array(future))
    rows = []
    for t in range(split, len(x) - horizon + 1):
        row = [np.dot(roots[t - order : t], W[:, k]) + b[k] for k in range(horizon)]
        rows.append([value * value if value > 0 else 0.0 for value in row])
    return np.array(rows)


# %% honest: least squares by hand, other names
def root_forecast(series, n, p, K):
    views = np.lib.stride_tricks.sliding_window_view
    known = np.c_[views(np.sqrt(series), p), np.ones(len(series) - p + 1)]
    train = views(np.sqrt(series[:n]), p + K)
    weights = np.linalg.pinv(np.c_[train[:, :p], np.ones(len(train))]) @ train[:, p:]
    answers = known[n - p : len(series) - p - K + 1] @ weights
    return np.where(answers < 0, 0, np.square(answers))


# %% honest: one fit for each horizon
def root_forecast(x, split, order, horizon):
    past, future = forecast_windows(np.sqrt(x), order, horizon)
    end, first = split - order - horizon + 1, split - order
    columns = []
    for k in range(horizon):
        W, b = fit_autoregression(past[:end], future[:end, k : k + 1])
        columns.append(np.einsum("np,pk->nk", past[first:], W) + b)
    answers = np.hstack(columns)
    return answers * np.abs(answers) * (answers > 0)


# %% wrong: roots come out
def root_forecast(x, split, order, horizon):
    roots = np.sqrt(x)
    W, b = fit_autoregression(*forecast_windows(roots[:split], order, horizon))
    return np.maximum(
        direct_forecast(forecast_windows(roots[split - order :], order, horizon)[0], W, b), 0
    )


# %% wrong: negative roots squared
def root_forecast(x, split, order, horizon):
    roots = np.sqrt(x)
    W, b = fit_autoregression(*forecast_windows(roots[:split], order, horizon))
    return direct_forecast(forecast_windows(roots[split - order :], order, horizon)[0], W, b) ** 2


# %% wrong: no roots
def root_forecast(x, split, order, horizon):
    W, b = fit_autoregression(*forecast_windows(x[:split], order, horizon))
    return np.maximum(
        direct_forecast(forecast_windows(x[split - order :], order, horizon)[0], W, b), 0
    )


# %% wrong: root of the forecast only
def root_forecast(x, split, order, horizon):
    past, future = forecast_windows(x[:split], order, horizon)
    W, b = fit_autoregression(past, np.sqrt(future))
    new, _ = forecast_windows(x[split - order :], order, horizon)
    return np.maximum(direct_forecast(new, W, b), 0) ** 2


# %% wrong: fitted on the whole series
def root_forecast(x, split, order, horizon):
    roots = np.sqrt(x)
    W, b = fit_autoregression(*forecast_windows(roots, order, horizon))
    past, _ = forecast_windows(roots[split - order :], order, horizon)
    return np.maximum(direct_forecast(past, W, b), 0) ** 2


# %% wrong: clipped after squaring
def root_forecast(x, split, order, horizon):
    roots = np.sqrt(x)
    W, b = fit_autoregression(*forecast_windows(roots[:split], order, horizon))
    past, _ = forecast_windows(roots[split - order :], order, horizon)
    return np.maximum(direct_forecast(past, W, b) ** 2, 0)


# %% wrong: size of the root
def root_forecast(x, split, order, horizon):
    roots = np.sqrt(x)
    W, b = fit_autoregression(*forecast_windows(roots[:split], order, horizon))
    past, _ = forecast_windows(roots[split:], order, horizon)
    return np.abs(direct_forecast(past, W, b)) ** 2
