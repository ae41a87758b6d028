"""Each exercise discriminates: the solution and honest variants get all points, wrong ones do not.

One exercise: pytest tests/test_instructor_variants.py -k 3.2
"""

import time

import pytest
from grading import needs_sandbox

from instructor import source
from instructor.marking import mark_exercise, mark_notebook, run
from instructor.sandbox import Sandbox, Stopped

pytestmark = [pytest.mark.grading, needs_sandbox]

TRIED = [
    [(chapter, e) for e in source.exercises(chapter) if e.kind != "text"]
    for chapter in source.chapters()
]
# make test tries the first exercise of each chapter, make test-all every one.
CASES = [
    pytest.param(*case, id=case[1].number, marks=[pytest.mark.slow] * (k > 0))
    for cases in TRIED
    for k, case in enumerate(cases)
]


def cells_with(exercise, answer):
    given = [exercise.cells["given"]] if "given" in exercise.cells else []
    return [*given, answer, exercise.cells["self-check"]]


@pytest.mark.parametrize(("chapter", "exercise"), CASES)
def test_an_exercise_discriminates(chapter, exercise):
    answers = {name: exercise.cells[name] for name in ("solution", "stub")}
    answers |= exercise.honest | exercise.wrong
    honest = {"solution", *exercise.honest}
    with Sandbox() as sandbox:
        sandbox.forbid(exercise.without)
        for seed, (name, answer) in enumerate(answers.items()):
            try:
                raised, mark = tried(chapter, exercise, answer, sandbox, seed)
            except Stopped as reason:
                pytest.fail(f"{name}: the code {reason}")
            failed = [(p["idea"], p["note"]) for p in mark.parts if not p["passed"]]
            if name in honest:
                assert not raised, f"{name} is right, and the self-check or the answer raises"
                assert mark.points == mark.of, f"{name} is right: {failed}"
            elif name == "stub":
                assert raised, "the self-check passes for an untouched stub"
                assert mark.points == 0, "who writes nothing gets nothing"
            else:
                assert mark.points < mark.of, f"{name} is wrong, and gets all points"


FORBIDDING = [
    chapter
    for chapter in source.chapters()
    if any(exercise.without for exercise in source.exercises(chapter))
]


@pytest.mark.parametrize("chapter", FORBIDDING)
def test_what_one_exercise_forbids_the_others_may_use(chapter):
    """In one notebook, honest answers to all exercises get all points."""
    asked = [exercise for exercise in source.exercises(chapter) if exercise.kind != "text"]
    for k in range(max(len(exercise.honest) for exercise in asked)):
        sections = {None: [source.setup(chapter)]}
        for exercise in asked:
            answers = list(exercise.honest.values())
            sections[exercise.number] = cells_with(exercise, answers[k % len(answers)])
        marks = {mark.number: mark for mark in mark_notebook(asked, sections, seed=k)}
        lost = {number: mark.note for number, mark in marks.items() if mark.points < mark.of}
        assert not lost, f"honest answers {k + 1} of each exercise"


def tried(chapter, exercise, answer, sandbox, seed):
    """Run an answer and its self-check, then the tests: return (errors, mark)."""
    sandbox.forget()
    cells = [source.setup(chapter), *cells_with(exercise, answer)]
    errors = [run(sandbox, cell, time.monotonic() + 30) for cell in cells]
    return list(filter(None, errors)), mark_exercise(exercise, [], sandbox, seed)
