# ---
# number: "15.3"
# title: A spelling never seen
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Train the date network on all spellings but one, and test on that one. Which characters are still right? Write two measures: the share for each place of the answer, and the share of whole years,
# months and days.

# %% [markdown] hint
# The answer has ten characters, such as `2019-03-07`: in which places stand year, month and day? A year is right when all of its characters are.

# %% given
def train(formats, seed, n=20_000):
    """The chapter's network with attention after one pass over n dates in these spellings."""
    weights, order, data = np.random.default_rng([15, seed]).spawn(3)
    net = EncoderDecoder(42, 11, 48, rng=weights, dtype=np.float32)
    (ids, lengths, targets), optimizer = date_task(n, data, formats), Adam(0.01)
    for rows in np.array_split(order.permutation(n), n // 64):
        previous = np.insert(targets[rows, :-1], 0, 11, axis=1)
        logits = net.forward(ids[rows], lengths[rows], previous)
        net.backward(softmax_cross_entropy(logits, targets[rows])[1])
        clip_grad_norm(net.grads, 1.0)
        optimizer.step(net.params, net.grads)
    return net


# %% stub
def right_at_each_place(written, targets):
    """Share (10,) of right characters at each place; written, targets (N, 10) are character ids."""
    ...


def right_parts(written, targets):
    """The share of dates whose whole year is right, whose whole month is, and whose whole day is:
    three numbers."""
    ...


# %% self-check
targets = rng.integers(0, 10, (6, 10))
written = targets.copy()
written[:3, 3] += 1
share = right_at_each_place(written, targets)
assert np.shape(share) == (10,), "one share for each place of the answer"
assert np.allclose(right_at_each_place(targets, targets), 1), "all characters are right"
assert share[3] == 0.5, "half of the dates have this character wrong"
parts = right_parts(written, targets)
assert np.shape(parts) == (3,), "year, month and day"
assert parts[1] == parts[2] == 1, "nothing in month or day was changed"
assert parts[0] == 0.5, "one wrong character makes a year wrong, and no other year"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-15.3
# for k, held_out in enumerate(DATE_FORMATS):
#     net = train(DATE_FORMATS[:k] + DATE_FORMATS[k + 1 :], 0)
#     ids, lengths, targets = date_task(1000, rng, [held_out])
#     print(held_out, right_parts(net.write(ids, lengths, 10)[0], targets))
def right_at_each_place(written, targets):
    return np.mean(written == targets, axis=0)


def right_parts(written, targets):
    hits = written == targets
    return [hits[:, part].all(axis=1).mean() for part in (slice(4), slice(5, 7), slice(8, 10))]


# %% hidden tests
# GBG-CANARY-15.3
def draw(rng):
    N = int(rng.integers(11, 40))
    targets = rng.integers(0, 11, (N, 10))
    keep = rng.random((N, 10)) < rng.uniform(0.5, 0.95, 10)
    return {"written": np.where(keep, targets, (targets + 1) % 11), "targets": targets}


def test_places(answer, rng):
    """A share over the dates for each place."""
    case = draw(rng)
    pairs = zip(case["written"].T, case["targets"].T, strict=True)
    expected = [sum(a == b for a, b in zip(w, t, strict=True)) / len(t) for w, t in pairs]
    close(answer("right_at_each_place(written, targets)", **case), expected)


def test_parts(answer, rng):
    """A part is right when all of its characters are."""
    case = draw(rng)
    wrong = np.cumsum(np.insert(case["written"] != case["targets"], 0, 0, axis=1), axis=1)
    expected = [
        np.mean(wrong[:, end] == wrong[:, start]) for start, end in [(0, 4), (5, 7), (8, 10)]
    ]
    close(answer("right_parts(written, targets)", **case), expected)


def test_dashes(answer, rng):
    """A wrong dash spoils its own place, and no part."""
    case = draw(rng)
    moved = case["written"].copy()
    moved[:, [4, 7]] = (case["targets"][:, [4, 7]] + 1) % 11
    before = answer("right_parts(written, targets)", **case)
    close(answer("right_parts(written, targets)", **case | {"written": moved}), before)
    close(answer("right_at_each_place(written, targets)[4]", **case | {"written": moved}), 0)
    expected = np.mean((case["written"] == case["targets"])[:, 8:].all(axis=1))
    close(before[2], expected)


# %% [markdown] rubric
# - (1) Names the spelling that was left out, with the shares for one or more seeds, all reported.
# - (1) Explains them from the spelling: the dashes are nearly always right. What another spelling shows in the same form carries over: without `7 Mar 2019` the year is right in 98%. What only this
#   one has, its order or two digits of a year, does not: without `3/7/19` or `20190307` hardly a year is right.


# %% honest: loops
def right_at_each_place(written, targets):
    counts = [0] * 10
    for row, wanted in zip(written, targets, strict=True):
        for place in range(10):
            counts[place] += int(row[place] == wanted[place])
    return [count / len(targets) for count in counts]


def right_parts(written, targets):
    right = [0, 0, 0]
    for row, wanted in zip(written, targets, strict=True):
        right[0] += list(row[:4]) == list(wanted[:4])
        right[1] += list(row[5:7]) == list(wanted[5:7])
        right[2] += list(row[8:]) == list(wanted[8:])
    return tuple(count / len(targets) for count in right)


# %% honest: other names, products, float32
def right_at_each_place(said, truth):
    return 1 - np.count_nonzero(said - truth, axis=0).astype(np.float32) / len(truth)


def right_parts(said, truth):
    same = (said == truth).astype(np.float32)
    year, month, day = same[:, [0, 1, 2, 3]], same[:, [5, 6]], same[:, [8, 9]]
    return np.array([part.prod(axis=1).mean() for part in (year, month, day)])


# %% honest: numbers in place of characters
def right_at_each_place(written, targets):
    return np.einsum("np->p", 1.0 * np.equal(written, targets)) / len(written)


def right_parts(written, targets):
    base = 11 ** np.arange(10)[::-1]
    parts = []
    for places in ([0, 1, 2, 3], [5, 6], [8, 9]):
        parts.append(
            np.mean(written[:, places] @ base[places] == targets[:, places] @ base[places])
        )
    return parts


# %% wrong: share for each date
def right_at_each_place(written, targets):
    return np.mean(written == targets, axis=1)[:10]


def right_parts(written, targets):
    hits = written == targets
    return [hits[:, part].all(axis=1).mean() for part in (slice(4), slice(5, 7), slice(8, 10))]


# %% wrong: mean over the characters of a part
def right_at_each_place(written, targets):
    return np.mean(written == targets, axis=0)


def right_parts(written, targets):
    hits = written == targets
    return [hits[:, part].mean() for part in (slice(4), slice(5, 7), slice(8, 10))]


# %% wrong: dashes are part of year and month
def right_at_each_place(written, targets):
    return np.mean(written == targets, axis=0)


def right_parts(written, targets):
    hits = written == targets
    return [hits[:, part].all(axis=1).mean() for part in (slice(5), slice(5, 8), slice(8, 10))]


# %% wrong: dashes forgotten
def right_at_each_place(written, targets):
    return np.mean(written == targets, axis=0)


def right_parts(written, targets):
    hits = written == targets
    return [hits[:, part].all(axis=1).mean() for part in (slice(4), slice(4, 6), slice(6, 8))]


# %% wrong: one right character is enough
def right_at_each_place(written, targets):
    return np.mean(written == targets, axis=0)


def right_parts(written, targets):
    hits = written == targets
    return [hits[:, part].any(axis=1).mean() for part in (slice(4), slice(5, 7), slice(8, 10))]


# %% wrong: day before month
def right_at_each_place(written, targets):
    return np.mean(written == targets, axis=0)


def right_parts(written, targets):
    hits = written == targets
    return [hits[:, part].all(axis=1).mean() for part in (slice(4), slice(8, 10), slice(5, 7))]


# %% wrong: number of errors
def right_at_each_place(written, targets):
    return np.mean(written != targets, axis=0)


def right_parts(written, targets):
    hits = written != targets
    return [hits[:, part].any(axis=1).mean() for part in (slice(4), slice(5, 7), slice(8, 10))]
