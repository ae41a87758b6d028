# ---
# number: "12.5"
# title: Beat the mean over time
# minutes: 45
# required: false
# points: 7
# kind: code
# ---

# %% [markdown] task
# Beat the mean over time on Japanese Vowels with a network. Say how many test utterances the difference is, and
# whether five seeds agree. Write the baseline's input, and the comparison utterance by utterance.

# %% [markdown] hint
# The mean is over true steps only. Two classifiers with the same accuracy may be right on different utterances: count where only one of them is right.

# %% given
def logistic_regression(x, y, n_classes, steps=2000, lr=2.0):
    """Weights (D + 1, n_classes) of a linear softmax classifier, fitted by gradient descent."""
    x, hot = np.insert(x, 0, 1, axis=1), np.eye(n_classes)[y]
    W = np.zeros((x.shape[1], n_classes))
    for _ in range(steps):
        p = np.exp(x @ W)
        W += lr * x.T @ (hot - p / p.sum(axis=1, keepdims=True)) / len(x)
    return W


# %% stub
def time_mean(x, lengths):
    """Mean (N, D) over the true steps of each sequence; x (N, T, D) is padded with any numbers."""
    ...


def only_one_right(network, baseline):
    """Compare two classifiers on the same n utterances.

    network (S, n): whether each of S seeds is right. baseline (n,): the same for the baseline.
    Returns two arrays (S,) of whole numbers: on how many utterances only the network is right, and
    on how many only the baseline.
    """
    ...


def seeds_agree(gained, lost):
    """Whether all seeds are ahead, or all are behind: True or False. gained, lost (S,) as above."""
    ...


# %% self-check
x = np.array([[[1.0], [3.0], [99.0]], [[5.0], [6.0], [7.0]]])
mean = time_mean(x, np.array([2, 3]))
assert np.shape(mean) == (2, 1), "one mean for each sequence and each of its numbers"
assert np.allclose(mean, [[2], [6]]), "padding is in the mean, or the number of steps is not true"
network = np.array([[True, True, False, False], [True, True, True, False]])
result = only_one_right(network, np.array([True, False, True, False]))
assert np.shape(result) == (2, 2), "two arrays, with one number for each seed"
assert np.array_equal(result[0], [1, 1]), "count where the network is right and the baseline is not"
assert result[1][1] == 0, "the second seed is right wherever the baseline is"
assert seeds_agree([3, 2], [1, 0]), "both seeds are ahead"
assert not seeds_agree([3, 1], [1, 2]), "one seed is ahead, one is behind"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-12.5
def time_mean(x, lengths):
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.where(true[:, :, None], x, 0).sum(axis=1) / lengths[:, None]


def only_one_right(network, baseline):
    return (network & ~baseline).sum(axis=1), (~network & baseline).sum(axis=1)


def seeds_agree(gained, lost):
    ahead = np.sign(np.subtract(gained, lost))
    return bool(abs(ahead.sum()) == len(ahead))


# %% hidden tests
# GBG-CANARY-12.5
def test_mean(answer, rng):
    """The mean over the true steps: neither padding nor its number counts."""
    N, T, D = (int(size) for size in rng.permutation(np.arange(3, 9))[:3])
    x, lengths = rng.standard_normal((N, T, D)), rng.integers(1, T + 1, N)
    lengths[0] = T - 1
    expected = np.array([row[:n].mean(axis=0) for row, n in zip(x, lengths, strict=True)])
    close(answer("time_mean(x, lengths)", x=x, lengths=lengths), expected)


def test_counts(answer, rng):
    """Utterance by utterance: only the network is right, or only the baseline."""
    S, n = int(rng.integers(3, 7)), int(rng.integers(20, 60))
    network, baseline = rng.random((S, n)) < 0.8, rng.random(n) < 0.6
    gained = [sum(a and not b for a, b in zip(row, baseline, strict=True)) for row in network]
    lost = [sum(b and not a for a, b in zip(row, baseline, strict=True)) for row in network]
    found = answer("only_one_right(network, baseline)", network=network, baseline=baseline)
    close(found, [gained, lost])


def test_agree(answer, rng):
    """All ahead, or all behind; a seed that is level does not agree."""
    lost = rng.integers(3, 9, 5)
    cases = [lost + rng.integers(1, 9, 5), lost - rng.integers(1, 4, 5)]
    mixed, level = cases[0].copy(), cases[1].copy()
    place = int(rng.integers(5))
    mixed[place], level[place] = lost[place] - 1, lost[place]
    found = [bool(answer("seeds_agree(g, lost)", g=g, lost=lost)) for g in (*cases, mixed, level)]
    expect(found == [True, True, False, False], "all on one side")


# %% [markdown] rubric
# - (1) A network, its settings, and how they were chosen: not on the test utterances.
# - (1) Five seeds, all reported, as numbers of utterances out of 370, gained and lost.
# - (1) The conclusion fits the numbers, and a network that loses is a result too: a difference of a few utterances is within what one test set can tell; ties count
#   as ties. (On our machine the mean gets about 356 right. A GRU of 16 units with 20 epochs gets 348 to 352, behind with all seeds; two directions and 40 epochs 355 to 358: three seeds ahead, one behind, one tie.)


# %% honest: loops
def time_mean(x, lengths):
    means = []
    for row, n in zip(x, lengths, strict=True):
        total = np.zeros(x.shape[2])
        for t in range(n):
            total += row[t]
        means.append(total / n)
    return np.array(means)


def only_one_right(network, baseline):
    gained, lost = [], []
    for seed in network:
        pairs = list(zip(seed, baseline, strict=True))
        gained.append(sum(1 for a, b in pairs if a and not b))
        lost.append(sum(1 for a, b in pairs if b and not a))
    return gained, lost


def seeds_agree(gained, lost):
    pairs = list(zip(gained, lost, strict=True))
    return all(g > b for g, b in pairs) or all(g < b for g, b in pairs)


# %% honest: einsum, arithmetic
def time_mean(batch, n_steps):
    share = (np.arange(batch.shape[1]) < n_steps[:, None]) / n_steps[:, None]
    return np.einsum("nt,ntd->nd", share, batch)


def only_one_right(network, baseline):
    difference = network.astype(int) - baseline.astype(int)
    return np.sum(difference == 1, axis=1), np.sum(difference == -1, axis=1)


def seeds_agree(gained, lost):
    product = (np.array(gained) - lost)[:, None] * (np.array(gained) - lost)
    return product.min() > 0


# %% honest: float32, running sums
def time_mean(x, lengths):
    totals = np.cumsum(np.float32(x), axis=1)
    return totals[np.arange(len(x)), lengths - 1] / np.float32(lengths)[:, None]


def only_one_right(network, baseline):
    both = (network * baseline).sum(axis=1)
    return np.array([network.sum(axis=1) - both, baseline.sum() - both])


def seeds_agree(gained, lost):
    ahead = np.greater(gained, lost)
    return bool((ahead.all() or not ahead.any()) and not np.equal(gained, lost).any())


# %% wrong: divided by the padded length
def time_mean(x, lengths):
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.where(true[:, :, None], x, 0).mean(axis=1)


def only_one_right(network, baseline):
    return (network & ~baseline).sum(axis=1), (~network & baseline).sum(axis=1)


def seeds_agree(gained, lost):
    return abs(np.sign(np.subtract(gained, lost)).sum()) == len(gained)


# %% wrong: padding in the sum
def time_mean(x, lengths):
    return x.sum(axis=1) / lengths[:, None]


def only_one_right(network, baseline):
    return (network & ~baseline).sum(axis=1), (~network & baseline).sum(axis=1)


def seeds_agree(gained, lost):
    return abs(np.sign(np.subtract(gained, lost)).sum()) == len(gained)


# %% wrong: difference of the totals
def time_mean(x, lengths):
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.where(true[:, :, None], x, 0).sum(axis=1) / lengths[:, None]


def only_one_right(network, baseline):
    difference = network.sum(axis=1) - baseline.sum()
    return np.maximum(difference, 0), np.maximum(-difference, 0)


def seeds_agree(gained, lost):
    return abs(np.sign(np.subtract(gained, lost)).sum()) == len(gained)


# %% wrong: gained and lost exchanged
def time_mean(x, lengths):
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.where(true[:, :, None], x, 0).sum(axis=1) / lengths[:, None]


def only_one_right(network, baseline):
    return (~network & baseline).sum(axis=1), (network & ~baseline).sum(axis=1)


def seeds_agree(gained, lost):
    return abs(np.sign(np.subtract(gained, lost)).sum()) == len(gained)


# %% wrong: the mean over seeds decides
def time_mean(x, lengths):
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.where(true[:, :, None], x, 0).sum(axis=1) / lengths[:, None]


def only_one_right(network, baseline):
    return (network & ~baseline).sum(axis=1), (~network & baseline).sum(axis=1)


def seeds_agree(gained, lost):
    return np.mean(gained) != np.mean(lost)


# %% wrong: a level seed agrees
def time_mean(x, lengths):
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.where(true[:, :, None], x, 0).sum(axis=1) / lengths[:, None]


def only_one_right(network, baseline):
    return (network & ~baseline).sum(axis=1), (~network & baseline).sum(axis=1)


def seeds_agree(gained, lost):
    ahead = np.subtract(gained, lost)
    return bool((ahead >= 0).all() or (ahead <= 0).all())


# %% wrong: all seeds must be ahead
def time_mean(x, lengths):
    true = np.arange(x.shape[1]) < lengths[:, None]
    return np.where(true[:, :, None], x, 0).sum(axis=1) / lengths[:, None]


def only_one_right(network, baseline):
    return (network & ~baseline).sum(axis=1), (~network & baseline).sum(axis=1)


def seeds_agree(gained, lost):
    return bool(np.all(np.greater(gained, lost)))
