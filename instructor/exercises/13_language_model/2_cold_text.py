# ---
# number: "13.2"
# title: Cold text
# minutes: 15
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Write 300 characters at temperature 0.05 with three seeds, by `write`, for which you give `tempered` and `pick`. What happens, and why does the seed hardly matter?

# %% [markdown] hint
# Divide the logits first. Then take the largest one away: this changes no probability, and no exponential can overflow. To pick, look up $u$ in the running sum.

# %% given
def write(temperature, length, seed):
    """Text of the chapter's novelist, with your `tempered` and `pick`."""
    embedding, layer, head = novelist()
    rng, out, state = np.random.default_rng(seed), [0], None
    for _ in range(length):
        h, state = layer.forward(embedding.forward(np.array([out[-1:]])), state)
        out.append(int(pick(tempered(head.forward(h)[0, 0], temperature), rng.random())))
    return "".join(np.unique(list(english_text()))[out[1:]])


# %% stub
def tempered(logits, temperature):
    """Probabilities (C,) for logits (C,) at a temperature above 0; logits may be 1000 or more."""
    ...


def pick(probabilities, u):
    """The token whose share of the line from 0 to 1 holds u: an int. Token 0 has the first
    share."""
    ...


# %% self-check
p = tempered(np.log([0.5, 0.25, 0.25]), 1.0)
assert np.shape(p) == (3,), "one probability for each logit"
assert np.isclose(np.sum(p), 1), "probabilities sum to 1"
assert np.allclose(p, [0.5, 0.25, 0.25]), "temperature 1 leaves the model as it is"
cold = tempered(np.log([0.5, 0.25, 0.25]), 0.3)
assert cold[0] > p[0], "a low temperature makes the most probable token more probable"
assert np.all(np.isfinite(tempered(np.array([1000.0, 0.0]), 0.01))), "an exponential overflows"
assert [pick(p, u) for u in (0.1, 0.9)] == [0, 2], "where does u fall in the running sum?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-13.2
# for seed in range(3): print(repr(write(0.05, 300, seed)))
def tempered(logits, temperature):
    a = np.asarray(logits) / temperature
    p = np.exp(a - a.max())
    return p / p.sum()


def pick(probabilities, u):
    return int(np.searchsorted(np.cumsum(probabilities), u))


# %% hidden tests
# GBG-CANARY-13.2
def test_ratios(answer, rng):
    """The temperature divides the logits: a ratio of two probabilities is raised to 1 / temperature."""
    for _ in range(5):
        p, temperature = rng.dirichlet(np.ones(int(rng.integers(3, 9)))), rng.uniform(0.3, 3)
        power = p ** (1 / temperature)
        found = answer("tempered(a, temperature)", a=np.log(p) + 7, temperature=temperature)
        close(found, power / power.sum())


def test_extreme(answer, rng):
    """Large logits and low temperatures overflow nothing, and leave the most probable token."""
    a = rng.permutation(np.arange(6.0)) * 300 - 500
    found = answer("tempered(a, 0.01)", a=a)
    close(found, (a == a.max()).astype(float))


def test_pick(answer, rng):
    """Each token is picked for its share of the line."""
    for _ in range(5):
        p = rng.dirichlet(np.ones(int(rng.integers(3, 9))))
        edges = np.concatenate([[0], np.cumsum(p)])
        for token in rng.permutation(len(p))[:3]:
            u = edges[token] + p[token] * np.array([0.02, 0.5, 0.98])
            close(answer("[pick(p, v) for v in u.tolist()]", p=p, u=u), np.full(3, token))


# %% [markdown] rubric
# - (1) Observes that the texts are nearly the same, and repeat phrases or run in a loop.
# - (1) Reason: at 0.05 a ratio of two probabilities is raised to the power 20, so almost always the most probable token is taken, whatever $u$ is.


# %% honest: loops
def tempered(logits, temperature):
    top = max(logits)
    weights = [np.exp((a - top) / temperature) for a in logits]
    return [w / sum(weights) for w in weights]


def pick(probabilities, u):
    total = 0.0
    for token, p in enumerate(probabilities):
        total += p
        if u < total:
            return token
    return len(probabilities) - 1


# %% honest: log-sum-exp, comparison
def tempered(logits, theta):
    a = np.divide(logits, theta)
    return np.exp(a - np.logaddexp.reduce(a))


def pick(probabilities, u):
    return (np.cumsum(probabilities) <= u).sum()


# %% honest: float32
def tempered(logits, temperature):
    a = np.asarray(logits, np.float32)
    p = np.exp((a - a.max()) / np.float32(temperature))
    return p / p.sum()


def pick(probabilities, u):
    return np.argmax(np.cumsum(probabilities) > u)


# %% wrong: temperature multiplies
def tempered(logits, temperature):
    a = logits * temperature
    p = np.exp(a - a.max())
    return p / p.sum()


def pick(probabilities, u):
    return int(np.searchsorted(np.cumsum(probabilities), u))


# %% wrong: probabilities divided
def tempered(logits, temperature):
    p = np.exp(logits - logits.max())
    p = p / p.sum() / temperature
    return p / p.sum()


def pick(probabilities, u):
    return int(np.searchsorted(np.cumsum(probabilities), u))


# %% wrong: overflows
def tempered(logits, temperature):
    with np.errstate(all="ignore"):
        p = np.exp(logits / temperature)
        return p / p.sum()


def pick(probabilities, u):
    return int(np.searchsorted(np.cumsum(probabilities), u))


# %% wrong: always the most probable
def tempered(logits, temperature):
    a = logits / temperature
    p = np.exp(a - a.max())
    return p / p.sum()


def pick(probabilities, u):
    return int(np.argmax(probabilities))


# %% wrong: shares sorted by size
def tempered(logits, temperature):
    a = logits / temperature
    p = np.exp(a - a.max())
    return p / p.sum()


def pick(probabilities, u):
    order = np.argsort(-probabilities)
    return int(order[np.searchsorted(np.cumsum(probabilities[order]), u)])


# %% wrong: u scaled to the tokens
def tempered(logits, temperature):
    a = logits / temperature
    p = np.exp(a - a.max())
    return p / p.sum()


def pick(probabilities, u):
    return int(u * len(probabilities))


# %% wrong: power of the probabilities without 1 over
def tempered(logits, temperature):
    a = logits - logits.max()
    p = np.exp(a) ** temperature
    return p / p.sum()


def pick(probabilities, u):
    return int(np.searchsorted(np.cumsum(probabilities), u))
