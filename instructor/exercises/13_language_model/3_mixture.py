# ---
# number: "13.3"
# title: Two models, mixed
# minutes: 25
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Mix two models: give each character $\lambda$ times the probability of the 6-gram plus $1 - \lambda$ times that of `novelist`. Choose $\lambda$ on the validation text, in steps of 0.05. Does the mixture beat both on the test
# text?

# %% [markdown] hint
# Mix probabilities, not their logarithms and not the perplexities. `both("val")` takes a few seconds, so call it once and keep the result.

# %% given
def both(part, n_rows=16):
    """The probability that each model gave to each character of `val` or `test`: p of the 6-gram
    and q of the novelist, both (number of characters,)."""
    chars, ids = np.unique(list(english_text()), return_inverse=True)
    train, val, test = np.split(ids, [len(ids) * 8 // 10, len(ids) * 9 // 10])
    ids = {"val": val, "test": test}[part]
    rows = stream_windows(len(ids) - 1, n_rows, (len(ids) - 1) // n_rows)[0]
    (embedding, layer, head), state, q = novelist(), None, []
    for start in range(0, rows.shape[1], 500):
        h, state = layer.forward(embedding.forward(ids[rows[:, start : start + 500]]), state)
        a = head.forward(h)
        a -= np.logaddexp.reduce(a, axis=2, keepdims=True)
        next_ids = ids[rows[:, start : start + 500] + 1]
        q.append(np.exp(np.take_along_axis(a, next_ids[..., None], axis=2))[..., 0])
    p = NGram(train, 6, len(chars)).score(ids)
    return p[rows + 1].ravel(), np.concatenate(q, axis=1).ravel()


# %% stub
def mixed_perplexity(p, q, share):
    """Perplexity of a text whose characters have the probabilities p and q (n,) in the two models:
    `share` is the weight of the first model."""
    ...


def best_share(p, q):
    """The best of the shares 0, 0.05, 0.1, ..., 1 for this text: a float."""
    ...


# %% self-check
p, q = np.array([0.5, 0.1, 0.5, 0.1]), np.array([0.1, 0.5, 0.1, 0.5])
perplexity = mixed_perplexity(p, q, 1.0)
assert perplexity is not None, "the function returns a number"
assert np.isclose(perplexity, 1 / np.prod(p) ** 0.25), "a share of 1 is the first model alone"
assert np.isclose(mixed_perplexity(p, q, 0.0), perplexity), "a share of 0 is the second one alone"
mixed = mixed_perplexity(p, q, 0.5)
assert mixed < perplexity, "models with different strengths help each other: mix probabilities"
assert best_share(p, p / 2) == 1, "a model that is always better takes all"
assert best_share(p / 2, p) == 0, "a model that is always better takes all"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-13.3
# share = best_share(*both("val")); print(share, mixed_perplexity(*both("test"), share))
def mixed_perplexity(p, q, share):
    return float(np.exp(-np.log(share * p + (1 - share) * q).mean()))


def best_share(p, q):
    shares = np.arange(21) / 20
    return float(shares[np.argmin([mixed_perplexity(p, q, share) for share in shares])])


# %% hidden tests
# GBG-CANARY-13.3
def draw(rng):
    """Two texts of probabilities: each model is good where the other is bad."""
    n = int(rng.integers(30, 90))
    good, bad = rng.uniform(0.3, 0.9, n), rng.uniform(0.01, 0.3, n)
    first = rng.random(n) < rng.uniform(0.3, 0.7)
    return np.where(first, good, bad), np.where(first, bad, good)


def reference(p, q, share):
    product = 1.0
    for one, two in zip(p, q, strict=True):
        product *= (share * one + (1 - share) * two) ** (1 / len(p))
    return 1 / product


def test_mixture(answer, rng):
    """The probabilities are mixed, character by character, before any logarithm."""
    for _ in range(4):
        (p, q), share = draw(rng), rng.uniform(0.1, 0.9)
        found = answer("mixed_perplexity(p, q, share)", p=p, q=q, share=share)
        close(found, reference(p, q, share))


def test_ends(answer, rng):
    """Which of the two models gets the share."""
    p, q = draw(rng)
    q = 0.7 * q
    found = answer("[mixed_perplexity(p, q, share) for share in (1.0, 0.0)]", p=p, q=q)
    close(found, [reference(p, q, 1), reference(p, q, 0)])


def test_best(answer, rng):
    """The share with the lowest perplexity, among 21."""
    for _ in range(4):
        p, q = draw(rng)
        p = p * rng.uniform(0.6, 1)
        grid = np.linspace(0, 1, 21)
        scores = np.array([reference(p, q, share) for share in grid])
        share = answer("best_share(p, q)", p=p, q=q)
        expect(np.abs(grid - share).min() < 1e-6, "one of the 21 shares")
        expect(scores[np.abs(grid - share).argmin()] < scores.min() * (1 + 1e-7), "the best one")


# %% [markdown] rubric
# - (1) Reports the share from the validation text, and three test perplexities: both models and the mixture, which beats both (about 0.45; 3.53 and 3.40 against 3.22).
# - (1) Gives a reason: the two err at different characters (rare words by heart, against long sentences).


# %% honest: loops
def mixed_perplexity(p, q, share):
    total = 0.0
    for one, two in zip(p, q, strict=True):
        total -= np.log(share * one + (1 - share) * two)
    return np.exp(total / len(p))


def best_share(p, q):
    best = 0.0
    for k in range(1, 21):
        if mixed_perplexity(p, q, k / 20) < mixed_perplexity(p, q, best):
            best = k / 20
    return best


# %% honest: all shares at once
def mixed_perplexity(p, q, share):
    mixture = np.stack([share, 1 - share]) @ np.stack([p, q])
    return 2 ** -np.mean(np.log2(mixture))


def best_share(p, q):
    shares = np.linspace(0, 1, 21)
    mixture = np.einsum("s,n->sn", shares, p) + np.einsum("s,n->sn", 1 - shares, q)
    return shares[np.log(mixture).sum(axis=1).argmax()]


# %% honest: float32, other names
def mixed_perplexity(table, net, weight):
    table, net = np.asarray(table, np.float32), np.asarray(net, np.float32)
    return 1 / np.exp(np.log(net + np.float32(weight) * (table - net)).mean(dtype=np.float64))


def best_share(table, net):
    scores = {k / 20: -np.log(k / 20 * table + (1 - k / 20) * net).mean() for k in range(21)}
    return min(scores, key=scores.get)


# %% wrong: logarithms mixed
def mixed_perplexity(p, q, share):
    return np.exp(-np.mean(share * np.log(p) + (1 - share) * np.log(q)))


def best_share(p, q):
    shares = np.arange(21) / 20
    return shares[np.argmin([mixed_perplexity(p, q, share) for share in shares])]


# %% wrong: perplexities mixed
def mixed_perplexity(p, q, share):
    return share * np.exp(-np.log(p).mean()) + (1 - share) * np.exp(-np.log(q).mean())


def best_share(p, q):
    shares = np.arange(21) / 20
    return shares[np.argmin([mixed_perplexity(p, q, share) for share in shares])]


# %% wrong: arithmetic mean of the probabilities
def mixed_perplexity(p, q, share):
    return 1 / np.mean(share * p + (1 - share) * q)


def best_share(p, q):
    shares = np.arange(21) / 20
    return shares[np.argmin([mixed_perplexity(p, q, share) for share in shares])]


# %% wrong: the share of the other model
def mixed_perplexity(p, q, share):
    return np.exp(-np.log((1 - share) * p + share * q).mean())


def best_share(p, q):
    shares = np.arange(21) / 20
    return shares[np.argmin([mixed_perplexity(p, q, share) for share in shares])]


# %% wrong: highest perplexity
def mixed_perplexity(p, q, share):
    return np.exp(-np.log(share * p + (1 - share) * q).mean())


def best_share(p, q):
    shares = np.arange(21) / 20
    return shares[np.argmax([mixed_perplexity(p, q, share) for share in shares])]


# %% wrong: the better of both at each character
def mixed_perplexity(p, q, share):
    return np.exp(-np.log(np.maximum(p, q)).mean())


def best_share(p, q):
    return float(np.mean(p > q).round(1))


# %% wrong: loss in place of perplexity
def mixed_perplexity(p, q, share):
    return -np.log(share * p + (1 - share) * q).mean()


def best_share(p, q):
    shares = np.arange(21) / 20
    return shares[np.argmin([mixed_perplexity(p, q, share) for share in shares])]
