"""The stored character model: what the tool makes, and a better reader than a table of counts."""

import numpy as np
import pytest

from rnnlib import NGram, datasets
from rnnlib.train import stream_perplexity
from tools import novelist


def scores(parts):
    """Perplexity on the validation text and on the test text."""
    (_, val, test), _ = novelist.split()
    embedding, layer, head = parts
    return [stream_perplexity(layer, head, ids, embedding=embedding) for ids in (val, test)]


def test_reads_better_than_the_best_table():
    (train, *new), C = novelist.split()
    found = scores(datasets.novelist())
    for n in range(1, 9):
        table = NGram(train, n, C)
        for score, ids in zip(found, new, strict=True):
            assert score < 0.98 * table.perplexity(ids)
    assert found == pytest.approx([3.5416, 3.3969], abs=0.001)


def test_the_parts_of_the_novel_share_no_character():
    (train, val, test), C = novelist.split()
    assert (len(train), len(val), len(test), C) == (334_137, 41_767, 41_768, 75)
    chars = np.array(sorted(set(datasets.english_text())))
    assert "".join(chars[np.concatenate([train, val, test])]) == datasets.english_text()


def test_is_stored_as_the_tool_stores(tmp_path):
    novelist.store(datasets.novelist(), tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz") as again, np.load(novelist.PATH) as stored:
        assert again.files == stored.files
        for name in stored.files:
            assert stored[name].dtype == np.float16
            np.testing.assert_array_equal(again[name], stored[name])


def test_each_call_gives_weights_of_its_own():
    one, other = datasets.novelist(), datasets.novelist()
    for a, b in zip(one, other, strict=True):
        for name in a.params:
            assert a.params[name].dtype == np.float64
            np.testing.assert_array_equal(a.params[name], b.params[name])
            assert not np.shares_memory(a.params[name], b.params[name])


def test_the_tool_learns(monkeypatch, capsys):
    text = datasets.english_text()[:60_000]
    monkeypatch.setattr(novelist, "english_text", lambda: text)
    embedding, layer, head = novelist.train(rates=[6e-3, 2e-3])
    first, second = map(float, capsys.readouterr().out.split())
    (train, val, _), C = novelist.split()
    assert second < first < NGram(train, 1, C).perplexity(val)
    assert second == pytest.approx(
        stream_perplexity(layer, head, val, embedding=embedding), abs=1e-3
    )


@pytest.mark.slow
def test_the_tool_makes_such_a_model_again():
    assert scores(novelist.train()) == pytest.approx(scores(datasets.novelist()), rel=0.03)
