# ---
# number: "9.2"
# title: Units for a budget
# minutes: 10
# required: true
# points: 3
# kind: code
# ---

# %% [markdown] task
# How many units may a GRU have so that it has no more parameters than an LSTM with $D = 16$, $H = 64$ and one bias? Write
# `most_units` for any budget: first from the formula for the number of parameters, then checked with `count_params`.

# %% [markdown] hint
# With $k = 3$ blocks, $3 H (D + H + \beta) \le P$ is a quadratic inequality in $H$. Its solution need not be a whole number. Trying
# $H = 1, 2, 3, \dots$ works, too.

# %% stub
def most_units(n_in, budget, biases=1):
    """Largest number of units of a GRU with n_in inputs and at most `budget` parameters: an int."""
    ...


# %% self-check
budget = count_params("lstm", 16, 64)
units = most_units(16, budget)
assert isinstance(units, (int, np.integer)), "units are counted in whole numbers"
assert count_params("gru", 16, units) <= budget, "too many: the budget is an upper limit"
assert count_params("gru", 16, units + 1) > budget, "one more unit would fit into the budget"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-9.2
# most_units(16, count_params("lstm", 16, 64)) is 75: 3 * 75 * 92 = 20,700 of 20,736 parameters.
def most_units(n_in, budget, biases=1):
    half = (n_in + biases) / 2
    return int(np.floor(np.sqrt(half**2 + budget / 3) - half + 1e-9))


# %% hidden tests
# GBG-CANARY-9.2
def parameters(D, H, biases):
    shapes = [(D, 3 * H), (H, 3 * H), *[(3 * H,)] * biases]
    return sum(int(np.prod(shape)) for shape in shapes)


def test_between(answer, rng):
    """A GRU has three blocks, each with weights for the input, for the state, and a bias."""
    for _ in range(20):
        D, H = (int(size) for size in rng.integers(2, 90, 2))
        low, high = parameters(D, H, 1), parameters(D, H + 1, 1)
        close(answer("most_units(D, P)", D=D, P=int(rng.integers(low + 1, high))), H)


def test_exact(answer, rng):
    """A budget may be used up to the last parameter, and not be exceeded by one."""
    for _ in range(20):
        D, H = (int(size) for size in rng.integers(2, 90, 2))
        P = parameters(D, H, 1)
        close(answer("[most_units(D, P), most_units(D, P - 1)]", D=D, P=P), [H, H - 1])


def test_two_biases(answer, rng):
    """With two biases in each block fewer units fit."""
    for _ in range(20):
        D, H = (int(size) for size in rng.integers(2, 90, 2))
        P = parameters(D, H, 2)
        close(answer("[most_units(D, P, 2), most_units(D, P - 1, 2)]", D=D, P=P), [H, H - 1])


# %% honest: a loop
def most_units(n_in, budget, biases=1):
    H = 1
    while count_params("gru", n_in, H + 1, biases=biases) <= budget:
        H += 1
    return H


# %% honest: bisection, other names
def most_units(d, limit, beta=1):
    low, high = 0, limit
    while high - low > 1:
        middle = (low + high) // 2
        if 3 * middle * (d + middle + beta) <= limit:
            low = middle
        else:
            high = middle
    return low


# %% honest: all counts at once
def most_units(n_in, budget, biases=1):
    H = np.arange(1, 1000, dtype=np.float32)
    return np.flatnonzero(3 * H * (n_in + H + biases) <= budget)[-1] + 1


# %% wrong: four thirds of the units
def most_units(n_in, budget, biases=1):
    half = (n_in + biases) / 2
    return int((np.sqrt(half**2 + budget / 4) - half) * 4 / 3)


# %% wrong: rounded to the nearest
def most_units(n_in, budget, biases=1):
    half = (n_in + biases) / 2
    return round(np.sqrt(half**2 + budget / 3) - half)


# %% wrong: less than the budget
def most_units(n_in, budget, biases=1):
    H = 1
    while count_params("gru", n_in, H + 1, biases=biases) < budget:
        H += 1
    return H


# %% wrong: the first that does not fit
def most_units(n_in, budget, biases=1):
    H = 1
    while count_params("gru", n_in, H, biases=biases) <= budget:
        H += 1
    return H


# %% wrong: two blocks, one for each gate
def most_units(n_in, budget, biases=1):
    H = 1
    while 2 * (H + 1) * (n_in + H + 1 + biases) <= budget:
        H += 1
    return H


# %% wrong: always one bias
def most_units(n_in, budget, biases=1):
    H = 1
    while count_params("gru", n_in, H + 1) <= budget:
        H += 1
    return H


# %% wrong: recurrent weights forgotten
def most_units(n_in, budget, biases=1):
    return budget // (3 * (n_in + biases))
