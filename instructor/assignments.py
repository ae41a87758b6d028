"""Write the notebooks to hand out: python -m instructor.assignments [03 04 ...]

They are the students' notebooks with the metadata of nbgrader: plain, valid, and without any hidden
test. They lie in _build/assignments, which is an nbgrader course. Other tools need the .ipynb only.
"""

import sys

from . import build, source

OUT = source.ROOT / "_build" / "assignments"


def mark_up(cell, points):
    """Give a cell what nbgrader wants to know of it: who writes it and who grades it."""
    role = cell.id.partition("-")[0]
    written = role in ("answer", "explain")
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "cell_type": cell.cell_type,
        "grade_id": cell.id,
        "grade": points > 0,
        "solution": written,
        "locked": not written,
        "task": False,
    }
    if points:
        cell.metadata["nbgrader"]["points"] = points


def release(chapter):
    """Return the notebook to hand out. The self-check carries the points of the hidden tests."""
    notebook, points = build.notebook(chapter), {}
    for exercise in source.exercises(chapter):
        points[exercise.cell_id("check")] = exercise.automatic
        person = "answer" if exercise.kind == "text" else "explain"
        points[exercise.cell_id(person)] = exercise.by_person
    for cell in notebook.cells:
        mark_up(cell, points.get(cell.id, 0))
    return notebook


def main(arguments):
    for chapter in source.chosen(arguments):
        path = OUT / "source" / chapter / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(build.text_of(release(chapter)), encoding="utf-8", newline="\n")
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
