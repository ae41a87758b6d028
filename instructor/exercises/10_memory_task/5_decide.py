# ---
# number: "10.5"
# title: A network that must decide
# minutes: 60
# required: false
# points: 8
# kind: code
# ---

# %% [markdown] task
# The target is the sign of the first value, but only if that is above 1 in size, else of the second. Write this task, in which a network must *decide* what to keep. Derive two baselines to
# three decimals: what is right without any decision? Then compare the three cells again.

# %% [markdown] hint
# For a standard normal value, $P(|x| > 1) = 0.3173$. Split each baseline into two cases: the value that is kept is the one that counts, or it is the other one.

# %% stub
def decision_task(n, length, rng):
    """Standard normal x (n, length, 1), and y (n,): 1.0 where the value that counts is positive,
    else 0.0. `length` is at least 2; all values are drawn from rng."""
    ...


always_first = ...  # accuracy of a network that keeps the first value only
always_second = ...  # accuracy of a network that keeps the second value only

# %% self-check
task = decision_task(500, 7, np.random.default_rng(1))
assert isinstance(task, tuple), "the task returns inputs and targets"
x, y = task
assert x.shape == (500, 7, 1), "x has the shape (n, length, 1)"
assert y.shape == (500,), "one target for each sequence"
assert set(np.unique(y)) == {0.0, 1.0}, "a target is 0 or 1"
large = np.abs(x[:, 0, 0]) > 1
assert np.array_equal(y[large], x[large, 0, 0] > 0), "a large first value decides"
assert abs(x.mean()) < 0.1, "the inputs stay standard normal"
assert 0.5 < always_first < always_second < 1, "which of the two counts more often?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-10.5
def decision_task(n, length, rng):
    x = rng.standard_normal((n, length, 1))
    first, second = x[:, 0, 0], x[:, 1, 0]
    return x, (np.where(np.abs(first) > 1, first, second) > 0).astype(float)


always_first = 0.659  # 0.3173 + 0.6827 / 2: right if it counts, else by chance
always_second = 0.841  # 0.6827 + 0.3173 / 2


# %% hidden tests
# GBG-CANARY-10.5
def draw(answer, rng):
    n, length, seed = (
        int(v) for v in (rng.integers(400, 900), rng.integers(3, 9), rng.integers(999))
    )
    question = "decision_task(n, length, np.random.default_rng(seed))"
    x, y = answer(question, n=n, length=length, seed=seed)
    expect(np.shape(x) == (n, length, 1), "shape of the inputs")
    expect(np.shape(y) == (n,), "shape of the targets")
    return np.asarray(x)[:, :, 0], np.asarray(y)


def test_first(answer, rng):
    """A first value above 1 in size decides, whatever its sign."""
    x, y = draw(answer, rng)
    for sign in (1, -1):
        rows = sign * x[:, 0] > 1
        expect(rows.any(), "some first values are large")
        close(y[rows], np.full(rows.sum(), (sign + 1) / 2))


def test_second(answer, rng):
    """With a small first value the second decides."""
    x, y = draw(answer, rng)
    rows = x[:, 0] ** 2 <= 1
    expect(rows.any(), "some first values are small")
    close(y[rows], np.heaviside(x[rows, 1], 0))


def test_inputs(answer, rng):
    """All inputs are standard normal and independent, drawn from the generator that is passed."""
    x, _ = draw(answer, rng)
    expect(abs(x.mean()) < 0.2, "mean 0")
    expect(abs(x.std() - 1) < 0.15, "spread 1")
    expect(abs(np.corrcoef(x[:, 0], x[:, 1])[0, 1]) < 0.25, "independent")
    question = "[decision_task(9, 4, np.random.default_rng(s))[0] for s in seeds]"
    seed = int(rng.integers(999))
    one, same, other = np.array(answer(question, seeds=[seed, seed, seed + 1]))
    close(one, same)
    expect(not np.allclose(one, other), "another generator, other numbers")


def test_baselines(answer, rng):
    """Right when the value that is kept counts, and by chance when it does not."""
    large = 0.317311
    close(answer("always_first"), large + (1 - large) / 2, rtol=0, atol=0.002)
    close(answer("always_second"), 1 - large / 2, rtol=0, atol=0.002)


# %% [markdown] rubric
# - (1) Three cells with at least five seeds each, separate generators, settings stated.
# - (1) All seeds are drawn or listed, with chance and both baselines.
# - (1) The answer says which networks decide: above 0.841, not above 0.5. (With the settings of the chapter's fair comparison, on our machine: at 10 steps all LSTMs and GRUs decide and three of
#   five RNNs; at 28 steps four of five GRUs, no RNN, and the LSTMs stay at chance. With chrono all five GRUs decide, and one LSTM.)
# - (1) The conclusion is limited to what was run.


# %% honest: a loop
from math import erf


def decision_task(n, length, rng):
    x, y = np.zeros((n, length, 1)), np.zeros(n)
    for k in range(n):
        x[k, :, 0] = rng.normal(size=length)
        which = 0 if abs(x[k, 0, 0]) > 1 else 1
        y[k] = 1.0 if x[k, which, 0] > 0 else 0.0
    return x, y


large = 1 - erf(1 / 2**0.5)
always_first, always_second = large + (1 - large) / 2, 1 - large + large / 2


# %% honest: from the library's task, float32, simulated baselines
def decision_task(n, steps, generator):
    inputs, first = sign_task(n, steps, generator)
    large = inputs[:, 0, 0] ** 2 > 1
    targets = large * first + ~large * (inputs[:, 1, 0] > 0)
    return inputs.astype(np.float32), targets.astype(np.float32)


sample, target = decision_task(1_000_000, 2, np.random.default_rng(3))
always_first, always_second = ((sample[:, :, 0] > 0) == target[:, None]).mean(axis=0)


# %% honest: take_along_axis
def decision_task(n, length, rng):
    x = rng.standard_normal((n, length))
    column = (np.abs(x[:, :1]) <= 1).astype(int)
    y = np.take_along_axis(x, column, axis=1)[:, 0] > 0
    return x[..., None], 1.0 * y


always_first = round(0.5 + 0.3173 / 2, 3)
always_second = round(0.5 + 0.6827 / 2, 3)


# %% wrong: size forgotten
def decision_task(n, length, rng):
    x = rng.standard_normal((n, length, 1))
    first, second = x[:, 0, 0], x[:, 1, 0]
    return x, (np.where(first > 1, first, second) > 0).astype(float)


always_first, always_second = 0.659, 0.841


# %% wrong: the two exchanged
def decision_task(n, length, rng):
    x = rng.standard_normal((n, length, 1))
    first, second = x[:, 0, 0], x[:, 1, 0]
    return x, (np.where(np.abs(first) > 1, second, first) > 0).astype(float)


always_first, always_second = 0.841, 0.659


# %% wrong: last in place of second
def decision_task(n, length, rng):
    x = rng.standard_normal((n, length, 1))
    first, last = x[:, 0, 0], x[:, -1, 0]
    return x, (np.where(np.abs(first) > 1, first, last) > 0).astype(float)


always_first, always_second = 0.659, 0.841


# %% wrong: a generator of its own
def decision_task(n, length, rng):
    x = np.random.default_rng(0).standard_normal((n, length, 1))
    first, second = x[:, 0, 0], x[:, 1, 0]
    return x, (np.where(np.abs(first) > 1, first, second) > 0).astype(float)


always_first, always_second = 0.659, 0.841


# %% wrong: chance forgotten in the baselines
def decision_task(n, length, rng):
    x = rng.standard_normal((n, length, 1))
    first, second = x[:, 0, 0], x[:, 1, 0]
    return x, (np.where(np.abs(first) > 1, first, second) > 0).astype(float)


always_first, always_second = 0.317, 0.683


# %% wrong: uniform values
def decision_task(n, length, rng):
    x = rng.uniform(-2, 2, (n, length, 1))
    first, second = x[:, 0, 0], x[:, 1, 0]
    return x, (np.where(np.abs(first) > 1, first, second) > 0).astype(float)


always_first, always_second = 0.75, 0.75
