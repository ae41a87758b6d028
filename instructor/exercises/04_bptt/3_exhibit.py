# ---
# number: "4.3"
# title: An exhibit of your own
# minutes: 25
# required: true
# points: 5
# kind: code
# seconds: 30
# ---

# %% [markdown] task
# Write an exhibit of your own: set `code = museum.exhibit()`, make a subclass of `code.PlainRNN` with one mistake that is
# not in the museum yet, and assign it to `code.PlainRNN`. Shapes shall fit and the loss shall still go down. Predict which checks catch it,
# then call `museum.run_checks(code)`.

# %% [markdown] hint
# A short way: let `backward` call `super().backward(dy, d_state)` and spoil one of its results or one entry of
# `self.grads`. A mistake in a gradient is seen by each check that looks at this gradient.

# %% stub
def exhibit():
    """Return the code of the museum, with your subclass as PlainRNN."""
    ...


# The names of the checks that catch it, such as {"gradient check", "permute batch"}.
predicted = ...

# %% self-check
code = exhibit()
assert code is not None, "exhibit returns the code"
results = museum.run_checks(code)
assert results["shapes fit"], "a mistake whose shapes do not fit is found at once"
assert results["loss goes down"], "a mistake without any learning is found at once"
assert not all(results.values()), "all checks pass: is there a mistake?"
assert predicted is not ..., "predict first, then run the checks"
assert set(predicted) <= set(museum.CHECKS), "the names are those of museum.CHECKS"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-4.3
def exhibit():
    code = museum.exhibit()

    class Tired(code.PlainRNN):
        """The bias learns nothing: its gradient is zero."""

        def backward(self, dy=None, d_state=None):
            gradients = super().backward(dy, d_state)
            self.grads["b"] = np.zeros_like(self.grads["b"])
            return gradients

    code.PlainRNN = Tired
    return code


predicted = {"gradient check", "equals library", "window gradient"}


# %% hidden tests
# GBG-CANARY-4.3
from rnnlib import museum

PROBE = (
    "(layer := exhibit().PlainRNN(D, H, rng=np.random.default_rng(seed)), "
    "layer.forward(x, state, lengths), layer.backward(dy, d_state), "
    "layer.forward(x, state, lengths), layer.backward(dy, d_state), dict(layer.grads))[1:]"
)


def flat(value):
    """All numbers of nested tuples and dicts, in order."""
    if isinstance(value, dict):
        value = [value[name] for name in sorted(value)]
    if isinstance(value, (tuple, list)):
        return np.concatenate([flat(part) for part in value])
    return np.ravel(value)


def test_plausible(answer, rng):
    """Shapes fit, and the loss goes down."""
    for check in ("shapes fit", "loss goes down"):
        expect(answer("bool(museum.CHECKS[check](exhibit()))", check=check), "plausible")


def test_new(answer, rng):
    """There is a mistake, and it is none of those in the museum."""
    N, T, D, H = (int(size) for size in rng.permutation(np.arange(2, 6)))
    shapes = {"x": (N, T, D), "dy": (N, T, H), "state": (N, H), "d_state": (N, H)}
    inputs = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    inputs |= {"lengths": rng.integers(1, T + 1, N), "D": D, "H": H, "seed": int(rng.integers(99))}
    inputs["lengths"][:2] = T, 1
    got = flat(answer(PROBE, **inputs))
    for name in [None, *museum.MISTAKES]:
        scope = inputs | {"exhibit": lambda name=name: museum.exhibit(name), "np": np}
        known = flat(eval(PROBE, scope))
        expect(got.shape != known.shape or not np.allclose(got, known), "new")


def test_prediction(answer, rng):
    """The predicted checks are those that catch it, no more and no less."""
    results = answer("museum.run_checks(exhibit())")
    caught = sorted(name for name in museum.CHECKS if not results[name])
    expect(caught == sorted(answer("list(predicted)")), "prediction")


# %% [markdown] rubric
# - (1) The line with the mistake is shown beside the right one, and is a mistake that somebody could make.
# - (1) The reason for the prediction: which array the mistake changes, and which checks look at it.


# %% honest: the input gradient without its weight
def exhibit():
    code = museum.exhibit()

    class Mine(code.PlainRNN):
        def backward(self, dy=None, d_state=None):
            dx, d_first = super().backward(dy, d_state)
            return 2 * dx, d_first

    code.PlainRNN = Mine
    return code


predicted = ["gradient check", "equals library"]


# %% honest: the first state learns nothing
def exhibit():
    code = museum.exhibit()
    right = code.PlainRNN

    class NoFirst(right):
        def backward(self, *args, **kwargs):
            return right.backward(self, *args, **kwargs)[0], np.zeros_like(self._cache[1][0])

    code.PlainRNN = NoFirst
    return code


predicted = ("equals library", "gradient check")


# %% honest: the mean over the steps
def exhibit():
    museum_code = museum.exhibit()

    class Averaged(museum_code.PlainRNN):
        def backward(self, dy=None, d_state=None):
            result = super().backward(dy, d_state)
            steps = result[0].shape[1]
            for name in list(self.grads):
                self.grads[name] = self.grads[name] / steps
            return result

    museum_code.PlainRNN = Averaged
    return museum_code


predicted = {name for name in museum.CHECKS if name in ("window gradient", "equals library")}
predicted |= {"gradient check"}


# %% wrong: no mistake at all
def exhibit():
    return museum.exhibit()


predicted = set()


# %% wrong: an exhibit of the museum
def exhibit():
    return museum.exhibit("no carried gradient")


predicted = {"gradient check", "equals library", "window gradient"}


# %% wrong: one check forgotten
def exhibit():
    code = museum.exhibit()

    class Tired(code.PlainRNN):
        def backward(self, dy=None, d_state=None):
            gradients = super().backward(dy, d_state)
            self.grads["b"] = np.zeros_like(self.grads["b"])
            return gradients

    code.PlainRNN = Tired
    return code


predicted = {"gradient check", "equals library"}


# %% wrong: predicts that the loss would show it
def exhibit():
    code = museum.exhibit()

    class Tired(code.PlainRNN):
        def backward(self, dy=None, d_state=None):
            gradients = super().backward(dy, d_state)
            self.grads["b"] = np.zeros_like(self.grads["b"])
            return gradients

    code.PlainRNN = Tired
    return code


predicted = {"loss goes down", "gradient check", "equals library", "window gradient"}


# %% wrong: nothing is learned
def exhibit():
    code = museum.exhibit()

    class Silent(code.PlainRNN):
        def forward(self, x, state=None, lengths=None):
            y, last = super().forward(x, state, lengths)
            return 0 * y, last

    code.PlainRNN = Silent
    return code


predicted = {"loss goes down", "gradient check", "equals library", "window gradient"}


# %% wrong: the subclass is not assigned
def exhibit():
    code = museum.exhibit()

    class Tired(code.PlainRNN):
        def backward(self, dy=None, d_state=None):
            gradients = super().backward(dy, d_state)
            self.grads["b"] = np.zeros_like(self.grads["b"])
            return gradients

    return code


predicted = {"gradient check", "equals library", "window gradient"}
