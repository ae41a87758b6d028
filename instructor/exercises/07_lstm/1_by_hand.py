# ---
# number: "7.1"
# title: One unit, forward and backward
# minutes: 10
# required: true
# points: 5
# kind: number
# ---

# %% [markdown] task
# One unit has $c_{t-1} = -0.5$, $f = 0.8$, $i = 0.5$, $g = 1$, $o = 0.5$. Compute $c_t$ and $h_t$ by
# hand, then the gradients in $o$, $c_t$, $i$, $g$, $f$ and $c_{t-1}$ for $dh_t = 1$ and $dc_t = 0$.

# %% [markdown] hint
# The complete $dc_t$ has a part from $h_t$, and all gradients below it start there. Each factor of a product receives $dc_t$
# times the other factor.

# %% stub
# Numbers with at least three digits. dc is the complete gradient in the new cell.
c_new = ...
h_new = ...
do = ...
dc = ...
di = ...
dg = ...
df = ...
dc_before = ...

# %% self-check
for value in (c_new, h_new, do, dc, di, dg, df, dc_before):
    assert value is not ..., "all eight numbers have a value"
assert abs(h_new) < abs(c_new), "tanh and the output gate make the number smaller"
assert dc > 0, "h grows with c, so the gradient reaches the cell through the output gate"
assert abs(di * 0.5 - dg * 1) < 1e-3, "i and g are factors of one product"
assert df < 0 < dc_before, "what was in the cell is the factor beside f, and f the one beside it"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-7.1
c_new = 0.8 * -0.5 + 0.5 * 1  # 0.1
h_new = 0.5 * 0.09967  # o tanh(0.1) = 0.0498
do = 0.09967  # dh tanh(c)
dc = 0.5 * (1 - 0.09967**2)  # 0 + dh o (1 - tanh(c)**2) = 0.4950
di = dc * 1
dg = dc * 0.5
df = dc * -0.5
dc_before = dc * 0.8


# %% hidden tests
# GBG-CANARY-7.1
POINT = {"c": -0.5, "f": 0.8, "i": 0.5, "g": 1.0, "o": 0.5}


def hidden(c, f, i, g, o):
    return o * np.tanh(f * c + i * g)


def measured(name):
    return numerical_gradient(lambda v: hidden(**POINT | {name: v}), np.array(POINT[name]))


def check(answer, name, expected):
    close(float(answer(name)), expected, rtol=0, atol=6e-4)


def test_forward(answer, rng):
    """Forward: keep a share, write a share, show a share of what tanh gives."""
    check(answer, "c_new", 0.1)
    check(answer, "h_new", hidden(**POINT))


def test_output_gate(answer, rng):
    """The output gate receives what it was multiplied by."""
    check(answer, "do", measured("o"))


def test_cell(answer, rng):
    """The complete gradient in the new cell: the part from h, through o and the slope of tanh."""
    check(answer, "dc", numerical_gradient(lambda c: 0.5 * np.tanh(c), np.array(0.1)))


def test_write(answer, rng):
    """Input gate and candidate: each receives the gradient in the cell times the other."""
    check(answer, "di", measured("i"))
    check(answer, "dg", measured("g"))


def test_keep(answer, rng):
    """Forget gate and old cell: each receives the gradient in the cell times the other."""
    check(answer, "df", measured("f"))
    check(answer, "dc_before", measured("c"))


# %% honest: the equations in code
c, f, i, g, o, dh = -0.5, 0.8, 0.5, 1.0, 0.5, 1.0
c_new = f * c + i * g
h_new = o * np.tanh(c_new)
do, dc = dh * np.tanh(c_new), dh * o / np.cosh(c_new) ** 2
di, dg, df, dc_before = dc * g, dc * i, dc * c, dc * f

# %% honest: three digits
c_new, h_new, do, dc = 0.1, 0.0498, 0.0997, 0.495
di, dg, df, dc_before = 0.495, 0.2475, -0.2475, 0.396

# %% honest: float32, one product for all
c_new = np.float32(0.1)
shown = np.tanh(c_new)
h_new, do = shown / 2, shown
dc = (1 - shown**2) / 2
di, dg, df, dc_before = np.array([1, 0.5, -0.5, 0.8], np.float32) * dc

# %% wrong: the part from h left out
c_new, h_new, do, dc = 0.1, 0.0498, 0.0997, 0.0
di, dg, df, dc_before = 0.0, 0.0, 0.0, 0.0

# %% wrong: slope of tanh left out
c_new, h_new, do, dc = 0.1, 0.0498, 0.0997, 0.5
di, dg, df, dc_before = 0.5, 0.25, -0.25, 0.4

# %% wrong: output gate left out on the way back
dc = 1 - 0.09967**2
c_new, h_new, do = 0.1, 0.0498, 0.0997
di, dg, df, dc_before = dc, 0.5 * dc, -0.5 * dc, 0.8 * dc

# %% wrong: new cell beside the forget gate
c_new, h_new, do, dc = 0.1, 0.0498, 0.0997, 0.495
di, dg, df, dc_before = 0.495, 0.2475, 0.0495, 0.396

# %% wrong: i and g exchanged
c_new, h_new, do, dc = 0.1, 0.0498, 0.0997, 0.495
di, dg, df, dc_before = 0.2475, 0.495, -0.2475, 0.396

# %% wrong: gates of the pre-activations
c_new, h_new, do, dc = 0.1, 0.0498, 0.0997 * 0.25, 0.495
di, dg, df, dc_before = 0.495 * 0.25, 0.0, -0.2475 * 0.16, 0.396

# %% wrong: the cell shown without tanh
c_new, h_new, do, dc = 0.1, 0.05, 0.1, 0.5
di, dg, df, dc_before = 0.5, 0.25, -0.25, 0.4

# %% wrong: sign of the old cell lost
c_new, h_new, do, dc = 0.9, 0.3581, 0.7163, 0.2434
di, dg, df, dc_before = 0.2434, 0.1217, 0.1217, 0.1947
