"""The measurements that book/errata.md quotes: each test looks its numbers up on the page."""

import re
from pathlib import Path

import numpy as np
import pytest

from rnnlib import (
    GRU,
    RNN,
    chain_gain,
    count_params,
    gradient_norms,
    gru_step,
    lstm_step,
    sigmoid,
    sign_task,
)

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "book" / "errata.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (N\d+)\. .*?\n(.*?)(?=^## )", PAGE, flags=re.M | re.S))


def says(name, *numbers):
    """Assert that section `name` of the page quotes each number, as a number of its own."""
    for number in numbers:
        quoted = re.search(rf"(?<![\d.]){re.escape(number)}(?!\d|,\d|\.\d)", SECTIONS[name])
        assert quoted, f"{name} does not quote {number}"


def short(number, digits):
    """Write .789 for 0.7891."""
    return f"{number:.{digits}f}".removeprefix("0")


def test_every_finding_is_on_the_page():
    assert list(SECTIONS) == [f"N{k}" for k in range(1, 14)]


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


def test_what_it_gets_right():
    for biases, counts in {1: "5,184 20,736 15,552", 2: "5,248 20,992 15,744"}.items():
        for cell, count in zip(("rnn", "lstm", "gru"), counts.split(), strict=True):
            assert f"{count_params(cell, 16, 64, biases):,}" == count
            assert count in PAGE.split("## What it gets right")[1]
