"""Optimizers against PyTorch's; clipping."""

import copy

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds

from rnnlib import SGD, Adam, InputError, clip_grad_norm

SHAPES = {"W": (3, 4), "b": (4,), "s": ()}


def draw(seed, dtype=np.float64, scale=1.0):
    rng = np.random.default_rng(seed)
    return {k: np.asarray(scale * rng.standard_normal(v), dtype) for k, v in SHAPES.items()}


OPTIMIZERS = {
    "SGD": (lambda: SGD(0.1), lambda torch, p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (
        lambda: SGD(0.1, momentum=0.9),
        lambda torch, p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    ),
    "momentum 1": (lambda: SGD(0.01, 1), lambda torch, p: torch.optim.SGD(p, lr=0.01, momentum=1)),
    "Adam": (lambda: Adam(), lambda torch, p: torch.optim.Adam(p)),
    "Adam set": (
        lambda: Adam(0.02, (0.8, 0.95), 1e-3),
        lambda torch, p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3),
    ),
    "Adam without memory": (
        lambda: Adam(0.02, (0.0, 0.0)),
        lambda torch, p: torch.optim.Adam(p, lr=0.02, betas=(0.0, 0.0)),
    ),
}
EVERY = pytest.mark.parametrize("name", OPTIMIZERS)


@EVERY
@pytest.mark.parametrize("groups", [1, 2])
def test_equals_torch(name, groups):
    torch = pytest.importorskip("torch")
    ours, twin = OPTIMIZERS[name]
    params = [draw(k) for k in range(groups)]
    leaves = [{k: torch.tensor(v, requires_grad=True) for k, v in p.items()} for p in params]
    ours, twin = ours(), twin(torch, [v for p in leaves for v in p.values()])
    for step in range(50):
        grads = [draw(100 + 10 * step + k, scale=10.0 ** (step % 5 - 2)) for k in range(groups)]
        for p, g in zip(leaves, grads, strict=True):
            for k in p:
                p[k].grad = torch.tensor(g[k])
        twin.step()
        ours.step(params if groups > 1 else params[0], grads if groups > 1 else grads[0])
        for p, q in zip(params, leaves, strict=True):
            for k in p:
                want = q[k].detach().numpy()
                np.testing.assert_allclose(p[k], want, rtol=1e-12, atol=1e-12)


def test_sgd_by_hand():
    params = {"w": np.array([1.0, 2.0])}
    optimizer = SGD(0.5, momentum=0.5)
    optimizer.step(params, {"w": np.array([1.0, -1.0])})
    assert params["w"].tolist() == [0.5, 2.5]
    optimizer.step(params, {"w": np.array([0.0, 2.0])})  # v = [0.5, 1.5]
    assert params["w"].tolist() == [0.25, 1.75]


def test_the_first_step_of_adam_is_lr_whatever_the_gradient():
    for size in (1e-5, 1.0, 1e100):
        params = {"w": np.zeros(2)}
        Adam(0.1, eps=1e-30).step(params, {"w": np.array([size, -size])})
        np.testing.assert_allclose(params["w"], [-0.1, 0.1], rtol=1e-12)


def test_default_settings():
    assert (SGD(0.1).lr, SGD(0.1).momentum) == (0.1, 0.0)
    adam = Adam()
    assert (adam.lr, adam.betas, adam.eps) == (1e-3, (0.9, 0.999), 1e-8)


def test_a_weight_left_out_of_a_step_keeps_its_memory():
    """The second weight has gradients 1, none, 3."""
    sgd, adam = SGD(1.0, momentum=0.5), Adam(1.0, (0.5, 0.75), 1e-300)
    for optimizer, velocity in [
        (sgd, [1.0, 0.5 * 1 + 3]),
        (adam, [1.0, (0.25 + 0.5 * 3) / 0.875 / np.sqrt((0.1875 + 0.25 * 9) / (1 - 0.75**3))]),
    ]:
        params = [{"w": np.zeros(1)}, {"w": np.zeros(1)}]
        optimizer.step(params, [{"w": np.ones(1)}, {"w": np.ones(1)}])
        optimizer.step(params[:1], [{"w": np.ones(1)}])
        optimizer.step(params, [{"w": np.ones(1)}, {"w": np.full(1, 3.0)}])
        np.testing.assert_allclose(params[1]["w"], -sum(velocity), rtol=1e-14)


@EVERY
def test_changes_params_in_place_and_nothing_else(name):
    optimizer = OPTIMIZERS[name][0]()
    params, grads = draw(0), draw(1)
    arrays, before = dict(params), copy.deepcopy(params)
    for value in grads.values():
        value.flags.writeable = False
    kept = copy.deepcopy(grads)
    for _ in range(3):
        optimizer.step(params, grads)
    for k in params:
        assert params[k] is arrays[k]
        assert (params[k] != before[k]).all()
        np.testing.assert_array_equal(grads[k], kept[k])


@EVERY
def test_keeps_no_reference_to_the_gradients(name):
    one, other = OPTIMIZERS[name][0](), OPTIMIZERS[name][0]()
    params_1, params_2, grads = draw(0), draw(0), draw(1)
    one.step(params_1, grads)
    for _ in range(2):
        other.step(params_2, copy.deepcopy(draw(1)))
    for value in grads.values():
        value.fill(1e6)
    one.step(params_1, draw(1))
    for k in params_1:
        np.testing.assert_array_equal(params_1[k], params_2[k])


@EVERY
def test_keeps_dtype(name):
    for dtype in (np.float32, np.float64):
        optimizer, params = OPTIMIZERS[name][0](), draw(0, dtype)
        for step in range(3):
            optimizer.step(params, draw(step, dtype))
        assert {v.dtype for v in params.values()} == {np.dtype(dtype)}
        exact = OPTIMIZERS[name][0]()
        wide = {k: v.astype(float) for k, v in draw(0, dtype).items()}
        for step in range(3):
            exact.step(wide, {k: v.astype(float) for k, v in draw(step, dtype).items()})
        for k in params:
            np.testing.assert_allclose(params[k], wide[k], rtol=1e-4, atol=1e-5)


@EVERY
def test_zero_gradients_move_nothing(name):
    optimizer, params = OPTIMIZERS[name][0](), draw(0)
    optimizer.step(params, {k: np.zeros_like(v) for k, v in params.items()})
    for k, v in draw(0).items():
        np.testing.assert_array_equal(params[k], v)


def test_a_dict_is_a_list_of_one():
    one, other = draw(0), draw(0)
    SGD(0.1).step(one, [draw(1)])
    SGD(0.1).step([other], draw(1))
    for k in one:
        np.testing.assert_array_equal(one[k], other[k])


@EVERY
def test_groups_do_not_mix(name):
    """Two layers with equal names keep their own moments."""
    joint, alone = OPTIMIZERS[name][0](), [OPTIMIZERS[name][0]() for _ in range(2)]
    both, single = [draw(0), draw(1)], [draw(0), draw(1)]
    for step in range(4):
        joint.step(both, [draw(10 + step), draw(20 + step)])
        for k in range(2):
            alone[k].step(single[k], draw(10 * (k + 1) + step))
    for p, q in zip(both, single, strict=True):
        for k in p:
            np.testing.assert_array_equal(p[k], q[k])


def bad_steps():
    params, grads = draw(0), draw(1)
    steps = {
        "no grads": (params, {}),
        "a grad is missing": (params, {"W": grads["W"], "b": grads["b"]}),
        "a grad too many": (params, {**grads, "c": np.zeros(2)}),
        "other name": (params, {"W": grads["W"], "B": grads["b"], "s": grads["s"]}),
        "dict for list": (params, [grads, grads]),
        "fewer groups": ([params, draw(2)], [grads]),
        "more groups": ([params], [grads, draw(2)]),
        "arrays": (params["W"], grads["W"]),
        "None": (params, None),
        "None and None": (None, None),
        "list of arrays": ([params["W"]], [grads["W"]]),
        "transposed": (params, grads | {"W": grads["W"].T.copy()}),
        "would broadcast": (params, grads | {"W": grads["b"]}),
        "one entry": (params, grads | {"W": np.ones((1, 1))}),
        "other width": (params, {k: v.astype(np.float32) for k, v in grads.items()}),
        "param is a list": (params | {"b": [0.0] * 4}, grads),
        "param is not finite": (params | {"b": np.full(4, np.nan)}, grads),
        "param of integers": (params | {"b": np.ones(4, int)}, grads),
        "text": ("params", "grads"),
    }
    for label, bad in wrong_kinds(grads["W"]).items():
        steps[f"grad is {label}"] = (params, grads | {"W": bad})
    for label, bad in {"NaN": np.nan, "inf": np.inf}.items():
        last = grads["b"].copy()
        last[-1] = bad
        steps[f"{label} in the last group"] = ([params, draw(2)], [grads, grads | {"b": last}])
    return steps


@EVERY
@pytest.mark.parametrize("label", bad_steps())
def test_refused_steps_change_nothing(name, label):
    optimizer, twin = OPTIMIZERS[name][0](), OPTIMIZERS[name][0]()
    bad_params, bad_grads = bad_steps()[label]
    start = draw(0)
    twin_params = draw(0)
    optimizer.step(start, draw(1))
    twin.step(twin_params, draw(1))
    kept = copy.deepcopy(bad_params)
    with pytest.raises(InputError) as error:
        optimizer.step(bad_params, bad_grads)
    check_message(error.value)
    np.testing.assert_equal(bad_params, kept)
    optimizer.step(start, draw(2))  # the optimizer's own memory is as it was, too
    twin.step(twin_params, draw(2))
    for k in start:
        np.testing.assert_array_equal(start[k], twin_params[k])


@EVERY
@pytest.mark.parametrize("kind", ["params", "grads"])
def test_what_is_not_finite_is_refused_by_its_name(name, kind):
    for bad in (np.nan, np.inf, -np.inf):
        arrays = {"params": draw(0), "grads": draw(1)}
        arrays[kind]["b"][1] = bad
        with pytest.raises(InputError, match=rf"expected {kind}\['b'\] to hold finite numbers"):
            OPTIMIZERS[name][0]().step(**arrays)


def test_a_gradient_whose_square_overflows_is_refused_by_adam():
    params = {"w": np.zeros(2)}
    with pytest.raises(InputError) as error:
        Adam().step(params, {"w": np.array([1e200, 1.0])})
    check_message(error.value)
    assert not params["w"].any()


def test_a_step_that_overflows_is_refused_by_sgd():
    optimizer, params = SGD(1e10), {"v": np.ones(2), "w": np.ones(2)}
    with pytest.raises(InputError) as error:
        optimizer.step(params, {"v": np.ones(2), "w": np.array([1e300, 1.0])})
    check_message(error.value)
    assert params["v"].tolist() == params["w"].tolist() == [1, 1]
    optimizer.step(params, {"v": np.zeros(2), "w": np.zeros(2)})
    assert params["v"].tolist() == params["w"].tolist() == [1, 1]


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(-0.1), lambda: SGD(np.nan), lambda: SGD(np.inf), lambda: SGD("0.1"),
        lambda: SGD(None),
        lambda: SGD(True), lambda: SGD([0.1]), lambda: SGD(0.1, -0.1), lambda: SGD(0.1, 1.1),
        lambda: SGD(0.1, None), lambda: SGD({"w": np.zeros(2)}),
        lambda: Adam(-0.1), lambda: Adam(np.nan), lambda: Adam("0.1"), lambda: Adam(None),
        lambda: Adam(0.1, (1.0, 0.9)), lambda: Adam(0.1, (0.9, 1.0)),
        lambda: Adam(0.1, (-0.1, 0.9)),
        lambda: Adam(0.1, (0.9,)), lambda: Adam(0.1, (0.9, 0.99, 0.999)), lambda: Adam(0.1, 0.9),
        lambda: Adam(0.1, None), lambda: Adam(0.1, "ab"), lambda: Adam(0.1, (0.9, np.nan)),
        lambda: Adam(eps=-1e-8), lambda: Adam(eps=0), lambda: Adam(eps=np.inf),
        lambda: Adam(eps=None),
    ],
)  # fmt: skip
def test_refused_settings(make):
    with pytest.raises(InputError) as error:
        make()
    check_message(error.value)


def test_the_largest_decay():
    largest = 1 - 1e-12
    assert Adam(betas=(largest, largest)).betas == (largest, largest)
    for betas in [(np.nextafter(largest, 1), 0.5), (0.5, np.nextafter(largest, 1))]:
        with pytest.raises(InputError):
            Adam(betas=betas)


# ---------------------------------------------------------------------------------------------
# Clipping


def norm_of(*groups):
    return float(
        np.sqrt(sum(float((g.astype(float) ** 2).sum()) for d in groups for g in d.values()))
    )


def joined(*groups):
    return np.concatenate([g.ravel().astype(float) for d in groups for g in d.values()])


class TestClip:
    @pytest.mark.parametrize("groups", [1, 2, 3])
    @pytest.mark.parametrize("max_norm", [1e-3, 0.5, 2.0])
    def test_norm_and_direction(self, groups, max_norm):
        grads = [draw(k) for k in range(groups)]
        arrays, before = [dict(g) for g in grads], joined(*grads)
        want = norm_of(*grads)
        assert want > max_norm
        got = clip_grad_norm(grads if groups > 1 else grads[0], max_norm)
        assert got == pytest.approx(want, rel=1e-14)
        assert norm_of(*grads) == pytest.approx(max_norm, rel=1e-14)
        np.testing.assert_allclose(joined(*grads), before * (max_norm / want), rtol=1e-14)
        for g, a in zip(grads, arrays, strict=True):
            assert all(g[k] is a[k] for k in g)

    def test_by_hand(self):
        grads = {"a": np.array([3.0]), "b": np.array([[4.0]])}
        assert clip_grad_norm(grads, 1) == 5
        assert grads["a"][0] == pytest.approx(0.6, abs=1e-15)
        assert grads["b"][0, 0] == pytest.approx(0.8, abs=1e-15)

    def test_equals_torch(self):
        torch = pytest.importorskip("torch")
        grads = draw(0)
        leaves = [
            torch.zeros(v.shape, dtype=torch.float64, requires_grad=True) for v in grads.values()
        ]
        for leaf, g in zip(leaves, grads.values(), strict=True):
            leaf.grad = torch.tensor(g)
        want = torch.nn.utils.clip_grad_norm_(leaves, 0.5).item()
        assert clip_grad_norm(grads, 0.5) == pytest.approx(want, rel=1e-12)
        for leaf, g in zip(leaves, grads.values(), strict=True):
            np.testing.assert_allclose(g, leaf.grad.numpy(), rtol=1e-5)  # it divides by norm + 1e-6

    @pytest.mark.parametrize("factor", [1.0, 1.0001, 1e6])
    def test_no_op_below(self, factor):
        grads = {"a": np.array([3.0, 0.0]), "b": np.array([-4.0])}
        kept = copy.deepcopy(grads)
        for value in grads.values():
            value.flags.writeable = False
        assert clip_grad_norm(grads, 5 * factor) == 5
        for k in grads:
            np.testing.assert_array_equal(grads[k], kept[k])

    @pytest.mark.parametrize("size", [1e160, 1e300, 1.7e308])
    def test_huge_values_do_not_overflow(self, size):
        grads = {"a": np.full(9, size), "b": np.array([-size, 0, 1])}
        clip_grad_norm(grads, 1.0)
        want = 1 / np.sqrt(10)
        np.testing.assert_allclose(grads["a"], want, rtol=1e-12)
        np.testing.assert_allclose(grads["b"], [-want, 0, 0], rtol=1e-12, atol=1e-100)

    def test_a_norm_that_is_a_float_is_returned_even_if_its_square_is_none(self):
        assert clip_grad_norm({"a": np.array([3e200, 4e200])}, 1.0) == pytest.approx(
            5e200, rel=1e-14
        )

    @pytest.mark.parametrize("size", [1e-170, 1e-300, 5e-324])
    def test_tiny_values_do_not_vanish(self, size):
        grads = {"a": np.array([size, -size])}
        assert clip_grad_norm(grads, 1.0) == pytest.approx(size * np.sqrt(2), rel=0.5, abs=0)
        assert grads["a"].tolist() == [size, -size]

    def test_zero_and_empty(self):
        assert clip_grad_norm({"a": np.zeros(3)}, 1.0) == 0
        assert clip_grad_norm({}, 1.0) == 0
        assert clip_grad_norm([], 1.0) == 0
        assert clip_grad_norm([{}, {"a": np.zeros((0, 3))}], 1.0) == 0

    def test_keeps_dtype(self):
        grads = draw(0, np.float32, scale=1e30)
        before = joined(grads)
        norm = clip_grad_norm(grads, 1.0)
        assert type(norm) is float
        assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}
        np.testing.assert_allclose(joined(grads), before / np.linalg.norm(before), rtol=1e-5)

    def test_two_widths_at_once(self):
        grads = [{"a": np.full(2, 3, np.float32)}, {"a": np.full(2, 1e300)}]
        clip_grad_norm(grads, 1.0)
        np.testing.assert_allclose(grads[1]["a"], 1 / np.sqrt(2), rtol=1e-12)
        np.testing.assert_allclose(grads[0]["a"], 0, atol=1e-30)

    def test_refuses_what_is_not_finite_and_changes_nothing(self):
        for bad in (np.nan, np.inf, -np.inf):
            grads = [draw(0), draw(1)]
            grads[1]["b"][2] = bad
            kept = copy.deepcopy(grads)
            with pytest.raises(InputError) as error:
                clip_grad_norm(grads, 1e-3)
            check_message(error.value)
            np.testing.assert_equal(grads, kept)

    def test_refuses(self):
        grads = draw(0, scale=100)
        bad = [(grads, v) for v in (0, -1.0, np.nan, np.inf, None, "1", True, [1.0], np.array(1.0))]
        bad += [
            (v, 1.0) for v in (None, grads["W"], "grads", 1.0, [grads["W"]], [grads, None], {1})
        ]
        bad += [
            (grads | {"W": v}, 1.0) for v in wrong_kinds(grads["W"]).values() if not is_float32(v)
        ]
        kept = copy.deepcopy(grads)
        for arguments in bad:
            with pytest.raises(InputError) as error:
                clip_grad_norm(*arguments)
            check_message(error.value)
        np.testing.assert_equal(grads, kept)


def is_float32(value):
    return type(value) is np.ndarray and value.dtype == np.float32


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9), Adam(0.1)])
def test_one_optimizer_for_two_parts_in_turn_is_refused(optimizer):
    ones = {"W": np.ones((2, 3)), "b": np.ones(3)}
    optimizer.step(copy.deepcopy(ones), ones)
    head, gradient = ({"W": np.ones((2, 3)), "b": np.ones(1)} for _ in range(2))
    with pytest.raises(InputError, match="two layers") as error:
        optimizer.step(head, gradient)
    check_message(error.value)
    np.testing.assert_array_equal(head["W"], 1, "half of the weights were written")


@pytest.mark.parametrize("make", [lambda: SGD(0.1), lambda: Adam(0.1)])
def test_a_weight_that_stands_twice_is_refused(make):
    shared, gradients = np.ones(3), [{"W": np.ones(3)}, {"W": np.ones(3)}]
    with pytest.raises(InputError, match="share a weight") as error:
        make().step([{"W": shared}, {"W": shared}], gradients)
    check_message(error.value)
    np.testing.assert_array_equal(shared, 1)


def test_read_only_arrays_are_refused_before_anything_is_written():
    params = {"a": np.ones(3), "b": np.broadcast_to(1.0, (2,))}
    grads = {"a": np.full(3, 4.0), "b": np.broadcast_to(4.0, (2,))}
    for call in (
        lambda: SGD(0.1).step(params, grads),
        lambda: Adam(0.1).step(params, grads),
        lambda: clip_grad_norm(grads, 1.0),
    ):
        with pytest.raises(InputError, match="read-only") as error:
            call()
        check_message(error.value)
    np.testing.assert_array_equal(params["a"], 1)
    np.testing.assert_array_equal(grads["a"], 4)


@pytest.mark.parametrize("make", [SGD, Adam])
def test_a_step_that_overflows_the_dtype_of_the_weights_is_refused(make):
    """A rate from np.logspace is a float64, and so is all that is computed with it."""
    W = np.zeros(1, np.float32)
    with pytest.raises(InputError, match="overflow"), np.errstate(over="ignore"):
        make(np.float64(1e39)).step({"W": W}, {"W": np.ones(1, np.float32)})
    np.testing.assert_array_equal(W, 0)
