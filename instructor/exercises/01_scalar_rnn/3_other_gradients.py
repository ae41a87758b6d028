# ---
# number: "1.3"
# title: The other two gradients
# minutes: 10
# required: true
# points: 4
# kind: code
# ---

# %% [markdown] task
# Derive $\partial L / \partial w_x$ and $\partial L / \partial b$ for the two steps of this chapter, with
# $L = \frac12 (h_2 - y)^2$, and check both with `numerical_gradient`.

# %% [markdown] hint
# Take the chapter's formula for $w_h$ and ask of each of its two terms: what stood beside $w_h$ in this step, and what
# stands beside $w_x$, or beside $b$?

# %% stub
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    """The gradients of L in w_x and in b, (dw_x, db). All arguments are numbers."""
    ...


# %% self-check
numbers = dict(
    zip(["x_1", "x_2", "h_0", "y", "w_x", "w_h", "b"], rng.uniform(0.2, 0.9, 7), strict=True)
)


def loss_of(name, value):
    x_1, x_2, h_0, y, w_x, w_h, b = (numbers | {name: value}).values()
    return (run([x_1, x_2], w_x, w_h, b, h_0)[-1] - y) ** 2 / 2


result = gradients(*numbers.values())
assert np.shape(result) == (2,), "two gradients, each one number"
measured = numerical_gradient(lambda v: loss_of("w_x", v), np.array(numbers["w_x"]))
assert abs(result[0] - measured) < 1e-6, "w_x acts in both steps, each time beside another input"
measured = numerical_gradient(lambda v: loss_of("b", v), np.array(numbers["b"]))
assert abs(result[1] - measured) < 1e-6, "b acts in both steps: one term for each"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-1.3
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_1 = np.tanh(w_x * x_1 + w_h * h_0 + b)
    h_2 = np.tanh(w_x * x_2 + w_h * h_1 + b)
    da_2 = (h_2 - y) * (1 - h_2**2)
    da_1 = da_2 * w_h * (1 - h_1**2)
    return da_2 * x_2 + da_1 * x_1, da_2 + da_1


# %% hidden tests
# GBG-CANARY-1.3
NAMES = "x_1", "x_2", "h_0", "y", "w_x", "w_h", "b"
QUESTION = "gradients(x_1, x_2, h_0, y, w_x, w_h, b)"


def draw(rng, **fixed):
    return dict(zip(NAMES, rng.uniform(0.3, 0.9, 7) * rng.choice([-1, 1], 7), strict=True)) | fixed


def measured(case, name):
    def loss(value):
        x_1, x_2, h_0, y, w_x, w_h, b = (case | {name: value}).values()
        return (np.tanh(w_x * x_2 + w_h * np.tanh(w_x * x_1 + w_h * h_0 + b) + b) - y) ** 2 / 2

    return numerical_gradient(loss, np.array(case[name]))


def test_last_step(answer, rng):
    """Without a recurrent weight only step 2 counts: error, slope of tanh, and what stood beside it."""
    case = draw(rng, w_h=0.0)
    close(answer(QUESTION, **case), [measured(case, "w_x"), measured(case, "b")])


def test_input_weight(answer, rng):
    """The gradient in w_x: one term for each step, each with its own input."""
    case = draw(rng)
    close(answer(QUESTION, **case)[0], measured(case, "w_x"))


def test_bias(answer, rng):
    """The gradient in b: one term for each step, the earlier one through w_h and another slope."""
    case = draw(rng)
    close(answer(QUESTION, **case)[1], measured(case, "b"))


# %% [markdown] rubric
# - (1) The derivation is there, and names the way from the loss to each use of the weight.


# %% honest: loop backwards
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    states = run([x_1, x_2], w_x, w_h, b, h_0)
    dh, dw_x, db = states[-1] - y, 0.0, 0.0
    for x_t, h_t in zip([x_2, x_1], states[::-1], strict=True):
        da = dh * (1 - h_t**2)
        dw_x += da * x_t
        db += da
        dh = da * w_h
    return [dw_x, db]


# %% honest: derivatives carried forward
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h, d = h_0, np.zeros(2)
    for x_t in (x_1, x_2):
        h = np.tanh(w_x * x_t + w_h * h + b)
        d = (1 - h * h) * (np.array([x_t, 1.0]) + w_h * d)
    return (h - y) * d


# %% honest: float32, other names
def gradients(first, second, start, target, w_in, w_rec, bias):
    a = np.float32(w_in * first + w_rec * start + bias)
    z = np.float32(w_in * second + w_rec * np.tanh(a) + bias)
    outer = (np.tanh(z) - np.float32(target)) / np.cosh(z) ** 2
    inner = outer * np.float32(w_rec) / np.cosh(a) ** 2
    return np.float32(outer * second + inner * first), np.float32(outer + inner)


# %% wrong: step 1 left out
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_2 = run([x_1, x_2], w_x, w_h, b, h_0)[-1]
    da_2 = (h_2 - y) * (1 - h_2**2)
    return da_2 * x_2, da_2


# %% wrong: no recurrent weight on the way back
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_1, h_2 = run([x_1, x_2], w_x, w_h, b, h_0)
    da_2 = (h_2 - y) * (1 - h_2**2)
    da_1 = da_2 * (1 - h_1**2)
    return da_2 * x_2 + da_1 * x_1, da_2 + da_1


# %% wrong: slope of step 1 missing
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_2 = run([x_1, x_2], w_x, w_h, b, h_0)[-1]
    da_2 = (h_2 - y) * (1 - h_2**2)
    da_1 = da_2 * w_h
    return da_2 * x_2 + da_1 * x_1, da_2 + da_1


# %% wrong: slope of step 2 missing
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_1, h_2 = run([x_1, x_2], w_x, w_h, b, h_0)
    da_2 = h_2 - y
    da_1 = da_2 * w_h * (1 - h_1**2)
    return da_2 * x_2 + da_1 * x_1, da_2 + da_1


# %% wrong: states in place of inputs
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_1, h_2 = run([x_1, x_2], w_x, w_h, b, h_0)
    da_2 = (h_2 - y) * (1 - h_2**2)
    da_1 = da_2 * w_h * (1 - h_1**2)
    return da_2 * h_1 + da_1 * h_0, da_2 + da_1


# %% wrong: inputs exchanged
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_1, h_2 = run([x_1, x_2], w_x, w_h, b, h_0)
    da_2 = (h_2 - y) * (1 - h_2**2)
    da_1 = da_2 * w_h * (1 - h_1**2)
    return da_2 * x_1 + da_1 * x_2, da_2 + da_1


# %% wrong: the bias counts once
def gradients(x_1, x_2, h_0, y, w_x, w_h, b):
    h_1, h_2 = run([x_1, x_2], w_x, w_h, b, h_0)
    da_2 = (h_2 - y) * (1 - h_2**2)
    da_1 = da_2 * w_h * (1 - h_1**2)
    return da_2 * x_2 + da_1 * x_1, da_2
