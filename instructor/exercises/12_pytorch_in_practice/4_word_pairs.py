# ---
# number: "12.4"
# title: Bags of word groups
# minutes: 30
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# Score the reviews by a bag of word pairs. How many pairs or triples does a linear model need to
# match the GRU? Write the counts for groups of any size.

# %% [markdown] hint
# A pair of neighbours $(i, j)$ gets the number $i \cdot V + j$ for $V$ words, as digits of a number with base $V$. Only groups that lie wholly inside a review count.

# %% given
def linear_accuracy(counts, y, counts_test, y_test):
    """Accuracy of a linear model on counts, fitted by least squares; unused columns are left
    out."""
    used = counts.any(axis=0)
    W = np.linalg.lstsq(counts[:, used], 2.0 * y - 1, rcond=1e-8)[0]
    return np.mean((counts_test[:, used] @ W > 0) == y_test), used.sum()


# %% stub
def count_groups(ids, lengths, k, n_words):
    """Counts (N, n_words**k) of all groups of k neighbouring words in each row of ids (N, T).

    lengths (N,): true number of words of each row, the rest is padding. Group (i, j, ...) has the
    number with the digits i, j, ... in base n_words.
    """
    ...


# %% self-check
ids, lengths = np.array([[1, 2, 1, 2, 0], [2, 2, 0, 0, 0]]), np.array([4, 2])
single = count_groups(ids, lengths, 1, 3)
assert np.shape(single) == (2, 3), "one column for each word"
assert np.array_equal(single, [[0, 2, 2], [0, 0, 2]]), "words are counted, padding is none"
pairs = count_groups(ids, lengths, 2, 3)
assert np.shape(pairs) == (2, 9), "one column for each possible pair"
assert pairs[0, 1 * 3 + 2] == 2, "a pair that occurs twice counts twice"
assert pairs[0, 2 * 3 + 1] == 1, "the order within a pair matters"
assert pairs[1].sum() == 1, "two words make one pair: does padding take part?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-12.4
# (ids, n, y), (ids_test, n_test, y_test) = review_task(1000, rng), review_task(2000, rng)
# for k in (1, 2, 3):
#     counts, counts_test = count_groups(ids, n, k, 21), count_groups(ids_test, n_test, k, 21)
#     print(linear_accuracy(counts, y, counts_test, y_test))
def count_groups(ids, lengths, k, n_words):
    N, T = ids.shape
    counts = np.zeros((N, n_words**k))
    for start in range(T - k + 1):
        rows = np.flatnonzero(start + k <= lengths)
        numbers = ids[rows, start : start + k] @ n_words ** np.arange(k)[::-1]
        counts[rows, numbers] += 1
    return counts


# %% hidden tests
# GBG-CANARY-12.4
from collections import Counter


def draw(rng, k):
    N, V = int(rng.integers(4, 9)), int(rng.integers(3, 6))
    T = int(rng.integers(10, 16))
    lengths = rng.integers(1, T + 1, N)
    lengths[:2] = T, k
    ids = np.where(np.arange(T) < lengths[:, None], rng.integers(0, V, (N, T)), 0)
    return {"ids": ids, "lengths": lengths, "k": k, "V": V}


def judge(answer, case):
    expected = np.zeros((len(case["ids"]), case["V"] ** case["k"]))
    for row, words, n in zip(expected, case["ids"].tolist(), case["lengths"], strict=True):
        groups = Counter(tuple(words[t : t + case["k"]]) for t in range(n - case["k"] + 1))
        for group, count in groups.items():
            row[int("".join(map(str, group)), case["V"])] = count
    close(answer("count_groups(ids, lengths, k, V)", **case), expected)


def test_words(answer, rng):
    """Single words: the true ones of each review, each time they occur."""
    judge(answer, draw(rng, 1))


def test_pairs(answer, rng):
    """Pairs of neighbours, in their order, without padding."""
    for _ in range(2):
        judge(answer, draw(rng, 2))


def test_longer(answer, rng):
    """Longer groups, numbered by their digits."""
    for k in (3, 4):
        judge(answer, draw(rng, k))


# %% [markdown] rubric
# - (1) Accuracies and numbers of used columns for words, pairs and triples, beside the GRU and its number of parameters (about 0.72 with 20 words, 0.78 with 90 pairs, 0.84 with 350 triples).
# - (1) Names what pairs miss (*not very good* has a word between) and what a linear sum misses: with three opinions the majority counts.


# %% honest: loops
def count_groups(ids, lengths, k, n_words):
    counts = np.zeros((len(ids), n_words**k), int)
    for n in range(len(ids)):
        for t in range(lengths[n] - k + 1):
            number = 0
            for word in ids[n, t : t + k]:
                number = number * n_words + word
            counts[n, number] += 1
    return counts


# %% honest: sliding windows, bincount, other names
def count_groups(words, n_true, size, V):
    rows = []
    for row, n in zip(words, n_true, strict=True):
        if n < size:
            rows.append(np.zeros(V**size))
            continue
        groups = np.lib.stride_tricks.sliding_window_view(row[:n], size)
        rows.append(np.bincount(groups @ (V ** np.arange(size - 1, -1, -1)), minlength=V**size))
    return np.stack(rows)


# %% honest: products of one-hot rows, float32
def count_groups(ids, lengths, k, n_words):
    N, T = ids.shape
    hot = np.eye(n_words, dtype=np.float32)[ids] * (np.arange(T) < lengths[:, None])[..., None]
    groups = hot
    for step in range(1, k):
        left, right = groups[:, : T - step], hot[:, step:]
        groups = np.einsum("nti,ntj->ntij", left, right).reshape(N, T - step, -1)
    return groups.sum(axis=1)


# %% wrong: padding counted
def count_groups(ids, lengths, k, n_words):
    groups = np.lib.stride_tricks.sliding_window_view(ids, k, axis=1)
    numbers = groups @ n_words ** np.arange(k)[::-1]
    return np.stack([np.bincount(row, minlength=n_words**k) for row in numbers])


# %% wrong: groups that start in the review
def count_groups(ids, lengths, k, n_words):
    counts = np.zeros((len(ids), n_words**k))
    for n in range(len(ids)):
        for t in range(min(lengths[n], ids.shape[1] - k + 1)):
            counts[n, ids[n, t : t + k] @ n_words ** np.arange(k)[::-1]] += 1
    return counts


# %% wrong: there or not
def count_groups(ids, lengths, k, n_words):
    counts = np.zeros((len(ids), n_words**k))
    for n in range(len(ids)):
        for t in range(lengths[n] - k + 1):
            counts[n, ids[n, t : t + k] @ n_words ** np.arange(k)[::-1]] = 1
    return counts


# %% wrong: digits in the other order
def count_groups(ids, lengths, k, n_words):
    counts = np.zeros((len(ids), n_words**k))
    for n in range(len(ids)):
        for t in range(lengths[n] - k + 1):
            counts[n, ids[n, t : t + k] @ n_words ** np.arange(k)] += 1
    return counts


# %% wrong: groups do not overlap
def count_groups(ids, lengths, k, n_words):
    counts = np.zeros((len(ids), n_words**k))
    for n in range(len(ids)):
        for t in range(0, lengths[n] - k + 1, k):
            counts[n, ids[n, t : t + k] @ n_words ** np.arange(k)[::-1]] += 1
    return counts


# %% wrong: last group lost
def count_groups(ids, lengths, k, n_words):
    counts = np.zeros((len(ids), n_words**k))
    for n in range(len(ids)):
        for t in range(lengths[n] - k):
            counts[n, ids[n, t : t + k] @ n_words ** np.arange(k)[::-1]] += 1
    return counts


# %% wrong: order within a group ignored
def count_groups(ids, lengths, k, n_words):
    counts = np.zeros((len(ids), n_words**k))
    for n in range(len(ids)):
        for t in range(lengths[n] - k + 1):
            counts[n, np.sort(ids[n, t : t + k]) @ n_words ** np.arange(k)[::-1]] += 1
    return counts
