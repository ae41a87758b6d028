# ---
# number: "9.3"
# title: The gradients that the text leaves out
# minutes: 20
# required: true
# points: 5
# kind: code
# ---

# %% [markdown] task
# The text derives $dh_{t-1}$ and $dW_h$ of the GRU with the form "reset after". Derive $dx_t$, $dW_x$, $db$ and $db_h$, and check all four with
# `numerical_gradient`.

# %% [markdown] hint
# Start from $da_r$, $da_z$, $da_n$ and $ds = da_n \odot r$ of the text. For each array ask: into which of these four sums does it enter? $b_n$ stands outside the
# bracket with $r$, and $b_{hn}$ inside.

# %% stub
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    """Gradients from dh (N, H), the gradient of the new state, for one step "reset after".

    Shapes are those of gru_step: x (N, D), h (N, H), W_x (D, 3H), W_h (H, 3H), b and b_h (3H,),
    blocks in the order r, z, n. Returns a dict with x, W_x, b and b_h. `gru_step` gives the gates.
    """
    ...


# %% self-check
N, D, H = 2, 3, 4
shapes = {"x": (N, D), "h": (N, H), "W_x": (D, 3 * H), "W_h": (H, 3 * H), "b": 3 * H, "b_h": 3 * H}
case = {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
dh = rng.standard_normal((N, H))
grads = gru_gradients(dh, *case.values())
assert isinstance(grads, dict), "the result is a dict with one gradient for each array"
assert set(grads) == {"x", "W_x", "b", "b_h"}, "one gradient for each of the four arrays"
for name, grad in grads.items():
    assert np.shape(grad) == case[name].shape, f"d{name} has the shape of {name}"
measured = numerical_gradient(lambda b: np.sum(dh * gru_step(**case | {"b": b})[0]), case["b"])
error = np.abs(grads["b"] - measured).reshape(3, H).max(axis=1)
for block, block_error in zip("rzn", error, strict=True):
    assert block_error < 1e-5, (
        f"db, block {block}: what does this bias reach, and is each slope in it?"
    )
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-9.3
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    H = h.shape[1]
    s = h @ W_h[:, 2 * H :] + b_h[2 * H :]
    da_z = dh * (h - n) * z * (1 - z)
    da_n = dh * (1 - z) * (1 - n**2)
    da_r = da_n * s * r * (1 - r)
    beside_x = np.hstack([da_r, da_z, da_n])
    beside_h = np.hstack([da_r, da_z, da_n * r])
    return {
        "x": beside_x @ W_x.T,
        "W_x": x.T @ beside_x,
        "b": beside_x.sum(axis=0),
        "b_h": beside_h.sum(axis=0),
    }


# %% hidden tests
# GBG-CANARY-9.3
def draw(rng):
    N, D, H = rng.permutation(np.arange(2, 7))[:3]
    shapes = {
        **{"x": (N, D), "h": (N, H), "W_x": (D, 3 * H), "W_h": (H, 3 * H)},
        **{"b": (3 * H,), "b_h": (3 * H,)},
    }
    case = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    return case, rng.standard_normal((N, H))


def forward(x, h, W_x, W_h, b, b_h):
    from_x = np.einsum("nd,dgh->gnh", x, W_x.reshape(len(W_x), 3, -1)) + b.reshape(3, 1, -1)
    from_h = np.einsum("nk,kgh->gnh", h, W_h.reshape(len(W_h), 3, -1)) + b_h.reshape(3, 1, -1)
    r, z = 0.5 + 0.5 * np.tanh((from_x[:2] + from_h[:2]) / 2)
    n = np.tanh(from_x[2] + r * from_h[2])
    return n + z * (h - n)


def judge(answer, rng, name):
    case, dh = draw(rng)
    measured = numerical_gradient(lambda v: np.sum(dh * forward(**case | {name: v})), case[name])
    close(answer(f"gru_gradients(dh, x, h, W_x, W_h, b, b_h)[{name!r}]", dh=dh, **case), measured)


def test_x(answer, rng):
    """The input reaches the new state through both gates and the candidate."""
    judge(answer, rng, "x")


def test_W_x(answer, rng):
    """Input weights collect from every sample, block by block in the order r, z, n."""
    judge(answer, rng, "W_x")


def test_b(answer, rng):
    """The bias beside the input collects the three da over all samples."""
    judge(answer, rng, "b")


def test_b_h(answer, rng):
    """The bias beside the state: in the candidate's block it stands inside the bracket with r."""
    judge(answer, rng, "b_h")


# %% honest: loop over samples
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    g = {"x": np.zeros_like(x), "W_x": 0, "b": 0, "b_h": 0}
    H = h.shape[1]
    for k in range(len(x)):
        a = x[k] @ W_x + b
        c = h[k] @ W_h + b_h
        r = 1 / (1 + np.exp(-(a[:H] + c[:H])))
        z = 1 / (1 + np.exp(-(a[H : 2 * H] + c[H : 2 * H])))
        n = np.tanh(a[2 * H :] + r * c[2 * H :])
        dn = dh[k] * (1 - z) * (1 - n * n)
        dz = dh[k] * (h[k] - n) * z * (1 - z)
        dr = dn * c[2 * H :] * r * (1 - r)
        first = np.concatenate([dr, dz, dn])
        g["x"][k] = W_x @ first
        g["W_x"] = g["W_x"] + np.outer(x[k], first)
        g["b"] = g["b"] + first
        g["b_h"] = g["b_h"] + np.concatenate([dr, dz, dn * r])
    return g


# %% honest: einsum
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    H = h.shape[1]
    gates = gru_step(x, h, W_x, W_h, b, b_h)[1]
    r, z, n = gates["r"], gates["z"], gates["n"]
    s = np.einsum("nk,kh->nh", h, W_h[:, 2 * H :]) + b_h[2 * H :]
    a_n = np.einsum("nh,nh,nh->nh", dh, 1 - z, 1 - n**2)
    a_z = np.einsum("nh,nh,nh,nh->nh", dh, h - n, z, 1 - z)
    a_r = np.einsum("nh,nh,nh,nh->nh", a_n, s, r, 1 - r)
    da = np.concatenate([a_r, a_z, a_n], axis=1)
    return {
        "b_h": np.einsum("ngh->gh", np.stack([a_r, a_z, a_n * r], axis=1)).ravel(),
        "b": np.einsum("nh->h", da),
        "W_x": np.einsum("nd,nh->dh", x, da),
        "x": np.einsum("nh,dh->nd", da, W_x),
    }


# %% honest: float32, biases as further rows
def gru_gradients(d_new, inp, state, w_in, w_rec, bias, bias_rec):
    arrays = [np.asarray(v, np.float32) for v in (d_new, inp, state, w_in, w_rec, bias, bias_rec)]
    d_new, inp, state, w_in, w_rec, bias, bias_rec = arrays
    gates = gru_step(*arrays[1:])[1]
    r, z, n = (gates[name] for name in "rzn")
    size = state.shape[1]
    d_n = d_new * (1 - z) * (1 - n**2)
    d_z = d_new * (state - n) * (z - z**2)
    d_r = d_n * (state @ w_rec[:, -size:] + bias_rec[-size:]) * (r - r**2)
    d_act = np.hstack([d_r, d_z, d_n])
    with_one = np.hstack([inp, np.ones((len(inp), 1), np.float32)])
    d_rows = with_one.T @ d_act
    d_bias_rec = np.hstack([d_r, d_z, d_n * r]).sum(0)
    return dict(x=d_act @ w_in.T, W_x=d_rows[:-1], b=d_rows[-1], b_h=d_bias_rec)


# %% wrong: both biases alike
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    s = h @ np.split(W_h, 3, axis=1)[2] + np.split(b_h, 3)[2]
    da_n = dh * (1 - z) * (1 - n**2)
    da = np.hstack([da_n * s * r * (1 - r), dh * (h - n) * z * (1 - z), da_n])
    return {"x": da @ W_x.T, "W_x": x.T @ da, "b": da.sum(axis=0), "b_h": da.sum(axis=0)}


# %% wrong: ds beside the input
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    s = h @ np.split(W_h, 3, axis=1)[2] + np.split(b_h, 3)[2]
    da_n = dh * (1 - z) * (1 - n**2)
    da = np.hstack([da_n * s * r * (1 - r), dh * (h - n) * z * (1 - z), da_n * r])
    return {"x": da @ W_x.T, "W_x": x.T @ da, "b": da.sum(axis=0), "b_h": da.sum(axis=0)}


# %% wrong: sign of z
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    s = h @ np.split(W_h, 3, axis=1)[2] + np.split(b_h, 3)[2]
    da_n = dh * (1 - z) * (1 - n**2)
    da_r, da_z = da_n * s * r * (1 - r), dh * (n - h) * z * (1 - z)
    da, d_rec = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, da_n * r])
    return {"x": da @ W_x.T, "W_x": x.T @ da, "b": da.sum(axis=0), "b_h": d_rec.sum(axis=0)}


# %% wrong: path through the reset gate missing
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    da_n = dh * (1 - z) * (1 - n**2)
    da_r, da_z = np.zeros_like(r), dh * (h - n) * z * (1 - z)
    da, d_rec = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, da_n * r])
    return {"x": da @ W_x.T, "W_x": x.T @ da, "b": da.sum(axis=0), "b_h": d_rec.sum(axis=0)}


# %% wrong: bias forgotten in s
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    s = h @ np.split(W_h, 3, axis=1)[2]
    da_n = dh * (1 - z) * (1 - n**2)
    da_r, da_z = da_n * s * r * (1 - r), dh * (h - n) * z * (1 - z)
    da, d_rec = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, da_n * r])
    return {"x": da @ W_x.T, "W_x": x.T @ da, "b": da.sum(axis=0), "b_h": d_rec.sum(axis=0)}


# %% wrong: blocks in the order z, r, n
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    s = h @ np.split(W_h, 3, axis=1)[2] + np.split(b_h, 3)[2]
    da_n = dh * (1 - z) * (1 - n**2)
    da_r, da_z = da_n * s * r * (1 - r), dh * (h - n) * z * (1 - z)
    da, d_rec = np.hstack([da_z, da_r, da_n]), np.hstack([da_z, da_r, da_n * r])
    return {"x": da @ W_x.T, "W_x": x.T @ da, "b": da.sum(axis=0), "b_h": d_rec.sum(axis=0)}


# %% wrong: mean over samples
def gru_gradients(dh, x, h, W_x, W_h, b, b_h):
    r, z, n = gru_step(x, h, W_x, W_h, b, b_h)[1].values()
    s = h @ np.split(W_h, 3, axis=1)[2] + np.split(b_h, 3)[2]
    da_n = dh * (1 - z) * (1 - n**2)
    da_r, da_z = da_n * s * r * (1 - r), dh * (h - n) * z * (1 - z)
    da, d_rec = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, da_n * r])
    return {"x": da @ W_x.T, "W_x": x.T @ da / len(x), "b": da.mean(0), "b_h": d_rec.mean(0)}
