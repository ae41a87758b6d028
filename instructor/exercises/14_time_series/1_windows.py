# ---
# number: "14.1"
# title: Windows without leakage
# minutes: 10
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Cut windows of past 3 and future 2 from the numbers 0 to 19, split at 12. Write the cut for any series, and assert that no training window holds a number of 12 or more, and that
# each of 12 to 19 is a target of the test.

# %% [markdown] hint
# Cut the *series* first, the windows afterwards. The first test target is the number at the split. Its past may be read from before the split: that was known then.

# %% stub
def split_windows(x, order, horizon, split):
    """Cut a series x (L,) into windows for training and for the test.

    Returns train_past, train_future, test_past, test_future, of shapes (N, order) and (N, horizon).
    Training windows lie before index `split`, past and future. Test targets are all from `split`
    on; the first test window begins with the target x[split].
    """
    ...


# %% self-check
parts = split_windows(np.arange(20.0), 3, 2, 12)
assert isinstance(parts, tuple), "four results"
assert len(parts) == 4, "four results: past and future, for training and for the test"
train_past, train_future, test_past, test_future = parts
assert train_past.shape[1] == test_past.shape[1] == 3, "each past has 3 numbers"
assert train_future.shape[1] == test_future.shape[1] == 2, "each future has 2 numbers"
assert max(train_past.max(), train_future.max()) < 12, "a training window looks beyond the split"
assert set(test_future.ravel()) == set(range(12, 20)), "each number from 12 on is a target"
assert np.all(test_future[:, 0] == test_past[:, -1] + 1), "the future follows its past"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-14.1
def split_windows(x, order, horizon, split):
    train = forecast_windows(x[:split], order, horizon)
    return (*train, *forecast_windows(x[split - order :], order, horizon))


# %% hidden tests
# GBG-CANARY-14.1
def draw(rng):
    order, horizon = (int(size) for size in rng.permutation(np.arange(2, 7))[:2])
    split = int(rng.integers(order + horizon + 2, 25))
    x = rng.standard_normal(split + order + horizon + int(rng.integers(3, 9)))
    return {"x": x, "order": order, "horizon": horizon, "split": split}


def rows(x, order, horizon, first_target, end):
    starts = range(first_target, end - horizon + 1)
    past = [x[t - order : t] for t in starts]
    return np.array(past), np.array([x[t : t + horizon] for t in starts])


def ask(answer, case):
    return [np.asarray(part) for part in answer("split_windows(x, order, horizon, split)", **case)]


def test_training(answer, rng):
    """All training windows that end before the split, and no other."""
    case = draw(rng)
    past, future = rows(case["x"], case["order"], case["horizon"], case["order"], case["split"])
    found = ask(answer, case)
    close(found[0], past)
    close(found[1], future)


def test_test(answer, rng):
    """Every value from the split on is a target; the past of a test window may lie before it."""
    case = draw(rng)
    past, future = rows(case["x"], case["order"], case["horizon"], case["split"], len(case["x"]))
    found = ask(answer, case)
    close(found[2], past)
    close(found[3], future)


def test_no_leak(answer, rng):
    """No number from the split on changes a training window."""
    case = draw(rng)
    other = case["x"].copy()
    other[case["split"] :] += rng.uniform(1, 2)
    found, moved = ask(answer, case), ask(answer, case | {"x": other})
    for part in (0, 1):
        expect(len(found[part]) > 0, "there are training windows")
        close(found[part], moved[part])


# %% honest: loops
def split_windows(x, order, horizon, split):
    parts = ([], [], [], [])
    for t in range(order, len(x) - horizon + 1):
        if t + horizon <= split:
            parts[0].append(x[t - order : t])
            parts[1].append(x[t : t + horizon])
        elif t >= split:
            parts[2].append(x[t - order : t])
            parts[3].append(x[t : t + horizon])
    return tuple(np.array(part) for part in parts)


# %% honest: all windows, then masks
def split_windows(series, p, K, n):
    past, future = forecast_windows(series, p, K)
    first_target = np.arange(len(past)) + p
    train, test = first_target + K <= n, first_target >= n
    return past[train], future[train], past[test], future[test]


# %% honest: sliding windows, float32
def split_windows(x, order, horizon, split):
    def cut(part):
        windows = np.lib.stride_tricks.sliding_window_view(np.float32(part), order + horizon)
        return windows[:, :order], windows[:, order:]

    return cut(x[:split]) + cut(x[split - order :])


# %% wrong: windows first, then split by their start
def split_windows(x, order, horizon, split):
    past, future = forecast_windows(x, order, horizon)
    return past[:split], future[:split], past[split:], future[split:]


# %% wrong: targets reach beyond the split
def split_windows(x, order, horizon, split):
    past, future = forecast_windows(x, order, horizon)
    n = split - order
    return past[:n], future[:n], past[n:], future[n:]


# %% wrong: test windows lie wholly after the split
def split_windows(x, order, horizon, split):
    train = forecast_windows(x[:split], order, horizon)
    return (*train, *forecast_windows(x[split:], order, horizon))


# %% wrong: test targets reach back over the split
def split_windows(x, order, horizon, split):
    train = forecast_windows(x[:split], order, horizon)
    return (*train, *forecast_windows(x[split - order - horizon + 1 :], order, horizon))


# %% wrong: last training window lost
def split_windows(x, order, horizon, split):
    train = forecast_windows(x[: split - 1], order, horizon)
    return (*train, *forecast_windows(x[split - order :], order, horizon))


# %% wrong: windows that do not overlap
def split_windows(x, order, horizon, split):
    step = order + horizon
    train, test = forecast_windows(x[:split], order, horizon), x[split - order :]
    past, future = forecast_windows(test, order, horizon)
    return train[0][::step], train[1][::step], past[::horizon], future[::horizon]


# %% wrong: newest value first
def split_windows(x, order, horizon, split):
    past, future = forecast_windows(x[:split], order, horizon)
    test_past, test_future = forecast_windows(x[split - order :], order, horizon)
    return past[:, ::-1], future, test_past[:, ::-1], test_future
