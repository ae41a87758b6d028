# ---
# number: "8.1"
# title: Half of the cell
# minutes: 10
# required: true
# points: 3
# kind: number
# ---

# %% [markdown] task
# Which forget bias keeps half of the cell for 60 steps? Solve for it, then confirm it with an LSTM whose $W_x$ and
# $W_h$ are zero. Give the gate, the bias and the time constant $\tau$.

# %% [markdown] hint
# $f^{60} = 0.5$ gives the gate. The bias is what the sigmoid turns into this gate. After $\tau$ steps less is left than
# one half.

# %% stub
# Numbers with at least four digits.
gate = ...
bias = ...
tau = ...

# %% self-check
for value in (gate, bias, tau):
    assert value is not ..., "all three numbers have a value"
assert 0.9 < gate < 1, "to keep half for so long, a single step may take very little"
assert abs(sigmoid(float(bias)) - gate) < 2e-4, "the bias alone sets the gate, through the sigmoid"
assert tau > 60, "after the time constant 37% is left, so it comes after the half"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-8.1
gate = 0.98851  # 0.5 ** (1 / 60)
bias = 4.4551  # log(f / (1 - f))
tau = 86.56  # -1 / log(f) = 60 / log(2)


# %% hidden tests
# GBG-CANARY-8.1
def test_gate(answer, rng):
    """The gate: multiplied sixty times, it leaves one half."""
    left = np.prod(np.full(60, float(answer("gate"))))
    close(left, 0.5, rtol=0, atol=0.004)


def test_bias(answer, rng):
    """The bias: the sigmoid turns it into the gate."""
    left = np.prod(np.full(60, 1 / (1 + np.exp(-float(answer("bias"))))))
    close(left, 0.5, rtol=0, atol=0.004)


def test_time_constant(answer, rng):
    """The time constant: the number of steps after which 1/e is left."""
    close(0.5 ** (float(answer("tau")) / 60), np.exp(-1), rtol=0, atol=0.004)


# %% honest: formulas
gate = np.exp(-np.log(2) / 60)
bias = -np.log(1 / gate - 1)
tau = 60 / np.log(2)

# %% honest: search on a grid
grid = np.linspace(0, 10, 1_000_001)
bias = grid[np.argmin(np.abs(sigmoid(grid) ** 60 - 0.5))]
gate = sigmoid(bias)
tau = -1 / np.log(gate)

# %% honest: rounded, float32
gate, bias, tau = np.float32(0.9885), np.float32(4.455), np.float32(86.6)

# %% wrong: an equal part each step
gate = 1 - 0.5 / 60
bias = np.log(gate / (1 - gate))
tau = -1 / np.log(gate)

# %% wrong: where the bias can be trained best
bias = np.log(60)
gate = 60 / 61
tau = -1 / np.log(gate)

# %% wrong: the time constant is 60
gate = np.exp(-1 / 60)
bias = np.log(gate / (1 - gate))
tau = 60

# %% wrong: the approximation for tau is taken for exact
gate = 0.98851
bias = 4.4551
tau = 60 / 0.5

# %% wrong: sign of the bias
gate, bias, tau = 0.98851, -4.4551, 86.56

# %% wrong: sigmoid forgotten
gate, bias, tau = 0.98851, 0.98851, 86.56

# %% wrong: half of the steps
gate = 0.5 ** (1 / 30)
bias = np.log(gate / (1 - gate))
tau = 30 / np.log(2)
