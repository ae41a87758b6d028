# ---
# number: "5.1"
# title: Rows and windows
# minutes: 20
# required: true
# points: 4
# kind: code
# without: [rnnlib.stream_windows]
# ---

# %% [markdown] task
# Write `stream_windows` anew, as `cut_stream`; `reshape` and `swapaxes` are enough. Test that row $i$ of window $m + 1$ continues row $i$ of window $m$, for many
# sizes. What is too short for one more window in every row is left out.

# %% [markdown] hint
# How many windows fit into each row? Keep that many steps for all rows, make the rows first, then cut each row, and bring the axis of
# windows to the front.

# %% stub
def cut_stream(length, n_rows, window):
    """Indices (n_windows, n_rows, window) into a stream of `length` steps."""
    ...


# %% self-check
indices = cut_stream(26, 2, 4)
assert indices is not None, "cut_stream returns an array of indices"
assert np.shape(indices)[1:] == (2, 4), "each window holds one piece of every row"
assert len(np.unique(indices)) == np.size(indices), "no step occurs twice"
assert np.array_equal(indices[0, 0], range(4)), "the first row begins with the stream"
follows = indices[1:, :, 0] == indices[:-1, :, -1] + 1
assert np.all(follows), "row i of each window continues row i of the window before"
assert np.size(cut_stream(1000, 1, 10)) == 1000, "nothing is left out when all fits"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-5.1
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    rows = np.arange(n_rows * n_windows * window).reshape(n_rows, n_windows, window)
    return rows.swapaxes(0, 1)


# %% hidden tests
# GBG-CANARY-5.1
def draw(rng):
    n_windows, n_rows, window = (int(size) for size in rng.permutation(np.arange(2, 9))[:3])
    left_over = int(rng.integers(n_rows, n_rows * window))
    return {"length": n_windows * n_rows * window + left_over, "n_rows": n_rows, "window": window}


def cut(answer, **sizes):
    got = np.asarray(answer("cut_stream(length, n_rows, window)", **sizes))
    expect(got.dtype.kind in "iu", "indices are whole numbers")
    return got


def test_shape(answer, rng):
    """Windows, rows, steps, in this order, and as many full windows as every row can have."""
    sizes = draw(rng)
    n_windows = 0
    while (n_windows + 1) * sizes["n_rows"] * sizes["window"] <= sizes["length"]:
        n_windows += 1
    expect(cut(answer, **sizes).shape == (n_windows, sizes["n_rows"], sizes["window"]), "shape")


def test_continues(answer, rng):
    """Steps follow each other inside a window, and from window to window in the same row."""
    for _ in range(3):
        got = cut(answer, **draw(rng))
        expect(got.ndim == 3, "three axes")
        expect(np.all(np.diff(got, axis=2) == 1), "inside a window")
        expect(np.all(got[1:, :, 0] == got[:-1, :, -1] + 1), "from window to window")


def test_rows(answer, rng):
    """The rows follow each other in the stream, without a gap; only its end is left out."""
    got = cut(answer, **draw(rng))
    expect(got.ndim == 3, "three axes")
    read = [int(k) for i in range(got.shape[1]) for m in range(len(got)) for k in got[m, i]]
    expect(read == list(range(got.size)), "all steps, row by row")


def test_one_row(answer, rng):
    """A single row: the windows are the stream, cut in pieces."""
    window = int(rng.integers(2, 9))
    sizes = {"length": 5 * window + 1, "n_rows": 1, "window": window}
    close(cut(answer, **sizes), [[range(k, k + window)] for k in range(0, 5 * window, window)])


# %% honest: loops
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    windows = []
    for m in range(n_windows):
        starts = [i * n_windows * window + m * window for i in range(n_rows)]
        windows.append([list(range(start, start + window)) for start in starts])
    return np.array(windows)


# %% honest: one sum of three ranges
def cut_stream(length, n_rows, window):
    n_windows = length // n_rows // window
    m, i, t = np.ogrid[:n_windows, :n_rows, :window]
    return i * (n_windows * window) + m * window + t


# %% honest: split and stack, other names
def cut_stream(steps, batch, width):
    per_row = steps // (batch * width) * width
    rows = np.arange(batch * per_row).reshape(batch, per_row)
    return np.stack(np.split(rows, per_row // width, axis=1))


# %% wrong: windows one after the other
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    return np.arange(n_rows * n_windows * window).reshape(n_windows, n_rows, window)


# %% wrong: rows first in the result
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    return np.arange(n_rows * n_windows * window).reshape(n_rows, n_windows, window)


# %% wrong: every second step
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    return np.arange(n_rows * n_windows * window).reshape(n_windows, window, n_rows).swapaxes(1, 2)


# %% wrong: one window too few
def cut_stream(length, n_rows, window):
    n_windows = (length - 1) // (n_rows * window) - 1
    rows = np.arange(n_rows * n_windows * window).reshape(n_rows, n_windows, window)
    return rows.swapaxes(0, 1)


# %% wrong: a gap between the rows
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    rows = np.arange(length // n_rows * n_rows).reshape(n_rows, length // n_rows)
    return rows[:, : n_windows * window].reshape(n_rows, n_windows, window).swapaxes(0, 1)


# %% wrong: windows overlap by one step
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    m, i, t = np.ogrid[:n_windows, :n_rows, :window]
    return i * (n_windows * window) + m * (window - 1) + t


# %% wrong: axes renamed by reshape
def cut_stream(length, n_rows, window):
    n_windows = length // (n_rows * window)
    rows = np.arange(n_rows * n_windows * window).reshape(n_rows, n_windows, window)
    return rows.reshape(n_windows, n_rows, window)
