# ---
# number: "8.2"
# title: Chrono biases
# minutes: 20
# required: true
# points: 4
# kind: code
# without: [rnnlib.chrono]
# ---

# %% [markdown] task
# Write `chrono_biases(H, t_max, rng)` that returns $b_i$ and $b_f$. Assert its range, and that the mean of
# $1/(1 - f)$ over 10,000 units is within 2% of what chrono initialisation promises.

# %% [markdown] hint
# Draw $u$, the number of steps, evenly; the bias follows from $u$. With $f = \sigma(\log u)$, what is $1/(1 - f)$, and what is
# its mean?

# %% stub
def chrono_biases(H, t_max, rng):
    """The biases (b_i, b_f), each (H,): one uniform number from 1 to t_max - 1 for each unit."""
    ...


# %% self-check
biases = chrono_biases(2000, 50, rng)
assert np.shape(biases) == (2, 2000), "two biases for each unit"
b_i, b_f = biases
assert np.min(b_f) >= 0, "the shortest memory starts at a gate of one half"
assert np.std(b_f) > 0.3, "each unit has a time of its own"
assert np.max(np.exp(b_f)) <= 49 + 1e-6, "no memory is longer than the task"
assert np.allclose(b_i, -np.array(b_f), atol=1e-5), "what keeps for long must write little"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-8.2
def chrono_biases(H, t_max, rng):
    # 1 / (1 - f) = 1 + u lies between 2 and t_max, with the mean 1 + t_max / 2.
    b_f = np.log(rng.uniform(1, t_max - 1, H))
    return -b_f, b_f


# %% hidden tests
# GBG-CANARY-8.2
def draw(answer, rng, H, t_max):
    question = "chrono_biases(H, t_max, np.random.default_rng(seed))"
    b_i, b_f = answer(question, H=H, t_max=t_max, seed=int(rng.integers(10**6)))
    return np.asarray(b_i, float), np.asarray(b_f, float)


def test_range(answer, rng):
    """The time 1/(1 - f) lies between 2 and t_max, and reaches nearly both."""
    for t_max in (5, int(rng.integers(10, 20))):
        _, b_f = draw(answer, rng, 5000, t_max)
        times = 1 / (1 - 1 / (1 + np.exp(-b_f)))
        expect(times.min() > 2 - 1e-4 and times.max() < t_max + 1e-3, "inside")
        expect(times.min() < 2.1 and times.max() > t_max - 0.1, "both ends")


def test_even(answer, rng):
    """The times are spread evenly: mean and quartiles."""
    t_max = int(rng.integers(50, 300))
    _, b_f = draw(answer, rng, 10_000, t_max)
    u = np.exp(b_f)
    close(np.mean(1 + u), 1 + t_max / 2, rtol=0.03)
    close(
        np.quantile(u, [0.25, 0.5, 0.75]), 1 + (t_max - 2) * np.array([0.25, 0.5, 0.75]), rtol=0.08
    )


def test_input_bias(answer, rng):
    """The bias of the input gate is the negative one of the same unit."""
    b_i, b_f = draw(answer, rng, int(rng.integers(20, 60)), 100)
    close(b_i, -b_f)
    expect(np.ptp(b_f) > 0.5, "units differ")


def test_generator(answer, rng):
    """All numbers come from the given generator: equal seeds agree, others do not."""
    H = int(rng.integers(5, 20))
    one, two = (int(seed) for seed in rng.choice(10**6, 2, replace=False))
    question = "[chrono_biases(H, 30, np.random.default_rng(seed))[1] for seed in seeds]"
    first, again, other = np.asarray(answer(question, H=H, seeds=[one, one, two]), float)
    close(first.shape, (H,))
    close(first, again)
    expect(not np.allclose(first, other), "other seed")


# %% honest: loop
def chrono_biases(H, t_max, rng):
    b_i, b_f = [], []
    for _ in range(H):
        u = 1 + (t_max - 2) * rng.random()
        b_f.append(np.log(u))
        b_i.append(np.log(1 / u))
    return b_i, b_f


# %% honest: from the gates
def chrono_biases(H, t_max, rng):
    times = rng.uniform(2, t_max, H)
    f = 1 - 1 / times
    i = 1 - f
    return np.log(i / (1 - i)), np.log(f / (1 - f))


# %% honest: stacked, float32, other names
def chrono_biases(units, longest, generator):
    steps = generator.random(units) * (longest - 2) + 1
    return np.outer([-1, 1], np.log(steps)).astype(np.float32)


# %% wrong: even in the logarithm
def chrono_biases(H, t_max, rng):
    b_f = rng.uniform(0, np.log(t_max - 1), H)
    return -b_f, b_f


# %% wrong: up to t_max
def chrono_biases(H, t_max, rng):
    b_f = np.log(rng.uniform(1, t_max, H))
    return -b_f, b_f


# %% wrong: from zero on
def chrono_biases(H, t_max, rng):
    b_f = np.log(rng.uniform(0.01, t_max - 1, H))
    return -b_f, b_f


# %% wrong: one time for all units
def chrono_biases(H, t_max, rng):
    b_f = np.full(H, np.log(rng.uniform(1, t_max - 1)))
    return -b_f, b_f


# %% wrong: no logarithm
def chrono_biases(H, t_max, rng):
    b_f = rng.uniform(1, t_max - 1, H)
    return -b_f, b_f


# %% wrong: equal signs
def chrono_biases(H, t_max, rng):
    b_f = np.log(rng.uniform(1, t_max - 1, H))
    return b_f, b_f


# %% wrong: drawn twice
def chrono_biases(H, t_max, rng):
    return -np.log(rng.uniform(1, t_max - 1, H)), np.log(rng.uniform(1, t_max - 1, H))


# %% wrong: a generator of its own
def chrono_biases(H, t_max, rng):
    b_f = np.log(np.random.default_rng(0).uniform(1, t_max - 1, H))
    return -b_f, b_f


# %% wrong: order exchanged
def chrono_biases(H, t_max, rng):
    b_f = np.log(rng.uniform(1, t_max - 1, H))
    return b_f, -b_f
