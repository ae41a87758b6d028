# ---
# number: "6.3"
# title: Large for five steps
# minutes: 15
# required: true
# points: 2
# kind: number
# ---

# %% [markdown] task
# Make a $2 \times 2$ matrix with spectral radius 0.5 whose fifth power has a norm above 10. Assert both. (The norm is the
# largest singular value, `np.linalg.norm(..., 2)`.)

# %% [markdown] hint
# The chapter has a formula for the power $k$ of a matrix with equal numbers on its diagonal and a zero below it. Only the
# corner is yours to choose.

# %% stub
# A nested list or an array, such as [[1.0, 2.0], [3.0, 4.0]].
matrix = ...

# %% self-check
assert matrix is not ..., "the matrix has a value"
assert np.shape(matrix) == (2, 2), "two rows and two columns"
assert not np.allclose(matrix, np.diag(np.diag(matrix))), "a diagonal matrix cannot grow first"
assert np.linalg.norm(matrix, 2) > 1, "without growth in one step there is none in five"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-6.3
# The corner of the fifth power is 5 * 0.5**4 * c = 0.3125 c, so c must be above 32.
matrix = [[0.5, 40.0], [0.0, 0.5]]


# %% hidden tests
# GBG-CANARY-6.3
def given(answer):
    W = np.asarray(answer("matrix"), float)
    expect(W.shape == (2, 2) and np.all(np.isfinite(W)), "a matrix of two rows and two columns")
    return W


def test_long_run(answer, rng):
    """The spectral radius is 0.5: the largest absolute eigenvalue."""
    W = given(answer)
    half = (W[0, 0] + W[1, 1]) / 2  # the eigenvalues are half + root and half - root
    root = np.emath.sqrt(half**2 - np.linalg.det(W))
    close(max(abs(half + root), abs(half - root)), 0.5, rtol=0, atol=2e-3)


def test_short_run(answer, rng):
    """The norm of the fifth power, a product of five matrices, is above 10."""
    W = given(answer)
    fifth = W @ W @ W @ W @ W
    expect(np.sqrt(np.linalg.eigvalsh(fifth.T @ fifth)[-1]) > 10, "norm")


# %% honest: corner below
matrix = np.array([[0.5, 0], [100, 0.5]])

# %% honest: complex eigenvalues
matrix = np.array([[0.0, 1000.0], [-0.00025, 0.0]])

# %% honest: two different eigenvalues, turned
c, s = np.cos(0.3), np.sin(0.3)
turn = np.array([[c, -s], [s, c]])
matrix = turn @ np.array([[0.5, 300.0], [0.0, -0.2]]) @ turn.T

# %% honest: float32
matrix = np.float32(0.5) * np.array([[1, 500], [0, 1]], np.float32)

# %% wrong: corner too small
matrix = [[0.5, 30.0], [0.0, 0.5]]

# %% wrong: norm of the matrix itself
matrix = [[0.5, 11.0], [0.0, 0.5]]

# %% wrong: entries to the power five
matrix = [[0.5, 2.0], [0.0, 0.5]]

# %% wrong: the norm of five times the matrix
matrix = [[0.5, 3.0], [0.0, 0.5]]

# %% wrong: norm 0.5, so it shrinks at once
matrix = [[0.3, 0.4], [-0.4, 0.3]]

# %% wrong: radius above one
matrix = [[2.0, 1.0], [0.0, 2.0]]

# %% wrong: full matrix with 0.5 on the diagonal
matrix = [[0.5, 40.0], [1.0, 0.5]]

# %% wrong: sum of the eigenvalues
matrix = [[0.25, 400.0], [0.0, 0.25]]
