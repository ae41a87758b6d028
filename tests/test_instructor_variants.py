"""Each exercise discriminates: the solution and honest variants get all points, wrong ones do not.

One exercise: pytest tests/test_instructor_variants.py -k 3.2
"""

import time

import pytest
from grading import needs_sandbox

from instructor import source
from instructor.marking import mark_exercise, run
from instructor.sandbox import Sandbox, Stopped

pytestmark = [pytest.mark.grading, needs_sandbox]

CASES = [
    pytest.param(chapter, exercise, id=exercise.number)
    for chapter in source.chapters()
    for exercise in source.exercises(chapter)
    if exercise.kind != "text"
]


def far_from_now():
    return time.monotonic() + 30


def cells_with(exercise, answer):
    given = [exercise.cells["given"]] if "given" in exercise.cells else []
    return [*given, answer, exercise.cells["self-check"]]


@pytest.mark.parametrize(("chapter", "exercise"), CASES)
def test_an_exercise_discriminates(chapter, exercise):
    answers = {name: exercise.cells[name] for name in ("solution", "stub")}
    answers |= exercise.honest | exercise.wrong
    paid = {}
    with Sandbox() as sandbox:
        sandbox.forbid(exercise.without)
        for seed, (name, answer) in enumerate(answers.items()):
            sandbox.forget()
            run(sandbox, source.setup(chapter), far_from_now())
            try:
                paid[name] = mark_exercise(exercise, cells_with(exercise, answer), sandbox, seed)
            except Stopped as reason:
                pytest.fail(f"{name}: the code {reason}")
    honest = {"solution", *exercise.honest}
    for name, mark in paid.items():
        failed = [(part["idea"], part["note"]) for part in mark.parts if not part["passed"]]
        if name in honest:
            assert mark.points == mark.of, f"{name} is right: {failed} {mark.note}"
        else:
            assert mark.points < mark.of, f"{name} is wrong, and gets all points"
    assert paid["stub"].points == 0, "who writes nothing gets nothing"


@pytest.mark.parametrize(("chapter", "exercise"), CASES)
def test_the_self_check_passes_for_right_answers(chapter, exercise):
    stub = exercise.cells["stub"]
    answers = {"solution": exercise.cells["solution"]} | exercise.honest
    with Sandbox() as sandbox:
        sandbox.forbid(exercise.without)
        for name, answer in (answers | {"stub": stub}).items():
            sandbox.forget()
            run(sandbox, source.setup(chapter), far_from_now())
            errors = [run(sandbox, c, far_from_now()) for c in cells_with(exercise, answer)]
            raised = [error for error in errors if error]
            assert bool(raised) == (name == "stub"), f"{name}: {raised}"
