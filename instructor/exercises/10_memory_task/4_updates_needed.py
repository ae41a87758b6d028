# ---
# number: "10.4"
# title: Until every seed has it
# minutes: 30
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# How many updates does the default GRU need at $T = 28$ until every one of ten seeds is above 0.95? `curve` trains one network and returns its accuracy after 50, 100, 150, ... updates. Write `updates_needed`, which
# reads the answer from the curves of all seeds. A network may fall back: count the updates after which *all* seeds are above the level at once, and stay there.

# %% [markdown] hint
# Look at the worst seed at each point in time. From the end backwards: where was it below the level for the last time?

# %% given
def curve(seed, n_updates, length=28):
    """Accuracies of one default GRU after each 50 updates; the samples are new in each update."""
    weights, data, test = np.random.default_rng([length, seed]).spawn(3)
    layer = GRU(1, 24, rng=weights, dtype=np.float32)
    head, optimizer = Linear(24, 1, rng=weights, dtype=np.float32), Adam(0.02)
    x_test, y_test = (part.astype(np.float32) for part in sign_task(2000, length, test))
    params, accuracies = [layer.params, head.params], []
    for update in range(1, n_updates + 1):
        x, y = (part.astype(np.float32) for part in sign_task(64, length, data))
        _, d_out = bce_with_logits(predict_last(layer, head, x), y)
        layer.backward(d_state=head.backward(d_out[:, None]))
        grads = [layer.grads, head.grads]
        clip_grad_norm(grads, 1.0)
        optimizer.step(params, grads)
        if update % 50 == 0:
            accuracies.append(accuracy_last(layer, head, x_test, y_test))
    return accuracies


# %% stub
def updates_needed(curves, level, every=50):
    """Number of updates from which on all curves stay above `level`; None if there is no such.

    curves (seeds, points): accuracies after `every`, 2 `every`, 3 `every`, ... updates.
    """
    ...


# %% self-check
curves = np.array([[0.5, 0.9, 0.96, 0.97, 0.98, 0.98], [0.5, 0.6, 0.7, 0.97, 0.97, 0.97]])
assert updates_needed(curves, 1.0) is None, "a level that no curve is above"
assert updates_needed(curves, 0.4, 7) == 7, "the first point stands for `every` updates"
needed = updates_needed(curves, 0.95)
assert needed is not None, "both curves end above 0.95"
assert needed % 50 == 0, "the answer is in updates, and there is a point after each 50"
assert needed > 150, "one of the two seeds is not there yet after 150 updates"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-10.4
# updates_needed(np.array([curve(seed, 2000) for seed in range(10)]), 0.95)
def updates_needed(curves, level, every=50):
    below = np.flatnonzero(np.min(curves, axis=0) <= level)
    first = below[-1] + 1 if len(below) else 0
    return every * int(first + 1) if first < np.shape(curves)[1] else None


# %% hidden tests
# GBG-CANARY-10.4
def smooth(rng, dips):
    """Rising curves above 0.95 from known points on; with dips, each falls back once before."""
    n_seeds, n_points = int(rng.integers(3, 8)), int(rng.integers(15, 25))
    last_below = rng.permutation(np.arange(4, 12))[:n_seeds]
    curves = np.where(np.arange(n_points) > last_below[:, None], 0.97, 0.7)
    curves = curves + 0.005 * rng.uniform(-1, 1, curves.shape)
    curves[np.arange(n_seeds), last_below] = 0.94  # the mean is above the level already
    if dips:
        curves[np.arange(n_seeds), last_below - 2] = 0.98
    return curves, int(last_below.max()) + 1


def test_all_seeds(answer, rng):
    """The slowest seed decides."""
    curves, first = smooth(rng, dips=False)
    every = int(rng.integers(2, 100))
    found = answer("updates_needed(curves, 0.95, every)", curves=curves, every=every)
    expect(found == every * (first + 1), "the slowest seed, counted in updates")


def test_fall_back(answer, rng):
    """A seed that falls back below the level does not have it yet."""
    curves, first = smooth(rng, dips=True)
    found = answer("updates_needed(curves, 0.95)", curves=curves)
    expect(found == 50 * (first + 1), "all seeds stay above the level")


def test_never(answer, rng):
    """There is no answer when one seed ends below the level; the last point may be the answer."""
    curves, _ = smooth(rng, dips=False)
    n_seeds, n_points = curves.shape
    curves[rng.integers(n_seeds), -2:] = 0.9, 0.96
    found = answer("updates_needed(curves, 0.95)", curves=curves)
    expect(found == 50 * n_points, "the last point")
    curves[rng.integers(n_seeds), -1] = 0.9
    found = answer("updates_needed(curves, 0.95)", curves=curves)
    expect(found is None, "no answer")


# %% [markdown] rubric
# - (1) The curves of all ten seeds are drawn or listed, with chance at 0.5 and the level.
# - (1) The number is given with its grid (plus or minus 50) and with the settings that it holds for. (Seeds 0 to 4 get there after about 500 to 1,300 updates, each within some 50: until then they are at chance.)


# %% honest: loop from the end
def updates_needed(curves, level, every=50):
    needed = None
    for k in range(len(curves[0]) - 1, -1, -1):
        if not all(curve[k] > level for curve in curves):
            break
        needed = every * (k + 1)
    return needed


# %% honest: reversed and accumulated, other names
def updates_needed(runs, limit, step=50):
    from_here = np.minimum.accumulate(np.min(runs, axis=0)[::-1])[::-1]
    good = np.nonzero(from_here > limit)[0]
    return step * (good[0] + 1) if good.size else None


# %% honest: seed by seed, float32
def updates_needed(curves, level, every=50):
    latest = 0
    for accuracies in np.asarray(curves, np.float32):
        low = [k for k, value in enumerate(accuracies) if value <= level]
        latest = max(latest, low[-1] + 1 if low else 0)
    return None if latest == len(curves[0]) else (latest + 1) * every


# %% wrong: first time that all are above
def updates_needed(curves, level, every=50):
    above = np.flatnonzero(np.min(curves, axis=0) > level)
    return every * int(above[0] + 1) if len(above) else None


# %% wrong: each seed once above
def updates_needed(curves, level, every=50):
    above = curves > level
    return every * int(above.argmax(axis=1).max() + 1) if above.any(axis=1).all() else None


# %% wrong: mean over seeds
def updates_needed(curves, level, every=50):
    below = np.flatnonzero(np.mean(curves, axis=0) <= level)
    first = below[-1] + 1 if len(below) else 0
    return every * int(first + 1) if first < curves.shape[1] else None


# %% wrong: best seed
def updates_needed(curves, level, every=50):
    below = np.flatnonzero(np.max(curves, axis=0) <= level)
    first = below[-1] + 1 if len(below) else 0
    return every * int(first + 1) if first < curves.shape[1] else None


# %% wrong: points counted from zero
def updates_needed(curves, level, every=50):
    below = np.flatnonzero(np.min(curves, axis=0) <= level)
    first = below[-1] + 1 if len(below) else 0
    return every * int(first) if first < curves.shape[1] else None


# %% wrong: axes exchanged
def updates_needed(curves, level, every=50):
    below = np.flatnonzero(np.min(curves, axis=1) <= level)
    first = below[-1] + 1 if len(below) else 0
    return every * int(first + 1) if first < curves.shape[0] else None


# %% wrong: last point in place of no answer
def updates_needed(curves, level, every=50):
    below = np.flatnonzero(np.min(curves, axis=0) <= level)
    first = below[-1] + 1 if len(below) else 0
    return every * int(min(first + 1, curves.shape[1]))
