# ---
# number: "2.5"
# title: Memory, or a good guess?
# minutes: 30
# required: false
# points: 6
# kind: code
# ---

# %% [markdown] task
# Repeat the experiment with autocorrelated inputs: let each input be 0.9 times the one before plus new noise. Does $R^2$
# rise because the layer remembers more? Design a baseline that answers this: a line through the last input alone, without any
# layer.

# %% [markdown] hint
# For a variance that stays 1, the noise must have the variance that the factor takes away. The baseline has one feature, $x_T$,
# and an intercept.

# %% stub
def correlated(N, T, rho, rng):
    """N series (N, T): each value is rho times the one before plus new normal noise.

    Mean 0 and variance 1 at every step, the first one included.
    """
    ...


def baseline(x, k):
    """R^2 of the least-squares line, with intercept, from x[:, -1] to x[:, -1 - k]."""
    ...


# %% self-check
series = correlated(4000, 6, 0.9, rng)
assert np.shape(series) == (4000, 6), "one row for each series"
assert 0.8 < series[:, 0].var() < 1.2, "the first value has variance 1, too"
assert 0.8 < series[:, -1].var() < 1.2, "the variance does not grow from step to step"
score = baseline(series, 1)
assert np.ndim(score) == 0, "R^2 is one number"
assert 0.6 < score < 0.95, "a neighbour explains most of the variance, not all"
assert baseline(series, 4) < score, "far values are harder to guess"
assert baseline(rng.standard_normal((4000, 6)), 2) < 0.05, "independent inputs: nothing to guess"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-2.5
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * x[:, t]
    return x


def baseline(x, k):
    features = np.column_stack([x[:, -1], np.ones(len(x))])
    past = x[:, -1 - k]
    w, *_ = np.linalg.lstsq(features, past)
    return 1 - np.mean((past - features @ w) ** 2) / past.var()


# %% hidden tests
# GBG-CANARY-2.5
def series(answer, rng, rho, T=8, N=6000):
    question = "correlated(N, T, rho, np.random.default_rng(seed))"
    return np.asarray(answer(question, N=N, T=T, rho=rho, seed=int(rng.integers(10**6))), float)


def test_variance(answer, rng):
    """Mean 0 and variance 1 at every step, from the first on."""
    for rho in (0.5, 0.9):
        x = series(answer, rng, rho)
        close(x.shape, (6000, 8))
        close(x.var(axis=0), np.ones(8), rtol=0, atol=0.12)
        close(x.mean(axis=0), np.zeros(8), rtol=0, atol=0.1)


def test_correlation(answer, rng):
    """Values at distance k have the correlation rho to the power k; series do not know each other."""
    rho = rng.uniform(0.6, 0.9)
    x = series(answer, rng, rho)
    k = np.arange(8)
    close(np.corrcoef(x.T)[0], rho**k, rtol=0, atol=0.08)
    close(np.corrcoef(x[:-1, -1], x[1:, -1])[0, 1], 0, rtol=0, atol=0.08)


def test_baseline(answer, rng):
    """R^2 of a line with intercept, for any size and mean of the values: the squared correlation."""
    for k in (1, 3):
        N, T = rng.integers(20, 60), rng.integers(5, 9)
        x = rng.uniform(1, 5) + rng.uniform(1, 4) * np.cumsum(rng.standard_normal((N, T)), axis=1)
        expected = np.corrcoef(x[:, -1], x[:, -1 - k])[0, 1] ** 2
        close(answer("baseline(x, k)", x=x, k=k), expected, rtol=1e-3)


# %% [markdown] rubric
# - (1) $R^2$ of layer and baseline are compared at the same lags, on inputs of the same kind; a figure or table shows both.
# - (2) The conclusion: $R^2$ rises because neighbours of a remembered input tell of it. Only what exceeds the baseline,
#   $0.81^k$ for the factor 0.9, is memory; a better baseline may use all that the layer still holds.


# %% honest: from step to step
def correlated(N, T, rho, rng):
    steps = [rng.normal(size=N)]
    while len(steps) < T:
        steps.append(rho * steps[-1] + rng.normal(0, (1 - rho**2) ** 0.5, N))
    return np.stack(steps, axis=1)


def baseline(x, k):
    return np.corrcoef(x[:, -1], x[:, -1 - k])[0, 1] ** 2


# %% honest: loops
def correlated(N, T, rho, rng):
    rows = []
    for _ in range(N):
        row = [rng.standard_normal()]
        for e in rng.standard_normal(T - 1):
            row.append(rho * row[-1] + np.sqrt(1 - rho * rho) * e)
        rows.append(row)
    return np.array(rows)


def baseline(x, k):
    slope, intercept = np.polyfit(x[:, -1], x[:, -1 - k], 1)
    rest = x[:, -1 - k] - slope * x[:, -1] - intercept
    return 1 - rest.var() / x[:, -1 - k].var()


# %% honest: einsum, float32, other names
def correlated(rows, steps, factor, generator):
    lags = np.arange(steps)
    weights = np.where(lags[:, None] <= lags, factor ** np.abs(lags - lags[:, None]), 0.0)
    weights[1:] *= np.sqrt(1 - factor**2)
    noise = generator.standard_normal((rows, steps))
    return np.einsum("ns,st->nt", noise, weights).astype(np.float32)


def baseline(values, lag):
    last, past = (values[:, -1 - j] - values[:, -1 - j].mean() for j in (0, lag))
    return np.float32((last @ past) ** 2 / (last @ last) / (past @ past))


# %% wrong: noise not scaled
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + x[:, t]
    return x


def baseline(x, k):
    return np.corrcoef(x[:, -1], x[:, -1 - k])[0, 1] ** 2


# %% wrong: starts at zero
def correlated(N, T, rho, rng):
    x = np.zeros((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(N)
    return x


def baseline(x, k):
    return np.corrcoef(x[:, -1], x[:, -1 - k])[0, 1] ** 2


# %% wrong: noise of size 1 - rho
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + (1 - rho) * x[:, t]
    return x


def baseline(x, k):
    return np.corrcoef(x[:, -1], x[:, -1 - k])[0, 1] ** 2


# %% wrong: mixes the series
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for n in range(1, N):
        x[n] = rho * x[n - 1] + np.sqrt(1 - rho**2) * x[n]
    return x


def baseline(x, k):
    return np.corrcoef(x[:, -1], x[:, -1 - k])[0, 1] ** 2


# %% wrong: correlation not squared
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * x[:, t]
    return x


def baseline(x, k):
    return np.corrcoef(x[:, -1], x[:, -1 - k])[0, 1]


# %% wrong: no intercept
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * x[:, t]
    return x


def baseline(x, k):
    last, past = x[:, -1], x[:, -1 - k]
    return 1 - np.mean((past - last * (last @ past) / (last @ last)) ** 2) / past.var()


# %% wrong: the last input itself as the guess
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * x[:, t]
    return x


def baseline(x, k):
    return 1 - np.mean((x[:, -1 - k] - x[:, -1]) ** 2) / x[:, -1 - k].var()


# %% wrong: lag counted from the last input
def correlated(N, T, rho, rng):
    x = rng.standard_normal((N, T))
    for t in range(1, T):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * x[:, t]
    return x


def baseline(x, k):
    return np.corrcoef(x[:, -1], x[:, -k])[0, 1] ** 2
