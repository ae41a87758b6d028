# ---
# number: "8.3"
# title: A forget bias of 3
# minutes: 25
# required: true
# points: 5
# kind: code
# without: [rnnlib.set_forget_bias]
# ---

# %% [markdown] task
# Repeat the experiment with a forget bias of 3, for LSTM and GRU. Draw every seed. Then say what this start
# was told about the task. In a GRU the gate that keeps is $z$, and it has two biases, `b` and `b_h`: their sum shall be 3.

# %% [markdown] hint
# Both layers have the gate that keeps in the second block. `trial(LSTM, start, seed)` wants a start with a second argument, `rng`.

# %% stub
def open_gate(layer, value):
    """Set the whole bias of the gate that keeps, of an LSTM or GRU, to value, in place."""
    ...


# %% self-check
first, second = (LSTM(2, 3, rng=np.random.default_rng(1)) for _ in range(2))
open_gate(first, 3.0)
assert not np.array_equal(first.params["b"], second.params["b"]), "the layer is changed in place"
for cell in (LSTM, GRU):
    layer, same = (cell(2, 3, rng=np.random.default_rng(1)) for _ in range(2))
    open_gate(layer, 3.0)
    changed = [n for n in same.params if not np.array_equal(same.params[n], layer.params[n])]
    assert set(changed) <= {"b", "b_h"}, "only biases change"
    total = sum(layer.params[name] for name in ("b", "b_h") if name in layer.params)
    old = sum(same.params[name] for name in ("b", "b_h") if name in same.params)
    assert np.allclose(np.delete(total, [3, 4, 5]), np.delete(old, [3, 4, 5])), "one block changes"
    assert np.ptp(total[3:6]) < 1e-6, "all units get the same; in a GRU the sum counts"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-8.3
def open_gate(layer, value):
    H = len(layer.params["W_h"])
    layer.params["b"][H : 2 * H] = value
    if isinstance(layer, GRU):
        layer.params["b_h"][H : 2 * H] = 0


# %% hidden tests
# GBG-CANARY-8.3
from rnnlib import GRU, LSTM

QUESTION = (
    "(layer := {}(D, H, rng=np.random.default_rng(seed)), open_gate(layer, value), "
    "dict(layer.params))[2]"
)


def change(answer, rng, cell):
    """The parameters before and after, the number of units, and the value."""
    D, H = (int(size) for size in rng.permutation(np.arange(2, 8))[:2])
    value, seed = rng.uniform(1, 6), int(rng.integers(10**6))
    after = answer(QUESTION.format(cell.__name__), D=D, H=H, seed=seed, value=value)
    return cell(D, H, rng=np.random.default_rng(seed)).params, after, H, value


def test_lstm(answer, rng):
    """The forget gate of the LSTM: its block, all units, no other block."""
    before, after, H, value = change(answer, rng, LSTM)
    before["b"][H : 2 * H] = value
    close(after["b"], before["b"])


def test_gru(answer, rng):
    """The gate z of the GRU: what counts is the sum of its two biases."""
    before, after, H, value = change(answer, rng, GRU)
    total = before["b"] + before["b_h"]
    total[H : 2 * H] = value
    close(after["b"] + after["b_h"], total)


def test_weights(answer, rng):
    """Weights stay as they are, and the biases change."""
    for cell in (LSTM, GRU):
        before, after, _, _ = change(answer, rng, cell)
        expect(not np.array_equal(before["b"], after["b"]), "changed")
        for name in ("W_x", "W_h"):
            close(after[name], before[name])


# %% [markdown] rubric
# - (1) A figure or list with every seed of both cells, chance beside them. On our machine two of five LSTMs leave chance, and all five GRUs learn.
# - (1) What the start was told: a bias of 3 means $1/(1 - f) = 21$ steps, and $0.953^{49} = 0.09$ of a cell is left at the end. Whoever chose it knew that the memory
#   has to last some tens of steps: less exact than chrono's $t_{\max}$, but no ignorance.


# %% honest: loop over units
def open_gate(layer, value):
    H = layer.params["W_h"].shape[0]
    for unit in range(H, 2 * H):
        layer.params["b"][unit] = value
        if "b_h" in layer.params:
            layer.params["b_h"][unit] = 0.0


# %% honest: the second bias stays, and the first makes up for it
def open_gate(layer, value):
    params = layer.params
    block = slice(len(params["W_h"]), 2 * len(params["W_h"]))
    params["b"][block] = 0
    params["b"][block] = value - sum(params[name][block] for name in params if name[0] == "b")


# %% honest: half and half, new arrays
def open_gate(net, size):
    H = len(net.params["W_h"])
    names = [name for name in ("b", "b_h") if name in net.params]
    for name in names:
        bias = net.params[name].copy()
        bias[H : 2 * H] = np.float32(size) / np.float32(len(names))
        net.params[name] = bias


# %% wrong: the second bias of the GRU stays
def open_gate(layer, value):
    H = len(layer.params["W_h"])
    layer.params["b"][H : 2 * H] = value


# %% wrong: every bias
def open_gate(layer, value):
    H = len(layer.params["W_h"])
    for name in layer.params:
        if name.startswith("b"):
            layer.params[name][H : 2 * H] = value


# %% wrong: the first block
def open_gate(layer, value):
    H = len(layer.params["W_h"])
    layer.params["b"][:H] = value
    if isinstance(layer, GRU):
        layer.params["b_h"][:H] = 0


# %% wrong: all blocks
def open_gate(layer, value):
    layer.params["b"][:] = value
    if isinstance(layer, GRU):
        layer.params["b_h"][:] = 0


# %% wrong: added to what is there
def open_gate(layer, value):
    H = len(layer.params["W_h"])
    layer.params["b"][H : 2 * H] += value


# %% wrong: blocks counted in inputs
def open_gate(layer, value):
    D = len(layer.params["W_x"])
    layer.params["b"][D : 2 * D] = value
    if isinstance(layer, GRU):
        layer.params["b_h"][D : 2 * D] = 0


# %% wrong: the weights of the gate too
def open_gate(layer, value):
    H = len(layer.params["W_h"])
    layer.params["W_x"][:, H : 2 * H] = layer.params["W_h"][:, H : 2 * H] = 0
    layer.params["b"][H : 2 * H] = value
    if isinstance(layer, GRU):
        layer.params["b_h"][H : 2 * H] = 0
