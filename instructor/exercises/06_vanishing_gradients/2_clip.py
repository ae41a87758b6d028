# ---
# number: "6.2"
# title: Your own clipping
# minutes: 20
# required: true
# points: 4
# kind: code
# without: [rnnlib.clip_grad_norm]
# ---

# %% [markdown] task
# Write your own `clip(grads, max_norm)`. Assert three properties on random arrays: the norm afterwards is at most the limit,
# the direction is kept, and nothing happens below the limit. It returns a new dict and leaves the old arrays as they are.

# %% [markdown] hint
# One norm for all arrays together, and one factor for all. What is the factor when the norm is below the limit?

# %% stub
def clip(grads, max_norm):
    """A new dict of arrays: grads, shrunk if the norm of all together is above max_norm."""
    ...


# %% self-check
grads = {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(4)}
kept = {name: value.copy() for name, value in grads.items()}
clipped = clip(grads, 0.5)
assert isinstance(clipped, dict), "the result is a dict of arrays"
for name, value in kept.items():
    assert np.array_equal(grads[name], value), "the old arrays stay as they are"
norm = np.sqrt(sum(np.sum(value**2) for value in clipped.values()))
assert norm < 0.5 + 1e-6, "the norm of all arrays together is at most the limit"
ratios = np.concatenate([np.ravel(clipped[name] / grads[name]) for name in grads])
assert np.allclose(ratios, ratios[0]), "the direction is kept: one factor for all entries"
same = clip(grads, 100.0)
assert np.allclose(same["W"], grads["W"]), "nothing happens below the limit"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-6.2
def clip(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: factor * g for name, g in grads.items()}


# %% hidden tests
# GBG-CANARY-6.2
def draw(rng):
    sizes = rng.permutation(np.arange(2, 7))
    shapes = {"W_x": (sizes[0], sizes[1]), "W_h": (sizes[1], sizes[1]), "b": (sizes[1],)}
    return {n: rng.uniform(0.1, 9) * rng.standard_normal(shape) for n, shape in shapes.items()}


def length(grads):
    return np.sqrt(sum(np.vdot(g, g) for g in grads.values()))


def test_above(answer, rng):
    """Above the limit: afterwards the common norm of all arrays is the limit."""
    grads = draw(rng)
    limit = length(grads) * rng.uniform(0.1, 0.9)
    got = answer("clip(grads, limit)", grads=grads, limit=limit)
    close(length({n: np.asarray(g, float) for n, g in got.items()}), limit)


def test_direction(answer, rng):
    """The direction is kept: the same factor for every entry of every array."""
    grads = draw(rng)
    share = rng.uniform(0.1, 0.9)
    got = answer("clip(grads, limit)", grads=grads, limit=share * length(grads))
    expect(set(got) == set(grads), "the same names")
    for name, g in grads.items():
        close(got[name], share * g)


def test_below(answer, rng):
    """Below the limit nothing changes, and gradients of zero stay zero."""
    grads = draw(rng)
    for scale in (1.0, 0.0):
        small = {name: scale * g for name, g in grads.items()}
        got = answer("clip(grads, limit)", grads=small, limit=1.5 * length(grads))
        for name, g in small.items():
            close(got[name], g)
        same = answer("clip(grads, limit) is grads", grads=small, limit=1.5 * length(grads))
        expect(not same, "a new dict")


def test_old_arrays(answer, rng):
    """The old arrays stay as they are."""
    grads = draw(rng)
    clipped, old = answer("(clip(grads, limit), grads)", grads=grads, limit=0.5 * length(grads))
    for name, g in grads.items():
        close(old[name], g)
        expect(np.shape(clipped[name]) == g.shape, "a result for each array")


# %% honest: loop
def clip(grads, max_norm):
    total = 0.0
    for g in grads.values():
        for entry in g.ravel():
            total += entry**2
    clipped = {}
    for name in grads:
        clipped[name] = grads[name].copy()
        if total > max_norm**2:
            clipped[name] *= max_norm / total**0.5
    return clipped


# %% honest: einsum, float32
def clip(grads, max_norm):
    squares = [np.einsum("i,i->", g.ravel(), g.ravel()) for g in grads.values()]
    factor = min(1.0, max_norm / max(np.sqrt(np.sum(squares)), 1e-12))
    return {name: (g * factor).astype(np.float32) for name, g in grads.items()}


# %% honest: norm of norms, other names
def clip(gradients, limit):
    size = np.linalg.norm([np.linalg.norm(array) for array in gradients.values()])
    if size <= limit:
        return {key: np.array(array) for key, array in gradients.items()}
    return {key: array / size * limit for key, array in gradients.items()}


# %% wrong: each array for itself
def clip(grads, max_norm):
    return {name: g * min(1, max_norm / np.linalg.norm(g)) for name, g in grads.items()}


# %% wrong: entries cut
def clip(grads, max_norm):
    return {name: np.clip(g, -max_norm, max_norm) for name, g in grads.items()}


# %% wrong: always to the limit
def clip(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    return {name: g * max_norm / max(norm, 1e-12) for name, g in grads.items()}


# %% wrong: square root forgotten
def clip(grads, max_norm):
    norm = sum(np.sum(g**2) for g in grads.values())
    factor = min(1, max_norm / max(norm, 1e-12))
    return {name: factor * g for name, g in grads.items()}


# %% wrong: norms of the arrays added
def clip(grads, max_norm):
    norm = sum(np.linalg.norm(g) for g in grads.values())
    factor = min(1, max_norm / max(norm, 1e-12))
    return {name: factor * g for name, g in grads.items()}


# %% wrong: in place
def clip(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    for g in grads.values():
        g *= min(1, max_norm / max(norm, 1e-12))
    return grads


# %% wrong: largest entry as the norm
def clip(grads, max_norm):
    norm = max(np.abs(g).max() for g in grads.values())
    factor = min(1, max_norm / max(norm, 1e-12))
    return {name: factor * g for name, g in grads.items()}


# %% wrong: set to zero when too large
def clip(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    return {name: g * (norm <= max_norm) for name, g in grads.items()}
