# ---
# number: "2.2"
# title: Time first
# minutes: 15
# required: true
# points: 3
# kind: code
# ---

# %% [markdown] task
# Write `run` with time first, $(T, N, D)$ to $(T, N, H)$, from a given first state, and test it against ours with all sizes
# different.

# %% [markdown] hint
# `x[t]` is then the input of all samples at one step. Or swap two axes, call `run`, and swap them back; `reshape` does
# not swap axes.

# %% stub
def run_time_first(x, W_x, W_h, b, h):
    """All states (T, N, H) for x (T, N, D), the weights and b, from the state h (N, H)."""
    ...


# %% self-check
T, N, D, H = 6, 4, 3, 5
x, first = rng.standard_normal((N, T, D)), rng.standard_normal((N, H))
layer = RNN(D, H, rng=rng)
states = run_time_first(x.swapaxes(0, 1), *layer.params.values(), first)
assert np.shape(states) == (T, N, H), "one state for each step and sample, and steps come first"
ours = run(x, *layer.params.values(), first)
assert np.allclose(states[0], ours[:, 0], atol=1e-5), "the first step starts from the given state"
assert np.allclose(states[-1], ours[:, -1], atol=1e-5), "each step continues the step before"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-2.2
def run_time_first(x, W_x, W_h, b, h):
    states = []
    for x_t in x:
        h = np.tanh(x_t @ W_x + h @ W_h + b)
        states.append(h)
    return np.array(states)


# %% hidden tests
# GBG-CANARY-2.2
def draw(rng):
    T, N, D, H = rng.permutation(np.arange(2, 8))[:4]
    shapes = {"x": (T, N, D), "W_x": (D, H), "W_h": (H, H), "b": (H,), "h": (N, H)}
    return {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}


def reference(x, W_x, W_h, b, h):
    """Sample by sample, with columns in place of rows."""
    y = np.empty((*x.shape[:2], len(b)))
    for n in range(x.shape[1]):
        column = h[n]
        for t in range(x.shape[0]):
            column = y[t, n] = np.tanh(W_x.T @ x[t, n] + W_h.T @ column + b)
    return y


def states(answer, case):
    return answer("run_time_first(x, W_x, W_h, b, h)", **case)


def test_one_step(answer, rng):
    """One step of all samples, from the given state."""
    case = draw(rng)
    case["x"] = case["x"][:1]
    close(states(answer, case), reference(**case))


def test_all_steps(answer, rng):
    """The state is carried from step to step, for each sample by itself."""
    case = draw(rng)
    close(states(answer, case), reference(**case))


def test_cut(answer, rng):
    """A cut sequence gives the same states if the last state is carried."""
    case = draw(rng)
    cut = int(rng.integers(1, len(case["x"])))
    question = (
        "(first := run_time_first(x[:k], W_x, W_h, b, h), "
        "run_time_first(x[k:], W_x, W_h, b, first[-1]))[1]"
    )
    close(answer(question, k=cut, **case), reference(**case)[cut:])


# %% honest: axes swapped
def run_time_first(x, W_x, W_h, b, h):
    return run(x.swapaxes(0, 1), W_x, W_h, b, h).swapaxes(0, 1)


# %% honest: einsum
def run_time_first(x, W_x, W_h, b, h):
    from_input = np.einsum("tnd,dh->tnh", x, W_x) + b
    states = np.empty_like(from_input)
    for t, a in enumerate(from_input):
        h = np.tanh(a + np.einsum("nk,kh->nh", h, W_h))
        states[t] = h
    return states


# %% honest: loop over samples, float32
def run_time_first(inputs, w_in, w_rec, bias, state):
    all_states = np.zeros((len(inputs), *state.shape), np.float32)
    for n in range(inputs.shape[1]):
        row = state[n]
        for t in range(inputs.shape[0]):
            row = np.tanh(inputs[t, n] @ w_in + row @ w_rec + bias)
            all_states[t, n] = row
    return all_states


# %% honest: the library's layer
def run_time_first(x, W_x, W_h, b, h):
    layer = RNN(*W_x.shape, rng=rng)
    layer.params = {"W_x": W_x, "W_h": W_h, "b": b}
    y, _ = layer.forward(np.transpose(x, (1, 0, 2)), h)
    return np.transpose(y, (1, 0, 2))


# %% wrong: samples read as steps
def run_time_first(x, W_x, W_h, b, h):
    y = np.empty((*x.shape[:2], len(b)))
    state = np.zeros((len(x), len(b)))
    for n in range(x.shape[1]):
        state = y[:, n] = np.tanh(x[:, n] @ W_x + state @ W_h + b)
    return y


# %% wrong: reshape for swapped axes
def run_time_first(x, W_x, W_h, b, h):
    T, N, D = x.shape
    return run(x.reshape(N, T, D), W_x, W_h, b, h).reshape(T, N, len(b))


# %% wrong: the state is not carried
def run_time_first(x, W_x, W_h, b, h):
    return np.array([np.tanh(x_t @ W_x + h @ W_h + b) for x_t in x])


# %% wrong: starts from zeros
def run_time_first(x, W_x, W_h, b, h):
    return run(x.swapaxes(0, 1), W_x, W_h, b).swapaxes(0, 1)


# %% wrong: batch first in the result
def run_time_first(x, W_x, W_h, b, h):
    return run(x.swapaxes(0, 1), W_x, W_h, b, h)


# %% wrong: recurrent weights transposed
def run_time_first(x, W_x, W_h, b, h):
    return run(x.swapaxes(0, 1), W_x, W_h.T, b, h).swapaxes(0, 1)


# %% wrong: bias left out
def run_time_first(x, W_x, W_h, b, h):
    return run(x.swapaxes(0, 1), W_x, W_h, 0 * b, h).swapaxes(0, 1)


# %% wrong: states before the steps
def run_time_first(x, W_x, W_h, b, h):
    states = []
    for x_t in x:
        states.append(h)
        h = np.tanh(x_t @ W_x + h @ W_h + b)
    return np.array(states)
