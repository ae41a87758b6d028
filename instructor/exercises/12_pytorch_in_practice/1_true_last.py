# ---
# number: "12.1"
# title: The true last outputs
# minutes: 10
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Without packing or a mask: take the true last outputs from `output` of a padded batch with an index array. They equal `h_n` of the packed one. For a *packed* bidirectional network take the
# summary of both directions from `output`. Why does the first work forwards, and not backwards?

# %% [markdown] hint
# Two index arrays at once, `output[rows, steps]`, take one step from each row. Lengths count from 1, steps from 0. Which step did the backward half read last?

# %% stub
def true_last(output, lengths):
    """The output of each true last step: (N, H) from output (N, T, H), lengths (N,) from 1 to T."""
    ...


def both_summaries(output, lengths):
    """The last states of both directions: (N, 2H) from output (N, T, 2H) of a packed bidirectional
    layer, forwards first."""
    ...


# %% self-check
x, lengths = rng.standard_normal((3, 6, 2)), np.array([6, 2, 4])
layer = GRU(2, 4, rng=rng)
last = true_last(layer.forward(x)[0], lengths)
assert np.shape(last) == (3, 4), "one output for each sequence, with all of its units"
assert np.allclose(last[0], layer.forward(x)[0][0, 5]), "the first sequence has no padding"
assert np.allclose(last, layer.forward(x, lengths=lengths)[1]), "the step before the padding"
net = Bidirectional(GRU(2, 4, rng=rng), GRU(2, 4, rng=rng))
output, (forwards, backwards) = net.forward(x, lengths=lengths)
both = both_summaries(output, lengths)
assert np.shape(both) == (3, 8), "both directions side by side"
assert np.allclose(both[:, :4], forwards), "the forward half ends at the true last step"
assert np.allclose(both[:, 4:], backwards), "the backward half ends elsewhere: where does it start?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-12.1
# Forwards, padding comes after the last true step, so it cannot change what was said before.
# Backwards it is read first, and every state after it, the one at step 1 included, has it in.
def true_last(output, lengths):
    return output[np.arange(len(output)), lengths - 1]


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    return np.hstack([true_last(output[:, :, :H], lengths), output[:, 0, H:]])


# %% hidden tests
# GBG-CANARY-12.1
from rnnlib import GRU, LSTM


def draw(rng):
    N, T, D, H = (int(size) for size in rng.permutation(np.arange(3, 9))[:4])
    lengths = rng.integers(1, T + 1, N)
    lengths[:2] = T, 1
    return rng.standard_normal((N, T, D)), rng.permutation(lengths), H


def test_true_last(answer, rng):
    """The outputs of the steps before the padding are the last states of the packed batch."""
    for cell in (GRU, LSTM):
        x, lengths, H = draw(rng)
        layer = cell(x.shape[2], H, rng=rng)
        state = layer.forward(x, lengths=lengths)[1]
        expected = state if cell is GRU else state[0]
        output = layer.forward(x)[0]
        close(answer("true_last(output, lengths)", output=output, lengths=lengths), expected)


def test_any_numbers(answer, rng):
    """One step of each sequence, whatever the numbers are."""
    x, lengths, _ = draw(rng)
    expected = np.array([row[n - 1] for row, n in zip(x, lengths, strict=True)])
    close(answer("true_last(output, lengths)", output=x, lengths=lengths), expected)


def test_both(answer, rng):
    """Forwards the last true step, backwards the first step."""
    x, lengths, H = draw(rng)
    one, two = GRU(x.shape[2], H, rng=rng), GRU(x.shape[2], H, rng=rng)
    output, expected = np.zeros((*x.shape[:2], 2 * H)), []
    for row, sequence, n in zip(output, x, lengths, strict=True):
        there, back = (
            one.forward(sequence[None, :n])[0][0],
            two.forward(sequence[None, :n][:, ::-1])[0][0],
        )
        row[:n] = np.concatenate([there, back[::-1]], axis=1)
        expected.append(np.concatenate([there[-1], back[-1]]))
    close(answer("both_summaries(output, lengths)", output=output, lengths=lengths), expected)


# %% [markdown] rubric
# - (1) Forwards, padding is read after the true last step and cannot reach it; backwards it is read first and is in every later state, unless it is packed or masked.


# %% honest: loops
def true_last(output, lengths):
    rows = []
    for n in range(len(output)):
        rows.append(output[n, lengths[n] - 1])
    return np.array(rows)


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    rows = []
    for n in range(len(output)):
        rows.append([*output[n, lengths[n] - 1, :H], *output[n, 0, H:]])
    return np.array(rows)


# %% honest: take_along_axis, other names
def true_last(y, n_steps):
    return np.take_along_axis(y, (n_steps - 1)[:, None, None], axis=1).squeeze(1)


def both_summaries(y, n_steps):
    there, back = np.split(y, 2, axis=2)
    return np.concatenate([true_last(there, n_steps), back[:, 0]], axis=-1)


# %% honest: one-hot steps, einsum, float32
def true_last(output, lengths):
    hot = np.eye(output.shape[1], dtype=np.float32)[lengths - 1]
    return np.einsum("nt,nth->nh", hot, output.astype(np.float32))


def both_summaries(output, lengths):
    first = output[:, 0].copy()
    H = first.shape[1] // 2
    first[:, :H] = true_last(output, lengths)[:, :H]
    return first


# %% wrong: last column, padding or not
def true_last(output, lengths):
    return output[:, -1]


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    return np.hstack([output[:, -1, :H], output[:, 0, H:]])


# %% wrong: one step too far
def true_last(output, lengths):
    return output[np.arange(len(output)), np.minimum(lengths, output.shape[1] - 1)]


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    return np.hstack([true_last(output[:, :, :H], lengths), output[:, 0, H:]])


# %% wrong: both halves at the true last step
def true_last(output, lengths):
    return output[np.arange(len(output)), lengths - 1]


def both_summaries(output, lengths):
    return true_last(output, lengths)


# %% wrong: backward half from the last column
def true_last(output, lengths):
    return output[np.arange(len(output)), lengths - 1]


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    return np.hstack([true_last(output[:, :, :H], lengths), output[:, -1, H:]])


# %% wrong: backwards first
def true_last(output, lengths):
    return output[np.arange(len(output)), lengths - 1]


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    return np.hstack([output[:, 0, H:], true_last(output[:, :, :H], lengths)])


# %% wrong: halves exchanged
def true_last(output, lengths):
    return output[np.arange(len(output)), lengths - 1]


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    return np.hstack([output[:, 0, :H], true_last(output, lengths)[:, H:]])


# %% wrong: longest sequence decides
def true_last(output, lengths):
    return output[:, lengths.max() - 1]


def both_summaries(output, lengths):
    H = output.shape[2] // 2
    return np.hstack([output[:, lengths.max() - 1, :H], output[:, 0, H:]])
