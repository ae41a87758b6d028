"""One step of each cell: by hand, against PyTorch, and along the traces of the notebook seed."""

import math

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds, wrong_shapes

from rnnlib import InputError, count_params, gru_step, lstm_step, rnn_step, sigmoid

TIGHT = {"rtol": 0, "atol": 1e-12}
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def arrays(cell, N=3, D=4, H=5, seed=0, dtype=np.float64):
    """Random arguments for one step, in the order of the signature."""
    rng = np.random.default_rng(seed)
    G = GATES[cell]
    shapes = [(N, D), (N, H), (D, G * H), (H, G * H), (G * H,)]
    if cell == "lstm":
        shapes.insert(2, (N, H))
    if cell == "gru":
        shapes.append((G * H,))
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


NAMES = {
    "rnn": ("x", "h", "W_x", "W_h", "b"),
    "lstm": ("x", "h", "c", "W_x", "W_h", "b"),
    "gru": ("x", "h", "W_x", "W_h", "b", "b_h"),
}
STEPS = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step}


def s(a):
    return 1 / (1 + math.exp(-a))


class TestSigmoid:
    def test_values(self):
        a = np.linspace(-30, 30, 601)
        np.testing.assert_allclose(sigmoid(a), [s(v) for v in a], rtol=0, atol=1e-15)

    def test_extremes_do_not_overflow(self):
        a = np.array([-1e308, -1000.0, 0.0, 1000.0, 1e308])
        assert sigmoid(a).tolist() == [0, 0, 0.5, 1, 1]

    def test_symmetry(self):
        a = np.random.default_rng(0).normal(0, 5, 1000)
        np.testing.assert_allclose(sigmoid(a) + sigmoid(-a), 1, rtol=0, atol=1e-15)

    def test_keeps_shape_and_dtype(self):
        for shape in [(), (3,), (2, 0), (2, 3, 4)]:
            for dtype in (np.float32, np.float64):
                a = np.ones(shape, dtype)
                assert sigmoid(a).shape == shape
                assert sigmoid(a).dtype == dtype

    def test_takes_a_number(self):
        assert sigmoid(0.0) == 0.5
        assert sigmoid(0) == 0.5
        assert sigmoid(math.log(3)) == pytest.approx(0.75, abs=1e-15)

    def test_leaves_its_argument(self):
        a = np.ones(3)
        a.flags.writeable = False
        sigmoid(a)

    @pytest.mark.parametrize(
        "bad", [[0.0, 1.0], None, "0", True, 1j, np.nan, np.inf, np.arange(3), np.array([np.nan])]
    )
    def test_refuses(self, bad):
        with pytest.raises(InputError) as error:
            sigmoid(bad)
        check_message(error.value)


class TestByHand:
    """Scalars, written out with the math module."""

    x, h, c = 0.3, -0.2, 0.4

    def column(self, *values):
        return np.array([values], dtype=float)

    def test_rnn(self):
        got = rnn_step(
            self.column(self.x),
            self.column(self.h),
            self.column(1.5),
            self.column(-0.7),
            np.array([0.1]),
        )
        assert got.shape == (1, 1)
        assert got[0, 0] == pytest.approx(math.tanh(0.3 * 1.5 + 0.2 * 0.7 + 0.1), abs=1e-15)

    def test_lstm(self):
        W_x, W_h, b = [0.5, -0.4, 0.9, 0.2], [0.1, 0.6, -0.3, 0.8], [0.05, 1.0, -0.1, 0.3]
        h, c, gates = lstm_step(
            self.column(self.x), self.column(self.h), self.column(self.c),
            self.column(*W_x), self.column(*W_h), np.array(b),
        )  # fmt: skip
        a = [0.3 * w - 0.2 * u + v for w, u, v in zip(W_x, W_h, b, strict=True)]
        i, f, g, o = s(a[0]), s(a[1]), math.tanh(a[2]), s(a[3])
        c_new = f * 0.4 + i * g
        assert c[0, 0] == pytest.approx(c_new, abs=1e-15)
        assert h[0, 0] == pytest.approx(o * math.tanh(c_new), abs=1e-15)
        assert list(gates) == ["i", "f", "g", "o"]
        assert [gates[k][0, 0] for k in "ifgo"] == pytest.approx([i, f, g, o], abs=1e-15)

    @pytest.mark.parametrize("reset_after", [True, False])
    def test_gru(self, reset_after):
        W_x, W_h, b, b_h = [0.5, -0.4, 0.9], [0.1, 0.6, -1.3], [0.05, 1.0, -0.1], [0.2, -0.3, 0.7]
        h, gates = gru_step(
            self.column(self.x), self.column(self.h), self.column(*W_x), self.column(*W_h),
            np.array(b), np.array(b_h), reset_after=reset_after,
        )  # fmt: skip
        r = s(0.3 * 0.5 - 0.2 * 0.1 + 0.05 + 0.2)
        z = s(0.3 * -0.4 - 0.2 * 0.6 + 1.0 - 0.3)
        if reset_after:
            n = math.tanh(0.3 * 0.9 - 0.1 + r * (-0.2 * -1.3 + 0.7))
        else:
            n = math.tanh(0.3 * 0.9 - 0.1 + (r * -0.2) * -1.3 + 0.7)
        assert list(gates) == ["r", "z", "n"]
        assert [gates[k][0, 0] for k in "rzn"] == pytest.approx([r, z, n], abs=1e-15)
        assert h[0, 0] == pytest.approx((1 - z) * n + z * -0.2, abs=1e-15)

    def test_gru_resets_after_the_product_by_default(self):
        args = arrays("gru")
        np.testing.assert_array_equal(gru_step(*args)[0], gru_step(*args, reset_after=True)[0])
        assert np.abs(gru_step(*args)[0] - gru_step(*args, reset_after=False)[0]).max() > 1e-3


SIZES = [(1, 1, 1), (3, 4, 5), (2, 7, 1), (5, 1, 8)]


class TestAgainstTorch:
    def cell(self, torch, kind, D, H, W_x, W_h, b, b_h):
        cell = kind(D, H, dtype=torch.float64)
        with torch.no_grad():
            cell.weight_ih.copy_(torch.tensor(W_x.T))
            cell.weight_hh.copy_(torch.tensor(W_h.T))
            cell.bias_ih.copy_(torch.tensor(b))
            cell.bias_hh.copy_(torch.tensor(b_h))
        return cell

    @pytest.mark.parametrize(("N", "D", "H"), SIZES)
    def test_rnn(self, N, D, H):
        torch = pytest.importorskip("torch")
        x, h, *params = arrays("rnn", N, D, H)
        cell = self.cell(torch, torch.nn.RNNCell, D, H, *params, 0 * params[2])
        want = cell(torch.tensor(x), torch.tensor(h)).detach().numpy()
        np.testing.assert_allclose(rnn_step(x, h, *params), want, **TIGHT)

    @pytest.mark.parametrize(("N", "D", "H"), SIZES)
    def test_lstm(self, N, D, H):
        torch = pytest.importorskip("torch")
        x, h, c, *params = arrays("lstm", N, D, H)
        cell = self.cell(torch, torch.nn.LSTMCell, D, H, *params, 0 * params[2])
        want = cell(torch.tensor(x), (torch.tensor(h), torch.tensor(c)))
        got = lstm_step(x, h, c, *params)
        np.testing.assert_allclose(got[0], want[0].detach().numpy(), **TIGHT)
        np.testing.assert_allclose(got[1], want[1].detach().numpy(), **TIGHT)

    @pytest.mark.parametrize(("N", "D", "H"), SIZES)
    def test_gru_resets_after_the_product(self, N, D, H):
        torch = pytest.importorskip("torch")
        x, h, *params = arrays("gru", N, D, H)
        cell = self.cell(torch, torch.nn.GRUCell, D, H, *params)
        want = cell(torch.tensor(x), torch.tensor(h)).detach().numpy()
        np.testing.assert_allclose(gru_step(x, h, *params)[0], want, **TIGHT)


@pytest.mark.parametrize(("N", "D", "H"), SIZES)
def test_gru_resets_before_the_product(N, D, H):
    """Cho 2014, entry by entry, with loops: no product of arrays is used."""
    x, h, W_x, W_h, b, b_h = arrays("gru", N, D, H)
    got, gates = gru_step(x, h, W_x, W_h, b, b_h, reset_after=False)

    def affine(n, column, state):
        total = b[column] + b_h[column]
        total += sum(x[n, d] * W_x[d, column] for d in range(D))
        return total + sum(state[k] * W_h[k, column] for k in range(H))

    for n in range(N):
        r = [s(affine(n, j, h[n])) for j in range(H)]
        z = [s(affine(n, H + j, h[n])) for j in range(H)]
        rh = [r[j] * h[n, j] for j in range(H)]
        for j in range(H):
            candidate = math.tanh(affine(n, 2 * H + j, rh))
            assert gates["n"][n, j] == pytest.approx(candidate, abs=1e-12)
            want = (1 - z[j]) * candidate + z[j] * h[n, j]
            assert got[n, j] == pytest.approx(want, abs=1e-12)


class TestSeedTraces:
    """The traces of the notebook seed, computed twice: by the library and from scratch."""

    xs = (0.6, -0.2, 0.1, 0.5, -0.4)

    def test_rnn(self):
        h, want = np.zeros((1, 1)), 0.0
        one = np.array([[1.0]])
        for x in (0.2, -0.1, 0.5, 0.3, -0.4, 0.1):
            h = rnn_step(np.array([[x]]), h, one, np.array([[0.75]]), np.zeros(1))
            want = math.tanh(x + 0.75 * want)
            assert h[0, 0] == pytest.approx(want, abs=1e-12)

    def draw(self, seed, names):
        """The seed's weights: (2, 3) each, acting on [x, h]."""
        rng = np.random.default_rng(seed)
        return {name: rng.normal(0, 0.35, (2, 3)) for name in names}

    def ours(self, W, names):
        """The same weights side by side, split into the parts of x and of h."""
        joined = np.concatenate([W[name].T for name in names], axis=1)
        return joined[:1].copy(), joined[1:].copy()

    def test_lstm(self):
        W = self.draw(7, "ifgo")
        W_x, W_h = self.ours(W, "ifgo")
        h, c = np.zeros((1, 2)), np.zeros((1, 2))
        h_want, c_want = [0.0, 0.0], [0.0, 0.0]
        for x in self.xs:
            h, c, gates = lstm_step(np.array([[x]]), h, c, W_x, W_h, np.zeros(8))
            xh = [x, *h_want]
            a = {k: [sum(w * v for w, v in zip(row, xh, strict=True)) for row in W[k]] for k in W}
            i, f, o = ([s(v) for v in a[k]] for k in "ifo")
            g = [math.tanh(v) for v in a["g"]]
            c_want = [f[j] * c_want[j] + i[j] * g[j] for j in range(2)]
            h_want = [o[j] * math.tanh(c_want[j]) for j in range(2)]
            np.testing.assert_allclose(h[0], h_want, **TIGHT)
            np.testing.assert_allclose(c[0], c_want, **TIGHT)
            for name, want in zip("ifgo", (i, f, g, o), strict=True):
                np.testing.assert_allclose(gates[name][0], want, **TIGHT)
            for name in "ifo":
                assert 0.40 <= gates[name].min().round(2) <= gates[name].max().round(2) <= 0.56

    def test_gru(self):
        W = self.draw(9, "zrh")
        W_x, W_h = self.ours(W, "rzh")
        h, h_want = np.zeros((1, 2)), [0.0, 0.0]
        for x in self.xs:
            zeros = np.zeros(6)
            h, gates = gru_step(np.array([[x]]), h, W_x, W_h, zeros, zeros, reset_after=False)
            xh = [x, *h_want]
            z, r = (
                [s(sum(w * v for w, v in zip(row, xh, strict=True))) for row in W[k]] for k in "zr"
            )
            xrh = [x, r[0] * h_want[0], r[1] * h_want[1]]
            n = [math.tanh(sum(w * v for w, v in zip(row, xrh, strict=True))) for row in W["h"]]
            h_want = [z[j] * h_want[j] + (1 - z[j]) * n[j] for j in range(2)]
            np.testing.assert_allclose(h[0], h_want, **TIGHT)
            np.testing.assert_allclose(gates["z"][0], z, **TIGHT)
            np.testing.assert_allclose(gates["r"][0], r, **TIGHT)
            np.testing.assert_allclose(gates["n"][0], n, **TIGHT)


class TestCountParams:
    @pytest.mark.parametrize(
        ("cell", "one", "two"),
        [("rnn", 5184, 5248), ("lstm", 20736, 20992), ("gru", 15552, 15744)],
    )
    def test_table_of_the_seed(self, cell, one, two):
        assert count_params(cell, 16, 64) == one
        assert count_params(cell, 16, 64, biases=1) == one
        assert count_params(cell, 16, 64, biases=2) == two

    @pytest.mark.parametrize(("D", "H"), [(16, 64), (1, 1), (3, 7)])
    def test_real_modules(self, D, H):
        torch = pytest.importorskip("torch")
        for cell in ("rnn", "lstm", "gru"):
            module = getattr(torch.nn, cell.upper())(D, H)
            assert count_params(cell, D, H, 2) == sum(p.numel() for p in module.parameters())

    @pytest.mark.parametrize(
        ("args", "options"),
        [
            (("elman", 1, 1), {}),
            (("RNN", 1, 1), {}),
            ((None, 1, 1), {}),
            ((["rnn"], 1, 1), {}),
            ((rnn_step, 1, 1), {}),
            (("rnn", 0, 1), {}),
            (("rnn", 1, 0), {}),
            (("rnn", -1, 1), {}),
            (("rnn", 1.0, 1), {}),
            (("rnn", "1", 1), {}),
            (("rnn", True, 1), {}),
            (("rnn", None, 1), {}),
            (("rnn", np.array([1]), 1), {}),
            (("rnn", 1, 1), {"biases": 0}),
            (("rnn", 1, 1), {"biases": 3}),
            (("rnn", 1, 1), {"biases": True}),
        ],
    )
    def test_refuses(self, args, options):
        with pytest.raises(InputError) as error:
            count_params(*args, **options)
        check_message(error.value)


@pytest.mark.parametrize("cell", STEPS)
class TestContract:
    def test_keeps_dtype(self, cell):
        for dtype in (np.float32, np.float64):
            out = STEPS[cell](*arrays(cell, dtype=dtype))
            flat = [out] if cell == "rnn" else [*out[:-1], *out[-1].values()]
            assert {value.dtype for value in flat} == {np.dtype(dtype)}
            assert {value.shape for value in flat} == {(3, 5)}

    def test_empty_batch(self, cell):
        out = STEPS[cell](*arrays(cell, N=0))
        assert (out if cell == "rnn" else out[0]).shape == (0, 5)

    def test_leaves_its_arguments(self, cell):
        args = arrays(cell)
        for value in args:
            value.flags.writeable = False
        STEPS[cell](*args)

    def test_results_own_their_memory(self, cell):
        args = arrays(cell)
        out = STEPS[cell](*args)
        flat = [out] if cell == "rnn" else [*out[:-1], *out[-1].values()]
        for k, value in enumerate(flat):
            assert not any(np.shares_memory(value, other) for other in args + flat[k + 1 :])

    def test_rows_are_independent(self, cell):
        args = arrays(cell)
        states = 3 if cell == "lstm" else 2
        whole = STEPS[cell](*args)
        row = STEPS[cell](*(value[1:2].copy() for value in args[:states]), *args[states:])
        first = (whole, row) if cell == "rnn" else (whole[0], row[0])
        np.testing.assert_allclose(first[0][1:2], first[1], **TIGHT)

    def test_refuses_every_wrong_kind_in_every_place(self, cell):
        args = arrays(cell)
        for place in range(len(args)):
            for bad in wrong_kinds(args[place]).values():
                with pytest.raises(InputError) as error:
                    STEPS[cell](*args[:place], bad, *args[place + 1 :])
                check_message(error.value)

    def test_refuses_every_wrong_shape_in_every_place(self, cell):
        args = arrays(cell)
        for place in range(len(args)):
            bad_shapes = [
                np.zeros(()),
                args[place][None],
                np.concatenate([args[place]] * 2, axis=-1),
            ]
            if args[place].ndim == 2:
                bad_shapes += wrong_shapes(args[place]).values()
            for bad in bad_shapes:
                with pytest.raises(InputError) as error:
                    STEPS[cell](*args[:place], bad, *args[place + 1 :])
                check_message(error.value)

    def test_the_message_names_the_argument(self, cell):
        args = arrays(cell)
        for place, name in enumerate(NAMES[cell]):
            bad = np.full_like(args[place], np.nan)
            with pytest.raises(InputError, match=f"^expected {name} to hold finite numbers"):
                STEPS[cell](*args[:place], bad, *args[place + 1 :])

    @pytest.mark.parametrize(("of_x", "of_h"), [(1, 0), (0, 1), (0.5, 0.5)])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_the_limit_of_the_products(self, cell, of_x, of_h, dtype):
        """D max|x| max|W_x| + H max|h| max|W_h| may reach a tenth of the largest float."""
        args = dict(zip(NAMES[cell], arrays(cell, 1, 2, 4, dtype=dtype), strict=True))
        limit = 0.1 * np.finfo(dtype).max
        for name in args:
            args[name] = np.zeros_like(args[name])
        args["x"][:], args["W_x"][:] = of_x * limit / 4, 2
        args["h"][:], args["W_h"][:] = -of_h * limit / 32, -8
        STEPS[cell](*args.values())
        larger = {name: np.nextafter(args[name], 2 * args[name]) for name in ("x", "h")}
        with pytest.raises(InputError) as error:
            STEPS[cell](*{**args, **larger}.values())
        check_message(error.value)

    def test_small_inputs_allow_large_weights(self, cell):
        args = arrays(cell)
        for place, name in enumerate(NAMES[cell]):
            args[place][:] = 1e307 if name.startswith("W") else 1e-300
        STEPS[cell](*args)

    def test_refuses_overflow_by_name(self, cell):
        args = arrays(cell)
        first = 3 if cell == "lstm" else 2
        args[0][:] = 1e308
        args[first][0], args[first][1] = 1e3, -1e3
        with pytest.raises(InputError) as error:
            STEPS[cell](*args)
        check_message(error.value)

    def test_large_but_finite(self, cell):
        args = arrays(cell)
        args[0] *= 1e300
        out = STEPS[cell](*args)
        assert np.isfinite(out if cell == "rnn" else out[0]).all()


@pytest.mark.parametrize("bad", [1, 0, None, "yes", 1.0, np.array([True]), "False"])
def test_reset_after_must_be_a_flag(bad):
    with pytest.raises(InputError) as error:
        gru_step(*arrays("gru"), reset_after=bad)
    check_message(error.value)


@pytest.mark.parametrize("name", ["b", "b_h"])
def test_biases_that_leave_the_range_are_refused(name):
    shapes = {"W_x": (1, 3), "W_h": (1, 3), "b": 3, "b_h": 3}
    params = {name: np.zeros(shape) for name, shape in shapes.items()}
    params[name][2] = np.finfo(float).max
    with pytest.raises(InputError, match="biases") as error:
        gru_step(np.zeros((1, 1)), np.zeros((1, 1)), **params)
    check_message(error.value)


def test_a_count_is_a_python_int_of_any_size():
    assert count_params("lstm", np.int32(50_000), np.int8(100)) == 4 * 100 * 50_101
    assert type(count_params("rnn", np.int8(1), np.int8(1), np.int8(2))) is int
