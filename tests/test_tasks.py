"""Synthetic tasks: their definitions, their chance levels, their own generator."""

import datetime

import numpy as np
import pytest
from bad_values import check_message
from hypothesis import given
from hypothesis import strategies as st

from rnnlib import (
    InputError,
    adding_task,
    copy_task,
    date_task,
    date_text,
    echo_task,
    review_task,
    sign_task,
    stream_windows,
)
from rnnlib.tasks import BAD, DATE_CHARS, DATE_FORMATS, FILLERS, GOOD, REVIEW_WORDS, TOPICS, _spell


def rng(seed=0):
    return np.random.default_rng(seed)


TASKS = {
    "sign": lambda n, r: sign_task(n, 7, r),
    "adding": lambda n, r: adding_task(n, 7, r),
    "echo": lambda n, r: echo_task(n, 7, 3, r),
    "copy": lambda n, r: copy_task(n, 4, 5, r),
    "date": lambda n, r: date_task(n, r),
    "review": lambda n, r: review_task(n, r),
}
EVERY = pytest.mark.parametrize("task", TASKS)


@EVERY
def test_draws_come_from_the_given_generator_alone(task):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    generator = rng(1)
    one, again = TASKS[task](20, rng(1)), TASKS[task](20, generator)
    following = TASKS[task](20, generator)
    for a, b, c in zip(one, again, following, strict=True):
        np.testing.assert_array_equal(a, b)
        assert (a != c).any()
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002


@EVERY
def test_inputs_and_targets_share_no_memory(task):
    x, *_, y = TASKS[task](5, rng())
    assert not np.shares_memory(x, y)


@EVERY
def test_no_sequences(task):
    x, *_, y = TASKS[task](0, rng())
    assert len(x) == len(y) == 0
    full_x, *_, full_y = TASKS[task](3, rng())
    assert x.shape[1:] == full_x.shape[1:]
    assert y.shape[1:] == full_y.shape[1:]
    assert (x.dtype, y.dtype) == (full_x.dtype, full_y.dtype)


class TestSign:
    @pytest.mark.parametrize("length", [1, 2, 28])
    def test_definition(self, length):
        x, y = sign_task(500, length, rng())
        assert x.shape == (500, length, 1)
        assert y.shape == (500,)
        assert x.dtype == y.dtype == np.float64
        assert all((y[n] == 1.0) == (x[n, 0, 0] > 0) for n in range(500))
        assert set(y) == {0.0, 1.0}

    def test_is_balanced_and_normal(self):
        x, y = sign_task(10_000, 5, rng())
        assert abs(y.mean() - 0.5) < 4 * 0.5 / 100
        assert abs(x.mean()) < 4 / np.sqrt(50_000)
        assert abs(x.std() - 1) < 0.02

    def test_the_rest_is_noise(self):
        x, y = sign_task(10_000, 3, rng())
        for t in (1, 2):
            assert abs(np.corrcoef(x[:, t, 0], y)[0, 1]) < 0.04


class TestAdding:
    @pytest.mark.parametrize("length", [2, 3, 7, 50])
    def test_definition(self, length):
        x, y = adding_task(400, length, rng())
        assert x.shape == (400, length, 2)
        assert y.shape == (400,)
        values, markers = x[..., 0], x[..., 1]
        assert values.min() >= 0
        assert values.max() < 1
        half = length // 2
        for n in range(400):
            places = np.flatnonzero(markers[n])
            assert len(places) == 2
            assert places[0] < half <= places[1]
            assert markers[n, places].tolist() == [1, 1]
            assert y[n] == pytest.approx(values[n, places[0]] + values[n, places[1]], abs=1e-15)

    def test_every_step_may_be_marked(self):
        x, _ = adding_task(2000, 7, rng())
        share = x[..., 1].mean(axis=0)
        np.testing.assert_allclose(share, [1 / 3] * 3 + [1 / 4] * 4, atol=0.05)

    def test_baseline(self):
        _, y = adding_task(20_000, 10, rng())
        assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.05)


class TestEcho:
    @pytest.mark.parametrize("delay", [0, 1, 3, 6])
    def test_definition(self, delay):
        x, y = echo_task(30, 7, delay, rng())
        assert x.shape == y.shape == (30, 7, 1)
        for t in range(7):
            want = x[:, t - delay] if t >= delay else np.zeros((30, 1))
            np.testing.assert_array_equal(y[:, t], want)

    def test_baseline(self):
        x, y = echo_task(5000, 7, 2, rng())
        assert np.mean(y[:, 2:] ** 2) == pytest.approx(1, rel=0.05)
        assert x.std() == pytest.approx(1, rel=0.02)


class TestCopy:
    @pytest.mark.parametrize(
        ("n_symbols", "delay", "n_copied"), [(8, 20, 10), (1, 1, 1), (3, 5, 2)]
    )
    def test_definition(self, n_symbols, delay, n_copied):
        ids, targets = copy_task(40, n_symbols, delay, rng(), n_copied)
        blank, signal = n_symbols, n_symbols + 1
        length = delay + 2 * n_copied
        assert ids.shape == targets.shape == (40, length)
        assert ids.dtype.kind == targets.dtype.kind == "i"
        for n in range(40):
            symbols = ids[n, :n_copied]
            assert symbols.min() >= 0
            assert symbols.max() < n_symbols
            waiting = [blank] * (delay - 1) + [signal] + [blank] * n_copied
            assert ids[n, n_copied:].tolist() == waiting
            assert targets[n].tolist() == [blank] * (n_copied + delay) + symbols.tolist()

    def test_ten_symbols_by_default(self):
        ids, _ = copy_task(2, 8, 5, rng())
        assert ids.shape == (2, 25)

    def test_all_symbols_occur_alike(self):
        ids, _ = copy_task(1000, 4, 1, rng())
        share = np.bincount(ids[:, :10].ravel(), minlength=4) / 10_000
        np.testing.assert_allclose(share, 0.25, atol=0.02)


def read_date(text):
    """(year, month, day) of a spelling, by rules of its own."""
    if "/" in text:
        month, day, year = map(int, text.split("/"))
        return (1900 if year >= 50 else 2000) + year, month, day
    if "." in text:
        day, month, year = map(int, text.split("."))
        return year, month, day
    if text.isdigit():
        return int(text[:4]), int(text[4:6]), int(text[6:])
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    one, two, year = text.replace(",", "").split(" ")
    day, name = (one, two) if one.isdigit() else (two, one)
    assert len(name) == 3 or "," in text
    return int(year), names.index(name[:3]) + 1, int(day)


class TestDates:
    def test_definition(self):
        ids, lengths, targets = date_task(2000, rng())
        assert ids.shape == (2000, 18)
        assert lengths.shape == (2000,)
        assert targets.shape == (2000, 10)
        assert ids.dtype.kind == lengths.dtype.kind == targets.dtype.kind == "i"
        filler = DATE_CHARS.index("_")
        for row, length, target in zip(ids, lengths, targets, strict=True):
            assert (row[:length] != filler).all()
            assert (row[length:] == filler).all()
            assert "{:04}-{:02}-{:02}".format(*read_date(date_text(row))) == date_text(target)
        assert set(targets.ravel()) == set(range(11))
        assert set(ids.ravel()) == set(range(len(DATE_CHARS))) - {DATE_CHARS.index("-")}

    @pytest.mark.parametrize("form", DATE_FORMATS)
    def test_one_spelling(self, form):
        ids, lengths, _ = date_task(300, rng(), [form])
        assert lengths.max() == ids.shape[1]
        other, _, _ = date_task(300, rng(), (form,))
        np.testing.assert_array_equal(ids, other)

    def test_spellings_by_example(self):
        texts = [_spell(datetime.date(2009, 1, 2), form) for form in DATE_FORMATS]
        assert texts == ["2 Jan 2009", "January 2, 2009", "2.1.2009", "1/2/09", "20090102"]

    def test_all_dates_and_spellings_occur_alike(self):
        ids, _, targets = date_task(20_000, rng())
        years = np.array([int(date_text(row)[:4]) for row in targets])
        assert (years.min(), years.max()) == (1950, 2049)
        assert abs(years.mean() - 1999.5) < 4 * 29 / np.sqrt(20_000)
        months = np.array([int(date_text(row)[5:7]) for row in targets])
        np.testing.assert_allclose(np.bincount(months)[1:] / 20_000, 1 / 12, atol=0.012)
        slashes = (ids == DATE_CHARS.index("/")).any(axis=1).mean()
        assert abs(slashes - 1 / 5) < 0.015

    @pytest.mark.parametrize(
        "bad", [None, "", (), [], "{d}.{m}.{y}", ["{d}"], [1], {"{d}.{m}.{y}"}, [None], 3]
    )
    def test_refuses_unknown_spellings(self, bad):
        with pytest.raises(InputError, match="DATE_FORMATS") as error:
            date_task(3, rng(), bad)
        check_message(error.value)

    def test_text_of_ids(self):
        assert date_text(np.array([2, 0, 11, 0, 10])) == "200-"
        assert date_text(np.array([], int)) == ""

    @pytest.mark.parametrize(
        "bad",
        [[1, 2], "2", None, np.array(1), np.zeros((1, 2), int), np.array([-1]), np.array([42])],
    )
    def test_text_refuses(self, bad):
        with pytest.raises(InputError) as error:
            date_text(bad)
        check_message(error.value)


class TestStreamWindows:
    def test_an_example_by_hand(self):
        windows = stream_windows(13, 2, 3)
        assert windows.tolist() == [
            [[0, 1, 2], [6, 7, 8]],
            [[3, 4, 5], [9, 10, 11]],
        ]

    @given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 8), st.data())
    def test_each_row_goes_on_where_it_stopped(self, n_rows, window, n_windows, data):
        left_over = data.draw(st.integers(0, n_rows * window - 1))
        length = n_windows * n_rows * window + left_over
        windows = stream_windows(length, n_rows, window)
        assert windows.shape == (n_windows, n_rows, window)
        assert windows.dtype.kind == "i"
        np.testing.assert_array_equal(windows[1:, :, 0], windows[:-1, :, -1] + 1)
        np.testing.assert_array_equal(np.diff(windows, axis=2), 1)
        np.testing.assert_array_equal(np.sort(windows.ravel()), np.arange(length - left_over))

    def test_rows_are_equal_parts_of_the_stream(self):
        windows = stream_windows(1000, 2, 10)
        assert windows.shape == (50, 2, 10)
        assert windows[0, :, 0].tolist() == [0, 500]
        assert windows[-1, :, -1].tolist() == [499, 999]

    def test_small_integer_types_do_not_overflow(self):
        small = stream_windows(np.int64(600), np.int8(100), np.int8(3))
        np.testing.assert_array_equal(small, stream_windows(600, 100, 3))

    def test_the_result_owns_its_memory(self):
        assert stream_windows(12, 2, 3).base is None

    @pytest.mark.parametrize(
        ("length", "n_rows", "window"), [(5, 2, 3), (1, 1, 2), (1, 2, 1), (99, 10, 10)]
    )
    def test_a_stream_that_is_too_short(self, length, n_rows, window):
        with pytest.raises(InputError, match=f"at least n_rows \\* window = {n_rows * window}"):
            stream_windows(length, n_rows, window)
        assert len(stream_windows(n_rows * window, n_rows, window)) == 1


def opinion(words):
    """+1 or -1 for one opinion, read by rules of its own."""
    the, topic, was, *rest, last = words
    assert (the, was) == ("the", "was")
    assert topic in TOPICS
    negated = rest[:1] == ["not"]
    fillers = rest[negated:]
    assert len(fillers) <= 2
    assert set(fillers) <= set(FILLERS)
    assert last in GOOD + BAD
    return (1 if last in GOOD else -1) * (-1 if negated else 1)


class TestReviews:
    def test_definition(self):
        ids, lengths, y = review_task(1000, rng())
        assert ids.shape == (1000, 23)
        assert lengths.shape == y.shape == (1000,)
        assert ids.dtype.kind == lengths.dtype.kind == y.dtype.kind == "i"
        counts = []
        for row, length, answer in zip(ids, lengths, y, strict=True):
            assert row[:length].all()
            assert not row[length:].any()
            text = " ".join(REVIEW_WORDS[k] for k in row[:length])
            scores = [opinion(part.split()) for part in text.split(" and ")]
            assert answer == (sum(scores) > 0)
            counts.append(len(scores))
        assert set(counts) == {1, 3}
        assert set(ids.ravel()) == set(range(len(REVIEW_WORDS)))
        assert lengths.min() == 4
        assert 18 < lengths.max() <= 23

    def test_shares(self):
        ids, _, y = review_task(4000, rng())
        opinions = (ids == REVIEW_WORDS.index("was")).sum()
        assert abs(y.mean() - 0.5) < 0.03
        assert abs((ids == REVIEW_WORDS.index("not")).sum() / opinions - 0.25) < 0.02
        assert abs(opinions / 4000 - 2) < 0.06

    def test_words_are_all_different(self):
        assert len(set(REVIEW_WORDS)) == len(REVIEW_WORDS) == 21


BAD_INTS = [-1, 2.0, "2", None, True, [2], np.array(2), np.nan]


@pytest.mark.parametrize(
    "call",
    [
        *[lambda v=v: sign_task(v, 5, rng()) for v in BAD_INTS],
        *[lambda v=v: sign_task(5, v, rng()) for v in [0, *BAD_INTS]],
        *[lambda v=v: adding_task(v, 5, rng()) for v in BAD_INTS],
        *[lambda v=v: adding_task(5, v, rng()) for v in [0, 1, *BAD_INTS]],
        *[lambda v=v: echo_task(v, 5, 1, rng()) for v in BAD_INTS],
        *[lambda v=v: echo_task(5, v, 0, rng()) for v in [0, *BAD_INTS]],
        *[lambda v=v: echo_task(5, 5, v, rng()) for v in [5, 6, *BAD_INTS]],
        *[lambda v=v: copy_task(v, 4, 5, rng()) for v in BAD_INTS],
        *[lambda v=v: copy_task(5, v, 5, rng()) for v in [0, *BAD_INTS]],
        *[lambda v=v: copy_task(5, 4, v, rng()) for v in [0, *BAD_INTS]],
        *[lambda v=v: copy_task(5, 4, 5, rng(), v) for v in [0, *BAD_INTS]],
        *[lambda v=v: date_task(v, rng()) for v in BAD_INTS],
        *[lambda v=v: review_task(v, rng()) for v in BAD_INTS],
        *[lambda v=v: stream_windows(v, 1, 1) for v in [0, *BAD_INTS]],
        *[lambda v=v: stream_windows(5, v, 1) for v in [0, 6, *BAD_INTS]],
        *[lambda v=v: stream_windows(5, 1, v) for v in [0, 6, *BAD_INTS]],
        *[
            lambda v=v, task=task: task(5, v)
            for v in [None, 0, np.random, np.random.RandomState(0), np.random.default_rng]
            for task in TASKS.values()
        ],
    ],
)
def test_refuses(call):
    with pytest.raises(InputError) as error:
        call()
    check_message(error.value)


def test_sizes_of_few_bits_do_not_overflow():
    one = copy_task(2, np.int8(8), np.int8(120), rng(), np.int8(100))
    for got, expected in zip(one, copy_task(2, 8, 120, rng(), 100), strict=True):
        np.testing.assert_array_equal(got, expected)
