"""Deep and bidirectional networks: gradients, PyTorch, invariances, refusals, and dropout."""

import copy
import itertools

import numpy as np
import pytest
from bad_values import Frame, check_message, wrong_kinds, wrong_shapes
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib import GRU, LSTM, RNN, InputError, Linear, MinGRU
from rnnlib.compose import Bidirectional, Dropout, Stack

CLOSE = {"rtol": 0, "atol": 1e-10}
D = 2


def before(D, H, **options):
    return GRU(D, H, reset_after=False, **options)


def deep(*kinds, sizes=(3, 4, 2)):
    """A function that makes a stack; layer k has sizes[k] units."""

    def make(**options):
        n_in = (D, *sizes)
        return Stack([kind(n_in[k], sizes[k], **options) for k, kind in enumerate(kinds)])

    return make


def both(kind, other=None, n_in=D, H=3, H_back=4):
    def make(**options):
        return Bidirectional(kind(n_in, H, **options), (other or kind)(n_in, H_back, **options))

    return make


def deep_both(**options):
    return Stack([both(GRU)(**options), both(LSTM, RNN, n_in=7, H=2, H_back=3)(**options)])


ONE_WAY = {
    "one": deep(LSTM),
    "rnn": deep(RNN, RNN),
    "lstm": deep(LSTM, LSTM, LSTM),
    "gru": deep(GRU, before),
    "mixed": deep(LSTM, MinGRU, RNN),
}
TWO_WAYS = {
    "both rnn": both(RNN),
    "both lstm": both(LSTM),
    "both gru": both(GRU, before),
    "both mixed": both(LSTM, MinGRU),
}
NETS = ONE_WAY | TWO_WAYS | {"deep both": deep_both}
EVERY = pytest.mark.parametrize("name", NETS)


def make(name, seed=0, dtype=np.float64):
    """A net with normal weights: larger than the default start, so that gates move."""
    net, rng = NETS[name](rng=np.random.default_rng(seed), dtype=dtype), np.random.default_rng(1)
    for params in net.params:
        for key, value in params.items():
            params[key] = (0.6 * rng.standard_normal(value.shape)).astype(dtype)
    return net


def draw(seed, *shape, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def like(value, seed):
    """Random arrays in the nest of `value`: a list, a tuple, or one array."""
    if isinstance(value, (list, tuple)):
        return type(value)(like(part, 7 * seed + k + 1) for k, part in enumerate(value))
    return draw(seed, *value.shape, dtype=value.dtype)


def flat(*values):
    """All arrays in nested lists, tuples and dicts."""
    found = []
    for value in values:
        if isinstance(value, dict):
            found += value.values()
        else:
            found += flat(*value) if isinstance(value, (list, tuple)) else [value]
    return found


def change(f, value):
    """f of every array in a nest."""
    if isinstance(value, (list, tuple)):
        return type(value)(change(f, part) for part in value)
    return f(value)


def same(one, other, **tolerance):
    for a, b in zip(flat(one), flat(other), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, **(tolerance or CLOSE))


def run(net, x, state=None, lengths=None, dy=None, d_state=None):
    """Everything a net computes: y, last state, dx, gradient in the first state, grads."""
    y, last = net.forward(x, state, lengths)
    dx, d_first = net.backward(dy, d_state)
    return y, last, dx, d_first, net.grads


def example(name, dtype=np.float64):
    """A net, the arguments of forward, and those of backward."""
    net, x, lengths = make(name, dtype=dtype), draw(2, 3, 5, D, dtype=dtype), np.array([5, 0, 3])
    y, last = net.forward(x)
    return net, (x, like(last, 3), lengths), (draw(4, *y.shape, dtype=dtype), like(last, 5))


# ---------------------------------------------------------------------------------------------
# Every gradient


@pytest.mark.parametrize("with_lengths", [False, True], ids=["full", "lengths"])
@EVERY
def test_gradients(name, with_lengths, record_property):
    net, (x, state, lengths), (dy, d_state) = example(name)
    lengths = lengths if with_lengths else None
    _, _, dx, d_first, grads = run(net, x, state, lengths, dy, d_state)

    def loss():
        y, last = net.forward(x, state, lengths)
        ends = zip(flat(d_state), flat(last), strict=True)
        return np.sum(dy * y) + sum(np.sum(d * s) for d, s in ends)

    places, analytic = flat(net.params, x, state), flat(grads, dx, d_first)
    for value, gradient in zip(places, analytic, strict=True):
        numeric = np.empty_like(value)
        for k in range(value.size):
            entry = value.flat[k]
            value.flat[k] = entry + 1e-5
            above = loss()
            value.flat[k] = entry - 1e-5
            numeric.flat[k] = (above - loss()) / 2e-5
            value.flat[k] = entry
        assert gradient.shape == numeric.shape
        error = np.abs(gradient - numeric).max()
        assert error < 1e-6 * max(1, np.abs(numeric).max()), error
    record_property("gradient checks", len(places))


# ---------------------------------------------------------------------------------------------
# The same numbers as PyTorch


def torch_net(torch, kind, layers, directions):
    """(our net, PyTorch's with the same weights, copied here and not by the bridge)."""
    H, rng = 3, np.random.default_rng(0)
    sizes = [D if k == 0 else directions * H for k in range(layers)]
    ours = [[kind(size, H, rng=rng) for _ in range(directions)] for size in sizes]
    net = Stack([Bidirectional(*pair) if directions == 2 else pair[0] for pair in ours])
    module = {RNN: torch.nn.RNN, LSTM: torch.nn.LSTM, GRU: torch.nn.GRU}[kind]
    module = module(
        D, H, layers, batch_first=True, bidirectional=directions == 2, dtype=torch.float64
    )
    names = {}
    for k, pair in enumerate(ours):
        for layer, end in zip(pair, ("", "_reverse"), strict=False):
            parts = {"W_x": "weight_ih", "W_h": "weight_hh", "b": "bias_ih", "b_h": "bias_hh"}
            for key, value in layer.params.items():
                names[f"{parts[key]}_l{k}{end}"] = layer, key
                getattr(module, f"{parts[key]}_l{k}{end}").data.copy_(torch.tensor(value.T))
            if "b_h" not in layer.params:
                getattr(module, f"bias_hh_l{k}{end}").data.zero_()
    return net, module, names


@pytest.mark.parametrize("with_lengths", [False, True], ids=["full", "lengths"])
@pytest.mark.parametrize(("layers", "directions"), [(1, 2), (2, 1), (2, 2), (3, 1), (3, 2)])
@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_equals_torch(kind, layers, directions, with_lengths, record_property):
    torch = pytest.importorskip("torch")
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    net, module, names = torch_net(torch, kind, layers, directions)
    N, T, H = 4, 6, 3
    x, lengths = draw(1, N, T, D), np.array([2, 6, 1, 4])
    dy, h_0 = draw(2, N, T, directions * H), draw(3, 2, layers * directions, N, H)
    dh = draw(4, 2, layers * directions, N, H)  # h and c

    def ours(h):
        """States as PyTorch keeps them, (2, K S, N, H), as our nest."""
        pick = lambda k: (h[0, k], h[1, k]) if kind is LSTM else h[0, k]  # noqa: E731
        if directions == 1:
            return [pick(k) for k in range(layers)]
        return [(pick(2 * k), pick(2 * k + 1)) for k in range(layers)]

    y, last, dx, d_first, _ = run(
        net, x, ours(h_0), lengths if with_lengths else None, dy, ours(dh)
    )
    x_t, h_t = torch.tensor(x, requires_grad=True), torch.tensor(h_0, requires_grad=True)
    read = x_t
    if with_lengths:
        read = pack_padded_sequence(x_t, lengths, batch_first=True, enforce_sorted=False)
    output, h_n = module(read, (h_t[0], h_t[1]) if kind is LSTM else h_t[0])
    if with_lengths:
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=T)
    h_n = torch.stack(h_n) if kind is LSTM else h_n[None]
    ((output * torch.tensor(dy)).sum() + (h_n * torch.tensor(dh[: len(h_n)])).sum()).backward()
    twice = np.concatenate([h_n.detach()] * 2)[:2]  # the second half is not read without c
    pairs = [(y, output.detach()), (dx, x_t.grad)]
    pairs += zip(flat(last), flat(ours(twice)), strict=True)
    pairs += zip(flat(d_first), flat(ours(h_t.grad.numpy())), strict=True)
    for name, (layer, key) in names.items():
        pairs.append((layer.grads[key], getattr(module, name).grad.numpy().T))
    for a, b in pairs:
        np.testing.assert_allclose(a, b, **CLOSE)
    record_property("comparisons with PyTorch", len(pairs))


# ---------------------------------------------------------------------------------------------
# Invariances, over random sizes

PROPERTY = settings(max_examples=30, deadline=None, derandomize=True)


@st.composite
def problems(draw_, names=tuple(NETS)):
    """A net, and everything that its two passes read."""
    name, seed = draw_(st.sampled_from(names)), draw_(st.integers(0, 999))
    N, T = draw_(st.integers(1, 4)), draw_(st.integers(1, 6))
    lengths = draw_(st.none() | st.lists(st.integers(0, T), min_size=N, max_size=N))
    net, x = make(name, seed), draw(seed, N, T, D)
    y, last = net.forward(x)
    lengths = None if lengths is None else np.array(lengths)
    return net, x, like(last, seed + 1), lengths, draw(seed + 2, *y.shape), like(last, seed + 3)


def total(one, other):
    return [{key: a[key] + b[key] for key in a} for a, b in zip(one, other, strict=True)]


@PROPERTY
@given(problems(tuple(ONE_WAY)), st.data())
def test_split_and_carry_the_state(problem, data):
    net, x, state, lengths, dy, d_last = problem
    T = x.shape[1]
    cut = data.draw(st.integers(1, max(1, T - 1)))
    if cut == T:
        return
    y, last, dx, d_first, grads = run(*problem)
    first, second = copy.deepcopy(net), copy.deepcopy(net)
    l_1 = None if lengths is None else np.minimum(lengths, cut)
    l_2 = None if lengths is None else np.maximum(lengths - cut, 0)
    y_1, middle = first.forward(x[:, :cut], state, l_1)
    y_2, s_2 = second.forward(x[:, cut:], middle, l_2)
    dx_2, d_middle = second.backward(dy[:, cut:], d_last)
    dx_1, d_start = first.backward(dy[:, :cut], d_middle)
    same([y, last], [np.concatenate([y_1, y_2], axis=1), s_2])
    same([dx, d_first], [np.concatenate([dx_1, dx_2], axis=1), d_start])
    same(grads, total(first.grads, second.grads))


@PROPERTY
@given(problems(), st.data())
def test_permute_the_batch(problem, data):
    net, x, state, lengths, dy, d_last = problem
    order = np.array(data.draw(st.permutations(range(len(x)))))
    y, last, dx, d_first, grads = run(*problem)

    def mix(value):
        return None if value is None else change(lambda a: a[order], value)

    mixed = run(net, mix(x), mix(state), mix(lengths), mix(dy), mix(d_last))
    same([mix(y), mix(last), mix(dx), mix(d_first), grads], mixed)


@PROPERTY
@given(problems(), st.integers(1, 4), st.floats(-1e3, 1e3))
def test_pad_more(problem, extra, filler):
    net, x, state, lengths, dy, d_last = problem
    N, T, _ = x.shape
    y, last, dx, d_first, grads = run(*problem)
    lengths = np.full(N, T) if lengths is None else lengths

    def pad(value):
        return np.concatenate([value, np.full((N, extra, value.shape[2]), filler)], axis=1)

    y_2, last_2, dx_2, d_first_2, grads_2 = run(net, pad(x), state, lengths, pad(dy), d_last)
    assert not y_2[:, T:].any()
    assert not dx_2[:, T:].any()
    same([y, last, dx, d_first, grads], [y_2[:, :T], last_2, dx_2[:, :T], d_first_2, grads_2])


@PROPERTY
@given(problems())
def test_lengths_equal_each_sequence_alone(problem):
    net, x, state, lengths, dy, d_last = problem
    if lengths is None:
        return
    y, last, dx, d_first, _ = run(*problem)
    for n, l in enumerate(lengths):
        row = slice(n, n + 1)
        part = lambda value, row=row: change(lambda a: a[row], value)  # noqa: E731
        if l == 0:
            assert not y[n].any()
            assert not dx[n].any()
            same([part(last), part(d_first)], [part(state), part(d_last)])
            continue
        alone = run(net, x[row, :l], part(state), None, dy[row, :l], part(d_last))
        same([y[row, :l], part(last), dx[row, :l], part(d_first)], alone[:4])


def turn(value, lengths):
    """Each sequence from its end to its start; padding stays where it is."""
    turned = value.copy()
    for row, source, l in zip(turned, value, lengths, strict=True):
        row[:l] = source[:l][::-1]
    return turned


@PROPERTY
@given(problems(tuple(TWO_WAYS)))
def test_reverse_the_sequences_and_swap_the_directions(problem):
    net, x, state, lengths, dy, d_last = problem
    ends = np.full(len(x), x.shape[1]) if lengths is None else lengths
    y, last, dx, d_first, grads = run(*problem)
    H = 3

    def halves(value, H):
        return np.concatenate([value[..., H:], value[..., :H]], axis=-1)

    swapped = Bidirectional(*copy.deepcopy(net.layers)[::-1])
    y_2, last_2, dx_2, d_first_2, grads_2 = run(
        swapped, turn(x, ends), state[::-1], lengths, turn(halves(dy, H), ends), d_last[::-1]
    )
    over = np.arange(x.shape[1]) >= ends[:, None]
    dy[over] = 0  # ignored there
    same([y, last], [halves(turn(y_2, ends), y.shape[2] - H), last_2[::-1]])
    same([dx, d_first, grads], [turn(dx_2, ends), d_first_2[::-1], grads_2[::-1]])


@PROPERTY
@given(problems())
def test_full_lengths_change_nothing(problem):
    net, x, state, _, dy, d_last = problem
    full = np.full(len(x), x.shape[1])
    same(run(net, x, state, None, dy, d_last), run(net, x, state, full, dy, d_last))


# ---------------------------------------------------------------------------------------------
# What they are made of


def test_a_stack_is_its_layers_one_after_the_other():
    lower, upper, x = *make("rnn").layers, draw(0, 2, 5, D)
    y, last = Stack([lower, upper]).forward(x)
    between, after = lower.forward(x)
    top, after_2 = upper.forward(between)
    same([y, last], [top, [after, after_2]])


def test_both_directions_are_two_layers_of_which_one_reads_backwards():
    net, x = make("both gru"), draw(0, 2, 5, D)
    y, (after, first) = net.forward(x)
    forwards, backwards = net.layers
    y_1, last_1 = forwards.forward(x)
    y_2, last_2 = backwards.forward(x[:, ::-1])
    same([y, after, first], [np.concatenate([y_1, y_2[:, ::-1]], axis=2), last_1, last_2])
    np.testing.assert_allclose(y[:, 0, 3:], first, **CLOSE)  # it has read everything
    np.testing.assert_allclose(y[:, -1, 3:], backwards.forward(x[:, -1:])[1], **CLOSE)  # one step


def test_params_are_those_of_the_layers_and_live():
    net = make("deep both")
    assert len(net.params) == len(net.grads) == 4
    layers = [layer for pair in net.layers for layer in pair.layers]
    for params, layer in zip(net.params, layers, strict=True):
        assert params is layer.params
    y, _ = net.forward(draw(0, 2, 3, D))
    net.params[3]["b"] += 1
    assert np.abs(net.forward(draw(0, 2, 3, D))[0] - y).max() > 0.01


@EVERY
def test_a_loss_on_some_states_only(name):
    """None in the list or tuple of gradients stands for zeros; so does a dy that is left out."""
    net, (x, state, lengths), (dy, d_state) = example(name)
    zeros = change(np.zeros_like, d_state)
    for k in range(len(d_state)):
        only = type(d_state)(d if j == k else None for j, d in enumerate(d_state))
        filled = type(d_state)(
            d if j == k else z for j, (d, z) in enumerate(zip(d_state, zeros, strict=True))
        )
        net.forward(x, state, lengths)
        one = [*net.backward(None, only), copy.deepcopy(net.grads)]
        same(one, [*net.backward(np.zeros_like(dy), filled), net.grads])
        assert any(value.any() for value in flat(one))


@EVERY
def test_the_state_may_be_left_out(name):
    net, (x, state, lengths), (dy, d_state) = example(name)
    zeros = change(np.zeros_like, state)
    same(
        run(net, x, None, lengths, dy),
        run(net, x, zeros, lengths, dy, change(np.zeros_like, d_state)),
    )
    nothing = type(state)(None for _ in state)
    same(run(net, x, nothing, lengths, dy), run(net, x, zeros, lengths, dy))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
@EVERY
def test_lengths_of_any_integer_type(name, kind):
    net, (x, state, lengths), gradients = example(name)
    want = copy.deepcopy(run(net, x, state, lengths, *gradients))
    same(want, run(net, x, state, lengths.astype(kind), *gradients))


@EVERY
def test_empty_batch(name):
    net = make(name)
    y, last = net.forward(np.zeros((0, 4, D)))
    dx, d_first = net.backward(np.zeros_like(y))
    assert (y.shape[:2], dx.shape) == ((0, 4), (0, 4, D))
    assert all(s.shape[0] == 0 for s in flat(last, d_first))
    assert not any(g.any() for g in flat(net.grads))


@EVERY
def test_float32(name):
    net, (x, state, lengths), gradients = example(name, np.float32)
    results = run(net, x, state, lengths, *gradients)
    assert {value.dtype for value in flat(results)} == {np.dtype(np.float32)}


@EVERY
def test_arguments_stay_as_they_are_and_results_own_their_memory(name):
    net, inputs, gradients = example(name)
    arguments = flat(inputs, gradients, net.params)
    kept = [value.copy() for value in arguments]
    for value in arguments:
        value.flags.writeable = False
    results = flat(run(net, *inputs, *gradients))
    for a, b in zip(arguments, kept, strict=True):
        np.testing.assert_array_equal(a, b)
    for k, value in enumerate(results):
        assert value.flags.writeable
        assert not any(np.shares_memory(value, other) for other in arguments + results[k + 1 :])


# ---------------------------------------------------------------------------------------------
# Bad input


def replaced(nest, path, bad):
    """A copy of nested lists and tuples with one entry replaced; `path` leads to it."""
    if not path:
        return bad
    return type(nest)(replaced(v, path[1:], bad) if k == path[0] else v for k, v in enumerate(nest))


def paths(nest):
    """The way to every array of a nest."""
    if not isinstance(nest, (list, tuple)):
        return [()]
    return [(k, *path) for k, part in enumerate(nest) for path in paths(part)]


def entry(nest, path):
    return entry(nest[path[0]], path[1:]) if path else nest


BAD_LENGTHS = {
    "list": [5, 0, 3],
    "tuple": (5, 0, 3),
    "number": 5,
    "float": np.array([5.0, 0.0, 3.0]),
    "bool": np.array([True, False, True]),
    "mask": np.ones((3, 5), bool),
    "object": np.array([5, 0, 3], object),
    "masked array": np.ma.array([5, 0, 3], mask=[0, 0, 1]),
    "table": Frame(np.array([5, 0, 3])),
    "negative": np.array([5, -1, 3]),
    "too long": np.array([5, 6, 3]),
    "too long, unsigned": np.array([5, 2**64 - 1, 3], np.uint64),
    "one too few": np.array([5, 0]),
    "one too many": np.array([5, 0, 3, 1]),
    "column": np.array([[5], [0], [3]]),
    "0-d": np.array(5),
}


def bad_calls(name, dtype=np.float64):
    """Label -> a call that must be refused, given the net."""
    _, (x, state, lengths), (dy, d_state) = example(name, dtype)
    calls = {}
    free = {
        "axis 0 longer",
        "axis 0 of size 1",
        "axis 0 empty",
        "axis 1 longer",
        "axis 1 of size 1",
    }
    for label, bad in [*wrong_kinds(x).items(), *wrong_shapes(x).items(), ("None", None)]:
        if label not in free:
            calls["x", label] = lambda net, bad=bad: net.forward(bad)
        elif label.startswith("axis 0"):
            calls["x", label] = lambda net, bad=bad: net.forward(bad, state)
    for path in paths(state):
        part = entry(state, path)
        for label, bad in [*wrong_kinds(part).items(), *wrong_shapes(part).items()]:
            calls[f"state {path}", label] = lambda net, bad=bad, path=path: net.forward(
                x, replaced(state, path, bad), lengths
            )
            calls[f"d_state {path}", label] = lambda net, bad=bad, path=path: net.backward(
                dy, replaced(d_state, path, bad)
            )
    for label, bad in [*wrong_kinds(dy).items(), *wrong_shapes(dy).items()]:
        calls["dy", label] = lambda net, bad=bad: net.backward(bad, d_state)
    wrong = {
        "one array": flat(state)[0],
        "one too many": type(state)([*state, state[0]]),
        "one too few": type(state)([*state][:-1]),
        "empty": type(state)(),
        "other nest": tuple(state)[::-1] if isinstance(state, list) else list(state),
        "as PyTorch keeps it": np.stack([np.zeros((3, 3), dtype)] * 4),
        "generator": (part for part in state),
        "dict": dict(enumerate(state)),
        "str": "zeros",
        "number": 0.0,
        "deeper": type(state)([state, state]),
    }
    if name in ("one", "rnn", "gru", "lstm", "mixed"):
        del wrong["other nest"]  # a tuple in place of the list is read
    for label, bad in wrong.items():
        calls["state", label] = lambda net, bad=bad: net.forward(x, bad, lengths)
        calls["d_state", label] = lambda net, bad=bad: net.backward(dy, bad)
    for label, bad in BAD_LENGTHS.items():
        calls["lengths", label] = lambda net, bad=bad: net.forward(x, state, bad)
    largest = np.finfo(dtype).max
    huge = np.full_like(dy, 0.9 * largest)
    calls["overflow", "gradients"] = lambda net: net.backward(
        huge, change(lambda a: np.full_like(a, 0.9 * largest), d_state)
    )
    calls["backward", "nothing"] = lambda net: net.backward()
    calls["backward", "None for each"] = lambda net: net.backward(
        None, change(lambda a: None, d_state)
    )
    for k in range(len(make(name).params)):
        calls["params", f"layer {k}"] = lambda net, k=k: plant(net, k, x)
    return calls


def plant(net, k, x):
    """Call forward with NaN in the bias of layer k, and put the good one back."""
    good = net.params[k]["b"]
    net.params[k]["b"] = np.full_like(good, np.nan)
    try:
        net.forward(x)
    finally:
        net.params[k]["b"] = good


def inside(net):
    """Everything that a net and its parts hold, by name, to be compared by identity."""
    found = {id(net): dict(vars(net))}
    for layer in getattr(net, "layers", []):
        found |= inside(layer)
    return found


@EVERY
def test_there_are_at_least_a_hundred_bad_inputs(name):
    assert len(bad_calls(name)) >= 100


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@EVERY
def test_bad_input_is_refused_and_changes_nothing(name, dtype, record_property):
    net, inputs, gradients = example(name, dtype)
    want = copy.deepcopy(run(net, *inputs, *gradients))
    arrays = flat(net.params, net.grads)
    held, kept = inside(net), [value.copy() for value in arrays]
    calls, missed = bad_calls(name, dtype), []
    for key, call in calls.items():
        try:
            call(net)
            missed.append((key, "let through"))
        except InputError as error:
            check_message(error)
        except Exception as error:
            missed.append((key, repr(error)))
        for part, values in inside(net).items():
            assert values.keys() == held[part].keys(), key
            assert all(value is held[part][k] for k, value in values.items()), key
        for a, b in zip(flat(net.params, net.grads), kept, strict=True):
            assert a.tobytes() == b.tobytes(), key
    assert not missed
    same([*net.backward(*gradients), net.grads], want[2:])
    if dtype == np.float64:
        record_property("bad inputs refused", len(calls))


@EVERY
def test_backward_before_forward(name):
    for call in (lambda net: net.backward(np.ones((1, 1, 3))), lambda net: net.backward()):
        with pytest.raises(InputError, match="forward") as error:
            call(make(name))
        check_message(error.value)


def some(kind=GRU, n_in=D, H=3, **options):
    return kind(n_in, H, rng=np.random.default_rng(0), **options)


NO_LAYERS = {
    "None": None,
    "class": GRU,
    "instance of another kind": Linear(2, 3, rng=np.random.default_rng(0)),
    "dropout": Dropout(0.5, np.random.default_rng(0)),
    "size": 3,
    "str": "gru",
    "array": np.zeros((2, 3)),
    "dict": {"W_x": np.zeros((2, 9))},
    "function": lambda x: x,
    "stack": Stack([some()]),
    "list": [some()],
}


@pytest.mark.parametrize("label", [*NO_LAYERS, "both directions"])
def test_other_things_are_no_layer(label):
    bad = NO_LAYERS.get(label, make("both rnn"))
    calls = [lambda: Bidirectional(some(), bad), lambda: Bidirectional(bad, some())]
    if label != "both directions":
        calls += [lambda: Stack([bad]), lambda: Stack([some(), bad]), lambda: Stack([bad, some()])]
    for call in calls:
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)


def test_nets_that_do_not_fit_are_refused():
    one, pair, shared = some(), make("both rnn"), some(GRU, 4, 2)
    bad = [
        *[lambda bad=bad: Stack(bad) for bad in (None, [], (), one, {one}, "gru", 3, {0: one})],
        lambda: Stack([one, one]),
        lambda: Stack([some(), some()]),  # 3 units below, 2 are read
        lambda: Stack([some(), some(n_in=6)]),
        lambda: Stack([pair, some(n_in=3)]),  # 7 units in both directions
        lambda: Stack([some(n_in=7), pair]),
        lambda: Stack([some(), some(n_in=3, dtype=np.float32)]),
        lambda: Stack([pair, some(n_in=7), pair]),
        lambda: Stack([pair, pair]),
        *[lambda bad=bad: Stack([some()], bad) for bad in (0.5, 0, False, "half", Dropout, some())],
        lambda: Bidirectional(one, one),
        lambda: Bidirectional(some(), some(n_in=3)),
        lambda: Bidirectional(some(), some(dtype=np.float32)),
        lambda: Stack(
            [Bidirectional(shared, some(GRU, 4, 2)), Bidirectional(some(GRU, 4, 2), shared)]
        ),
    ]
    for call in bad:
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)
    assert Stack([pair, some(n_in=7)]).forward(draw(0, 1, 2, D))[0].shape == (1, 2, 3)


# ---------------------------------------------------------------------------------------------
# Dropout


def test_dropout_drops_a_share_and_keeps_the_mean():
    x = np.ones((200, 50))
    for p in (0, 0.2, 0.5, 0.9):
        y = Dropout(p, np.random.default_rng(0)).forward(x)
        assert set(np.unique(y.round(9))) <= {0.0, round(1 / (1 - p), 9)}
        assert abs((y == 0).mean() - p) < 0.02
        assert abs(y.mean() - 1) < 0.1


def test_dropout_draws_anew_and_its_gradient_has_the_same_zeros():
    dropout, x = Dropout(0.5, np.random.default_rng(0)), draw(0, 4, 50)
    y_1, y_2 = dropout.forward(x), dropout.forward(x)
    assert ((y_1 == 0) != (y_2 == 0)).any()
    dy = draw(1, 4, 50)
    np.testing.assert_array_equal(dropout.backward(dy), np.where(y_2 == 0, 0, 2 * dy))


def test_dropout_does_nothing_when_training_is_over():
    dropout, x = Dropout(0.5, np.random.default_rng(0)), draw(0, 4, 50, dtype=np.float32)
    dropout.training = False
    before = dropout.rng.bit_generator.state
    np.testing.assert_array_equal(dropout.forward(x), x)
    np.testing.assert_array_equal(dropout.backward(x), x)
    assert dropout.forward(x).dtype == np.float32
    assert dropout.rng.bit_generator.state == before


@pytest.mark.parametrize("name", ["one", "rnn", "lstm"])
def test_dropout_acts_between_layers_only(name):
    net, x = make(name), draw(0, 3, 5, D)
    want, _ = net.forward(x)
    dropout = Dropout(0.5, np.random.default_rng(3))
    stack = Stack(net.layers, dropout)
    y, _ = stack.forward(x)
    assert np.array_equal(y, want) == (name == "one")
    assert (y != 0).all()  # nothing is dropped after the last layer
    dropout.training = False
    np.testing.assert_array_equal(stack.forward(x)[0], want)


def test_gradients_through_dropout():
    """With the generator put back, the same units are dropped, so differences can be taken."""
    net, x, dy = make("lstm"), draw(0, 2, 4, D), draw(1, 2, 4, 2)

    def loss(net=net, x=x):
        stack = Stack(net.layers, Dropout(0.4, np.random.default_rng(8)))
        return stack, np.sum(dy * stack.forward(x)[0])

    stack, _ = loss()
    dx, _ = stack.backward(dy)
    grads = copy.deepcopy(stack.grads)
    for value, gradient in zip(flat(net.params, x), flat(grads, dx), strict=True):
        for k in range(value.size):
            entry = value.flat[k]
            value.flat[k] = entry + 1e-5
            above = loss()[1]
            value.flat[k] = entry - 1e-5
            numeric = (above - loss()[1]) / 2e-5
            value.flat[k] = entry
            assert abs(gradient.flat[k] - numeric) < 1e-7 * max(1, abs(numeric))


def test_a_refused_forward_leaves_dropout_as_it_was():
    dropout = Dropout(0.5, np.random.default_rng(0))
    stack, x = Stack(make("rnn").layers, dropout), draw(0, 2, 3, D)
    stack.forward(x)
    drawn, mask = dropout.rng.bit_generator.state, dropout._scale
    with pytest.raises(InputError):
        stack.forward(x, [np.zeros((2, 3)), np.zeros((2, 5))])
    assert dropout.rng.bit_generator.state == drawn
    assert dropout._scale is mask


def test_dropout_refuses():
    good, x = lambda: Dropout(0.5, np.random.default_rng(0)), draw(0, 3, 4)
    for p in (-0.1, 1, 1.0, 2, np.nan, np.inf, "0.5", None, [0.5], np.array([0.5]), True, 1j):
        with pytest.raises(InputError) as error:
            Dropout(p, np.random.default_rng(0))
        check_message(error.value)
    for rng in (None, 0, np.random, np.random.RandomState(0), np.random.default_rng):
        with pytest.raises(InputError) as error:
            Dropout(0.5, rng)
        check_message(error.value)
    kinds = wrong_kinds(x)
    del kinds["other float"]  # float32 is read as it is
    for label, bad in [*kinds.items(), ("None", None)]:
        with pytest.raises(InputError) as error:
            good().forward(bad)
        check_message(error.value)
        assert label
    dropout = good()
    with pytest.raises(InputError, match="forward"):
        dropout.backward(x)
    dropout.forward(x)
    for bad in [*wrong_kinds(x).values(), *wrong_shapes(x).values(), None]:
        with pytest.raises(InputError) as error:
            dropout.backward(bad)
        check_message(error.value)
    for training in (None, 1, 0, "yes", np.array(True)):
        dropout.training = training
        with pytest.raises(InputError) as error:
            dropout.forward(x)
        check_message(error.value)


def test_there_are_many_bad_inputs_in_all():
    assert sum(map(len, map(bad_calls, itertools.chain(ONE_WAY, TWO_WAYS)))) > 2000
