# ---
# number: "7.4"
# title: Show it only when asked
# minutes: 30
# required: false
# points: 4
# kind: number
# ---

# %% [markdown] task
# Give the hand-set unit a fourth input, **read**: it shall show its content only when read is 1,
# and lose nothing while it is hidden.

# %% [markdown] hint
# Start from the table of the chapter. One gate decides what is shown. It needs a bias that closes it and a weight that opens it
# all the way.

# %% given
# The unit of the chapter. Rows: value, write, erase. Columns: i, f, g, o.
W_three = np.array([[0.0, 0, 3, 0], [20, -20, 0, 0], [0, -20, 0, 0]])
b_three = np.array([-10.0, 10, 0, 10])

# %% stub
# (4, 4): a row for each of value, write, erase, read; columns i f g o. And (4,). W_h is zero.
W_latch = ...
b_latch = ...

# %% self-check
assert W_latch is not ..., "the weights have a value"
assert b_latch is not ..., "the biases have a value"
assert np.shape(W_latch) == (4, 4), "four inputs, four gates"
assert np.shape(b_latch) == (4,), "one bias for each gate"
x = np.zeros((30, 4))
x[0], x[20] = [1, 1, 0, 0], [0, 0, 0, 1]
shown = trace(x, np.asarray(W_latch, float), np.zeros((1, 4)), np.asarray(b_latch, float))[:, 5, 0]
assert np.abs(np.delete(shown, 20)).max() < 0.05, "without read nothing is shown"
assert shown[20] > 0.6, "with read the content is shown, long after the write"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-7.4
W_latch = np.vstack([W_three, [0, 0, 0, 20]])
b_latch = b_three - [0, 0, 0, 20]


# %% hidden tests
# GBG-CANARY-7.4
def shown(answer, rng, commands):
    """h at each step: noise as values, and commands {step: (value, write, erase, read)}."""
    W, b = (np.asarray(answer(name), float) for name in ("W_latch", "b_latch"))
    x = np.zeros((max(commands) + 1, 4))
    x[:, 0] = rng.standard_normal(len(x))
    for step, command in commands.items():
        x[step] = command
    c, outputs = 0.0, []
    for i, f, g, o in x @ W + b:
        i, f, o = (1 / (1 + np.exp(-np.clip(a, -500, 500))) for a in (i, f, o))
        c = f * c + i * np.tanh(g)
        outputs.append(o * np.tanh(c))
    return np.array(outputs)


def test_hidden(answer, rng):
    """Without read nothing is shown, at the write neither."""
    h = shown(
        answer, rng, {0: (rng.choice([-1, 1]), 1, 0, 0), int(rng.integers(40, 90)): (0, 0, 0, 0)}
    )
    expect(np.abs(h).max() < 0.02, "hidden")


def test_shown(answer, rng):
    """With read the bit is shown with its sign and nearly its size, and noise is not written."""
    for bit in (-1, 1):
        step = int(rng.integers(5, 20))
        h = shown(answer, rng, {0: (bit, 1, 0, 0), step: (rng.normal(), 0, 0, 1)})
        expect(bit * h[-1] > 0.7, "shown")


def test_kept(answer, rng):
    """Hidden for long, and read many times: nothing is lost."""
    bit, later = rng.choice([-1, 1]), int(rng.integers(100, 150))
    reads = {step: (rng.normal(), 0, 0, 1) for step in (2, 3, 4, 5, later)}
    h = shown(answer, rng, {0: (bit, 1, 0, 0), **reads})
    expect(bit * h[later] > 0.7 and abs(h[later] - h[2]) < 0.03, "kept")


def test_erase_and_write(answer, rng):
    """Erase still erases and write still replaces, read or hidden."""
    bit = rng.choice([-1, 1])
    commands = {0: (bit, 1, 0, 0), 9: (0.5, 0, 1, 0), 12: (-bit, 0, 0, 1), 14: (-bit, 1, 0, 1)}
    h = shown(answer, rng, commands | {30: (bit, 0, 0, 1)})
    expect(abs(h[12]) < 0.05 and bit * h[14] < -0.7 and bit * h[30] < -0.7, "erase and write")


# %% honest: larger numbers
W_latch = np.array([[0, 0, 5, 0], [40, -40, 0, 0], [0, -40, 0, 0], [0, 0, 0, 60]])
b_latch = np.array([-20, 20, 0, -30])

# %% honest: nested lists
W_latch = [[0, 0, 3, 0], [16, -20, 0, 0], [0, -20, 0, 0], [0, 0, 0, 14]]
b_latch = [-8, 10, 0, -7]

# %% honest: loop, float32
gates = {"i": (-11, {1: 22}), "f": (9, {1: -18, 2: -19}), "g": (0, {0: 2.5}), "o": (-9, {3: 17})}
W_latch, b_latch = np.zeros((4, 4), np.float32), np.zeros(4, np.float32)
for column, (bias, weights) in enumerate(gates.values()):
    b_latch[column] = bias
    for row, weight in weights.items():
        W_latch[row, column] = weight

# %% wrong: always shown
W_latch = np.vstack([W_three, [0, 0, 0, 20]])
b_latch = b_three

# %% wrong: half shown
W_latch = np.vstack([W_three, [0, 0, 0, 10]])
b_latch = b_three - [0, 0, 0, 20]

# %% wrong: read empties the cell
W_latch = np.vstack([W_three, [0, -20, 0, 20]])
b_latch = b_three - [0, 0, 0, 20]

# %% wrong: read opens the input gate as well
W_latch = np.vstack([W_three, [20, 0, 0, 20]])
b_latch = b_three - [0, 0, 0, 20]

# %% wrong: half hidden
W_latch = np.vstack([W_three, [0, 0, 0, 20]])
b_latch = b_three - [0, 0, 0, 10]

# %% wrong: hidden by forgetting
W_latch = np.vstack([W_three, [0, 20, 0, 0]])
b_latch = b_three - [0, 20, 0, 0]

# %% wrong: rows for columns
W_latch = np.column_stack([W_three.T, [0, 0, 0, 20]])
b_latch = b_three - [0, 0, 0, 20]

# %% wrong: a forget bias of 3
W_latch = np.vstack([W_three, [0, 0, 0, 20]])
b_latch = b_three - [0, 7, 0, 20]
