"""Losses: by hand, against PyTorch, their gradients, masks, extremes, refusals."""

import math

import numpy as np
import pytest
from bad_values import check_message, wrong_kinds

from rnnlib import InputError, bce_with_logits, mse, numerical_gradient, softmax_cross_entropy

SHAPES = [(), (1,), (7,), (3, 4), (2, 3, 4)]


def pair(shape, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape).astype(dtype).reshape(shape), rng.random(shape, dtype=dtype)


def as_array(value):
    return np.asarray(value, np.float64)


class TestMse:
    def test_by_hand(self):
        loss, d = mse(np.array([1.0, 4.0]), np.array([3.0, 3.0]))
        assert loss == (4 + 1) / 2
        assert d.tolist() == [-2.0, 1.0]

    def test_zero(self):
        y = np.ones((2, 3))
        loss, d = mse(y, y.copy())
        assert loss == 0
        assert not d.any()


class TestBce:
    def test_by_hand(self):
        a, y = np.array([0.7, -1.2, 0.0]), np.array([1.0, 0.0, 0.25])
        p = 1 / (1 + np.exp(-a))
        want = [-t * math.log(q) - (1 - t) * math.log(1 - q) for t, q in zip(y, p, strict=True)]
        loss, d = bce_with_logits(a, y)
        assert loss == pytest.approx(sum(want) / 3, abs=1e-15)
        np.testing.assert_allclose(d, (p - y) / 3, rtol=0, atol=1e-15)

    def test_a_wrong_answer_costs_its_logit(self):
        for size in (50.0, 1000.0, 1e300):
            for logit, right in [(size, 1.0), (-size, 0.0)]:
                loss, d = bce_with_logits(np.array([logit]), np.array([1 - right]))
                assert loss == size
                assert abs(d[0]) == 1
                loss, d = bce_with_logits(np.array([logit]), np.array([right]))
                assert loss < 1e-20
                assert abs(d[0]) < 1e-20

    def test_undecided(self):
        loss, d = bce_with_logits(np.zeros(2), np.array([0.0, 1.0]))
        assert loss == pytest.approx(math.log(2), abs=1e-15)
        assert d.tolist() == [0.25, -0.25]

    @pytest.mark.parametrize("bad", [-1.0, -1e-9, 1 + 1e-9, 2.0])
    def test_targets_are_probabilities(self, bad):
        with pytest.raises(InputError) as error:
            bce_with_logits(np.zeros(2), np.array([1.0, bad]))
        check_message(error.value)


@pytest.mark.parametrize("loss", [mse, bce_with_logits])
class TestPairs:
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_gradient(self, loss, shape):
        a, y = pair(shape)
        value, d = loss(a, y)
        assert type(value) is float
        assert np.shape(d) == shape
        numeric = numerical_gradient(lambda a: loss(a, y)[0], a)
        np.testing.assert_allclose(d, numeric, rtol=0, atol=1e-9)

    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_equals_torch(self, loss, shape):
        torch = pytest.importorskip("torch")
        functional = torch.nn.functional
        twin = functional.mse_loss if loss is mse else functional.binary_cross_entropy_with_logits
        a, y = pair(shape, seed=1)
        a_t = torch.tensor(a, requires_grad=True)
        want = twin(a_t, torch.tensor(y))
        want.backward()
        value, d = loss(a, y)
        assert value == pytest.approx(want.item(), abs=1e-12)
        np.testing.assert_allclose(d, a_t.grad.numpy(), rtol=0, atol=1e-12)

    def test_keeps_dtype(self, loss):
        for dtype in (np.float32, np.float64):
            assert loss(*pair((3, 4), dtype))[1].dtype == dtype

    def test_arguments_stay_as_they_are(self, loss):
        a, y = pair((3, 4))
        a.flags.writeable = y.flags.writeable = False
        _, d = loss(a, y)
        assert not np.shares_memory(d, a)
        assert not np.shares_memory(d, y)

    def test_refuses(self, loss):
        a, y = pair((3, 4))
        bad_pairs = [(bad, y) for bad in wrong_kinds(a).values()]
        bad_pairs += [(a, bad) for bad in wrong_kinds(y).values()]
        bad_pairs += [
            (a, y[:, :3]), (a, y.T.copy()), (a, y[0]), (a, y[:, :1]), (a[0], y), (a, None),
            (None, y),
            (np.zeros(0), np.zeros(0)), (np.zeros((0, 3)), np.zeros((0, 3))),
        ]  # fmt: skip
        for bad in bad_pairs:
            with pytest.raises(InputError) as error:
                loss(*bad)
            check_message(error.value)


@pytest.mark.parametrize("size", [1e160, 1e308])
def test_squares_that_overflow_are_refused_by_name(size):
    with pytest.raises(InputError) as error:
        mse(np.full(3, size), np.full(3, -size))
    check_message(error.value)


def test_a_mean_that_overflows_is_refused_by_name():
    with pytest.raises(InputError) as error:
        bce_with_logits(np.full(4, 1e308), np.zeros(4))
    check_message(error.value)
    with pytest.raises(InputError) as error:
        softmax_cross_entropy(np.array([[1e308, -1e308]]), np.array([1]))
    check_message(error.value)


class TestSoftmax:
    def test_by_hand(self):
        logits = np.array([[1.0, 2.0, 0.5], [0.0, 0.0, 0.0]])
        p = [math.exp(v) / sum(map(math.exp, (1.0, 2.0, 0.5))) for v in (1.0, 2.0, 0.5)]
        loss, d = softmax_cross_entropy(logits, np.array([1, 2]))
        assert loss == pytest.approx((-math.log(p[1]) + math.log(3)) / 2, abs=1e-15)
        want = [[p[0] / 2, (p[1] - 1) / 2, p[2] / 2], [1 / 6, 1 / 6, -1 / 3]]
        np.testing.assert_allclose(d, want, rtol=0, atol=1e-15)

    def problem(self, lead=(3, 4), C=5, dtype=np.float64, seed=0):
        rng = np.random.default_rng(seed)
        logits = rng.standard_normal((*lead, C)).astype(dtype)
        mask = np.asarray(rng.random(lead) < 0.7)
        mask.flat[0] = True
        return logits, np.asarray(rng.integers(0, C, lead)), mask

    @pytest.mark.parametrize("lead", [(), (1,), (6,), (3, 4), (2, 3, 2)], ids=str)
    @pytest.mark.parametrize("masked", [False, True])
    def test_gradient(self, lead, masked):
        logits, targets, mask = self.problem(lead)
        mask = mask if masked else None
        value, d = softmax_cross_entropy(logits, targets, mask)
        assert type(value) is float
        numeric = numerical_gradient(lambda a: softmax_cross_entropy(a, targets, mask)[0], logits)
        np.testing.assert_allclose(d, numeric, rtol=0, atol=1e-9)
        assert d.shape == logits.shape

    @pytest.mark.parametrize("masked", [False, True])
    def test_equals_torch(self, masked):
        torch = pytest.importorskip("torch")
        logits, targets, mask = self.problem(seed=2)
        a = torch.tensor(logits, requires_grad=True)
        t = torch.tensor(np.where(mask, targets, -100) if masked else targets)
        want = torch.nn.functional.cross_entropy(a.reshape(-1, 5), t.reshape(-1))
        want.backward()
        value, d = softmax_cross_entropy(logits, targets, mask if masked else None)
        assert value == pytest.approx(want.item(), abs=1e-12)
        np.testing.assert_allclose(d, a.grad.numpy(), rtol=0, atol=1e-12)

    def test_what_is_masked_does_not_matter(self):
        logits, targets, mask = self.problem()
        one = softmax_cross_entropy(logits, targets, mask)
        logits[~mask], targets[~mask] = 100.0, 0
        other = softmax_cross_entropy(logits, targets, mask)
        assert one[0] == other[0]
        np.testing.assert_array_equal(one[1], other[1])
        assert not one[1][~mask].any()

    def test_mean_over_what_counts(self):
        logits, targets, mask = self.problem()
        alone = softmax_cross_entropy(logits[mask], targets[mask])
        value, d = softmax_cross_entropy(logits, targets, mask)
        assert value == pytest.approx(alone[0], abs=1e-15)
        np.testing.assert_allclose(d[mask], alone[1], rtol=0, atol=1e-15)
        full = softmax_cross_entropy(logits, targets, np.ones_like(mask))
        assert full[0] == softmax_cross_entropy(logits, targets)[0]

    def test_a_constant_does_not_matter(self):
        logits, targets, mask = self.problem()
        one = softmax_cross_entropy(logits, targets, mask)
        other = softmax_cross_entropy(logits + 1000, targets, mask)
        assert one[0] == pytest.approx(other[0], abs=1e-12)
        np.testing.assert_allclose(one[1], other[1], rtol=0, atol=1e-12)

    def test_uniform_is_the_log_of_the_number_of_classes(self):
        value, _ = softmax_cross_entropy(np.zeros((4, 8)), np.arange(4))
        assert value == pytest.approx(math.log(8), abs=1e-15)

    def test_extremes(self):
        logits = np.array([[1e4, -1e4, 0.0], [-1e300, 1e300, 0.0]])
        value, d = softmax_cross_entropy(logits, np.array([0, 1]))
        assert value == 0
        assert not d.any()
        value, d = softmax_cross_entropy(logits[:1], np.array([1]))
        assert value == 2e4
        assert d.tolist() == [[1, -1, 0]]

    def test_keeps_dtype(self):
        for dtype in (np.float32, np.float64):
            logits, targets, mask = self.problem(dtype=dtype)
            assert softmax_cross_entropy(logits, targets, mask)[1].dtype == dtype
            assert softmax_cross_entropy(logits, targets)[1].dtype == dtype

    def test_arguments_stay_as_they_are(self):
        arguments = self.problem()
        for value in arguments:
            value.flags.writeable = False
        _, d = softmax_cross_entropy(*arguments)
        assert not np.shares_memory(d, arguments[0])

    def test_refuses(self):
        logits, targets, mask = self.problem()
        kinds = wrong_kinds(logits)
        del kinds["other float"]  # float32 logits are as good
        bad = [(value, targets, mask) for value in kinds.values()]
        bad += [
            (logits, value, mask)
            for value in [
                None, targets.tolist(), targets.astype(float), targets > 1, targets[:, :3],
                targets[..., None], targets.T.copy(), np.full_like(targets, 5),
                np.full_like(targets, -1),
                np.eye(5)[targets], np.ma.array(targets), targets.astype(object), 0,
            ]
        ]  # fmt: skip
        bad += [
            (logits, targets, value)
            for value in [
                mask.tolist(), mask.astype(int), mask.astype(float), mask[:, :3], mask[0],
                mask[..., None], mask.T.copy(), ~np.ones_like(mask), np.array([4, 4, 2]), True,
                np.ma.array(mask),
            ]
        ]  # fmt: skip
        bad += [
            (None, targets, mask), (np.zeros(()), np.zeros((), int), None),
            (np.zeros((0, 5)), np.zeros(0, int), None), (np.zeros((3, 0)), np.zeros(3, int), None),
            (np.zeros((0, 0)), np.zeros(0, int), None),
        ]  # fmt: skip
        for arguments in bad:
            with pytest.raises(InputError) as error:
                softmax_cross_entropy(*arguments)
            check_message(error.value)
