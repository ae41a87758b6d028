# ---
# number: "4.4"
# title: No carried gradient
# minutes: 20
# required: false
# points: 5
# kind: code
# ---

# %% [markdown] task
# Add the exhibit "no carried gradient" to the echo experiment. Which of the two harms more? Find a reason with the cosine of
# both gradients to the right one, at the start and during training. Take the cosine over all three weights together.

# %% [markdown] hint
# A cosine is the sum of products, divided by both lengths. Join the arrays of a gradient to one long vector first: `ravel` and
# `np.concatenate`.

# %% stub
def backward_cut(dy, x, h, W_x, W_h):
    """As `backward`, but nothing is carried from step t + 1 to step t; the same dict."""
    ...


def cosine(a, b):
    """The cosine of the angle between two gradients: dicts with W_x, W_h and b, of any shape."""
    ...


# %% self-check
x, h0, dy = (rng.standard_normal(shape) for shape in [(4, 3, 2), (4, 5), (4, 3, 5)])
weights = [0.5 * rng.standard_normal(shape) for shape in [(2, 5), (5, 5), (5,)]]
states = forward(x, h0, *weights)
whole, cut = (f(dy, x, states, *weights[:2]) for f in (backward, backward_cut))
assert isinstance(cut, dict), "the gradients come as a dict, as from backward"
assert set(cut) == set(whole), "each of the five arrays has a gradient"
last = np.allclose(cut["x"][:, -1], whole["x"][:, -1])
assert last, "nothing is carried to the last step, so there both agree"
assert not np.allclose(cut["x"][:, 0], whole["x"][:, 0]), "at the first step the cut shows"
assert np.isclose(cosine(whole, whole), 1), "the same direction has the cosine 1"
turned = {name: -3 * value for name, value in whole.items()}
assert np.isclose(cosine(whole, turned), -1), "the opposite direction has the cosine -1"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-4.4
def backward_cut(dy, x, h, W_x, W_h):
    da = dy * (1 - h[:, 1:] ** 2)
    dW_x = np.tensordot(x, da, ((0, 1), (0, 1)))
    dW_h = np.tensordot(h[:, :-1], da, ((0, 1), (0, 1)))
    dh0, db = da[:, 0] @ W_h.T, da.sum(axis=(0, 1))
    return {"x": da @ W_x.T, "h0": dh0, "W_x": dW_x, "W_h": dW_h, "b": db}


def cosine(a, b):
    a, b = (np.concatenate([g[name].ravel() for name in ("W_x", "W_h", "b")]) for g in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


# %% hidden tests
# GBG-CANARY-4.4
def draw(rng):
    N, T, D, H = rng.permutation(np.arange(2, 6))
    shapes = {"x": (N, T, D), "W_x": (D, H), "W_h": (H, H), "b": (H,)}
    values = {name: 0.6 * rng.standard_normal(shape) for name, shape in shapes.items()}
    h = [0.6 * rng.standard_normal((N, H))]
    for t in range(T):
        h.append(np.tanh(values["x"][:, t] @ values["W_x"] + h[-1] @ values["W_h"] + values["b"]))
    return values, np.stack(h, axis=1), rng.standard_normal((N, T, H))


def gradients(answer, values, h, dy):
    given = {name: values[name] for name in ("x", "W_x", "W_h")}
    return answer("backward_cut(dy, x, h, W_x, W_h)", dy=dy, h=h, **given)


def loss(dy, before, x, W_x, W_h, b):
    """Every step from its own state, which is a constant."""
    a = np.einsum("ntd,dh->nth", x, W_x) + np.einsum("ntk,kh->nth", before, W_h) + b
    return np.sum(dy * np.tanh(a))


def test_weights(answer, rng):
    """Each step by itself: sums over steps of the weights' and the bias's own effects."""
    values, h, dy = draw(rng)
    got = gradients(answer, values, h, dy)
    for name in ("W_x", "W_h", "b"):
        expected = numerical_gradient(
            lambda v, n=name: loss(dy, h[:, :-1], **values | {n: v}), values[name]
        )
        close(got[name], expected)


def test_inputs(answer, rng):
    """Each step by itself: the inputs, and the first state through step 1 only."""
    values, h, dy = draw(rng)
    got = gradients(answer, values, h, dy)
    before = numerical_gradient(lambda v: loss(dy, v, **values), h[:, :-1])
    close(got["h0"], before[:, 0])
    close(
        got["x"],
        numerical_gradient(lambda v: loss(dy, h[:, :-1], **values | {"x": v}), values["x"]),
    )


def test_cosine(answer, rng):
    """One angle between two long vectors, whatever their lengths; what is no weight does not count."""
    D, H = rng.permutation(np.arange(2, 6))[:2]
    shapes = {"x": (7, D), "W_x": (D, H), "W_h": (H, H), "b": (H,)}
    a, b = ({name: rng.standard_normal(s) for name, s in shapes.items()} for _ in range(2))
    for name in shapes:
        b[name] = rng.uniform(0.1, 9) * (b[name] + 0.3 * a[name])
    a["x"] = 100 * a["x"]
    dots = [[sum(np.vdot(p[n], q[n]) for n in ("W_x", "W_h", "b")) for p in (a, b)] for q in (a, b)]
    expected = dots[0][1] / np.sqrt(dots[0][0] * dots[1][1])
    close(answer("[cosine(a, b), cosine(b, a)]", a=a, b=b), [expected, expected])


# %% [markdown] rubric
# - (1) The echo experiment has a fourth group, with at least three seeds for each delay. The loop that runs forwards harms far more: without the carried
#   gradient the errors stay below 0.05 up to the delay 4.
# - (1) The reason: at the start both cosines are about 0.7. During training the cut gradient is incomplete, but its cosine stays above
#   zero in nearly all updates. The other one carries a foreign part, its cosine changes its sign, and some updates go uphill.


# %% honest: the chapter's loop
def backward_cut(dy, x, h, W_x, W_h):
    dx, dW_x, dW_h, db = np.empty_like(x), 0 * W_x, 0 * W_h, 0 * W_h[0]
    for t in reversed(range(x.shape[1])):
        da = dy[:, t] * (1 - h[:, t + 1] ** 2)
        dW_x += x[:, t].T @ da
        dW_h += h[:, t].T @ da
        db += da.sum(axis=0)
        dx[:, t] = da @ W_x.T
    return {"x": dx, "h0": da @ W_h.T, "W_x": dW_x, "W_h": dW_h, "b": db}


def cosine(a, b):
    names = ["W_x", "W_h", "b"]
    product = sum(np.sum(a[name] * b[name]) for name in names)
    lengths = [np.sqrt(sum(np.sum(g[name] ** 2) for name in names)) for g in (a, b)]
    return product / (lengths[0] * lengths[1])


# %% honest: step by step through backward
def backward_cut(dy, x, h, W_x, W_h):
    steps = [
        backward(dy[:, t : t + 1], x[:, t : t + 1], h[:, t : t + 2], W_x, W_h)
        for t in range(x.shape[1])
    ]
    total = {name: sum(step[name] for step in steps) for name in ("W_x", "W_h", "b")}
    total["x"] = np.concatenate([step["x"] for step in steps], axis=1)
    total["h0"] = steps[0]["h0"]
    return total


def cosine(a, b):
    a, b = (np.hstack([np.ravel(g["b"]), *g["W_x"], *g["W_h"]]) for g in (a, b))
    return np.sum(a / np.sqrt(np.sum(a * a)) * b / np.sqrt(np.sum(b * b)))


# %% honest: einsum, float32, other names
def backward_cut(d_out, inputs, states, w_in, w_rec):
    d_act = np.asarray(d_out * (1 - states[:, 1:] ** 2), np.float32)
    grads = {"b": np.einsum("nth->h", d_act), "W_x": np.einsum("ntd,nth->dh", inputs, d_act)}
    grads["W_h"] = np.einsum("ntk,nth->kh", states[:, :-1], d_act)
    grads["h0"] = np.einsum("nh,kh->nk", d_act[:, 0], w_rec)
    return grads | {"x": np.einsum("nth,dh->ntd", d_act, w_in)}


def cosine(first, second):
    p, q = [], []
    for name in ("b", "W_h", "W_x"):
        p.extend(np.ravel(first[name]).tolist())
        q.extend(np.ravel(second[name]).tolist())
    return np.float32(np.inner(p, q) / np.sqrt(np.inner(p, p) * np.inner(q, q)))


# %% wrong: time runs forwards
def backward_cut(dy, x, h, W_x, W_h):
    da, dh = np.empty_like(dy), 0 * h[:, 0]
    for t in range(dy.shape[1]):
        da[:, t] = (dy[:, t] + dh) * (1 - h[:, t + 1] ** 2)
        dh = da[:, t] @ W_h.T
    dW_x, dW_h = (np.einsum("ntd,nth->dh", a, da) for a in (x, h[:, :-1]))
    return {"x": da @ W_x.T, "h0": dh, "W_x": dW_x, "W_h": dW_h, "b": da.sum(axis=(0, 1))}


def cosine(a, b):
    a, b = (np.concatenate([g[name].ravel() for name in ("W_x", "W_h", "b")]) for g in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


# %% wrong: the last step only
def backward_cut(dy, x, h, W_x, W_h):
    dy = dy.copy()
    dy[:, :-1] = 0
    da = dy * (1 - h[:, 1:] ** 2)
    dW_x, dW_h = (np.einsum("ntd,nth->dh", a, da) for a in (x, h[:, :-1]))
    dh0, db = da[:, 0] @ W_h.T, da.sum(axis=(0, 1))
    return {"x": da @ W_x.T, "h0": dh0, "W_x": dW_x, "W_h": dW_h, "b": db}


def cosine(a, b):
    a, b = (np.concatenate([g[name].ravel() for name in ("W_x", "W_h", "b")]) for g in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


# %% wrong: state of the wrong step
def backward_cut(dy, x, h, W_x, W_h):
    da = dy * (1 - h[:, 1:] ** 2)
    dW_x, dW_h = (np.einsum("ntd,nth->dh", a, da) for a in (x, h[:, 1:]))
    dh0, db = da[:, 0] @ W_h.T, da.sum(axis=(0, 1))
    return {"x": da @ W_x.T, "h0": dh0, "W_x": dW_x, "W_h": dW_h, "b": db}


def cosine(a, b):
    a, b = (np.concatenate([g[name].ravel() for name in ("W_x", "W_h", "b")]) for g in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


# %% wrong: mean of three cosines
def backward_cut(dy, x, h, W_x, W_h):
    da = dy * (1 - h[:, 1:] ** 2)
    dW_x, dW_h = (np.einsum("ntd,nth->dh", a, da) for a in (x, h[:, :-1]))
    dh0, db = da[:, 0] @ W_h.T, da.sum(axis=(0, 1))
    return {"x": da @ W_x.T, "h0": dh0, "W_x": dW_x, "W_h": dW_h, "b": db}


def cosine(a, b):
    angles = []
    for name in ("W_x", "W_h", "b"):
        p, q = a[name].ravel(), b[name].ravel()
        angles.append(p @ q / np.linalg.norm(p) / np.linalg.norm(q))
    return np.mean(angles)


# %% wrong: all arrays, the inputs too
def backward_cut(dy, x, h, W_x, W_h):
    da = dy * (1 - h[:, 1:] ** 2)
    dW_x, dW_h = (np.einsum("ntd,nth->dh", a, da) for a in (x, h[:, :-1]))
    dh0, db = da[:, 0] @ W_h.T, da.sum(axis=(0, 1))
    return {"x": da @ W_x.T, "h0": dh0, "W_x": dW_x, "W_h": dW_h, "b": db}


def cosine(a, b):
    a, b = (np.concatenate([g[name].ravel() for name in sorted(g)]) for g in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


# %% wrong: a correlation
def backward_cut(dy, x, h, W_x, W_h):
    da = dy * (1 - h[:, 1:] ** 2)
    dW_x, dW_h = (np.einsum("ntd,nth->dh", a, da) for a in (x, h[:, :-1]))
    dh0, db = da[:, 0] @ W_h.T, da.sum(axis=(0, 1))
    return {"x": da @ W_x.T, "h0": dh0, "W_x": dW_x, "W_h": dW_h, "b": db}


def cosine(a, b):
    a, b = (np.concatenate([g[name].ravel() for name in ("W_x", "W_h", "b")]) for g in (a, b))
    return np.corrcoef(a, b)[0, 1]
