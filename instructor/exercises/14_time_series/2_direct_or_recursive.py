# ---
# number: "14.2"
# title: Direct or recursive
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Draw direct and recursive linear forecasts of orders 1, 12 and 96 over the horizon, for the last test. Write `gap`, their mean distance at each horizon. For which order do they agree, and
# why?

# %% [markdown] hint
# Two fits on the months before the split: one with weights for each horizon, one for a single step. Both forecast from the same pasts, whose targets begin at the split.

# %% given
years, sunspot_numbers = sunspots()
last_split = 2600


# %% stub
def gap(x, split, order, horizon):
    """Mean absolute distance (horizon,) of direct and recursive forecasts, for each step ahead.

    x (L,): series. Both are fitted on the windows of x[:split] by fit_autoregression, the direct
    one with `horizon` columns, the recursive one with one. The mean is over all windows whose
    targets lie in x[split:]; their pasts may begin before.
    """
    ...


# %% self-check
distance = gap(sunspot_numbers[:900], 600, 12, 6)
assert np.shape(distance) == (6,), "one mean distance for each horizon"
assert np.all(distance >= 0), "a distance is not negative"
assert distance[0] < 1, "one step ahead both use nearly the same weights"
assert distance[5] > distance[0], "the distance grows, as forecasts are fed back"
decay = 100 * 0.9 ** np.arange(60)
assert np.all(gap(decay, 40, 1, 5) < 1e-6), "where one weight tells all, both forecasts agree"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-14.2
# for order in (1, 12, 96): plt.plot(gap(sunspot_numbers, last_split, order, 24))
def gap(x, split, order, horizon):
    past, _ = forecast_windows(x[split - order :], order, horizon)
    direct = direct_forecast(
        past, *fit_autoregression(*forecast_windows(x[:split], order, horizon))
    )
    one_step = fit_autoregression(*forecast_windows(x[:split], order, 1))
    return np.abs(direct - recursive_forecast(past, *one_step, horizon)).mean(axis=0)


# %% hidden tests
# GBG-CANARY-14.2
def draw(rng):
    order, horizon = (int(size) for size in rng.permutation(np.arange(2, 7))[:2])
    split = int(rng.integers(50, 80))
    x = np.sin(0.6 * np.arange(split + 30)) + 0.5 * rng.standard_normal(split + 30).cumsum()
    return {"x": x, "split": split, "order": order, "horizon": horizon}


def fit(x, order, horizon):
    """Weights and intercepts (order + 1, horizon) by the normal equations."""
    starts = range(len(x) - order - horizon + 1)
    A = np.array([[*x[t : t + order], 1.0] for t in starts])
    Y = np.array([x[t + order : t + order + horizon] for t in starts])
    return np.linalg.solve(A.T @ A, A.T @ Y)


def reference(x, split, order, horizon):
    many, one = fit(x[:split], order, horizon), fit(x[:split], order, 1)[:, 0]
    targets = range(split, len(x) - horizon + 1)
    total = np.zeros(horizon)
    for t in targets:
        known = list(x[t - order : t])
        for _ in range(horizon):
            known.append(np.dot([*known[-order:], 1.0], one))
        total += np.abs(known[order:] - np.array([*known[:order], 1.0]) @ many)
    return total / len(targets)


def test_gap(answer, rng):
    """Both forecasts of the same windows, and the mean of their distance at each horizon."""
    for _ in range(3):
        case = draw(rng)
        expected = reference(**case)
        close(answer("gap(x, split, order, horizon)", **case), expected)


def test_fit(answer, rng):
    """Both are fitted before the split: later values are forecast, and do not change the weights."""
    case = draw(rng)
    case["x"] = case["x"][: case["split"] + case["horizon"]]  # one test window
    other = case["x"].copy()
    other[case["split"] :] += rng.uniform(5, 9)
    found = answer("gap(x, split, order, horizon)", **case)
    close(found, answer("gap(x, split, order, horizon)", **case | {"x": other}))
    close(found, reference(**case))


def test_recursive(answer, rng):
    """A recursive forecast is fed back: it never reads a true value after the split."""
    case = draw(rng)
    case["order"] = 1
    case["x"] = case["x"][: case["split"] + case["horizon"]]
    x, split, K = case["x"], case["split"], case["horizon"]
    slope, shift = np.polyfit(x[: split - 1], x[1:split], 1)
    recursive, known = [], x[split - 1]
    for _ in range(K):
        known = slope * known + shift
        recursive.append(known)
    ends = split - K
    direct = [
        np.polyval(np.polyfit(x[:ends], x[k : ends + k], 1), x[split - 1]) for k in range(1, K + 1)
    ]
    expected = np.abs(np.array(recursive) - direct)
    close(answer("gap(x, split, order, horizon)", **case), expected)


# %% [markdown] rubric
# - (1) A figure with both forecasts or their distance for the three orders, over 24 months. They agree for order 96 only.
# - (1) Reason: with 96 months the one-step weights describe the series well, so using them again is as good as fitting each horizon. With few lags the direct weights make up for
#   what a chain of one-step forecasts cannot know.


# %% honest: loops
def gap(x, split, order, horizon):
    W, b = fit_autoregression(*forecast_windows(x[:split], order, horizon))
    w, c = fit_autoregression(*forecast_windows(x[:split], order, 1))
    total, count = np.zeros(horizon), 0
    for t in range(split, len(x) - horizon + 1):
        known = list(x[t - order : t])
        for k in range(horizon):
            known.append(sum(w[j, 0] * known[k + j] for j in range(order)) + c[0])
            total[k] += abs(known[-1] - (x[t - order : t] @ W[:, k] + b[k]))
        count += 1
    return total / count


# %% honest: pseudo-inverse, other names
def gap(series, n, p, K):
    rows = np.lib.stride_tricks.sliding_window_view(series, p + K)
    train, new = rows[: n - p - K + 1], rows[n - p :, :p]
    one_ahead = np.lib.stride_tricks.sliding_window_view(series[:n], p + 1)
    solve = [np.linalg.pinv(np.c_[part[:, :p], np.ones(len(part))]) for part in (train, one_ahead)]
    many, one = solve[0] @ train[:, p:], solve[1] @ one_ahead[:, p]
    fed_back = new
    for _ in range(K):
        fed_back = np.c_[fed_back, fed_back[:, -p:] @ one[:p] + one[p]]
    return np.mean(np.abs(new @ many[:p] + many[p] - fed_back[:, p:]), axis=0)


# %% honest: least squares by hand, companion matrix
def gap(series, n, p, K):
    def solve(targets):
        P, Y = forecast_windows(series[:n], p, targets)
        return np.linalg.lstsq(np.c_[P, np.ones(len(P))], Y, rcond=None)[0]

    many, one = solve(K), solve(1)
    now = np.array([series[t - p : t] for t in range(n, len(series) - K + 1)])
    step = np.zeros((p + 1, p + 1))
    step[np.arange(1, p), np.arange(p - 1)] = 1
    step[:, p - 1], step[p, p] = one[:, 0], 1
    state, fed_back = np.c_[now, np.ones(len(now))], []
    for _ in range(K):
        state = state @ step
        fed_back.append(state[:, p - 1])
    ahead = np.c_[now, np.ones(len(now))] @ many
    return np.abs(ahead - np.array(fed_back).T).mean(0)


# %% wrong: fitted on the whole series
def gap(x, split, order, horizon):
    past, _ = forecast_windows(x[split - order :], order, horizon)
    direct = direct_forecast(past, *fit_autoregression(*forecast_windows(x, order, horizon)))
    one_step = fit_autoregression(*forecast_windows(x, order, 1))
    return np.abs(direct - recursive_forecast(past, *one_step, horizon)).mean(axis=0)


# %% wrong: the error of the direct forecast
def gap(x, split, order, horizon):
    past, future = forecast_windows(x[split - order :], order, horizon)
    W, b = fit_autoregression(*forecast_windows(x[:split], order, horizon))
    return np.abs(direct_forecast(past, W, b) - future).mean(axis=0)


# %% wrong: true values fed back
def gap(x, split, order, horizon):
    past, future = forecast_windows(x[split - order :], order, horizon)
    W, b = fit_autoregression(*forecast_windows(x[:split], order, horizon))
    w, c = fit_autoregression(*forecast_windows(x[:split], order, 1))
    known = np.hstack([past, future])
    steps = [known[:, k : k + order] @ w[:, 0] + c[0] for k in range(horizon)]
    return np.abs(direct_forecast(past, W, b) - np.stack(steps, axis=1)).mean(axis=0)


# %% wrong: signed distance
def gap(x, split, order, horizon):
    past, _ = forecast_windows(x[split - order :], order, horizon)
    direct = direct_forecast(
        past, *fit_autoregression(*forecast_windows(x[:split], order, horizon))
    )
    one_step = fit_autoregression(*forecast_windows(x[:split], order, 1))
    return np.abs((direct - recursive_forecast(past, *one_step, horizon)).mean(axis=0))


# %% wrong: one step repeated
def gap(x, split, order, horizon):
    past, _ = forecast_windows(x[split - order :], order, horizon)
    direct = direct_forecast(
        past, *fit_autoregression(*forecast_windows(x[:split], order, horizon))
    )
    w, c = fit_autoregression(*forecast_windows(x[:split], order, 1))
    return np.abs(direct - (past @ w + c)).mean(axis=0)


# %% wrong: weights applied to the newest value first
def gap(x, split, order, horizon):
    past, _ = forecast_windows(x[split - order :], order, horizon)
    direct = direct_forecast(
        past, *fit_autoregression(*forecast_windows(x[:split], order, horizon))
    )
    w, c = fit_autoregression(*forecast_windows(x[:split], order, 1))
    return np.abs(direct - recursive_forecast(past, w[::-1].copy(), c, horizon)).mean(axis=0)


# %% wrong: windows of the training part
def gap(x, split, order, horizon):
    past, future = forecast_windows(x[:split], order, horizon)
    direct = direct_forecast(past, *fit_autoregression(past, future))
    one_step = fit_autoregression(*forecast_windows(x[:split], order, 1))
    return np.abs(direct - recursive_forecast(past, *one_step, horizon)).mean(axis=0)
