# ---
# number: "3.2"
# title: A step with the sigmoid
# minutes: 20
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Replace $\tanh$ by the sigmoid: derive its slope from the output alone, change `step` and $da$,
# and make the check hold.

# %% [markdown] hint
# Write the sigmoid as $h = 1 / (1 + e^{-a})$ and differentiate. Then look for $h$ in the result:
# $e^{-a}$ need not occur in it.

# %% stub
def sigmoid_step(x, h, W_x, W_h, b):
    """One step: x (N, D), h (N, H), W_x (D, H), W_h (H, H), b (H,) to the new state (N, H)."""
    ...


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    """Gradients from dh (N, H) and the output h_new (N, H): a dict with x, h, W_x, W_h and b."""
    ...


# %% self-check
x, h, W_x, W_h, b, dh = (
    0.5 * rng.standard_normal(shape) for shape in [(4, 3), (4, 5), (3, 5), (5, 5), (5,), (4, 5)]
)
h_new = sigmoid_step(x, h, W_x, W_h, b)
assert np.shape(h_new) == (4, 5), "the new state has one row for each sample, one column per unit"
assert np.all((h_new > 0) & (h_new < 1)), "a sigmoid gives numbers between 0 and 1"
grads = sigmoid_backward(dh, h_new, x, h, W_x, W_h)
assert set(grads) == {"x", "h", "W_x", "W_h", "b"}, "each of the five arrays has a gradient"
measured = numerical_gradient(lambda v: np.sum(dh * sigmoid_step(x, h, W_x, W_h, v)), b)
assert relative_error(np.asarray(grads["b"], float), measured) < 1e-5, (
    "db collects da: whose slope is in it?"
)
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-3.2
def sigmoid_step(x, h, W_x, W_h, b):
    return 1 / (1 + np.exp(-(x @ W_x + h @ W_h + b)))


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    da = dh * h_new * (1 - h_new)
    return {"x": da @ W_x.T, "h": da @ W_h.T, "W_x": x.T @ da, "W_h": h.T @ da, "b": da.sum(axis=0)}


# %% hidden tests
# GBG-CANARY-3.2
def draw(rng):
    N, D, H = rng.permutation(np.arange(2, 8))[:3]
    shapes = {"x": (N, D), "h": (N, H), "W_x": (D, H), "W_h": (H, H), "b": (H,), "dh": (N, H)}
    return {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}


def forward(x, h, W_x, W_h, b, **_):
    return 0.5 + 0.5 * np.tanh((np.einsum("nd,dh->nh", x, W_x) + h @ W_h + b) / 2)


def gradients(answer, case):
    new = forward(**case)
    given = {name: value for name, value in case.items() if name != "b"}
    return answer("sigmoid_backward(dh, new, x, h, W_x, W_h)", new=new, **given)


def measured(case, name):
    def loss(value):
        return np.sum(case["dh"] * forward(**case | {name: value}))

    return numerical_gradient(loss, case[name])


def test_forward(answer, rng):
    """One step with the sigmoid of x W_x + h W_h + b."""
    case = draw(rng)
    arguments = {name: value for name, value in case.items() if name != "dh"}
    close(answer("sigmoid_step(x, h, W_x, W_h, b)", **arguments), forward(**case))


def test_bias(answer, rng):
    """The slope of the sigmoid, from the output alone, and the sum over samples."""
    case = draw(rng)
    close(gradients(answer, case)["b"], measured(case, "b"))


def test_weights(answer, rng):
    """Gradients of both weights: which array meets da, and which one is transposed."""
    case = draw(rng)
    for name in ("W_x", "W_h"):
        close(gradients(answer, case)[name], measured(case, name))


def test_inputs(answer, rng):
    """Gradients of what comes in, x and the old state: da passes the weights backwards."""
    case = draw(rng)
    for name in ("x", "h"):
        close(gradients(answer, case)[name], measured(case, name))


# %% honest: loop over samples
def sigmoid_step(x, h, W_x, W_h, b):
    rows = []
    for n in range(len(x)):
        a = x[n] @ W_x + h[n] @ W_h + b
        rows.append(np.exp(a) / (1 + np.exp(a)))
    return np.array(rows)


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    g = {"x": [], "h": [], "W_x": 0, "W_h": 0, "b": 0}
    for n in range(len(x)):
        da = dh[n] * h_new[n] * (1 - h_new[n])
        g["x"].append(W_x @ da)
        g["h"].append(W_h @ da)
        g["W_x"] = g["W_x"] + np.outer(x[n], da)
        g["W_h"] = g["W_h"] + np.outer(h[n], da)
        g["b"] = g["b"] + da
    return g


# %% honest: einsum
def sigmoid_step(x, h, W_x, W_h, b):
    a = np.einsum("nd,dh->nh", x, W_x) + np.einsum("nk,kh->nh", h, W_h) + b
    return (1 + np.exp(-a)) ** -1


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    da = np.einsum("nh,nh,nh->nh", dh, h_new, 1 - h_new)
    return {
        "W_x": np.einsum("nd,nh->dh", x, da),
        "W_h": np.einsum("nk,nh->kh", h, da),
        "b": np.einsum("nh->h", da),
        "x": np.einsum("nh,dh->nd", da, W_x),
        "h": np.einsum("nh,kh->nk", da, W_h),
    }


# %% honest: float32, other names
def sigmoid_step(inputs, state, w_in, w_rec, bias):
    a = inputs @ w_in + state @ w_rec + bias
    return np.reciprocal(1 + np.exp(-a))


def sigmoid_backward(d_out, out, inputs, state, w_in, w_rec):
    out = np.asarray(out, np.float32)
    d_act = np.asarray(d_out, np.float32) * (out - out**2)
    grads = dict(x=d_act @ w_in.T, h=d_act @ w_rec.T, b=np.sum(d_act, 0))
    grads["W_x"] = (d_act.T @ inputs).T
    grads["W_h"] = (d_act.T @ state).T
    return grads


# %% wrong: slope of tanh
def sigmoid_step(x, h, W_x, W_h, b):
    return 1 / (1 + np.exp(-(x @ W_x + h @ W_h + b)))


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    da = dh * (1 - h_new**2)
    return {"x": da @ W_x.T, "h": da @ W_h.T, "W_x": x.T @ da, "W_h": h.T @ da, "b": da.sum(axis=0)}


# %% wrong: slope missing
def sigmoid_step(x, h, W_x, W_h, b):
    return 1 / (1 + np.exp(-(x @ W_x + h @ W_h + b)))


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    return {"x": dh @ W_x.T, "h": dh @ W_h.T, "W_x": x.T @ dh, "W_h": h.T @ dh, "b": dh.sum(axis=0)}


# %% wrong: slope of the old state
def sigmoid_step(x, h, W_x, W_h, b):
    return 1 / (1 + np.exp(-(x @ W_x + h @ W_h + b)))


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    da = dh * h * (1 - h)
    return {"x": da @ W_x.T, "h": da @ W_h.T, "W_x": x.T @ da, "W_h": h.T @ da, "b": da.sum(axis=0)}


# %% wrong: W_h not transposed
def sigmoid_step(x, h, W_x, W_h, b):
    return 1 / (1 + np.exp(-(x @ W_x + h @ W_h + b)))


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    da = dh * h_new * (1 - h_new)
    return {"x": da @ W_x.T, "h": da @ W_h, "W_x": x.T @ da, "W_h": h.T @ da, "b": da.sum(axis=0)}


# %% wrong: mean over samples
def sigmoid_step(x, h, W_x, W_h, b):
    return 1 / (1 + np.exp(-(x @ W_x + h @ W_h + b)))


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    da = dh * h_new * (1 - h_new)
    n = len(x)
    return {
        "x": da @ W_x.T,
        "h": da @ W_h.T,
        "W_x": x.T @ da / n,
        "W_h": h.T @ da / n,
        "b": da.mean(axis=0),
    }


# %% wrong: still tanh in the forward step
def sigmoid_step(x, h, W_x, W_h, b):
    return np.tanh(x @ W_x + h @ W_h + b)


def sigmoid_backward(dh, h_new, x, h, W_x, W_h):
    da = dh * h_new * (1 - h_new)
    return {"x": da @ W_x.T, "h": da @ W_h.T, "W_x": x.T @ da, "W_h": h.T @ da, "b": da.sum(axis=0)}
