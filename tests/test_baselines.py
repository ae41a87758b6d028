"""Baselines: small tables by hand, probabilities that sum to 1, refusals."""

from collections import Counter

import numpy as np
import pytest
from bad_values import check_message

from rnnlib import InputError
from rnnlib.baselines import NGram


def text(length=400, n_tokens=5, seed=0):
    return np.random.default_rng(seed).integers(0, n_tokens, length)


def by_hand(ids, n, n_tokens, k, context, token):
    """The definition, with dictionaries of tuples."""
    ids, p = ids.tolist(), 1 / n_tokens
    for m in range(1, min(n, len(context) + 1) + 1):
        groups = Counter(tuple(ids[t : t + m]) for t in range(len(ids) - m + 1))
        before = tuple(context[len(context) - m + 1 :])
        total = sum(count for group, count in groups.items() if group[:-1] == before)
        p = (groups[(*before, token)] + k * p) / (total + k)
    return p


class TestNGram:
    def test_unigram_by_hand(self):
        model = NGram(np.array([0, 1, 0, 0]), 1, 3, k=1.0)
        want = [(3 + 1 / 3) / 5, (1 + 1 / 3) / 5, (1 / 3) / 5]
        np.testing.assert_allclose(model.probabilities(np.array([], int)), want, rtol=1e-15)
        np.testing.assert_allclose(model.probabilities(np.array([2, 1])), want, rtol=1e-15)
        np.testing.assert_allclose(model.score(np.array([2, 0])), [want[2], want[0]], rtol=1e-15)

    def test_bigram_by_hand(self):
        """In 0 1 0 0 2, a 1 is followed by 0; a 0 by 1, 0 and 2; a 2 by nothing."""
        model = NGram(np.array([0, 1, 0, 0, 2]), 2, 3, k=2.0)
        one = np.array([3 + 2 / 3, 1 + 2 / 3, 1 + 2 / 3]) / 7
        after_1, after_0 = (np.array([1, 0, 0]) + 2 * one) / 3, (np.ones(3) + 2 * one) / 5
        for context, want in [([1], after_1), ([0], after_0), ([2], one), ([], one)]:
            got = model.probabilities(np.array(context, int))
            np.testing.assert_allclose(got, want, rtol=1e-15)
        want = [one[1], after_1[0], after_0[0]]
        np.testing.assert_allclose(model.score(np.array([1, 0, 0])), want, rtol=1e-15)

    def test_perplexity_of_a_table_by_hand(self):
        """Three tokens with probabilities 1/2, 1/4 and 1/8: the geometric mean is 1/4."""
        model = NGram(np.array([0, 1]), 1, 2)
        model.score = lambda ids: np.array([0.5, 0.25, 0.125])
        assert model.perplexity(np.zeros(3, int)) == pytest.approx(4, abs=1e-9)

    @pytest.mark.parametrize("n", [1, 2, 3, 5])
    @pytest.mark.parametrize("k", [0.1, 5.0])
    def test_is_its_definition(self, n, k):
        ids, new = text(60, 3), text(20, 3, seed=1)
        model = NGram(ids, n, 3, k)
        want = [by_hand(ids, n, 3, k, new[:t].tolist(), new[t]) for t in range(len(new))]
        np.testing.assert_allclose(model.score(new), want, rtol=1e-13)
        assert model.perplexity(new) == pytest.approx(np.exp(-np.log(want).mean()), rel=1e-13)
        for t in range(len(new)):
            p = model.probabilities(new[:t])
            assert p[new[t]] == pytest.approx(want[t], rel=1e-13)

    @pytest.mark.parametrize("n", range(1, 8))
    def test_probabilities_sum_to_one(self, n):
        model = NGram(text(), n, 5)
        for length in range(10):
            p = model.probabilities(text(length, seed=2))
            assert p.shape == (5,)
            assert p.min() > 0
            assert p.sum() == pytest.approx(1, abs=1e-14)

    def test_an_unseen_context_leaves_the_shorter_one(self):
        ids = np.array([0, 1, 2, 0, 1, 2])
        trigram, bigram = NGram(ids, 3, 4), NGram(ids, 2, 4)
        after = trigram.probabilities(np.array([1, 1]))
        np.testing.assert_allclose(after, bigram.probabilities(np.array([1])), rtol=1e-15)
        assert abs(after - trigram.probabilities(np.array([0, 1]))).max() > 0.01

    def test_an_unseen_token_keeps_a_share(self):
        model = NGram(np.zeros(1000, int), 3, 10, k=1.0)
        assert 0 < model.probabilities(np.array([0, 0]))[9] < 1e-8

    def test_knowing_nothing(self):
        """Far from any count, n_tokens equally likely tokens are left."""
        model = NGram(text(), 3, 5, k=1e12)
        assert model.perplexity(text(seed=1)) == pytest.approx(5, abs=1e-6)

    def test_a_longer_context_helps_where_the_text_has_one(self):
        ids = np.tile([0, 1, 0, 2], 500)
        found = [NGram(ids[:1000], n, 3).perplexity(ids[1000:]) for n in (1, 2, 3)]
        assert found[0] == pytest.approx(np.exp(1.5 * np.log(2)), abs=0.01)  # 1/2, 1/4, 1/4
        assert found[1] == pytest.approx(np.sqrt(2), abs=0.02)
        assert found[2] < 1.03

    @pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
    def test_any_integers(self, dtype):
        want, new = NGram(text(), 4, 5), text(50, seed=1)
        model = NGram(text().astype(dtype), 4, 5)
        np.testing.assert_array_equal(model.score(new.astype(dtype)), want.score(new))
        context = new[:3].astype(dtype)
        np.testing.assert_array_equal(model.probabilities(context), want.probabilities(new[:3]))

    def test_large_alphabets_share_no_number(self):
        """With 2000 tokens, groups of five still have numbers of their own."""
        ids = text(3000, 2000)
        model = NGram(ids, 5, 2000, k=1e-6)
        assert model.score(ids)[10:].min() > 0.3

    def test_data_stay_as_they_are(self):
        ids = text()
        ids.flags.writeable = False
        model = NGram(ids, 3, 5)
        model.score(ids)
        model.probabilities(ids[:2])

    def test_refuses(self):
        ids = text()
        model = NGram(ids, 3, 5)
        arrays = [None, [0, 1], "01", ids.astype(float), ids > 2, ids + 1, ids - 1, ids[None], 3]
        calls = [lambda v=v: NGram(v, 3, 5) for v in [*arrays, ids[:2], ids[:0]]]
        calls += [lambda v=v: NGram(ids, v, 5) for v in [0, -1, 1.5, None, "3", True, 63, 28]]
        calls += [lambda v=v: NGram(ids, 3, v) for v in [0, -1, 5.0, None, "5", True, 2**40, 4]]
        bad_k = [0, -1.0, np.nan, np.inf, None, "1", True]
        calls += [lambda v=v: NGram(ids, 3, 5, k=v) for v in bad_k]
        for method in (model.score, model.perplexity, model.probabilities):
            calls += [lambda v=v, method=method: method(v) for v in arrays]
        calls += [lambda: model.score(ids[:0]), lambda: model.perplexity(ids[:0])]
        for call in calls:
            with pytest.raises(InputError) as error:
                call()
            check_message(error.value)
