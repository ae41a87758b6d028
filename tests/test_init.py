"""Initialisers: the right numbers in the right places, and nothing else touched."""

import copy

import numpy as np
import pytest
from bad_values import check_message

from rnnlib import (
    GRU,
    LSTM,
    RNN,
    InputError,
    Linear,
    chrono,
    identity_,
    orthogonal_,
    set_forget_bias,
)

H = 6


def rng(seed=0):
    return np.random.default_rng(seed)


def layer_of(kind, n_hidden=H, dtype=np.float64):
    return kind(3, n_hidden, rng=rng(1), dtype=dtype)


def untouched(layer, before, **changed):
    """Assert that only the named columns of the named parameters differ."""
    for name, value in layer.params.items():
        keep = np.ones(value.shape[-1], bool)
        keep[changed.get(name, slice(0, 0))] = False
        np.testing.assert_array_equal(value[..., keep], before[name][..., keep])


@pytest.mark.parametrize("value", [1.0, 0, -2.5, np.float32(3)])
def test_forget_bias(value):
    lstm = layer_of(LSTM)
    before, arrays = copy.deepcopy(lstm.params), dict(lstm.params)
    assert set_forget_bias(lstm, value) is None
    np.testing.assert_array_equal(lstm.params["b"][H : 2 * H], np.full(H, float(value)))
    untouched(lstm, before, b=slice(H, 2 * H))
    assert all(lstm.params[k] is arrays[k] for k in arrays)


def test_forget_bias_opens_the_forget_gate():
    lstm = layer_of(LSTM)
    for value in lstm.params.values():
        value[...] = 0
    set_forget_bias(lstm, 1.0)
    _, (_, c) = lstm.forward(np.zeros((1, 1, 3)), (np.zeros((1, H)), np.ones((1, H))))
    np.testing.assert_allclose(c, 1 / (1 + np.exp(-1)), rtol=1e-15)


@pytest.mark.parametrize("t_max", [3, 28, 1000])
def test_chrono_lstm(t_max):
    lstm = layer_of(LSTM)
    before = copy.deepcopy(lstm.params)
    assert chrono(lstm, t_max, rng(5)) is None
    want = np.log(rng(5).uniform(1, t_max - 1, H))
    np.testing.assert_array_equal(lstm.params["b"][H : 2 * H], want)
    np.testing.assert_array_equal(lstm.params["b"][:H], -want)
    untouched(lstm, before, b=slice(0, 2 * H))


@pytest.mark.parametrize("t_max", [3, 28, 1000])
def test_chrono_gru(t_max):
    gru = layer_of(GRU)
    before = copy.deepcopy(gru.params)
    chrono(gru, t_max, rng(5))
    want = np.log(rng(5).uniform(1, t_max - 1, H))
    np.testing.assert_array_equal(gru.params["b"][H : 2 * H], want)
    np.testing.assert_array_equal(gru.params["b_h"][H : 2 * H], np.zeros(H))
    untouched(gru, before, b=slice(H, 2 * H), b_h=slice(H, 2 * H))


def test_chrono_spreads_time_constants_evenly():
    """1 / (1 - f) with f = sigmoid(log u) is 1 + u: uniform from 2 to t_max."""
    n = 400
    lstm = layer_of(LSTM, n)
    chrono(lstm, 101, rng())
    f = 1 / (1 + np.exp(-lstm.params["b"][n : 2 * n]))
    constants = np.sort(1 / (1 - f))
    assert constants[0] >= 2
    assert constants[-1] <= 101
    uniform = 2 + 99 * (np.arange(n) + 0.5) / n
    assert np.abs(constants - uniform).max() < 99 * 1.63 / np.sqrt(n)  # Kolmogorov, 1%


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
@pytest.mark.parametrize("n_hidden", [1, 2, 7, 30])
def test_orthogonal(kind, n_hidden):
    layer = layer_of(kind, n_hidden)
    before, array = copy.deepcopy(layer.params), layer.params["W_h"]
    assert orthogonal_(layer, rng(2)) is None
    W_h = layer.params["W_h"]
    assert W_h is array
    blocks = np.split(W_h, W_h.shape[1] // n_hidden, axis=1)
    for block in blocks:
        np.testing.assert_allclose(block @ block.T, np.eye(n_hidden), rtol=0, atol=1e-13)
    if n_hidden > 2:
        for k, block in enumerate(blocks):
            assert all(np.abs(block - other).max() > 0.1 for other in blocks[:k])
    untouched(layer, before, W_h=slice(None))
    assert np.abs(W_h - before["W_h"]).max() > 0


def test_orthogonal_keeps_dtype():
    layer = layer_of(LSTM, dtype=np.float32)
    orthogonal_(layer, rng())
    assert layer.params["W_h"].dtype == np.float32
    block = layer.params["W_h"][:, :H]
    np.testing.assert_allclose(block @ block.T, np.eye(H), rtol=0, atol=1e-6)


def test_orthogonal_has_no_favourite():
    """Every rotation is equally likely: entries have mean 0, and both determinants occur."""
    draws, signs, generator = [], [], rng(3)
    for _ in range(600):
        layer = layer_of(RNN, 2)
        orthogonal_(layer, generator)
        draws.append(layer.params["W_h"].copy())
        signs.append(np.sign(np.linalg.det(draws[-1])))
    assert np.abs(np.mean(draws, axis=0)).max() < 4 * np.sqrt(0.5 / 600)
    assert abs(np.mean(signs)) < 4 / np.sqrt(600)


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
@pytest.mark.parametrize("n_hidden", [1, 2, 7])
@pytest.mark.parametrize("scale", [None, 1.0, 0, -0.5, np.float32(3)])
def test_identity(kind, n_hidden, scale):
    layer = layer_of(kind, n_hidden)
    before, array = copy.deepcopy(layer.params), layer.params["W_h"]
    assert identity_(layer, **({} if scale is None else {"scale": scale})) is None
    assert layer.params["W_h"] is array
    blocks = np.split(array, array.shape[1] // n_hidden, axis=1)
    assert len(blocks) == {RNN: 1, LSTM: 4, GRU: 3}[kind]
    for block in blocks:
        want = np.diag(np.full(n_hidden, 1.0 if scale is None else float(scale)))
        np.testing.assert_array_equal(block, want)
    untouched(layer, before, W_h=slice(None))


def test_identity_repeats_the_state():
    """Without input and bias the step is h = tanh(scale h)."""
    layer = layer_of(RNN)
    layer.params["b"][...] = 0
    identity_(layer, 0.5)
    h = rng(2).standard_normal((2, H))
    _, after = layer.forward(np.zeros((2, 1, 3)), h)
    np.testing.assert_allclose(after, np.tanh(0.5 * h), rtol=1e-15)


@pytest.mark.parametrize(("start", "name"), [(identity_, "W_h"), (set_forget_bias, "b")])
def test_a_value_keeps_the_dtype_and_its_range(start, name):
    layer = layer_of(LSTM, dtype=np.float32)
    start(layer, 0.1)
    assert layer.params[name].dtype == np.float32
    assert np.any(layer.params[name] == np.float32(0.1))
    start(layer, float(np.finfo(np.float32).max))
    before = copy.deepcopy(layer.params)
    for value in (1e39, -1e39):
        with pytest.raises(InputError) as error:
            start(layer, value)
        check_message(error.value)
    untouched(layer, before)
    start(layer_of(LSTM), 1e39)


@pytest.mark.parametrize("start", [orthogonal_, lambda l, r: chrono(l, 20, r)])
def test_draws_come_from_the_given_generator(start):
    one, other, third = layer_of(LSTM), layer_of(LSTM), layer_of(LSTM)
    start(one, rng(4))
    start(other, rng(4))
    start(third, rng(5))
    for name in one.params:
        np.testing.assert_array_equal(one.params[name], other.params[name])
    assert any((one.params[k] != third.params[k]).any() for k in one.params)


def test_layers_work_after_any_start():
    for kind in (LSTM, GRU):
        for dtype in (np.float32, np.float64):
            layer = layer_of(kind, dtype=dtype)
            chrono(layer, 50, rng())
            orthogonal_(layer, rng())
            y, _ = layer.forward(np.ones((2, 3, 3), dtype))
            assert y.dtype == dtype


NO_LAYERS = [None, "lstm", LSTM, np.zeros(3), {"b": np.zeros(24)}, Linear(3, 4, rng=rng())]


@pytest.mark.parametrize(
    "call",
    [
        *[lambda v=v: set_forget_bias(v, 1.0) for v in [*NO_LAYERS, layer_of(RNN), layer_of(GRU)]],
        *[lambda v=v: chrono(v, 20, rng()) for v in [*NO_LAYERS, layer_of(RNN)]],
        *[lambda v=v: orthogonal_(v, rng()) for v in NO_LAYERS],
        *[lambda v=v: identity_(v) for v in NO_LAYERS],
        *[
            lambda v=v: set_forget_bias(layer_of(LSTM), v)
            for v in [None, "1", True, np.nan, np.inf, np.ones(6), [1.0], 1j]
        ],
        *[
            lambda v=v: identity_(layer_of(RNN), v)
            for v in [None, "1", True, np.nan, -np.inf, np.ones(6), [1.0], 1j]
        ],
        *[
            lambda v=v: chrono(layer_of(LSTM), v, rng())
            for v in [2, 0, -5, 20.0, None, "20", True, np.array(20)]
        ],
        *[
            lambda v=v: chrono(layer_of(GRU), 20, v)
            for v in [None, 0, np.random, np.random.RandomState(0)]
        ],
        *[
            lambda v=v: orthogonal_(layer_of(RNN), v)
            for v in [None, 0, np.random, np.random.RandomState(0)]
        ],
    ],
)
def test_refuses(call):
    with pytest.raises(InputError) as error:
        call()
    check_message(error.value)


def test_a_refusal_changes_nothing():
    layer = layer_of(LSTM)
    before = copy.deepcopy(layer.params)
    for call in (
        lambda: set_forget_bias(layer, np.nan),
        lambda: chrono(layer, 2, rng()),
        lambda: chrono(layer, 20, None),
        lambda: orthogonal_(layer, 0),
        lambda: identity_(layer, np.nan),
    ):
        with pytest.raises(InputError):
            call()
    untouched(layer, before)


def test_a_longest_dependency_beyond_all_numbers_is_refused():
    chrono(layer_of(LSTM), 2**53, rng())
    for t_max in (2**53 + 1, 10**400):
        with pytest.raises(InputError) as error:
            chrono(layer_of(LSTM), t_max, rng())
        check_message(error.value)
