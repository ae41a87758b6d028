# ---
# number: "7.5"
# title: A counter
# minutes: 45
# required: false
# points: 6
# kind: number
# ---

# %% [markdown] task
# Set weights by hand for a counter: one unit that adds 0.1 whenever its input is 1, and keeps its cell when the input is 0. Up
# to which count can you read the number from $h$, and what limits it?

# %% [markdown] hint
# Adding needs an open forget gate *and* an open input gate at the same step. What must $i \odot g$ be for an input of 1, and what for
# an input of 0?

# %% stub
# (1, 4), columns i f g o, and (4,). W_h is zero.
W_counter = ...
b_counter = ...

# %% self-check
assert W_counter is not ..., "the weights have a value"
assert b_counter is not ..., "the biases have a value"
assert np.shape(W_counter) == (1, 4), "one input, four gates"
assert np.shape(b_counter) == (4,), "one bias for each gate"
weights = np.asarray(W_counter, float), np.zeros((1, 4)), np.asarray(b_counter, float)
cells = trace(np.ones((6, 1)), *weights)[:, 4, 0]
assert np.all(np.diff(cells) > 0.05), "each 1 adds to what is there, and replaces nothing"
cells = trace(np.array([[1.0], [0.0], [0.0], [0.0]]), *weights)[:, 4, 0]
assert np.ptp(cells) < 0.01, "a 0 adds nothing and takes nothing away"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-7.5
# g is always 0.1, since artanh(0.1) = 0.1003. The input opens the input gate.
W_counter = np.array([[20.0, 0.0, 0.0, 0.0]])
b_counter = np.array([-10.0, 10.0, 0.1003, 10.0])


# %% hidden tests
# GBG-CANARY-7.5
def count(answer, x):
    """Cell and output after each step of the inputs x."""
    W, b = (np.asarray(answer(name), float) for name in ("W_counter[0]", "b_counter"))
    c, cells, outputs = 0.0, [], []
    for x_t in x:
        i, f, o = (0.5 + 0.5 * np.tanh((W[k] * x_t + b[k]) / 2) for k in (0, 1, 3))
        c = f * c + i * np.tanh(W[2] * x_t + b[2])
        cells.append(c)
        outputs.append(o * np.tanh(c))
    return np.array(cells), np.array(outputs)


def test_add(answer, rng):
    """Each input of 1 adds 0.1 to what is there."""
    cells, _ = count(answer, np.ones(10))
    close(np.diff(cells, prepend=0), np.full(10, 0.1), rtol=0, atol=0.006)


def test_any_order(answer, rng):
    """Ones and zeros in any order: the cell holds a tenth of the count."""
    x = rng.integers(0, 2, int(rng.integers(20, 30)))
    cells, _ = count(answer, x)
    close(cells, 0.1 * np.cumsum(x), rtol=0, atol=0.04)


def test_hold(answer, rng):
    """A long pause takes nothing away and adds nothing."""
    n = int(rng.integers(5, 12))
    cells, _ = count(answer, np.repeat([1, 0], [n, 100]))
    close(cells[-1], 0.1 * n, rtol=0, atol=0.03)


def test_read(answer, rng):
    """The output shows the count: it grows with each 1, by less and less."""
    _, h = count(answer, np.ones(12))
    expect(np.all(np.diff(h) > 0.012), "it grows")


# %% [markdown] rubric
# - (1) A count is named, with the precision at which $h$ is read: the steps of $h$ are 0.04 at a count of 10, below 0.01 from about 18 on, 0.001 at 30.
# - (1) The limit is named: $\tanh$ in the output saturates, while the cell itself goes on counting. The forget gate below 1 is a second, smaller loss.


# %% honest: the candidate depends on the input
W_counter = np.array([[0.0, 0.0, 0.1003, 0.0]])
b_counter = np.array([12.0, 12.0, 0.0, 12.0])

# %% honest: half open input gate
W_counter = [[0, 0, np.arctanh(0.2), 0]]
b_counter = [0, 15, 0, 15]

# %% honest: a large candidate, a small gate, float32
gate = np.log(0.1 / 0.9)
W_counter = np.array([[gate + 12, 0, 0, 0]], np.float32)
b_counter = np.array([-12, 11, 9, 8], np.float32)

# %% wrong: adds one
W_counter = np.array([[20.0, 0.0, 0.0, 0.0]])
b_counter = np.array([-10.0, 10.0, 5.0, 10.0])

# %% wrong: replaces
W_counter = np.array([[20.0, -20.0, 0.0, 0.0]])
b_counter = np.array([-10.0, 10.0, 0.1003, 10.0])

# %% wrong: counts the steps
W_counter = np.array([[0.0, 0.0, 0.0, 0.0]])
b_counter = np.array([10.0, 10.0, 0.1003, 10.0])

# %% wrong: forgets in a pause
W_counter = np.array([[20.0, 10.0, 0.0, 0.0]])
b_counter = np.array([-10.0, 0.0, 0.1003, 10.0])

# %% wrong: half open input gate, so it adds 0.05
W_counter = np.array([[10.0, 0.0, 0.0, 0.0]])
b_counter = np.array([-10.0, 10.0, 0.1003, 10.0])

# %% wrong: never shown
W_counter = np.array([[20.0, 0.0, 0.0, 0.0]])
b_counter = np.array([-10.0, 10.0, 0.1003, -10.0])

# %% wrong: a forget bias of 3
W_counter = np.array([[20.0, 0.0, 0.0, 0.0]])
b_counter = np.array([-10.0, 3.0, 0.1003, 10.0])

# %% wrong: an input gate that leaks
W_counter = np.array([[20.0, 0.0, 0.0, 0.0]])
b_counter = np.array([-4.0, 10.0, 0.1003, 10.0])
