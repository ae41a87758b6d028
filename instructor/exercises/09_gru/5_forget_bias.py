# ---
# number: "9.5"
# title: A forget bias for the LSTM
# minutes: 30
# required: false
# points: 6
# kind: code
# ---

# %% [markdown] task
# Repeat the experiment with forget biases of 1 and 3 for the LSTM: `learn(bias, seed)` returns the losses of all updates. Write two measures, `kept` for the start and
# `updates_until` for the training, and use them to explain what you find. Report all seeds.

# %% [markdown] hint
# With $x = 0$ and $h = 0$ a gate is the sigmoid of its bias, and after each step a share $f$ of the cell is left. For the mean of the last 40 losses think of `np.cumsum` or of a loop.

# %% given
from rnnlib import LSTM, Linear, adding_task, mse, set_forget_bias
from rnnlib.train import fit_last


def learn(bias, seed):
    """Train the chapter's LSTM on the adding task: the losses of 480 updates."""
    start, train, _, order = np.random.default_rng(seed).spawn(4)
    layer, head = LSTM(2, 14, rng=start), Linear(14, 1, rng=start)
    set_forget_bias(layer, bias)
    x, y = adding_task(2000, 20, train)
    settings = {"epochs": 12, "batch_size": 50, "lr": 0.01, "max_norm": 1.0, "loss": mse}
    return fit_last(layer, head, x, y, rng=order, **settings)


# %% stub
def kept(b, steps):
    """Share of its cell that each unit (H,) keeps over `steps` steps with x = 0 and h = 0.

    b (4H,) is the bias of an LSTM, blocks in the order i, f, g, o.
    """
    ...


def updates_until(losses, limit):
    """Number of updates after which the mean of the last 40 losses is below limit for the first
    time; None if it never is."""
    ...


# %% self-check
share = kept(np.zeros(8), 1)
assert np.shape(share) == (2,), "one share for each unit; the bias has four blocks"
assert np.allclose(kept(np.full(8, 40.0), 9), 1), "a gate with a large bias keeps all"
assert np.all(kept(np.zeros(8), 3) < share), "each further step keeps less"
losses = np.array([1.0] * 50 + [0.0] * 50)
assert updates_until(losses, -1) is None, "a limit that is never reached"
assert updates_until(losses, 2) == 40, "before 40 updates there are no 40 losses"
assert updates_until(losses, 0.5) > 50, "the mean of 40 losses falls later than the loss"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-9.5
# for bias in (1, 3): print(bias, [updates_until(learn(bias, seed), 0.1) for seed in range(5)])
def kept(b, steps):
    return sigmoid(np.split(b, 4)[1]) ** steps


def updates_until(losses, limit):
    means = np.convolve(losses, np.full(40, 1 / 40), mode="valid")
    below = np.flatnonzero(means < limit)
    return int(below[0]) + 40 if len(below) else None


# %% hidden tests
# GBG-CANARY-9.5
def test_kept(answer, rng):
    """A gate at rest is the sigmoid of its bias; the shares of many steps multiply."""
    H, steps = int(rng.integers(2, 9)), int(rng.integers(2, 30))
    b = 2 * rng.standard_normal(4 * H)
    gate = 1 / (1 + np.exp(-b.reshape(4, H)[1]))
    close(answer("kept(b, steps)", b=b, steps=steps), np.exp(steps * np.log(gate)), atol=1e-12)


def test_first_time(answer, rng):
    """The first time that a mean of the last 40 losses is below the limit, counted in updates."""
    for _ in range(5):
        losses = np.abs(np.linspace(1, -0.6, 200) + 0.3 * rng.standard_normal(200))
        means = np.array([losses[end - 40 : end].mean() for end in range(40, 201)])
        limit = max(rng.uniform(0.3, 0.7), 1.01 * means.min())
        expected = 40 + int(np.argmax(means < limit))
        expect(answer("updates_until(v, limit)", v=losses, limit=limit) == expected, "first time")


def test_ends(answer, rng):
    """The last update counts, and no update is reported when the limit is never reached."""
    level, n = rng.uniform(0.1, 1), int(rng.integers(45, 90))
    losses = np.full(n, level)
    never = answer("updates_until(v, limit)", v=losses, limit=0.9 * level)
    expect(never is None, "never")
    losses[-1] = 0
    found = answer("updates_until(v, limit)", v=losses, limit=0.99 * level)
    expect(found == n, "at the last update")


# %% [markdown] rubric
# - (1) All ten runs (two biases, five seeds) are reported, with the baseline $1/6$ or the LSTM of the text beside them.
# - (1) The result is linked to the start: over 20 steps a cell keeps $0.73^{20} = 0.002$ with a bias of 1, and $0.95^{20} = 0.38$ with 3.
# - (1) The conclusion is limited to this task, length and rate. (Updates until 0.1: 210 to 470 with a bias of 1; 170 to 200 with 3, but one seed of five does not get there.)


# %% honest: loops
def kept(b, steps):
    H = len(b) // 4
    cell = np.ones(H)
    for _ in range(steps):
        cell = cell / (1 + np.exp(-b[H : 2 * H]))
    return cell


def updates_until(losses, limit):
    for end in range(40, len(losses) + 1):
        if sum(losses[end - 40 : end]) / 40 < limit:
            return end
    return None


# %% honest: running sums, other names
def kept(bias, n):
    return np.exp(-n * np.logaddexp(0, -bias.reshape(4, -1)[1]))


def updates_until(curve, level):
    total = np.concatenate([[0], np.cumsum(curve)])
    low = (total[40:] - total[:-40]) / 40 < level
    return np.argmax(low) + 40 if low.any() else None


# %% honest: the cell itself, float32
def kept(b, steps):
    H = len(b) // 4
    b = np.float32(b) * np.repeat(np.float32([0, 1, 0, 0]), H)
    W_x, W_h = np.zeros((1, 4 * H), np.float32), np.zeros((H, 4 * H), np.float32)
    h, c = np.zeros((1, H), np.float32), np.ones((1, H), np.float32)
    for _ in range(steps):
        c = lstm_step(np.zeros((1, 1), np.float32), h * 0, c, W_x, W_h, b)[1]
    return c[0]


def updates_until(losses, limit):
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(losses), 40)
    low = [k for k, window in enumerate(windows) if window.mean() < limit]
    return low[0] + 40 if low else None


# %% wrong: block of the input gate
def kept(b, steps):
    return sigmoid(np.split(b, 4)[0]) ** steps


def updates_until(losses, limit):
    means = np.convolve(losses, np.full(40, 1 / 40), mode="valid")
    below = np.flatnonzero(means < limit)
    return int(below[0]) + 40 if len(below) else None


# %% wrong: share of one step
def kept(b, steps):
    return sigmoid(np.split(b, 4)[1])


def updates_until(losses, limit):
    means = np.convolve(losses, np.full(40, 1 / 40), mode="valid")
    below = np.flatnonzero(means < limit)
    return int(below[0]) + 40 if len(below) else None


# %% wrong: steps inside the sigmoid
def kept(b, steps):
    return sigmoid(np.split(b, 4)[1] * steps)


def updates_until(losses, limit):
    means = np.convolve(losses, np.full(40, 1 / 40), mode="valid")
    below = np.flatnonzero(means < limit)
    return int(below[0]) + 40 if len(below) else None


# %% wrong: first single loss
def kept(b, steps):
    return sigmoid(np.split(b, 4)[1]) ** steps


def updates_until(losses, limit):
    below = np.flatnonzero(np.asarray(losses) < limit)
    return max(int(below[0]) + 1, 40) if len(below) else None


# %% wrong: start of the window
def kept(b, steps):
    return sigmoid(np.split(b, 4)[1]) ** steps


def updates_until(losses, limit):
    means = np.convolve(losses, np.full(40, 1 / 40), mode="valid")
    below = np.flatnonzero(means < limit)
    return int(below[0]) if len(below) else None


# %% wrong: only every fortieth update
def kept(b, steps):
    return sigmoid(np.split(b, 4)[1]) ** steps


def updates_until(losses, limit):
    for end in range(40, len(losses) + 1, 40):
        if np.mean(losses[end - 40 : end]) < limit:
            return end
    return None


# %% wrong: last update when it is never reached
def kept(b, steps):
    return sigmoid(np.split(b, 4)[1]) ** steps


def updates_until(losses, limit):
    for end in range(40, len(losses)):
        if np.mean(losses[end - 40 : end]) < limit:
            return end
    return len(losses)
