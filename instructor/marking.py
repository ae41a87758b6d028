"""Mark the answers of one notebook: cells run in the sandbox, tests run here."""

import ast
import re
import time
from dataclasses import asdict, dataclass, field
from functools import lru_cache

import numpy as np

from rnnlib import numerical_gradient, relative_error

from .sandbox import AnswerError, Sandbox, Stopped

REPLAY = 60  # seconds for the cells before an exercise, when a process is started again


class NotYet(Exception):
    """A test does not hold."""


def close(got, expected, rtol=1e-4, atol=1e-6):
    """Hold if shapes are equal and values are close; say nothing of either."""
    got, expected = np.asarray(got), np.asarray(expected)
    numbers = got.dtype.kind in "biufc"
    expect(numbers and got.shape == expected.shape, "shape")
    expect(np.allclose(got, expected, rtol=rtol, atol=atol), "values")


def expect(condition, idea):
    if not condition:
        raise NotYet(idea)


@dataclass
class Mark:
    """The outcome of one exercise. `note` is the reason when the tests could not run."""

    number: str
    title: str
    of: float
    by_person: float
    points: float = 0.0
    parts: list = field(default_factory=list)
    note: str = ""

    def as_dict(self):
        return asdict(self)


def new_mark(exercise):
    return Mark(exercise.number, exercise.title, exercise.automatic, exercise.by_person)


@lru_cache
def tests(secret):
    """Return the test functions of the hidden tests, in their order."""
    namespace = {
        "np": np,
        "close": close,
        "expect": expect,
        "numerical_gradient": numerical_gradient,
        "relative_error": relative_error,
    }
    exec(compile(secret, "hidden tests", "exec"), namespace)
    return [test for name, test in namespace.items() if name.startswith("test_")]


def plain(code):
    """Return a cell as Python: lines of %magic and !command do nothing."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", code)
    return code


def run(sandbox, code, deadline):
    """Run a cell and return the error that it raised, or an empty text."""
    try:
        sandbox.run(plain(code), deadline)
    except AnswerError as error:
        return str(error)
    return ""


def start(cells, without, isolated):
    """Return a sandbox in which the cells have been run."""
    sandbox = Sandbox(isolated)
    try:
        if without:
            sandbox.forbid(without)
        deadline = time.monotonic() + REPLAY
        for code in cells:
            run(sandbox, code, deadline)
    except Stopped:
        sandbox.__exit__()
        raise
    return sandbox


def part(test, sandbox, rng, deadline):
    """Run one test and return its line of the report."""

    def answer(expression, **inputs):
        return sandbox.evaluate(expression, inputs, deadline)

    note = ""
    try:
        test(answer, rng)
    except Stopped:
        raise
    except AnswerError as error:
        note = f"your code raised {error}"
    except Exception:  # an answer of another kind than expected: the part does not hold
        note = "not yet"
    return {"idea": test.__doc__, "passed": not note, "note": note}


def mark_exercise(exercise, cells, sandbox, seed):
    """Run the cells of one exercise and its tests; points are shared equally by the tests."""
    mark = new_mark(exercise)
    deadline = time.monotonic() + exercise.seconds
    errors = [run(sandbox, code, deadline) for code in cells]
    found = tests(exercise.cells["hidden tests"])
    for k, test in enumerate(found):
        rng = np.random.default_rng([seed, *map(int, exercise.number.split(".")), k])
        mark.parts.append(part(test, sandbox, rng, deadline))
    passed = sum(line["passed"] for line in mark.parts)
    mark.points = round(mark.of * passed / len(found), 2)
    if passed < len(found):
        mark.note = next((f"a cell raised {error}" for error in errors if error), "")
    return mark


def mark_notebook(exercises, sections, seed, isolated=True):
    """Return a Mark for each exercise.

    `sections` is {None: cells before the first exercise, '3.1': cells of the exercise, ...}: each
    a list of code. An exercise whose cells end the process costs its own points only: a
    new process runs the cells before it, without those of the exercises that were stopped. So it
    does where other names are forbidden, from the first cell on.
    """
    marks, before, sandbox, without = [], list(sections.get(None, [])), None, []
    for exercise in exercises:
        cells = sections.get(exercise.number, [])
        mark = new_mark(exercise)
        try:
            if exercise.automatic and exercise.number in sections:
                if sandbox and exercise.without != without:
                    sandbox.close()
                    sandbox = None
                without = exercise.without
                sandbox = sandbox or start(before, without, isolated)
                mark = mark_exercise(exercise, cells, sandbox, seed)
                before += cells
            else:
                mark.note = "" if exercise.kind == "text" else "not answered"
        except Stopped as reason:
            mark.note = f"the code {reason}"
            if sandbox:
                sandbox.__exit__()
            sandbox = None
        marks.append(mark)
    if sandbox:
        sandbox.__exit__()
    return marks
