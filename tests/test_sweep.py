"""tools/sweep.py and its file: every run once, the same when trained again, no row by hand."""

import hashlib
import re
from collections import Counter

import numpy as np
import pytest

from rnnlib import Linear, count_params, sign_task
from tools import sweep


@pytest.fixture
def copy(tmp_path):
    """A copy of the file, to be changed."""
    path = tmp_path / "memory_sweep.csv"
    path.write_bytes(sweep.PATH.read_bytes())
    path.with_name("SHA256SUMS").write_text("0  another.csv\n0  memory_sweep.csv\n")
    return path


def rows_of(path):
    return sweep.read(path)[0]


def test_every_run_is_there_exactly_once():
    counts = Counter(sweep.key_of(row) for row in rows_of(sweep.PATH))
    assert set(counts) == set(sweep.keys())
    assert set(counts.values()) == {1}


def test_the_sweep_is_the_one_that_the_chapter_describes():
    keys = sweep.keys()
    assert {key[3] for key in keys} == {10, 20, 28, 50, 100, 200}
    assert {key[4] for key in keys} == set(range(10))
    assert len({key[:3] for key in keys}) == 13
    assert len(keys) == 13 * 6 * 10
    assert sweep.UPDATES == 300


def test_values_are_in_range():
    for row in rows_of(sweep.PATH):
        assert re.fullmatch(r"[01]\.\d{4}", row[-1]), row
        assert 0 <= float(row[-1]) <= 1
        assert row[6] == str(sweep.UPDATES)


def test_parameters_are_counted_as_the_library_counts_them():
    for cell, _, H, n_params, *_ in rows_of(sweep.PATH):
        H = int(H)
        second_bias = 3 * H if cell == "gru" else 0
        assert int(n_params) == count_params(cell, 1, H) + second_bias + H + 1


def test_a_row_changed_by_hand_is_found(copy):
    text = copy.read_text()
    row = rows_of(copy)[3]
    changed = ",".join([*row[:-1], "0.1234"])
    edited = text.replace(",".join(row), changed)
    assert edited != text
    copy.write_text(edited)
    assert "checksum" in sweep.problems(copy, 0)[0]


def test_a_missing_and_a_doubled_row_are_found_under_a_new_checksum(copy):
    rows = rows_of(copy)
    for wrong in (rows[1:], [*rows, rows[0]]):
        sweep.write(copy, wrong)
        assert sweep.problems(copy, 0) == [
            "the file does not hold every run exactly once, in order"
        ]


def test_a_file_with_other_columns_is_refused(copy):
    copy.write_text(copy.read_text().replace("accuracy", "score", 1))
    with pytest.raises(ValueError, match="score"):
        sweep.read(copy)


def test_a_sample_of_the_rows_is_the_same_when_trained_again():
    assert sweep.problems(sweep.PATH, 4) == []


def test_invented_rows_are_found_under_a_new_checksum(copy):
    rows = [[*row[:-1], "0.9999"] for row in rows_of(copy)]
    sweep.write(copy, rows)
    assert len(sweep.problems(copy, 1)) == 1


@pytest.mark.slow
def test_many_rows_are_the_same_when_trained_again():
    assert sweep.problems(sweep.PATH, 60) == []


def weights_after_training(scale):
    rng = np.random.default_rng(0)
    layer, head = sweep.make_layer("rnn", "default", 24, 20, rng), Linear(24, 1, rng=rng)
    x, y = sign_task(768, 20, rng)
    sweep.train(layer, head, scale * x, y, rng)
    return layer.params["W_h"]


def test_a_rounding_error_does_not_survive(monkeypatch):
    monkeypatch.setattr(sweep, "EPOCHS", 5)
    nudge = 1 + 2.0**-52
    assert np.array_equal(weights_after_training(1), weights_after_training(nudge))
    monkeypatch.setattr(sweep, "snap", lambda params: None)
    assert not np.array_equal(weights_after_training(1), weights_after_training(nudge))


def test_starts_do_what_they_say():
    def layer(cell, start):
        return sweep.make_layer(cell, start, 24, 28, np.random.default_rng(0))

    W_h = layer("rnn", "orthogonal").params["W_h"]
    assert np.allclose(W_h @ W_h.T, np.eye(24))
    assert not np.allclose(layer("rnn", "default").params["W_h"], W_h)
    for cell in ("lstm", "gru"):
        one, default = layer(cell, "forget bias 1"), layer(cell, "default")
        total = sum(one.params[name] for name in one.biases)
        assert np.all(total[24:48] == 1)
        assert np.all(one.params["b"][:24] == default.params["b"][:24])
        kept = layer(cell, "chrono").params["b"][24:48]
        assert np.all((kept >= 0) & (kept <= np.log(27)))
        assert np.ptp(kept) > 1


def test_an_interrupted_sweep_goes_on_with_what_is_missing(copy, monkeypatch, capsys):
    rows = rows_of(copy)
    sweep.write(copy, rows[:-2])
    asked = []

    def train_all(keys, jobs):
        asked.extend(keys)
        yield from (rows[-1], rows[-2])

    monkeypatch.setattr(sweep, "PATH", copy)
    monkeypatch.setattr(sweep, "ROOT", copy.parent)
    monkeypatch.setattr(sweep, "train_all", train_all)
    sweep.main([])
    assert asked == sweep.keys()[-2:]
    assert rows_of(copy) == rows
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    sums = copy.with_name("SHA256SUMS").read_text()
    assert sums == f"0  another.csv\n{digest}  memory_sweep.csv\n"
    assert "is complete" in capsys.readouterr().out


def test_a_file_changed_by_hand_is_not_continued(copy, monkeypatch):
    copy.write_text(copy.read_text().replace(",300,0.", ",300,1.", 1))
    monkeypatch.setattr(sweep, "PATH", copy)
    with pytest.raises(SystemExit, match="changed by hand"):
        sweep.main([])
