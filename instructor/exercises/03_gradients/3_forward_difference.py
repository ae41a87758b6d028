# ---
# number: "3.3"
# title: A forward difference
# minutes: 15
# required: true
# points: 4
# kind: code
# without: [numpy.gradient]
# ---

# %% [markdown] task
# Write `numerical_gradient` with a forward difference. Draw its V in `float64`. Where is the lowest
# point, and how large is the error there?

# %% [markdown] hint
# Change one entry of a copy of $x$ at a time. For the V take a function whose slope you know, and steps
# from $10^{-15}$ to 1.

# %% stub
def forward_gradient(f, x, eps=1e-8):
    """Gradient, an array like x (any shape), of f, which takes such an array and gives a number."""
    ...


best_eps = ...  # the step with the lowest error, to a power of ten: 1e-5, for example
best_error = ...  # the relative error there, to a power of ten

# %% self-check
point = np.array([[0.5, -1.0, 2.0]])
before = point.copy()
got = forward_gradient(lambda v: np.sum(v**2), point)
assert np.shape(got) == (1, 3), "the gradient has the shape of x"
assert np.array_equal(point, before), "f sees changed copies; x itself stays as it was"
assert np.allclose(got, 2 * point, atol=1e-5), "the slope of a square is twice the number"
assert best_eps is not ..., "read the best step from the V"
assert best_error is not ..., "read the error at the best step from the V"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-3.3
def forward_gradient(f, x, eps=1e-8):
    gradient = np.zeros(x.shape)
    start = f(x)
    for index in np.ndindex(*x.shape):
        moved = x.copy()
        moved[index] += eps
        gradient[index] = (f(moved) - start) / eps
    return gradient


best_eps = 1e-8
best_error = 1e-8


# %% hidden tests
# GBG-CANARY-3.3
def test_difference(answer, rng):
    """The difference is taken to one side only: its error is eps / 2 times the second derivative."""
    x, eps = rng.standard_normal(rng.integers(2, 9)), rng.uniform(0.1, 0.5)
    got = answer("forward_gradient(lambda v: np.sum(v**2), x, eps)", x=x, eps=eps)
    close(got, 2 * x + eps)


def test_every_entry(answer, rng):
    """Each entry is moved alone, in an array of any shape, and the others stay where they were."""
    shape = tuple(rng.permutation(np.arange(2, 6))[:3])
    x, c = rng.standard_normal(shape), rng.standard_normal(shape)
    got = answer("forward_gradient(lambda v: np.sum(np.sin(c * v)), x, 1e-7)", c=c, x=x)
    close(got, c * np.cos(c * x), atol=1e-5)


def test_argument_stays(answer, rng):
    """x is left as it was, and the gradient of a cube is right."""
    x = rng.standard_normal((3, rng.integers(2, 6)))
    got, after = answer("(forward_gradient(lambda v: np.sum(v**3), x, 1e-7), x)", x=x)
    close(got, 3 * x**2, atol=1e-5)
    close(after, x, rtol=0, atol=0)


def test_lowest_point(answer, rng):
    """The lowest point lies near the square root of the machine epsilon, and the error too."""
    step, error = float(answer("best_eps")), float(answer("best_error"))
    expect(1e-9 <= step <= 1e-7, "the step")
    expect(1e-10 <= error <= 3e-7, "the error")


# %% honest: flat loop
def forward_gradient(f, x, eps=1e-8):
    flat, out = x.ravel(), []
    for k in range(flat.size):
        y = flat.copy()
        y[k] = y[k] + eps
        out.append(f(y.reshape(x.shape)) / eps - f(x) / eps)
    return np.array(out).reshape(x.shape)


best_eps, best_error = 1e-8, 1e-9


# %% honest: other names, rows of an identity
def forward_gradient(loss, point, h=1e-8):
    steps = h * np.eye(point.size).reshape(point.size, *point.shape)
    return np.reshape([(loss(point + s) - loss(point)) / h for s in steps], point.shape)


best_eps = np.sqrt(np.finfo(float).eps)
best_error = best_eps


# %% honest: result in float32
def forward_gradient(f, x, eps=1e-8):
    g = np.empty_like(x, dtype=np.float32)
    it = np.nditer(x, flags=["multi_index"])
    for _ in it:
        z = np.array(x)
        z[it.multi_index] += eps
        g[it.multi_index] = (f(z) - f(x)) / eps
    return g


best_eps, best_error = 1e-8, 1e-8


# %% wrong: central difference
def forward_gradient(f, x, eps=1e-8):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        plus, minus = x.copy(), x.copy()
        plus[index] += eps
        minus[index] -= eps
        gradient[index] = (f(plus) - f(minus)) / (2 * eps)
    return gradient


best_eps, best_error = 1e-8, 1e-8


# %% wrong: changes its argument
def forward_gradient(f, x, eps=1e-8):
    gradient, start = np.zeros(x.shape), f(x)
    for index in np.ndindex(*x.shape):
        x[index] += eps
        gradient[index] = (f(x) - start) / eps
    return gradient


best_eps, best_error = 1e-8, 1e-8


# %% wrong: all entries at once
def forward_gradient(f, x, eps=1e-8):
    return np.full(x.shape, (f(x + eps) - f(x)) / eps)


best_eps, best_error = 1e-8, 1e-8


# %% wrong: divided by two
def forward_gradient(f, x, eps=1e-8):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = x.copy()
        moved[index] += eps
        gradient[index] = (f(moved) - f(x)) / (2 * eps)
    return gradient


best_eps, best_error = 1e-8, 1e-8


# %% wrong: backward difference
def forward_gradient(f, x, eps=1e-8):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = x.copy()
        moved[index] -= eps
        gradient[index] = (f(x) - f(moved)) / eps
    return gradient


best_eps, best_error = 1e-8, 1e-8


# %% wrong: lowest point of the central difference
def forward_gradient(f, x, eps=1e-8):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = x.copy()
        moved[index] += eps
        gradient[index] = (f(moved) - f(x)) / eps
    return gradient


best_eps, best_error = 1e-5, 1e-11
