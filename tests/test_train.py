"""The training loop: it learns, it repeats, it does what it says."""

import copy

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds

from rnnlib import GRU, LSTM, RNN, Adam, InputError, Linear, bce_with_logits, mse, sign_task
from rnnlib.train import accuracy_last, fit_last, predict_last

KINDS = pytest.mark.parametrize("kind", [RNN, LSTM, GRU])


def problem(kind, n=60, T=5, H=8, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    layer, head = kind(1, H, rng=rng, dtype=dtype), Linear(H, 1, rng=rng, dtype=dtype)
    x, y = sign_task(n, T, rng)
    return layer, head, x.astype(dtype), y.astype(dtype)


def settings(**changes):
    return {"epochs": 3, "batch_size": 16, "lr": 0.01, "rng": np.random.default_rng(1)} | changes


@KINDS
def test_learns_an_easy_task(kind):
    layer, head, x, y = problem(kind, n=400)
    _, _, x_new, y_new = problem(kind, n=1000, seed=9)
    losses = fit_last(layer, head, x, y, **settings(epochs=25, batch_size=32, lr=0.02))
    assert len(losses) == 25 * 13
    assert all(type(value) is float for value in losses)
    assert np.mean(losses[-13:]) < 0.25 < 0.5 < np.mean(losses[:3])
    assert accuracy_last(layer, head, x_new, y_new) > 0.9


@KINDS
def test_repeats_for_a_seed(kind):
    one, other = problem(kind), problem(kind)
    losses = fit_last(*one, **settings())
    assert losses == fit_last(*other, **settings())
    for a, b in zip(one[:2], other[:2], strict=True):
        for name in a.params:
            assert a.params[name].tobytes() == b.params[name].tobytes()
    assert losses != fit_last(*problem(kind), **settings(rng=np.random.default_rng(2)))


@KINDS
def test_one_update_is_forward_backward_adam(kind):
    """The loop, written out with a single batch of all sequences."""
    layer, head, x, y = problem(kind)
    want_layer, want_head = copy.deepcopy(layer), copy.deepcopy(head)
    losses = fit_last(layer, head, x, y, **settings(epochs=1, batch_size=60))
    out, _ = want_layer.forward(x)
    value, d = bce_with_logits(want_head.forward(out[:, -1].copy())[:, 0], y)
    dy = np.zeros_like(out)
    dy[:, -1] = want_head.backward(d[:, None])
    want_layer.backward(dy)
    Adam(0.01).step([want_layer.params, want_head.params], [want_layer.grads, want_head.grads])
    assert losses == pytest.approx([value], abs=1e-12)
    for a, b in ((layer, want_layer), (head, want_head)):
        for name in a.params:
            np.testing.assert_allclose(a.params[name], b.params[name], rtol=0, atol=1e-7)


@KINDS
def test_every_sequence_once_in_each_epoch(kind):
    layer, head, x, y = problem(kind, n=10)
    seen = []

    def loss(prediction, target):
        seen.append(target.copy())
        return mse(prediction, target)

    y = np.arange(10.0)
    fit_last(layer, head, x, y, **settings(epochs=2, batch_size=4, loss=loss, lr=0.0))
    assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert sorted(first) == sorted(second) == list(y)
    assert first.tolist() != second.tolist()
    order = np.random.default_rng(1)
    assert first.tolist() == order.permutation(10).tolist()
    assert second.tolist() == order.permutation(10).tolist()


def test_a_sequence_keeps_its_target():
    """With targets that only the sequence itself can tell, a mixed-up pair would not fit."""
    layer, head, x, _ = problem(RNN, T=1)
    y = x[:, 0, 0].copy()
    fit_last(layer, head, x, y, **settings(epochs=150, lr=0.02, loss=mse))
    assert mse(predict_last(layer, head, x), y)[0] < 0.01


@KINDS
def test_clips_the_joint_norm(kind):
    layer, head, x, y = problem(kind)
    norms = []

    def watch(prediction, target):
        if layer.grads:
            grads = [*layer.grads.values(), *head.grads.values()]
            norms.append(np.sqrt(sum((g**2).sum() for g in grads)))
        return bce_with_logits(prediction, target)

    fit_last(layer, head, x, y, **settings(max_norm=1e-3, loss=watch))
    assert norms
    np.testing.assert_allclose(norms, 1e-3, rtol=1e-12)
    norms.clear()
    fit_last(*problem(kind)[:2], x, y, **settings(loss=bce_with_logits))
    layer, head, x, y = problem(kind)
    fit_last(layer, head, x, y, **settings(loss=watch))
    assert max(norms) > 1e-2


@KINDS
def test_zero_learning_rate_changes_nothing(kind):
    layer, head, x, y = problem(kind)
    before = copy.deepcopy((layer.params, head.params))
    fit_last(layer, head, x, y, **settings(lr=0))
    np.testing.assert_equal((layer.params, head.params), before)


@KINDS
def test_float32(kind):
    layer, head, x, y = problem(kind, dtype=np.float32)
    losses = fit_last(layer, head, x, y, **settings(max_norm=1.0))
    arrays = [*layer.params.values(), *head.params.values(), predict_last(layer, head, x)]
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}
    assert all(type(value) is float for value in losses)


@KINDS
def test_data_stay_as_they_are(kind):
    layer, head, x, y = problem(kind)
    x.flags.writeable = y.flags.writeable = False
    fit_last(layer, head, x, y, **settings())
    accuracy_last(layer, head, x, y)


@KINDS
def test_predict(kind):
    layer, head, x, _ = problem(kind)
    _, state = layer.forward(x)
    h = state[0] if kind is LSTM else state
    want = h @ head.params["W"][:, 0] + head.params["b"][0]
    got = predict_last(layer, head, x)
    assert got.shape == (60,)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-14)
    assert predict_last(layer, head, x[:0]).shape == (0,)


@pytest.mark.parametrize("n", [1, 99, 100, 101, 250])
def test_accuracy(n):
    layer, head, x, y = problem(GRU, n=n)
    right = [
        (logit > 0) == (t == 1) for logit, t in zip(predict_last(layer, head, x), y, strict=True)
    ]
    got = accuracy_last(layer, head, x, y)
    assert type(got) is float
    assert got == pytest.approx(np.mean(right), abs=1e-15)
    assert accuracy_last(layer, head, x, 1 - y) == pytest.approx(1 - np.mean(right), abs=1e-15)


@KINDS
def test_refuses(kind):
    layer, head, x, y = problem(kind)
    two = Linear(8, 2, rng=np.random.default_rng(0))
    small = Linear(7, 1, rng=np.random.default_rng(0))
    bad_settings = [
        *[{"epochs": v} for v in [0, -1, 1.5, None, "3", True]],
        *[{"batch_size": v} for v in [0, -1, 16.0, None, "16", True]],
        *[{"lr": v} for v in [-0.1, np.nan, np.inf, None, "0.1", True]],
        *[{"rng": v} for v in [None, 0, np.random, np.random.RandomState(0)]],
        *[{"max_norm": v} for v in [0, -1.0, np.nan, np.inf, "1", True]],
        *[{"loss": v} for v in [None, "bce", 1.0]],
    ]
    bad_data = [
        *[
            (layer, head, v, y)
            for v in [*wrong_kinds(x).values(), None, x[..., 0], x[:, :0], x[:59]]
        ],
        *[
            (layer, head, x, v)
            for v in [*wrong_kinds(y).values(), None, y[:59], y[:, None], 2 * y - 1]
        ],
        *[(layer, v, x, y) for v in [two, small, None, layer]],
        *[(v, head, x, y) for v in [None, kind, head, "rnn"]],
        (layer, head, x[:0], y[:0]),
    ]
    params = copy.deepcopy((layer.params, head.params))
    calls = [lambda c=c: fit_last(layer, head, x, y, **settings(**c)) for c in bad_settings]
    calls += [lambda d=d: fit_last(*d, **settings()) for d in bad_data]
    for k, call in enumerate(calls):
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)
        np.testing.assert_equal((layer.params, head.params), params, err_msg=str(k))


def test_refused_predictions():
    layer, head, x, y = problem(RNN)
    two = Linear(8, 2, rng=np.random.default_rng(0))
    for call in (
        lambda: predict_last(layer, head, x[0]),
        lambda: predict_last(layer, head, None),
        lambda: predict_last(layer, head, x.tolist()),
        lambda: predict_last(layer, two, x),
        lambda: predict_last(None, head, x),
        lambda: predict_last(layer, None, x),
        lambda: predict_last(head, layer, x),
        lambda: accuracy_last(layer, head, x, y[:-1]),
        lambda: accuracy_last(layer, head, x, y[:, None]),
        lambda: accuracy_last(layer, head, x, y.astype(int)),
        lambda: accuracy_last(layer, head, x, 2 * y - 1),
        lambda: accuracy_last(layer, head, x[:0], y[:0]),
        lambda: accuracy_last(layer, head, None, y),
        lambda: accuracy_last(layer, head, x, None),
        lambda: accuracy_last(layer, two, x, y),
    ):
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)
