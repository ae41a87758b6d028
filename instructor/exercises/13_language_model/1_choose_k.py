# ---
# number: "13.1"
# title: How much of the shorter context
# minutes: 15
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Choose $k$ for $n = 4, 5, 6$ on the validation text, among 1, 2, 3, 5, 10, 20 and 50. How much does the test perplexity gain over $k = 10$? Why not choose on the test text?

# %% [markdown] hint
# Each $k$ is one `NGram` of the training text. `NGram.perplexity` scores any text. The test text is scored once, at the end.

# %% given
text = english_text()
chars, ids = np.unique(list(text), return_inverse=True)
C, n_ids = len(chars), len(ids)
train, val, test = np.split(ids, [n_ids * 8 // 10, n_ids * 9 // 10])


# %% stub
def choose_k(train, val, test, n, n_tokens, ks):
    """The best k for an n-gram of the tokens `train`, and the test perplexity with it.

    train, val, test: arrays of token ids. ks: list of numbers to choose from. Returns k and a
    float.
    """
    ...


# %% self-check
parts = [rng.choice(4, size, p=[0.4, 0.3, 0.2, 0.1]) for size in (60, 200, 100)]
result = choose_k(*parts, 3, 4, [0.01, 5.0, 1e6])
assert np.shape(result) == (2,), "two results: k and a perplexity"
k, perplexity = result
assert k in (0.01, 5.0, 1e6), "k is one of those to choose from"
assert k != 0.01, "a small k learns the training text by heart: score a new text"
assert 1 < perplexity < 6, "a perplexity lies between 1 and about the number of tokens"
assert choose_k(*parts, 3, 4, [1e6])[1] > 3.9, "with a very large k the table knows nothing"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-13.1
# for n in (4, 5, 6): print(n, choose_k(train, val, test, n, C, [1, 2, 3, 5, 10, 20, 50]))
def choose_k(train, val, test, n, n_tokens, ks):
    k = min(ks, key=lambda k: NGram(train, n, n_tokens, k).perplexity(val))
    return k, NGram(train, n, n_tokens, k).perplexity(test)


# %% hidden tests
# GBG-CANARY-13.1
from collections import Counter


def perplexity(train, ids, n, C, k):
    """Count with dictionaries, without the library."""
    seen, after = Counter(), Counter()
    train, ids = tuple(train.tolist()), tuple(ids.tolist())
    for m in range(n):
        for t in range(m, len(train)):
            seen[train[t - m : t + 1]] += 1
            after[train[t - m : t]] += 1
    logs = 0.0
    for t in range(len(ids)):
        p = 1 / C
        for m in range(min(n, t + 1)):
            p = (seen[ids[t - m : t + 1]] + k * p) / (after[ids[t - m : t]] + k)
        logs -= np.log(p)
    return np.exp(logs / len(ids))


def stream(rng, chain, length):
    ids = [0]
    while len(ids) < length:
        ids.append(int(rng.choice(len(chain), p=chain[ids[-1]])))
    return np.array(ids)


def draw(rng):
    """Three texts whose best k differ: by heart, for its own author, for another one."""
    while True:
        n, C = int(rng.integers(2, 4)), int(rng.integers(3, 6))
        chain = rng.dirichlet(np.full(C, 0.5), C)
        other = rng.dirichlet(np.full(C, 0.5), C)
        train, val, test = (
            stream(rng, c, length) for c, length in [(chain, 90), (chain, 70), (other, 60)]
        )
        ks = [float(k) for k in rng.permutation([0.2, 1.0, 4.0, 15.0, 60.0, 250.0])]
        scores = [[perplexity(train, part, n, C, k) for k in ks] for part in (train, val, test)]
        best = [ks[int(np.argmin(score))] for score in scores]
        first, second = np.sort(scores[1])[:2]
        if len(set(best)) == 3 and second > 1.003 * first:
            case = {"train": train, "val": val, "test": test, "n": n, "C": C, "ks": ks}
            return case, best[1]


def test_choice(answer, rng):
    """The choice falls on the validation text: the training text is known, the test text is kept."""
    for _ in range(3):
        case, k = draw(rng)
        close(answer("choose_k(train, val, test, n, C, ks)[0]", **case), k)


def test_report(answer, rng):
    """The perplexity of the test text, by the table that was counted on the training text."""
    for _ in range(3):
        case, k = draw(rng)
        expected = perplexity(case["train"], case["test"], case["n"], case["C"], k)
        close(answer("choose_k(train, val, test, n, C, ks)[1]", **case), expected)


def test_no_choice(answer, rng):
    """With one k there is nothing to choose; its table is scored."""
    case, k = draw(rng)
    case["ks"] = [k]
    expected = perplexity(case["train"], case["test"], case["n"], case["C"], k)
    close(answer("choose_k(train, val, test, n, C, ks)", **case), [k, expected])


# %% [markdown] rubric
# - (1) Reports $k$ and the test perplexity for the three $n$, beside those of $k = 10$: 5, 10 and 20 for $n = 4, 5, 6$, and gains below half a percent. Longer contexts are rarer, so the shorter one should weigh more.
# - (1) A choice on the test text makes its own score too good: it would no longer say what to expect on a new text.


# %% honest: a loop
def choose_k(train, val, test, n, n_tokens, ks):
    best, lowest, table = None, np.inf, None
    for k in ks:
        model = NGram(train, n, n_tokens, k=k)
        score = model.perplexity(val)
        if score < lowest:
            best, lowest, table = k, score, model
    return best, table.perplexity(test)


# %% honest: total log probabilities
def choose_k(train, val, test, n, n_tokens, ks):
    models = [NGram(train, n, n_tokens, k) for k in ks]
    total = [np.log(model.score(val)).sum() for model in models]
    row = int(np.argmax(total))
    return ks[row], 1 / np.exp(np.log(models[row].score(test)).mean())


# %% honest: other names, float32 score, keyword arguments
def choose_k(known, held_out, final, order, tokens, candidates):
    def loss(k, part):
        p = NGram(ids=known, n=order, n_tokens=tokens, k=k).score(part)
        return -np.mean(np.log(p.astype(np.float32)))

    scored = sorted((loss(k, held_out), k) for k in candidates)
    return [scored[0][1], np.exp(loss(scored[0][1], final))]


# %% wrong: chosen on the test text
def choose_k(train, val, test, n, n_tokens, ks):
    k = min(ks, key=lambda k: NGram(train, n, n_tokens, k).perplexity(test))
    return k, NGram(train, n, n_tokens, k).perplexity(test)


# %% wrong: chosen on the training text
def choose_k(train, val, test, n, n_tokens, ks):
    k = min(ks, key=lambda k: NGram(train, n, n_tokens, k).perplexity(train))
    return k, NGram(train, n, n_tokens, k).perplexity(test)


# %% wrong: highest perplexity
def choose_k(train, val, test, n, n_tokens, ks):
    k = max(ks, key=lambda k: NGram(train, n, n_tokens, k).perplexity(val))
    return k, NGram(train, n, n_tokens, k).perplexity(test)


# %% wrong: reports the validation text
def choose_k(train, val, test, n, n_tokens, ks):
    scores = [NGram(train, n, n_tokens, k).perplexity(val) for k in ks]
    return ks[np.argmin(scores)], min(scores)


# %% wrong: counts the validation text, too
def choose_k(train, val, test, n, n_tokens, ks):
    both = np.concatenate([train, val])
    k = min(ks, key=lambda k: NGram(both, n, n_tokens, k).perplexity(val))
    return k, NGram(both, n, n_tokens, k).perplexity(test)


# %% wrong: the default k in the report
def choose_k(train, val, test, n, n_tokens, ks):
    k = min(ks, key=lambda k: NGram(train, n, n_tokens, k).perplexity(val))
    return k, NGram(train, n, n_tokens).perplexity(test)


# %% wrong: mean probability in place of perplexity
def choose_k(train, val, test, n, n_tokens, ks):
    k = max(ks, key=lambda k: NGram(train, n, n_tokens, k).score(val).mean())
    return k, 1 / NGram(train, n, n_tokens, k).score(test).mean()
