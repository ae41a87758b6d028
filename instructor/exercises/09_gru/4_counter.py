# ---
# number: "9.4"
# title: A cell that counts
# minutes: 20
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# Set the gates of an LSTM by hand so that its cell counts the ones in a sequence of zeros and ones. After each of 300 steps the cell shall be within 0.1 of the true number.
# Explain why no single GRU unit can do this without limit.

# %% [markdown] hint
# The cell is $c_t = f c_{t-1} + i g$. Which of the three factors may depend on $x$, and what should the other two be? A gate is never exactly 1: multiply 300 of them.

# %% stub
def counter():
    """Weights of an LSTM with D = H = 1: a dict with W_x (1, 4), W_h (1, 4) and b (4,), as floats.

    The blocks stand in the order i, f, g, o, as in lstm_step. Both states start at zero.
    """
    ...


# %% self-check
weights = counter()
assert isinstance(weights, dict), "the result is a dict with W_x, W_h and b"
shapes = {name: np.shape(weights[name]) for name in weights}
assert shapes == {"W_x": (1, 4), "W_h": (1, 4), "b": (4,)}, "one column for each of the four blocks"
h = c = np.zeros((1, 1))
cells = []
for bit in [1, 0, 1]:
    h, c, gates = lstm_step(np.array([[float(bit)]]), h, c, **weights)
    cells.append(c.item())
assert cells[0] > 0.5, "the first one is not written: are i and g open?"
assert abs(cells[1] - cells[0]) < 0.3, "a zero changes the cell: is it kept, and nothing written?"
assert cells[2] > cells[1] + 0.5, "the second one is not added to what is there"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-9.4
# The gates f and g are always open, and i opens for a one. The new state of a GRU is a mean of h
# and n, with weights z and 1 - z. Since n lies between -1 and 1, h never leaves this range: a unit
# has no place for a third, let alone a hundredth step of size 1. Smaller steps only move the
# limit.
def counter():
    W_x, b = np.array([[40.0, 0, 0, 0]]), np.array([-20.0, 20, 20, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}


# %% hidden tests
# GBG-CANARY-9.4
from rnnlib import lstm_step


def counts(answer, bits):
    weights = {name: np.asarray(value, float) for name, value in answer("counter()").items()}
    state = np.zeros((2, len(bits), 1))
    for t, true_count in enumerate(np.cumsum(bits, axis=1).T):
        state = lstm_step(bits[:, t, None], *state, **weights)[:2]
        close(state[1][:, 0], true_count, rtol=0, atol=0.1)


def test_short(answer, rng):
    """Each one adds 1 to the cell, at once."""
    counts(answer, rng.integers(0, 2, (5, rng.integers(6, 12))).astype(float))


def test_keep(answer, rng):
    """Zeros change nothing, however many there are."""
    bits = np.zeros((3, 300))
    bits[1:, :9] = rng.integers(0, 2, (2, 9))
    counts(answer, bits)


def test_long(answer, rng):
    """The cell loses nothing over 300 steps: a gate has to be very close to 1."""
    counts(answer, (rng.random((4, 300)) < 0.7).astype(float))


# %% [markdown] rubric
# - (1) The new state of a GRU is a mean of $h$ and $n$ with weights $z$ and $1 - z$.
# - (1) The candidate lies between $-1$ and $1$, so the state does, too: there is no room for one more step of the same size.


# %% honest: the candidate decides
def counter():
    weights = {"W_x": np.zeros((1, 4)), "W_h": np.zeros((1, 4)), "b": np.array([30.0, 30, 0, 30])}
    weights["W_x"][0, 2] = 30
    return weights


# %% honest: lists in place of arrays, shown through o
def counter():
    W_x = np.array([[50, 0, 0, 0]], dtype=float)
    b = np.array([-25, 25, 25, 25], dtype=float)
    return dict(b=b, W_h=np.array([[0.0] * 4]), W_x=W_x)


# %% honest: i and g both look
def counter():
    i, f, g, o = (24.0, -12.0), (0.0, 18.0), (20.0, 0.0), (0.0, 0.0)
    columns = np.array([i, f, g, o])
    return {"W_x": columns[:, 0][None], "W_h": np.zeros((1, 4)), "b": columns[:, 1].copy()}


# %% wrong: blocks in the order f, i, g, o
def counter():
    W_x, b = np.array([[0.0, 40, 0, 0]]), np.array([20.0, -20, 20, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}


# %% wrong: counts the steps
def counter():
    W_x, b = np.array([[20.0, 0, 0, 0]]), np.array([20.0, 20, 20, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}


# %% wrong: forget gate not close enough to 1
def counter():
    W_x, b = np.array([[20.0, 0, 0, 0]]), np.array([-10.0, 5, 10, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}


# %% wrong: input gate not closed at zero
def counter():
    W_x, b = np.array([[20.0, 0, 0, 0]]), np.array([0.0, 20, 20, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}


# %% wrong: candidate of weight one
def counter():
    W_x, b = np.array([[0.0, 0, 1, 0]]), np.array([20.0, 20, 0, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}


# %% wrong: forgets at a zero
def counter():
    W_x, b = np.array([[40.0, 40, 0, 0]]), np.array([-20.0, -20, 20, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}


# %% wrong: a GRU's coupling, i is 1 - f
def counter():
    W_x, b = np.array([[40.0, -40, 0, 0]]), np.array([-20.0, 20, 20, 0])
    return {"W_x": W_x, "W_h": np.zeros((1, 4)), "b": b}
