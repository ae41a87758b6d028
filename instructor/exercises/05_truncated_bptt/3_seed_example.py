# ---
# number: "5.3"
# title: A thousand values
# minutes: 15
# required: true
# points: 3
# kind: number
# ---

# %% [markdown] task
# Correct the seed's example of 1,000 values, with windows of 10 steps: row starts, updates in a pass, left-over values, for batch sizes
# 2, 8 and 10.

# %% [markdown] hint
# All rows are equally long, and each is cut into full windows. First ask how many windows fit into each row. The next row starts
# where the last window of the row before ends.

# %% stub
# The index of the first value of each row, a list of 2, 8 and 10 numbers.
row_starts = {2: ..., 8: ..., 10: ...}
# The number of updates in one pass over the values, and the number of values that no window reads.
updates = {2: ..., 8: ..., 10: ...}
left_over = {2: ..., 8: ..., 10: ...}

# %% self-check
assert set(updates) == {2, 8, 10}, "three batch sizes, each with its own answers"
for size in (2, 8, 10):
    for filled in (row_starts, updates, left_over):
        assert filled[size] is not ..., "each batch size has three answers"
    assert len(row_starts[size]) == size, (
        "each row has a start, and there are as many rows as samples"
    )
    distances = set(np.diff(row_starts[size]).tolist())
    assert len(distances) == 1, "all rows are equally long"
    length = distances.pop()
    assert length % 10 == 0, "a row is cut into full windows"
    assert updates[size] * 10 == length, "an update reads one window of every row"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-5.3
row_starts = {
    2: [0, 500],
    8: [0, 120, 240, 360, 480, 600, 720, 840],
    10: [0, 100, 200, 300, 400, 500, 600, 700, 800, 900],
}
updates = {2: 50, 8: 12, 10: 10}
left_over = {2: 0, 8: 40, 10: 0}


# %% hidden tests
# GBG-CANARY-5.3
def windows(n_rows):
    """Full windows of every row, counted one by one."""
    count = 0
    while (count + 1) * 10 * n_rows <= 1000:
        count += 1
    return count


def values(answer, name):
    got = answer(f"[{name}[2], {name}[8], {name}[10]]")
    return [np.asarray(value, float) for value in got]


def test_row_starts(answer, rng):
    """A row starts where the last full window of the row before ends."""
    for n_rows, got in zip((2, 8, 10), values(answer, "row_starts"), strict=True):
        close(got, [10 * windows(n_rows) * i for i in range(n_rows)])


def test_updates(answer, rng):
    """One update for each window, in which all rows take part at once."""
    close(values(answer, "updates"), [windows(n_rows) for n_rows in (2, 8, 10)])


def test_left_over(answer, rng):
    """What is too short for one more window in every row stays at the end of the stream."""
    read = [len(range(windows(n_rows) * 10 * n_rows)) for n_rows in (2, 8, 10)]
    close(values(answer, "left_over"), [1000 - count for count in read])


# %% honest: from the library's windows
cuts = {n: stream_windows(1000, n, 10) for n in (2, 8, 10)}
row_starts = {n: cut[0, :, 0] for n, cut in cuts.items()}
updates = {n: len(cut) for n, cut in cuts.items()}
left_over = {n: 1000 - cut.size for n, cut in cuts.items()}

# %% honest: arithmetic, numbers with a point
row_starts, updates, left_over = {}, {}, {}
for n in (2, 8, 10):
    updates[n] = np.floor(1000 / n / 10)
    row_starts[n] = np.float32(10) * updates[n] * np.arange(n)
    left_over[n] = 1000 - 10.0 * n * updates[n]

# %% honest: other containers
updates = dict(zip((2, 8, 10), (50, 12, 10), strict=True))
row_starts = {n: tuple(range(0, n * m * 10, m * 10)) for n, m in updates.items()}
left_over = {n: np.int64(1000 % (10 * n)) for n in updates}

# %% wrong: a row keeps its rest
row_starts = {n: [1000 // n * i for i in range(n)] for n in (2, 8, 10)}
updates = {2: 50, 8: 12, 10: 10}
left_over = {2: 0, 8: 40, 10: 0}

# %% wrong: the seed's starts for all
row_starts = {2: [0, 100], 8: list(range(0, 800, 100)), 10: list(range(0, 1000, 100))}
updates = {2: 10, 8: 10, 10: 10}
left_over = {2: 800, 8: 200, 10: 0}

# %% wrong: an update for each window of each row
row_starts = {2: [0, 500], 8: list(range(0, 960, 120)), 10: list(range(0, 1000, 100))}
updates = {2: 100, 8: 96, 10: 100}
left_over = {2: 0, 8: 40, 10: 0}

# %% wrong: a short window counts
row_starts = {2: [0, 500], 8: list(range(0, 1000, 125)), 10: list(range(0, 1000, 100))}
updates = {2: 50, 8: 13, 10: 10}
left_over = {2: 0, 8: 0, 10: 0}

# %% wrong: left over in each row
row_starts = {2: [0, 500], 8: list(range(0, 960, 120)), 10: list(range(0, 1000, 100))}
updates = {2: 50, 8: 12, 10: 10}
left_over = {2: 0, 8: 5, 10: 0}

# %% wrong: windows overlap
row_starts = {2: [0, 500], 8: list(range(0, 960, 120)), 10: list(range(0, 1000, 100))}
updates = {2: 491, 8: 111, 10: 91}
left_over = {2: 0, 8: 40, 10: 0}
