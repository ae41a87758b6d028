"""Bad values for a float array argument, one for each way in which people get it wrong."""

import numpy as np

PARTS = ("expected", "got", "cause:", "fix:")


def check_message(error):
    """Assert that an InputError says what was expected, what came, why, and what to do."""
    text = str(error)
    places = [text.find(part) for part in PARTS]
    assert min(places) >= 0, text
    assert places == sorted(places), text
    pieces = [
        text[a + len(p) : b].strip(" ,.")
        for p, a, b in zip(PARTS, places, [*places[1:], None], strict=True)
    ]
    assert all(pieces), text


class Frame:
    """Looks like a table of another library: has a shape, and turns into an array on request."""

    def __init__(self, values):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)

    def __getitem__(self, key):
        return self.values[key]

    def __len__(self):
        return len(self.values)


class Subclass(np.ndarray):
    """An array type with rules of its own."""


def planted(good, value):
    """A copy of `good` with one entry replaced."""
    bad = good.copy()
    bad.flat[-1] = value
    return bad


def wrong_kinds(good):
    """Label -> `good` (a float array) as another type or dtype, or not finite."""
    other = np.float32 if good.dtype == np.float64 else np.float64
    record = np.zeros(good.shape, [("a", good.dtype)])
    return {
        "list": good.tolist(),
        "tuple": tuple(good.tolist()),
        "masked array": np.ma.masked_invalid(good),
        "masked array with a masked entry": np.ma.masked_greater(good, good.min()),
        "subclass": good.view(Subclass),
        "matrix": good.reshape(-1, good.shape[-1]).view(np.matrix),
        "record array": record,
        "object": good.astype(object),
        "str array": good.astype(str),
        "bytes array": good.astype("S8"),
        "str": "0.5",
        "bytes": good.tobytes(),
        "memoryview": memoryview(good),
        "buffer": bytearray(good.tobytes()),
        "complex": good.astype(complex),
        "bool": good > 0,
        "int64": np.ones(good.shape, np.int64),
        "int32": np.ones(good.shape, np.int32),
        "uint8": np.ones(good.shape, np.uint8),
        "dates": np.zeros(good.shape, "datetime64[D]"),
        "durations": np.zeros(good.shape, "timedelta64[s]"),
        "float16": good.astype(np.float16),
        "long double": good.astype(np.longdouble),
        "other float": good.astype(other),
        "other byte order": good.astype(good.dtype.newbyteorder()),
        "NaN": planted(good, np.nan),
        "infinity": planted(good, np.inf),
        "minus infinity": planted(good, -np.inf),
        "all NaN": np.full_like(good, np.nan),
        "table": Frame(good),
        "number": 0.5,
        "NumPy number": good.flat[0],
        "int": 1,
        "dict": {"values": good},
        "set": {1.0},
        "generator": (row for row in good),
        "function": np.zeros,
        "type": np.ndarray,
        "module": np,
        "True": True,
        "Ellipsis": ...,
    }


def wrong_shapes(good):
    """Label -> `good` (all sizes different, at least two axes) in another shape."""
    shape = good.shape
    shapes = {
        "no axis": np.zeros((), good.dtype),
        "flat": good.ravel().copy(),
        "one axis more": good[None].copy(),
        "one axis more at the end": good[..., None].copy(),
        "one axis less": good[0].copy(),
        "axes reversed": good.T.copy(),
    }
    for axis in range(good.ndim):
        more = [size + (k == axis) for k, size in enumerate(shape)]
        one = [1 if k == axis else size for k, size in enumerate(shape)]
        shapes[f"axis {axis} longer"] = np.zeros(more, good.dtype)
        shapes[f"axis {axis} of size 1"] = np.zeros(one, good.dtype)
        empty = [0 if k == axis else size for k, size in enumerate(shape)]
        shapes[f"axis {axis} empty"] = np.zeros(empty, good.dtype)
    return {label: bad for label, bad in shapes.items() if bad.shape != shape}
