"""The training loop: it learns, it repeats, it does what it says."""

import copy
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds

from rnnlib import (
    GRU,
    LSTM,
    RNN,
    Adam,
    Embedding,
    InputError,
    Linear,
    bce_with_logits,
    clip_grad_norm,
    echo_task,
    mse,
    sign_task,
    softmax_cross_entropy,
)
from rnnlib.train import accuracy_last, fit_last, fit_stream, predict_last, stream_perplexity

KINDS = pytest.mark.parametrize("kind", [RNN, LSTM, GRU])


def rng():
    return np.random.default_rng(0)


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


GRID = 2.0**-16


def all_weights(layer, head):
    return np.concatenate([a.ravel() for part in (layer, head) for a in part.params.values()])


@KINDS
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weights_on_a_grid(kind, dtype):
    """One update, then the nearest multiple of the grid for every weight, in the same dtype."""
    layer, head, x, y = problem(kind, dtype=dtype)
    free = copy.deepcopy((layer, head))
    one = {"epochs": 1, "batch_size": 60}
    losses = fit_last(*free, x, y, **settings(**one))
    assert fit_last(layer, head, x, y, **settings(**one), grid=GRID) == losses
    weights = all_weights(layer, head)
    assert weights.dtype == dtype
    assert np.array_equal(weights % GRID, 0 * weights)
    assert 0 < np.abs(weights - all_weights(*free)).max() <= GRID / 2


@KINDS
def test_on_a_grid_a_rounding_error_does_not_survive(kind):
    ends = {None: [], GRID: []}
    for grid, found in ends.items():
        for factor in (1.0, 1 + 1e-14):
            layer, head, x, y = problem(kind)
            layer.params["W_h"] *= factor
            fit_last(layer, head, x, y, **settings(), grid=grid)
            found.append(all_weights(layer, head))
    assert not np.array_equal(*ends[None])
    assert np.array_equal(*ends[GRID])


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
        *[{"grid": v} for v in [0, -1.0, 1e-13, np.nan, np.inf, "1", True]],
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


# Streams


def stream(kind, length=61, D=2, K=3, H=5, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    layer, head = kind(D, H, rng=rng, dtype=dtype), Linear(H, K, rng=rng, dtype=dtype)
    x, y = rng.standard_normal((length, D)), rng.standard_normal((length, K))
    return layer, head, x.astype(dtype), y.astype(dtype)


def stream_settings(**changes):
    return {"n_rows": 3, "window": 5, "epochs": 2, "lr": 0.01} | changes


@KINDS
@pytest.mark.parametrize("carry", [True, False])
@pytest.mark.parametrize("max_norm", [None, 0.1])
def test_stream_loop_written_out(kind, carry, max_norm):
    """61 steps in 3 rows of 4 windows of 5 steps; one step is left out."""
    layer, head, x, y = stream(kind)
    want_layer, want_head, optimizer = copy.deepcopy(layer), copy.deepcopy(head), Adam(0.01)
    losses = fit_stream(layer, head, x, y, **stream_settings(carry=carry, max_norm=max_norm))
    want = []
    for _ in range(2):
        state = None
        for start in range(0, 20, 5):
            x_k = np.stack([x[row + start : row + start + 5] for row in (0, 20, 40)])
            y_k = np.stack([y[row + start : row + start + 5] for row in (0, 20, 40)])
            out, last = want_layer.forward(x_k, state)
            value, d_out = mse(want_head.forward(out), y_k)
            want_layer.backward(want_head.backward(d_out))
            grads = [want_layer.grads, want_head.grads]
            if max_norm is not None:
                clip_grad_norm(grads, max_norm)
            optimizer.step([want_layer.params, want_head.params], grads)
            want.append(value)
            state = last if carry else None
    assert losses == want
    np.testing.assert_equal((layer.params, head.params), (want_layer.params, want_head.params))


@KINDS
def test_stream_on_a_grid(kind):
    layer, head, x, y = stream(kind)
    free = copy.deepcopy((layer, head))
    one = {"epochs": 1, "window": 20}
    losses = fit_stream(*free, x, y, **stream_settings(**one))
    assert fit_stream(layer, head, x, y, **stream_settings(**one), grid=GRID) == losses
    weights = all_weights(layer, head)
    assert np.array_equal(weights % GRID, 0 * weights)
    assert 0 < np.abs(weights - all_weights(*free)).max() <= GRID / 2


@KINDS
def test_stream_without_learning_is_one_long_pass(kind):
    layer, head, x, y = stream(kind)
    before = copy.deepcopy((layer.params, head.params))
    losses = fit_stream(layer, head, x, y, **stream_settings(lr=0))
    np.testing.assert_equal((layer.params, head.params), before)
    rows = x[:60].reshape(3, 20, 2)
    errors = (head.forward(layer.forward(rows)[0]) - y[:60].reshape(3, 20, 3)) ** 2
    np.testing.assert_allclose(losses[:4], errors.reshape(3, 4, 5, 3).mean(axis=(0, 2, 3)))
    assert losses[4:] == losses[:4]  # each epoch starts from a state of zeros


@KINDS
def test_stream_in_one_window_is_full_backpropagation(kind):
    layer, head, x, y = stream(kind, length=20)
    want_layer, want_head = copy.deepcopy(layer), copy.deepcopy(head)
    fit_stream(layer, head, x, y, **stream_settings(n_rows=1, window=20, epochs=1))
    out, _ = want_layer.forward(x[None])
    want_layer.backward(want_head.backward(mse(want_head.forward(out), y[None])[1]))
    np.testing.assert_equal((layer.grads, head.grads), (want_layer.grads, want_head.grads))


def test_stream_learns_what_the_state_carries():
    errors = {}
    for carry in (True, False):
        rng = np.random.default_rng(0)
        layer, head = RNN(1, 16, rng=rng), Linear(16, 1, rng=rng)
        x, y = (a[0] for a in echo_task(1, 30_000, 2, rng))
        losses = fit_stream(layer, head, x, y, n_rows=25, window=3, epochs=1, lr=0.01, carry=carry)
        assert len(losses) == 400
        assert all(type(value) is float for value in losses)
        errors[carry] = np.mean(losses[-50:])
    assert errors[True] < 0.1
    assert errors[False] > 0.9 * 2 / 3  # two of three targets lie before the window


def test_stream_of_classes():
    rng = np.random.default_rng(0)
    layer, head = GRU(4, 8, rng=rng), Linear(8, 4, rng=rng)
    ids = np.arange(2001) % 4
    x, y = np.eye(4)[ids[:-1]], ids[1:]
    losses = fit_stream(
        layer, head, x, y, **stream_settings(lr=0.02, epochs=1), loss=softmax_cross_entropy
    )
    assert losses[0] > 1
    assert losses[-1] < 0.1


@KINDS
@pytest.mark.parametrize("max_norm", [None, 0.1])
def test_stream_of_ids_is_a_stream_of_one_hot_vectors(kind, max_norm):
    """An embedding W before the layer: the same as one-hot vectors and the product W W_x."""
    rng = np.random.default_rng(0)
    embedding = Embedding(4, 3, rng=rng)
    layer, head = kind(3, 8, rng=rng), Linear(8, 4, rng=rng)
    parts = embedding, layer, head
    want_embedding, want_layer, want_head = copy.deepcopy(parts)
    ids = rng.integers(0, 4, 62)
    losses = fit_stream(
        layer,
        head,
        ids[:-1],
        ids[1:],
        **stream_settings(max_norm=max_norm, loss=softmax_cross_entropy, embedding=embedding),
    )
    optimizer, want, state = Adam(0.01), [], None
    for update in range(8):
        state = state if update % 4 else None
        rows = [ids[row + update % 4 * 5 :][:6] for row in (0, 20, 40)]
        one_hot = np.eye(4)[rows][:, :-1]
        out, state = want_layer.forward(one_hot @ want_embedding.params["W"], state)
        value, d_out = softmax_cross_entropy(want_head.forward(out), np.array(rows)[:, 1:])
        dx, _ = want_layer.backward(want_head.backward(d_out))
        want_embedding.grads = {"W": np.einsum("ntc,ntd->cd", one_hot, dx)}
        want_parts = [want_layer, want_head, want_embedding]
        grads = [part.grads for part in want_parts]
        if max_norm is not None:
            clip_grad_norm(grads, max_norm)
        optimizer.step([part.params for part in want_parts], grads)
        want.append(value)
    np.testing.assert_allclose(losses, want, rtol=0, atol=1e-9)
    for part, want_part in zip(parts, (want_embedding, want_layer, want_head), strict=True):
        for name in part.params:
            np.testing.assert_allclose(part.params[name], want_part.params[name], atol=1e-7)


def test_stream_of_ids_learns():
    rng = np.random.default_rng(0)
    embedding = Embedding(4, 3, rng=rng)
    before = embedding.params["W"].copy()
    layer, head = GRU(3, 8, rng=rng), Linear(8, 4, rng=rng)
    ids = np.arange(2001) % 4
    losses = fit_stream(
        layer,
        head,
        ids[:-1],
        ids[1:],
        **stream_settings(lr=0.02, epochs=1, loss=softmax_cross_entropy, embedding=embedding),
    )
    assert losses[0] > 1
    assert losses[-1] < 0.1
    assert (embedding.params["W"] != before).all()


def language_model(kind, C=4):
    rng = np.random.default_rng(0)
    return kind(3, 8, rng=rng), Linear(8, C, rng=rng), Embedding(C, 3, rng=rng)


@KINDS
@pytest.mark.parametrize("n_rows", [1, 3, 4])
def test_perplexity_row_by_row(kind, n_rows):
    layer, head, embedding = language_model(kind)
    ids, log_p = rng().integers(0, 4, 30), []
    steps = 29 // n_rows
    for i in range(n_rows):
        row = ids[i * steps : i * steps + steps + 1]
        out = head.forward(layer.forward(embedding.params["W"][row[None, :-1]])[0])[0]
        log_p += [a[c] - np.log(np.exp(a).sum()) for a, c in zip(out, row[1:], strict=True)]
    assert len(log_p) == n_rows * steps
    got = stream_perplexity(layer, head, ids, embedding=embedding, n_rows=n_rows)
    assert type(got) is float
    assert got == pytest.approx(np.exp(-np.mean(log_p)), abs=1e-9)


def test_perplexity_of_a_model_that_knows_nothing():
    layer, head, embedding = language_model(GRU, C=7)
    for array in head.params.values():
        array[...] = 0
    ids = rng().integers(0, 7, 100)
    assert stream_perplexity(layer, head, ids, embedding=embedding) == pytest.approx(7, abs=1e-12)


@KINDS
def test_perplexity_refuses(kind):
    layer, head, embedding = language_model(kind)
    ids, narrow = np.arange(61) % 4, Embedding(4, 1, rng=rng())
    wide, few = Linear(7, 4, rng=rng()), Linear(8, 3, rng=rng())
    bad = [
        *[(layer, head, v, embedding, 16) for v in [ids + 1, ids - 1, ids[:, None], ids[:16]]],
        *[(layer, head, v, embedding, 16) for v in [ids.tolist(), ids * 1.0, None, "0", ids[:0]]],
        *[(layer, head, ids, v, 16) for v in [None, Embedding, head, narrow]],
        *[(layer, head, ids, embedding, v) for v in [0, -1, 1.5, None, "2", True, 61]],
        *[(layer, v, ids, embedding, 16) for v in [None, layer, wide, few]],
        *[(v, head, ids, embedding, 16) for v in [None, kind, head]],
    ]
    for layer, head, ids, embedding, n_rows in bad:
        with pytest.raises(InputError) as error:
            stream_perplexity(layer, head, ids, embedding=embedding, n_rows=n_rows)
        check_message(error.value)


@KINDS
def test_stream_of_ids_refuses(kind):
    layer, head, x, y = stream(kind)
    embedding, ids = Embedding(7, 2, rng=rng()), np.arange(61) % 7
    narrow = Embedding(7, 1, rng=rng())
    bad = [
        *[(v, embedding) for v in [x, ids + 1, ids - 1, ids[:60], ids[:, None], ids[None]]],
        *[(v, embedding) for v in [ids.tolist(), ids.astype(float), ids > 2, None, np.eye(7)[ids]]],
        *[(ids, v) for v in [narrow, Embedding, "embedding", head, layer, True]],
        (ids, None),
    ]
    params = copy.deepcopy((layer.params, head.params, embedding.params))
    for k, (inputs, table) in enumerate(bad):
        with pytest.raises(InputError) as error:
            fit_stream(layer, head, inputs, y, **stream_settings(embedding=table))
        check_message(error.value)
        now = layer.params, head.params, embedding.params
        np.testing.assert_equal(now, params, err_msg=str(k))


@KINDS
def test_stream_float32_and_data_stay_as_they_are(kind):
    layer, head, x, y = stream(kind, dtype=np.float32)
    x.flags.writeable = y.flags.writeable = False
    losses = fit_stream(layer, head, x, y, **stream_settings(max_norm=1.0))
    arrays = [*layer.params.values(), *head.params.values()]
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}
    assert all(type(value) is float for value in losses)


def test_plain_progress_bar(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    quiet = fit_stream(*stream(RNN), **stream_settings())
    assert capsys.readouterr() == ("", "")
    assert fit_stream(*stream(RNN), **stream_settings(), progress=True) == quiet
    out, err = capsys.readouterr()
    assert out == ""
    parts = err.split("\r")
    assert parts[0] == ""
    assert [int(part[:3]) for part in parts[1:]] == [12, 25, 37, 50, 62, 75, 87, 100]
    assert parts[-1] == "100% of 8 updates\n"


def test_plain_progress_bar_writes_at_most_100_times(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    fit_stream(*stream(RNN), n_rows=1, window=1, epochs=5, lr=0.0, progress=True)
    assert capsys.readouterr().err.count("\r") == 100


def test_progress_bar_of_tqdm(monkeypatch):
    seen = []

    def tqdm(updates):
        seen.append(len(updates))
        return updates

    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=tqdm))
    quiet = fit_stream(*stream(RNN), **stream_settings())
    assert seen == []
    assert fit_stream(*stream(RNN), **stream_settings(), progress=True) == quiet
    assert seen == [8]


@KINDS
def test_stream_refuses(kind):
    layer, head, x, y = stream(kind)
    classes = np.arange(61) % 3
    ints = [0, -1, 1.5, None, "3", True]
    bad_settings = [
        *[{name: v} for name in ("n_rows", "window", "epochs") for v in ints],
        *[{"n_rows": 13}, {"window": 21}],
        *[{"lr": v} for v in [-0.1, np.nan, np.inf, None, "0.1", True]],
        *[{"max_norm": v} for v in [0, -1.0, np.nan, np.inf, "1", True]],
        *[{"loss": v} for v in [None, "mse", 1.0, softmax_cross_entropy]],
        *[{"grid": v} for v in [0, -1.0, 1e-13, np.nan, np.inf, "1", True]],
        *[{"carry": v} for v in [None, 1, "no"]],
        *[{"progress": v} for v in [None, 1, "yes"]],
    ]
    bad_data = [
        *[(layer, head, v, y) for v in [*wrong_kinds(x).values(), None, x[:60], x[None], x[:, :1]]],
        *[(layer, head, x, v) for v in [*wrong_kinds(y).values(), None, y[:60], y[:, :2], y[None]]],
        *[(layer, head, x, v) for v in [classes, classes + 1, classes - 1, classes[:60]]],
        *[(layer, head, x, v) for v in [classes[:, None], np.eye(3, dtype=int)[classes]]],
        *[(layer, v, x, y) for v in [None, layer, Linear, Linear(4, 3, rng=rng())]],
        *[(v, head, x, y) for v in [None, kind, head, "rnn"]],
        (layer, head, x[:0], y[:0]),
    ]
    params = copy.deepcopy((layer.params, head.params))
    calls = [
        lambda c=c: fit_stream(layer, head, x, y, **stream_settings(**c)) for c in bad_settings
    ]
    calls += [lambda d=d: fit_stream(*d, **stream_settings()) for d in bad_data]
    for k, call in enumerate(calls):
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)
        np.testing.assert_equal((layer.params, head.params), params, err_msg=str(k))


@pytest.mark.parametrize("n", [0, 1])
def test_the_perplexity_of_no_prediction_is_refused(n):
    rng = np.random.default_rng(0)
    parts = RNN(2, 3, rng=rng), Linear(3, 4, rng=rng)
    with pytest.raises(InputError) as error:
        stream_perplexity(*parts, np.zeros(n, int), embedding=Embedding(4, 2, rng=rng), n_rows=1)
    check_message(error.value)


@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 0, 2)])
def test_data_that_do_not_fit_the_layer_draw_no_number(shape):
    rng = np.random.default_rng(0)
    layer, head = RNN(2, 3, rng=rng), Linear(3, 1, rng=rng)
    before = rng.bit_generator.state
    with pytest.raises(InputError) as error:
        fit_last(layer, head, np.ones(shape), np.ones(4), epochs=1, batch_size=2, lr=0.1, rng=rng)
    check_message(error.value)
    assert rng.bit_generator.state == before


def test_epochs_of_few_bits():
    rng = np.random.default_rng(0)
    layer, head = RNN(1, 2, rng=rng), Linear(2, 1, rng=rng)
    x = rng.standard_normal((200, 1))
    options = {"n_rows": 1, "window": 2, "lr": 0.01}
    assert len(fit_stream(layer, head, x, x, epochs=np.int8(2), **options)) == 200
