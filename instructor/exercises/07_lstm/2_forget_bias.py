# ---
# number: "7.2"
# title: A bias for a thousand steps
# minutes: 15
# required: true
# points: 3
# kind: code
# ---

# %% [markdown] task
# Which bias $b_f$ keeps 0.95 of the cell for 1,000 steps? Solve for it, for any share and any number of steps, then confirm it by
# a run of `trace`.

# %% [markdown] hint
# The share is $f^k$ after $k$ steps. Solve for $f$, then solve $f = \sigma(b)$ for $b$.

# %% stub
def forget_bias(share, steps):
    """The bias of a forget gate that keeps this share (0 to 1) over so many steps, no inputs."""
    ...


# %% self-check
bias = forget_bias(0.95, 1000)
assert bias is not None, "forget_bias returns a number"
assert bias > forget_bias(0.95, 100), "a gate that keeps for longer must be further open"
assert bias > forget_bias(0.5, 1000), "a gate that keeps more must be further open"
weights = {"W_x": np.zeros((1, 4)), "W_h": np.zeros((1, 4)), "b": np.array([-99.0, 0.0, 0.0, 0.0])}
weights["b"][1] = forget_bias(0.5, 1)
assert abs(trace(np.zeros((1, 1)), **weights)[0, 1, 0] - 0.5) < 1e-6, (
    "one step: the gate is the share"
)
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-7.2
def forget_bias(share, steps):
    # f**steps = share, and b = log(f / (1 - f)). For 0.95 and 1,000: f = 0.99995, b = 9.878.
    f = share ** (1 / steps)
    return np.log(f / (1 - f))


# %% hidden tests
# GBG-CANARY-7.2
def kept(bias, steps):
    """What is left of a cell of 1, step by step."""
    c = 1.0
    for _ in range(steps):
        c /= 1 + np.exp(-float(bias))
    return c


def test_exercise(answer, rng):
    """A share of 0.95 is left after 1,000 steps, not more and not less."""
    close(kept(answer("forget_bias(share, steps)", share=0.95, steps=1000), 1000), 0.95, rtol=5e-4)


def test_small_shares(answer, rng):
    """Small shares too: the formula is exact, not only for a gate that is nearly open."""
    share, steps = rng.uniform(0.01, 0.4), int(rng.integers(2, 40))
    close(kept(answer("forget_bias(share, steps)", share=share, steps=steps), steps), share, 1e-3)


def test_any(answer, rng):
    """Any share and any number of steps."""
    share, steps = rng.uniform(0.5, 0.99), int(rng.integers(50, 3000))
    close(kept(answer("forget_bias(share, steps)", share=share, steps=steps), steps), share, 1e-3)


# %% honest: with expm1
def forget_bias(share, steps):
    return -np.log(np.expm1(-np.log(share) / steps))


# %% honest: bisection
def forget_bias(share, steps):
    low, high = -40.0, 40.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-middle))) ** steps < share:
            low = middle
        else:
            high = middle
    return low


# %% honest: odds, float32 at the end, other names
def forget_bias(left, count):
    lost = 1 - np.exp(np.log(left) / count)
    odds = (1 - lost) / lost
    return np.float32(np.log(odds))


# %% wrong: an equal part is lost at each step
def forget_bias(share, steps):
    f = 1 - (1 - share) / steps
    return np.log(f / (1 - f))


# %% wrong: the share of one step
def forget_bias(share, steps):
    return np.log(share / (1 - share))


# %% wrong: the gate itself
def forget_bias(share, steps):
    return share ** (1 / steps)


# %% wrong: sign of the bias
def forget_bias(share, steps):
    f = share ** (1 / steps)
    return np.log((1 - f) / f)


# %% wrong: the share does not matter
def forget_bias(share, steps):
    return np.log(steps)


# %% wrong: tanh in place of the sigmoid
def forget_bias(share, steps):
    return np.arctanh(share ** (1 / steps))


# %% wrong: one step too many
def forget_bias(share, steps):
    f = share ** (1 / (steps + 1))
    return np.log(f / (1 - f))
