# ---
# number: "15.1"
# title: Another query
# minutes: 10
# required: true
# points: 3
# kind: number
# ---

# %% [markdown] task
# Three inputs have the keys $0$, $\log 2$, $0$ and the values 0, 4, 9. Compute by hand the weights and the context of the query $q = -1$. Check them with `attend`. Which query gives each input the same
# weight?

# %% [markdown] hint
# Score, exponential, share: in this order. $e^{-\log 2}$ is a simple fraction. The weights sum to 1.

# %% stub
weights = ...  # a list of three numbers
context = ...  # the context of the query -1
even_query = ...  # the query that gives each input the same weight

# %% self-check
assert np.shape(weights) == (3,), "one weight for each input"
assert np.isclose(np.sum(weights), 1, atol=0.002), "the weights of a query sum to 1"
assert weights[0] == weights[2], "inputs with equal keys get equal weights"
assert weights[1] < weights[0], "this query points away from the second key"
assert context is not ..., "the context is missing"
assert 0 < context < 9, "a weighted mean lies between the values"
assert even_query is not ..., "a query is missing: what must all scores be?"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-15.1
weights = [0.4, 0.2, 0.4]  # scores 0, -log 2, 0; exponentials 1, 1/2, 1, which sum to 5/2
context = 4.4  # 0.4 * 0 + 0.2 * 4 + 0.4 * 9
even_query = 0  # then all scores are 0


# %% hidden tests
# GBG-CANARY-15.1
def weights_of(query):
    keys = np.array([1.0, 2.0, 1.0])  # the exponentials of the keys
    return keys**query / (keys**query).sum()


def test_weights(answer, rng):
    """Exponentials of the scores, divided by their sum."""
    close(answer("weights"), weights_of(-1), rtol=0, atol=2e-3)


def test_context(answer, rng):
    """The mean of the values with these weights."""
    close(answer("context"), np.dot(weights_of(-1), [0, 4, 9]), rtol=0, atol=5e-3)


def test_even(answer, rng):
    """Equal weights come from equal scores."""
    close(weights_of(np.asarray(answer("even_query"), float)), np.full(3, 1 / 3))


# %% honest: the library
keys, values = np.array([0, np.log(2), 0])[None, :, None], np.array([0.0, 4, 9])[None, :, None]
found, shares = attend(np.array([[[-1.0]]]), keys, values)
weights, context = shares[0, 0], found.item()
even_query = 0.0

# %% honest: formulas
scores = [-1 * key for key in (0, np.log(2), 0)]
total = sum(np.exp(score) for score in scores)
weights = [np.exp(score) / total for score in scores]
context = sum(weight * value for weight, value in zip(weights, (0, 4, 9), strict=True))
even_query = 0 * total

# %% honest: fractions, float32
exponentials = np.float32([1, 1 / 2, 1])
weights = tuple(exponentials / np.float32(2.5))
context = np.float32(22 / 5)
even_query = np.float32(0)

# %% wrong: the query of the text
weights = [0.25, 0.5, 0.25]
context = 4.25
even_query = 0

# %% wrong: exponentials not divided
weights = [1, 0.5, 1]
context = 11
even_query = 0

# %% wrong: scores as weights
weights = [0, 1, 0]
context = 4
even_query = 0

# %% wrong: shares of the values
weights = [0.4, 0.2, 0.4]
context = 13 / 3
even_query = 1

# %% wrong: only the best fit
weights = [0.5, 0, 0.5]
context = 4.5
even_query = 0

# %% wrong: logarithm in base 2
weights = [0.4223, 0.1554, 0.4223]
context = 4.4223
even_query = 0

# %% wrong: weights right, context not divided
weights = [0.4, 0.2, 0.4]
context = 4.4 / 3
even_query = 0
