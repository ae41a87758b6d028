# ---
# number: "2.4"
# title: The true last state
# minutes: 20
# required: false
# points: 3
# kind: code
# without: [rnnlib.RNN]
# ---

# %% [markdown] task
# Sequences of different length are filled with zeros at the end. For `lengths`, an integer array of
# shape $(N,)$, return the state after the true last step of each sample. Compare with `RNN.forward(x, lengths=lengths)`, which
# your function does not use.

# %% [markdown] hint
# A step with the input 0 still changes the state, through $W_h$ and $b$. So take each state at its own step: an
# index array for the samples and one for the steps.

# %% stub
def last_states(x, lengths, W_x, W_h, b):
    """The states (N, H) after lengths[n] steps (1 to T) of sample n; x (N, T, D), h_0 = 0."""
    ...


# %% self-check
x = rng.standard_normal((4, 6, 3))
weights = [0.5 * rng.standard_normal(shape) for shape in [(3, 5), (5, 5), (5,)]]
last = last_states(x, np.full(4, 6), *weights)
assert np.shape(last) == (4, 5), "one state for each sample"
assert np.allclose(last, run(x, *weights)[:, -1], atol=1e-5), (
    "full length: the state after all steps"
)
lengths = np.array([2, 6, 1, 4])
before = last_states(x, lengths, *weights)
x[np.arange(6) >= lengths[:, None]] = 9.0
after = last_states(x, lengths, *weights)
assert np.allclose(before, after, atol=1e-5), (
    "what stands after the end of a sequence has no effect"
)
turned = last_states(x[::-1], lengths[::-1], *weights)
assert np.allclose(turned[::-1], after, atol=1e-5), "results keep the order of the samples"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-2.4
def last_states(x, lengths, W_x, W_h, b):
    return run(x, W_x, W_h, b)[np.arange(len(x)), lengths - 1]


# %% hidden tests
# GBG-CANARY-2.4
def draw(rng):
    T, N, D, H = rng.permutation(np.arange(3, 8))[:4]
    shapes = {"W_x": (D, H), "W_h": (H, H), "b": (H,)}
    case = {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}
    case["lengths"] = np.concatenate([[1], rng.integers(1, T + 1, N - 2), [T]])
    case["x"] = rng.standard_normal((N, T, D))
    case["x"][np.arange(T) >= case["lengths"][:, None]] = 0
    return case


def reference(x, lengths, W_x, W_h, b):
    """Each sample by itself, cut where it ends."""
    rows = []
    for sequence, length in zip(x, lengths, strict=True):
        h = np.zeros(len(b))
        for t in range(length):
            h = np.tanh(W_x.T @ sequence[t] + W_h.T @ h + b)
        rows.append(h)
    return np.array(rows)


def states(answer, case):
    return answer("last_states(x, lengths, W_x, W_h, b)", **case)


def test_lengths(answer, rng):
    """Each sample at its own last step, in the order of the batch."""
    case = draw(rng)
    close(states(answer, case), reference(**case))


def test_zeros_inside(answer, rng):
    """The length says where a sequence ends: a true input may be zero."""
    case = draw(rng)
    longest = np.flatnonzero(case["lengths"] == case["x"].shape[1])
    case["x"][longest, -1] = 0
    close(states(answer, case), reference(**case))


def test_equal_lengths(answer, rng):
    """Equal lengths, shorter than the array."""
    case = draw(rng)
    case["lengths"] = np.full(len(case["x"]), case["x"].shape[1] - 1)
    close(states(answer, case), reference(**case))


# %% honest: loop over samples
def last_states(x, lengths, W_x, W_h, b):
    return np.array(
        [run(x[n : n + 1, : lengths[n]], W_x, W_h, b)[0, -1] for n in range(len(lengths))]
    )


# %% honest: frozen after the end
def last_states(x, lengths, W_x, W_h, b):
    h = np.zeros((len(x), len(b)))
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ W_x + h @ W_h + b)
        h = np.where((t < lengths)[:, None], new, h)
    return h


# %% honest: einsum with a mask, float32
def last_states(inputs, counts, w_in, w_rec, bias):
    states = run(inputs, w_in, w_rec, bias).astype(np.float32)
    is_last = np.arange(1, inputs.shape[1] + 1) == np.asarray(counts)[:, None]
    return np.einsum("nth,nt->nh", states, is_last.astype(np.float32))


# %% honest: take_along_axis
def last_states(x, lengths, W_x, W_h, b):
    y = run(x, W_x, W_h, b)
    return np.take_along_axis(y, (lengths - 1)[:, None, None], axis=1)[:, 0]


# %% wrong: last step of the array
def last_states(x, lengths, W_x, W_h, b):
    return run(x, W_x, W_h, b)[:, -1]


# %% wrong: one step too early
def last_states(x, lengths, W_x, W_h, b):
    return run(x, W_x, W_h, b)[np.arange(len(x)), np.maximum(lengths - 2, 0)]


# %% wrong: one step too late
def last_states(x, lengths, W_x, W_h, b):
    return run(x, W_x, W_h, b)[np.arange(len(x)), np.minimum(lengths, x.shape[1] - 1)]


# %% wrong: zeros mean padding
def last_states(x, lengths, W_x, W_h, b):
    h = np.zeros((len(x), len(b)))
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ W_x + h @ W_h + b)
        h = np.where(np.any(x[:, t] != 0, axis=1, keepdims=True), new, h)
    return h


# %% wrong: mean over the true steps
def last_states(x, lengths, W_x, W_h, b):
    y = run(x, W_x, W_h, b)
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.sum(y * true[:, :, None], axis=1) / lengths[:, None]


# %% wrong: sorted, and not put back
def last_states(x, lengths, W_x, W_h, b):
    order = np.argsort(-lengths)
    return run(x, W_x, W_h, b)[order, lengths[order] - 1]


# %% wrong: the shortest length for all
def last_states(x, lengths, W_x, W_h, b):
    return run(x, W_x, W_h, b)[:, lengths.min() - 1]


# %% wrong: zero after the end
def last_states(x, lengths, W_x, W_h, b):
    h = np.zeros((len(x), len(b)))
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W_x + h @ W_h + b) * (t < lengths)[:, None]
    return h
