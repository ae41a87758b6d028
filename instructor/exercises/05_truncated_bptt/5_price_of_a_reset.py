# ---
# number: "5.5"
# title: The price of a reset
# minutes: 30
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# Repeat the language experiment with windows of 10 and 20. How fast does the price of a reset fall? First write the function that reads a
# text in both ways.

# %% [markdown] hint
# With a reset, each window of the stream is a sequence of its own. The perplexity is $e$ to the mean of the cross-entropy over all
# letters.

# %% stub
def perplexities(layer, head, x, y, window):
    """Perplexities of a stream, (carried, reset): state carried, and from zeros in each window.

    x (L, C) are the inputs, y (L,) the next ids. Steps after the last full window do not count.
    """
    ...


# %% self-check
layer, head = RNN(5, 6, rng=rng), Linear(6, 5, rng=rng)
ids = rng.integers(0, 5, 43)
pair = perplexities(layer, head, np.eye(5)[ids[:-1]], ids[1:], 10)
assert np.shape(pair) == (2,), "two numbers: carried, reset"
assert min(pair) > 1, "even a model that knows everything has the perplexity 1"
assert pair[0] != pair[1], "the state at the start of a window makes a difference"
pair = perplexities(layer, head, np.eye(5)[ids[:-1]], ids[1:], 42)
assert np.isclose(*pair), "a single window: both start from zeros"
head.params["W"][...] = head.params["b"][...] = 0
pair = perplexities(layer, head, np.eye(5)[ids[:-1]], ids[1:], 10)
assert np.allclose(pair, 5), "who hesitates between all letters has as perplexity their number"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-5.5
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    result = []
    for length in (steps, window):
        scores = head.forward(layer.forward(x[:steps].reshape(-1, length, x.shape[1]))[0])
        result.append(np.exp(softmax_cross_entropy(scores, y[:steps].reshape(-1, length))[0]))
    return tuple(result)


# %% hidden tests
# GBG-CANARY-5.5
from rnnlib import RNN, Linear

QUESTION = (
    "(layer := RNN(C, H, rng=np.random.default_rng(seed)), "
    "head := Linear(H, C, rng=np.random.default_rng(seed + 1)), "
    "layer.params.update({n: 4 * v for n, v in layer.params.items()}), "
    "head.params.update({n: 4 * v for n, v in head.params.items()}), "
    "perplexities(layer, head, x, y, window))[4]"
)


def draw(rng, left_over):
    C, H, window, count = (int(size) for size in rng.permutation(np.arange(3, 9))[:4])
    ids = rng.integers(0, C, window * count + left_over(window) + 1)
    sizes = {"C": C, "H": H, "window": window, "seed": int(rng.integers(10**6))}
    return sizes | {"x": np.eye(C)[ids[:-1]], "y": ids[1:]}


def reference(C, H, window, seed, x, y):
    """Letter by letter: the inverse of the geometric mean of the probabilities."""
    layer = RNN(C, H, rng=np.random.default_rng(seed)).params
    head = Linear(H, C, rng=np.random.default_rng(seed + 1)).params
    result = []
    for reset in (False, True):
        h, logs = np.zeros(H), []
        for t in range(len(x) // window * window):
            h = np.zeros(H) if reset and t % window == 0 else h
            h = np.tanh(4 * (x[t] @ layer["W_x"] + h @ layer["W_h"] + layer["b"]))
            p = np.exp(4 * (h @ head["W"] + head["b"]))
            logs.append(np.log(p[y[t]] / p.sum()))
        result.append(np.prod(np.exp(logs)) ** (-1 / len(logs)))
    return result


def test_carried(answer, rng):
    """One pass over the whole stream, with the state carried."""
    case = draw(rng, lambda window: 0)
    close(answer(QUESTION, **case)[0], reference(**case)[0])


def test_reset(answer, rng):
    """Every window from zeros, and one mean over all letters before the exponential."""
    case = draw(rng, lambda window: 0)
    close(answer(QUESTION, **case)[1], reference(**case)[1])


def test_left_over(answer, rng):
    """What follows the last full window counts in neither of both."""
    case = draw(rng, lambda window: int(rng.integers(1, window)))
    close(answer(QUESTION, **case), reference(**case))


# %% [markdown] rubric
# - (1) The price, reset minus carried, both in training and in reading: about 0.5 with windows of 5, 0.3 with 10, 0.2 with 20. It falls nearly by half
#   when the window doubles, since half as many letters stand at the start of a window. At least two seeds each.


# %% honest: window by window
def perplexities(layer, head, x, y, window):
    losses, state = {"carried": [], "reset": []}, None
    for start in range(0, len(x) - window + 1, window):
        part, target = x[None, start : start + window], y[None, start : start + window]
        out, state = layer.forward(part, state)
        losses["carried"].append(softmax_cross_entropy(head.forward(out), target)[0])
        out, _ = layer.forward(part)
        losses["reset"].append(softmax_cross_entropy(head.forward(out), target)[0])
    return tuple(np.exp(np.mean(values)) for values in losses.values())


# %% honest: softmax written out
def perplexities(layer, head, x, y, window):
    n = len(x) // window

    def read(inputs, ids):
        scores = head.forward(layer.forward(inputs)[0])
        log_sum = np.log(np.exp(scores).sum(axis=-1))
        right = np.take_along_axis(scores, ids[..., None], axis=-1)[..., 0]
        return np.exp(np.mean(log_sum - right))

    rows, ids = x[: n * window].reshape(n, window, -1), y[: n * window].reshape(n, window)
    return [read(rows.reshape(1, n * window, -1), ids.reshape(1, -1)), read(rows, ids)]


# %% honest: step by step, float32
def perplexities(layer, head, x, y, window):
    W_x, W_h, b = (layer.params[name] for name in ("W_x", "W_h", "b"))
    total, n = np.zeros(2), len(x) // window * window
    carried = fresh = np.zeros(len(b))
    for t in range(n):
        fresh = fresh if t % window else np.zeros(len(b))
        carried, fresh = (np.tanh(x[t] @ W_x + h @ W_h + b) for h in (carried, fresh))
        for k, h in enumerate((carried, fresh)):
            p = np.exp(h @ head.params["W"] + head.params["b"])
            total[k] -= np.log(p[y[t]] / p.sum())
    return np.exp(total / n).astype(np.float32)


# %% wrong: order exchanged
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    result = []
    for length in (window, steps):
        scores = head.forward(layer.forward(x[:steps].reshape(-1, length, x.shape[1]))[0])
        result.append(np.exp(softmax_cross_entropy(scores, y[:steps].reshape(-1, length))[0]))
    return tuple(result)


# %% wrong: cross-entropy
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    result = []
    for length in (steps, window):
        scores = head.forward(layer.forward(x[:steps].reshape(-1, length, x.shape[1]))[0])
        result.append(softmax_cross_entropy(scores, y[:steps].reshape(-1, length))[0])
    return tuple(result)


# %% wrong: mean of the windows' perplexities
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    parts = x[:steps].reshape(-1, window, x.shape[1]), y[:steps].reshape(-1, window)
    both, state = [[], []], None
    for part, target in zip(*parts, strict=True):
        out, state = layer.forward(part[None], state)
        both[0].append(np.exp(softmax_cross_entropy(head.forward(out), target[None])[0]))
        out, _ = layer.forward(part[None])
        both[1].append(np.exp(softmax_cross_entropy(head.forward(out), target[None])[0]))
    return tuple(np.mean(both, axis=1))


# %% wrong: powers of two
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    result = []
    for length in (steps, window):
        scores = head.forward(layer.forward(x[:steps].reshape(-1, length, x.shape[1]))[0])
        result.append(2 ** softmax_cross_entropy(scores, y[:steps].reshape(-1, length))[0])
    return tuple(result)


# %% wrong: the rest counts when carried
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    scores = head.forward(layer.forward(x[None])[0])
    carried = np.exp(softmax_cross_entropy(scores, y[None])[0])
    scores = head.forward(layer.forward(x[:steps].reshape(-1, window, x.shape[1]))[0])
    return carried, np.exp(softmax_cross_entropy(scores, y[:steps].reshape(-1, window))[0])


# %% wrong: samples and steps exchanged
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    scores = head.forward(layer.forward(x[None, :steps])[0])
    carried = np.exp(softmax_cross_entropy(scores, y[None, :steps])[0])
    mixed = x[:steps].reshape(window, -1, x.shape[1]).swapaxes(0, 1)
    scores = head.forward(layer.forward(np.ascontiguousarray(mixed))[0])
    ids = np.ascontiguousarray(y[:steps].reshape(window, -1).T)
    return carried, np.exp(softmax_cross_entropy(scores, ids)[0])


# %% wrong: never reset
def perplexities(layer, head, x, y, window):
    steps = len(x) // window * window
    total, state = 0.0, None
    for start in range(0, steps, window):
        out, state = layer.forward(x[None, start : start + window], state)
        total += softmax_cross_entropy(head.forward(out), y[None, start : start + window])[0]
    carried = np.exp(total * window / steps)
    return carried, carried
