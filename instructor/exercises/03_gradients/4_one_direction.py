# ---
# number: "3.4"
# title: One random direction
# minutes: 20
# required: false
# points: 4
# kind: code
# ---

# %% [markdown] task
# Checking every entry is slow for a large layer. Check the slope along one random direction instead,
# $\sum g \odot r$ against $(L(W + \epsilon r) - L(W - \epsilon r)) / 2\epsilon$. How many of the ten faults does
# it catch?

# %% [markdown] hint
# Two calls of $L$ are enough, whatever the size of $W$. Both slopes are single numbers.

# %% stub
def slopes_along(f, g, W, r, eps=1e-5):
    """Two slopes of f at W along r: (from the gradient g, measured). W, g and r have one shape."""
    ...


# %% self-check
W, r = rng.standard_normal((2, 3, 4))
analytic, measured = slopes_along(lambda v: np.sum(v**2), 2 * W, W, r)
assert np.ndim(analytic) == np.ndim(measured) == 0, "a slope along a direction is one number"
assert abs(analytic - measured) < 1e-6, "for the right gradient both slopes agree"
analytic, measured = slopes_along(lambda v: np.sum(v**2), 3 * W, W, r)
assert abs(analytic - measured) > 1e-6, "for a wrong gradient they do not: only one of them uses g"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-3.4
def slopes_along(f, g, W, r, eps=1e-5):
    return np.sum(g * r), (f(W + eps * r) - f(W - eps * r)) / (2 * eps)


# %% hidden tests
# GBG-CANARY-3.4
def test_analytic(answer, rng):
    """The analytic slope is the sum over all entries of gradient times direction."""
    g, W, r = rng.standard_normal((3, *rng.integers(2, 6, size=2)))
    got = answer("slopes_along(lambda v: np.sum(v), g, W, r)[0]", g=g, W=W, r=r)
    close(got, np.tensordot(g, r, axes=2))


def test_measured(answer, rng):
    """The measured slope: a central difference along r."""
    c, W, r = rng.standard_normal((3, *rng.integers(2, 6, size=2)))
    eps = rng.uniform(0.1, 0.3)
    got = answer(
        "slopes_along(lambda v: np.sum(c * v**3), W, W, r, eps)[1]", c=c, W=W, r=r, eps=eps
    )
    close(got, np.sum(c * (3 * W**2 * r + eps**2 * r**3)))


def test_two_calls(answer, rng):
    """The loss is called twice, however large W is."""
    W, r = rng.standard_normal((2, 5, rng.integers(4, 9)))
    question = (
        "(calls := [], slopes_along(lambda v: (calls.append(1), np.sum(v))[1], W, W, r), calls)[2]"
    )
    expect(len(answer(question, W=W, r=r)) == 2, "two calls")


# %% [markdown] rubric
# - (1) All ten faults have been tried, and the number of those that are caught is given with the tolerance and
#   the random direction. With another direction the smallest decays may pass.


# %% honest: loops
def slopes_along(f, g, W, r, eps=1e-5):
    analytic = 0.0
    for index in np.ndindex(*W.shape):
        analytic += g[index] * r[index]
    up, down = f(W + eps * r), f(W - eps * r)
    return analytic, (up - down) / eps / 2


# %% honest: einsum, a list
def slopes_along(f, g, W, r, eps=1e-5):
    return [np.einsum("ij,ij->", g, r), np.diff([f(W - eps * r), f(W + eps * r)])[0] / (2 * eps)]


# %% honest: float32, other names
def slopes_along(loss, grad, weights, direction, step=1e-5):
    measured = (loss(weights + step * direction) - loss(weights - step * direction)) / (2 * step)
    return np.float32(np.vdot(grad, direction)), np.float32(measured)


# %% wrong: forward difference
def slopes_along(f, g, W, r, eps=1e-5):
    return np.sum(g * r), (f(W + eps * r) - f(W)) / eps


# %% wrong: not divided by two
def slopes_along(f, g, W, r, eps=1e-5):
    return np.sum(g * r), (f(W + eps * r) - f(W - eps * r)) / eps


# %% wrong: no sum
def slopes_along(f, g, W, r, eps=1e-5):
    return g * r, (f(W + eps * r) - f(W - eps * r)) / (2 * eps)


# %% wrong: direction missing in the step
def slopes_along(f, g, W, r, eps=1e-5):
    return np.sum(g * r), (f(W + eps) - f(W - eps)) / (2 * eps)


# %% wrong: every entry measured
def slopes_along(f, g, W, r, eps=1e-5):
    return np.sum(g * r), np.sum(numerical_gradient(f, W, eps) * r)


# %% wrong: direction of the gradient
def slopes_along(f, g, W, r, eps=1e-5):
    return np.sum(g * g), (f(W + eps * g) - f(W - eps * g)) / (2 * eps)
