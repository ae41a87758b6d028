"""The checks at the boundary: what passes, what is refused, and what the refusal says."""

import numpy as np
import pytest
from bad_values import Frame, check_message, wrong_kinds, wrong_shapes

from rnnlib import RNN, InputError, checks

HUGE = 10**400


def refused(check, *args):
    with pytest.raises(InputError) as error:
        check(*args)
    check_message(error.value)
    return str(error.value)


def test_input_error_is_a_value_error():
    assert issubclass(InputError, ValueError)


def test_fail_says_the_four_parts():
    with pytest.raises(InputError) as error:
        checks.fail("one thing", "another", "a reason", "a remedy")
    assert str(error.value) == "expected one thing, got another. cause: a reason. fix: a remedy."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros((2, 3)), ["array", "(2, 3)", "float64"]),
        (np.zeros(0, np.int8), ["(0,)", "int8"]),
        (np.ma.zeros(2), ["MaskedArray", "(2,)"]),
        (3, ["3", "int"]),
        (np.float32(0.5), ["0.5", "float32"]),
        (True, ["True", "bool"]),
        ([1, 2], ["list"]),
        (None, ["None"]),
        (Frame(np.zeros((4, 1))), ["Frame"]),
    ],
)
def test_describe(value, words):
    text = checks.describe(value)
    assert all(word in text for word in words), text


class TestArray:
    good = np.arange(6.0).reshape(2, 3)

    @pytest.mark.parametrize(
        "shape",
        [
            (2, 3),
            ("N", 3),
            (2, "D"),
            ("N", "D"),
            (..., 3),
            (..., "D"),
            (...,),
            (..., 2, 3),
            (..., "N", 3),
        ],
    )
    def test_accepts(self, shape):
        checks.check_array("x", self.good, shape)
        checks.check_array("x", self.good.astype(np.float32), shape)
        checks.check_array("x", self.good, shape, np.float64)
        checks.check_array("x", self.good.astype(np.float32), shape, np.float32)

    def test_accepts_any_number_of_leading_axes(self):
        for lead in [(), (1,), (0,), (2, 5)]:
            checks.check_array("x", np.zeros((*lead, 3)), (..., 3))
        checks.check_array("x", np.zeros(()), (...,))

    @pytest.mark.parametrize(
        "shape",
        [(3, 2), (2,), (3,), (2, 3, 1), ("N",), ("N", "T", "D"), (..., 2), (..., 1, 2, 3), ()],
    )
    def test_refuses_shapes(self, shape):
        text = refused(checks.check_array, "x", self.good, shape)
        assert "(2, 3)" in text

    def test_a_wrong_number_of_axes_is_told_from_a_wrong_size(self):
        assert "2 axes, not 3" in refused(checks.check_array, "x", self.good, ("N", "T", "D"))
        assert "order" in refused(checks.check_array, "x", self.good, (3, 2))

    def test_refuses_kinds(self):
        for label, bad in wrong_kinds(self.good).items():
            text = refused(checks.check_array, "x", bad, ("N", "D"), np.float64)
            assert "x" in text, label
        for bad in wrong_shapes(self.good).values():
            refused(checks.check_array, "x", bad, (2, 3))

    def test_one_dtype_may_be_demanded(self):
        text = refused(checks.check_array, "x", self.good, (2, 3), np.float32)
        assert "float32" in text
        assert "float64" in text

    def test_token_ids_are_guessed(self):
        assert "Embedding" in refused(checks.check_array, "x", np.arange(3), (3,))
        assert "Embedding" not in refused(checks.check_array, "x", self.good * 1j, (2, 3))

    def test_counts_what_is_not_finite(self):
        bad = self.good.copy()
        bad[0, 0], bad[1, 2] = np.nan, np.inf
        assert "2 NaN or infinite of 6" in refused(checks.check_array, "x", bad, (2, 3))

    def test_names_the_argument(self):
        assert "d_state" in refused(checks.check_array, "d_state", None, (2, 3))


class TestInt:
    @pytest.mark.parametrize("value", [1, 2, 5, np.int64(3), np.uint8(5), np.int8(1)])
    def test_accepts(self, value):
        checks.check_int("n", value, 1)
        checks.check_int("n", value, 1, 5)

    @pytest.mark.parametrize(
        "value",
        [0, -1, 6, True, np.True_, 1.0, np.float64(2), "2", None, [2], np.array(2), 2j, np.nan],
    )
    def test_refuses(self, value):
        text = refused(checks.check_int, "n_hidden", value, 1, 5)
        assert "n_hidden" in text
        assert "from 1 to 5" in text

    def test_without_an_upper_limit(self):
        checks.check_int("n", HUGE, 1)
        assert "of at least 1" in refused(checks.check_int, "n", 0, 1)


class TestIntegers:
    @pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
    def test_accepts(self, kind):
        checks.check_integers("ids", np.array([0, 4, 2], kind), 0, 4)
        checks.check_integers("ids", np.zeros((0, 3), kind), 0, 4)
        checks.check_integers("ids", np.array(4, kind), 0, 4)

    @pytest.mark.parametrize(
        "value",
        [
            [0, 1], (0, 1), 1, None, "01", np.int64(1), np.array([True]), np.array([1.0]),
            np.array([1j]), np.array(["1"]), np.array([1], object), np.array([-1]),
            np.array([0, 5]),
            np.array([2**64 - 1], np.uint64), np.ma.array([1]), np.array([[1]]).view(np.matrix),
            Frame(np.array([1])), np.array([1], "datetime64[D]"), np.array([1], "timedelta64[D]"),
        ],
        ids=lambda v: type(v).__name__,
    )  # fmt: skip
    def test_refuses(self, value):
        assert "ids" in refused(checks.check_integers, "ids", value, 0, 4)

    def test_says_the_range_and_what_came(self):
        text = refused(checks.check_integers, "lengths", np.array([3, -2, 9]), 0, 7)
        assert "from 0 to 7" in text
        assert "from -2 to 9" in text


class TestNumber:
    @pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25), np.int64(1), np.float64(1)])
    def test_accepts(self, value):
        checks.check_number("lr", value)
        checks.check_number("lr", value, 0)
        checks.check_number("lr", value, 0, 1)

    @pytest.mark.parametrize(
        "value",
        [
            -1e-9, 1 + 1e-9, 2, np.nan, np.inf, -np.inf, True, np.True_, None, "0.5", 0.5j,
            [0.5], np.array([0.5]), np.array(0.5), HUGE, -HUGE,
        ],
        ids=lambda v: str(v)[:9],
    )  # fmt: skip
    def test_refuses(self, value):
        text = refused(checks.check_number, "lr", value, 0, 1)
        assert "from 0 to 1" in text

    def test_limits_are_named(self):
        assert "minus infinity to infinity" in refused(checks.check_number, "lr", np.nan)
        checks.check_number("lr", -1e300)

    def test_a_whole_number_beyond_floats_is_refused(self):
        refused(checks.check_number, "lr", HUGE)


class TestFlag:
    def test_accepts(self):
        for value in (True, False, np.True_, np.False_):
            checks.check_flag("reset_after", value)

    @pytest.mark.parametrize(
        "value", [0, 1, None, "True", [], 1.0, np.array(True), np.array([True])]
    )
    def test_refuses(self, value):
        assert "reset_after" in refused(checks.check_flag, "reset_after", value)


class TestRng:
    def test_accepts(self):
        checks.check_rng(np.random.default_rng(0))
        checks.check_rng(np.random.Generator(np.random.MT19937(0)))

    @pytest.mark.parametrize(
        "value",
        [
            0, None, "0", np.random, np.random.RandomState(0), np.random.default_rng,
            np.random.PCG64(0),
        ],
        ids=lambda v: type(v).__name__,
    )  # fmt: skip
    def test_refuses(self, value):
        assert "default_rng" in refused(checks.check_rng, value)


class TestParams:
    shapes = {"W": (2, 3), "b": (3,)}  # noqa: RUF012

    def params(self, other=None):
        return {"W": np.zeros((2, 3)), "b": np.zeros(3)} | (other or {})

    def test_accepts(self):
        checks.check_params(self.params(), self.shapes, np.float64)
        checks.check_params(dict(reversed(self.params().items())), self.shapes, np.float64)

    @pytest.mark.parametrize(
        "other",
        [
            {"b": np.zeros(4)}, {"b": np.zeros((3, 1))}, {"W": np.zeros((3, 2))}, {"b": None},
            {"b": np.zeros(3, np.float32)}, {"b": [0.0] * 3}, {"b": np.full(3, np.nan)},
            {"c": np.zeros(3)}, {1: np.zeros(3)},
        ],
        ids=str,
    )  # fmt: skip
    def test_refuses(self, other):
        refused(checks.check_params, self.params(other), self.shapes, np.float64)

    @pytest.mark.parametrize(
        "bad", [None, {}, [], "W", {"W": np.zeros((2, 3))}, RNN, ["W", "b"]], ids=str
    )
    def test_refuses_other_names_and_kinds(self, bad):
        text = refused(checks.check_params, bad, self.shapes, np.float64)
        assert "W, b" in text
