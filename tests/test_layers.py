"""Layers: every gradient, the same numbers as PyTorch, invariances, and refusals."""

import copy
import itertools
import math
import types

import numpy as np
import pytest
from bad_values import Frame, check_message, wrong_kinds, wrong_shapes
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib import GRU, LSTM, RNN, Embedding, InputError, Linear, layers
from rnnlib.cells import gru_step, lstm_step, rnn_step

OUTPUT = {"rtol": 0, "atol": 1e-12}
GRADIENT = {"rtol": 0, "atol": 1e-10}
CELLS = {
    "rnn": RNN,
    "lstm": LSTM,
    "gru": GRU,
    "gru-before": lambda *sizes, **options: GRU(*sizes, reset_after=False, **options),
}
GATES = {"rnn": 1, "lstm": 4, "gru": 3, "gru-before": 3}
EVERY_CELL = pytest.mark.parametrize("cell", CELLS)


def make(cell, D, H, seed=0, dtype=np.float64, scale=1.0):
    """A layer with normal weights: larger than the default start, so that gates move."""
    layer = CELLS[cell](D, H, rng=np.random.default_rng(seed), dtype=dtype)
    rng = np.random.default_rng(seed + 100)
    for name, value in layer.params.items():
        layer.params[name] = (scale * rng.standard_normal(value.shape) / math.sqrt(H)).astype(dtype)
    return layer


def make_state(cell, N, H, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed + 200)
    parts = tuple(rng.standard_normal((N, H)).astype(dtype) for _ in range(2))
    return parts if cell == "lstm" else parts[0]


def make_x(N, T, D, seed=0, dtype=np.float64):
    return np.random.default_rng(seed + 300).standard_normal((N, T, D)).astype(dtype)


def parts(state):
    """A state as a tuple, for any cell."""
    return state if isinstance(state, tuple) else (state,)


def flat(*results):
    """All arrays in nested results."""
    found = []
    for result in results:
        if isinstance(result, dict):
            found += result.values()
        else:
            found += flat(*result) if isinstance(result, tuple) else [result]
    return found


def zeros_for(cell, N, H):
    return tuple(map(np.zeros_like, parts(make_state(cell, N, H))))


def run(layer, x, state=None, lengths=None, dy=None, d_state=None):
    """Everything a layer computes: y, last state, dx, d_state0, grads."""
    y, last = layer.forward(x, state, lengths)
    dx, d_first = layer.backward(dy, d_state)
    return y, last, dx, d_first, layer.grads


def widen(value):
    """Floats as float64, in arrays, in tuples of arrays, and in None."""
    if isinstance(value, tuple):
        return tuple(map(widen, value))
    return value.astype(float) if value is not None and value.dtype.kind == "f" else value


def same(one, other, **tolerance):
    for a, b in zip(flat(*one), flat(*other), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, **(tolerance or OUTPUT))


# ---------------------------------------------------------------------------------------------
# Every gradient against central differences

SIZES = [
    *itertools.product((1, 2), (1, 2), (1, 2, 3), (1, 2, 3)),  # N, T, D, H
    *itertools.product((1, 2), (4,), (1, 2), (1, 2)),
    *[(5, 5, 2, 2), (2, 5, 5, 2), (2, 3, 2, 5), (1, 9, 2, 2), (1, 4, 2, 3), (2, 4, 1, 3)],
    *[(8, 3, 1, 2), (9, 2, 3, 1)],  # batches wider than [x; 1; h]: summed step by step
]
LENGTHS = ("none", "given")
STATES = ("zero", "given")
CHECKED = {
    "rnn": ("W_x", "W_h", "b", "x", "h0"),
    "lstm": ("W_x", "W_h", "b", "x", "h0", "c0"),
    "gru": ("W_x", "W_h", "b", "b_h", "x", "h0"),
    "gru-before": ("W_x", "W_h", "b", "b_h", "x", "h0"),
}
CHECKS = {
    (cell, *size, lengths, state, name)
    for cell, size, lengths, state in itertools.product(CELLS, SIZES, LENGTHS, STATES)
    for name in CHECKED[cell]
}


def central_differences(f, value, eps=1e-5):
    """Gradient of f() in `value`, whose entries are moved one by one and put back."""
    gradient = np.empty_like(value)
    for k in range(value.size):
        entry = value.flat[k]
        value.flat[k] = entry + eps
        above = f()
        value.flat[k] = entry - eps
        below = f()
        value.flat[k] = entry
        gradient.flat[k] = (above - below) / (2 * eps)
    return gradient


def test_there_are_at_least_a_thousand_gradient_checks():
    assert len(CHECKS) >= 1000


@pytest.mark.parametrize("size", SIZES, ids=str)
@EVERY_CELL
def test_gradients(cell, size, record_property):
    N, T, D, H = size
    seed = int("".join(map(str, size)))
    done = 0
    for with_lengths, with_state in itertools.product(LENGTHS, STATES):
        rng = np.random.default_rng(seed)
        layer, x = make(cell, D, H, seed), make_x(N, T, D, seed)
        lengths = rng.integers(0, T + 1, N) if with_lengths == "given" else None
        state = make_state(cell, N, H, seed) if with_state == "given" else None
        dy = rng.standard_normal((N, T, H))
        d_last = make_state(cell, N, H, seed + 1)
        _, _, dx, d_first, grads = run(layer, x, state, lengths, dy, d_last)
        first = parts(zeros_for(cell, N, H) if state is None else state)
        given_state = first if cell == "lstm" else first[0]

        def loss(layer=layer, x=x, given_state=given_state, lengths=lengths, dy=dy, d_last=d_last):
            y, last = layer.forward(x, given_state, lengths)
            ends = zip(parts(d_last), parts(last), strict=True)
            return np.sum(dy * y) + sum(np.sum(d * s) for d, s in ends)

        analytic = {**grads, "x": dx, **dict(zip(("h0", "c0"), parts(d_first), strict=False))}
        places = {**layer.params, "x": x, **dict(zip(("h0", "c0"), first, strict=False))}
        assert set(analytic) == set(places) == set(CHECKED[cell])
        for name, value in places.items():
            a, n = analytic[name], central_differences(loss, value)
            assert a.shape == n.shape
            error = np.abs(a - n).max() / max(1e-8, np.abs(a).max() + np.abs(n).max())
            assert error < 1e-6, (name, with_lengths, with_state, error)
            done += 1
    assert done == 4 * len(CHECKED[cell])
    record_property("gradient checks", done)


# ---------------------------------------------------------------------------------------------
# The same numbers as PyTorch

SHAPES = [(1, 1, 1, 1), (3, 7, 2, 5), (4, 6, 5, 3), (2, 30, 1, 8), (6, 3, 4, 4)]


def torch_twin(torch, layer, cell):
    """The PyTorch module with the layer's weights, copied here and not by the bridge."""
    D, H = layer.params["W_x"].shape[0], layer.params["W_h"].shape[0]
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    module = kind(D, H, batch_first=True, dtype=torch.float64)
    p = {name: torch.tensor(value) for name, value in layer.params.items()}
    with torch.no_grad():
        module.weight_ih_l0.copy_(p["W_x"].T)
        module.weight_hh_l0.copy_(p["W_h"].T)
        module.bias_ih_l0.copy_(p["b"])
        module.bias_hh_l0.copy_(p.get("b_h", 0 * p["b"]))
    return module


def torch_plain(torch, p, x, h, lengths):
    """GRU that resets before the product (Cho 2014), step by step, for autograd."""
    H = h.shape[1]
    W_x, W_h, b, b_h = p["W_x"], p["W_h"], p["b"], p["b_h"]
    steps = []
    for t in range(x.shape[1]):
        cut = {k: slice(k * H, (k + 1) * H) for k in range(3)}
        r, z = (
            torch.sigmoid(x[:, t] @ W_x[:, cut[k]] + b[cut[k]] + h @ W_h[:, cut[k]] + b_h[cut[k]])
            for k in (0, 1)
        )
        n = torch.tanh(
            x[:, t] @ W_x[:, cut[2]] + b[cut[2]] + (r * h) @ W_h[:, cut[2]] + b_h[cut[2]]
        )
        runs = (t < lengths)[:, None]
        h = torch.where(runs, (1 - z) * n + z * h, h)
        steps.append(torch.where(runs, h, torch.zeros_like(h)))
    return torch.stack(steps, dim=1), h


def in_torch(torch, layer, cell, x, state, lengths, dy, d_last):
    """The arrays of `run`, computed by PyTorch."""
    N, T, _ = x.shape
    x = torch.tensor(x, requires_grad=True)
    state = [torch.tensor(s, requires_grad=True) for s in parts(state)]
    ends = torch.tensor(np.full(N, T) if lengths is None else lengths)
    if cell == "gru-before":
        p = {k: torch.tensor(v, requires_grad=True) for k, v in layer.params.items()}
        y, last = torch_plain(torch, p, x, state[0], ends)
        last = (last,)
        leaves = p
    else:
        module = torch_twin(torch, layer, cell)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            x, ends, batch_first=True, enforce_sorted=False
        )
        first = [s[None] for s in state]
        y, last = module(packed, tuple(first) if cell == "lstm" else first[0])
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=T)
        last = tuple(s[0] for s in (last if cell == "lstm" else (last,)))
        names = {"W_x": "weight_ih_l0", "W_h": "weight_hh_l0", "b": "bias_ih_l0"}
        names["b_h"] = "bias_hh_l0"
        leaves = {k: getattr(module, names[k]) for k in layer.params}
    loss = (y * torch.tensor(dy)).sum()
    loss = loss + sum((s * torch.tensor(d)).sum() for s, d in zip(last, parts(d_last), strict=True))
    loss.backward()
    grads = {
        k: (v.grad if cell == "gru-before" or v.ndim == 1 else v.grad.T).numpy()
        for k, v in leaves.items()
    }
    state = [s.grad.numpy() for s in state]
    return y.detach().numpy(), [s.detach().numpy() for s in last], x.grad.numpy(), state, grads


@pytest.mark.parametrize("with_lengths", [False, True], ids=["full", "lengths"])
@pytest.mark.parametrize("with_state", [False, True], ids=["zero", "state"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@EVERY_CELL
def test_equals_torch(cell, shape, with_state, with_lengths, record_property):
    torch = pytest.importorskip("torch")
    N, T, D, H = shape
    layer, x, rng = make(cell, D, H), make_x(N, T, D), np.random.default_rng(5)
    state = make_state(cell, N, H) if with_state else None
    first = zeros_for(cell, N, H) if state is None else state
    lengths = rng.integers(1, T + 1, N) if with_lengths else None  # PyTorch refuses 0
    dy, d_last = rng.standard_normal((N, T, H)), make_state(cell, N, H, 9)
    y, last, dx, d_first, grads = run(layer, x, state, lengths, dy, d_last)
    want = in_torch(torch, layer, cell, x, first, lengths, dy, d_last)
    np.testing.assert_allclose(y, want[0], **OUTPUT)
    for a, b in zip(parts(last), want[1], strict=True):
        np.testing.assert_allclose(a, b, **OUTPUT)
    np.testing.assert_allclose(dx, want[2], **GRADIENT)
    for a, b in zip(parts(d_first), want[3], strict=True):
        np.testing.assert_allclose(a, b, **GRADIENT)
    assert set(grads) == set(want[4])
    for name, value in grads.items():
        np.testing.assert_allclose(value, want[4][name], **GRADIENT)
    record_property("comparisons with PyTorch", 3 + 2 * len(parts(last)) + len(grads) - 1)


# ---------------------------------------------------------------------------------------------
# The library's own one-step functions: the plain version that the chapters teach


def step(cell, layer, x, state):
    if cell == "rnn":
        return rnn_step(x, *state, **layer.params), None
    if cell == "lstm":
        h, c, _ = lstm_step(x, *state, **layer.params)
        return h, c
    return gru_step(x, *state, **layer.params, reset_after=cell == "gru")[0], None


@EVERY_CELL
def test_equals_the_steps(cell):
    N, T, D, H = 3, 6, 4, 5
    layer, x, state = make(cell, D, H), make_x(N, T, D), make_state(cell, N, H)
    y, last = layer.forward(x, state)
    state = parts(state)
    for t in range(T):
        state = [s for s in step(cell, layer, x[:, t].copy(), state) if s is not None]
        np.testing.assert_allclose(y[:, t], state[0], **OUTPUT)
    for a, b in zip(parts(last), state, strict=True):
        np.testing.assert_allclose(a, b, **OUTPUT)


# ---------------------------------------------------------------------------------------------
# Start


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@EVERY_CELL
def test_default_start(cell, dtype):
    D, H, G = 3, 16, GATES[cell]
    layer = CELLS[cell](D, H, rng=np.random.default_rng(4), dtype=dtype)
    rng, k = np.random.default_rng(4), 0.25
    names = {"W_x": (D, G * H), "W_h": (H, G * H), "b": (G * H,)}
    if cell.startswith("gru"):
        names["b_h"] = (G * H,)
    assert list(layer.params) == list(names)
    for name, shape in names.items():
        want = rng.uniform(-k, k, shape).astype(dtype)
        assert layer.params[name].dtype == dtype
        np.testing.assert_array_equal(layer.params[name], want)
    assert layer.dtype == dtype


def test_default_dtype_and_reset():
    for kind in (RNN, LSTM, GRU):
        layer = kind(2, 3, rng=np.random.default_rng(0))
        assert layer.grads == {}
        assert layer.dtype == np.float64
        assert {v.dtype for v in layer.params.values()} == {np.dtype(np.float64)}
    assert GRU(1, 1, rng=np.random.default_rng(0)).reset_after is True
    assert GRU(1, 1, rng=np.random.default_rng(0), reset_after=False).reset_after is False


def test_names_of_the_states():
    assert [kind.states for kind in (RNN, LSTM, GRU)] == [("h0",), ("h0", "c0"), ("h0",)]


def test_repr_names_the_sizes():
    text = repr(LSTM(2, 3, rng=np.random.default_rng(0), dtype=np.float32))
    assert text == "LSTM(n_in=2, n_hidden=3, dtype=float32)"


# ---------------------------------------------------------------------------------------------
# float32


@pytest.mark.parametrize("block", [None, 1])
@EVERY_CELL
def test_float32_everywhere(cell, block, monkeypatch):
    if block is not None:
        monkeypatch.setattr(layers, "BLOCK", block)
    N, T, D, H = 3, 5, 2, 4
    rng = np.random.default_rng(1)
    for lengths in (None, np.array([5, 0, 3])):
        for state in (None, make_state(cell, N, H, dtype=np.float32)):
            layer, x = make(cell, D, H, dtype=np.float32), make_x(N, T, D, dtype=np.float32)
            dy, d_last = rng.standard_normal((N, T, H)).astype(np.float32), None
            if lengths is None:
                d_last = make_state(cell, N, H, 3, dtype=np.float32)
            results = run(layer, x, state, lengths, dy, d_last)
            assert {value.dtype for value in flat(*results)} == {np.dtype(np.float32)}
            wide = CELLS[cell](D, H, rng=rng)
            wide.params = {k: v.astype(float) for k, v in layer.params.items()}
            exact = run(wide, *map(widen, (x, state, lengths, dy, d_last)))
            for a, b in zip(flat(*results), flat(*exact), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


# ---------------------------------------------------------------------------------------------
# Invariances, over random sizes

PROPERTY = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def problems(draw, max_T=6):
    """A cell, its layer, and everything that its two passes read."""
    cell = draw(st.sampled_from(list(CELLS)))
    N, T = draw(st.integers(1, 4)), draw(st.integers(1, max_T))
    D, H, seed = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(0, 999))
    lengths = draw(st.none() | st.lists(st.integers(0, T), min_size=N, max_size=N))
    return types.SimpleNamespace(
        cell=cell,
        N=N,
        T=T,
        D=D,
        H=H,
        layer=make(cell, D, H, seed),
        x=make_x(N, T, D, seed),
        state=make_state(cell, N, H, seed),
        lengths=None if lengths is None else np.array(lengths),
        dy=np.random.default_rng(seed).standard_normal((N, T, H)),
        d_last=make_state(cell, N, H, seed + 1),
    )


def take(state, rows):
    return tuple(s[rows] for s in state) if isinstance(state, tuple) else state[rows]


def total(*grads):
    """Sum of the gradients of several backward passes."""
    return {name: sum(g[name] for g in grads) for name in grads[0]}


@PROPERTY
@given(problems(), st.data())
def test_split_and_carry_the_state(p, data):
    cut = data.draw(st.integers(0, p.T))
    y, last, dx, d_first, grads = run(p.layer, p.x, p.state, p.lengths, p.dy, p.d_last)
    if cut in (0, p.T):
        return
    first, second = copy.deepcopy(p.layer), copy.deepcopy(p.layer)
    l_1 = None if p.lengths is None else np.minimum(p.lengths, cut)
    l_2 = None if p.lengths is None else np.maximum(p.lengths - cut, 0)
    y_1, s_1 = first.forward(p.x[:, :cut], p.state, l_1)
    y_2, s_2 = second.forward(p.x[:, cut:], s_1, l_2)
    dx_2, d_middle = second.backward(p.dy[:, cut:], p.d_last)
    dx_1, d_start = first.backward(p.dy[:, :cut], d_middle)
    same((y, last), (np.concatenate([y_1, y_2], axis=1), s_2))
    dx_12 = np.concatenate([dx_1, dx_2], axis=1)
    same((dx, d_first, grads), (dx_12, d_start, total(first.grads, second.grads)), **GRADIENT)


@PROPERTY
@given(problems(), st.data())
def test_permute_the_batch(p, data):
    order = np.array(data.draw(st.permutations(range(p.N))))
    y, last, dx, d_first, grads = run(p.layer, p.x, p.state, p.lengths, p.dy, p.d_last)
    lengths = None if p.lengths is None else p.lengths[order]
    mixed = run(
        p.layer, p.x[order], take(p.state, order), lengths, p.dy[order], take(p.d_last, order)
    )
    same((y[order], take(last, order), dx[order], take(d_first, order), grads), mixed, **GRADIENT)


@PROPERTY
@given(problems(), st.integers(1, 5), st.floats(-1e3, 1e3))
def test_pad_more(p, extra, filler):
    lengths = np.full(p.N, p.T) if p.lengths is None else p.lengths
    y, last, dx, d_first, grads = run(p.layer, p.x, p.state, lengths, p.dy, p.d_last)
    x = np.concatenate([p.x, np.full((p.N, extra, p.D), filler)], axis=1)
    dy = np.concatenate([p.dy, np.full((p.N, extra, p.H), filler)], axis=1)
    y_2, last_2, dx_2, d_first_2, grads_2 = run(p.layer, x, p.state, lengths, dy, p.d_last)
    assert not y_2[:, p.T :].any()
    assert not dx_2[:, p.T :].any()
    padded = (y_2[:, : p.T], last_2, dx_2[:, : p.T], d_first_2, grads_2)
    same((y, last, dx, d_first, grads), padded, **GRADIENT)


@PROPERTY
@given(problems(), st.floats(-1e3, 1e3))
def test_what_lies_after_the_end_does_not_matter(p, filler):
    lengths = np.zeros(p.N, int) if p.lengths is None else p.lengths
    one = run(p.layer, p.x, p.state, lengths, p.dy, p.d_last)
    after = np.arange(p.T) >= lengths[:, None]
    p.x[after], p.dy[after] = filler, -filler
    other = run(p.layer, p.x, p.state, lengths, p.dy, p.d_last)
    for a, b in zip(flat(*one), flat(*other), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not other[0][after].any()
    assert not other[2][after].any()


@PROPERTY
@given(problems())
def test_lengths_equal_each_sequence_alone(p):
    if p.lengths is None:
        return
    y, last, dx, d_first, grads = run(p.layer, p.x, p.state, p.lengths, p.dy, p.d_last)
    alone = []
    for n, l in enumerate(p.lengths):
        row = slice(n, n + 1)
        if l == 0:
            same((take(last, row), take(d_first, row)), (take(p.state, row), take(p.d_last, row)))
            continue
        got = run(
            p.layer, p.x[row, :l], take(p.state, row), None, p.dy[row, :l], take(p.d_last, row)
        )
        alone.append(got[4])
        same((y[row, :l], take(last, row), dx[row, :l], take(d_first, row)), got[:4], **GRADIENT)
    if alone:
        same((grads,), (total(*alone),), **GRADIENT)
    else:
        assert not any(g.any() for g in grads.values())


@PROPERTY
@given(problems())
def test_full_lengths_change_nothing(p):
    one = run(p.layer, p.x, p.state, None, p.dy, p.d_last)
    other = run(p.layer, p.x, p.state, np.full(p.N, p.T), p.dy, p.d_last)
    same(one, other)


@PROPERTY
@given(problems(max_T=1))
def test_one_step_is_the_cell(p):
    y, last = p.layer.forward(p.x, p.state)
    h, c = step(p.cell, p.layer, p.x[:, 0].copy(), parts(p.state))
    np.testing.assert_allclose(y[:, 0], h, **OUTPUT)
    np.testing.assert_allclose(parts(last)[0], h, **OUTPUT)
    if c is not None:
        np.testing.assert_allclose(last[1], c, **OUTPUT)


@PROPERTY
@given(problems(), st.floats(-3, 3), st.floats(-3, 3))
def test_backward_is_linear(p, a, b):
    """The two gradients that come in add up, and each may be left out."""
    p.layer.forward(p.x, p.state, p.lengths)
    zero = tuple(map(np.zeros_like, parts(p.d_last)))
    zero = zero if p.cell == "lstm" else zero[0]
    scaled = tuple(b * d for d in parts(p.d_last))
    scaled = scaled if p.cell == "lstm" else scaled[0]

    def back(dy, d_state):
        return *p.layer.backward(dy, d_state), p.layer.grads

    of_y, of_state = back(p.dy, None), back(None, p.d_last)
    same(of_y, back(p.dy, zero))
    same(of_state, back(np.zeros_like(p.dy), p.d_last))
    both = flat(*back(a * p.dy, scaled))
    for u, v, w in zip(flat(*of_y), flat(*of_state), both, strict=True):
        np.testing.assert_allclose(w, a * u + b * v, **GRADIENT)


@PROPERTY
@given(problems(), st.integers(1, 40))
def test_blocks_of_time_change_nothing(p, block):
    one = run(p.layer, p.x, p.state, p.lengths, p.dy, p.d_last)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "BLOCK", block)
        other = run(p.layer, p.x, p.state, p.lengths, p.dy, p.d_last)
    same(one, other)


@pytest.mark.parametrize(
    "lengths", [None, np.array([150, 0, 149, 70] * 8)], ids=["full", "lengths"]
)
@EVERY_CELL
def test_a_long_sequence_crosses_the_block_boundary(cell, lengths, monkeypatch):
    N, T, D, H = 32, 150, 2, 64
    assert N * T * H > layers.BLOCK
    rng, layer, x = np.random.default_rng(2), make(cell, D, H, scale=0.5), make_x(N, T, D)
    dy, d_last = rng.standard_normal((N, T, H)), make_state(cell, N, H)
    one = run(layer, x, None, lengths, dy, d_last)
    monkeypatch.setattr(layers, "BLOCK", N * T * H)
    other = run(layer, x, None, lengths, dy, d_last)
    scale = max(1.0, max(np.abs(a).max() for a in flat(*other)))
    same(one, other, rtol=0, atol=1e-12 * scale)


@EVERY_CELL
@pytest.mark.parametrize("lengths", [None, np.array([3, 0, 20, 9, 11])], ids=["full", "lengths"])
def test_both_ways_to_sum_over_time_agree(cell, lengths, monkeypatch):
    """In a narrow batch one product takes all steps; in a wide one each step has its own."""
    monkeypatch.setattr(layers, "BLOCK", 1)  # eight steps
    N, T, D, H = 5, 20, 2, 4
    layer, x, state = make(cell, D, H), make_x(N, T, D), make_state(cell, N, H)
    dy, d_last = np.random.default_rng(3).standard_normal((N, T, H)), make_state(cell, N, H)
    one = run(layer, x, state, lengths, dy, d_last)
    layer._sum_at_once = layer._sum_by_steps
    other = run(layer, x, state, lengths, dy, d_last)
    same(one, other)


@EVERY_CELL
def test_a_gradient_that_is_not_finite_is_refused_by_its_name(cell):
    layer, inputs, (dy, d_state) = example(cell)
    layer.forward(*inputs)
    bad = np.full_like(dy[:, 0], np.nan)
    for state in [(d_state[0], bad), (bad, d_state[1])] if cell == "lstm" else [bad]:
        with pytest.raises(InputError, match="expected d_state to hold finite"):
            layer.backward(dy, state)


@EVERY_CELL
@pytest.mark.parametrize("extra", [0, 1])
def test_a_batch_wider_than_the_rows_of_z_is_summed_by_steps(cell, extra, monkeypatch):
    D, H = 1, 2
    layer = make(cell, D, H)
    N = layer._rows(D, H) + extra
    taken = []
    for name in ("_sum_at_once", "_sum_by_steps"):
        way = getattr(layer, name)
        monkeypatch.setattr(
            layer, name, lambda *args, name=name, way=way: taken.append(name) or way(*args)
        )
    layer.forward(make_x(N, 3, D))
    layer.backward(np.ones((N, 3, H)))
    assert taken == [("_sum_at_once", "_sum_by_steps")[extra]]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000, 4095, 4096, 4097, 10**6])
def test_a_block_holds_a_number_of_entries_or_eight_steps(size, monkeypatch):
    assert 2**14 <= layers.BLOCK <= 2**22  # long enough to be fast, short enough for the memory
    monkeypatch.setattr(layers, "BLOCK", 2**15)
    longest = {0: 2**15, 1: 2**15, 2: 2**14, 3: 10922, 1000: 32}.get(size, 8)
    for T in (1, 7, longest - 1, longest, longest + 1, 3 * longest + 5):
        blocks = layers._blocks(T, size)
        assert [t for block in blocks for t in range(T)[block][::-1]] == list(range(T))[::-1]
        assert [len(range(T)[block]) for block in blocks[:-1]] == [longest] * (len(blocks) - 1)
        assert 1 <= len(range(T)[blocks[-1]]) <= longest


# ---------------------------------------------------------------------------------------------
# Edges


@EVERY_CELL
def test_empty_batch(cell):
    T, D, H = 4, 2, 3
    layer, x = make(cell, D, H), np.zeros((0, T, D))
    for lengths in (None, np.zeros(0, int)):
        y, last, dx, d_first, grads = run(layer, x, None, lengths, np.zeros((0, T, H)), None)
        assert y.shape == (0, T, H)
        assert dx.shape == (0, T, D)
        assert all(s.shape == (0, H) for s in (*parts(last), *parts(d_first)))
        for name, value in grads.items():
            assert value.shape == layer.params[name].shape
            assert not value.any()


@EVERY_CELL
def test_lengths_of_zero_return_the_given_state(cell):
    layer, x, state = make(cell, 2, 3), make_x(2, 4, 2), make_state(cell, 2, 3)
    d_last, dy = make_state(cell, 2, 3, 7), np.ones((2, 4, 3))
    y, last, dx, d_first, grads = run(layer, x, state, np.zeros(2, int), dy, d_last)
    assert not y.any()
    assert not dx.any()
    assert not any(g.any() for g in grads.values())
    for a, b in zip(flat(last, d_first), flat(state, d_last), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64, np.uint8, np.uint64])
@EVERY_CELL
def test_lengths_of_any_integer_type(cell, kind):
    layer, x = make(cell, 2, 3), make_x(3, 4, 2)
    want = layer.forward(x, None, np.array([4, 0, 2]))
    same(want, layer.forward(x, None, np.array([4, 0, 2], kind)))


@EVERY_CELL
def test_any_memory_layout_is_read(cell):
    N, T, D, H = 3, 4, 2, 5
    layer, state, d_last = make(cell, D, H), make_state(cell, N, H), make_state(cell, N, H, 3)
    x, dy = make_x(N, T, D), np.random.default_rng(0).standard_normal((N, T, H))
    want = run(layer, x, state, None, dy, d_last)
    layouts = {
        "Fortran": np.asfortranarray,
        "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
        "reversed": lambda a: a[::-1].copy()[::-1],
        "transposed": lambda a: a.T.copy().T,
    }
    for change in layouts.values():
        both = lambda s, change=change: tuple(map(change, s)) if cell == "lstm" else change(s)  # noqa: E731
        same(want, run(layer, change(x), both(state), None, change(dy), both(d_last)))
    constant = np.broadcast_to(np.full(D, 0.5), (N, T, D))
    ones = np.broadcast_to(np.ones(H), (N, T, H))
    same(
        run(layer, constant, None, None, ones), run(layer, constant.copy(), None, None, ones.copy())
    )


@EVERY_CELL
def test_weights_of_any_memory_layout(cell):
    layer, x = make(cell, 2, 3), make_x(2, 4, 2)
    want = run(layer, x, None, None, np.ones((2, 4, 3)))
    for name, value in layer.params.items():
        layer.params[name] = np.asfortranarray(value)
    same(want, run(layer, x, None, None, np.ones((2, 4, 3))))


# ---------------------------------------------------------------------------------------------
# Who owns what


def example(cell, dtype=np.float64):
    """A layer after a forward pass, and the arguments of both passes."""
    N, T, D, H = 3, 4, 2, 5
    layer = make(cell, D, H, dtype=dtype)
    inputs = (
        make_x(N, T, D, dtype=dtype),
        make_state(cell, N, H, dtype=dtype),
        np.array([4, 1, 3]),
    )
    gradients = (
        np.random.default_rng(8).standard_normal((N, T, H)).astype(dtype),
        make_state(cell, N, H, 3, dtype=dtype),
    )
    return layer, inputs, gradients


@EVERY_CELL
def test_arguments_stay_as_they_are(cell):
    layer, inputs, gradients = example(cell)
    arguments = flat(*inputs, *gradients, layer.params)
    before = [a.copy() for a in arguments]
    for a in arguments:
        a.flags.writeable = False
    for lengths in (None, inputs[2]):
        run(layer, inputs[0], inputs[1], lengths, *gradients)
    for a, b in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(a, b)


@EVERY_CELL
def test_results_own_their_memory(cell):
    layer, inputs, gradients = example(cell)
    arguments = flat(*inputs, *gradients, layer.params)
    results = flat(*run(layer, *inputs, *gradients))
    for k, value in enumerate(results):
        assert value.flags.writeable
        assert value.base is None
        others = arguments + results[k + 1 :]
        assert not any(np.shares_memory(value, other) for other in others)
        inside = [a for a in vars(layer).values() if isinstance(a, np.ndarray)] + [
            a for a in layer._cache if isinstance(a, np.ndarray)
        ]
        assert not any(np.shares_memory(value, a) for a in inside)


@EVERY_CELL
def test_changing_results_and_arguments_changes_nothing_inside(cell):
    layer, inputs, gradients = example(cell)
    want = copy.deepcopy(run(layer, *inputs, *gradients))
    y, last = layer.forward(*inputs)
    for a in flat(y, last, *inputs):
        a.fill(7)
    dx, d_first = layer.backward(*gradients)
    same((dx, d_first, layer.grads), want[2:])
    for a in flat(dx, d_first, layer.grads):
        a.fill(7)
    dx, d_first = layer.backward(*gradients)
    same((dx, d_first, layer.grads), want[2:])


@EVERY_CELL
def test_backward_replaces_grads(cell):
    layer, inputs, gradients = example(cell)
    assert layer.grads == {}
    layer.forward(*inputs)
    assert layer.grads == {}
    layer.backward(*gradients)
    first = layer.grads
    kept = {k: v.copy() for k, v in first.items()}
    layer.backward(
        2 * gradients[0], tuple(2 * d for d in gradients[1]) if cell == "lstm" else 2 * gradients[1]
    )
    assert set(layer.grads) == set(layer.params)
    for name in first:
        np.testing.assert_array_equal(first[name], kept[name])
        np.testing.assert_allclose(layer.grads[name], 2 * kept[name], **GRADIENT)
        assert layer.grads[name].shape == layer.params[name].shape


@pytest.mark.parametrize("how", ["in place", "by replacement", "whole dict"])
@EVERY_CELL
def test_params_are_live(cell, how):
    layer, (x, state, lengths), gradients = example(cell)
    run(layer, x, state, lengths, *gradients)
    other = make(cell, 2, 5, seed=50)
    for name, value in other.params.items():
        if how == "in place":
            layer.params[name][...] = value
        elif how == "by replacement":
            layer.params[name] = value.copy()
    if how == "whole dict":
        layer.params = {name: other.params[name].copy() for name in reversed(other.params)}
    same(run(other, x, state, lengths, *gradients), run(layer, x, state, lengths, *gradients))


@EVERY_CELL
def test_each_parameter_alone_is_live(cell):
    layer, (x, state, lengths), _ = example(cell)
    y, _ = layer.forward(x, state, lengths)
    for value in layer.params.values():
        value += 0.1
        y_new, _ = layer.forward(x, state, lengths)
        assert np.abs(y_new - y).max() > 1e-4
        y = y_new


@EVERY_CELL
def test_backward_belongs_to_the_forward_that_was_run(cell):
    """A step of the optimizer between the two passes does not change the gradient."""
    layer, inputs, gradients = example(cell)
    want = copy.deepcopy(run(layer, *inputs, *gradients))
    layer.forward(*inputs)
    for value in layer.params.values():
        value += 1
    same(want[2:], (*layer.backward(*gradients), layer.grads))


@EVERY_CELL
def test_passes_repeat_to_the_bit(cell):
    layer, inputs, gradients = example(cell)
    one, other = run(layer, *inputs, *gradients), run(copy.deepcopy(layer), *inputs, *gradients)
    for a, b in zip(flat(*one), flat(*other), strict=True):
        np.testing.assert_array_equal(a, b)


# ---------------------------------------------------------------------------------------------
# Extremes


@pytest.mark.parametrize("size", [1e3, 1e30, 1e300, 1e308])
@EVERY_CELL
def test_large_inputs_stay_finite(cell, size):
    layer = make(cell, 2, 3)
    for sign in (1, -1):
        results = run(layer, sign * size * np.ones((2, 5, 2)), None, None, np.ones((2, 5, 3)))
        assert all(np.isfinite(a).all() for a in flat(*results))


@EVERY_CELL
def test_large_weights_stay_finite_or_are_refused(cell):
    layer = make(cell, 2, 3, scale=100)
    y, _ = layer.forward(make_x(2, 50, 2))
    assert np.isfinite(y).all()
    try:
        dx, _ = layer.backward(np.ones_like(y))
    except InputError as error:
        check_message(error)
    else:
        assert np.isfinite(dx).all()


@EVERY_CELL
def test_the_largest_inputs_and_weights_stay_finite_or_are_refused(cell):
    layer, largest = make(cell, 2, 3), np.finfo(float).max
    for value in layer.params.values():
        value[...] = np.sign(value) * largest
    x, state = np.full((2, 3, 2), largest), zeros_for(cell, 2, 3)
    state = tuple(s + largest for s in state)
    for sign in (1, -1):
        try:
            y, last = layer.forward(sign * x, state if cell == "lstm" else state[0])
            dx, d_first = layer.backward(np.ones_like(y))
        except InputError as error:
            check_message(error)
        else:
            assert all(np.isfinite(a).all() for a in flat(y, last, dx, d_first, layer.grads))


@EVERY_CELL
def test_ten_thousand_steps(cell):
    layer, x = CELLS[cell](1, 2, rng=np.random.default_rng(0)), make_x(1, 10_000, 1)
    results = run(layer, x, None, None, np.ones((1, 10_000, 2)))
    assert all(np.isfinite(a).all() for a in flat(*results))


def test_exploding_gradient_is_refused_by_name():
    """Every state stays near zero, where tanh' is 1, so the gradient grows by 1e3 each step."""
    layer = RNN(1, 1, rng=np.random.default_rng(0))
    layer.params["W_x"][...], layer.params["b"][...] = 0, 0
    layer.params["W_h"][...] = 1e3
    x = np.zeros((1, 200, 1))
    layer.forward(x)
    kept = layer.grads
    with pytest.raises(InputError) as error:
        layer.backward(np.ones((1, 200, 1)))
    check_message(error.value)
    assert "gradient" in str(error.value)
    assert layer.grads is kept


@pytest.mark.parametrize("where", ["weights", "input", "state"])
def test_a_gradient_too_large_in_one_place_is_refused(where):
    layer = RNN(1, 1, rng=np.random.default_rng(0))
    layer.params["W_x"][...] = 1e300 if where == "input" else 0
    layer.params["W_h"][...] = 1e300 if where == "state" else 0
    layer.params["b"][...] = 0
    layer.forward(np.full((1, 1, 1), 1e300 if where == "weights" else 0.0))
    with pytest.raises(InputError) as error:
        layer.backward(np.full((1, 1, 1), 1e10))
    check_message(error.value)
    assert layer.grads == {}
    layer.backward(np.ones((1, 1, 1)))  # the largest gradient is 1e300 now
    assert layer.grads["b"] == 1


# ---------------------------------------------------------------------------------------------
# Bad input

N, T, D, H = 3, 4, 2, 5


def bad_calls(cell, dtype=np.float64):
    """Label -> a call that must be refused, given the layer and its good arguments."""
    layer, (x, state, lengths), (dy, d_state) = example(cell, dtype)
    calls = {}

    def add(place, label, call):
        assert (place, label) not in calls
        calls[place, label] = call

    def with_part(given, k, bad):
        """A state with one bad part; the state of one part is the bad value itself."""
        return tuple(bad if j == k else s for j, s in enumerate(given)) if cell == "lstm" else bad

    kinds = [*wrong_kinds(x).items(), *wrong_shapes(x).items(), ("None", None)]
    kinds.append(("time first", np.zeros((T, N, D), dtype)[:, :, :1]))
    kinds.append(("features second", x.swapaxes(1, 2)))
    for label, bad in kinds:
        if label not in (
            "axis 0 longer",
            "axis 0 of size 1",
            "axis 0 empty",
            "axis 1 longer",
            "axis 1 of size 1",
        ):
            add("x", label, lambda layer, bad=bad: layer.forward(bad))
        elif label.startswith("axis 0"):
            add("x", label, lambda layer, bad=bad: layer.forward(bad, state))
    for k, part in enumerate(parts(state)):
        for label, bad in [*wrong_kinds(part).items(), *wrong_shapes(part).items()]:
            add(
                f"state {k}",
                label,
                lambda layer, bad=bad, k=k: layer.forward(x, with_part(state, k, bad)),
            )
            add(
                f"d_state {k}",
                label,
                lambda layer, bad=bad, k=k: layer.backward(dy, with_part(d_state, k, bad)),
            )
    for label, bad in [*wrong_kinds(dy).items(), *wrong_shapes(dy).items()]:
        add("dy", label, lambda layer, bad=bad: layer.backward(bad, d_state))
    both = {
        "list of states": [part for part in parts(state)],
        "three parts": (parts(state)[0],) * 3,
        "empty tuple": (),
        "stacked": np.stack([parts(state)[0]] * 2),
        "as PyTorch keeps it": parts(state)[0][None],
        "dict": {"h": parts(state)[0]},
        "tuple of one": (parts(state)[0],),
        "nested": ((parts(state)[0], parts(state)[0]),),
    }
    if cell == "lstm":
        both |= {
            "h only": state[0],
            "h and None": (state[0], None),
            "None and c": (None, state[1]),
            "sizes differ": (state[0], state[1][:, :-1]),
        }
    else:
        both["h and c"] = (state, state)
    for label, bad in both.items():
        add("state", label, lambda layer, bad=bad: layer.forward(x, bad))
        add("d_state", label, lambda layer, bad=bad: layer.backward(dy, bad))
    add("backward", "no gradient", lambda layer: layer.backward())
    add("backward", "None and None", lambda layer: layer.backward(None, None))
    bad_lengths = {
        "list": [4, 1, 3],
        "tuple": (4, 1, 3),
        "number": 4,
        "NumPy number": np.int64(4),
        "str": "413",
        "range": range(3),
        "float": lengths.astype(float),
        "NaN": np.array([4.0, np.nan, 1.0]),
        "bool": np.array([True, False, True]),
        "mask": np.ones((N, T), bool),
        "complex": lengths.astype(complex),
        "object": lengths.astype(object),
        "strings": lengths.astype(str),
        "masked array": np.ma.array(lengths, mask=[0, 0, 1]),
        "matrix": lengths[None].view(np.matrix),
        "table": Frame(lengths),
        "dates": lengths.astype("datetime64[D]"),
        "negative": np.array([4, -1, 3]),
        "too long": np.array([4, 5, 3]),
        "far too long": np.array([4, 2**62, 3]),
        "too long, unsigned": np.array([4, 2**64 - 1, 3], np.uint64),
        "one too few": lengths[:2],
        "one too many": np.array([4, 1, 3, 2]),
        "column": lengths[:, None],
        "row": lengths[None],
        "0-d": np.array(4),
        "none at all": np.zeros(0, int),
        "empty list": [],
        "dict": {"lengths": lengths},
        "True": True,
    }
    for label, bad in bad_lengths.items():
        add("lengths", label, lambda layer, bad=bad: layer.forward(x, state, bad))
    for name, good in layer.params.items():
        bad_values = dict(wrong_kinds(good)) if good.ndim == 2 else {
            "list": good.tolist(), "NaN": np.full_like(good, np.nan), "column": good[:, None],
            "integers": np.ones(good.shape, int), "float16": good.astype(np.float16),
        }  # fmt: skip
        bad_values |= {
            "None": None,
            "one longer": np.concatenate([good, good[:1]]),
            "one axis more": good[None],
            "empty": good[:0],
        }
        if good.ndim == 2 and good.T.shape != good.shape:
            bad_values["transposed"] = good.T
        for label, bad in bad_values.items():
            add(name, label, lambda layer, name=name, bad=bad: plant(layer, {name: bad}, x))
        add(name, "missing", lambda layer, name=name: plant(layer, {name: plant}, x))
    add("params", "one too many", lambda layer: plant(layer, {"W_y": np.zeros(3, dtype)}, x))
    add("params", "a name that is no text", lambda layer: plant(layer, {0: np.zeros(3, dtype)}, x))
    for label, bad in {"None": None, "list": [1.0], "array": x, "empty": {}}.items():
        add("params", label, lambda layer, bad=bad: plant(layer, bad, x))
    if cell == "gru":
        add("overflow", "weights", lambda layer: overflow(layer, x, state))
    big = np.full_like(dy, 0.9 * np.finfo(dtype).max)
    add(
        "overflow", "gradients", lambda layer: layer.backward(big, with_part(d_state, 0, big[:, 0]))
    )
    return layer, calls


def plant(layer, bad, x):
    """Call forward with bad params, and put the good ones back."""
    good = layer.params
    layer.params = bad if not isinstance(bad, dict) or not bad else good | bad
    if isinstance(bad, dict):
        for name in [name for name, value in bad.items() if value is plant]:
            del layer.params[name]
    try:
        layer.forward(x)
    finally:
        layer.params = good


def overflow(layer, x, state):
    """Infinity from the input meets minus infinity from the state in the gates of a GRU."""
    good = {name: value.copy() for name, value in layer.params.items()}
    largest = np.finfo(x.dtype).max
    layer.params["W_x"][...], layer.params["W_h"][...] = largest, -largest
    try:
        layer.forward(np.full_like(x, largest), np.full_like(state, largest))
    finally:
        for name, value in good.items():
            layer.params[name][...] = value


BAD = [(cell, *key) for cell in CELLS for key in bad_calls(cell)[1]]


@EVERY_CELL
def test_there_are_at_least_a_hundred_bad_inputs(cell):
    assert sum(case[0] == cell for case in BAD) >= 100


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@EVERY_CELL
def test_bad_input_is_refused_and_changes_nothing(cell, dtype, record_property):
    layer, (x, state, lengths), gradients = example(cell, dtype)
    _, calls = bad_calls(cell, dtype)
    want = copy.deepcopy(run(layer, x, state, lengths, *gradients))
    params, grads = layer.params, layer.grads
    inside = dict(vars(layer))
    kept = copy.deepcopy((params, grads))
    missed = []
    for key, call in calls.items():
        try:
            call(layer)
            missed.append((key, "let through"))
        except InputError as error:
            check_message(error)
        except Exception as error:
            missed.append((key, repr(error)))
        assert layer.params is params, key
        assert layer.grads is grads, key
        assert all(vars(layer)[name] is value for name, value in inside.items()), key
        for a, b in zip(flat(params, grads), flat(*kept), strict=True):
            assert a.tobytes() == b.tobytes(), key
    assert not missed
    same((*layer.backward(*gradients), layer.grads), want[2:])
    if dtype == np.float64:
        record_property("bad inputs refused", len(calls))


@EVERY_CELL
def test_backward_before_forward(cell):
    layer = make(cell, 2, 3)
    for call in (lambda: layer.backward(np.ones((1, 1, 3))), layer.backward):
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)
        assert "forward" in str(error.value)
    assert layer.grads == {}


def test_first_forward_refused_leaves_nothing_to_go_back_to():
    layer = make("gru", 2, 3)
    with pytest.raises(InputError):
        layer.forward(np.full((1, 2, 2), np.nan))
    with pytest.raises(InputError) as error:
        overflow(layer, np.ones((1, 2, 2)), np.ones((1, 3)))
    check_message(error.value)
    with pytest.raises(InputError) as error:
        layer.backward(np.ones((1, 2, 3)))
    assert "forward" in str(error.value)


def test_the_message_names_the_shape_and_a_remedy():
    layer = RNN(4, 3, rng=np.random.default_rng(0))
    with pytest.raises(InputError) as error:
        layer.forward(np.zeros((3, 4, 5)))
    assert "(N, T, 4)" in str(error.value)
    assert "(3, 4, 5)" in str(error.value)
    with pytest.raises(InputError) as error:
        layer.forward(np.zeros((3, 5, 4), np.float32))
    assert "float64" in str(error.value)
    assert "float32" in str(error.value)
    assert isinstance(error.value, ValueError)


RNG = np.random.default_rng(0)
BAD_SIZES = [0, -1, 1.0, 2.5, "3", None, True, [3], (3,), np.array([3]), np.array(3), np.nan, 3j]
BAD_RNGS = [
    0,
    None,
    "0",
    np.random.RandomState(0),
    np.random,
    np.random.default_rng,
    1.5,
    RNG.bit_generator,
]
BAD_DTYPES = [
    np.float16, np.longdouble, int, complex, bool, str, object, "float16", "text", None, 64,
    np.dtype(">f8"), [np.float64], np.zeros(3), ("f8", "f4"), {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU, Linear, Embedding])
class TestConstructor:
    @pytest.mark.parametrize("bad", BAD_SIZES, ids=repr)
    def test_sizes(self, kind, bad):
        for sizes in [(bad, 3), (3, bad)]:
            with pytest.raises(InputError) as error:
                kind(*sizes, rng=RNG)
            check_message(error.value)

    @pytest.mark.parametrize("bad", BAD_RNGS, ids=lambda v: type(v).__name__)
    def test_rng(self, kind, bad):
        with pytest.raises(InputError) as error:
            kind(2, 3, rng=bad)
        check_message(error.value)

    @pytest.mark.parametrize("bad", BAD_DTYPES, ids=str)
    def test_dtype(self, kind, bad):
        with pytest.raises(InputError) as error:
            kind(2, 3, rng=RNG, dtype=bad)
        check_message(error.value)

    @pytest.mark.parametrize("dtype", [np.float32, np.dtype("f4"), np.float64, np.dtype("f8")])
    def test_good_dtype(self, kind, dtype):
        layer = kind(2, 3, rng=RNG, dtype=dtype)
        assert layer.dtype == dtype
        assert all(value.dtype == dtype for value in layer.params.values())

    def test_a_new_layer(self, kind):
        layer = kind(1, 1, rng=RNG)
        assert layer.grads == {}
        assert layer.dtype == np.float64
        assert {value.dtype for value in layer.params.values()} == {np.dtype(np.float64)}

    def test_numpy_sizes(self, kind):
        layer = kind(np.int32(2), np.uint8(3), rng=RNG)
        assert {type(n) for shape in layer.shapes.values() for n in shape} == {int}

    def test_a_refused_layer_draws_nothing(self, kind):
        rng = np.random.default_rng(3)
        with pytest.raises(InputError):
            kind(2, 0, rng=rng)
        with pytest.raises(InputError):
            kind(2, 3, rng=rng, dtype=np.float16)
        assert rng.random() == np.random.default_rng(3).random()


@pytest.mark.parametrize("bad", [1, 0, None, "after", 1.0, np.array(True), []], ids=repr)
def test_reset_after_must_be_a_flag(bad):
    with pytest.raises(InputError) as error:
        GRU(2, 3, rng=RNG, reset_after=bad)
    check_message(error.value)


# ---------------------------------------------------------------------------------------------
# Linear and Embedding


class TestLinear:
    def layer(self, dtype=np.float64):
        return Linear(3, 2, rng=np.random.default_rng(0), dtype=dtype)

    def test_start(self):
        rng, k = np.random.default_rng(0), 1 / math.sqrt(3)
        params = self.layer().params
        assert list(params) == ["W", "b"]
        np.testing.assert_array_equal(params["W"], rng.uniform(-k, k, (3, 2)))
        np.testing.assert_array_equal(params["b"], rng.uniform(-k, k, 2))

    @pytest.mark.parametrize("lead", [(), (4,), (2, 5), (0,), (2, 0), (2, 3, 4)])
    def test_values_and_gradients(self, lead):
        layer, rng = self.layer(), np.random.default_rng(1)
        x, dy = rng.standard_normal((*lead, 3)), rng.standard_normal((*lead, 2))
        y = layer.forward(x)
        assert y.shape == (*lead, 2)
        W, b = layer.params["W"], layer.params["b"]
        want = np.array(
            [
                sum(x[(*i[:-1], k)] * W[k, i[-1]] for k in range(3)) + b[i[-1]]
                for i in np.ndindex(y.shape)
            ]
        )
        np.testing.assert_allclose(y.ravel(), want, **OUTPUT)
        dx = layer.backward(dy)
        loss = lambda: np.sum(dy * layer.forward(x))  # noqa: E731
        np.testing.assert_allclose(dx, central_differences(loss, x), rtol=0, atol=1e-8)
        assert dx.shape == x.shape
        grads = layer.grads
        for name, value in layer.params.items():
            assert grads[name].shape == value.shape
            np.testing.assert_allclose(
                grads[name], central_differences(loss, value), rtol=0, atol=1e-8
            )

    def test_equals_torch(self):
        torch = pytest.importorskip("torch")
        layer, x = self.layer(), make_x(4, 5, 3)
        twin = torch.nn.Linear(3, 2, dtype=torch.float64)
        with torch.no_grad():
            twin.weight.copy_(torch.tensor(layer.params["W"].T))
            twin.bias.copy_(torch.tensor(layer.params["b"]))
        np.testing.assert_allclose(layer.forward(x), twin(torch.tensor(x)).detach(), **OUTPUT)

    def test_float32(self):
        layer, x = self.layer(np.float32), make_x(4, 5, 3, dtype=np.float32)
        y = layer.forward(x)
        assert {a.dtype for a in flat(y, layer.backward(y), layer.grads)} == {np.dtype(np.float32)}

    def test_ownership(self):
        layer, x, dy = self.layer(), make_x(4, 5, 3), make_x(4, 5, 2, seed=1)
        y = layer.forward(x)
        dx = layer.backward(dy)
        want = copy.deepcopy((dx, layer.grads))
        for a in flat(x, y, dx, layer.grads):
            a.fill(7)
        for value in layer.params.values():
            value += 1  # the gradient belongs to the forward pass that was run
        same((layer.backward(dy), layer.grads), want)

    def test_refuses(self):
        layer, x, dy = self.layer(), make_x(4, 5, 3), make_x(4, 5, 2, seed=1)
        with pytest.raises(InputError) as error:
            layer.backward(dy)
        check_message(error.value)
        layer.forward(x)
        want = copy.deepcopy((layer.backward(dy), layer.grads))
        kinds = [
            *wrong_kinds(x).values(),
            None,
            np.zeros(()),
            x[..., :2],
            x[..., :1],
            x.T,
            np.zeros((4, 5, 4)),
        ]
        grads = layer.grads
        for bad in kinds:
            with pytest.raises(InputError) as error:
                layer.forward(bad)
            check_message(error.value)
        for bad in [*wrong_kinds(dy).values(), *wrong_shapes(dy).values(), None]:
            with pytest.raises(InputError) as error:
                layer.backward(bad)
            check_message(error.value)
        good = layer.params
        for bad in (good | {"W": good["W"].T}, {"W": good["W"]}, None, good | {"c": x}):
            layer.params = bad
            with pytest.raises(InputError) as error:
                layer.forward(x)
            check_message(error.value)
        layer.params = good
        assert layer.grads is grads
        same((layer.backward(dy), layer.grads), want)

    def test_overflow_is_refused_by_name(self):
        layer = self.layer()
        layer.params["W"][:] = 1e300
        for call in (
            lambda: layer.forward(np.full((2, 3), 1e300)),
            lambda: (layer.forward(np.ones((2, 3))), layer.backward(np.full((2, 2), 1e300))),
        ):
            with pytest.raises(InputError) as error:
                call()
            check_message(error.value)


class TestEmbedding:
    def layer(self, dtype=np.float64):
        return Embedding(5, 3, rng=np.random.default_rng(0), dtype=dtype)

    def test_start(self):
        want = np.random.default_rng(0).standard_normal((5, 3))
        np.testing.assert_array_equal(self.layer().params["W"], want)

    @pytest.mark.parametrize("shape", [(), (1,), (7,), (2, 3), (0,), (2, 0), (2, 2, 2)])
    @pytest.mark.parametrize("kind", [np.int64, np.uint8])
    def test_values_and_gradients(self, shape, kind):
        layer, rng = self.layer(), np.random.default_rng(1)
        ids = rng.integers(0, 5, shape).astype(kind).reshape(shape)
        dy = rng.standard_normal((*shape, 3))
        y = layer.forward(ids)
        assert y.shape == (*shape, 3)
        want = np.zeros((5, 3))
        for place in np.ndindex(shape):
            np.testing.assert_array_equal(y[place], layer.params["W"][int(ids[place])])
            want[int(ids[place])] += dy[place]
        layer.backward(dy)
        np.testing.assert_allclose(layer.grads["W"], want, **OUTPUT)
        assert not np.shares_memory(y, layer.params["W"])

    def test_equal_ids_are_summed(self):
        layer = self.layer()
        layer.forward(np.array([2, 2, 2]))
        layer.backward(np.ones((3, 3)))
        assert layer.grads["W"].tolist() == [[0] * 3, [0] * 3, [3] * 3, [0] * 3, [0] * 3]

    def test_float32(self):
        layer = self.layer(np.float32)
        y = layer.forward(np.array([1, 2]))
        layer.backward(y)
        assert y.dtype == layer.grads["W"].dtype == np.float32

    def test_ownership(self):
        layer, ids = self.layer(), np.array([[0, 4], [2, 2]])
        y, dy = layer.forward(ids), np.ones((2, 2, 3))
        layer.backward(dy)
        want = layer.grads["W"].copy()
        for a in (y, ids, layer.grads["W"]):
            a.fill(1)
        layer.backward(dy)
        np.testing.assert_array_equal(layer.grads["W"], want)

    def test_refuses(self):
        layer, ids, dy = self.layer(), np.array([[0, 4, 1], [2, 2, 3]]), make_x(2, 3, 3)
        with pytest.raises(InputError) as error:
            layer.backward(dy)
        check_message(error.value)
        layer.forward(ids)
        layer.backward(dy)
        want, grads = layer.grads["W"].copy(), layer.grads
        bad_ids = [
            None, 1, [0, 1], "text", ids.astype(float), ids > 1, ids.astype(object), Frame(ids),
            np.ma.array(ids), np.array([-1]), np.array([5]), np.array([2**64 - 1], np.uint64),
            ids.view(np.matrix), ids.astype(str), np.array([np.nan]),
        ]  # fmt: skip
        for bad in bad_ids:
            with pytest.raises(InputError) as error:
                layer.forward(bad)
            check_message(error.value)
        for bad in [*wrong_kinds(dy).values(), dy[0], dy[:, :2], dy[..., :2], dy[None], None]:
            with pytest.raises(InputError) as error:
                layer.backward(bad)
            check_message(error.value)
        layer.params["W"] = layer.params["W"].T
        with pytest.raises(InputError) as error:
            layer.forward(ids)
        check_message(error.value)
        assert layer.grads is grads
        layer.backward(dy)
        np.testing.assert_array_equal(layer.grads["W"], want)


def test_torch_tensors_are_refused():
    torch = pytest.importorskip("torch")
    layer = RNN(2, 3, rng=RNG)
    for call in (
        lambda: layer.forward(torch.zeros(2, 3, 2, dtype=torch.float64)),
        lambda: layer.forward(np.zeros((2, 3, 2)), torch.zeros(2, 3, dtype=torch.float64)),
        lambda: layer.forward(np.zeros((2, 3, 2)), None, torch.tensor([1, 2])),
        lambda: RNN(2, 3, rng=torch.Generator()),
        lambda: RNN(2, 3, rng=RNG, dtype=torch.float64),
    ):
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)


@EVERY_CELL
def test_sums_that_leave_the_range_on_their_way_are_refused(cell):
    """Else 1e308 + 1e308 - 3e308 becomes infinity, and the state has the wrong sign."""
    layer = make(cell, 5, 3)
    for value in layer.params.values():
        value[...] = 0
    layer.params["W_x"][...] = 1
    x = np.array([1.0, 1.0, -1.0, -1.0, -1.0])
    right, _ = layer.forward(1e300 * x[None, None])
    kept = [right.copy(), layer.backward(np.ones_like(right))[0]]
    with pytest.raises(InputError, match="states") as error:
        layer.forward(1e308 * x[None, None])
    check_message(error.value)
    np.testing.assert_array_equal(layer.backward(np.ones_like(right))[0], kept[1])
    np.testing.assert_array_equal(right, kept[0])


def test_sizes_of_few_bits_make_the_same_layer():
    one, other = (Linear(n, 1, rng=np.random.default_rng(0)) for n in (10, np.int8(10)))
    np.testing.assert_array_equal(one.params["W"], other.params["W"])


def test_gradients_of_equal_ids_that_overflow_are_refused():
    table = Embedding(3, 1, rng=np.random.default_rng(0))
    table.forward(np.array([[1, 1]]))
    table.backward(np.ones((1, 2, 1)))
    before = table.grads
    with pytest.raises(InputError, match="gradients") as error:
        table.backward(np.full((1, 2, 1), 1e308))
    check_message(error.value)
    assert table.grads is before


def huge(cell, **parts):
    """A layer with D = H = 1, in which x, h and b add parts of the largest float to each sum."""
    layer, largest = make(cell, 1, 1), np.finfo(float).max
    for name, value in layer.params.items():
        value[...] = largest * parts.get(name, 0)
    return layer


@pytest.mark.parametrize("name", ["W_x", "W_h", "b"])
@EVERY_CELL
def test_one_large_part_of_a_sum_is_no_overflow(cell, name):
    y, _ = huge(cell, **{name: 0.9}).forward(np.zeros((2, 3, 1)))
    assert np.isfinite(y).all()


@pytest.mark.parametrize("parts", list(itertools.combinations(["W_x", "W_h", "b"], 2)))
@EVERY_CELL
def test_two_large_parts_of_a_sum_are_refused(cell, parts):
    with pytest.raises(InputError, match="states"):
        huge(cell, **dict.fromkeys(parts, 0.6)).forward(np.ones((2, 3, 1)))


@EVERY_CELL
def test_one_large_state_in_a_batch_is_enough(cell):
    layer = huge(cell, W_h=0.6)
    h = np.array([[0.0], [3.0], [0.0]])
    with pytest.raises(InputError, match="states"):
        layer.forward(np.zeros((3, 2, 1)), (h, h) if cell == "lstm" else h)
