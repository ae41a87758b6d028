# ---
# number: "2.1"
# title: Two units, one more step
# minutes: 10
# required: true
# points: 3
# kind: number
# ---

# %% [markdown] task
# Continue the two units of this chapter by hand for $x_2 = 0$. Which entry of $W_h$ must become zero so that the units do
# not influence each other?

# %% [markdown] hint
# $h_1 = (0.4219, 0.3364)$. Column $j$ of $W_h$ holds what flows into unit $j$, and both units read the old states.

# %% stub
# Two numbers with at least four digits, such as [0.4219, 0.3364].
h_2 = ...
# The place (row, column) in W_h, counted from 0 as NumPy does.
entry = ...

# %% self-check
assert h_2 is not ..., "the new state has a value"
assert entry is not ..., "the entry has a value"
assert np.shape(h_2) == (2,), "the new state has one number for each unit"
assert np.all(np.abs(h_2) < 0.4), "without input tanh and these weights make the state smaller"
assert len(entry) == 2, "an entry has a row and a column"
assert entry[0] != entry[1], "on the diagonal stands what a unit passes to itself"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-2.1
# unit 1: tanh(0.5 * 0.4219 + 0 * 0.3364) = tanh(0.2110)
# unit 2: tanh(1 * 0.4219 - 0.5 * 0.3364) = tanh(0.2537)
h_2 = [0.2079, 0.2484]
entry = (0, 1)  # from unit 1 into unit 2; the way back is zero already


# %% hidden tests
# GBG-CANARY-2.1
def states(answer):
    return np.asarray(answer("list(h_2)"), float)


def test_unit_1(answer, rng):
    """Unit 1 reads column 1 of W_h: its own old state only."""
    old = np.tanh(0.5 * 0.5 + 0.2)
    close(states(answer)[0], np.tanh(0.5 * old), rtol=0, atol=3e-4)


def test_unit_2(answer, rng):
    """Unit 2 reads column 2 of W_h: both old states, as they were before the step."""
    first, second = np.tanh(0.5 * 0.5 + 0.2), np.tanh(0.5 + 0.05 - 0.2)
    close(states(answer)[1], np.tanh(first - 0.5 * second), rtol=0, atol=3e-4)


def test_entry(answer, rng):
    """The row is where a state comes from, the column is where it goes."""
    W_h = np.array([[0.5, 1.0], [0.0, -0.5]])
    row, column = (int(k) for k in answer("list(entry)"))
    expect({row, column} == {0, 1}, "beside the diagonal, counted from 0")
    W_h[row, column] = 0
    expect(np.array_equal(W_h, np.diag([0.5, -0.5])), "only the diagonal is left")


# %% honest: product of row and matrix
W = np.array([[0.5, 1.0], [0.0, -0.5]])
h_2 = np.tanh(np.tanh(np.array([0.45, 0.35])) @ W)
entry = [0, 1]

# %% honest: the chapter's run
h_2 = run(
    np.array([[[0.2], [0.0]]]),
    np.array([[1.0, -1.0]]),
    np.array([[0.5, 1.0], [0.0, -0.5]]),
    np.zeros(2),
    np.array([[0.5, -0.1]]),
)[0, 1]
entry = np.array([0, 1])

# %% honest: loop, float32
W, old, h_2 = [[0.5, 1], [0, -0.5]], [np.tanh(np.float32(a)) for a in (0.45, 0.35)], []
for j in range(2):
    h_2.append(np.tanh(sum(np.float32(W[i][j]) * old[i] for i in range(2))))
entry = 0, 1

# %% wrong: columns on the left
h_2 = np.tanh(np.array([[0.5, 1.0], [0.0, -0.5]]) @ np.array([0.4219, 0.3364]))
entry = (0, 1)

# %% wrong: the first input again
h_2 = np.tanh(np.array([0.2 + 0.5 * 0.4219, -0.2 + 0.4219 - 0.5 * 0.3364]))
entry = (0, 1)

# %% wrong: unit 2 reads the new unit 1
first = np.tanh(0.5 * 0.4219)
h_2 = [first, np.tanh(first - 0.5 * 0.3364)]
entry = (0, 1)

# %% wrong: tanh left out
h_2 = [0.5 * 0.4219, 0.4219 - 0.5 * 0.3364]
entry = (0, 1)

# %% wrong: row and column exchanged
h_2 = [0.2079, 0.2484]
entry = (1, 0)

# %% wrong: counted from one
h_2 = [0.2079, 0.2484]
entry = (1, 2)

# %% wrong: starts from the first state
h_2 = np.tanh(np.array([0.5, -0.1]) @ np.array([[0.5, 1.0], [0.0, -0.5]]))
entry = (0, 1)
