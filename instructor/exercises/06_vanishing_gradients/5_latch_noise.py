# ---
# number: "6.5"
# title: How much noise a latch stands
# minutes: 40
# required: false
# points: 6
# kind: code
# ---

# %% [markdown] task
# How much noise does the latch with $w_h = 2$ stand? Draw the share of kept signs against $s$, and explain
# where it breaks with the fixed points.

# %% [markdown] hint
# Keep all sequences in one array, as in the chapter, and loop over the steps. Where is the border between both sides, and how far
# from it does the latch stand?

# %% stub
def kept_share(w_h, s, n, T, rng):
    """The share of n sequences whose state after T steps has the sign of the first input.

    The first input is 1 or -1, the T - 1 others are normal noise with standard deviation s; the
    state starts at 0, with w_x = 1 and b = 0.
    """
    ...


# %% self-check
assert kept_share(2.0, 0.0, 100, 20, rng) == 1, "without noise the latch holds every sign"
assert 0.3 < kept_share(0.5, 1.0, 500, 30, rng) < 0.7, "a fading memory ends at chance"
assert 0.3 < kept_share(2.0, 50.0, 500, 20, rng) < 0.7, "in very large noise nothing is left"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-6.5
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h = np.tanh(bit)
    for _ in range(T - 1):
        h = np.tanh(w_h * h + s * rng.standard_normal(n))
    return np.mean(np.sign(h) == bit)


# %% hidden tests
# GBG-CANARY-6.5
def share(answer, rng, w_h, s, T, n=2000):
    question = "kept_share(w_h, s, n, T, np.random.default_rng(seed))"
    return answer(question, w_h=w_h, s=s, n=n, T=T, seed=int(rng.integers(10**6)))


def reference(w_h, s, T):
    """The distribution of the state instead of samples: on a grid of pre-activations, first input 1."""
    grid = np.linspace(-w_h - 5 * s, w_h + 5 * s, 401)
    step = np.exp(-(((grid - w_h * np.tanh(grid)[:, None]) / s) ** 2) / 2)
    step /= step.sum(axis=1, keepdims=True)
    p = np.interp(grid, [1 - grid[1] + grid[0], 1, 1 + grid[1] - grid[0]], [0, 1, 0])
    for _ in range(T - 1):
        p = p / p.sum() @ step
    return p[grid > 0].sum() + p[200] / 2


def test_quiet(answer, rng):
    """A latch with little noise keeps every sign."""
    T = int(rng.integers(30, 80))
    for s in (0.0, 0.1, 0.3):
        close(share(answer, rng, 2.0, s, T), 1, rtol=0, atol=0.01)


def test_breaks(answer, rng):
    """With more noise the latch breaks: the share falls with s and with the number of steps."""
    for s, T in ((0.6, 100), (0.8, 30), (1.0, 12)):
        s, T = s * rng.uniform(0.95, 1.05), T + int(rng.integers(3))
        close(share(answer, rng, 2.0, s, T), reference(2.0, s, T), rtol=0, atol=0.06)


def test_weights(answer, rng):
    """Another weight, another latch; below 1 there is none."""
    for w_h, s, T in ((1.5, 0.3, 100), (1.3, 0.3, 20), (0.9, 0.3, 6)):
        w_h *= rng.uniform(0.98, 1.02)
        close(share(answer, rng, w_h, s, T), reference(w_h, s, T), rtol=0, atol=0.06)


# %% [markdown] rubric
# - (1) The figure shows the share against $s$, from 1 to about one half, with axes and the number of steps.
# - (2) The explanation: the border is the unstable fixed point 0, the latch stands at $h^* = 0.9575$. One push against it turns it
#   over if it is larger than $w_h h^* = 1.915$; several smaller ones in a row do it too, a lasting one from about 0.53 on. So the share falls where such pushes
#   become likely within the number of steps.


# %% honest: loop over sequences
def kept_share(w_h, s, n, T, rng):
    kept = 0
    for _ in range(n):
        bit = 1 if rng.random() < 0.5 else -1
        noise = s * rng.standard_normal(T - 1)
        h = np.tanh(bit)
        for e in noise.tolist():
            h = np.tanh(w_h * h + e)
        kept += h * bit > 0
    return kept / n


# %% honest: all inputs drawn at once, float32
def kept_share(w_h, s, n, T, rng):
    x = (s * rng.standard_normal((T, n))).astype(np.float32)
    x[0] = rng.choice([-1, 1], n)
    states = np.zeros(n, np.float32)
    for x_t in x:
        states = np.tanh(x_t + np.float32(w_h) * states)
    return np.count_nonzero(np.sign(states) == x[0]) / n


# %% honest: by symmetry, other names
def kept_share(weight, size, count, steps, generator):
    a = np.ones(count)
    for _ in range(1, steps):
        a = generator.normal(weight * np.tanh(a), size)
    return np.float32((a > 0).mean())


# %% wrong: any change of the sign counts
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h, kept = np.tanh(bit), np.ones(n, bool)
    for _ in range(T - 1):
        h = np.tanh(w_h * h + s * rng.standard_normal(n))
        kept &= np.sign(h) == bit
    return np.mean(kept)


# %% wrong: noise outside of tanh
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h = np.tanh(bit)
    for _ in range(T - 1):
        h = np.tanh(w_h * h) + s * rng.standard_normal(n)
    return np.mean(np.sign(h) == bit)


# %% wrong: s is the variance
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h = np.tanh(bit)
    for _ in range(T - 1):
        h = np.tanh(w_h * h + np.sqrt(s) * rng.standard_normal(n))
    return np.mean(np.sign(h) == bit)


# %% wrong: uniform noise
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h = np.tanh(bit)
    for _ in range(T - 1):
        h = np.tanh(w_h * h + rng.uniform(-s, s, n))
    return np.mean(np.sign(h) == bit)


# %% wrong: share that is lost
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h = np.tanh(bit)
    for _ in range(T - 1):
        h = np.tanh(w_h * h + s * rng.standard_normal(n))
    return np.mean(np.sign(h) != bit)


# %% wrong: one noise for all steps
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h, noise = np.tanh(bit), s * rng.standard_normal(n)
    for _ in range(T - 1):
        h = np.tanh(w_h * h + noise)
    return np.mean(np.sign(h) == bit)


# %% wrong: always the weight 2
def kept_share(w_h, s, n, T, rng):
    bit = rng.choice([-1.0, 1.0], n)
    h = np.tanh(bit)
    for _ in range(T - 1):
        h = np.tanh(2 * h + s * rng.standard_normal(n))
    return np.mean(np.sign(h) == bit)
