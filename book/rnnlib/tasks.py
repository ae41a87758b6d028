"""Synthetic tasks, each drawn from its own generator: unlimited data with a known answer."""

import datetime

import numpy as np

from .checks import check_int, check_integers, check_rng, describe, fail

DATE_FORMATS = ("{d} {Mon} {y}", "{Month} {d}, {y}", "{d}.{m}.{y}", "{m}/{d}/{yy}", "{y}{mm}{dd}")
DATE_CHARS = "0123456789-_ ,./ADFJMNOSabceghilmnoprstuvy"  # an id is a place in it; _ fills
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
GOOD, BAD = ("good", "fine", "great", "lovely"), ("bad", "dull", "poor", "weak")
TOPICS, FILLERS = ("plot", "cast", "music", "ending"), ("very", "really", "so", "quite")
REVIEW_WORDS = ("(pad)", "the", "was", "and", "not", *TOPICS, *FILLERS, *GOOD, *BAD)


def sign_task(n, length, rng):
    """Was the first value positive? The other values are noise.

    Parameters
    ----------
    n, length : int
        Number of sequences, and of steps.
    rng : numpy.random.Generator
        Draws standard normal values.

    Returns
    -------
    x : ndarray (n, length, 1)
        Inputs.
    y : ndarray (n,)
        1.0 where x[:, 0, 0] > 0, else 0.0. Chance is 0.5.

    Raises
    ------
    InputError
        If a size is not a whole number in range, or `rng` no Generator.

    References
    ----------
    Chapter 10.
    """
    check_int("n", n, 0)
    check_int("length", length, 1)
    check_rng(rng)
    x = rng.standard_normal((n, length, 1))
    return x, (x[:, 0, 0] > 0).astype(np.float64)


def adding_task(n, length, rng):
    """Sum of the two marked values among `length`.

    Parameters
    ----------
    n, length : int
        Number of sequences, and of steps (at least 2).
    rng : numpy.random.Generator
        Draws values from U(0, 1), and one marker in each half of the sequence.

    Returns
    -------
    x : ndarray (n, length, 2)
        x[..., 0] values, x[..., 1] markers: 1.0 at two steps, else 0.0.
    y : ndarray (n,)
        Sum of the two marked values. Always answering 1 has a mean squared error of 1/6.

    Raises
    ------
    InputError
        If a size is not a whole number in range, or `rng` no Generator.

    References
    ----------
    Hochreiter and Schmidhuber (1997). Chapter 11.
    """
    check_int("n", n, 0)
    check_int("length", length, 2)
    check_rng(rng)
    values, markers = rng.random((n, length)), np.zeros((n, length))
    half, rows = length // 2, np.arange(n)
    markers[rows, rng.integers(0, half, n)] = 1
    markers[rows, rng.integers(half, length, n)] = 1
    return np.stack([values, markers], axis=2), (values * markers).sum(axis=1)


def echo_task(n, length, delay, rng):
    """Repeat the input of `delay` steps ago, at every step.

    Parameters
    ----------
    n, length, delay : int
        Number of sequences, of steps, and the lag from 0 to length - 1.
    rng : numpy.random.Generator
        Draws standard normal values.

    Returns
    -------
    x, y : ndarray (n, length, 1)
        y[:, t] = x[:, t - delay]; 0 for the first `delay` steps, where there is nothing to
        repeat. Always answering 0 has a mean squared error of 1 on the other steps.

    Raises
    ------
    InputError
        If a size is not a whole number in range, or `rng` no Generator.

    References
    ----------
    Chapters 04, 05 and 11.
    """
    check_int("n", n, 0)
    check_int("length", length, 1)
    check_int("delay", delay, 0, length - 1)
    check_rng(rng)
    x = rng.standard_normal((n, length, 1))
    y = np.zeros_like(x)
    y[:, delay:] = x[:, : length - delay]
    return x, y


def copy_task(n, n_symbols, delay, rng, n_copied=10):
    """Read symbols, wait, and write them again in order.

    Parameters
    ----------
    n, n_symbols, delay : int
        Number of sequences, of different symbols, and of blank steps between.
    rng : numpy.random.Generator
        Draws the symbols.
    n_copied : int
        Number of symbols in a sequence.

    Returns
    -------
    ids : ndarray of int (n, delay + 2 n_copied)
        Symbols 0 to n_symbols - 1; `n_symbols` is the blank, `n_symbols` + 1 the signal to write.
    targets : ndarray of int, the same shape
        Blank, but for the last n_copied steps, which hold the symbols.

    Raises
    ------
    InputError
        If a size is not a whole number in range, or `rng` no Generator.

    References
    ----------
    Hochreiter and Schmidhuber (1997); Arjovsky, Shah and Bengio (2016). Chapter 11.
    """
    check_int("n", n, 0)
    check_int("n_symbols", n_symbols, 1)
    check_int("delay", delay, 1)
    check_int("n_copied", n_copied, 1)
    check_rng(rng)
    n_symbols, delay, n_copied = int(n_symbols), int(delay), int(n_copied)
    symbols = rng.integers(0, n_symbols, (n, n_copied))
    ids = np.full((n, delay + 2 * n_copied), n_symbols)
    targets = ids.copy()
    ids[:, :n_copied] = symbols
    ids[:, n_copied + delay - 1] = n_symbols + 1
    targets[:, -n_copied:] = symbols
    return ids, targets


def stream_windows(length, n_rows, window):
    """Cut one long stream into rows, and the rows into windows: an array of indices.

    Row i of window k + 1 continues row i of window k, so the state can be carried.

    Parameters
    ----------
    length : int
        Number of steps in the stream.
    n_rows : int
        Parts of the stream that are read side by side: the batch size.
    window : int
        Steps in a window.

    Returns
    -------
    ndarray of int (n_windows, n_rows, window)
        Indices into the stream, each at most once. The last steps, too few to fill one more
        window in every row, are left out.

    Raises
    ------
    InputError
        If an argument is no positive whole number, or the stream too short for one window.

    References
    ----------
    Derived in chapter 05.
    """
    check_int("length", length, 1)
    check_int("n_rows", n_rows, 1)
    check_int("window", window, 1)
    n_rows, window = int(n_rows), int(window)
    n_windows = int(length) // (n_rows * window)
    if n_windows == 0:
        fail(
            f"a stream of at least n_rows * window = {n_rows * window} steps",
            f"length={length}",
            "the stream is too short for one full window in each row",
            "use fewer rows, or a shorter window",
        )
    rows = np.arange(n_windows * n_rows * window).reshape(n_rows, n_windows, window)
    return rows.swapaxes(0, 1).copy()


def date_task(n, rng, formats=DATE_FORMATS):
    """Dates of 1950 to 2049 in several spellings, and the same dates in ISO form.

    Parameters
    ----------
    n : int
        Number of dates.
    rng : numpy.random.Generator
        Draws the day, then the spelling, each uniformly.
    formats : sequence of str
        Some of `tasks.DATE_FORMATS`: '7 Mar 2019', 'March 7, 2019', '7.3.2019' (day first),
        '3/7/19' (month first, two digits of the year), '20190307'.

    Returns
    -------
    ids : ndarray of int (n, T)
        Characters, as places in `tasks.DATE_CHARS`; filled with '_' up to the longest spelling.
    lengths : ndarray of int (n,)
        Number of characters of each spelling.
    targets : ndarray of int (n, 10)
        Characters of the date as '2019-03-07': ids 0 to 10.

    Raises
    ------
    InputError
        If `n` is no whole number, `rng` no Generator, or `formats` holds an unknown spelling.

    References
    ----------
    Chapter 15.
    """
    check_int("n", n, 0)
    check_rng(rng)
    known = isinstance(formats, (list, tuple)) and formats
    if not known or not all(isinstance(f, str) and f in DATE_FORMATS for f in formats):
        fail(
            "formats to be a list of spellings from tasks.DATE_FORMATS",
            f"{formats!r}" if isinstance(formats, (str, list, tuple)) else describe(formats),
            "a spelling is unknown, or a single one was not put into a list",
            "take them from rnnlib.tasks.DATE_FORMATS",
        )
    first = datetime.date(1950, 1, 1).toordinal()
    days = rng.integers(first, datetime.date(2050, 1, 1).toordinal(), n)
    choices = rng.integers(0, len(formats), n)
    dates = [datetime.date.fromordinal(int(day)) for day in days]
    texts = [_spell(date, formats[k]) for date, k in zip(dates, choices, strict=True)]
    longest = (datetime.date(2020, 9, 30), datetime.date(2020, 12, 30))
    width = max(len(_spell(date, f)) for date in longest for f in formats)
    ids = np.full((n, width), DATE_CHARS.index("_"))
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = _ids(text)
    targets = np.array([_ids(date.isoformat()) for date in dates]).reshape(n, 10).astype(int)
    return ids, np.array([len(text) for text in texts], int), targets


def date_text(ids):
    """The characters of one row of ids, as a text without the filling '_'.

    Parameters
    ----------
    ids : ndarray of int (T,)
        Places in `tasks.DATE_CHARS`.

    Returns
    -------
    str
        At most T characters.

    Raises
    ------
    InputError
        If ids are not whole numbers in range, or not one row.

    References
    ----------
    Chapter 15.
    """
    check_integers("ids", ids, 0, len(DATE_CHARS) - 1)
    if ids.ndim != 1:
        fail(
            "one row of ids",
            describe(ids),
            "a whole batch, or a single id, was passed",
            "take the rows one by one: [date_text(row) for row in ids]",
        )
    return "".join(DATE_CHARS[k] for k in ids).replace("_", "")


def review_task(n, rng):
    """Film reviews of one or three opinions, some negated; the answer is what most of them say.

    Parameters
    ----------
    n : int
        Number of reviews.
    rng : numpy.random.Generator
        Draws one or three opinions for each, such as "the plot was not really good". Each has a
        good or a bad word, and is negated with probability 1/4.

    Returns
    -------
    ids : ndarray of int (n, 23)
        Words, as places in `tasks.REVIEW_WORDS`; filled with 0.
    lengths : ndarray of int (n,)
        Number of words, 4 to 23.
    y : ndarray of int (n,)
        1 if most opinions are positive, else 0. Chance is 0.5.

    Raises
    ------
    InputError
        If `n` is no whole number, or `rng` no Generator.

    References
    ----------
    Chapter 12.
    """
    check_int("n", n, 0)
    check_rng(rng)
    ids, lengths, y = np.zeros((n, 23), int), np.zeros(n, int), np.zeros(n, int)
    for k in range(n):
        words, score = [], 0
        for _ in range(rng.choice([1, 3])):
            good, negated = rng.random(2) < [0.5, 0.25]
            words += ["and"] * bool(words) + ["the", rng.choice(TOPICS), "was"]
            words += ["not"] * int(negated) + [*rng.choice(FILLERS, rng.integers(3))]
            words.append(rng.choice(GOOD if good else BAD))
            score += 1 if good != negated else -1
        ids[k, : len(words)] = [REVIEW_WORDS.index(word) for word in words]
        lengths[k], y[k] = len(words), score > 0
    return ids, lengths, y


def _ids(text):
    return [DATE_CHARS.index(char) for char in text]


def _spell(date, form):
    month = MONTHS[date.month - 1]
    return form.format(
        d=date.day,
        dd=f"{date.day:02}",
        m=date.month,
        mm=f"{date.month:02}",
        Mon=month[:3],
        Month=month,
        y=date.year,
        yy=f"{date.year % 100:02}",
    )
