# ---
# number: "6.1"
# title: The gain of two steps
# minutes: 10
# required: true
# points: 3
# kind: number
# ---

# %% [markdown] task
# Take $w_h = 2$, $w_x = 1$, $b = 0$, $h_0 = 0$ and the inputs $1, -1$. Compute the gain over both steps by
# hand, $\partial h_2 / \partial h_0$, then check it with `numerical_gradient`.

# %% [markdown] hint
# First the two states. Then one factor for each step: $w_h$ times the slope of $\tanh$, which the new state gives.

# %% stub
# Numbers with at least four digits.
factor_1 = ...
factor_2 = ...
gain = ...

# %% self-check
for value in (factor_1, factor_2, gain):
    assert value is not ..., "all three numbers have a value"
for factor in (factor_1, factor_2):
    assert 0 < factor < 2, "a slope of tanh is between 0 and 1, and w_h is 2"
assert factor_1 < factor_2, "the larger the state, the flatter is tanh"
assert abs(gain - factor_1 * factor_2) < 1e-3, "the chain rule multiplies the steps"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-6.1
# h_1 = tanh(1) = 0.7616, h_2 = tanh(-1 + 2 * 0.7616) = tanh(0.5232) = 0.4803
factor_1 = 2 * (1 - 0.7616**2)  # 0.8399
factor_2 = 2 * (1 - 0.4803**2)  # 1.5386
gain = factor_1 * factor_2  # 1.2923


# %% hidden tests
# GBG-CANARY-6.1
def slope(f, at):
    return numerical_gradient(f, np.array(at))


def test_first(answer, rng):
    """The first factor: w_h times the slope of tanh at the first pre-activation."""
    close(float(answer("factor_1")), slope(lambda h: np.tanh(1 + 2 * h), 0.0), rtol=1e-3)


def test_second(answer, rng):
    """The second factor: the second state contains the first one, twice."""
    close(float(answer("factor_2")), slope(lambda h: np.tanh(-1 + 2 * h), np.tanh(1.0)), rtol=1e-3)


def test_gain(answer, rng):
    """The gain over both steps: how much the last state moves when the first one moves."""
    expected = slope(lambda h: np.tanh(-1 + 2 * np.tanh(1 + 2 * h)), 0.0)
    close(float(answer("gain")), expected, rtol=1e-3)


# %% honest: loop
h, factors = 0.0, []
for x_t in (1.0, -1.0):
    h = np.tanh(x_t + 2 * h)
    factors.append(2 * (1 - h**2))
factor_1, factor_2 = factors
gain = np.prod(factors)

# %% honest: measured
factor_1 = numerical_gradient(lambda h: np.tanh(1 + 2 * h), np.array(0.0))
factor_2 = numerical_gradient(lambda h: np.tanh(-1 + 2 * h), np.array(np.tanh(1.0)))
gain = factor_1 * factor_2

# %% honest: another slope, float32
a_1 = np.float32(1)
a_2 = np.float32(2) * np.tanh(a_1) - 1
factor_1, factor_2 = 2 / np.cosh(a_1) ** 2, 2 / np.cosh(a_2) ** 2
gain = 4 / (np.cosh(a_1) * np.cosh(a_2)) ** 2

# %% wrong: chain gain
factor_1, factor_2, gain = 2.0, 2.0, 4.0

# %% wrong: recurrent weight left out
factor_1, factor_2 = 1 - 0.7616**2, 1 - 0.4803**2
gain = factor_1 * factor_2

# %% wrong: slopes of the inputs
factor_1 = factor_2 = 2 * (1 - np.tanh(1.0) ** 2)
gain = factor_1 * factor_2

# %% wrong: slope of the state before the step
factor_1, factor_2 = 2.0, 2 * (1 - 0.7616**2)
gain = factor_1 * factor_2

# %% wrong: first state without its weight
h_2 = np.tanh(-1 + 0.7616)
factor_1, factor_2 = 2 * (1 - 0.7616**2), 2 * (1 - h_2**2)
gain = factor_1 * factor_2

# %% wrong: factors added
factor_1, factor_2 = 2 * (1 - 0.7616**2), 2 * (1 - 0.4803**2)
gain = factor_1 + factor_2

# %% wrong: state in place of its square
factor_1, factor_2 = 2 * (1 - 0.7616), 2 * (1 - 0.4803)
gain = factor_1 * factor_2
