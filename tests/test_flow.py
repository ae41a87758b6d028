"""Chain gains and exact Jacobian products."""

import copy

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds

from rnnlib import GRU, LSTM, RNN, InputError, Linear, chain_gain, gradient_norms, spectral_radius

CELLS = {
    "rnn": RNN,
    "lstm": LSTM,
    "gru": GRU,
    "gru-before": lambda *sizes, **options: GRU(*sizes, reset_after=False, **options),
}
EVERY_CELL = pytest.mark.parametrize("cell", CELLS)


class TestChainGain:
    @pytest.mark.parametrize(
        ("w_h", "at_1", "at_30", "at_60"),
        [
            (0.5, 0.5, 9.313225746154785e-10, 8.673617379884035e-19),
            (0.9, 0.9, 4.239115827521628e-02, 1.797010299914434e-03),
            (1.1, 1.1, 1.744940226888645e01, 3.044816395414190e02),
        ],
    )
    def test_table_of_the_seed(self, w_h, at_1, at_30, at_60):
        want = [at_1, at_30, at_60]
        for sign in (1, -1):
            np.testing.assert_allclose(
                chain_gain(sign * w_h, np.array([1, 30, 60])), want, rtol=1e-12
            )
            got = [chain_gain(sign * w_h, k) for k in (1, 30, 60)]
            np.testing.assert_allclose(got, want, rtol=1e-12)

    def test_is_a_product(self):
        product = 1.0
        for k in range(40):
            assert chain_gain(-0.93, k) == pytest.approx(product, rel=1e-13)
            product *= 0.93

    @pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (0,)])
    def test_keeps_shape(self, shape):
        steps = np.full(shape, 3)
        got = chain_gain(0.5, steps)
        assert np.shape(got) == shape
        assert (np.asarray(got) == 0.125).all()

    def test_a_number_gives_a_number(self):
        assert type(chain_gain(2, 3)) is float
        assert chain_gain(2, np.int32(3)) == 8.0
        assert chain_gain(0.0, 0) == 1
        assert chain_gain(0.0, 2) == 0

    def test_leaves_its_argument(self):
        steps = np.arange(3)
        steps.flags.writeable = False
        chain_gain(0.5, steps)

    @pytest.mark.parametrize(
        "arguments",
        [
            (None, 3), ("0.5", 3), (np.nan, 3), (np.inf, 3), (True, 3), (0.5j, 3),
            (np.array([0.5]), 3),
            ([0.5], 3), (0.5, -1), (0.5, 1.0), (0.5, None), (0.5, "3"), (0.5, True), (0.5, [1, 2]),
            (0.5, (1, 2)), (0.5, np.array([1.0])), (0.5, np.array([1, -1])),
            (0.5, np.array([True])),
            (0.5, np.ma.array([1, 2])), (0.5, np.array([[1]]).view(np.matrix)), (0.5, range(3)),
            (0.5, np.array([1], object)), (10.0, 400), (10.0, np.array([1, 400])),
        ],
        ids=str,
    )  # fmt: skip
    def test_refuses(self, arguments):
        with pytest.raises(InputError) as error:
            chain_gain(*arguments)
        check_message(error.value)


def problem(cell, N=2, T=4, D=2, H=3, dtype=np.float64):
    rng = np.random.default_rng(0)
    layer = CELLS[cell](D, H, rng=rng, dtype=dtype)
    for name, value in layer.params.items():
        layer.params[name] = (1.5 * value).astype(dtype)
    return layer, rng.standard_normal((N, T, D)).astype(dtype)


def run_on(layer, x, states):
    """h after the steps x, for one sample, from states (H,) each."""
    states = [s[None] for s in states]
    if not x.shape[0]:
        return states[0][0]
    y, _ = layer.forward(x[None], tuple(states) if len(states) == 2 else states[0])
    return y[0, -1]


def states_after(layer, x, t):
    """States (H,) of one sample after step t."""
    _, state = layer.forward(x[None, : t + 1].copy())
    return [s[0] for s in (state if isinstance(state, tuple) else (state,))]


def norm_of_jacobian(f, h, eps=1e-6):
    """Frobenius norm of df/dh by central differences, column by column."""
    columns = []
    for j in range(len(h)):
        step = np.zeros_like(h)
        step[j] = eps
        columns.append((f(h + step) - f(h - step)) / (2 * eps))
    return np.linalg.norm(columns)


class TestGradientNorms:
    @EVERY_CELL
    def test_of_h_by_finite_differences(self, cell):
        layer, x = problem(cell)
        got = gradient_norms(layer, x)
        assert got.shape == (2, 4)
        for n in range(2):
            for t in range(4):
                h, *c = states_after(layer, x[n], t)
                rest = x[n, t + 1 :]
                want = norm_of_jacobian(lambda h, c=c, rest=rest: run_on(layer, rest, [h, *c]), h)
                assert got[n, t] == pytest.approx(want, rel=1e-7)

    def test_of_c_by_finite_differences(self):
        """c_t moves alone; h_t = o_t tanh(c_t) moves with it."""
        layer, x = problem("lstm")
        got = gradient_norms(layer, x, wrt="c")
        for n in range(2):
            for t in range(4):
                h, c = states_after(layer, x[n], t)
                o = h / np.tanh(c)

                def last_h(c, o=o, rest=x[n, t + 1 :]):
                    return run_on(layer, rest, [o * np.tanh(c), c])

                assert got[n, t] == pytest.approx(norm_of_jacobian(last_h, c), rel=1e-7)

    @pytest.mark.parametrize("wrt", ["h", "c"])
    def test_by_autograd(self, wrt):
        torch = pytest.importorskip("torch")
        layer, x = problem("lstm", T=5)
        p = {k: torch.tensor(v) for k, v in layer.params.items()}
        got = gradient_norms(layer, x, wrt=wrt)
        for n in range(2):
            h = c = torch.zeros(3, dtype=torch.float64)
            hs, cs = [], []
            for t in range(5):
                a = torch.tensor(x[n, t]) @ p["W_x"] + h @ p["W_h"] + p["b"]
                i, f, g, o = a.split(3)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                c.requires_grad_(True)
                h = torch.sigmoid(o) * torch.tanh(c)
                cs.append(c)
                hs.append(h)
            for t, leaf in enumerate(cs if wrt == "c" else hs):
                rows = [torch.autograd.grad(h[j], leaf, retain_graph=True)[0] for j in range(3)]
                # An LSTM's h_t is no leaf of its own: c_t is held fixed, as h_t leads to h_T alone.
                want = torch.stack(rows).norm().item()
                assert got[n, t] == pytest.approx(want, rel=1e-12)

    def test_rnn_by_the_product_of_its_jacobians(self):
        layer, x = problem("rnn", T=6)
        y, _ = layer.forward(x)
        got = gradient_norms(layer, x)
        for n in range(2):
            J = np.eye(3)
            for t in range(5, -1, -1):
                assert got[n, t] == pytest.approx(np.linalg.norm(J), rel=1e-12)
                J = layer.params["W_h"] @ np.diag(1 - y[n, t] ** 2) @ J

    @EVERY_CELL
    def test_the_last_column_is_the_identity(self, cell):
        layer, x = problem(cell)
        np.testing.assert_allclose(gradient_norms(layer, x)[:, -1], np.sqrt(3), rtol=1e-15)

    def test_the_last_column_of_c_is_the_output_gate_alone(self):
        layer, x = problem("lstm", T=1)
        _, (h, c) = layer.forward(x)
        want = np.linalg.norm(h / np.tanh(c) * (1 - np.tanh(c) ** 2), axis=1)
        np.testing.assert_allclose(gradient_norms(layer, x, "c")[:, 0], want, rtol=1e-12)

    @EVERY_CELL
    def test_leaves_everything_as_it_was(self, cell):
        layer, x = problem(cell)
        y, _ = layer.forward(x)
        layer.backward(np.ones_like(y))
        params, grads = copy.deepcopy(layer.params), layer.grads
        kept = copy.deepcopy(grads)
        for value in (x, *layer.params.values()):
            value.flags.writeable = False
        gradient_norms(layer, x)
        assert layer.grads is grads
        np.testing.assert_equal((layer.params, layer.grads), (params, kept))
        layer.backward(np.ones_like(y))  # belongs to the forward pass from before
        np.testing.assert_equal(layer.grads, kept)

    @EVERY_CELL
    def test_float32(self, cell):
        layer, x = problem(cell, dtype=np.float32)
        wide, _ = problem(cell)
        wide.params = {k: v.astype(float) for k, v in layer.params.items()}
        for wrt in ("h", "c") if cell == "lstm" else ("h",):
            got = gradient_norms(layer, x, wrt)
            assert got.dtype == np.float32
            np.testing.assert_allclose(got, gradient_norms(wide, x.astype(float), wrt), rtol=1e-4)

    def test_empty_batch(self):
        for cell in CELLS:
            layer, x = problem(cell, N=0)
            assert gradient_norms(layer, x).shape == (0, 4)
        assert gradient_norms(problem("lstm")[0], np.zeros((0, 4, 2)), "c").shape == (0, 4)

    def test_refuses(self):
        layer, x = problem("rnn", N=3)
        lstm, _ = problem("lstm")
        kinds = [*wrong_kinds(x).values(), None, x[0], x[..., :1], x[:, :0], x.T.copy()]
        calls = [lambda v=v: gradient_norms(lstm, v) for v in kinds]
        calls += [
            lambda v=v: gradient_norms(layer, x, v) for v in ["c", "x", "H", None, 0, ["h"], x]
        ]
        calls += [lambda v=v: gradient_norms(lstm, x, v) for v in ["x", "hc", "", None, ("h", "c")]]
        calls += [
            lambda v=v: gradient_norms(v, x)
            for v in [None, RNN, "rnn", x, Linear(2, 3, rng=np.random.default_rng(0))]
        ]
        for call in calls:
            with pytest.raises(InputError) as error:
                call()
            check_message(error.value)


class TestSpectralRadius:
    def test_by_hand(self):
        assert spectral_radius(np.diag([0.5, -2.0, 1.0])) == 2
        assert spectral_radius(np.array([[0.0, 3.0], [-3.0, 0.0]])) == pytest.approx(3, rel=1e-14)
        assert spectral_radius(np.array([[0.5, 100.0], [0.0, 0.25]])) == pytest.approx(
            0.5, rel=1e-12
        )
        assert spectral_radius(np.zeros((2, 2))) == 0
        assert spectral_radius(np.array([[-3.0]])) == 3
        assert type(spectral_radius(np.eye(3))) is float

    def test_rules_powers(self):
        W = np.random.default_rng(0).standard_normal((5, 5))
        grown = np.linalg.norm(np.linalg.matrix_power(W / spectral_radius(W), 400))
        assert 0.1 < grown < 100

    def test_float32(self):
        assert spectral_radius(np.eye(2, dtype=np.float32) * 2) == 2

    def test_refuses(self):
        W = np.eye(3)
        kinds = wrong_kinds(W)
        del kinds["other float"]
        shapes = [None, W[:2], W[0], W[None], np.zeros((0, 0)), np.zeros(()), np.zeros((3, 0))]
        shapes += [np.zeros((0, 1)), np.zeros((1, 0))]
        for bad in [*kinds.values(), *shapes]:
            with pytest.raises(InputError) as error:
                spectral_radius(bad)
            check_message(error.value)


@pytest.mark.parametrize("w_h", [3.0, 0.3])
def test_norms_far_outside_the_range_of_squares(w_h):
    layer = RNN(1, 1, rng=np.random.default_rng(0))
    layer.params = {"W_x": np.ones((1, 1)), "W_h": np.full((1, 1), w_h), "b": np.zeros(1)}
    norms = gradient_norms(layer, np.zeros((2, 400, 1)))
    np.testing.assert_allclose(norms, np.tile(w_h ** np.arange(399.0, -1, -1), (2, 1)), rtol=1e-12)
