# ---
# number: "1.1"
# title: Three states by hand
# minutes: 10
# required: true
# points: 4
# kind: number
# ---

# %% [markdown] task
# Compute $h_1$, $h_2$ and $h_3$ by hand for the inputs $0.5$, $0$, $0$ with $w_x = 1$, $w_h = -0.75$, $b = 0$,
# from $h_0 = 0$. Then run it. What does a negative recurrent weight do?

# %% [markdown] hint
# First $a_t$, then $h_t = \tanh(a_t)$. Only $h_t$ goes into the next step.

# %% stub
# Numbers with at least four digits.
h_1 = ...
h_2 = ...
h_3 = ...

# %% self-check
states = [h for h in (h_1, h_2, h_3) if h is not ...]
assert len(states) == 3, "all three states have a value"
assert np.all(np.abs(states) < 0.5), "tanh makes every number smaller in size"
assert h_1 > abs(h_2) > abs(h_3), "each step takes a share of the old state, less than all of it"
print("public checks passed; hidden tests run later")

# %% solution
# GBG-CANARY-1.1
# The sign changes at every step. The size fades as with w_h = 0.75.
h_1 = 0.4621  # tanh(0.5)
h_2 = -0.3334  # tanh(-0.75 * 0.4621) = tanh(-0.3466)
h_3 = 0.2450  # tanh(0.75 * 0.3334) = tanh(0.2501)


# %% hidden tests
# GBG-CANARY-1.1
def squeeze(a):
    return (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1)  # another form of tanh


def test_first(answer, rng):
    """The first step: the old state is zero, and tanh squeezes the sum."""
    close(float(answer("h_1")), squeeze(0.5), rtol=0, atol=3e-4)


def test_second(answer, rng):
    """The second step: no input, the recurrent weight with its sign times the state."""
    close(float(answer("h_2")), squeeze(-0.75 * squeeze(0.5)), rtol=0, atol=3e-4)


def test_third(answer, rng):
    """The third step goes on from the second state."""
    close(float(answer("h_3")), squeeze(-0.75 * squeeze(-0.75 * squeeze(0.5))), rtol=0, atol=3e-4)


# %% [markdown] rubric
# - (1) A negative recurrent weight changes the sign of the state at every step: the memory of a pulse swings, and its size
#   fades as with a positive weight.

# %% honest: the chapter's run
h_1, h_2, h_3 = run([0.5, 0.0, 0.0], w_x=1.0, w_h=-0.75)

# %% honest: loop
states = [0.0]
for x_t in (0.5, 0, 0):
    states.append(float(np.tanh(x_t - 0.75 * states[-1])))
_, h_1, h_2, h_3 = states

# %% honest: float32
h_1 = np.tanh(np.float32(0.5))
h_2 = -np.tanh(np.float32(0.75) * h_1)
h_3 = np.tanh(np.float32(-0.75) * h_2)

# %% wrong: tanh left out
h_1, h_2, h_3 = 0.5, -0.375, 0.28125

# %% wrong: sign of the weight lost
h_1, h_2, h_3 = run([0.5, 0.0, 0.0], w_x=1.0, w_h=0.75)

# %% wrong: the pre-activation is carried
h_1, h_2, h_3 = np.tanh(0.5), np.tanh(-0.375), np.tanh(0.28125)

# %% wrong: weights exchanged
h_1, h_2, h_3 = run([0.5, 0.0, 0.0], w_x=-0.75, w_h=1.0)

# %% wrong: the third step starts from the first state
h_1, h_2, h_3 = 0.4621, -0.3334, -0.3334

# %% wrong: tanh only at the first step
h_1 = np.tanh(0.5)
h_2 = -0.75 * h_1
h_3 = -0.75 * h_2
