# ---
# number: "11.3"
# title: Samples for a difference
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Two networks are tested on *different* samples. How many does each need to make a difference of 0.01 near $p = 0.9$ clear? Derive the standard error of a difference, write
# `samples_for_difference`, then simulate it. A difference is clear when it is at least 1.96 standard errors.

# %% [markdown] hint
# The two accuracies are independent, so their variances add, whatever the sign between them. Two lines with `rng.binomial` simulate many pairs of tests.

# %% stub
def samples_for_difference(p, gap):
    """Smallest n (int), the samples of each network, for which `gap` is 1.96 standard errors of the
    difference of two accuracies near p."""
    ...


def simulated_differences(p, n, repeats, rng):
    """Differences (repeats,) of two accuracies, each measured on n samples of its own; both
    networks are right with probability p."""
    ...


# %% self-check
n = samples_for_difference(0.9, 0.02)
assert n is not None, "the function returns a number"
assert n == int(n), "samples are counted in whole numbers"
assert n > 0.09 * (1.96 / 0.02) ** 2 + 1, "two accuracies are uncertain here, not one"
d = simulated_differences(0.9, 300, 4000, rng)
assert np.shape(d) == (4000,), "one difference for each repeat"
assert abs(np.mean(d)) < 0.01, "the two networks are equally good, so the mean difference is 0"
assert np.any(d < 0), "either network may be ahead"
assert np.std(d) < 0.1, "a difference of accuracies, not of counts"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-11.3
# samples_for_difference(0.9, 0.01) is 6,915: twice the 3,458 of one accuracy (before rounding).
def samples_for_difference(p, gap):
    return int(np.ceil(2 * p * (1 - p) * (1.96 / gap) ** 2 - 1e-6))


def simulated_differences(p, n, repeats, rng):
    first, second = rng.binomial(n, p, (2, repeats)) / n
    return first - second


# %% hidden tests
# GBG-CANARY-11.3
def draw(rng):
    """Draw p and a gap for which rounding decides nothing by accident."""
    while True:
        p, gap = rng.uniform(0.1, 0.9), rng.uniform(0.005, 0.05)
        n = 2 * (p - p**2) * 3.8416 / gap**2
        if 0.05 < n % 1 < 0.95:
            return p, gap, n


def test_formula(answer, rng):
    """Variances of independent measurements add, for a difference, too."""
    for _ in range(10):
        p, gap, n = draw(rng)
        close(answer("samples_for_difference(p, gap)", p=p, gap=gap), n, rtol=1e-3, atol=1.5)


def test_whole(answer, rng):
    """The smallest whole number that is enough."""
    for _ in range(10):
        p, gap, n = draw(rng)
        close(answer("samples_for_difference(p, gap)", p=p, gap=gap), np.floor(n) + 1, rtol=1e-9)


def test_spread(answer, rng):
    """Two accuracies of n samples each, drawn on their own, and the difference between them."""
    for _ in range(2):
        p, n, seed = rng.uniform(0.2, 0.8), int(rng.integers(50, 400)), int(rng.integers(1000))
        question = "simulated_differences(p, n, 5000, np.random.default_rng(seed))"
        found = np.asarray(answer(question, p=p, n=n, seed=seed))
        expect(found.shape == (5000,), "one difference for each repeat")
        close(found.mean(), 0, atol=5 * np.sqrt(0.5 / n / 5000))
        close(found.std(), np.sqrt(2 * (p - p**2) / n), rtol=0.06)


# %% [markdown] rubric
# - (1) Derivation: $\mathrm{Var}(a - b) = \mathrm{Var}(a) + \mathrm{Var}(b)$ for independent $a$ and $b$, so the standard error has a factor $\sqrt 2$ and $n$ a factor 2.
# - (1) The simulation is compared with it: about 5% of the differences are larger than 0.01 in size when there is none.


# %% honest: loops
def samples_for_difference(p, gap):
    n = int(1.9 * p * (1 - p) * (1.96 / gap) ** 2)
    while 1.96 * (p * (1 - p) / n + p * (1 - p) / n) ** 0.5 > gap:
        n += 1
    return n


def simulated_differences(p, n, repeats, rng):
    differences = []
    for _ in range(repeats):
        a, b = rng.random((2, n)) < p
        differences.append(a.mean() - b.mean())
    return np.array(differences)


# %% honest: other names, two draws
def samples_for_difference(accuracy, difference):
    error = difference / 1.96
    return int(-((-2 * accuracy * (1 - accuracy)) // error**2))


def simulated_differences(accuracy, samples, times, generator):
    one = generator.binomial(samples, accuracy, times)
    other = generator.binomial(samples, accuracy, times)
    return (other - one) / samples


# %% honest: float32, blocks
def samples_for_difference(p, gap):
    n = np.arange(1, 400_000)
    return n[np.argmax(2 * p * (1 - p) / n <= (gap / 1.96) ** 2)]


def simulated_differences(p, n, repeats, rng):
    right = rng.binomial(n, p, (repeats, 2)).astype(np.float32)
    return np.diff(right, axis=1)[:, 0] / np.float32(n)


# %% wrong: samples for one accuracy
def samples_for_difference(p, gap):
    return int(np.ceil(p * (1 - p) * (1.96 / gap) ** 2))


def simulated_differences(p, n, repeats, rng):
    first, second = rng.binomial(n, p, (2, repeats)) / n
    return first - second


# %% wrong: standard errors added
def samples_for_difference(p, gap):
    return int(np.ceil(4 * p * (1 - p) * (1.96 / gap) ** 2))


def simulated_differences(p, n, repeats, rng):
    first, second = rng.binomial(n, p, (2, repeats)) / n
    return first - second


# %% wrong: distance from p
def samples_for_difference(p, gap):
    return int(np.ceil(2 * p * (1 - p) * (1.96 / gap) ** 2))


def simulated_differences(p, n, repeats, rng):
    return rng.binomial(n, p, repeats) / n - p


# %% wrong: sizes of the differences
def samples_for_difference(p, gap):
    return int(np.ceil(2 * p * (1 - p) * (1.96 / gap) ** 2))


def simulated_differences(p, n, repeats, rng):
    first, second = rng.binomial(n, p, (2, repeats)) / n
    return np.abs(first - second)


# %% wrong: rounded down
def samples_for_difference(p, gap):
    return int(2 * p * (1 - p) * (1.96 / gap) ** 2)


def simulated_differences(p, n, repeats, rng):
    first, second = rng.binomial(n, p, (2, repeats)) / n
    return first - second


# %% wrong: normal draws with the variance of one
def samples_for_difference(p, gap):
    return int(np.ceil(2 * p * (1 - p) * (1.96 / gap) ** 2))


def simulated_differences(p, n, repeats, rng):
    return np.sqrt(p * (1 - p) / n) * rng.standard_normal(repeats)


# %% wrong: root of two in place of two
def samples_for_difference(p, gap):
    return int(np.ceil(np.sqrt(2) * p * (1 - p) * (1.96 / gap) ** 2))


def simulated_differences(p, n, repeats, rng):
    first, second = rng.binomial(n, p, (2, repeats)) / n
    return first - second
