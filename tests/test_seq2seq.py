"""The encoder-decoder: its gradient, the equality of its two ways to run, what it learns."""

import copy

import numpy as np
import pytest
from bad_values import check_message

from rnnlib import (
    Adam,
    InputError,
    attend,
    clip_grad_norm,
    date_task,
    numerical_gradient,
    relative_error,
    softmax_cross_entropy,
)
from rnnlib.seq2seq import EncoderDecoder

BOTH = pytest.mark.parametrize("attention", [True, False], ids=["attention", "fixed"])
IDS = np.array([[0, 3, 1, 2], [4, 4, 0, 0], [2, 1, 3, 4]])
LENGTHS = np.array([4, 2, 3])
TARGETS = np.array([[1, 0, 2], [2, 2, 1], [0, 1, 2]])
PREVIOUS = np.insert(TARGETS[:, :-1], 0, 3, axis=1)
PARTS = ("read", "encoder", "reread", "decoder", "head")


def make(attention=True, seed=0, **options):
    rng = np.random.default_rng(seed)
    net = EncoderDecoder(5, 3, 4, n_embed=2, attention=attention, rng=rng, **options)
    rng = np.random.default_rng(seed + 50)
    for params in net.params:
        for name, value in params.items():
            params[name] = rng.standard_normal(value.shape).astype(value.dtype)
    return net


def loss_of(net):
    loss, d_logits = softmax_cross_entropy(net.forward(IDS, LENGTHS, PREVIOUS), TARGETS)
    return loss, d_logits


@BOTH
def test_gradients(attention, record_property):
    net, count = make(attention), 0
    net.backward(loss_of(net)[1])
    grads = copy.deepcopy(net.grads)
    for params, found in zip(net.params, grads, strict=True):
        assert set(params) == set(found)
        for name, value in list(params.items()):

            def loss(changed, params=params, name=name):
                params[name] = changed
                return loss_of(net)[0]

            numeric = numerical_gradient(loss, value)
            params[name] = value
            assert relative_error(found[name], numeric) < 1e-6, name
            count += 1
    assert count == 12
    record_property("gradient checks", count)


@BOTH
def test_forward_by_its_parts(attention):
    net = make(attention)
    logits = net.forward(IDS, LENGTHS, PREVIOUS)
    keys, state = net.encoder.forward(net.read.forward(IDS), lengths=LENGTHS)
    s, _ = net.decoder.forward(net.reread.forward(PREVIOUS), state)
    if attention:
        context, _ = attend(s, keys, keys, LENGTHS)
    else:
        context = np.repeat(state[:, None], 3, axis=1)
    want = net.head.forward(np.concatenate([s, context], axis=2))
    assert logits.shape == (3, 3, 3)
    np.testing.assert_allclose(logits, want, rtol=0, atol=1e-14)


@BOTH
def test_writing_is_reading_its_own_words(attention):
    net = make(attention)
    written, weights = net.write(IDS, LENGTHS, 6)
    assert written.shape == (3, 6)
    assert weights.shape == (3, 6, 4)
    assert written.min() >= 0
    assert written.max() <= 2
    previous = np.insert(written[:, :-1], 0, 3, axis=1)
    logits = net.forward(IDS, LENGTHS, previous)
    np.testing.assert_array_equal(logits.argmax(axis=2), written)
    np.testing.assert_allclose(weights.sum(axis=2), 1, atol=1e-14)
    if attention:
        assert (weights[0] > 0).all()
    else:
        assert (weights.argmax(axis=2) == LENGTHS[:, None] - 1).all()
    assert (weights[1, :, 2:] == 0).all()
    first, _ = net.write(IDS, LENGTHS, 1)
    np.testing.assert_array_equal(first, written[:, :1])


@BOTH
def test_padding_does_not_matter(attention):
    net = make(attention)
    logits = net.forward(IDS, LENGTHS, PREVIOUS)
    longer = np.hstack([IDS, np.full((3, 2), 4)])
    longer[1, 2:4] = 3
    np.testing.assert_allclose(net.forward(longer, LENGTHS, PREVIOUS), logits, atol=1e-14)
    alone = net.forward(IDS[1:2, :2].copy(), LENGTHS[1:2], PREVIOUS[1:2])
    np.testing.assert_allclose(alone, logits[1:2], atol=1e-14)


def test_both_contexts_have_the_same_parameters():
    one, other = (
        EncoderDecoder(5, 3, 4, attention=flag, rng=np.random.default_rng(1))
        for flag in (True, False)
    )
    assert list(vars(one))[:2] == ["n_out", "attention"]
    for a, b in zip(one.params, other.params, strict=True):
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])
    shapes = {name: getattr(one, name).shapes for name in PARTS}
    assert shapes["read"]["W"] == (5, 16)
    assert shapes["reread"]["W"] == (4, 16)
    assert shapes["head"]["W"] == (8, 3)
    assert shapes["encoder"] == shapes["decoder"]
    assert shapes["encoder"]["W_x"] == (16, 12)
    assert one.params == [getattr(one, name).params for name in PARTS]


def test_float32_stays_float32():
    net = make(dtype=np.float32)
    logits = net.forward(IDS, LENGTHS, PREVIOUS)
    net.backward(logits)
    values = [logits, *(grad for grads in net.grads for grad in grads.values())]
    assert {value.dtype for value in values} == {np.dtype(np.float32)}


def test_no_sequences():
    net = make()
    none = np.zeros((0, 4), int)
    assert net.forward(none, np.zeros(0, int), none).shape == (0, 4, 3)
    written, weights = net.write(none, np.zeros(0, int), 2)
    assert (written.shape, weights.shape) == ((0, 2), (0, 2, 4))


def test_learns_one_spelling_of_dates():
    rng = np.random.default_rng(0)
    net, optimizer = EncoderDecoder(42, 11, 32, rng=rng, dtype=np.float32), Adam(0.01)
    losses = []
    for _ in range(150):
        ids, lengths, targets = date_task(32, rng, ["{y}{mm}{dd}"])
        previous = np.insert(targets[:, :-1], 0, 11, axis=1)
        logits = net.forward(ids, lengths, previous)
        loss, d_logits = softmax_cross_entropy(logits, targets)
        net.backward(d_logits)
        clip_grad_norm(net.grads, 1.0)
        optimizer.step(net.params, net.grads)
        losses.append(loss)
    ids, lengths, targets = date_task(300, rng, ["{y}{mm}{dd}"])
    assert losses[0] > 2 > 0.5 > losses[-1]
    assert np.mean(net.write(ids, lengths, 10)[0] == targets) > 0.85


# ---------------------------------------------------------------------------------------------
# Refusals


@pytest.mark.parametrize("name", ["n_in", "n_out", "n_hidden", "n_embed"])
@pytest.mark.parametrize("bad", [0, -1, 1.0, "2", None, True])
def test_refuses_bad_sizes(name, bad):
    sizes = {"n_in": 2, "n_out": 2, "n_hidden": 2, "n_embed": 2}
    with pytest.raises(InputError) as error:
        EncoderDecoder(**sizes | {name: bad}, rng=np.random.default_rng(0))
    check_message(error.value)


@pytest.mark.parametrize(
    "options", [{"rng": 0}, {"rng": None}, {"dtype": int}, {"attention": 1}, {"attention": "yes"}]
)
def test_refuses_bad_options(options):
    with pytest.raises(InputError) as error:
        EncoderDecoder(2, 2, 2, **{"rng": np.random.default_rng(0)} | options)
    check_message(error.value)


BAD_READ = [
    (IDS.astype(float), LENGTHS),
    (IDS.tolist(), LENGTHS),
    (IDS + 1, LENGTHS),
    (IDS - 1, LENGTHS),
    (IDS[0], LENGTHS),
    (IDS[None], LENGTHS),
    (IDS[:, :0], LENGTHS),
    (IDS, LENGTHS.astype(float)),
    (IDS, LENGTHS.tolist()),
    (IDS, LENGTHS[:2]),
    (IDS, LENGTHS[:, None]),
    (IDS, LENGTHS - 2),
    (IDS, LENGTHS + 1),
    (IDS, None),
    (None, LENGTHS),
]


@pytest.mark.parametrize("case", range(len(BAD_READ)))
def test_refuses_bad_input(case):
    net = make()
    for call in (
        lambda: net.forward(*BAD_READ[case], PREVIOUS),
        lambda: net.write(*BAD_READ[case], 2),
    ):
        with pytest.raises(InputError) as error:
            call()
        check_message(error.value)


@pytest.mark.parametrize(
    "previous",
    [
        PREVIOUS.astype(float),
        PREVIOUS.tolist(),
        PREVIOUS + 1,
        PREVIOUS - 1,
        PREVIOUS[0],
        PREVIOUS[:2],
        PREVIOUS[None],
        PREVIOUS[:, :0],
        None,
    ],
)
def test_refuses_bad_previous(previous):
    with pytest.raises(InputError) as error:
        make().forward(IDS, LENGTHS, previous)
    check_message(error.value)


@pytest.mark.parametrize("n_steps", [0, -1, 2.0, None, True])
def test_refuses_bad_steps(n_steps):
    with pytest.raises(InputError) as error:
        make().write(IDS, LENGTHS, n_steps)
    check_message(error.value)


def test_backward_needs_a_forward_and_its_shape():
    net = make()
    good = np.zeros((3, 3, 3))
    with pytest.raises(InputError, match="forward"):
        net.backward(good)
    net.forward(IDS, LENGTHS, PREVIOUS)
    for bad in (good[:2], good[:, :2], good[..., :2], good.astype(np.float32), None, good.tolist()):
        with pytest.raises(InputError) as error:
            net.backward(bad)
        check_message(error.value)
        assert net.grads == [{}] * 5
    net.backward(good)
    net.write(IDS, LENGTHS, 2)
    with pytest.raises(InputError, match="forward"):
        net.backward(good)


@BOTH
def test_a_refused_run_leaves_the_one_before_it_whole(attention):
    net, d = make(attention), np.random.default_rng(9).standard_normal((3, 3, 3))
    net.forward(IDS, LENGTHS, PREVIOUS)
    net.backward(d)
    expected = copy.deepcopy(net.grads)
    good = net.head.params["b"]

    def with_a_bad_head(call):
        net.head.params["b"] = np.full_like(good, np.nan)
        try:
            call()
        finally:
            net.head.params["b"] = good

    for refused in (
        lambda: with_a_bad_head(lambda: net.forward(IDS[::-1], LENGTHS[::-1].copy(), PREVIOUS)),
        lambda: with_a_bad_head(lambda: net.write(IDS[::-1], LENGTHS[::-1].copy(), 2)),
        lambda: net.backward(1e308 * np.sign(d)),
    ):
        with pytest.raises(InputError):
            refused()
        for repeat in range(2):
            for one, other in zip(net.grads, expected, strict=True):
                assert all(np.array_equal(one[name], other[name]) for name in other), repeat
            net.backward(d)


def test_sizes_of_few_bits():
    net = EncoderDecoder(5, 5, np.int8(100), rng=np.random.default_rng(0))
    assert net.head.shapes["W"] == (200, 5)
