"""What the tests of the grader share."""

import json

import pytest

pytest.importorskip("resource")  # Windows has none

from instructor import assignments, build
from instructor.grade import Assignment, grade_all
from instructor.sandbox import complaint

WHY_NOT = complaint()

# CI=true allows no such skip (conftest.py).
needs_sandbox = pytest.mark.skipif(WHY_NOT is not None, reason=f"bubblewrap: {WHY_NOT}")

CHAPTER = "03_gradients"
ASSIGNMENT = Assignment(CHAPTER)
for exercise in ASSIGNMENT.exercises:
    exercise.seconds = 4  # the tests wait for what never ends
EXERCISES = {exercise.number: exercise for exercise in ASSIGNMENT.exercises}
RELEASE = build.text_of(assignments.release(CHAPTER))
FULL = 16  # points of the tests of chapter 03


def honest():
    """Return the notebook of an honest student, as a dict: right in everything that is tested."""
    notebook = json.loads(RELEASE)
    for exercise in ASSIGNMENT.exercises:
        answers = [*exercise.honest.values(), "The check sees one point only."]
        cell(notebook, exercise.cell_id("answer"))["source"] = answers[0]
    return notebook


def cell(notebook, name):
    """Return one cell of a notebook."""
    return next(c for c in notebook["cells"] if c.get("id") == name)


def code_cell(source):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}


def graded(folder, content, name="s01.ipynb"):
    """Grade one hand-in (a notebook or bytes) alone, and return its result."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    [result] = grade_all(folder, folder.parent / "out", [ASSIGNMENT], seed=1, quiet=True)
    return result


def points(result):
    return sum(mark["points"] for mark in result["marks"])
