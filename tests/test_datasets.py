"""Data that travel with the library: complete, listed, and refused when a byte has changed."""

import re
import shutil

import numpy as np
import pytest
from bad_values import check_message

from rnnlib import InputError, datasets


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data, to be damaged."""
    copy = tmp_path / "data"
    shutil.copytree(datasets.FOLDER, copy)
    monkeypatch.setattr(datasets, "FOLDER", copy)
    return copy


def test_every_file_is_listed_with_its_checksum():
    names = {path.name for path in datasets.FOLDER.iterdir()} - {"SHA256SUMS"}
    assert names == set(datasets.checksums())


@pytest.mark.parametrize("name", datasets.checksums())
def test_every_file_is_read(name):
    assert len(datasets.read_data(name)) == (datasets.FOLDER / name).stat().st_size > 0


@pytest.mark.parametrize("name", datasets.checksums())
def test_a_changed_byte_is_a_named_error(name, folder):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=re.escape(name)) as refused:
        datasets.read_data(name)
    assert all(word in str(refused.value) for word in ("SHA-256", "cause:", "fix:"))


@pytest.mark.parametrize(("part", "n"), [("train", 270), ("test", 370)])
def test_japanese_vowels(part, n):
    x, lengths, speakers = datasets.japanese_vowels(part)
    assert (x.shape, lengths.shape, speakers.shape) == ((n, 29, 12), (n,), (n,))
    assert (x.dtype, lengths.dtype, speakers.dtype) == (float, np.int64, np.int64)
    over = np.arange(29) >= lengths[:, None]
    assert not x[over].any()
    assert x[~over].any(axis=1).all()
    assert np.array_equal(x, (x * 1e6).round() / 1e6)  # six decimals, as in the source
    assert (np.diff(speakers) >= 0).all()  # one speaker after the other


def test_japanese_vowels_by_example():
    x, lengths, speakers = datasets.japanese_vowels("train")
    assert (lengths[:3].tolist(), lengths.min(), lengths.max(), lengths.sum()) == (
        [20, 26, 22],
        7,
        26,
        4274,
    )
    np.testing.assert_array_equal(np.bincount(speakers), np.full(9, 30))
    assert x[0, :3, :2].tolist() == [
        [1.860936, -0.207383],
        [1.891651, -0.193249],
        [1.939205, -0.239664],
    ]
    _, lengths, speakers = datasets.japanese_vowels("test")
    assert (lengths.min(), lengths.max(), lengths.sum()) == (7, 29, 5687)
    assert np.bincount(speakers).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]


def test_japanese_vowels_are_new_arrays_at_each_call():
    for one, other in zip(*[datasets.japanese_vowels("train") for _ in range(2)], strict=True):
        assert one.flags.writeable
        assert one.base is None
        assert not np.shares_memory(one, other)


@pytest.mark.parametrize("part", ["Train", "", "validation", None, 0, True, ["train"], b"train"])
def test_japanese_vowels_have_two_parts(part):
    with pytest.raises(InputError) as error:
        datasets.japanese_vowels(part)
    check_message(error.value)


def test_english_text():
    text = datasets.english_text()
    assert type(text) is str
    assert (len(text), len(set(text)), text.count("\n")) == (417_672, 75, 912)
    assert text.isascii()
    assert text.startswith("Sir Walter Elliot, of Kellynch Hall, in Somersetshire, was a man who,")
    assert text.endswith('entirely out of my head."\n')
    assert not re.search(r"  | \n|\n |\n\n|\t|\r", text)
    assert not re.search(r"(?i)chapter \d|ebook|copyright|licen[cs]ed|www", text)


def test_sunspots():
    years, x = datasets.sunspots()
    assert years.shape == x.shape == (3120,) == (260 * 12,)
    assert x.dtype == np.float64
    np.testing.assert_allclose(years[[0, 1, -1]], [1749, 1749 + 1 / 12, 2008 + 11 / 12])
    assert (x[:2].tolist(), x[-2:].tolist()) == ([58.0, 62.6], [4.1, 0.8])
    assert (x.min(), x.max()) == (0.0, 253.8)
    assert np.isclose(years[x.argmax()], 1957 + 9 / 12)
    assert round(x.mean(), 4) == 52.2354
    np.testing.assert_array_equal(np.rint(10 * x) / 10, x)


def test_february_1824_is_the_mean_of_its_neighbours():
    """It was not observed: chapter 14 calls it a leak."""
    years, x = datasets.sunspots()
    k = np.flatnonzero(np.isclose(years, 1824 + 1 / 12)).item()
    assert abs(x[k] - (x[k - 1] + x[k + 1]) / 2) < 0.051


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match=r"sunspot.csv.*checksums\(\)"):
        datasets.read_data("sunspot.csv")


def test_all_data_stay_under_a_megabyte_and_a_half():
    assert sum(path.stat().st_size for path in datasets.FOLDER.iterdir()) < 1_500_000


@pytest.mark.parametrize("name", [["x"], None, 3])
def test_a_name_that_is_no_text_is_refused(name):
    with pytest.raises(InputError) as error:
        datasets.read_data(name)
    check_message(error.value)


def test_a_part_that_is_no_text_is_refused():
    with pytest.raises(InputError) as error:
        datasets.japanese_vowels(np.array(["train", "test"]))
    check_message(error.value)
