# ---
# number: "1.5"
# title: A pulse that is always followed
# minutes: 20
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# Repeat the experiment with second pulses of $\pm 2$ and $\pm 3$. How large must a pulse be to be
# followed always? Explain it with the fixed point.

# %% [markdown] hint
# At the fixed point the sum is $w_h h^*$ without input. The new state has the sign of this sum plus the pulse.

# %% stub
def follow_share(size, w_h, n, rng):
    """The share of n sequences in which the last state has the sign of the second pulse.

    As in the experiment: a pulse of 1 or -1, 50 steps of noise (standard deviation 0.3), a second
    pulse of size or -size with a sign of its own; w_x = 1, b = 0.
    """
    ...


def turning_pulse(w_h):
    """The size above which one pulse turns over a latch (w_h > 1) at its fixed point."""
    ...


# %% self-check
assert follow_share(1.0, 2.0, 500, rng) is not None, "both functions return a number"
assert follow_share(1.0, 0.75, 500, rng) > 0.9, "where memory fades every pulse is followed"
assert 0.3 < follow_share(0.01, 2.0, 500, rng) < 0.7, "a pulse too weak is followed by chance only"
assert follow_share(9.0, 2.0, 500, rng) == 1, "a very strong pulse always wins"
assert 1 < turning_pulse(2.0) < 9, "the pulse must win against what the old state contributes"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-1.5
def follow_share(size, w_h, n, rng):
    x = 0.3 * rng.standard_normal((52, n))
    x[0], x[-1] = rng.choice([-1, 1], n), size * rng.choice([-1, 1], n)
    return np.mean(np.sign(run(x, 1.0, w_h)[-1]) == np.sign(x[-1]))


def turning_pulse(w_h):
    return w_h * run(np.zeros(2000), 1.0, w_h, h=1.0)[-1]


# %% hidden tests
# GBG-CANARY-1.5
def share(answer, rng, size, w_h, n=2000):
    question = "follow_share(size, w_h, n, np.random.default_rng(seed))"
    return answer(question, size=size, w_h=w_h, n=n, seed=int(rng.integers(10**6)))


def reference(rng, size, w_h, n=10_000):
    """Each state is either against the second pulse or with it; by symmetry the pulse may be positive."""
    h = np.tanh(rng.choice([-1.0, 1.0], n))
    for _ in range(50):
        h = np.tanh(w_h * h + rng.normal(0, 0.3, n))
    return np.mean(w_h * h + size > 0)


def test_share(answer, rng):
    """The share of followed pulses, for a size and a weight between never and always."""
    for w_h, middle in ((1.2, 0.8), (1.5, 1.2), (2.0, 1.0)):
        size = middle + rng.uniform(-0.05, 0.05)
        close(share(answer, rng, size, w_h), reference(rng, size, w_h), rtol=0, atol=0.06)


def test_always(answer, rng):
    """No state is larger than 1, so some size is followed always; without noise it is less."""
    w_h = rng.uniform(1.5, 2.5)
    expect(share(answer, rng, w_h + 0.01, w_h) == 1, "always")
    expect(share(answer, rng, 0.7, 2.5) < 0.7, "the old state must be a latch against weak pulses")


def test_turning(answer, rng):
    """The pulse against the share of the old state, at the fixed point."""
    w_h = rng.uniform(1.3, 3)
    low, high = 0.01, 1.0  # tanh(w_h h) is above h below the fixed point
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.tanh(w_h * middle) > middle else (low, middle)
    close(answer("turning_pulse(w_h)", w_h=w_h), w_h * low, rtol=1e-3)


# %% [markdown] rubric
# - (1) The shares for pulses of 2 and 3 are given for several $w_h$: all are 1 up to $w_h = 2$.
# - (1) The explanation compares the pulse with $w_h h^*$, here $2 \cdot 0.9575 = 1.915$, and says why noise does not raise the safe size
#   above $w_h = 2$: no state is larger than 1.


# %% honest: loop over sequences
def follow_share(size, w_h, n, rng):
    right = 0
    for _ in range(n):
        second = size * rng.choice([-1, 1])
        h = np.tanh(float(rng.choice([-1, 1])))
        for e in 0.3 * rng.standard_normal(50):
            h = np.tanh(e + w_h * h)
        right += (np.tanh(second + w_h * h) > 0) == (second > 0)
    return right / n


def turning_pulse(w_h):
    h = 1.0
    while abs(h - np.tanh(w_h * h)) > 1e-12:
        h = np.tanh(w_h * h)
    return w_h * h


# %% honest: a grid, float32
def follow_share(size, w_h, n, rng):
    x = np.concatenate([np.zeros((1, n)), rng.normal(0, 0.3, (50, n)), np.zeros((1, n))])
    x[[0, -1]] = np.array([[1.0], [size]]) * rng.choice([-1, 1], (2, n))
    h = run(x.astype(np.float32), np.float32(1), np.float32(w_h), np.float32(0), np.float32(0))
    return (h[-1] * x[-1] > 0).mean()


def turning_pulse(w_h):
    h = np.linspace(0.001, 1, 1_000_000)
    return np.float32(w_h * h[np.argmin(np.abs(np.tanh(w_h * h) - h))])


# %% honest: Newton, other names
def follow_share(strength, weight, count, generator):
    first, second = 2 * generator.integers(0, 2, (2, count)) - 1
    state = np.tanh(first)
    for _ in range(50):
        state = np.tanh(weight * state + generator.normal(scale=0.3, size=count))
    return 1 - np.mean(np.sign(weight * state + strength * second) != second)


def turning_pulse(weight):
    h = 1.0
    for _ in range(50):
        value = np.tanh(weight * h)
        h -= (value - h) / (weight * (1 - value**2) - 1)
    return weight * h


# %% wrong: sign of the first pulse
def follow_share(size, w_h, n, rng):
    x = 0.3 * rng.standard_normal((52, n))
    x[0], x[-1] = rng.choice([-1, 1], n), size * rng.choice([-1, 1], n)
    return np.mean(np.sign(run(x, 1.0, w_h)[-1]) == np.sign(x[0]))


def turning_pulse(w_h):
    return w_h * run(np.zeros(2000), 1.0, w_h, h=1.0)[-1]


# %% wrong: read before the second pulse
def follow_share(size, w_h, n, rng):
    x = 0.3 * rng.standard_normal((52, n))
    x[0], x[-1] = rng.choice([-1, 1], n), size * rng.choice([-1, 1], n)
    return np.mean(np.sign(run(x, 1.0, w_h)[-2]) == np.sign(x[-1]))


def turning_pulse(w_h):
    return w_h * run(np.zeros(2000), 1.0, w_h, h=1.0)[-1]


# %% wrong: both pulses have one sign
def follow_share(size, w_h, n, rng):
    x = 0.3 * rng.standard_normal((52, n))
    sign = rng.choice([-1, 1], n)
    x[0], x[-1] = sign, size * sign
    return np.mean(np.sign(run(x, 1.0, w_h)[-1]) == sign)


def turning_pulse(w_h):
    return w_h * run(np.zeros(2000), 1.0, w_h, h=1.0)[-1]


# %% wrong: zeros between the pulses
def follow_share(size, w_h, n, rng):
    x = np.zeros((52, n))
    x[0], x[-1] = rng.choice([-1, 1], n), size * rng.choice([-1, 1], n)
    return np.mean(np.sign(run(x, 1.0, w_h)[-1]) == np.sign(x[-1]))


def turning_pulse(w_h):
    return w_h * run(np.zeros(2000), 1.0, w_h, h=1.0)[-1]


# %% wrong: the fixed point itself
def follow_share(size, w_h, n, rng):
    x = 0.3 * rng.standard_normal((52, n))
    x[0], x[-1] = rng.choice([-1, 1], n), size * rng.choice([-1, 1], n)
    return np.mean(np.sign(run(x, 1.0, w_h)[-1]) == np.sign(x[-1]))


def turning_pulse(w_h):
    return run(np.zeros(2000), 1.0, w_h, h=1.0)[-1]


# %% wrong: the pulse meets the state without its weight
def follow_share(size, w_h, n, rng):
    x = 0.3 * rng.standard_normal((52, n))
    x[0], x[-1] = rng.choice([-1, 1], n), size * rng.choice([-1, 1], n)
    return np.mean(np.sign(run(x, 1.0, w_h)[-1]) == np.sign(x[-1]))


def turning_pulse(w_h):
    h = run(np.zeros(2000), 1.0, w_h, h=1.0)[-1]
    return 2 * h
