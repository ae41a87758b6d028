# ---
# number: "4.2"
# title: A loss that reads the last state
# minutes: 20
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Extend `backward` with an argument `d_state`, the gradient of the loss in the last state. Check it with `numerical_gradient` for a loss
# that reads the last state as well.

# %% [markdown] hint
# At the last step the carried gradient was zero, because nothing followed. What follows now?

# %% stub
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    """As `backward`, with d_state (N, H): a dict with the gradients in x, h0, W_x, W_h and b."""
    ...


# %% self-check
x, h0, dy = (rng.standard_normal(shape) for shape in [(4, 3, 2), (4, 5), (4, 3, 5)])
W_x, W_h, b = (0.5 * rng.standard_normal(shape) for shape in [(2, 5), (5, 5), (5,)])
d_state, states = rng.standard_normal((4, 5)), forward(x, h0, W_x, W_h, b)
grads = backward_from_state(dy, 0 * d_state, x, states, W_x, W_h)
assert isinstance(grads, dict), "the gradients come as a dict, as from backward"
assert set(grads) == {"x", "h0", "W_x", "W_h", "b"}, "each of the five arrays has a gradient"
old = backward(dy, x, states, W_x, W_h)
assert np.allclose(grads["W_h"], old["W_h"]), "without a gradient in the last state nothing changes"


def loss_of_bias(bias):
    y = forward(x, h0, W_x, W_h, bias)
    return np.sum(dy * y[:, 1:]) + np.sum(d_state * y[:, -1])


grads = backward_from_state(dy, d_state, x, states, W_x, W_h)
measured = numerical_gradient(loss_of_bias, b)
assert np.allclose(grads["b"], measured, atol=1e-5), "one more gradient meets: at which state?"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-4.2
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    da, dh = np.empty_like(dy), d_state
    for t in reversed(range(dy.shape[1])):
        da[:, t] = (dy[:, t] + dh) * (1 - h[:, t + 1] ** 2)
        dh = da[:, t] @ W_h.T
    return {
        "x": da @ W_x.T,
        "h0": dh,
        "W_x": np.tensordot(x, da, ((0, 1), (0, 1))),
        "W_h": np.tensordot(h[:, :-1], da, ((0, 1), (0, 1))),
        "b": da.sum(axis=(0, 1)),
    }


# %% hidden tests
# GBG-CANARY-4.2
def draw(rng):
    N, T, D, H = rng.permutation(np.arange(2, 6))
    shapes = {"x": (N, T, D), "h0": (N, H), "W_x": (D, H), "W_h": (H, H), "b": (H,)}
    values = {name: 0.6 * rng.standard_normal(shape) for name, shape in shapes.items()}
    return values, rng.standard_normal((N, T, H)), rng.standard_normal((N, H))


def run(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        a = np.einsum("nd,dh->nh", x[:, t], W_x) + states[-1] @ W_h + b
        states.append(1 - 2 / (np.exp(2 * a) + 1))
    return np.stack(states, axis=1)


def gradients(answer, values, dy, d_state):
    question = "backward_from_state(dy, d_state, x, h, W_x, W_h)"
    given = {name: values[name] for name in ("x", "W_x", "W_h")}
    return answer(question, dy=dy, d_state=d_state, h=run(**values), **given)


def compare(got, values, dy, d_state, names):
    def loss(name, value):
        h = run(**values | {name: value})
        return np.sum(dy * h[:, 1:]) + np.sum(d_state * h[:, -1])

    for name in names:
        close(got[name], numerical_gradient(lambda v, n=name: loss(n, v), values[name]))


def test_outputs_only(answer, rng):
    """Without a gradient in the last state: what backward gave before."""
    values, dy, d_state = draw(rng)
    compare(gradients(answer, values, dy, 0 * d_state), values, dy, 0 * d_state, values)


def test_state_only(answer, rng):
    """From the last state alone, back through all steps, once."""
    values, dy, d_state = draw(rng)
    compare(gradients(answer, values, 0 * dy, d_state), values, 0 * dy, d_state, values)


def test_weights(answer, rng):
    """Both gradients meet at the last state: gradients of the weights and the bias."""
    values, dy, d_state = draw(rng)
    compare(gradients(answer, values, dy, d_state), values, dy, d_state, ("W_x", "W_h", "b"))


def test_inputs(answer, rng):
    """Both gradients meet at the last state: gradients of the inputs and the first state."""
    values, dy, d_state = draw(rng)
    compare(gradients(answer, values, dy, d_state), values, dy, d_state, ("x", "h0"))


# %% honest: added to the last output
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    dy = dy.copy()
    dy[:, -1] += d_state
    return backward(dy, x, h, W_x, W_h)


# %% honest: loop over samples
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    g = {"W_x": 0 * W_x, "W_h": 0 * W_h, "b": np.zeros(len(W_h)), "x": 0 * x, "h0": 0 * d_state}
    for n in range(len(x)):
        dh = d_state[n]
        for t in range(x.shape[1] - 1, -1, -1):
            da = (dh + dy[n, t]) * (1 - h[n, t + 1] ** 2)
            g["W_x"] += np.outer(x[n, t], da)
            g["W_h"] += np.outer(h[n, t], da)
            g["b"] += da
            g["x"][n, t] = W_x @ da
            dh = W_h @ da
        g["h0"][n] = dh
    return g


# %% honest: einsum, float32, other names
def backward_from_state(d_out, d_last, inputs, states, w_in, w_rec):
    carried, d_act = d_last, []
    for t in range(d_out.shape[1])[::-1]:
        d_act.insert(0, (carried + d_out[:, t]) * (1 - states[:, t + 1] ** 2))
        carried = np.einsum("nh,kh->nk", d_act[0], w_rec)
    d_act = np.stack(d_act, axis=1).astype(np.float32)
    grads = {"W_x": np.einsum("ntd,nth->dh", inputs, d_act), "b": np.einsum("nth->h", d_act)}
    grads["W_h"] = np.einsum("ntk,nth->kh", states[:, :-1], d_act)
    return grads | {"x": np.einsum("nth,dh->ntd", d_act, w_in), "h0": carried}


# %% wrong: dropped
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    return backward(dy, x, h, W_x, W_h)


# %% wrong: added at the first step
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    dy = dy.copy()
    dy[:, 0] += d_state
    return backward(dy, x, h, W_x, W_h)


# %% wrong: added at every step
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    return backward(dy + d_state[:, None], x, h, W_x, W_h)


# %% wrong: in place of the last output
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    dy = dy.copy()
    dy[:, -1] = d_state
    return backward(dy, x, h, W_x, W_h)


# %% wrong: sent through the weights first
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    dy = dy.copy()
    dy[:, -1] += d_state @ W_h.T
    return backward(dy, x, h, W_x, W_h)


# %% wrong: added to the gradient in the first state
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    grads = backward(dy, x, h, W_x, W_h)
    grads["h0"] = grads["h0"] + d_state
    return grads


# %% wrong: the loop runs forwards
def backward_from_state(dy, d_state, x, h, W_x, W_h):
    da, dh = np.empty_like(dy), d_state
    for t in range(dy.shape[1]):
        da[:, t] = (dy[:, t] + dh) * (1 - h[:, t + 1] ** 2)
        dh = da[:, t] @ W_h.T
    grads = {"x": da @ W_x.T, "h0": dh, "b": da.sum(axis=(0, 1))}
    grads["W_x"] = np.einsum("ntd,nth->dh", x, da)
    grads["W_h"] = np.einsum("ntk,nth->kh", h[:, :-1], da)
    return grads
