"""The benchmarks compare like with like: same results, then times; and the page shows the files."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ablation, page, seed_experiment
from benchmarks.plain import PLAIN
from rnnlib import GRU, LSTM, RNN

ROOT = Path(__file__).resolve().parents[1]
SIZES = [(3, 5, 2, 4), (1, 1, 1, 1), (4, 12, 3, 2)]


def case(kind, N, T, D, H):
    rng = np.random.default_rng(0)
    layer = kind(D, H, rng=rng)
    return layer, rng.standard_normal((N, T, D)), rng.standard_normal((N, T, H))


def results(layer, x, dy):
    """Outputs, input gradient, parameter gradients."""
    y, dx = layer.forward(x), layer.backward(dy)
    y, dx = (part[0] if isinstance(part, tuple) else part for part in (y, dx))
    return {"y": y, "dx": dx} | layer.grads


def assert_equal(ours, theirs):
    assert set(ours) == set(theirs)
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name], rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_the_plain_layers_equal_rnnlib(kind, sizes):
    layer, x, dy = case(kind, *sizes)
    assert_equal(results(PLAIN[kind](layer), x, dy), results(layer, x, dy))


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("variant", ablation.VARIANTS.values())
def test_the_variants_of_the_ablation_equal_rnnlib(variant, sizes):
    layer, x, dy = case(LSTM, *sizes)
    assert_equal(results(ablation.make(variant, layer), x, dy), results(layer, x, dy))


@pytest.mark.parametrize("contestant", ["rnnlib", "torch", "textbook", "products"])
def test_the_worker_runs(contestant):
    if contestant == "torch":
        pytest.importorskip("torch")
    command = [sys.executable, "-m", "benchmarks.worker", contestant, "GRU", "2", "3", "1", "2"]
    result = subprocess.run(
        command, cwd=ROOT, input="1\n2\n", capture_output=True, text=True, check=True
    )
    ready, *times = result.stdout.splitlines()
    assert ready == "ready"
    assert len(times) == 2
    assert all(float(seconds) > 0 for seconds in times)


@pytest.fixture(scope="module")
def starts(tmp_path_factory):
    pytest.importorskip("torch")
    path = tmp_path_factory.mktemp("starts") / "starts.npz"
    seed_experiment.save_starts(path)
    with np.load(path) as file:
        return dict(file)


@pytest.fixture
def one_thread():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("dtype", "n_seeds"),
    [
        ("float64", 1),
        pytest.param("float64", 3, marks=pytest.mark.slow),
        pytest.param("float32", 3, marks=pytest.mark.slow),
    ],
)
def test_both_contestants_train_the_same_networks(starts, one_thread, monkeypatch, dtype, n_seeds):
    monkeypatch.setattr(seed_experiment, "SEEDS", range(n_seeds))
    theirs = seed_experiment.accuracies("torch", dtype)
    ours = seed_experiment.accuracies("rnnlib", dtype, starts)
    seed_experiment.check_parity({dtype: theirs}, {dtype: ours})


def test_a_bias_that_moves_half_as_far_is_found(starts, one_thread, monkeypatch):
    theirs = seed_experiment.torch_run("RNN", 1, "float64")
    assert seed_experiment.rnnlib_run("RNN", 1, "float64", starts) == theirs
    monkeypatch.setitem(seed_experiment.BIASES, "RNN", 1)
    assert seed_experiment.rnnlib_run("RNN", 1, "float64", starts) != theirs


def test_the_page_shows_the_files():
    assert page.PATH.read_text(encoding="utf-8") == page.filled(), "run: python -m benchmarks.page"


def test_a_changed_number_on_the_page_is_found():
    text = page.PATH.read_text(encoding="utf-8")
    changed = re.sub(r"^(\| GRU \| small .*\d)\.(\d)", r"\1.9\2", text, count=1, flags=re.M)
    assert changed != text
    assert page.filled(changed) == text


def test_what_the_page_says_about_its_tables():
    found = [row for row in page.rows("results") if row["threads"] == "1"]
    of_torch = {(row["cell"], row["size"]): float(row["of_torch"]) for row in found}
    assert max(of_torch["RNN", "long"], of_torch["GRU", "long"]) < 0.2
    assert of_torch["LSTM", "long"] > 1
    missed = {
        (row["cell"], row["size"])
        for row in found
        if row["bar"] and float(row["of_torch"]) > float(row["bar"])
    }
    assert (len(missed), sum(bool(row["bar"]) for row in found)) == (9, 14)
    bars = {(row["cell"], row["size"]): float(row["bar"]) for row in found if row["bar"]}
    assert sum(of_torch[key] <= 1.05 * bars[key] for key in missed) == 5
    assert all(
        1 < float(row["ratio"]) / float(row["bar"]) < 1.06 for row in page.rows("seed_experiment")
    )
    for row in found:
        if row["cell"] == "LSTM" and row["size"] in ("ptb", "middle"):
            assert float(row["products_of_torch"]) > 0.67 * float(row["bar"])
        if (row["cell"], row["size"]) == ("LSTM", "small"):
            assert float(row["products_of_torch"]) < 0.33 * float(row["bar"])

    others = {
        (row["cell"], row["size"]): float(row["of_torch"]) for row in page.rows("other_machine")
    }
    assert list(others) == list(of_torch)
    assert sum(others[key] > bar for key, bar in bars.items()) == 4

    variants = {row.pop("left out"): row for row in page.rows("ablation")}
    singles = [name for name in variants if name not in ("nothing", "all of them")]
    assert set(sorted(singles, key=lambda name: -float(variants[name]["long"]))[:2]) == {
        "local derivatives before the loop",
        "one product for the weight gradients",
    }
    assert float(variants["batch last"]["long"]) < 1.15
    assert 1.8 < float(variants["blocks of time"]["memory large"]) < 2.2
    kept = {
        size: float(variants["kept work arrays"][size])
        for size in ("small", "middle", "long", "large")
    }
    assert kept.pop("large") > 1.1
    assert max(kept.values()) < 1.05
    assert max(float(variants[name]["small"]) for name in singles) < 2
    assert float(variants["all of them"]["small"]) > 2

    calls = {row["size"]: int(row["calls"]) for row in page.rows("shares")}
    assert calls["long"] > 50
    assert calls["large"] <= 1
