# ---
# number: "10.2"
# title: The seed's rate
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Repeat the fair comparison at $T = 80$ with the rate 0.01 of the notebook seed, and with 0.02. Which cell suffers most? Both rates use the same ten seeds, so compare in *pairs*: write
# `paired_drop`, and call a loss clear only if its interval does not hold 0. The thirty runs of one rate take a minute or two.

# %% [markdown] hint
# A pair of runs has the same first weights and the same data. Subtract within the pair first; then treat the ten differences as ten measurements.

# %% given
def run(cell, seed, lr, length=80):
    """Accuracy of one network of the fair comparison; cell is RNN, LSTM or GRU."""
    weights, data, order, test = np.random.default_rng([length, seed]).spawn(4)
    layer = cell(1, 24, rng=weights, dtype=np.float32)
    if cell is RNN:
        orthogonal_(layer, weights)
    else:
        chrono(layer, length, weights)
    head = Linear(24, 1, rng=weights, dtype=np.float32)
    x, y = (part.astype(np.float32) for part in sign_task(768, length, data))
    fit_last(layer, head, x, y, epochs=25, batch_size=64, lr=lr, rng=order, max_norm=1.0)
    x, y = (part.astype(np.float32) for part in sign_task(10_000, length, test))
    return accuracy_last(layer, head, x, y)


# %% stub
def paired_drop(fast, slow):
    """How much accuracy is lost from `fast` to `slow`, both (10,), one entry for each seed.

    Returns the mean drop (positive if slow is worse), and the half width of its 95% interval: 2.26
    standard errors, where 2.26 is Student's t for ten numbers.
    """
    ...


# %% self-check
fast = rng.uniform(0.5, 1, 10)
result = paired_drop(fast, fast - 0.1)
assert np.shape(result) == (2,), "two numbers: the mean drop and the half width"
assert np.isclose(result[0], 0.1), "every seed loses 0.1, so the mean drop is 0.1"
assert abs(result[1]) < 1e-5, "every seed loses the same, so the drop is certain: pair the seeds"
assert paired_drop(fast, fast[::-1])[1] > 0, "unequal drops leave a doubt"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-10.2
# fast, slow = ([run(cell, seed, lr) for seed in range(10)] for lr in (0.02, 0.01))
def paired_drop(fast, slow):
    drop = np.asarray(fast) - np.asarray(slow)
    return drop.mean(), 2.26 * drop.std(ddof=1) / np.sqrt(10)


# %% hidden tests
# GBG-CANARY-10.2
def draw(rng):
    fast = rng.uniform(0.5, 1, 10)
    return {"fast": fast, "slow": np.clip(fast + 0.1 * rng.standard_normal(10) - 0.05, 0, 1)}


def test_mean(answer, rng):
    """The mean over the seeds of what each one loses; a loss is positive."""
    case = draw(rng)
    close(answer("paired_drop(fast, slow)[0]", **case), (case["fast"] - case["slow"]).sum() / 10)


def test_interval(answer, rng):
    """The standard error of the differences within pairs, with the spread of a sample."""
    case = draw(rng)
    gaps = np.subtract.outer(case["fast"] - case["slow"], case["fast"] - case["slow"])
    variance = (gaps**2).sum() / (2 * 10 * 9)
    close(answer("paired_drop(fast, slow)[1]", **case), 2.26 * np.sqrt(variance / 10))


def test_pairs(answer, rng):
    """What two runs of a seed have in common adds no doubt."""
    case = draw(rng)
    common = rng.standard_normal(10)
    plain = answer("paired_drop(fast, slow)", **case)
    moved = answer("paired_drop(fast + common, slow + common)", common=common, **case)
    close(moved, plain)
    expect(plain[1] > 0, "a doubt is left")


# %% [markdown] rubric
# - (1) All sixty accuracies are drawn or listed, with chance at 0.5.
# - (1) The answer names the cell with the largest mean drop, with its interval, and says whether the interval holds 0. (Here the LSTM loses about 0.05 ± 0.05 and the GRU less than 0.01. The RNN
#   rather gains, 0.15 ± 0.17.)


# %% honest: loops
def paired_drop(fast, slow):
    drops = [a - b for a, b in zip(fast, slow, strict=True)]
    mean = sum(drops) / len(drops)
    variance = sum((d - mean) ** 2 for d in drops) / (len(drops) - 1)
    return mean, 2.26 * (variance / len(drops)) ** 0.5


# %% honest: covariance
def paired_drop(fast, slow):
    C = np.cov(fast, slow)
    variance = C[0, 0] + C[1, 1] - 2 * C[0, 1]
    return np.array([np.mean(fast) - np.mean(slow), 2.26 * np.sqrt(max(variance, 0) / len(fast))])


# %% honest: float32, other names
import statistics


def paired_drop(before, after):
    lost = [float(v) for v in np.float32(before) - np.float32(after)]
    return [statistics.mean(lost), 2.26 * statistics.stdev(lost) / 10**0.5]


# %% wrong: seeds not paired
def paired_drop(fast, slow):
    variance = np.var(fast, ddof=1) + np.var(slow, ddof=1)
    return np.mean(fast) - np.mean(slow), 2.26 * np.sqrt(variance / 10)


# %% wrong: spread of a population
def paired_drop(fast, slow):
    drop = fast - slow
    return drop.mean(), 2.26 * drop.std() / np.sqrt(10)


# %% wrong: spread in place of standard error
def paired_drop(fast, slow):
    drop = fast - slow
    return drop.mean(), 2.26 * drop.std(ddof=1)


# %% wrong: gain in place of drop
def paired_drop(fast, slow):
    drop = slow - fast
    return drop.mean(), 2.26 * drop.std(ddof=1) / np.sqrt(10)


# %% wrong: interval of the slow runs
def paired_drop(fast, slow):
    return np.mean(fast - slow), 2.26 * np.std(slow, ddof=1) / np.sqrt(10)


# %% wrong: normal in place of Student
def paired_drop(fast, slow):
    drop = fast - slow
    return drop.mean(), 1.96 * drop.std(ddof=1) / np.sqrt(10)


# %% wrong: median
def paired_drop(fast, slow):
    drop = fast - slow
    return np.median(drop), 2.26 * drop.std(ddof=1) / np.sqrt(10)
