"""Data that travel with the library: every file is checked before it is used.

The page "Data" of the course has the source and the licence of each file in `rnnlib/data`.
"""

from hashlib import sha256
from importlib.resources import files
from io import BytesIO

import numpy as np

from .checks import describe, fail
from .layers import GRU, Embedding, Linear

FOLDER = files("rnnlib") / "data"


def checksums():
    """Return {file name: SHA-256}, as the file SHA256SUMS beside the data has them."""
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in map(str.split, lines)}


def read_data(name):
    """Read one file of `rnnlib/data`, and refuse it if a byte has changed.

    Parameters
    ----------
    name : str
        One of `checksums()`.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    InputError
        If there is no such file, or its content is not what SHA256SUMS says.

    References
    ----------
    Used by the loaders below, and in chapter 10.
    """
    wanted = checksums().get(name) if isinstance(name, str) else None
    if wanted is None:
        fail(
            f"one of the files {', '.join(checksums())}",
            repr(name),
            "the name is misspelt, or the file belongs to another version",
            "take a name from rnnlib.datasets.checksums()",
        )
    content = (FOLDER / name).read_bytes()
    found = sha256(content).hexdigest()
    if found != wanted:
        fail(
            f"the file {name} with SHA-256 {wanted}",
            f"SHA-256 {found}",
            "the file was edited, or its download was cut short",
            "install rnnlib again, or restore the file with git checkout",
        )
    return content


def japanese_vowels(part):
    """Utterances of two Japanese vowels by nine speakers; the task is to name the speaker.

    Parameters
    ----------
    part : str
        "train", 270 utterances, 30 of each speaker; or "test", 370 utterances.

    Returns
    -------
    x : ndarray (n, 29, 12)
        12 cepstrum coefficients for each 6.4 ms; zeros after the end of an utterance.
    lengths : ndarray of int (n,)
        True number of steps, 7 to 29.
    speakers : ndarray of int (n,)
        0 to 8.

    Raises
    ------
    InputError
        If `part` is another word, or the file has changed.

    References
    ----------
    Kudo, Toyama and Shimbo, "Multidimensional curve classification using passing-through
    regions", Pattern Recognition Letters 20 (1999). Chapter 12.
    """
    if not isinstance(part, str) or part not in ("train", "test"):
        fail("part to be 'train' or 'test'", describe(part), "it is misspelt", "pass 'train'")
    rows = slice(270) if part == "train" else slice(270, None)
    with np.load(BytesIO(read_data("japanese_vowels.npz"))) as stored:
        lengths, speakers = stored["lengths"].astype(np.int64), stored["speakers"].astype(np.int64)
        x = np.zeros((len(lengths), 29, 12))
        x[np.arange(29) < lengths[:, None]] = stored["millionths"] / 1e6
    return x[rows].copy(), lengths[rows].copy(), speakers[rows].copy()


def english_text():
    """Prose for language models: Jane Austen, "Persuasion" (1818), chapters 1 to 22 of 24.

    Returns
    -------
    str
        417,672 characters, 75 different ones, all ASCII: a paragraph on each line, without the
        headings of the chapters.

    Raises
    ------
    InputError
        If the file has changed.

    References
    ----------
    Chapter 13.
    """
    return read_data("persuasion.txt").decode("ascii")


def sunspots():
    """Monthly mean sunspot numbers from January 1749 to December 2008.

    Returns
    -------
    years : ndarray (3120,)
        The time of each value: 1749 and k / 12 for the month with index k.
    x : ndarray (3120,)
        The numbers, from 0 to 253.8. February 1824 was not observed: its number is the mean of
        the months before and after it.

    Raises
    ------
    InputError
        If the file has changed.

    References
    ----------
    Yule, "On a Method of Investigating Periodicities in Disturbed Series" (1927), on their yearly
    means. Chapter 14.
    """
    lines = read_data("sunspots.csv").decode("ascii").splitlines()
    x = np.loadtxt(lines, delimiter=",", skiprows=1)[:, 1:].ravel()
    return 1749 + np.arange(len(x)) / 12, x


def novelist():
    """A GRU that has read 80% of `english_text` 16 times, with its embedding and its head.

    Returns
    -------
    embedding : Embedding (75 to 32)
        Its tokens are the characters of `english_text`, sorted.
    layer : GRU (32 to 192)
        All weights are float64, read from a file in half precision.
    head : Linear (192 to 75)
        Logits of the next character.

    Raises
    ------
    InputError
        If the file has changed.

    References
    ----------
    Made by tools/novelist.py. Chapter 13.
    """
    rng = np.random.default_rng(0)
    parts = Embedding(75, 32, rng=rng), GRU(32, 192, rng=rng), Linear(192, 75, rng=rng)
    with np.load(BytesIO(read_data("novelist.npz"))) as stored:
        for name, part in zip(("embedding", "layer", "head"), parts, strict=True):
            for key in part.params:
                part.params[key] = stored[f"{name}_{key}"].astype(np.float64)
    return parts
