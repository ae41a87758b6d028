# ---
# number: "3.5"
# title: A fault that nobody sees
# minutes: 30
# required: false
# points: 4
# kind: text
# ---

# %% [markdown] task
# Invent a fault that passes the check in the setting "all sizes different" with `float64`. Or argue
# that it is impossible.

# %% [markdown] hint
# The check looks at one point. Where else may a gradient be wrong?

# %% [markdown] stub
# *Write your answer here: the fault, and why the check passes.*

# %% [markdown] solution
# <!-- GBG-CANARY-3.5 -->
# It is possible. The check measures at one point, with values of moderate size. A backward pass that is wrong
# elsewhere passes: for example one that uses the slope 1 wherever $|a| > 3$, or one that treats a
# batch of more than 10 samples in another way. A fault below the tolerance passes too: a weight decay of
# $10^{-9}$.

# %% [markdown] rubric
# - (2) A fault is named that really passes, or the argument says that the check looks at one point only.
# - (1) It is said why the check passes: where the wrong branch is not reached, or the error is below the tolerance.
# - (1) A remedy is named: more points, larger values, other sizes, or a test of the property that broke.
