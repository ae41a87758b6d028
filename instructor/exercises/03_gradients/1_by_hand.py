# ---
# number: "3.1"
# title: Five gradients by hand
# minutes: 15
# required: true
# points: 5
# kind: number
# ---

# %% [markdown] task
# For $N = D = H = 1$ with $x = 0.2$, $h_{t-1} = 0.4$, $W_x = 1$, $W_h = 0.75$, $b = 0$ and
# $dh = 1$, compute all five gradients by hand. Compare with `backward`.

# %% [markdown] hint
# First $a$, then $h = \tanh(a)$, then $da$. With sizes of 1 each of the five formulas is one product.

# %% stub
# Numbers with at least four digits. An expression such as 0.2 * 0.8 is fine too.
dx = ...
dh_before = ...
dW_x = ...
dW_h = ...
db = ...

# %% self-check
filled = [value for value in (dx, dh_before, dW_x, dW_h, db) if value is not ...]
assert len(filled) == 5, "all five gradients have a value"
assert 0 < db < 1, "db is da: dh times the slope of tanh, which lies between 0 and 1 here"
assert dW_h > dW_x, "each weight meets what it was multiplied by, and h is larger than x"
assert dh_before < dx, "each input meets its weight, and W_h is smaller than W_x"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-3.1
# a = 0.2 * 1 + 0.4 * 0.75 = 0.5, h = tanh(0.5) = 0.4621, da = 1 - h**2 = 0.7864
dx = 0.7864 * 1
dh_before = 0.7864 * 0.75
dW_x = 0.7864 * 0.2
dW_h = 0.7864 * 0.4
db = 0.7864

# %% hidden tests
# GBG-CANARY-3.1
SLOPE = 1 / np.cosh(0.5) ** 2  # another form of 1 - tanh(0.5)**2


def test_bias(answer, rng):
    """db is da: the slope of tanh, at the sum of all three terms."""
    close(float(answer("db")), SLOPE, rtol=2e-4)


def test_input(answer, rng):
    """dx passes the weight of the input backwards."""
    close(float(answer("dx")), SLOPE, rtol=2e-4)


def test_old_state(answer, rng):
    """The gradient in the old state passes the recurrent weight backwards."""
    close(float(answer("dh_before")), 0.75 * SLOPE, rtol=2e-4)


def test_input_weight(answer, rng):
    """dW_x contains the input."""
    close(float(answer("dW_x")), 0.2 * SLOPE, rtol=2e-4)


def test_recurrent_weight(answer, rng):
    """dW_h contains the old state."""
    close(float(answer("dW_h")), 0.4 * SLOPE, rtol=2e-4)


# %% honest: computed by NumPy
da = 1 - np.tanh(0.2 + 0.4 * 0.75) ** 2
dx, dh_before, dW_x, dW_h, db = da, 0.75 * da, 0.2 * da, 0.4 * da, da

# %% honest: four digits
dx = 0.7864
dh_before = 0.5898
dW_x = 0.1573
dW_h = 0.3146
db = 0.7864

# %% honest: float32 arrays of one number
da = np.float32(1) / np.cosh(np.float32(0.5)) ** 2
dx, db = np.array(da), np.array(da)
dh_before, dW_x, dW_h = (np.float32(k) * da for k in (0.75, 0.2, 0.4))

# %% wrong: slope at x alone
da = 1 - np.tanh(0.2) ** 2
dx, dh_before, dW_x, dW_h, db = da, 0.75 * da, 0.2 * da, 0.4 * da, da

# %% wrong: slope missing
dx, dh_before, dW_x, dW_h, db = 1.0, 0.75, 0.2, 0.4, 1.0

# %% wrong: h for the slope
h = np.tanh(0.5)
dx, dh_before, dW_x, dW_h, db = h, 0.75 * h, 0.2 * h, 0.4 * h, h

# %% wrong: new state in dW_h
da = 1 - np.tanh(0.5) ** 2
dx, dh_before, dW_x, dW_h, db = da, 0.75 * da, 0.2 * da, np.tanh(0.5) * da, da

# %% wrong: weights and inputs exchanged
da = 1 - np.tanh(0.5) ** 2
dx, dh_before, dW_x, dW_h, db = 0.2 * da, 0.4 * da, da, 0.75 * da, da

# %% wrong: two digits
dx, dh_before, dW_x, dW_h, db = 0.79, 0.59, 0.16, 0.31, 0.79
