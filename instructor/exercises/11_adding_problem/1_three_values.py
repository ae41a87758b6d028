# ---
# number: "11.1"
# title: Three marked values
# minutes: 15
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Change the adding task to three marked values, at three different random steps. Derive the best constant answer and its error, the baseline,
# then confirm both with 100,000 samples.

# %% [markdown] hint
# `rng.permuted(..., axis=1)` mixes each row on its own. For the baseline: what are mean and variance of one uniform number, and how do they add?

# %% stub
def adding_three(n, length, rng):
    """x (n, length, 2): values from U(0, 1), and markers that are 1 at three different steps, else
    0.

    y (n,) is the sum of the three marked values. `length` is at least 3; rng draws everything.
    """
    ...


best_constant = ...  # the constant answer with the lowest mean squared error
baseline = ...  # its mean squared error

# %% self-check
task = adding_three(400, 7, np.random.default_rng(1))
assert isinstance(task, tuple), "the task returns inputs and targets"
x, y = task
assert x.shape == (400, 7, 2), "x has the shape (n, length, 2)"
assert y.shape == (400,), "one target for each sequence"
assert np.all(x[:, :, 1].sum(axis=1) == 3), (
    "three different steps in each sequence: may two coincide?"
)
assert np.all((y > 0) & (y < 3)), "a sum of three numbers between 0 and 1"
assert abs(y.mean() - best_constant) < 0.15, "the best constant is the mean of the targets"
assert 0 < baseline < 1, "the baseline is the variance of a sum: do variances add?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-11.1
def adding_three(n, length, rng):
    values = rng.random((n, length))
    markers = np.zeros((n, length))
    markers[:, :3] = 1
    markers = rng.permuted(markers, axis=1)
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant = 1.5  # three times 1/2
baseline = 0.25  # three times 1/12: variances of independent numbers add


# %% hidden tests
# GBG-CANARY-11.1
def draw(answer, rng, n):
    length, seed = int(rng.integers(5, 12)), int(rng.integers(1000))
    question = "adding_three(n, length, np.random.default_rng(seed))"
    x, y = answer(question, n=n, length=length, seed=seed)
    expect(np.shape(x) == (n, length, 2), "shape of the inputs")
    return np.asarray(x), np.asarray(y)


def test_targets(answer, rng):
    """The target is the sum of the marked values, and of no other."""
    x, y = draw(answer, rng, int(rng.integers(20, 60)))
    close(y, np.einsum("nt,nt->n", *np.moveaxis(x, 2, 0)))


def test_markers(answer, rng):
    """Three different steps, each step as likely as any other."""
    x, _ = draw(answer, rng, 3000)
    markers = x[:, :, 1]
    expect(np.isin(markers, (0, 1)).all(), "zeros and ones")
    close(markers.sum(axis=1), np.full(3000, 3))
    close(markers.mean(axis=0), np.full(x.shape[1], 3 / x.shape[1]), rtol=0, atol=0.06)


def test_values(answer, rng):
    """Values are uniform from 0 to 1, drawn from the generator that is passed."""
    x, _ = draw(answer, rng, 3000)
    values = x[:, :, 0]
    expect(values.min() >= 0 and values.max() <= 1, "from 0 to 1")
    close([values.mean(), values.var()], [1 / 2, 1 / 12], rtol=0, atol=0.03)
    seed = int(rng.integers(1000))
    question = "[adding_three(4, 6, np.random.default_rng(s))[0] for s in (seed, seed, seed + 1)]"
    one, same, other = np.array(answer(question, seed=seed))
    close(one, same)
    expect(not np.allclose(one, other), "another generator, other numbers")


def test_baseline(answer, rng):
    """The best constant is the mean, and its price is the variance of the sum."""
    sums = rng.random((1_000_000, 3)).sum(axis=1)
    close(answer("best_constant"), sums.mean(), rtol=0, atol=0.005)
    close(answer("baseline"), sums.var(), rtol=0, atol=0.005)


# %% honest: a loop
def adding_three(n, length, rng):
    x, y = np.zeros((n, length, 2)), np.zeros(n)
    for k in range(n):
        x[k, :, 0] = rng.uniform(0, 1, length)
        for t in rng.choice(length, 3, replace=False):
            x[k, t, 1] = 1
            y[k] += x[k, t, 0]
    return x, y


best_constant, baseline = 3 / 2, 3 / 12


# %% honest: ranks of random numbers, einsum
def adding_three(n, length, rng):
    u, order = rng.random((2, n, length))
    marked = order.argsort(axis=1) < 3
    x = np.concatenate([u[..., None], marked[..., None]], axis=2).astype(float)
    return x, np.einsum("nt,nt->n", u, marked)


many = adding_three(300_000, 5, rng)[1]
best_constant, baseline = many.mean(), np.mean((many - many.mean()) ** 2)


# %% honest: float32, other names
def adding_three(count, steps, generator):
    inputs = np.zeros((count, steps, 2), np.float32)
    inputs[..., 0] = generator.random((count, steps), np.float32)
    inputs[..., 1] = generator.permuted(np.tile(np.arange(steps) < 3, (count, 1)), axis=1)
    return inputs, inputs.prod(axis=2).sum(axis=1)


best_constant, baseline = np.float32(1.5), np.float32(0.25)


# %% wrong: two markers may meet
def adding_three(n, length, rng):
    values, markers = rng.random((n, length)), np.zeros((n, length))
    for _ in range(3):
        markers[np.arange(n), rng.integers(0, length, n)] = 1
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant, baseline = 1.5, 0.25


# %% wrong: one order for all sequences
def adding_three(n, length, rng):
    values, markers = rng.random((n, length)), np.zeros((n, length))
    markers[:, rng.permutation(length)[:3]] = 1
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant, baseline = 1.5, 0.25


# %% wrong: spread in place of variance
def adding_three(n, length, rng):
    values = rng.random((n, length))
    markers = rng.permuted(np.tile(np.arange(length) < 3, (n, 1)), axis=1).astype(float)
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant, baseline = 1.5, 0.5


# %% wrong: variance of three times one number
def adding_three(n, length, rng):
    values = rng.random((n, length))
    markers = rng.permuted(np.tile(np.arange(length) < 3, (n, 1)), axis=1).astype(float)
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant, baseline = 1.5, 0.75


# %% wrong: baseline of two values
def adding_three(n, length, rng):
    values = rng.random((n, length))
    markers = rng.permuted(np.tile(np.arange(length) < 3, (n, 1)), axis=1).astype(float)
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant, baseline = 1.0, 1 / 6


# %% wrong: a generator of its own
def adding_three(n, length, rng):
    rng = np.random.default_rng(0)
    values = rng.random((n, length))
    markers = rng.permuted(np.tile(np.arange(length) < 3, (n, 1)), axis=1).astype(float)
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant, baseline = 1.5, 0.25


# %% wrong: normal values
def adding_three(n, length, rng):
    values = 0.5 + rng.standard_normal((n, length)) / np.sqrt(12)
    markers = rng.permuted(np.tile(np.arange(length) < 3, (n, 1)), axis=1).astype(float)
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


best_constant, baseline = 1.5, 0.25
