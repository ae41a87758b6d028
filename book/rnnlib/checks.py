"""Checks at the boundary: bad input is refused at once, with words that help."""

from math import isfinite

import numpy as np

FLOATS = np.dtype(np.float64), np.dtype(np.float32)


class InputError(ValueError):
    """Bad input, refused before any work was done.

    The message says what was expected, what came, the likely cause and the fix.
    """


def fail(expected, got, cause, fix):
    """Raise `InputError` with the four parts of its message.

    Raises
    ------
    InputError
        Always.
    """
    raise InputError(f"expected {expected}, got {got}. cause: {cause}. fix: {fix}.")


def describe(value):
    """Say in a few words what `value` is: type, shape and dtype for an array."""
    if isinstance(value, np.ndarray):
        kind = "an array" if type(value) is np.ndarray else f"a {type(value).__name__}"
        return f"{kind} of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return f"{value!r} of type {type(value).__name__}"
    return f"an object of type {type(value).__name__}"


def check_array(name, value, shape, dtype=None, finite=True):
    """Refuse `value` unless it is a finite float array of the wanted shape.

    Parameters
    ----------
    name : str
        What the caller calls the array.
    value : object
        What came.
    shape : tuple of int and str
        An integer is a size that must match; a word names a free axis. ``...`` in first
        place stands for any number of leading axes.
    dtype : dtype, optional
        The one dtype that is accepted; float32 or float64 when left out.
    finite : bool
        False leaves the values alone, for a caller who looks at many arrays at once.

    Raises
    ------
    InputError
        If type, dtype, shape or a value is not as wanted.
    """
    _check_kind(name, value, dtype)
    _check_shape(name, value, shape)
    if finite and not all_finite(value):
        bad = int(value.size - np.isfinite(value).sum())
        fail(
            f"{name} to hold finite numbers",
            f"{bad} NaN or infinite of {value.size} entries ({describe(value)})",
            "a missing value, a division by zero, or training that diverged",
            f"find them with np.argwhere(~np.isfinite({name})) and repair the data",
        )


def all_finite(*arrays):
    """Whether every entry is finite. A sum of squares tells it, unless the sum overflows itself.

    Parameters
    ----------
    *arrays : ndarray
        Floats, of any shapes.

    Returns
    -------
    bool
        False if there is a NaN or an infinity.
    """
    return all(map(_finite, arrays))


def _finite(a):
    return isfinite(np.vdot(a, a)) or np.isfinite(a).all()


def _check_kind(name, value, dtype):
    if type(value) is np.ndarray and value.dtype in (FLOATS if dtype is None else (dtype,)):
        return
    wanted = "float64 or float32" if dtype is None else str(np.dtype(dtype))
    expected = f"{name} to be a plain NumPy array of dtype {wanted}"
    if type(value) is not np.ndarray:
        fail(
            expected,
            describe(value),
            "a list, a masked array, a tensor or a single number was passed",
            f"convert it first: {name} = np.asarray({name}, dtype=np.{wanted.split()[0]})",
        )
    cause = "two float widths are mixed"
    if value.dtype.kind in "iub":
        cause = "whole numbers or booleans came; are these token ids for an Embedding?"
    elif value.dtype.kind != "f":
        cause = f"the entries are of kind {value.dtype.kind!r}, not real numbers"
    fail(expected, describe(value), cause, f"use {name}.astype(np.{wanted.split()[0]}) if meant")


def _check_shape(name, value, shape):
    if shape in (value.shape, (...,)):
        return
    free = shape[:1] == (...,)
    sizes = shape[1:] if free else shape
    tail = value.shape[len(value.shape) - len(sizes) :] if free else value.shape
    fits = len(tail) == len(sizes) and all(
        isinstance(want, str) or want == size for want, size in zip(sizes, tail, strict=True)
    )
    if fits:
        return
    wanted = "(" + ", ".join("..." if s is Ellipsis else str(s) for s in shape) + ")"
    cause = f"the array has {value.ndim} axes, not {len(sizes)}"
    if value.ndim == len(sizes):
        cause = "an axis has another size: are the axes in another order?"
    fail(
        f"{name} to have shape {wanted}",
        describe(value),
        cause,
        f"bring {name} to {wanted} with transpose, reshape or np.newaxis",
    )


def check_int(name, value, low, high=None):
    """Refuse `value` unless it is a whole number from `low` to `high`.

    Raises
    ------
    InputError
        If it is not an int (a bool is none), or out of range.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        limits = f"of at least {low}" if high is None else f"from {low} to {high}"
        fail(
            f"{name} to be a whole number {limits}",
            describe(value),
            "a size, a count or an index was mixed up with something else",
            f"pass an int {limits} as {name}",
        )


def check_integers(name, value, low, high):
    """Refuse `value` unless it is an array of whole numbers from `low` to `high`.

    Raises
    ------
    InputError
        If it is no plain integer array, or an entry is out of range.
    """
    if type(value) is not np.ndarray or value.dtype.kind not in "iu":
        fail(
            f"{name} to be a NumPy array of whole numbers",
            describe(value),
            "a list, booleans or floats were passed",
            f"convert it first: np.asarray({name}, dtype=np.int64)",
        )
    if value.size and (value.min() < low or value.max() > high):
        fail(
            f"{name} to lie from {low} to {high}",
            f"values from {value.min()} to {value.max()}",
            "an index or a length belongs to other data",
            f"check how {name} was made",
        )


def check_number(name, value, low=None, high=None):
    """Refuse `value` unless it is a finite number between `low` and `high`, ends included.

    Raises
    ------
    InputError
        If it is no real number, not finite, or out of range.
    """
    number = isinstance(value, (int, float, np.integer, np.floating))
    real = number and np.asarray(value).dtype.kind in "iuf"  # not a bool, nor beyond 64 bits
    in_range = (
        real
        and np.isfinite(value)
        and (low is None or value >= low)
        and (high is None or value <= high)
    )
    if not in_range:
        limits = f" from {'minus infinity' if low is None else low}"
        limits += f" to {'infinity' if high is None else high}"
        fail(
            f"{name} to be a finite number{limits}",
            describe(value),
            "the value is of a wrong type or out of range",
            f"pass a float{limits} as {name}",
        )


def check_flag(name, value):
    """Refuse `value` unless it is True or False.

    Raises
    ------
    InputError
        If it is anything else.
    """
    if not isinstance(value, (bool, np.bool_)):
        fail(
            f"{name} to be True or False",
            repr(value),
            "a word or a number stands where a switch is wanted",
            f"pass {name}=True or {name}=False",
        )


def check_rng(rng):
    """Refuse `rng` unless it is a `numpy.random.Generator`.

    Raises
    ------
    InputError
        If it is a seed, None, or the old RandomState.
    """
    if not isinstance(rng, np.random.Generator):
        fail(
            "rng to be a numpy.random.Generator",
            describe(rng),
            "a seed or the old RandomState was passed; this library has no hidden random state",
            "pass rng=np.random.default_rng(0)",
        )


def check_params(params, shapes, dtype, finite=True):
    """Refuse a layer's `params` unless names, shapes and dtype are those it was made with.

    As in `check_array`, their values are left alone if `finite` is False.

    Raises
    ------
    InputError
        If a parameter is missing, unknown, of another shape or dtype, or not finite.
    """
    if not isinstance(params, dict) or set(params) != set(shapes):
        names = list(params) if isinstance(params, dict) else describe(params)
        fail(
            f"params to be a dict of {', '.join(shapes)}",
            f"{names}",
            "a parameter was removed, renamed or added",
            "assign only to the names that the layer was made with",
        )
    for name, shape in shapes.items():
        check_array(name, params[name], shape, dtype, finite)


def check_dtype(dtype):
    """Refuse `dtype` unless it names float64 or float32.

    Raises
    ------
    InputError
        If it is anything else.
    """
    named = isinstance(dtype, (type, str, np.dtype))  # to NumPy, None would mean float64
    if not named or dtype not in (np.dtype(np.float64), np.dtype(np.float32)):
        fail(
            "dtype to be np.float64 or np.float32",
            repr(dtype),
            "the layers compute in one of these two",
            "pass dtype=np.float64",
        )


def check_steps(name, value):
    """Refuse an array (N, T, ...) without a time step.

    Raises
    ------
    InputError
        If T is 0.
    """
    if value.shape[1] == 0:
        fail(
            f"{name} to have at least one time step",
            describe(value),
            "an empty window, or an axis in the wrong place",
            "leave empty sequences out, or use lengths for sequences of 0 steps",
        )


def ended_steps(lengths, N, T, low=0):
    """Which sequences are over at each step.

    Parameters
    ----------
    lengths : ndarray of int (N,)
        True number of steps of each sequence, `low` to T.
    N, T : int
        Number of sequences and of steps.
    low : int
        The least number of steps that makes sense to the caller.

    Returns
    -------
    ndarray of bool (T, N)
        True from a sequence's first step of padding on.

    Raises
    ------
    InputError
        If `lengths` is no such array.
    """
    check_integers("lengths", lengths, low, T)
    if lengths.shape != (N,):
        fail(
            f"lengths to have shape ({N},), one for each sequence",
            describe(lengths),
            "x and lengths come from different batches, or x is not (N, T, D)",
            "pass one length for each row of x",
        )
    return np.arange(T)[:, None] >= lengths


def refuse_backward():
    """Say that `forward` has to come first.

    Raises
    ------
    InputError
        Always.
    """
    fail(
        "forward before backward",
        "a layer without a stored forward pass",
        "backward needs what forward computes",
        "call layer.forward first",
    )


def refuse_overflow(what, cause):
    """Say that `what` did not stay finite.

    Raises
    ------
    InputError
        Always.
    """
    fail(
        f"{what} to stay finite",
        "NaN or infinity",
        cause,
        "scale the inputs, make the weights smaller, or use shorter windows",
    )
