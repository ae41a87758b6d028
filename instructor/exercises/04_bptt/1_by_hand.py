# ---
# number: "4.1"
# title: The other three gradients
# minutes: 15
# required: true
# points: 3
# kind: number
# ---

# %% [markdown] task
# Compute $dW_h$, $db$ and $dh_0$ of the two steps by hand, for $h_0 = 0$: $w_x = 1$, $w_h = 0.75$, $b = 0$, inputs $0.2$ and
# $-0.1$, $L = h_1 + h_2$. Check them with `backward`.

# %% [markdown] hint
# The chapter has $da_2 = 0.9977$ and $da_1 = 1.6802$. At each step ask what stood beside the weight.

# %% stub
# Numbers with at least four digits.
dW_h = ...
db = ...
dh_0 = ...

# %% self-check
for value in (dW_h, db, dh_0):
    assert value is not ..., "all three gradients have a value"
assert db > 2 * 0.9, "the bias acts at both steps, and both push the loss up"
assert dW_h < db, "beside the bias stands a 1, beside w_h a state below 1"
assert dh_0 < db, "the first state reaches the loss through one step less, and through w_h"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-4.1
dW_h = 0.9977 * 0.1974 + 1.6802 * 0  # step 2 reads h_1, step 1 reads h_0 = 0
db = 0.9977 + 1.6802
dh_0 = 0.75 * 1.6802


# %% hidden tests
# GBG-CANARY-4.1
def measured(name):
    def loss(value):
        p = {"w_h": 0.75, "b": 0.0, "h_0": 0.0, name: value}
        h_1 = np.tanh(0.2 + p["w_h"] * p["h_0"] + p["b"])
        return h_1 + np.tanh(-0.1 + p["w_h"] * h_1 + p["b"])

    return numerical_gradient(loss, np.array({"w_h": 0.75}.get(name, 0.0)))


def test_recurrent_weight(answer, rng):
    """The recurrent weight collects, at each step, the state before the step times da."""
    close(float(answer("dW_h")), measured("w_h"), rtol=0, atol=5e-4)


def test_bias(answer, rng):
    """The bias collects da of both steps; da of step 1 contains the carried gradient."""
    close(float(answer("db")), measured("b"), rtol=0, atol=5e-4)


def test_first_state(answer, rng):
    """The gradient in the first state passes the recurrent weight once more."""
    close(float(answer("dh_0")), measured("h_0"), rtol=0, atol=5e-4)


# %% honest: the chapter's backward
one = np.ones((1, 1))
x_12 = np.array([[[0.2], [-0.1]]])
grads = backward(
    np.ones((1, 2, 1)), x_12, forward(x_12, 0 * one, one, 0.75 * one, np.zeros(1)), one, 0.75 * one
)
dW_h, db, dh_0 = grads["W_h"][0, 0], grads["b"][0], grads["h0"][0, 0]

# %% honest: derivatives carried forward
h, dh, total = 0.0, np.array([0.0, 0.0, 1.0]), np.zeros(3)
for x_t in (0.2, -0.1):
    new = np.tanh(x_t + 0.75 * h)
    dh = (1 - new**2) * (np.array([h, 1.0, 0.0]) + 0.75 * dh)
    h, total = new, total + dh
dW_h, db, dh_0 = total

# %% honest: four digits, float32
dW_h, db, dh_0 = np.float32(0.1969), np.float32(2.6779), np.float32(1.2602)

# %% wrong: no carried gradient
dW_h, db, dh_0 = 0.9977 * 0.1974, 0.9977 + 0.9610, 0.75 * 0.9610

# %% wrong: the state after the step
dW_h, db, dh_0 = 0.9977 * 0.0480 + 1.6802 * 0.1974, 2.6779, 1.2602

# %% wrong: inputs in place of states
dW_h, db, dh_0 = 1.6802 * 0.2 - 0.9977 * 0.1, 2.6779, 1.2602

# %% wrong: mean over the steps
dW_h, db, dh_0 = 0.9977 * 0.1974 / 2, 2.6779 / 2, 1.2602

# %% wrong: slope of step 1 left out
dW_h, db, dh_0 = 0.9977 * 0.1974, 0.9977 + 1.7483, 0.75 * 1.7483

# %% wrong: the weight left out at the end
dW_h, db, dh_0 = 0.1969, 2.6779, 1.6802

# %% wrong: the bias of the last step only
dW_h, db, dh_0 = 0.1969, 0.9977, 1.2602
