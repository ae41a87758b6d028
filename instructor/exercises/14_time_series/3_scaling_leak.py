# ---
# number: "14.3"
# title: A leak in the scale
# minutes: 25
# required: true
# points: 6
# kind: code
# ---

# %% [markdown] task
# Scale a GRU by mean and standard deviation of the whole series. Is the leak larger than the spread of five seeds? Write both ways of scaling in one function, and the comparison, which
# pairs the seeds.

# %% [markdown] hint
# The honest scale uses `x[:split]` only, for all of the series. For the leaking one set `split` to the length of the series. Subtract the errors seed by seed.

# %% given
def gru_errors(z, m, sd, seed, split=2600):
    """Mean absolute errors (24,) of the chapter's GRU on the last test; z is x, scaled by m and
    sd."""
    x, rng = unscaled(z, m, sd), np.random.default_rng([14, seed])
    layer, head = GRU(1, 16, rng=rng), Linear(16, 24, rng=rng)
    settings = {"n_rows": 8, "window": 48, "lr": 0.003, "max_norm": 1.0}
    settings["epochs"] = 240 // (split // (8 * 48))
    fit_stream(layer, head, *forecast_windows(z[:split], 1, 24), **settings)
    h = layer.forward(z[None, :-24, None])[0][0, split - 1 :]
    truth = forecast_windows(x[split - 1 :], 1, 24)[1]
    return np.abs(unscaled(head.forward(h), m, sd) - truth).mean(axis=0)


# %% stub
def scaled(x, split):
    """The series x (L,), scaled by mean m and standard deviation sd of x[:split]: z (L,), m, sd."""
    ...


def unscaled(z, m, sd):
    """Turn scaled numbers (any shape) back into those of the series."""
    ...


def leak_and_spread(honest, leaking):
    """Errors (S,) of S seeds, scaled in two ways, in pairs: the mean of what the leak gains
    (positive if its errors are smaller), and the standard deviation of the honest errors over
    the seeds (divided by S - 1)."""
    ...


# %% self-check
x = np.array([1.0, 3.0, 1.0, 3.0, 50.0, -70.0])
result = scaled(x, 4)
assert isinstance(result, tuple), "three results: z, m and sd"
z, m, sd = result
assert np.shape(z) == (6,), "the whole series is scaled"
assert np.isclose(np.mean(z[:4]), 0), "the mean of the months before the split becomes 0"
assert np.isclose(np.std(z[:4]), 1), "their standard deviation becomes 1"
assert np.allclose(unscaled(z, m, sd), x), "there and back again gives the series"
gain, spread = leak_and_spread(np.array([3.0, 4.0, 5.0]), np.array([2.0, 3.0, 4.0]))
assert gain > 0, "smaller errors are a gain"
assert spread > 0, "the honest errors differ from seed to seed"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-14.3
# x = sunspots()[1]
# honest, leaking = ([gru_errors(*scaled(x, n), s)[11] for s in range(5)] for n in (2600, 3120))
# print(leak_and_spread(honest, leaking))
def scaled(x, split):
    m, sd = x[:split].mean(), x[:split].std()
    return (x - m) / sd, m, sd


def unscaled(z, m, sd):
    return z * sd + m


def leak_and_spread(honest, leaking):
    return np.mean(np.subtract(honest, leaking)), np.std(honest, ddof=1)


# %% hidden tests
# GBG-CANARY-14.3
def draw(rng):
    n, split = int(rng.integers(30, 60)), int(rng.integers(10, 25))
    return {"x": rng.normal(40, 20, n) + np.where(np.arange(n) < split, 0, 30), "split": split}


def test_scale(answer, rng):
    """Mean and standard deviation of the values before the split, for the whole series."""
    case = draw(rng)
    known = case["x"][: case["split"]]
    m = known.sum() / len(known)
    sd = np.sqrt((known**2).sum() / len(known) - m**2)
    z, found_m, found_sd = answer("scaled(x, split)", **case)
    close(found_m, m)
    close(found_sd, sd)
    close(z, (case["x"] - m) / sd)


def test_no_leak(answer, rng):
    """What comes after the split changes no number before it."""
    case = draw(rng)
    other = case["x"].copy()
    other[case["split"] :] *= rng.uniform(2, 3)
    z, _, _ = answer("scaled(x, split)", **case)
    moved, _, _ = answer("scaled(x, split)", **case | {"x": other})
    close(moved[: case["split"]], z[: case["split"]])
    expect(
        np.abs(moved[case["split"] :] - z[case["split"] :]).max() > 0.1, "later values do change"
    )


def test_back(answer, rng):
    """Back to the numbers of the series, for forecasts of any shape."""
    z, m, sd = rng.standard_normal((5, 3)), rng.uniform(20, 50), rng.uniform(5, 20)
    back = answer("unscaled(z, m, sd)", z=z, m=m, sd=sd)
    close(back, np.array([[m + sd * value for value in row] for row in z]))


def test_comparison(answer, rng):
    """The mean gain of the leak within pairs, beside the spread over seeds of a sample."""
    S = int(rng.integers(4, 9))
    honest = rng.uniform(15, 25, S)
    leaking = honest - rng.uniform(-1, 2, S)
    gaps = np.subtract.outer(honest, honest)
    spread = np.sqrt((gaps**2).sum() / (2 * S * (S - 1)))
    found = answer("leak_and_spread(honest, leaking)", honest=honest, leaking=leaking)
    close(found, [(honest - leaking).sum() / S, spread])


# %% [markdown] rubric
# - (1) Errors of five seeds with both scales at one named horizon or more, all reported.
# - (1) The answer compares the mean gain with the spread, and says what cannot be told from five seeds. (Here the gain is between -0.4 and 0.2, and the spread 0.6 to 0.9: nothing can be seen.) A small leak is
#   no excuse: nobody knows its size before measuring it.


# %% honest: loops
def scaled(x, split):
    m = sum(x[:split]) / split
    sd = (sum((v - m) ** 2 for v in x[:split]) / split) ** 0.5
    return np.array([(v - m) / sd for v in x]), m, sd


def unscaled(z, m, sd):
    return np.asarray(z) * sd + m


def leak_and_spread(honest, leaking):
    n = len(honest)
    gain = sum(a - b for a, b in zip(honest, leaking, strict=True)) / n
    mean = sum(honest) / n
    return gain, (sum((a - mean) ** 2 for a in honest) / (n - 1)) ** 0.5


# %% honest: other names, np.var
def scaled(series, n):
    before = series[np.arange(len(series)) < n]
    centre, width = np.average(before), np.sqrt(np.var(before))
    return np.divide(series - centre, width), centre, width


def unscaled(numbers, centre, width):
    return np.add(centre, np.multiply(width, numbers))


def leak_and_spread(without, with_leak):
    return [np.mean(without) - np.mean(with_leak), np.sqrt(np.cov(without))]


# %% honest: float32
def scaled(x, split):
    x = np.asarray(x, np.float32)
    m, sd = x[:split].mean(dtype=np.float64), x[:split].std(dtype=np.float64)
    return ((x - m) / sd).astype(np.float32), np.float32(m), np.float32(sd)


def unscaled(z, m, sd):
    return m + sd * z


def leak_and_spread(honest, leaking):
    honest, leaking = np.array([honest, leaking], np.float32)
    return np.median([(honest - leaking).mean()]), honest.std(ddof=1)


# %% wrong: the whole series
def scaled(x, split):
    m, sd = x.mean(), x.std()
    return (x - m) / sd, m, sd


def unscaled(z, m, sd):
    return z * sd + m


def leak_and_spread(honest, leaking):
    return np.mean(honest - leaking), np.std(honest, ddof=1)


# %% wrong: each part by its own scale
def scaled(x, split):
    parts = [(part - part.mean()) / part.std() for part in (x[:split], x[split:])]
    return np.concatenate(parts), x[:split].mean(), x[:split].std()


def unscaled(z, m, sd):
    return z * sd + m


def leak_and_spread(honest, leaking):
    return np.mean(honest - leaking), np.std(honest, ddof=1)


# %% wrong: only the training part
def scaled(x, split):
    m, sd = x[:split].mean(), x[:split].std()
    return (x[:split] - m) / sd, m, sd


def unscaled(z, m, sd):
    return z * sd + m


def leak_and_spread(honest, leaking):
    return np.mean(honest - leaking), np.std(honest, ddof=1)


# %% wrong: one value too many
def scaled(x, split):
    m, sd = x[: split + 1].mean(), x[: split + 1].std()
    return (x - m) / sd, m, sd


def unscaled(z, m, sd):
    return z * sd + m


def leak_and_spread(honest, leaking):
    return np.mean(honest - leaking), np.std(honest, ddof=1)


# %% wrong: back in the wrong order
def scaled(x, split):
    m, sd = x[:split].mean(), x[:split].std()
    return (x - m) / sd, m, sd


def unscaled(z, m, sd):
    return (z + m) * sd


def leak_and_spread(honest, leaking):
    return np.mean(honest - leaking), np.std(honest, ddof=1)


# %% wrong: spread of the differences
def scaled(x, split):
    m, sd = x[:split].mean(), x[:split].std()
    return (x - m) / sd, m, sd


def unscaled(z, m, sd):
    return z * sd + m


def leak_and_spread(honest, leaking):
    return np.mean(honest - leaking), np.std(honest - leaking, ddof=1)


# %% wrong: sizes of the differences
def scaled(x, split):
    m, sd = x[:split].mean(), x[:split].std()
    return (x - m) / sd, m, sd


def unscaled(z, m, sd):
    return z * sd + m


def leak_and_spread(honest, leaking):
    return np.mean(np.abs(honest - leaking)), np.std(honest)
