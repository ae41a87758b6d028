# ---
# number: "10.1"
# title: How many samples
# minutes: 10
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# How many test samples make an accuracy near 0.5 certain to plus or minus 0.01 (95%, taken as 1.96 standard errors)? Write a function for any accuracy and any width. Why does it take
# more samples near 0.5 than near 0.9?

# %% [markdown] hint
# The standard error of an accuracy $p$ on $n$ samples is $\sqrt{p (1 - p) / n}$, and 95% of the results lie within 1.96 of them. Set this equal to the width and solve for $n$.

# %% stub
def samples_needed(p, width):
    """Smallest number of samples (int): 1.96 standard errors of accuracy p are at most width."""
    ...


# %% self-check
n = samples_needed(0.9, 0.02)
assert n is not None, "the function returns a number"
assert n == int(n), "samples are counted in whole numbers"
assert samples_needed(0.5, 0.02) > n, (
    "near 0.5 an answer is least certain: is 1 - p in the variance?"
)
ratio = samples_needed(0.9, 0.01) / n
assert 3.9 < ratio < 4.1, "half the width needs four times the samples: where is the square?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-10.1
# samples_needed(0.5, 0.01) is 9,604. One answer has the variance p (1 - p), which is largest at
# 0.5.
def samples_needed(p, width):
    return int(np.ceil(p * (1 - p) * (1.96 / width) ** 2 - 1e-6))


# %% hidden tests
# GBG-CANARY-10.1
def draw(rng):
    """Draw p and a width for which rounding decides nothing by accident."""
    while True:
        p, width = rng.uniform(0.05, 0.95), rng.uniform(0.005, 0.05)
        n = (p - p**2) * 3.8416 / width**2
        if 0.05 < n % 1 < 0.95:
            return p, width, n


def test_variance(answer, rng):
    """The variance of one right or wrong answer is p (1 - p)."""
    for _ in range(10):
        p = rng.uniform(0.05, 0.95)
        found = answer("samples_needed(p, 0.002)", p=p)
        close(found, 3.8416 * (0.25 - (p - 0.5) ** 2) / 0.002**2, rtol=2e-3, atol=1)


def test_width(answer, rng):
    """The width is 1.96 standard errors to either side."""
    for _ in range(10):
        p, width, n = draw(rng)
        close(answer("samples_needed(p, width)", p=p, width=width), n, rtol=1e-3, atol=1.01)


def test_whole(answer, rng):
    """The smallest whole number that is enough."""
    for _ in range(10):
        p, width, n = draw(rng)
        close(answer("samples_needed(p, width)", p=p, width=width), np.floor(n) + 1, rtol=1e-9)


# %% [markdown] rubric
# - (1) The variance of one answer, $p (1 - p)$, is largest at $p = 0.5$: there each answer tells least in advance. (9,604 samples against 3,458.)


# %% honest: a loop that doubles, then bisects
def samples_needed(p, width):
    def wide(n):
        return 1.96 * np.sqrt(p * (1 - p) / n) > width

    high = 1
    while wide(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high


# %% honest: other names, standard deviation first
def samples_needed(accuracy, half):
    deviation = np.sqrt(accuracy - accuracy**2)
    return np.ceil((1.96 * deviation / half) ** 2).astype(int)


# %% honest: math module
import math


def samples_needed(p, width):
    return math.ceil(p * (1 - p) / (width / 1.96) ** 2)


# %% wrong: one standard error
def samples_needed(p, width):
    return int(np.ceil(p * (1 - p) / width**2))


# %% wrong: two for 1.96
def samples_needed(p, width):
    return int(np.ceil(p * (1 - p) * (2 / width) ** 2))


# %% wrong: rounded down
def samples_needed(p, width):
    return int(p * (1 - p) * (1.96 / width) ** 2)


# %% wrong: the whole interval is the width
def samples_needed(p, width):
    return int(np.ceil(p * (1 - p) * (2 * 1.96 / width) ** 2))


# %% wrong: variance p
def samples_needed(p, width):
    return int(np.ceil((1 - p) * (1.96 / width) ** 2))


# %% wrong: worst case for every p
def samples_needed(p, width):
    return int(np.ceil(0.25 * (1.96 / width) ** 2))


# %% wrong: square forgotten
def samples_needed(p, width):
    return int(np.ceil(np.sqrt(p * (1 - p)) * 1.96 / width))
