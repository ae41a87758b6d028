"""The classifier: what it reads, its gradients, its training, and its refusals."""

import copy

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds, wrong_shapes

from rnnlib import GRU, LSTM, RNN, Embedding, InputError, Linear, MinGRU, softmax_cross_entropy
from rnnlib.classify import Classifier
from rnnlib.compose import Bidirectional, Dropout, Stack

N, T, D, H, C = 4, 5, 2, 3, 3


def draw(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def nets(rng):
    """Name -> (a net, size of what is read)."""
    return {
        "rnn": (RNN(D, H, rng=rng), H),
        "lstm": (LSTM(D, H, rng=rng), H),
        "min": (MinGRU(D, H, rng=rng), H),
        "both": (Bidirectional(LSTM(D, H, rng=rng), GRU(D, 2, rng=rng)), H + 2),
        "stack": (Stack([GRU(D, 4, rng=rng), LSTM(4, H, rng=rng)]), H),
        "deep both": (
            Stack(
                [
                    Bidirectional(GRU(D, 2, rng=rng), GRU(D, 2, rng=rng)),
                    Bidirectional(LSTM(4, H, rng=rng), LSTM(4, H, rng=rng)),
                ]
            ),
            2 * H,
        ),
    }


EVERY = pytest.mark.parametrize("name", nets(np.random.default_rng(0)))
READS = pytest.mark.parametrize("read", ["state", "last step"])


def make(name="rnn", read="state", embedded=False):
    rng = np.random.default_rng(0)
    net, size = nets(rng)[name]
    embedding = Embedding(6, D, rng=rng) if embedded else None
    return Classifier(net, Linear(size, C, rng=rng), embedding, read)


def data(embedded=False):
    rng = np.random.default_rng(1)
    x = rng.integers(0, 6, (N, T)) if embedded else rng.standard_normal((N, T, D))
    return x, np.array([2, 0, 1, 1]), np.array([5, 2, 1, 4])


# ---------------------------------------------------------------------------------------------
# What is read


def last_h(name, net, x, lengths):
    """The last true h of the top layer, taken apart by hand."""
    _, state = net.forward(x, None, lengths)
    if name in ("rnn", "min"):
        return state
    if name == "lstm":
        return state[0]
    if name == "both":
        (h, _), h_back = state
        return np.concatenate([h, h_back], axis=1)
    if name == "stack":
        return state[1][0]
    (h, _), (h_back, _) = state[1]
    return np.concatenate([h, h_back], axis=1)


@EVERY
def test_state_is_the_last_true_one_of_the_top_layer(name):
    model, (x, _, lengths) = make(name), data()
    logits = model.forward(x, lengths)
    assert logits.shape == (N, C)
    want = model.head.forward(last_h(name, model.net, x, lengths))
    np.testing.assert_allclose(logits, want, rtol=0, atol=1e-12)


@EVERY
def test_last_step_is_whatever_stands_there(name):
    model, (x, _, lengths) = make(name, "last step"), data()
    for given in (None, lengths):
        logits = model.forward(x, given)
        want = model.head.forward(model.net.forward(x, None, given)[0][:, -1])
        np.testing.assert_allclose(logits, want, rtol=0, atol=1e-12)
    np.testing.assert_allclose(logits[1:], [model.head.params["b"]] * 3)  # zeros in the padding


@pytest.mark.parametrize("name", ["rnn", "lstm", "stack"])
def test_both_agree_in_one_direction_without_padding(name):
    x, _, _ = data()
    np.testing.assert_allclose(make(name).forward(x), make(name, "last step").forward(x))


# ---------------------------------------------------------------------------------------------
# Gradients


@pytest.mark.parametrize("with_lengths", [False, True], ids=["full", "lengths"])
@pytest.mark.parametrize("embedded", [False, True], ids=["numbers", "tokens"])
@READS
@EVERY
def test_gradients(name, read, embedded, with_lengths, record_property):
    model, (x, y, lengths) = make(name, read, embedded), data(embedded)
    lengths = lengths if with_lengths else None

    def loss():
        return softmax_cross_entropy(model.forward(x, lengths), y)

    assert model.backward(loss()[1]) is None
    grads = copy.deepcopy(model.grads)
    assert len(grads) == len(model.params)
    done = 0
    for params, analytic in zip(model.params, grads, strict=True):
        for key, value in params.items():
            numeric = np.empty_like(value)
            for k in range(value.size):
                entry = value.flat[k]
                value.flat[k] = entry + 1e-5
                above = loss()[0]
                value.flat[k] = entry - 1e-5
                numeric.flat[k] = (above - loss()[0]) / 2e-5
                value.flat[k] = entry
            np.testing.assert_allclose(analytic[key], numeric, rtol=0, atol=1e-8)
            done += 1
    record_property("gradient checks", done)


# ---------------------------------------------------------------------------------------------
# Training


def first_step(n, rng, length=6):
    """Class 1 if the first value of the last feature is positive; sequences of 1 to 6 steps."""
    x, lengths = rng.standard_normal((n, length, D)), rng.integers(1, length + 1, n)
    return x, (x[:, 0, 1] > 0).astype(int), lengths


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_it_learns(cell):
    rng = np.random.default_rng(0)
    model = Classifier(cell(D, 8, rng=rng), Linear(8, 2, rng=rng))
    losses = model.fit(*first_step(300, rng), epochs=20, batch_size=30, lr=0.02, rng=rng)
    assert len(losses) == 20 * 10
    assert np.mean(losses[:10]) > 0.6 > 0.4 > np.mean(losses[-10:])
    assert model.accuracy(*first_step(1050, rng)) > 0.8


def test_fit_repeats_and_uses_the_generator_alone():
    runs = []
    for seed in (3, 3, 4):
        model = make("rnn")
        rng = np.random.default_rng(seed)
        runs.append(model.fit(*data(), epochs=2, batch_size=3, lr=0.01, rng=rng))
    assert runs[0] == runs[1] != runs[2]
    assert len(runs[0]) == 4  # 3 + 1 sequences in each epoch


def test_the_norm_is_clipped():
    free, clipped = make("rnn"), make("rnn")
    start = copy.deepcopy(free.params)
    for model, max_norm in ((free, None), (clipped, 1e-9)):
        rng = np.random.default_rng(0)
        model.fit(*data(), epochs=1, batch_size=N, lr=0.1, rng=rng, max_norm=max_norm)
    moved = [
        max(
            np.abs(p[key] - s[key]).max() for p, s in zip(m.params, start, strict=True) for key in p
        )
        for m in (free, clipped)
    ]
    assert moved[0] > 0.09 > 0.02 > moved[1]  # Adam divides by the gradient's size, plus 1e-8


def test_accuracy_counts():
    model, (x, _, lengths) = make("lstm"), data()
    answers = model.forward(x, lengths).argmax(axis=1)
    assert model.accuracy(x, answers, lengths) == 1
    assert model.accuracy(x, (answers + 1) % C, lengths) == 0
    many, long = np.repeat(x, 60, axis=0), np.repeat(lengths, 60)
    mixed = np.repeat(answers, 60)
    mixed[::4] = (mixed[::4] + 1) % C
    assert model.accuracy(many, mixed, long) == 0.75


def test_params_are_live_and_in_order():
    model = make("stack", embedded=True)
    parts = [model.embedding.params, *model.net.params, model.head.params]
    assert all(a is b for a, b in zip(model.params, parts, strict=True))


def test_arguments_stay_as_they_are():
    model, (x, y, lengths) = make("both"), data()
    kept = [a.copy() for a in (x, y, lengths)]
    for a in (x, y, lengths):
        a.flags.writeable = False
    model.fit(x, y, lengths, epochs=1, batch_size=2, lr=0.01, rng=np.random.default_rng(0))
    model.accuracy(x, y, lengths)
    for a, b in zip((x, y, lengths), kept, strict=True):
        np.testing.assert_array_equal(a, b)


# ---------------------------------------------------------------------------------------------
# Refusals


def refused(call, key):
    try:
        call()
    except InputError as error:
        check_message(error)
    else:
        raise AssertionError(f"let through: {key}")


def test_parts_are_refused():
    rng = np.random.default_rng(0)
    net, head, embedding = RNN(D, H, rng=rng), Linear(H, C, rng=rng), Embedding(6, D, rng=rng)
    bad = [None, "rnn", 3, RNN, [net], {"net": net}, np.zeros((2, 3)), lambda x: x]
    for value in [*bad, head, embedding, Dropout(0.5, rng)]:
        refused(lambda v=value: Classifier(v, head), value)
    for value in [*bad, net, embedding]:
        refused(lambda v=value: Classifier(net, v), value)
    for value in [*bad[1:], net, head]:
        refused(lambda v=value: Classifier(net, head, v), value)
    for value in ("State", "", "last", None, 0, True, ["state"], b"state"):
        refused(lambda v=value: Classifier(net, head, None, v), value)
    both = Bidirectional(GRU(D, H, rng=rng), GRU(D, H, rng=rng))
    refused(lambda: Classifier(net, Linear(H + 1, C, rng=rng)), "head too large")
    refused(lambda: Classifier(both, head), "one direction only")
    refused(lambda: Classifier(Stack([both]), head), "one direction of a stack")
    refused(lambda: Classifier(net, head, Embedding(6, D + 1, rng=rng)), "vectors too long")
    single = {"rng": rng, "dtype": np.float32}
    refused(lambda: Classifier(net, Linear(H, C, **single)), "dtype of the head")
    refused(lambda: Classifier(net, head, Embedding(6, D, **single)), "dtype of the vectors")
    refused(lambda: Classifier(Stack([RNN(D, H, **single)]), head), "dtype of the net")


@pytest.mark.parametrize("embedded", [False, True], ids=["numbers", "tokens"])
def test_data_are_refused_and_nothing_changes(embedded, record_property):
    model, (x, y, lengths) = make("lstm", embedded=embedded), data(embedded)
    rng = np.random.default_rng(0)
    good = {"epochs": 1, "batch_size": 2, "lr": 0.01, "rng": rng}
    model.fit(x, y, lengths, **good)
    logits = model.forward(x, lengths)
    d = np.ones_like(logits)
    calls = {}
    if embedded:
        bad_x = {
            "list": x.tolist(),
            "float": x.astype(float),
            "bool": x > 0,
            "negative": x - 7,
            "too large": x + 6,
            "flat": x.ravel(),
            "one-hot": np.eye(6, dtype=int)[x],
            "masked array": np.ma.array(x),
            "None": None,
            "empty": x[:0],
        }
    else:
        free = ("axis 1 longer", "axis 1 of size 1")
        bad_x = {k: v for k, v in {**wrong_kinds(x), **wrong_shapes(x)}.items() if k not in free}
        bad_x["None"] = None
    for label, bad in bad_x.items():
        calls["fit x", label] = lambda bad=bad: model.fit(bad, y, lengths, **good)
        calls["accuracy x", label] = lambda bad=bad: model.accuracy(bad, y, lengths)
        if label not in ("axis 0 longer", "axis 0 of size 1", "axis 0 empty", "empty"):
            calls["forward x", label] = lambda bad=bad: model.forward(bad, lengths)
    bad_y = {
        "list": y.tolist(),
        "float": y.astype(float),
        "bool": y > 0,
        "str": y.astype(str),
        "negative": y - 1,
        "too large": y + 1,
        "one-hot": np.eye(C, dtype=int)[y],
        "one more": np.append(y, 0),
        "one less": y[:-1],
        "number": 1,
        "None": None,
    }
    for label, bad in bad_y.items():
        calls["fit y", label] = lambda bad=bad: model.fit(x, bad, lengths, **good)
        calls["accuracy y", label] = lambda bad=bad: model.accuracy(x, bad, lengths)
    bad_lengths = {
        "list": lengths.tolist(),
        "float": lengths.astype(float),
        "too long": lengths + 1,
        "negative": lengths - 2,
        "one more": np.append(lengths, 1),
        "one less": lengths[:-1],
        "column": lengths[:, None],
        "number": 3,
    }
    for label, bad in bad_lengths.items():
        calls["fit lengths", label] = lambda bad=bad: model.fit(x, y, bad, **good)
        calls["accuracy lengths", label] = lambda bad=bad: model.accuracy(x, y, bad)
        calls["forward lengths", label] = lambda bad=bad: model.forward(x, bad)
    for name, values in {
        "epochs": (0, -1, 1.0, "1", None, True, [1]),
        "batch_size": (0, -1, 2.0, "2", None, True, [2]),
        "lr": (-0.1, np.nan, np.inf, "0.1", None, [0.1]),
        "rng": (None, 0, np.random, np.random.RandomState(0)),
        "max_norm": (0, -1, np.nan, "1", [1.0]),
    }.items():
        for bad in values:
            options = good | {name: bad}
            calls[name, repr(bad)] = lambda options=options: model.fit(x, y, lengths, **options)
    for label, bad in {**wrong_kinds(d), **wrong_shapes(d), "None": None}.items():
        calls["backward", label] = lambda bad=bad: model.backward(bad)
    kept = copy.deepcopy((model.params, model.grads))
    drawn = rng.bit_generator.state
    for key, call in calls.items():
        refused(call, key)
        np.testing.assert_equal((model.params, model.grads), kept, err_msg=str(key))
        assert rng.bit_generator.state == drawn, key
    np.testing.assert_array_equal(model.forward(x, lengths), logits)
    record_property("bad inputs refused", len(calls))


@READS
def test_backward_before_forward(read):
    with pytest.raises(InputError, match="forward") as error:
        make(read=read).backward(np.ones((N, C)))
    check_message(error.value)


def test_a_refused_run_leaves_the_one_before_it_whole():
    """Else the embedding remembers the refused ids, the net those of the run before."""
    rng = np.random.default_rng(0)
    net, head, embedding = RNN(2, H, rng=rng), Linear(H, 3, rng=rng), Embedding(6, 2, rng=rng)
    net.params["W_x"][...], embedding.params["W"][...] = 1e10, 0
    model, d = Classifier(net, head, embedding), draw(1, 1, 3)
    model.forward(np.array([[0, 1, 2]]))
    model.backward(d)
    expected = copy.deepcopy(model.grads)
    for refused in (
        lambda: model.forward(np.array([[3, 4, 5]]), np.array([9])),
        lambda: model.backward(1e300 * np.sign(d)),  # too large for the net, not for the head
    ):
        with pytest.raises(InputError):
            refused()
        for one, other in zip(model.grads, expected, strict=True):
            assert all(np.array_equal(one[name], other[name]) for name in other)
        model.backward(d)
        for one, other in zip(model.grads, expected, strict=True):
            assert all(np.array_equal(one[name], other[name]) for name in other)


def test_words_of_another_type_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError) as error:
        Classifier(RNN(1, 2, rng=rng), Linear(2, 2, rng=rng), read=np.array(["state", "state"]))
    check_message(error.value)


def test_training_on_no_step_draws_no_number():
    rng = np.random.default_rng(0)
    model = Classifier(RNN(1, 2, rng=rng), Linear(2, 2, rng=rng))
    before = rng.bit_generator.state
    with pytest.raises(InputError, match="step"):
        model.fit(np.ones((2, 0, 1)), np.zeros(2, int), epochs=1, batch_size=1, lr=0.1, rng=rng)
    assert rng.bit_generator.state == before
