# ---
# number: "15.2"
# title: Running maxima
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Write the scan of running maxima, $h_t = \max(h_{t-1}, b_t)$ with $h_1 = b_1$, in rounds. Which property of the join do you need? Compare
# it with `np.maximum.accumulate`.

# %% [markdown] hint
# A stretch of steps is known by one number, its maximum. In each round every stretch is joined with the one just before it, all from the numbers *before* the round. Then stretches are twice as
# long.

# %% stub
def one_round(b, stretch):
    """Join each entry of b (T,) with the one `stretch` places before it, if there is one: a new
    (T,)."""
    ...


def running_maxima(b):
    """The states h (T,), and the number of rounds: as few as stretches that double can do with."""
    ...


# %% self-check
b = np.array([1.0, 5.0, 2.0, 0.0, 3.0, 1.0])
joined = one_round(b, 1)
assert np.shape(joined) == (6,), "a round changes no length"
assert b.tolist() == [1, 5, 2, 0, 3, 1], "a round leaves its argument as it was"
assert joined[1] == joined[2] == 5, "each entry is joined with the one before it"
assert joined[3] < 5, "all joins of a round start from the numbers before the round"
result = running_maxima(b)
assert isinstance(result, tuple), "two results: states and rounds"
h, rounds = result
assert np.array_equal(h, np.maximum.accumulate(b)), "each state is the maximum of all so far"
assert rounds < 5, "more rounds than needed: do the stretches double?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-15.2
# The join must be associative: max(max(x, y), z) = max(x, max(y, z)), so any grouping will do.
# That it is commutative is not needed: the stretches stay in their order.
def one_round(b, stretch):
    return np.concatenate([b[:stretch], np.maximum(b[stretch:], b[:-stretch])])


def running_maxima(b):
    stretch, rounds = 1, 0
    while stretch < len(b):
        b, stretch, rounds = one_round(b, stretch), 2 * stretch, rounds + 1
    return b, rounds


# %% hidden tests
# GBG-CANARY-15.2
def test_round(answer, rng):
    """All joins of a round read the numbers before the round."""
    for _ in range(4):
        T = int(rng.integers(6, 20))
        b, stretch = -np.sort(-rng.standard_normal(T)), int(rng.integers(1, T // 2))
        expected = [max(b[t], b[t - stretch]) if t >= stretch else b[t] for t in range(T)]
        close(answer("one_round(b, stretch)", b=b, stretch=stretch), expected)


def test_states(answer, rng):
    """Each state is the maximum of all numbers so far, negative ones too."""
    for T in rng.integers(2, 40, 5):
        b = rng.standard_normal(T) - rng.uniform(0, 4)
        expected = [max(b[: t + 1]) for t in range(T)]
        close(answer("running_maxima(b)[0]", b=b), expected)


def test_rounds(answer, rng):
    """Stretches double, so the rounds grow with the logarithm of the length."""
    for T in [1, 2, 3, *(int(T) for T in rng.integers(4, 300, 5)), 64, 65]:
        b = rng.standard_normal(T)
        close(answer("running_maxima(b)[1]", b=b), int(T - 1).bit_length())


# %% [markdown] rubric
# - (1) The join must be associative; it need not be commutative, since stretches keep their order.


# %% honest: loops
def one_round(b, stretch):
    joined = list(b)
    for t in range(stretch, len(b)):
        joined[t] = max(b[t], b[t - stretch])
    return np.array(joined)


def running_maxima(b):
    rounds = int(np.ceil(np.log2(len(b))))
    for k in range(rounds):
        b = one_round(b, 2**k)
    return np.array(b), rounds


# %% honest: padding with minus infinity
def one_round(values, step):
    before = np.concatenate([np.full(step, -np.inf), values])[: len(values)]
    return np.where(before > values, before, values)


def running_maxima(values):
    count = 0
    while 2**count < len(values):
        values = one_round(values, 2**count)
        count += 1
    return values.copy(), count


# %% honest: in place on a copy, float32
def one_round(b, stretch):
    out = np.array(b, np.float32)
    out[stretch:] = np.maximum(out[stretch:], out[:-stretch].copy())
    return out


def running_maxima(b):
    def rounds_from(h, stretch):
        if stretch >= len(h):
            return h, 0
        h, rounds = rounds_from(one_round(h, stretch), 2 * stretch)
        return h, rounds + 1

    return rounds_from(b, 1)


# %% wrong: a loop that reads its own results
def one_round(b, stretch):
    b = b.copy()
    for t in range(stretch, len(b)):
        b[t] = max(b[t], b[t - stretch])
    return b


def running_maxima(b):
    stretch, rounds = 1, 0
    while stretch < len(b):
        b, stretch, rounds = one_round(b, stretch), 2 * stretch, rounds + 1
    return b, rounds


# %% wrong: stretches grow by one
def one_round(b, stretch):
    return np.concatenate([b[:stretch], np.maximum(b[stretch:], b[:-stretch])])


def running_maxima(b):
    rounds = 0
    for _ in range(len(b) - 1):
        b, rounds = one_round(b, 1), rounds + 1
    return b, rounds


# %% wrong: one step in each round
def one_round(b, stretch):
    return np.concatenate([b[:stretch], np.maximum(b[stretch:], b[:-stretch])])


def running_maxima(b):
    h = [b[0]]
    for value in b[1:]:
        h.append(max(h[-1], value))
    return np.array(h), len(b) - 1


# %% wrong: one round too few
def one_round(b, stretch):
    return np.concatenate([b[:stretch], np.maximum(b[stretch:], b[:-stretch])])


def running_maxima(b):
    stretch, rounds = 1, 0
    while 2 * stretch < len(b):
        b, stretch, rounds = one_round(b, stretch), 2 * stretch, rounds + 1
    return b, rounds


# %% wrong: starts from zero
def one_round(b, stretch):
    before = np.concatenate([np.zeros(stretch), b[:-stretch]])
    return np.maximum(b, before)


def running_maxima(b):
    stretch, rounds = 1, 0
    while stretch < len(b):
        b, stretch, rounds = one_round(b, stretch), 2 * stretch, rounds + 1
    return b, rounds


# %% wrong: around the corner
def one_round(b, stretch):
    return np.maximum(b, np.roll(b, stretch))


def running_maxima(b):
    stretch, rounds = 1, 0
    while stretch < len(b):
        b, stretch, rounds = one_round(b, stretch), 2 * stretch, rounds + 1
    return b, rounds


# %% wrong: joined with the next entry
def one_round(b, stretch):
    return np.concatenate([np.maximum(b[:-stretch], b[stretch:]), b[-stretch:]])


def running_maxima(b):
    stretch, rounds = 1, 0
    while stretch < len(b):
        b, stretch, rounds = one_round(b, stretch), 2 * stretch, rounds + 1
    return b, rounds
