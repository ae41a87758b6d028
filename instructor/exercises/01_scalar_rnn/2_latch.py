# ---
# number: "1.2"
# title: A latch that obeys
# minutes: 15
# required: true
# points: 3
# kind: number
# ---

# %% [markdown] task
# Find $w_x$, $w_h$ and $b$ so that a pulse of $+1$ sets the state above $0.9$ and a pulse of $-1$ sets it below $-0.9$ from any
# earlier state, and without input the state keeps its sign and a size above $0.5$ for 50 steps. Test all four cases.

# %% [markdown] hint
# The hardest case is a state near $+1$ that meets a pulse of $-1$. Compare what $w_x$ and what $w_h$ contribute to
# the sum there.

# %% stub
w_x = ...
w_h = ...
b = ...

# %% self-check
assert ... not in (w_x, w_h, b), "all three weights have a value"
silence = np.zeros(50)
for start in (-0.9, 0.9):
    assert start * run(silence, w_x, w_h, b, h=start)[-1] > 0, "the sign is kept without input"
    for pulse in (-1, 1):
        new = run([pulse], w_x, w_h, b, h=start)[-1]
        assert pulse * new > 0, "a pulse decides the sign, whatever the state was before"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-1.2
# w_h = 2 holds near 0.96 or -0.96. The pulse must win against w_h times the state: 4 - 2 = 2, and tanh(2) = 0.964.
w_x = 4.0
w_h = 2.0
b = 0.0


# %% hidden tests
# GBG-CANARY-1.2
def follow(weights, x, h):
    w_x, w_h, b = (float(w) for w in weights)
    states = []
    for x_t in x:
        h = np.tanh(w_h * h + w_x * x_t + b)
        states.append(h)
    return np.array(states)


def test_set(answer, rng):
    """A pulse sets the state beyond 0.9 in its own direction, from any state before."""
    weights = answer("[w_x, w_h, b]")
    before = np.append(rng.uniform(-1, 1, 20), [-0.99, 0.99])
    for pulse in (-1, 1):
        expect(np.all(pulse * follow(weights, [pulse], before) > 0.9), "set")


def test_hold(answer, rng):
    """Without input the state keeps its sign and its size: it moves to a fixed point, not to zero."""
    weights = answer("[w_x, w_h, b]")
    before = rng.uniform(0.9, 1, 20) * rng.choice([-1, 1], 20)
    expect(np.all(np.sign(before) * follow(weights, np.zeros(50), before) > 0.5), "hold")


def test_both(answer, rng):
    """Pulses in any order, with pauses between: at each pause the state has the last pulse's sign."""
    weights = answer("[w_x, w_h, b]")
    pulses = rng.choice([-1.0, 1.0], 12)
    x = np.zeros((12, rng.integers(10, 40)))
    x[:, 0] = pulses
    ends = follow(weights, x.ravel(), 0.0).reshape(x.shape)[:, -1]
    expect(np.all(pulses * ends > 0.5), "both")


# %% honest: larger weights
w_x, w_h, b = 9, 4, 0

# %% honest: smallest weights that suffice
w_x = 1.5 + np.arctanh(0.9) + 0.01
w_h = 1.5
b = 0.0

# %% honest: a small bias, float32
w_x, w_h, b = np.float32(5), np.float32(2.5), np.float32(0.1)

# %% wrong: the latch of the chapter
w_x, w_h, b = 1.0, 2.0, 0.0

# %% wrong: turns over, but not far enough
w_x, w_h, b = 2.5, 2.0, 0.0

# %% wrong: memory fades
w_x, w_h, b = 4.0, 0.9, 0.0

# %% wrong: no memory at all
w_x, w_h, b = 3.0, 0.0, 0.0

# %% wrong: a bias for one direction
w_x, w_h, b = 4.0, 2.0, 1.0

# %% wrong: negative recurrent weight
w_x, w_h, b = 4.0, -2.0, 0.0

# %% wrong: a weight of one
w_x, w_h, b = 3.0, 1.0, 0.0
