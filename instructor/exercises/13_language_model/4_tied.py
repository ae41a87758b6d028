# ---
# number: "13.4"
# title: Tied or not
# minutes: 40
# required: false
# points: 7
# kind: code
# ---

# %% [markdown] task
# Train a GRU with $D = H = 128$, tied and not tied, for two passes. Which one has the lower test perplexity? `fit_stream` cannot tie, so write `tied_loss`, the forward and the backward pass of one
# window; `fit_tied` trains with it. (Two passes take some minutes. Without the tie use the chapter's `fit`, with 128 in the two places where it has 32.)

# %% [markdown] hint
# $E$ acts at two places, so its gradient has two terms: through the logits $h E^\top$, and through the rows that were looked up. A row may be looked up more than once.

# %% given
def fit_tied(train, n_tokens, seed, size=128):
    """Two passes over the ids `train` with one matrix: the matrix E (n_tokens, size) and a GRU."""
    rng = np.random.default_rng([13, seed])
    E = (rng.standard_normal((n_tokens, size)) / np.sqrt(size)).astype(np.float32)
    layer = GRU(size, size, rng=rng, dtype=np.float32)
    for lr in (0.008, 0.002):
        optimizer, state = Adam(lr), None
        for rows in stream_windows(len(train) - 1, 16, 32):
            _, dE, state = tied_loss(E, layer, train[rows], train[rows + 1], state)
            params, grads = {**layer.params, "E": E}, {**layer.grads, "E": dE}
            clip_grad_norm(grads, 1.0)
            optimizer.step(params, grads)
    return E, layer


# %% stub
def tied_loss(E, layer, ids, targets, state=None):
    """Forward and backward pass of one window. E (C, D) is the embedding and the head, without
    bias.

    layer: a GRU (D to D). ids, targets (N, T): tokens. state (N, D): start of the layer, or None.
    Returns the mean cross-entropy, its gradient dE (C, D), and the last state. layer.grads are set,
    as by layer.backward.
    """
    ...


# %% self-check
E, layer = rng.standard_normal((5, 3)), GRU(3, 3, rng=rng)
ids, targets = rng.integers(0, 5, (2, 2, 6))
result = tied_loss(E, layer, ids, targets)
assert isinstance(result, tuple), "three results: loss, dE, state"
loss, dE, state = result
assert np.shape(loss) == (), "the loss is one number, the mean over all targets"
assert np.shape(dE) == (5, 3), "dE has the shape of E"
assert np.shape(state) == (2, 3), "the state after the last step"
assert tied_loss(E, layer, ids, targets, state)[0] != loss, "the state is carried into the window"
unused = np.setdiff1d(np.arange(5), ids)
assert np.any(dE[unused] != 0, axis=1).all(), "each token has a logit, so each row has a gradient"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-13.4
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids], state)
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    dx, _ = layer.backward(da @ E)
    dE = np.einsum("ntc,ntd->cd", da, h)
    np.add.at(dE, ids, dx)
    return loss, dE, last


# %% hidden tests
# GBG-CANARY-13.4
from rnnlib import GRU

QUESTION = "tied_loss(E, GRU(D, D, rng=np.random.default_rng(seed)), ids, targets, state)"


def draw(rng, n_tokens=None):
    D, N, T = (int(size) for size in rng.permutation(np.arange(2, 6))[:3])
    C, seed = n_tokens or int(rng.integers(6, 9)), int(rng.integers(1000))
    case = {"E": rng.standard_normal((C, D)), "D": D, "seed": seed}
    case |= {"ids": rng.integers(0, C, (N, T)), "targets": rng.integers(0, C, (N, T))}
    return case | {"state": 0.5 * rng.standard_normal((N, D))}


def loss(E, D, seed, ids, targets, state):
    h, last = GRU(D, D, rng=np.random.default_rng(seed)).forward(E[ids], state)
    p = np.exp(np.einsum("ntd,cd->ntc", h, E))
    rows = np.take_along_axis(p / p.sum(axis=2, keepdims=True), targets[..., None], axis=2)
    return -np.log(rows).mean(), last


def measured(case):
    return numerical_gradient(lambda E: loss(**case | {"E": E})[0], case["E"])


def test_forward(answer, rng):
    """The same matrix looks up the inputs and gives the logits; the state is carried."""
    case = draw(rng)
    value, last = loss(**case)
    close(answer(f"{QUESTION}[0]", **case), value)
    close(answer(f"{QUESTION}[2]", **case), last)


def test_gradient(answer, rng):
    """The gradient has a term through the logits and a term through the inputs."""
    case = draw(rng)
    close(answer(f"{QUESTION}[1]", **case), measured(case), atol=1e-5)


def test_repeated(answer, rng):
    """A token that occurs several times collects from all its places."""
    case = draw(rng, n_tokens=2)
    close(answer(f"{QUESTION}[1]", **case), measured(case), atol=1e-5)


def test_layer(answer, rng):
    """The layer's own gradients are those of the mean loss."""
    case = draw(rng)
    layer = "GRU(D, D, rng=np.random.default_rng(seed))"
    then = "(lambda layer: (tied_loss(E, layer, ids, targets, state), layer.grads['b_h'])[1])"

    def of_bias(b_h):
        layer = GRU(case["D"], case["D"], rng=np.random.default_rng(case["seed"]))
        layer.params["b_h"] = b_h
        logits = layer.forward(case["E"][case["ids"]], case["state"])[0] @ case["E"].T
        right = np.take_along_axis(logits, case["targets"][..., None], axis=2)[..., 0]
        return np.mean(np.logaddexp.reduce(logits, axis=2) - right)

    b_h = GRU(case["D"], case["D"], rng=np.random.default_rng(case["seed"])).params["b_h"]
    close(answer(f"{then}({layer})", **case), numerical_gradient(of_bias, b_h), atol=1e-5)


# %% [markdown] rubric
# - (1) Both networks are trained with the same size, rates, passes and windows, and scored on the same test text, with at least two seeds.
# - (1) Reports the perplexities beside the 4-gram's 4.4 or so, and the number of parameters of both.
# - (1) The conclusion is limited to this budget: after two passes a difference says which one learns faster, not which one ends lower.


# %% honest: loops
def tied_loss(E, layer, ids, targets, state=None):
    x = np.array([[E[token] for token in row] for row in ids])
    h, last = layer.forward(x, state)
    N, T = ids.shape
    dE, dh, loss = np.zeros_like(E), np.zeros_like(h), 0.0
    for n in range(N):
        for t in range(T):
            a = E @ h[n, t]
            p = np.exp(a - a.max())
            p /= p.sum()
            loss -= np.log(p[targets[n, t]]) / (N * T)
            p[targets[n, t]] -= 1
            dE += np.outer(p, h[n, t]) / (N * T)
            dh[n, t] = p @ E / (N * T)
    dx, _ = layer.backward(dh)
    for n in range(N):
        for t in range(T):
            dE[ids[n, t]] += dx[n, t]
    return loss, dE, last


# %% honest: one-hot rows
def tied_loss(E, layer, ids, targets, state=None):
    hot = np.eye(len(E))[ids]
    h, last = layer.forward(hot @ E, state)
    a = np.einsum("ntd,cd->ntc", h, E)
    p = np.exp(a - np.logaddexp.reduce(a, axis=2, keepdims=True))
    right = np.take_along_axis(p, targets[..., None], axis=2)
    da = (p - np.eye(len(E))[targets]) / targets.size
    dx = layer.backward(da @ E)[0]
    dE = np.tensordot(da, h, ([0, 1], [0, 1])) + np.tensordot(hot, dx, ([0, 1], [0, 1]))
    return -np.mean(np.log(right)), dE, last


# %% honest: the library's parts, other names
from rnnlib import Embedding


def tied_loss(matrix, net, tokens, wanted, start=None):
    tokens_in = Embedding(*matrix.shape, rng=np.random.default_rng(0), dtype=matrix.dtype)
    head = Linear(
        matrix.shape[1], matrix.shape[0], rng=np.random.default_rng(0), dtype=matrix.dtype
    )
    tokens_in.params["W"], head.params["W"] = matrix, matrix.T.copy()
    head.params["b"] *= 0
    states, end = net.forward(tokens_in.forward(tokens), start)
    value, d_logits = softmax_cross_entropy(head.forward(states), wanted)
    tokens_in.backward(net.backward(head.backward(d_logits))[0])
    return value, tokens_in.grads["W"] + head.grads["W"].T, end


# %% wrong: term of the logits only
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids], state)
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    layer.backward(da @ E)
    return loss, np.einsum("ntc,ntd->cd", da, h), last


# %% wrong: term of the inputs only
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids], state)
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    dE = np.zeros_like(E)
    np.add.at(dE, ids, layer.backward(da @ E)[0])
    return loss, dE, last


# %% wrong: equal ids overwrite
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids], state)
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    dE = np.einsum("ntc,ntd->cd", da, h)
    dE[ids] += layer.backward(da @ E)[0]
    return loss, dE, last


# %% wrong: mean of the two terms
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids], state)
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    dE = np.einsum("ntc,ntd->cd", da, h)
    np.add.at(dE, ids, layer.backward(da @ E)[0])
    return loss, dE / 2, last


# %% wrong: state not carried
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids])
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    dE = np.einsum("ntc,ntd->cd", da, h)
    np.add.at(dE, ids, layer.backward(da @ E)[0])
    return loss, dE, last


# %% wrong: gradient of the sum
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids], state)
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    da = da * targets.size
    dE = np.einsum("ntc,ntd->cd", da, h)
    np.add.at(dE, ids, layer.backward(da @ E)[0])
    return loss, dE, last


# %% wrong: input term goes to the targets
def tied_loss(E, layer, ids, targets, state=None):
    h, last = layer.forward(E[ids], state)
    loss, da = softmax_cross_entropy(h @ E.T, targets)
    dE = np.einsum("ntc,ntd->cd", da, h)
    np.add.at(dE, targets, layer.backward(da @ E)[0])
    return loss, dE, last
