# ---
# number: "12.2"
# title: Padding in front
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Move the padding of Japanese Vowels to the front and repeat the experiment without a mask. Predict
# first: which cells recover, and why?

# %% [markdown] hint
# Each utterance moves to the right by its own number of padded steps. Its steps stay in their order: this is no reversal.

# %% given
def accuracy(cell, seed, move):
    """Test accuracy on Japanese Vowels without a mask; `move` changes the padded arrays."""
    weights, order = np.random.default_rng([12, seed]).spawn(2)
    x, lengths, speakers = japanese_vowels("train")
    model = Classifier(cell(12, 16, rng=weights), Linear(16, 9, rng=weights))
    settings = {"epochs": 20, "batch_size": 30, "lr": 0.01, "rng": order, "max_norm": 1.0}
    model.fit(move(x, lengths), speakers, **settings)
    x, lengths, speakers = japanese_vowels("test")
    return model.accuracy(move(x, lengths), speakers)


# %% stub
def padding_first(x, lengths):
    """A new array (N, T, D): the lengths[n] true steps of row n stand at its end, zeros before
    them.

    In x (N, T, D) they stand at the start.
    """
    ...


# %% self-check
x = np.array([[[1.0], [2.0], [9.0], [9.0]], [[3.0], [4.0], [5.0], [9.0]]])
moved = padding_first(x, np.array([2, 3]))
assert np.shape(moved) == (2, 4, 1), "the shape stays"
assert x[0, 0, 0] == 1, "the argument stays as it was"
assert moved[0, -1, 0] == 2, "the last step is the last true one"
assert moved[1, 0, 0] == 0, "zeros stand before the true steps, whatever the padding was"
assert moved[0, 2, 0] == 1, "the steps stay in their order"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-12.2
# for cell in (RNN, LSTM, GRU):
#     print(cell.__name__, [accuracy(cell, seed, padding_first) for seed in range(5)])
def padding_first(x, lengths):
    moved = np.zeros_like(x)
    for row, sequence, n in zip(moved, x, lengths, strict=True):
        row[len(row) - n :] = sequence[:n]
    return moved


# %% hidden tests
# GBG-CANARY-12.2
def draw(rng):
    N, T, D = (int(size) for size in rng.permutation(np.arange(3, 10))[:3])
    lengths = rng.integers(1, T, N)
    lengths[0] = T
    return {"x": rng.standard_normal((N, T, D)), "lengths": rng.permutation(lengths)}


def test_end(answer, rng):
    """The true steps stand at the end, in their order."""
    case = draw(rng)
    moved = np.asarray(answer("padding_first(x, lengths)", **case))
    expect(moved.shape == case["x"].shape, "the shape stays")
    for row, sequence, n in zip(moved, case["x"], case["lengths"], strict=True):
        close(row[::-1][:n], sequence[:n][::-1])


def test_front(answer, rng):
    """Zeros stand before the true steps, whatever stood in the padding."""
    case = draw(rng)
    moved = np.asarray(answer("padding_first(x, lengths)", **case))
    steps = case["x"].shape[1] - case["lengths"]
    front = np.arange(case["x"].shape[1]) < steps[:, None]
    close(moved * front[:, :, None], np.zeros(case["x"].shape))
    close(moved.sum(axis=(1, 2)), [x[:n].sum() for x, n in zip(*case.values(), strict=True)])


def test_unchanged(answer, rng):
    """A sequence without padding stays as it is."""
    case = draw(rng)
    case["lengths"][:] = case["x"].shape[1]
    close(answer("padding_first(x, lengths)", **case), case["x"])


# %% [markdown] rubric
# - (1) All seeds of three cells, with the baseline and the results of the text for padding at the end.
# - (1) All cells recover (0.92 to 0.95), since the last step is a true one; the states that zeros leave before the first true step are soon overwritten, and the gradient has no padding to pass.


# %% honest: an index array
def padding_first(x, lengths):
    N, T, _ = x.shape
    source = np.arange(T) - (T - lengths)[:, None]
    moved = x[np.arange(N)[:, None], np.maximum(source, 0)]
    return np.where(source[:, :, None] >= 0, moved, 0)


# %% honest: concatenation, other names
def padding_first(batch, n_steps):
    T, D = batch.shape[1:]
    return np.stack(
        [
            np.concatenate([np.zeros((T - n, D)), row[:n]])
            for row, n in zip(batch, n_steps, strict=True)
        ]
    )


# %% honest: roll, float32
def padding_first(x, lengths):
    T = x.shape[1]
    masked = np.float32(x) * (np.arange(T) < lengths[:, None])[..., None]
    return np.array([np.roll(m, T - n, axis=0) for m, n in zip(masked, lengths, strict=True)])


# %% honest: two masks
def padding_first(x, lengths):
    steps = np.arange(x.shape[1])
    moved = np.zeros(x.shape)
    moved[steps >= x.shape[1] - lengths[:, None]] = x[steps < lengths[:, None]]
    return moved


# %% wrong: time reversed
def padding_first(x, lengths):
    steps = np.arange(x.shape[1])
    return np.where((steps < lengths[:, None])[..., None], x, 0)[:, ::-1]


# %% wrong: moved by the length
def padding_first(x, lengths):
    masked = x * (np.arange(x.shape[1]) < lengths[:, None])[..., None]
    return np.array([np.roll(m, n, axis=0) for m, n in zip(masked, lengths, strict=True)])


# %% wrong: the padding is carried along
def padding_first(x, lengths):
    T = x.shape[1]
    return np.array([np.roll(m, T - n, axis=0) for m, n in zip(x, lengths, strict=True)])


# %% wrong: one step short
def padding_first(x, lengths):
    moved = np.zeros_like(x)
    for row, sequence, n in zip(moved, x, lengths, strict=True):
        row[len(row) - n : -1] = sequence[: n - 1]
    return moved


# %% wrong: one shift for all
def padding_first(x, lengths):
    masked = x * (np.arange(x.shape[1]) < lengths[:, None])[..., None]
    return np.roll(masked, x.shape[1] - lengths.max(), axis=1)


# %% wrong: last true steps only, from the padded end
def padding_first(x, lengths):
    moved = np.zeros_like(x)
    for row, sequence, n in zip(moved, x, lengths, strict=True):
        row[len(row) - n :] = sequence[len(row) - n :]
    return moved


# %% wrong: the batch is rolled
def padding_first(x, lengths):
    masked = x * (np.arange(x.shape[1]) < lengths[:, None])[..., None]
    return np.array([np.roll(m, x.shape[1] - n) for m, n in zip(masked, lengths, strict=True)])
