"""Weights to PyTorch and back: the same numbers, or a refusal."""

import copy

import numpy as np
import pytest
from bad_values import check_message

from rnnlib import GRU, LSTM, RNN, InputError, Linear

torch = pytest.importorskip("torch")
from rnnlib.torch_bridge import from_torch, to_torch  # noqa: E402  (needs torch)

KINDS = pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
MODULES = {RNN: torch.nn.RNN, LSTM: torch.nn.LSTM, GRU: torch.nn.GRU}
TORCH = {np.float32: torch.float32, np.float64: torch.float64}


def layer_of(kind, dtype=np.float64, D=3, H=5):
    return kind(D, H, rng=np.random.default_rng(0), dtype=dtype)


def sequence(dtype=np.float64, D=3):
    return np.random.default_rng(1).standard_normal((4, 6, D)).astype(dtype)


def states(value):
    return value if isinstance(value, tuple) else (value,)


def agree(layer, module, dtype, x=None):
    """Assert equal outputs and last states."""
    x = sequence(dtype) if x is None else x
    atol = 1e-12 if dtype is np.float64 else 1e-6
    y, last = layer.forward(x)
    with torch.no_grad():
        y_t, last_t = module(torch.tensor(x if module.batch_first else x.swapaxes(0, 1)))
    y_t = y_t if module.batch_first else y_t.transpose(0, 1)
    np.testing.assert_allclose(y, y_t.numpy(), rtol=0, atol=atol)
    for a, b in zip(states(last), states(last_t), strict=True):
        np.testing.assert_allclose(a, b[0].numpy(), rtol=0, atol=atol)


@KINDS
@DTYPES
def test_to_torch(kind, dtype):
    layer = layer_of(kind, dtype)
    before = copy.deepcopy(layer.params)
    module = to_torch(layer)
    assert type(module) is MODULES[kind]
    assert module.batch_first
    assert {p.dtype for p in module.parameters()} == {TORCH[dtype]}
    assert all(p.requires_grad for p in module.parameters())
    agree(layer, module, dtype)
    p = layer.params
    np.testing.assert_array_equal(module.weight_ih_l0.detach(), p["W_x"].T)
    np.testing.assert_array_equal(module.weight_hh_l0.detach(), p["W_h"].T)
    np.testing.assert_array_equal(module.bias_ih_l0.detach(), p["b"])
    np.testing.assert_array_equal(
        module.bias_hh_l0.detach(), p["b_h"] if kind is GRU else 0 * p["b"]
    )
    np.testing.assert_equal(layer.params, before)


@KINDS
@DTYPES
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_from_torch(kind, dtype, batch_first, bias):
    torch.manual_seed(0)
    module = MODULES[kind](3, 5, batch_first=batch_first, bias=bias, dtype=TORCH[dtype])
    layer = from_torch(module)
    assert type(layer) is kind
    assert layer.dtype == dtype
    assert {v.dtype for v in layer.params.values()} == {np.dtype(dtype)}
    agree(layer, module, dtype)
    if bias:
        b_ih, b_hh = module.bias_ih_l0.detach().numpy(), module.bias_hh_l0.detach().numpy()
        np.testing.assert_array_equal(layer.params["b"], b_ih if kind is GRU else b_ih + b_hh)
        if kind is GRU:
            np.testing.assert_array_equal(layer.params["b_h"], b_hh)
    else:
        assert not any(v.any() for k, v in layer.params.items() if k.startswith("b"))
    if kind is GRU:
        assert layer.reset_after is True


@KINDS
@DTYPES
def test_round_trip_to_the_bit(kind, dtype):
    layer = layer_of(kind, dtype)
    back = from_torch(to_torch(layer))
    assert list(back.params) == list(layer.params)
    for name, value in layer.params.items():
        assert back.params[name].tobytes() == np.ascontiguousarray(value).tobytes()
        assert back.params[name].shape == value.shape


@KINDS
def test_round_trip_from_the_other_side(kind):
    torch.manual_seed(1)
    module = MODULES[kind](3, 5, dtype=torch.float64)
    agree(from_torch(module), to_torch(from_torch(module)), np.float64)


@KINDS
def test_no_memory_is_shared(kind):
    layer = layer_of(kind)
    before = copy.deepcopy(layer.params)
    module = to_torch(layer)
    with torch.no_grad():
        for p in module.parameters():
            p.fill_(7)
    np.testing.assert_equal(layer.params, before)
    back = from_torch(module)
    for value in back.params.values():
        value.fill(3)
    assert all((p == 7).all() for p in module.parameters())


@KINDS
def test_gradients_agree(kind):
    layer, x = layer_of(kind), sequence()
    module = to_torch(layer)
    x_t = torch.tensor(x, requires_grad=True)
    y, _ = layer.forward(x)
    module(x_t)[0].sum().backward()
    dx, _ = layer.backward(np.ones_like(y))
    np.testing.assert_allclose(dx, x_t.grad.numpy(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        layer.grads["W_x"], module.weight_ih_l0.grad.T.numpy(), rtol=0, atol=1e-10
    )
    np.testing.assert_allclose(layer.grads["b"], module.bias_ih_l0.grad.numpy(), rtol=0, atol=1e-10)


def test_dropout_of_a_single_layer_does_nothing():
    """PyTorch warns about it at the making; the weights carry over as they are."""
    with pytest.warns(UserWarning, match="dropout"):
        module = torch.nn.LSTM(3, 5, dropout=0.5, batch_first=True, dtype=torch.float64)
    agree(from_torch(module), module, np.float64)


class MyLSTM(torch.nn.LSTM):
    """May compute anything."""


class MyRNN(RNN):
    """May compute anything."""


def broken(**params):
    layer = layer_of(RNN)
    layer.params |= params
    return layer


@pytest.mark.parametrize(
    "bad",
    [
        GRU(3, 5, rng=np.random.default_rng(0), reset_after=False), None, RNN, "rnn", np.zeros(3),
        Linear(3, 5, rng=np.random.default_rng(0)), torch.nn.RNN(3, 5), {"W_x": np.zeros((3, 5))},
        MyRNN(3, 5, rng=np.random.default_rng(0)), broken(b=np.zeros(1)),
        broken(b=np.zeros((1, 5))),
        broken(W_x=np.zeros((1, 5))), broken(W_h=None), broken(b=np.full(5, np.nan)),
        broken(b=np.zeros(5, np.float32)), broken(c=np.zeros(5)),
    ],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_to_torch_refuses(bad):
    with pytest.raises(InputError) as error:
        to_torch(bad)
    check_message(error.value)


def with_weights(module, value):
    with torch.no_grad():
        module.weight_hh_l0.fill_(value)
    return module


@pytest.mark.parametrize(
    "bad",
    [
        torch.nn.RNN(3, 5, num_layers=2), torch.nn.LSTM(3, 5, bidirectional=True),
        torch.nn.GRU(3, 5, num_layers=2, bidirectional=True), torch.nn.LSTM(3, 5, proj_size=2),
        torch.nn.RNN(3, 5, nonlinearity="relu"), torch.nn.RNNCell(3, 5), torch.nn.LSTMCell(3, 5),
        torch.nn.GRUCell(3, 5), torch.nn.Linear(3, 5), torch.nn.Sequential(torch.nn.RNN(3, 5)),
        torch.nn.RNN, torch.zeros(3), None, "lstm", layer_of(LSTM), MyLSTM(3, 5),
        torch.nn.LSTM(3, 5, dtype=torch.float16), torch.nn.GRU(3, 5, dtype=torch.bfloat16),
        with_weights(torch.nn.RNN(3, 5), float("nan")),
        with_weights(torch.nn.GRU(3, 5), float("inf")),
    ],
    ids=lambda v: str(v).replace("\n", " ")[:40],
)  # fmt: skip
def test_from_torch_refuses(bad):
    with pytest.raises(InputError) as error:
        from_torch(bad)
    check_message(error.value)


def test_reversed_weights_are_copied():
    layer = layer_of(LSTM)
    layer.params = {name: value[..., ::-1] for name, value in layer.params.items()}
    x = sequence()
    y, _ = to_torch(layer)(torch.tensor(x))
    np.testing.assert_allclose(y.detach(), layer.forward(x)[0], rtol=0, atol=1e-12)


def test_no_random_number_of_torch_is_drawn():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    to_torch(layer_of(GRU))
    assert torch.equal(torch.get_rng_state(), before)
