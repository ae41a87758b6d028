# ---
# number: "5.2"
# title: How far windows of 6 teach
# minutes: 20
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Predict the largest delay that windows of 6 teach: write a function that says which steps of a window can teach. Then measure it with
# `echo_error`, three seeds for each delay.

# %% [markdown] hint
# The target of step $t$ is the input of step $t - k$. A gradient leads there only if that step lies in the same window.

# %% given
def echo_error(delay, T, seed, updates=400):
    """The error on a fresh echo stream after training with windows of T (this chapter)."""
    rng = np.random.default_rng(seed)
    layer, head = RNN(1, 24, rng=rng), Linear(24, 1, rng=rng)
    x, y = (a[0] for a in echo_task(1, updates * 32 * T, delay, rng))
    train.fit_stream(layer, head, x, y, n_rows=32, window=T, epochs=1, lr=0.01)
    x, y = echo_task(1, 4000, delay, rng)
    return mse(head.forward(layer.forward(x)[0]), y)[0]


# %% stub
def teaching_steps(T, k):
    """For each step of a window of T, whether its target lies in the window, too: bool (T,)."""
    ...


def largest_delay(T):
    """The largest delay k for which some step of a window of T can teach."""
    ...


# %% self-check
steps = teaching_steps(4, 1)
assert np.shape(steps) == (4,), "one answer for each step of the window"
assert not steps[0], "before the first step of a window the gradient is cut"
assert steps[-1], "the last step sees the step before it"
assert np.all(teaching_steps(4, 0)), "without a delay every step teaches"
assert not np.any(teaching_steps(4, 9)), "a delay longer than the window teaches nothing"
assert np.any(teaching_steps(5, largest_delay(5))), "at the largest delay some step still teaches"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-5.2
def teaching_steps(T, k):
    return np.arange(T) >= k


def largest_delay(T):
    return T - 1


# %% hidden tests
# GBG-CANARY-5.2
def same_window(T, k):
    """In a long stream: do step and target have the same window?"""
    t = np.arange(100 * T, 101 * T)
    return t // T == (t - k) // T


def test_steps(answer, rng):
    """A step teaches if the step of its target lies in the same window."""
    for _ in range(4):
        T = int(rng.integers(2, 30))
        k = int(rng.integers(1, T))
        got = np.asarray(answer("teaching_steps(T, k)", T=T, k=k)).astype(bool)
        close(got, same_window(T, k))


def test_ends(answer, rng):
    """No delay: every step teaches. A delay of the window's length or more: none."""
    T = int(rng.integers(2, 30))
    for k in (0, T, T + int(rng.integers(1, 9))):
        got = np.asarray(answer("teaching_steps(T, k)", T=T, k=k)).astype(bool)
        close(got, same_window(T, k))


def test_largest(answer, rng):
    """The largest delay: from the last step of a window to its first."""
    T = int(rng.integers(1, 30))
    expected = max(k for k in range(40) if same_window(T, k).any())
    close(answer("largest_delay(T)", T=T), expected)


# %% [markdown] rubric
# - (1) The prediction comes before the measurement, and the measurement has delays on both sides of it, three seeds each. Errors stay below
#   about 0.05 up to the delay 5 and are near 1 from 6 on.


# %% honest: loop
def teaching_steps(T, k):
    teaches = []
    for step in range(1, T + 1):
        teaches.append(step - k >= 1)
    return teaches


def largest_delay(T):
    k = 0
    while any(teaching_steps(T, k + 1)):
        k += 1
    return k


# %% honest: pieces
def teaching_steps(T, k):
    cut = min(k, T)
    return np.concatenate([np.zeros(cut, bool), np.ones(T - cut, bool)])


def largest_delay(T):
    return max(j - i for i in range(T) for j in range(i, T))


# %% honest: numbers for truth values, other names
def teaching_steps(window, delay):
    distance = np.subtract.outer(np.arange(window), np.arange(window))
    return np.any(distance == delay, axis=1).astype(np.float32)


def largest_delay(window):
    first, last = 1, window
    return last - first


# %% wrong: the whole length of the window
def teaching_steps(T, k):
    return np.arange(T) >= k


def largest_delay(T):
    return T


# %% wrong: one step too few
def teaching_steps(T, k):
    return np.arange(T) > k


def largest_delay(T):
    return T - 2 if T > 1 else 0


# %% wrong: the first steps teach
def teaching_steps(T, k):
    return np.arange(T) < T - k


def largest_delay(T):
    return T - 1


# %% wrong: all steps or none
def teaching_steps(T, k):
    return np.full(T, k < T)


def largest_delay(T):
    return T - 1


# %% wrong: steps counted from one
def teaching_steps(T, k):
    return np.arange(1, T + 1) >= k


def largest_delay(T):
    return T


# %% wrong: the value counts as teaching
def teaching_steps(T, k):
    return np.ones(T, bool)


def largest_delay(T):
    return 2 * T - 1


# %% wrong: one step only
def teaching_steps(T, k):
    return np.arange(T) == k


def largest_delay(T):
    return T - 1
