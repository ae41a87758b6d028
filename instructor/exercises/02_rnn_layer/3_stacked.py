# ---
# number: "2.3"
# title: One stacked matrix
# minutes: 15
# required: true
# points: 4
# kind: code
# without: [rnnlib.count_params]
# ---

# %% [markdown] task
# Write a layer that computes $[x; h]\, W$ from one stacked matrix, and count its parameters for any $D$ and $H$. Test the count with
# `count_params("rnn", D, H)`. The bias is the last row of $W$, with a 1 as its input.

# %% [markdown] hint
# `np.concatenate` with `axis=1` puts arrays side by side, with `axis=0` on top of each other. How many rows does $W$
# have?

# %% stub
def stack(W_x, W_h, b):
    """W from W_x (D, H), W_h (H, H), b (H,): W_x on top, then W_h, then b."""
    ...


def stacked_step(x, h, W):
    """One step: x (N, D), h (N, H) and the stacked W to the new state (N, H)."""
    ...


def count_stacked(D, H):
    """The number of entries of W."""
    ...


# %% self-check
x, h = rng.standard_normal((4, 3)), rng.standard_normal((4, 5))
W_x, W_h, b = (rng.standard_normal(shape) for shape in [(3, 5), (5, 5), (5,)])
W = stack(W_x, W_h, b)
assert W is not None, "stack returns an array"
assert np.allclose(W[:3], W_x), "W_x is on top"
assert count_stacked(3, 5) == W.size, "the count is that of the entries of W"
new = stacked_step(x, h, W)
assert np.shape(new) == (4, 5), "the new state has one row for each sample, one column per unit"
one = run(x[:, None], W_x, W_h, b, h)[:, 0]
assert np.allclose(new, one, atol=1e-5), "one product in place of two, with bias and tanh"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-2.3
def stack(W_x, W_h, b):
    return np.concatenate([W_x, W_h, b[None]], axis=0)


def stacked_step(x, h, W):
    return np.tanh(np.concatenate([x, h, np.ones((len(x), 1))], axis=1) @ W)


def count_stacked(D, H):
    return (D + H + 1) * H


# %% hidden tests
# GBG-CANARY-2.3
def draw(rng):
    N, D, H = rng.permutation(np.arange(2, 8))[:3]
    shapes = {"x": (N, D), "h": (N, H), "W_x": (D, H), "W_h": (H, H), "b": (H,)}
    return {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}


def test_stack(answer, rng):
    """The rows of W: first those of the input, then those of the state, then the bias."""
    case = draw(rng)
    D, H = case["W_x"].shape
    got = np.asarray(answer("stack(W_x, W_h, b)", **case), float)
    expect(got.shape == (D + H + 1, H), "shape")
    for k, part in ((0, case["W_x"]), (D, case["W_h"]), (D + H, case["b"][None])):
        close(got[k : k + len(part)], part)


def test_step(answer, rng):
    """One product of [x, h, 1] and W, then tanh."""
    case = draw(rng)
    W = np.vstack([case["W_x"], case["W_h"], case["b"]])
    expected = np.tanh(
        np.einsum("nd,dh->nh", case["x"], case["W_x"]) + case["h"] @ case["W_h"] + case["b"]
    )
    close(answer("stacked_step(x, h, W)", x=case["x"], h=case["h"], W=W), expected)


def test_count(answer, rng):
    """The count for any sizes: rows times columns of W, the bias included."""
    for _ in range(3):
        D, H = rng.integers(1, 500, 2)
        got = answer("count_stacked(D, H)", D=int(D), H=int(H))
        expect(got == np.zeros((D, H)).size + np.zeros((H, H)).size + np.zeros(H).size, "count")


def test_together(answer, rng):
    """Both functions together are the step of the chapter."""
    case = draw(rng)
    expected = np.tanh(case["b"] + case["h"] @ case["W_h"] + case["x"] @ case["W_x"])
    close(answer("stacked_step(x, h, stack(W_x, W_h, b))", **case), expected)


# %% honest: vstack, hstack
def stack(W_x, W_h, b):
    return np.vstack([W_x, W_h, b])


def stacked_step(x, h, W):
    return np.tanh(np.hstack([x, h, np.ones_like(x[:, :1])]) @ W)


def count_stacked(D, H):
    return D * H + H * H + H


# %% honest: loop over samples, bias added apart
def stack(W_x, W_h, b):
    return np.array([*W_x, *W_h, b])


def stacked_step(x, h, W):
    return np.array([np.tanh(np.append(x[n], h[n]) @ W[:-1] + W[-1]) for n in range(len(x))])


def count_stacked(D, H):
    return np.zeros((D + H + 1, H)).size


# %% honest: einsum, float32, other names
def stack(w_in, w_rec, bias):
    stacked = np.empty((len(w_in) + len(w_rec) + 1, len(bias)), np.float32)
    stacked[: len(w_in)], stacked[len(w_in) : -1], stacked[-1] = w_in, w_rec, bias
    return stacked


def stacked_step(inputs, state, weights):
    row = np.pad(np.concatenate([inputs, state], axis=1), ((0, 0), (0, 1)), constant_values=1)
    return np.tanh(np.einsum("nk,kh->nh", row.astype(np.float32), weights))


def count_stacked(n_in, n_hidden):
    return n_hidden * (1 + n_in + n_hidden)


# %% wrong: state before input
def stack(W_x, W_h, b):
    return np.concatenate([W_h, W_x, b[None]], axis=0)


def stacked_step(x, h, W):
    return np.tanh(np.concatenate([h, x, np.ones((len(x), 1))], axis=1) @ W)


def count_stacked(D, H):
    return (D + H + 1) * H


# %% wrong: no bias
def stack(W_x, W_h, b):
    return np.concatenate([W_x, W_h], axis=0)


def stacked_step(x, h, W):
    return np.tanh(np.concatenate([x, h], axis=1) @ W[: x.shape[1] + h.shape[1]])


def count_stacked(D, H):
    return (D + H) * H


# %% wrong: zeros beside the bias
def stack(W_x, W_h, b):
    return np.concatenate([W_x, W_h, b[None]], axis=0)


def stacked_step(x, h, W):
    return np.tanh(np.concatenate([x, h, np.zeros((len(x), 1))], axis=1) @ W)


def count_stacked(D, H):
    return (D + H + 1) * H


# %% wrong: tanh left out
def stack(W_x, W_h, b):
    return np.concatenate([W_x, W_h, b[None]], axis=0)


def stacked_step(x, h, W):
    return np.concatenate([x, h, np.ones((len(x), 1))], axis=1) @ W


def count_stacked(D, H):
    return (D + H + 1) * H


# %% wrong: the count of two biases
def stack(W_x, W_h, b):
    return np.concatenate([W_x, W_h, b[None]], axis=0)


def stacked_step(x, h, W):
    return np.tanh(np.concatenate([x, h, np.ones((len(x), 1))], axis=1) @ W)


def count_stacked(D, H):
    return (D + H + 2) * H


# %% wrong: the count forgets the bias
def stack(W_x, W_h, b):
    return np.concatenate([W_x, W_h, b[None]], axis=0)


def stacked_step(x, h, W):
    return np.tanh(np.concatenate([x, h, np.ones((len(x), 1))], axis=1) @ W)


def count_stacked(D, H):
    return (D + H) * H


# %% wrong: the bias is the first row
def stack(W_x, W_h, b):
    return np.concatenate([b[None], W_x, W_h], axis=0)


def stacked_step(x, h, W):
    return np.tanh(np.concatenate([np.ones((len(x), 1)), x, h], axis=1) @ W)


def count_stacked(D, H):
    return (D + H + 1) * H
