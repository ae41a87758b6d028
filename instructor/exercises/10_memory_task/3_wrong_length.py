# ---
# number: "10.3"
# title: Chrono with a wrong length
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# Tell chrono a wrong length: start for 10 steps, train on 80. Then the other way round. First predict with
# `keeping_share`, from the distribution of the biases: which share of the units keeps more than half of its cell? Then train a GRU and draw all seeds.

# %% [markdown] hint
# Chrono draws $u$ evenly between 1 and $t_{max} - 1$ and sets the bias to $\log u$. Show that the gate is then $u / (1 + u)$. From which $u$ on is its power above one half? You may
# also draw many $u$ and count.

# %% given
def run_gru(t_max, length, seed):
    """Accuracy of a GRU that is started for t_max steps and trained on `length` steps."""
    weights, data, order, test = np.random.default_rng([length, seed]).spawn(4)
    layer = GRU(1, 24, rng=weights, dtype=np.float32)
    chrono(layer, t_max, weights)
    head = Linear(24, 1, rng=weights, dtype=np.float32)
    x, y = (part.astype(np.float32) for part in sign_task(768, length, data))
    fit_last(layer, head, x, y, epochs=25, batch_size=64, lr=0.02, rng=order, max_norm=1.0)
    x, y = (part.astype(np.float32) for part in sign_task(10_000, length, test))
    return accuracy_last(layer, head, x, y)


# %% stub
def keeping_share(t_max, steps):
    """Expected share, from 0 to 1, of the units that keep more than half of their cell over
    `steps` steps, when their forget gates rest at the biases of chrono for t_max. Two digits
    will do."""
    ...


# %% self-check
share = keeping_share(30, 10)
assert share is not None, "the function returns a number"
assert 0 < share < 1, "some units keep more than half, some do not"
assert keeping_share(30, 5) > share, "fewer steps are easier to bridge"
assert keeping_share(60, 10) > share, "a start for more steps keeps more"
assert 0 <= keeping_share(6, 1000) < 0.01, "a short start keeps nothing over 1000 steps"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-10.3
# sigmoid(log u) = u / (1 + u), and (u / (1 + u))^k > 1/2 means u > 1 / (2^(1/k) - 1), about 1.44 k.
# Started for 10 and run for 80 steps no unit keeps half; started for 80 and run for 10, 83 % do.
def keeping_share(t_max, steps):
    least = 1 / (2 ** (1 / steps) - 1)
    return float(np.clip((t_max - 1 - least) / (t_max - 2), 0, 1))


# %% hidden tests
# GBG-CANARY-10.3
def expected(t_max, steps):
    u = 1 + (t_max - 2) * (np.arange(20_000) + 0.5) / 20_000
    return np.mean(steps * np.log1p(1 / u) < np.log(2))


def test_long(answer, rng):
    """A gate with the bias log u rests at u / (1 + u), and its shares multiply over the steps."""
    for _ in range(5):
        t_max = int(rng.integers(60, 200))
        steps = int(rng.integers(5, t_max // 3))
        found = answer("keeping_share(t_max, steps)", t_max=t_max, steps=steps)
        close(found, expected(t_max, steps), rtol=0, atol=0.01)


def test_short(answer, rng):
    """The numbers u lie evenly between 1 and t_max - 1."""
    for t_max in rng.integers(8, 14, 4):
        for steps in (2, 4):
            found = answer("keeping_share(t_max, steps)", t_max=int(t_max), steps=steps)
            close(found, expected(t_max, steps), rtol=0, atol=0.01)


def test_none_and_all(answer, rng):
    """A share is never below 0 nor above 1."""
    found = answer("keeping_share(t_max, steps)", t_max=10, steps=int(rng.integers(50, 100)))
    close(found, 0, atol=0.01)
    close(answer("keeping_share(t_max, 1)", t_max=int(rng.integers(20, 90))), 1, atol=0.01)


# %% [markdown] rubric
# - (1) Both experiments with ten seeds each, all drawn or listed, with chance at 0.5.
# - (1) The result is compared with the predicted shares. A start for too many steps does no harm here: every seed is above 0.97. With a start for too few no unit keeps half, and about four of ten seeds stay at chance.


# %% honest: many draws
def keeping_share(t_max, steps):
    u = np.random.default_rng(1).uniform(1, t_max - 1, 400_000)
    return np.mean(sigmoid(np.log(u)) ** steps > 0.5)


# %% honest: a large layer, started by the library
def keeping_share(t_max, steps):
    shares, generator = [], np.random.default_rng(2)
    layer = LSTM(1, 300, rng=generator)
    for _ in range(500):
        chrono(layer, t_max, generator)
        shares.append(np.mean(sigmoid(layer.params["b"][300:600]) ** steps > 0.5))
    return np.mean(shares)


# %% honest: a loop over a grid, other names
def keeping_share(longest, k):
    grid = np.linspace(1, longest - 1, 5001, dtype=np.float32)
    left = np.ones_like(grid)
    for _ in range(k):
        left = left * (1 - 1 / (1 + grid))
    return (left > 0.5).sum() / len(grid)


# %% honest: bisection for the gate
def keeping_share(t_max, steps):
    gate = 0.5 ** (1 / steps)
    return max(0.0, min(1.0, (t_max - 1 - gate / (1 - gate)) / (t_max - 2)))


# %% wrong: u itself is the bias
def keeping_share(t_max, steps):
    u = np.random.default_rng(1).uniform(1, t_max - 1, 400_000)
    return np.mean(sigmoid(u) ** steps > 0.5)


# %% wrong: time constant against steps
def keeping_share(t_max, steps):
    return float(np.clip((t_max - 1 - steps) / (t_max - 2), 0, 1))


# %% wrong: u up to t_max
def keeping_share(t_max, steps):
    least = 1 / (2 ** (1 / steps) - 1)
    return float(np.clip((t_max - least) / (t_max - 1), 0, 1))


# %% wrong: may be negative
def keeping_share(t_max, steps):
    least = 1 / (2 ** (1 / steps) - 1)
    return (t_max - 1 - least) / (t_max - 2)


# %% wrong: the mean share that is kept
def keeping_share(t_max, steps):
    u = np.random.default_rng(1).uniform(1, t_max - 1, 400_000)
    return np.mean((u / (1 + u)) ** steps)


# %% wrong: kept after one step
def keeping_share(t_max, steps):
    u = np.random.default_rng(1).uniform(1, t_max - 1, 400_000)
    return np.mean(sigmoid(np.log(u)) > 0.5) / steps


# %% wrong: too few draws
def keeping_share(t_max, steps):
    u = np.random.default_rng(1).uniform(1, t_max - 1, 24)
    return np.mean(sigmoid(np.log(u)) ** steps > 0.5)
