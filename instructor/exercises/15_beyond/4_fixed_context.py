# ---
# number: "15.4"
# title: Three passes with a fixed context
# minutes: 30
# required: false
# points: 6
# kind: code
# ---

# %% [markdown] task
# A fixed context is attention with all weight on the last character: write it, in the form of `attend`. Then train with a fixed context for three passes. Draw both networks against updates. Does your result agree with the
# text?

# %% [markdown] hint
# Sequences of a batch have different lengths, and padding is no character. Indices of two axes at once, `keys[rows, last]`, take one state from each sequence.

# %% given
def learn(attention, seed, passes, n=20_000):
    """Losses of all updates, and the share of whole dates right, on dates drawn anew."""
    weights, order, data, test = np.random.default_rng([15, seed]).spawn(4)
    net = EncoderDecoder(42, 11, 48, attention=attention, rng=weights, dtype=np.float32)
    (ids, lengths, targets), optimizer, losses = date_task(n, data), Adam(0.01), []
    for _ in range(passes):
        for rows in np.array_split(order.permutation(n), n // 64):
            previous = np.insert(targets[rows, :-1], 0, 11, axis=1)
            logits = net.forward(ids[rows], lengths[rows], previous)
            loss, d_logits = softmax_cross_entropy(logits, targets[rows])
            net.backward(d_logits)
            clip_grad_norm(net.grads, 1.0)
            optimizer.step(net.params, net.grads)
            losses.append(loss)
    ids, lengths, targets = date_task(1000, test)
    return losses, np.mean((net.write(ids, lengths, 10)[0] == targets).all(axis=1))


# %% stub
def fixed_context(n_steps, keys, values, lengths):
    """The context of the last true character, for each of n_steps steps of the decoder.

    keys (N, T, K), values (N, T, V), lengths (N,) from 1 to T. Returns context (N, n_steps, V) and
    weights (N, n_steps, T), as attend does.
    """
    ...


# %% self-check
keys, values = rng.standard_normal((2, 5, 3)), rng.standard_normal((2, 5, 4))
result = fixed_context(6, keys, values, np.array([5, 2]))
assert isinstance(result, tuple), "two results: context and weights"
found, alpha = result
assert np.shape(found) == (2, 6, 4), "one context for each step of the decoder"
assert np.shape(alpha) == (2, 6, 5), "one weight for each step and each input"
assert np.allclose(np.sum(alpha, axis=2), 1), "weights of one step sum to 1"
assert np.allclose(alpha @ values, found), "the context is the mean of the values by the weights"
assert np.allclose(found[0], values[0, 4]), "the first sequence has five characters"
assert np.all(alpha[1, :, 4] == 0), "padding is no character: the second sequence has two"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-15.4
# for seed in range(3):
#     plt.semilogy(learn(False, seed, 3)[0], "C0-")
#     plt.semilogy(learn(True, seed, 1)[0], "C1--")
def fixed_context(n_steps, keys, values, lengths):
    weights = np.eye(keys.shape[1])[lengths - 1]
    weights = np.repeat(weights[:, None], n_steps, axis=1)
    return weights @ values, weights


# %% hidden tests
# GBG-CANARY-15.4
def draw(rng):
    N, S, T, K, V = (int(size) for size in rng.permutation(np.arange(2, 9))[:5])
    lengths = rng.integers(1, T + 1, N)
    lengths[0], lengths[-1] = T, 1
    case = {"S": S, "keys": rng.standard_normal((N, T, K)), "lengths": lengths}
    return case | {"values": rng.standard_normal((N, T, V))}


def test_context(answer, rng):
    """The value of the last true character, the same at each step."""
    for _ in range(3):
        case = draw(rng)
        rows = zip(case["values"], case["lengths"], strict=True)
        expected = np.array([[row[n - 1]] * case["S"] for row, n in rows])
        close(answer("fixed_context(S, keys, values, lengths)[0]", **case), expected)


def test_weights(answer, rng):
    """All weight on one input, and none on padding."""
    for _ in range(3):
        case = draw(rng)
        N, T, _ = case["keys"].shape
        expected = np.zeros((N, case["S"], T))
        for n in range(N):
            expected[n, :, case["lengths"][n] - 1] = 1
        close(answer("fixed_context(S, keys, values, lengths)[1]", **case), expected)


def test_as_attention(answer, rng):
    """It is what attention gives when no earlier character can be seen."""
    case = draw(rng)
    context, weights = answer("fixed_context(S, keys, values, lengths)", **case)
    seen = np.arange(case["keys"].shape[1])[None, None] == np.reshape(
        case["lengths"] - 1, (-1, 1, 1)
    )
    scores = np.where(seen, 0.0, -np.inf).repeat(case["S"], axis=1)
    soft = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    close(weights, soft)
    close(context, np.einsum("nst,ntv->nsv", soft, case["values"]))


# %% [markdown] rubric
# - (1) All seeds of both networks against updates, not against passes, on a logarithmic axis or with the frequencies' line.
# - (1) Says how many whole dates are right after one and after three passes.
# - (1) Compares with the text: a fixed context needs more updates; that it *cannot* learn the task was never shown, and three passes speak against it (seed 0: 40% of the dates after one, 80% after three; with attention 99% after one).


# %% honest: loops
def fixed_context(n_steps, keys, values, lengths):
    N, T, _ = keys.shape
    context, weights = np.zeros((N, n_steps, values.shape[2])), np.zeros((N, n_steps, T))
    for n in range(N):
        for s in range(n_steps):
            context[n, s] = values[n, lengths[n] - 1]
            weights[n, s, lengths[n] - 1] = 1
    return context, weights


# %% honest: index arrays, other names
def fixed_context(S, states, what, n_true):
    rows = np.arange(len(states))
    last = what[rows, n_true - 1]
    alpha = (np.arange(states.shape[1]) == n_true[:, np.newaxis] - 1).astype(float)
    return np.stack([last] * S, axis=1), np.stack([alpha] * S, axis=1)


# %% honest: through attend, float32
def fixed_context(n_steps, keys, values, lengths):
    N, T, _ = keys.shape
    place = np.zeros((N, T, 1), np.float32)
    place[np.arange(N), lengths - 1] = 1000
    return attend(np.ones((N, n_steps, 1), np.float32), place, np.float32(values))


# %% wrong: last column, padding or not
def fixed_context(n_steps, keys, values, lengths):
    weights = np.zeros((len(keys), n_steps, keys.shape[1]))
    weights[:, :, -1] = 1
    return weights @ values, weights


# %% wrong: one character too far
def fixed_context(n_steps, keys, values, lengths):
    weights = np.eye(keys.shape[1])[lengths % keys.shape[1]]
    weights = np.repeat(weights[:, None], n_steps, axis=1)
    return weights @ values, weights


# %% wrong: mean of all characters
def fixed_context(n_steps, keys, values, lengths):
    weights = (np.arange(keys.shape[1]) < lengths[:, None]) / lengths[:, None]
    weights = np.repeat(weights[:, None], n_steps, axis=1)
    return weights @ values, weights


# %% wrong: keys in place of values
def fixed_context(n_steps, keys, values, lengths):
    weights = np.eye(keys.shape[1])[lengths - 1]
    weights = np.repeat(weights[:, None], n_steps, axis=1)
    return weights @ keys, weights


# %% wrong: moves with the decoder
def fixed_context(n_steps, keys, values, lengths):
    places = np.minimum(np.arange(n_steps), lengths[:, None] - 1)
    weights = np.eye(keys.shape[1])[places]
    return weights @ values, weights


# %% wrong: longest sequence decides
def fixed_context(n_steps, keys, values, lengths):
    weights = np.zeros((len(keys), n_steps, keys.shape[1]))
    weights[:, :, lengths.max() - 1] = 1
    return weights @ values, weights


# %% wrong: first character
def fixed_context(n_steps, keys, values, lengths):
    weights = np.zeros((len(keys), n_steps, keys.shape[1]))
    weights[:, :, 0] = 1
    return weights @ values, weights
