# ---
# number: "9.1"
# title: One step in both forms
# minutes: 10
# required: true
# points: 4
# kind: number
# ---

# %% [markdown] task
# Compute one step by hand for one unit with $x = 1$, $h = 0.5$, all weights 1 and all biases 0, in both forms. Then
# set $b_{hn} = -1$ and do it again. Give four decimals, and check them with `gru_step`. When do the two forms agree for a single unit?

# %% [markdown] hint
# $r$ and $z$ are the same in both forms, and $b_{hn}$ does not touch them. Only the argument of the last $\tanh$ differs: write it down twice.

# %% stub
after = ...  # the new state, reset after the product, all biases 0
before = ...  # the new state, reset before the product, all biases 0
after_bias = ...  # reset after the product, with b_hn = -1
before_bias = ...  # reset before the product, with b_hn = -1

# %% self-check
states = [after, before, after_bias, before_bias]
assert all(np.shape(state) == () and state is not ... for state in states), "each is one number"
assert 0.5 < after < 1, "without a bias the candidate is above h, so the mixture is, too"
assert 0.5 < before < 1, "without a bias the candidate is above h, so the mixture is, too"
assert after_bias < after, "a negative bias makes the candidate smaller"
assert before_bias < before, "a negative bias makes the candidate smaller"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-9.1
# r = z = sigmoid(1.5) = 0.8176, and h_new = 0.1824 n + 0.8176 * 0.5. For one unit the product with
# W_hn is a product of numbers, so r may stand on either side of it. Only b_hn tells them apart: it
# is scaled by r in the form "after". The forms agree when b_hn = 0, or when r = 1.
after = 0.5706  # n = tanh(1 + 0.8176 * 0.5) = 0.8871
before = 0.5706  # the same n
after_bias = 0.5056  # n = tanh(1 + 0.8176 * (0.5 - 1)) = 0.5308
before_bias = 0.4795  # n = tanh(1 + 0.8176 * 0.5 - 1) = 0.3875


# %% hidden tests
# GBG-CANARY-9.1
def new_state(of_candidate):
    gate = 0.5 + 0.5 * np.tanh(0.75)
    return (1 - gate) * np.tanh(of_candidate(gate)) + gate / 2


def test_no_bias(answer, rng):
    """A mixture of the candidate and the old state, in which z is the share that is kept."""
    expected = new_state(lambda r: 1 + r / 2)
    close(answer("after"), expected, rtol=0, atol=2e-4)
    close(answer("before"), expected, rtol=0, atol=2e-4)


def test_after(answer, rng):
    """Reset after the product: the gate scales all that comes from the old state, bias included."""
    close(answer("after_bias"), new_state(lambda r: 1 - r / 2), rtol=0, atol=2e-4)


def test_before(answer, rng):
    """Reset before the product: the gate scales the old state only."""
    close(answer("before_bias"), new_state(lambda r: r / 2), rtol=0, atol=2e-4)


# %% [markdown] rubric
# - (1) They agree when $b_{hn} = 0$ (or $r = 1$), with the reason: for one unit $(r h) w = r (h w)$, and only the bias is left
#   outside or inside the bracket.

# %% honest: formulas
r = z = 1 / (1 + np.exp(-1.5))
after = (1 - z) * np.tanh(1 + r * 0.5) + z * 0.5
before = after
after_bias = (1 - z) * np.tanh(1 + r * (0.5 - 1)) + z * 0.5
before_bias = (1 - z) * np.tanh(1 + r * 0.5 - 1) + z * 0.5


# %% honest: the library
def run(bias, form):
    ones, b_h = np.ones((1, 3)), np.array([0.0, 0.0, bias])
    x, h = np.array([[1.0]]), np.array([[0.5]])
    return gru_step(x, h, ones, ones, np.zeros(3), b_h, reset_after=form)[0].item()


after, before, after_bias, before_bias = (
    run(bias, form) for bias in (0.0, -1.0) for form in (True, False)
)

# %% honest: float32, rounded
gate = sigmoid(np.array(1.5, np.float32))
candidates = np.tanh(1 + np.float32([gate / 2, gate / 2, -gate / 2, gate / 2 - 1]))
after, before, after_bias, before_bias = np.round(candidates + gate * (0.5 - candidates), 4)

# %% wrong: z is the share of the candidate
z = sigmoid(1.5)
after = z * np.tanh(1 + z * 0.5) + (1 - z) * 0.5
before = after
after_bias = z * np.tanh(1 - z * 0.5) + (1 - z) * 0.5
before_bias = z * np.tanh(z * 0.5) + (1 - z) * 0.5

# %% wrong: the two forms exchanged
z = sigmoid(1.5)
after = before = (1 - z) * np.tanh(1 + z * 0.5) + z * 0.5
before_bias = (1 - z) * np.tanh(1 - z * 0.5) + z * 0.5
after_bias = (1 - z) * np.tanh(z * 0.5) + z * 0.5

# %% wrong: reset gate left out
z = sigmoid(1.5)
after = before = (1 - z) * np.tanh(1.5) + z * 0.5
after_bias = before_bias = (1 - z) * np.tanh(0.5) + z * 0.5

# %% wrong: reset gate on the input too
z = sigmoid(1.5)
after = before = (1 - z) * np.tanh(z * 1.5) + z * 0.5
after_bias = (1 - z) * np.tanh(z * 0.5) + z * 0.5
before_bias = (1 - z) * np.tanh(z * 1.5 - 1) + z * 0.5

# %% wrong: sigmoid for the candidate
z = sigmoid(1.5)
after = before = (1 - z) * sigmoid(1 + z * 0.5) + z * 0.5
after_bias = (1 - z) * sigmoid(1 - z * 0.5) + z * 0.5
before_bias = (1 - z) * sigmoid(z * 0.5) + z * 0.5

# %% wrong: one form for both
z = sigmoid(1.5)
after = before = (1 - z) * np.tanh(1 + z * 0.5) + z * 0.5
after_bias = before_bias = (1 - z) * np.tanh(1 - z * 0.5) + z * 0.5
