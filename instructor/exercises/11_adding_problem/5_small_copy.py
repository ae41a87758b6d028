# ---
# number: "11.5"
# title: A copy task that can be solved
# minutes: 90
# required: false
# points: 8
# kind: code
# ---

# %% [markdown] task
# Make the copy task so small that a GRU solves it (`n_symbols`, `n_copied`, `delay`), and find what stops it first as you enlarge it again. You need two measures that hold for every size: the
# baseline without memory, and the recall.

# %% [markdown] hint
# Without memory the network knows *when* to write. So only the last `n_copied` steps cost anything, and the mean is over all steps of `ids`. Enlarge one size at a time.

# %% stub
def memoryless_loss(n_symbols, n_copied, delay):
    """Mean cross-entropy over all steps of an answer that knows when to write, but not what."""
    ...


def recall(logits, targets, n_copied):
    """Share of the copied symbols that the network gets right.

    logits (N, T, n_symbols + 2), targets (N, T) as copy_task makes them. Only the last n_copied
    steps count.
    """
    ...


# %% self-check
loss = memoryless_loss(4, 3, 5)
assert loss is not None, "the function returns a number"
assert memoryless_loss(8, 3, 5) > loss, "more symbols are harder to guess"
assert memoryless_loss(4, 3, 9) < loss, "blank steps cost nothing, but count in the mean"
ids, targets = copy_task(6, 4, 5, rng, n_copied=3)
assert recall(np.eye(6)[targets], targets, 3) == 1, "all symbols are right"
assert recall(-np.eye(6)[targets], targets, 3) == 0, "all symbols are wrong"
blank = np.zeros((*targets.shape, 6))
blank[..., 4] = 1
assert recall(blank, targets, 3) == 0, "whoever always answers blank recalls nothing"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-11.5
def memoryless_loss(n_symbols, n_copied, delay):
    return n_copied * np.log(n_symbols) / (delay + 2 * n_copied)


def recall(logits, targets, n_copied):
    answers = logits.argmax(axis=2)
    return np.mean(answers[:, -n_copied:] == targets[:, -n_copied:])


# %% hidden tests
# GBG-CANARY-11.5
from rnnlib import copy_task, softmax_cross_entropy


def draw(rng):
    n_symbols, n_copied, delay = (int(size) for size in rng.permutation(np.arange(2, 12))[:3])
    _, targets = copy_task(int(rng.integers(5, 20)), n_symbols, delay, rng, n_copied=n_copied)
    return n_symbols, n_copied, delay, targets


def test_loss(answer, rng):
    """Only the copied symbols cost, each the logarithm of their number, and all steps count."""
    for _ in range(4):
        K, n_copied, delay, targets = draw(rng)
        logits = 200.0 * np.eye(K + 2)[targets]
        logits[:, -n_copied:] = np.where(np.arange(K + 2) < K, 0.0, -200.0)
        expected = softmax_cross_entropy(logits, targets)[0]
        close(answer("memoryless_loss(K, C, d)", K=K, C=n_copied, d=delay), expected)


def test_recall(answer, rng):
    """The share of right symbols among those that were to be copied."""
    for _ in range(4):
        K, n_copied, _, targets = draw(rng)
        said = np.where(rng.random(targets.shape) < 0.6, targets, rng.integers(0, K, targets.shape))
        logits = rng.random((*targets.shape, K + 2)) + np.eye(K + 2)[said]
        good = sum(
            s == t
            for a, b in zip(said, targets, strict=True)
            for s, t in zip(a[-n_copied:], b[-n_copied:], strict=True)
        )
        found = answer("recall(logits, targets, C)", logits=logits, targets=targets, C=n_copied)
        close(found, good / (n_copied * len(targets)))


def test_before(answer, rng):
    """What the network says before it must write does not matter."""
    K, n_copied, _, targets = draw(rng)
    logits = rng.standard_normal((*targets.shape, K + 2))
    changed = logits.copy()
    changed[:, :-n_copied] = rng.standard_normal(logits[:, :-n_copied].shape)
    question = "[recall(v, targets, C) for v in (one, other)]"
    one, other = answer(question, one=logits, other=changed, targets=targets, C=n_copied)
    close(one, other)
    share = np.mean((logits.argmax(axis=2) == targets)[:, -n_copied:])
    close(one, share)


# %% [markdown] rubric
# - (1) A size that is solved, with at least two seeds: loss far below the baseline, recall near 1.
# - (1) One size is enlarged at a time, the others stay; all seeds are shown with both baselines.
# - (1) Names what stops the network first, from these runs. (On our machine, 32 units and 400 updates: two symbols, two copied and a delay of 5 are solved, with a delay of 20 too. With four copied the
#   loss is half of the baseline, with eight near it; with eight symbols it is a quarter to a half. So the amount to hold stops the network before the delay does.)
# - (1) Says that it is about this budget of updates: a flat curve says "not yet".


# %% honest: loops
def memoryless_loss(n_symbols, n_copied, delay):
    steps = [0.0] * (n_copied + delay) + [-np.log(1 / n_symbols)] * n_copied
    return sum(steps) / len(steps)


def recall(logits, targets, n_copied):
    right = total = 0
    for scores, wanted in zip(logits, targets, strict=True):
        for t in range(len(wanted) - n_copied, len(wanted)):
            right += int(np.argmax(scores[t]) == wanted[t])
            total += 1
    return right / total


# %% honest: the library's loss, float32
def memoryless_loss(K, copied, delay):
    one = softmax_cross_entropy(np.zeros((1, K), np.float32), np.zeros(1, int))[0]
    return one * copied / (2 * copied + delay)


def recall(logits, targets, copied):
    hits = np.float32(logits)[:, -copied:].argmax(-1) == targets[:, -copied:]
    return hits.sum(dtype=np.float32) / np.float32(hits.size)


# %% honest: change of base, sorted scores
def memoryless_loss(n_symbols, n_copied, delay):
    bits = np.log2(n_symbols) * n_copied
    return bits * np.log(2) / (n_copied + delay + n_copied)


def recall(logits, targets, n_copied):
    place = slice(targets.shape[1] - n_copied, None)
    best = np.argsort(logits[:, place], axis=2)[:, :, -1]
    return 1 - np.count_nonzero(best - targets[:, place]) / best.size


# %% wrong: mean over the copied steps only
def memoryless_loss(n_symbols, n_copied, delay):
    return np.log(n_symbols)


def recall(logits, targets, n_copied):
    return np.mean((logits.argmax(axis=2) == targets)[:, -n_copied:])


# %% wrong: blank and signal guessed, too
def memoryless_loss(n_symbols, n_copied, delay):
    return n_copied * np.log(n_symbols + 2) / (delay + 2 * n_copied)


def recall(logits, targets, n_copied):
    return np.mean((logits.argmax(axis=2) == targets)[:, -n_copied:])


# %% wrong: one n_copied in the length
def memoryless_loss(n_symbols, n_copied, delay):
    return n_copied * np.log(n_symbols) / (delay + n_copied)


def recall(logits, targets, n_copied):
    return np.mean((logits.argmax(axis=2) == targets)[:, -n_copied:])


# %% wrong: bits
def memoryless_loss(n_symbols, n_copied, delay):
    return n_copied * np.log2(n_symbols) / (delay + 2 * n_copied)


def recall(logits, targets, n_copied):
    return np.mean((logits.argmax(axis=2) == targets)[:, -n_copied:])


# %% wrong: accuracy of all steps
def memoryless_loss(n_symbols, n_copied, delay):
    return n_copied * np.log(n_symbols) / (delay + 2 * n_copied)


def recall(logits, targets, n_copied):
    return np.mean(logits.argmax(axis=2) == targets)


# %% wrong: the first steps
def memoryless_loss(n_symbols, n_copied, delay):
    return n_copied * np.log(n_symbols) / (delay + 2 * n_copied)


def recall(logits, targets, n_copied):
    return np.mean((logits.argmax(axis=2) == targets)[:, :n_copied])


# %% wrong: whole sequences
def memoryless_loss(n_symbols, n_copied, delay):
    return n_copied * np.log(n_symbols) / (delay + 2 * n_copied)


def recall(logits, targets, n_copied):
    return np.mean((logits.argmax(axis=2) == targets)[:, -n_copied:].all(axis=1))
