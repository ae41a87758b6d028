# ---
# number: "1.4"
# title: How much bias a latch stands
# minutes: 20
# required: false
# points: 3
# kind: code
# ---

# %% [markdown] task
# For which $b$ does a neuron with $w_h = 2$ still have two stable fixed points? Find the limit on a grid,
# then by calculus. Write both as functions of $w_h$.

# %% [markdown] hint
# Draw $\tanh(w_h h + b)$ and the diagonal. At the limit the curve touches the diagonal: it meets it, and both have the
# same slope. A fixed point is stable where the curve crosses the diagonal from above.

# %% stub
def count_stable(w_h, b):
    """The number of stable fixed points of h = tanh(w_h h + b) for w_h > 0: 1 or 2. Use a grid."""
    ...


def limit(w_h):
    """For w_h > 1 the largest b with two stable fixed points, as a formula in w_h."""
    ...


# %% self-check
assert count_stable(2.0, 0.0) == 2, "without a bias w_h = 2 is a latch with two sides"
assert count_stable(0.75, 0.0) == 1, "a memory that fades has one stable fixed point, zero"
assert count_stable(2.0, 3.0) == 1, "with a large bias one side is left"
assert limit(2.0) > 0, "a latch stands some bias"
assert limit(3.0) > limit(2.0), "a stronger latch stands more bias"
largest = limit(1.5)
assert count_stable(1.5, 0.9 * largest) != count_stable(1.5, 1.1 * largest), (
    "grid and formula agree"
)
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-1.4
def count_stable(w_h, b):
    h = np.linspace(-1, 1, 20_000)
    above = np.tanh(w_h * h + b) > h
    return int(np.sum(above[:-1] & ~above[1:]))


def limit(w_h):
    # Equal slopes: w_h (1 - h**2) = 1. On the diagonal: b = artanh(h) - w_h h; the negative h has the positive b.
    h = np.sqrt(1 - 1 / w_h)
    return w_h * h - np.arctanh(h)


# %% hidden tests
# GBG-CANARY-1.4
def sides(w_h, b):
    """What the state reaches from the far left and from the far right: the outer fixed points."""
    h = np.array([-1.0, 1.0])
    for _ in range(1000):
        h = np.tanh(w_h * h + b)
    return 2 if h[1] - h[0] > 1e-3 else 1


def bisect(w_h):
    low, high = 0.0, w_h
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if sides(w_h, middle) == 2 else (low, middle)
    return low


def test_latch(answer, rng):
    """Two stable fixed points below the limit, for either sign of the bias; the middle one is not stable."""
    w_h = rng.uniform(1.3, 3)
    b = rng.uniform(-0.9, 0.9) * bisect(w_h)
    close(answer("[count_stable(w_h, b), count_stable(w_h, -b)]", w_h=w_h, b=b), [2, 2])


def test_one_side(answer, rng):
    """One stable fixed point beyond the limit, for either sign, and always when w_h is below 1."""
    w_h = rng.uniform(1.3, 3)
    b = rng.uniform(1.1, 3) * bisect(w_h)
    close(answer("[count_stable(w_h, b), count_stable(w_h, -b)]", w_h=w_h, b=b), [1, 1])
    close(answer("count_stable(w_h, b)", w_h=rng.uniform(0.2, 0.9), b=rng.uniform(-1, 1)), 1)


def test_limit(answer, rng):
    """At the limit the curve touches the diagonal: equal values and equal slopes."""
    w_h = rng.uniform(1.3, 3)
    close(answer("limit(w_h)", w_h=w_h), bisect(w_h), rtol=1e-3)


# %% honest: iteration from both ends
def count_stable(w_h, b):
    low, high = -1.0, 1.0
    for _ in range(1000):
        low, high = np.tanh(w_h * low + b), np.tanh(w_h * high + b)
    return 1 if np.isclose(low, high) else 2


def limit(w_h):
    root = np.sqrt(w_h * (w_h - 1))
    return root - np.log(np.sqrt(w_h) + np.sqrt(w_h - 1))


# %% honest: slopes at the crossings, the limit as a maximum
def count_stable(w_h, b):
    grid = np.linspace(-1, 1, 9998)
    gap = np.tanh(w_h * grid + b) - grid
    places = grid[:-1][np.sign(gap[:-1]) != np.sign(gap[1:])]
    return sum(w_h * (1 - h**2) < 1 for h in places)


def limit(w_h):
    h = np.linspace(0, 1, 100_000, endpoint=False)
    return np.max(w_h * h - np.arctanh(h))


# %% honest: loop, float32
def count_stable(w_h, b):
    count, before = 0, True
    for k in range(-999, 1000):
        h = (k + 0.5) / 1000
        now = np.tanh(w_h * h + b) > h
        count += before and not now
        before = now
    return count + int(before)


def limit(w_h):
    slope = np.float32(1 / w_h)
    h = np.sqrt(1 - slope)
    return np.float32(h / slope - 0.5 * np.log((1 + h) / (1 - h)))


# %% wrong: counts all fixed points
def count_stable(w_h, b):
    h = np.linspace(-1, 1, 20_000)
    above = np.tanh(w_h * h + b) > h
    return int(np.sum(above[:-1] != above[1:]))


def limit(w_h):
    h = np.sqrt(1 - 1 / w_h)
    return w_h * h - np.arctanh(h)


# %% wrong: the bias inside is left out of the curve
def count_stable(w_h, b):
    h = np.linspace(-1, 1, 20_000)
    above = np.tanh(w_h * h) + b > h
    return int(np.sum(above[:-1] & ~above[1:]))


def limit(w_h):
    h = np.sqrt(1 - 1 / w_h)
    return w_h * h - np.arctanh(h)


# %% wrong: tanh for its inverse
def count_stable(w_h, b):
    h = np.linspace(-1, 1, 20_000)
    above = np.tanh(w_h * h + b) > h
    return int(np.sum(above[:-1] & ~above[1:]))


def limit(w_h):
    h = np.sqrt(1 - 1 / w_h)
    return w_h * h - np.tanh(h)


# %% wrong: the place for the bias
def count_stable(w_h, b):
    h = np.linspace(-1, 1, 20_000)
    above = np.tanh(w_h * h + b) > h
    return int(np.sum(above[:-1] & ~above[1:]))


def limit(w_h):
    return np.sqrt(1 - 1 / w_h)


# %% wrong: positive biases only
def count_stable(w_h, b):
    h = np.sqrt(max(0, 1 - 1 / w_h))
    return 2 if b < w_h * h - np.arctanh(h) else 1


def limit(w_h):
    h = np.sqrt(1 - 1 / w_h)
    return w_h * h - np.arctanh(h)


# %% wrong: two whenever the weight is above one
def count_stable(w_h, b):
    return 2 if w_h > 1 and abs(b) < w_h - 1 else 1


def limit(w_h):
    return w_h - 1
