# ---
# number: "7.3"
# title: Blocks in another order
# minutes: 20
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Write `to_ifgo(params)`, which turns weights in the order f g i o into ours, i f g o. Test it by
# equality of outputs.

# %% [markdown] hint
# `np.split(..., 4, axis=-1)` cuts a matrix and a bias alike. Give the four pieces their names before you put them together again.

# %% stub
def to_ifgo(params):
    """A new dict: W_x (D, 4H), W_h (H, 4H), b (4H,) in the order i f g o; params has f g i o."""
    ...


# %% self-check
theirs = {"W_x": rng.standard_normal((3, 8)), "W_h": rng.standard_normal((2, 8))}
theirs["b"] = np.array([10.0, 11.0, 20.0, 21.0, 30.0, 31.0, 40.0, 41.0])
before = {name: value.copy() for name, value in theirs.items()}
ours = to_ifgo(theirs)
assert isinstance(ours, dict), "the result is a dict of arrays"
assert set(ours) == {"W_x", "W_h", "b"}, "all three arrays have blocks"
for name, value in before.items():
    assert np.array_equal(theirs[name], value), "the old arrays stay as they are"
    assert ours[name].shape == value.shape, "shapes stay as they are: only columns move"
assert np.array_equal(ours["b"][6:], [40, 41]), "the last block is o in both orders"
assert not np.array_equal(ours["b"], theirs["b"]), "the other three blocks change places"
assert np.all(np.diff(ours["b"])[::2] == 1), "a block moves as a whole"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-7.3
def to_ifgo(params):
    turned = {}
    for name, value in params.items():
        f, g, i, o = np.split(value, 4, axis=-1)
        turned[name] = np.concatenate([i, f, g, o], axis=-1)
    return turned


# %% hidden tests
# GBG-CANARY-7.3
def draw(rng):
    D, H = (int(size) for size in rng.permutation(np.arange(2, 7))[:2])
    blocks = {
        gate: {
            "W_x": rng.normal(size=(D, H)),
            "W_h": rng.normal(size=(H, H)),
            "b": rng.normal(size=H),
        }
        for gate in "ifgo"
    }
    return blocks, joined(blocks, "fgio")


def joined(blocks, order):
    return {name: np.hstack([blocks[gate][name] for gate in order]) for name in ("W_x", "W_h", "b")}


def test_outputs(answer, rng):
    """The layer gives the outputs that the other layer would give."""
    blocks, params = draw(rng)
    x = rng.standard_normal((4, len(params["W_x"])))
    h = c = np.zeros(len(params["W_h"]))
    expected = []
    for x_t in x:
        a = {k: x_t @ w["W_x"] + h @ w["W_h"] + w["b"] for k, w in blocks.items()}
        i, f, o = (1 / (1 + np.exp(-a[gate])) for gate in "ifo")
        c = f * c + i * np.tanh(a["g"])
        h = o * np.tanh(c)
        expected.append(h)
    close(answer("trace(x, **to_ifgo(params))[:, 5]", x=x, params=params), expected)


def test_matrices(answer, rng):
    """In both matrices whole blocks of columns move, and rows stay."""
    blocks, params = draw(rng)
    got = answer("to_ifgo(params)", params=params)
    for name in ("W_x", "W_h"):
        close(got[name], joined(blocks, "ifgo")[name])


def test_bias(answer, rng):
    """The bias has blocks, too."""
    blocks, params = draw(rng)
    close(answer("to_ifgo(params)['b']", params=params), joined(blocks, "ifgo")["b"])


def test_old_arrays(answer, rng):
    """The result is new: the old arrays stay as they are."""
    _, params = draw(rng)
    turned, old = answer("(to_ifgo(params), params)", params=params)
    for name, value in params.items():
        close(old[name], value)
        expect(np.shape(turned[name]) == value.shape, "a new array for each")


# %% honest: an index array
def to_ifgo(params):
    H = len(params["b"]) // 4
    columns = np.arange(4 * H).reshape(4, H)[[2, 0, 1, 3]].ravel()
    return {name: value[..., columns] for name, value in params.items()}


# %% honest: slices
def to_ifgo(params):
    H = params["W_h"].shape[0]
    new = {name: np.empty_like(value) for name, value in params.items()}
    for name, value in params.items():
        new[name][..., :H] = value[..., 2 * H : 3 * H]
        new[name][..., H : 2 * H] = value[..., :H]
        new[name][..., 2 * H : 3 * H] = value[..., H : 2 * H]
        new[name][..., 3 * H :] = value[..., 3 * H :]
    return new


# %% honest: a permutation matrix, float32
def to_ifgo(weights):
    H = len(weights["b"]) // 4
    order = np.zeros((4, 4), np.float32)
    order[[2, 0, 1, 3], range(4)] = 1
    turn = np.kron(order, np.eye(H, dtype=np.float32))
    return {key: np.einsum("...k,kj->...j", array, turn) for key, array in weights.items()}


# %% wrong: the way back
def to_ifgo(params):
    turned = {}
    for name, value in params.items():
        i, f, g, o = np.split(value, 4, axis=-1)
        turned[name] = np.concatenate([f, g, i, o], axis=-1)
    return turned


# %% wrong: bias forgotten
def to_ifgo(params):
    turned = {"b": params["b"].copy()}
    for name in ("W_x", "W_h"):
        f, g, i, o = np.split(params[name], 4, axis=-1)
        turned[name] = np.concatenate([i, f, g, o], axis=-1)
    return turned


# %% wrong: two blocks exchanged only
def to_ifgo(params):
    turned = {}
    for name, value in params.items():
        f, g, i, o = np.split(value, 4, axis=-1)
        turned[name] = np.concatenate([i, g, f, o], axis=-1)
    return turned


# %% wrong: reshaped to blocks at the end
def to_ifgo(params):
    turned = {}
    for name, value in params.items():
        pieces = value.reshape(*value.shape[:-1], -1, 4)
        turned[name] = pieces[..., [2, 0, 1, 3]].reshape(value.shape)
    return turned


# %% wrong: the order of Keras
def to_ifgo(params):
    turned = {}
    for name, value in params.items():
        f, g, i, o = np.split(value, 4, axis=-1)
        turned[name] = np.concatenate([i, f, o, g], axis=-1)
    return turned


# %% wrong: input weights forgotten
def to_ifgo(params):
    turned = {"W_x": params["W_x"].copy()}
    for name in ("W_h", "b"):
        f, g, i, o = np.split(params[name], 4, axis=-1)
        turned[name] = np.concatenate([i, f, g, o], axis=-1)
    return turned


# %% wrong: in place
def to_ifgo(params):
    for name in params:
        f, g, i, o = np.split(params[name], 4, axis=-1)
        params[name] = np.concatenate([i, f, g, o], axis=-1)
    return params
