# ---
# number: "4.5"
# title: Large weights
# minutes: 30
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# Repeat the sweep over $T$ with weights three times as large, and for $dW_h$. Where does the cosine become
# negative? The cell before the answer has the layers and the wrong backward pass of the chapter, whose loop runs forwards.

# %% [markdown] hint
# One seed gives one case. For the table of the sweep, call your function for each $T$ and count the negative numbers.

# %% given
def case(T, scale, seed):
    """Inputs of backward for one seed: a layer with D = 3, H = 5, its weights times scale."""
    rng = np.random.default_rng(seed)
    W_x, W_h, b = (scale * value for value in RNN(3, 5, rng=rng).params.values())
    x, dy = rng.standard_normal((4, T, 3)), rng.standard_normal((4, T, 5))
    return dy, x, forward(x, np.zeros((4, 5)), W_x, W_h, b), W_x, W_h


def backward_wrong(dy, x, h, W_x, W_h):
    """The puzzle of the chapter: its loop runs forwards."""
    da, dh = np.empty_like(dy), np.zeros_like(h[:, 0])
    for t in range(dy.shape[1]):
        da[:, t] = (dy[:, t] + dh) * (1 - h[:, t + 1] ** 2)
        dh = da[:, t] @ W_h.T
    dW_x = np.tensordot(x, da, ((0, 1), (0, 1)))
    dW_h = np.tensordot(h[:, :-1], da, ((0, 1), (0, 1)))
    return {"W_x": dW_x, "W_h": dW_h, "b": da.sum(axis=(0, 1))}


# %% stub
def cosines(T, scale, name, seeds):
    """For each seed the cosine between the right and the wrong gradient of the array `name`.

    The name is "W_x", "W_h" or "b". Returns an array with one number for each seed.
    """
    ...


# %% self-check
one_step = cosines(1, 1.0, "W_x", range(5))
assert np.shape(one_step) == (5,), "one cosine for each seed"
assert np.allclose(one_step, 1), "with one step both gradients agree"
many = cosines(10, 1.0, "W_h", range(5))
assert np.all(np.abs(many) <= 1), "a cosine lies between -1 and 1: divide by both lengths"
assert np.all(many < 0.999), "with many steps the gradients differ"
assert not np.allclose(many, cosines(10, 3.0, "W_h", range(5))), "the scale of the weights counts"
assert not np.allclose(many, cosines(10, 1.0, "b", range(5))), "each array has its own cosine"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-4.5
def cosines(T, scale, name, seeds):
    values = []
    for seed in seeds:
        data = case(T, scale, seed)
        right, wrong = (f(*data)[name].ravel() for f in (backward, backward_wrong))
        values.append(right @ wrong / np.linalg.norm(right) / np.linalg.norm(wrong))
    return np.array(values)


# %% hidden tests
# GBG-CANARY-4.5
from rnnlib import RNN


def reference(T, scale, name, seed):
    """The angle from the library's backward pass, and from one on the series turned around in time."""
    rng = np.random.default_rng(seed)
    layer = RNN(3, 5, rng=rng)
    layer.params = {key: scale * value for key, value in layer.params.items()}
    x = rng.standard_normal((4, T, 3))
    dy = rng.standard_normal((4, T, 5))
    h = layer.forward(x)[0]
    layer.backward(dy)
    right = layer.grads[name]
    before = np.concatenate([np.zeros((4, 1, 5)), h[:, :-1]], axis=1)
    da = np.zeros((4, T, 5))
    for t in range(T):
        carried = np.einsum("nh,kh->nk", da[:, t - 1], layer.params["W_h"])
        da[:, t] = (dy[:, t] + carried * (t > 0)) / np.cosh(np.arctanh(h[:, t])) ** 2
    beside = {"W_x": x, "W_h": before, "b": np.ones((4, T, 1))}[name]
    wrong = np.einsum("nti,ntj->ij", beside, da).reshape(right.shape)
    return np.vdot(right, wrong) / np.sqrt(np.vdot(right, right) * np.vdot(wrong, wrong))


def compare(answer, rng, name, scale):
    T, pool = int(rng.integers(8, 13)), rng.integers(0, 1000, 80).tolist()
    pool = sorted((reference(T, scale, name, seed), seed) for seed in pool)
    expected, seeds = zip(*pool[:3], *pool[-3:], strict=True)  # the lowest and the highest
    got = answer("cosines(T, scale, name, seeds)", T=T, scale=scale, name=name, seeds=list(seeds))
    close(got, expected, rtol=1e-3, atol=1e-4)


def test_input_weights(answer, rng):
    """The cosine for W_x, with the chapter's weights: one angle over the whole matrix."""
    compare(answer, rng, "W_x", 1.0)


def test_recurrent_weights(answer, rng):
    """The cosine for W_h, with larger weights."""
    compare(answer, rng, "W_h", rng.uniform(1, 2))


def test_bias(answer, rng):
    """The cosine for b, with large weights, where it has both signs."""
    compare(answer, rng, "b", rng.uniform(2.8, 3.2))


# %% [markdown] rubric
# - (1) A table or figure over $T$: with the chapter's weights the cosine of $dW_h$ stays positive; with weights three times as large its
#   mean falls to about 0.4, and from about $T = 3$ on it is negative in some seeds (1 to 5 of 30). At $T = 1$ the first
#   state is zero, so $dW_h$ is zero and has no cosine.
# - (1) The reason: the carried part passes $W_h^\top$ at each step. With larger weights it does not fade beside the part from the output, and
#   the wrong loop carries it in the wrong direction.


# %% honest: sums over all entries
def cosines(T, scale, name, seeds):
    result = np.zeros(len(seeds))
    for k, seed in enumerate(seeds):
        right = backward(*case(T, scale, seed))[name]
        wrong = backward_wrong(*case(T, scale, seed))[name]
        result[k] = np.sum(right * wrong) / np.sqrt(np.sum(right**2) * np.sum(wrong**2))
    return result


# %% honest: einsum, float32, other names
def cosines(steps, factor, array, runs):
    pairs = []
    for run in runs:
        data = case(steps, factor, run)
        pairs.append([backward(*data)[array].ravel(), backward_wrong(*data)[array].ravel()])
    pairs = np.array(pairs, np.float32)
    pairs /= np.linalg.norm(pairs, axis=2, keepdims=True)
    return np.einsum("rk,rk->r", pairs[:, 0], pairs[:, 1])


# %% honest: from the distance of unit vectors
def cosines(T, scale, name, seeds):
    def unit(g):
        return g / np.linalg.norm(g)

    def one(seed):
        data = case(T, scale, seed)
        gap = unit(backward(*data)[name]) - unit(backward_wrong(*data)[name])
        return 1 - np.sum(gap**2) / 2

    return np.array([one(seed) for seed in seeds])


# %% wrong: size only
def cosines(T, scale, name, seeds):
    values = []
    for seed in seeds:
        data = case(T, scale, seed)
        right, wrong = (f(*data)[name].ravel() for f in (backward, backward_wrong))
        values.append(abs(right @ wrong) / np.linalg.norm(right) / np.linalg.norm(wrong))
    return np.array(values)


# %% wrong: length of the right gradient twice
def cosines(T, scale, name, seeds):
    values = []
    for seed in seeds:
        data = case(T, scale, seed)
        right, wrong = (f(*data)[name].ravel() for f in (backward, backward_wrong))
        values.append(right @ wrong / (right @ right))
    return np.array(values)


# %% wrong: mean over the rows
def cosines(T, scale, name, seeds):
    values = []
    for seed in seeds:
        data = case(T, scale, seed)
        right, wrong = (np.atleast_2d(f(*data)[name]) for f in (backward, backward_wrong))
        lengths = np.linalg.norm(right, axis=1) * np.linalg.norm(wrong, axis=1)
        values.append(np.mean(np.sum(right * wrong, axis=1) / np.maximum(lengths, 1e-30)))
    return np.array(values)


# %% wrong: always the input weights
def cosines(T, scale, name, seeds):
    values = []
    for seed in seeds:
        data = case(T, scale, seed)
        right, wrong = (f(*data)["W_x"].ravel() for f in (backward, backward_wrong))
        values.append(right @ wrong / np.linalg.norm(right) / np.linalg.norm(wrong))
    return np.array(values)


# %% wrong: a correlation
def cosines(T, scale, name, seeds):
    values = []
    for seed in seeds:
        data = case(T, scale, seed)
        right, wrong = (f(*data)[name].ravel() for f in (backward, backward_wrong))
        values.append(np.corrcoef(right, wrong)[0, 1])
    return np.array(values)


# %% wrong: three times whatever is asked
def cosines(T, scale, name, seeds):
    values = []
    for seed in seeds:
        data = case(T, 3, seed)
        right, wrong = (f(*data)[name].ravel() for f in (backward, backward_wrong))
        values.append(right @ wrong / np.linalg.norm(right) / np.linalg.norm(wrong))
    return np.array(values)


# %% wrong: mean over the seeds
def cosines(T, scale, name, seeds):
    total = 0
    for seed in seeds:
        data = case(T, scale, seed)
        right, wrong = (f(*data)[name].ravel() for f in (backward, backward_wrong))
        total += right @ wrong / np.linalg.norm(right) / np.linalg.norm(wrong)
    return np.full(len(seeds), total / len(seeds))
