"""The measurements that book/errata.md quotes: each test looks its numbers up on the page."""

import re
from pathlib import Path

import numpy as np
import pytest

from rnnlib import (
    GRU,
    RNN,
    Adam,
    Linear,
    chain_gain,
    count_params,
    echo_task,
    gradient_norms,
    gru_step,
    lstm_step,
    mse,
    museum,
    numerical_gradient,
    relative_error,
    sigmoid,
    sign_task,
    stream_windows,
)
from rnnlib.train import fit_stream

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "book" / "errata.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### ([NB]\d+)\. .*?\n(.*?)(?=^##)", PAGE, flags=re.M | re.S))


def says(name, *numbers):
    """Assert that section `name` of the page quotes each number, as a number of its own."""
    for number in numbers:
        quoted = re.search(rf"(?<![\d.]){re.escape(number)}(?!\d|,\d|\.\d)", SECTIONS[name])
        assert quoted, f"{name} does not quote {number}"


def short(number, digits):
    """Write .789 for 0.7891."""
    return f"{number:.{digits}f}".removeprefix("0")


def test_every_finding_is_on_the_page():
    notebook, blog = [f"N{k}" for k in range(1, 14)], [f"B{k}" for k in range(1, 10)]
    assert list(SECTIONS) == notebook + blog


@pytest.mark.parametrize("name", SECTIONS)
def test_every_finding_is_shown_by_a_test_or_a_chapter(name):
    says_, true, shown = (
        SECTIONS[name].index(f"**{label}") for label in ("It says", "True is", "Shown by")
    )
    assert says_ < true < shown
    evidence = SECTIONS[name][shown:]
    named = re.findall(r"`(test_\w+)`", evidence)
    chapters = re.findall(r"\{doc\}`(\d\d_\w+)`", evidence)
    assert named or chapters
    assert set(named) <= set(globals())
    assert all((ROOT / "book" / f"{chapter}.ipynb").is_file() for chapter in chapters)


def test_n3_256_samples_are_too_few():
    spread = np.sqrt(0.9 * 0.1)
    standard_error = spread / np.sqrt(256)
    samples = int(np.ceil((1.96 * spread / 0.01) ** 2))
    says("N3", short(standard_error, 3), short(1.96 * standard_error, 3), f"{samples:,}")

    # The formula, held against 20,000 simulated validations of 256 samples.
    accuracies = np.random.default_rng(0).binomial(256, 0.9, size=20_000) / 256
    assert accuracies.std() == pytest.approx(standard_error, rel=0.02)


def test_n4_one_stream_ties_two_data_sets():
    def validation(n_train, one_stream):
        train, other = np.random.default_rng(0), np.random.default_rng(1)
        sign_task(n_train, 28, train)
        return sign_task(256, 28, train if one_stream else other)[0]

    changed = (validation(768, True) != validation(700, True)).any(axis=(1, 2))
    says("N4", str(changed.sum()))
    assert changed.all()
    np.testing.assert_array_equal(validation(768, False), validation(700, False))


def test_n5_equal_width_is_not_equal_size():
    head = 24 + 1
    sizes = {cell: count_params(cell, 1, 24, biases=2) + head for cell in ("rnn", "lstm", "gru")}
    says("N5", *(f"{size:,}" for size in sizes.values()))
    says("N5", f"{max(sizes.values()) / min(sizes.values()):.1f}")


def test_n6_the_gain_with_tanh():
    neuron = RNN(1, 1, rng=np.random.default_rng(0))
    neuron.params = {"W_x": np.eye(1), "W_h": np.array([[1.1]]), "b": np.zeros(1)}
    noise = 0.3 * np.random.default_rng(1).standard_normal((20_000, 61, 1))
    gains = gradient_norms(neuron, noise)[:, 0]  # d h_61 / d h_1: 60 steps

    says("N6", f"{chain_gain(1.1, 60):.0f}", "1e-06")
    assert 1e-7 < np.median(gains) < 1e-6


def test_n7_the_two_reset_gates_differ():
    rng = np.random.default_rng(0)
    weights = GRU(1, 24, rng=rng).params
    x = rng.standard_normal((64, 28, 1))
    after = before = np.zeros((64, 24))
    apart, largest = 0.0, 0.0
    for x_t in np.moveaxis(x, 1, 0):
        after, _ = gru_step(x_t, after, **weights)
        before, _ = gru_step(x_t, before, **weights, reset_after=False)
        apart = max(apart, np.abs(after - before).max())
        largest = max(largest, np.abs(after).max())

    says("N7", "0.1")
    assert 0.1 < apart < 0.2
    assert 0.15 < apart / largest < 0.3


@pytest.mark.parametrize(("dtype", "edge"), [(np.float64, -709), (np.float32, -88)])
def test_n8_the_direct_sigmoid_overflows(dtype, edge):
    def direct(a):
        return 1 / (1 + np.exp(-a))

    a = np.array([edge, edge - 1], dtype=dtype)
    says("N8", str(edge))
    direct(a[:1])  # the last whole number that is safe
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert direct(a[1:]) == 0
    np.testing.assert_allclose(sigmoid(a), 0, atol=1e-15)


def test_n9_no_gate_opens_or_closes():
    # Its weights: four blocks of (units, [x, h]), drawn one after the other.
    blocks = np.random.default_rng(7).normal(0, 0.35, (4, 2, 3))
    i, f, g, o = blocks
    W = np.concatenate([i, f, g, o]).T
    h = c = np.zeros((1, 2))
    values = []
    for x in (0.6, -0.2, 0.1, 0.5, -0.4):
        h, c, gates = lstm_step(np.array([[x]]), h, c, W[:1], W[1:], np.zeros(8))
        values += [gates["i"], gates["f"], gates["o"]]

    says("N9", short(np.min(values), 3), short(np.max(values), 3))
    assert np.min(values) > 0.4
    assert np.max(values) < 0.57


def test_n10_half_open_gates_forget():
    default, one, three = sigmoid(np.array([0.0, 1.0, 3.0])) ** 28
    says("N10", f"{default:.1e}", f"{one:.1e}", short(three, 2))


def test_what_the_notebook_seed_gets_right():
    for biases, counts in {1: "5,184 20,736 15,552", 2: "5,248 20,992 15,744"}.items():
        for cell, count in zip(("rnn", "lstm", "gru"), counts.split(), strict=True):
            assert f"{count_params(cell, 16, 64, biases):,}" == count
            assert count in PAGE.split("### What the notebook seed gets right")[1]


# The blog seed. Its loop that runs forwards is the first exhibit of the museum.

WrongRNN = museum.exhibit("time runs forwards in backward").PlainRNN


def one_pass(Layer, T, seed, last_step_only=False):
    """(dx, dW_x) of one fresh layer on one random batch."""
    rng = np.random.default_rng(seed)
    layer = Layer(3, 5, rng=rng)
    layer.forward(rng.standard_normal((4, T, 3)))
    dy = rng.standard_normal((4, T, 5))
    if last_step_only:
        dy[:, :-1] = 0
    dx, _ = layer.backward(dy)
    return dx, layer.grads["W_x"]


def off_by(wrong, right):
    """Size of the error, as a share of the right gradient."""
    return np.linalg.norm(wrong - right) / np.linalg.norm(right)


def test_b1_the_loop_in_the_wrong_direction():
    errors, cosines = [], []
    for T in (1, 2, 3, 5, 10, 20, 50):
        pairs = [[one_pass(Layer, T, seed)[1] for Layer in (WrongRNN, RNN)] for seed in range(10)]
        errors.append(np.mean([off_by(wrong, right) for wrong, right in pairs]))
        norms = [np.linalg.norm(wrong) * np.linalg.norm(right) for wrong, right in pairs]
        cosines.append(np.mean([np.sum(w * r) / n for (w, r), n in zip(pairs, norms, strict=True)]))

    assert errors[0] < 1e-12
    says("B1", *(short(pick(errors[1:]), 2) for pick in (min, max)))
    says("B1", *(short(pick(cosines[1:]), 2) for pick in (min, max)))

    dx, _ = one_pass(WrongRNN, 28, 0, last_step_only=True)
    reached = np.abs(dx).max(axis=(0, 2)) > 0
    says("B1", "28", str(reached.sum()))
    assert reached.tolist() == [False] * 27 + [True]
    assert np.all(one_pass(RNN, 28, 0, last_step_only=True)[0] != 0)


@pytest.mark.parametrize("seed", [0, 1])
def test_b2_a_task_without_memory_hides_the_mistake(seed):
    def echo_error(delay, Layer):
        rng = np.random.default_rng(seed)
        layer, head, optimizer = Layer(1, 24, rng=rng), Linear(24, 1, rng=rng), Adam(0.01)
        for _ in range(400):
            x, y = echo_task(32, 10, delay, rng)
            out, _ = layer.forward(x)
            dy = np.zeros_like(out)
            dy[:, delay:] = head.backward(mse(head.forward(out[:, delay:]), y[:, delay:])[1])
            layer.backward(dy)
            optimizer.step([layer.params, head.params], [layer.grads, head.grads])
        x, y = echo_task(1000, 10, delay, rng)
        return mse(head.forward(layer.forward(x)[0][:, delay:]), y[:, delay:])[0]

    says("B2", "0.01", "0.4")
    assert max(echo_error(0, WrongRNN), echo_error(0, RNN)) < 0.01
    assert echo_error(1, RNN) < 0.01 < 0.4 < echo_error(1, WrongRNN)


def test_b3_the_state_is_reset():
    layer = RNN(1, 24, rng=np.random.default_rng(0))
    series = np.random.default_rng(1).standard_normal((1, 10_000, 1))
    carried = layer.forward(series)[0].reshape(1000, 10, 24)
    reset = layer.forward(series.reshape(1000, 10, 1))[0]
    errors = np.abs(carried - reset).mean(axis=(0, 2))
    size = np.abs(carried).mean()

    says("B3", short(errors[0], 3), short(size, 3), ".001")
    assert errors[0] > size / 2
    assert errors[-1] < 0.001


def test_b4_the_cut_makes_the_gradient_zero():
    rng = np.random.default_rng(0)
    layer, x = RNN(3, 5, rng=rng), rng.standard_normal((4, 20, 3))
    dy = np.zeros((4, 20, 5))
    dy[:, -1] = rng.standard_normal((4, 5))

    def input_gradients(width):
        parts, state = [], None
        for start in range(0, 20, width):
            _, state = layer.forward(x[:, start : start + width], state)
            parts.append(layer.backward(dy[:, start : start + width])[0])
        return np.concatenate(parts, axis=1)

    whole, cut = input_gradients(20), input_gradients(5)
    assert np.all(whole != 0)
    assert np.all(cut[:, :15] == 0)
    np.testing.assert_allclose(cut[:, 15:], whole[:, 15:], rtol=0, atol=1e-14)


@pytest.mark.parametrize(("delay", "low", "high"), [(3, 0, 0.05), (7, 0.9, 1.1)])
def test_b4_the_window_limits_what_is_learned(delay, low, high):
    rng = np.random.default_rng(0)
    layer, head = RNN(1, 24, rng=rng), Linear(24, 1, rng=rng)
    x, y = (a[0] for a in echo_task(1, 600 * 32 * 5, delay, rng))
    fit_stream(layer, head, x, y, n_rows=32, window=5, epochs=1, lr=0.01)
    x, y = echo_task(1, 8000, delay, rng)
    error, _ = mse(head.forward(layer.forward(x)[0]), y)
    says("B4", "0.05", "0.9", "3", "7")
    assert low < error < high


def test_b5_a_thousand_values():
    ten, two = stream_windows(1000, 10, 10), stream_windows(1000, 2, 10)
    assert ten[0, :, 0].tolist() == list(range(0, 1000, 100))
    assert two[0, :, 0].tolist() == [0, 500]
    says("B5", "10 rows", f"{ten[0].size / 1000:.0%}", "500", f"{len(two)} updates")

    # Its list as it stands: nine pieces of 10 values, and one of 100.
    pieces = [np.arange(start, start + 10) for start in range(0, 900, 100)] + [np.arange(900, 1000)]
    with pytest.raises(ValueError, match="shape"):
        np.stack(pieces)
    sizes = (1, 2, 10, 100)
    assert 800 not in {(1000 - size) // step + 1 for size in sizes for step in sizes}


@pytest.mark.parametrize("seed", range(10))
def test_b6_float32_hides_a_right_gradient(seed):
    rng = np.random.default_rng(seed)
    layer, x = RNN(3, 5, rng=rng), rng.standard_normal((4, 6, 3))
    dy = rng.standard_normal((4, 6, 5))
    layer.forward(x)
    layer.backward(dy)

    def error(name, dtype):
        def loss(value):
            layer.params[name] = value
            return np.sum(dy * layer.forward(x)[0].astype(dtype))

        before = layer.params[name]
        measured = numerical_gradient(loss, before)
        layer.params[name] = before
        return relative_error(layer.grads[name], measured)

    says("B6", "1e-03", "1e-09")
    assert max(error(name, np.float32) for name in layer.params) > 1e-3
    assert max(error(name, np.float64) for name in layer.params) < 1e-9


def test_b7_the_slope_belongs_at_the_pre_activation():
    errors = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        layer, x = RNN(5, 5, rng=rng), rng.standard_normal((4, 1, 5))
        h, dh = rng.standard_normal((2, 4, 5))
        layer.forward(x, h)
        layer.backward(d_state=dh)
        at_x = x[:, 0].T @ (dh * (1 - np.tanh(x[:, 0]) ** 2))
        errors.append(off_by(at_x, layer.grads["W_x"]))
    says("B7", *(short(pick(errors), 2) for pick in (min, max)))


def test_b8_shapes_and_the_gradient_in_the_first_state():
    errors = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        layer, x, dy = RNN(3, 5, rng=rng), rng.standard_normal((4, 6, 3)), np.ones((4, 6, 5))
        y, _ = layer.forward(x)
        dx, d_state0 = layer.backward(dy)
        assert dy.shape == y.shape == (4, 6, 5)
        assert (dx.shape, d_state0.shape) == ((4, 6, 3), (4, 5))

        whole = layer.grads["W_h"]
        _, state = layer.forward(x[:, :3])
        layer.forward(x[:, 3:], state)
        _, d_state = layer.backward(dy[:, 3:])
        right = layer.grads["W_h"]
        layer.forward(x[:, :3])
        layer.backward(dy[:, :3], d_state)
        np.testing.assert_allclose(layer.grads["W_h"] + right, whole, rtol=0, atol=1e-12)
        layer.backward(dy[:, :3])
        errors.append(off_by(layer.grads["W_h"] + right, whole))
    says("B8", *(short(pick(errors), 2) for pick in (min, max)))


def test_b9_the_guide_to_the_parameters_is_in_chapters_05_and_12():
    chapter = (ROOT / "book" / "05_truncated_bptt.ipynb").read_text(encoding="utf-8")
    for word in ("stateful", "return_sequences", "return_state", "unroll", "batch_first"):
        assert f"| `{word}` |" in chapter, word
    dictionary = (ROOT / "book" / "dictionary.md").read_text(encoding="utf-8")
    keras = " ".join(row.split("|")[3] for row in dictionary.splitlines() if row.startswith("| "))
    words = "units use_bias unit_forget_bias reset_after dropout recurrent_dropout mask stateful"
    words += " return_sequences return_state go_backwards unroll initial_state merge_mode"
    assert [word for word in words.split() if f"`{word}" not in keras] == []


def test_what_the_blog_seed_gets_right():
    rng = np.random.default_rng(0)
    x, h, W_x, W_h, b, dh = (
        rng.standard_normal(shape) for shape in ((4, 3), (4, 5), (3, 5), (5, 5), (5,), (4, 5))
    )
    args = {"x": x, "h": h, "W_x": W_x, "W_h": W_h, "b": b}

    def step(x, h, W_x, W_h, b):
        return np.tanh(x @ W_x + h @ W_h + b)

    def measured(name):
        return numerical_gradient(lambda v: np.sum(dh * step(**args | {name: v})), args[name])

    da = dh * (1 - step(**args) ** 2)
    five = {"x": da @ W_x.T, "h": da @ W_h.T, "W_x": x.T @ da, "W_h": h.T @ da, "b": da.sum(axis=0)}
    for name, gradient in five.items():
        assert relative_error(gradient, measured(name)) < 1e-8, name
