"""Write what comes from the exercises: python -m instructor.build [--check] [03 04 ...]

The text in the chapters and the students' notebooks go into book/; the teacher's notebooks with the
solutions go into _build/solutions. With --check nothing is written: it says what has drifted.
"""

import argparse
import re
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks import first_cell

from . import source
from .source import EXPLAIN, ROOT

BOOK = ROOT / "book"
SOLUTIONS = ROOT / "_build" / "solutions"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WELCOME = """\
# Exercises: {title}

They belong to the chapter `{chapter}` of *Gate by Gate*. Write your answers into the cells with
`...` and leave the other cells as they are. After each answer stands a self-check. When it passes,
you are on the right way, but it does not test everything. When it is graded, the cells of an
exercise have 10 seconds together. So make long runs and figures in a notebook of your own, and
give their results in the cell for your explanation.
"""


def code(text, cell_id):
    return new_code_cell(text, id=cell_id)


def markdown(text, cell_id):
    return new_markdown_cell(text.strip(), id=cell_id)


def kind_of_work(exercise):
    return f"{exercise.minutes} minutes, {'must-do' if exercise.required else 'optional'}"


def task(exercise):
    points = f"{exercise.points:g} point{'s' * (exercise.points != 1)}"
    return f"""\
## {exercise.number} {exercise.title}

({kind_of_work(exercise)}, {points}) {exercise.cells["task"]}

<details><summary>Hint</summary>

{exercise.cells["hint"]}

</details>
"""


def answer_cells(exercise, answer):
    """Return the cells of one exercise, with the answer in its place."""
    make = markdown if exercise.kind == "text" else code
    cells = [markdown(task(exercise), exercise.cell_id("task"))]
    if "given" in exercise.cells:
        cells.append(code(exercise.cells["given"], exercise.cell_id("given")))
    cells.append(make(answer, exercise.cell_id("answer")))
    if exercise.kind != "text":
        cells.append(code(exercise.cells["self-check"], exercise.cell_id("check")))
        if exercise.by_person:
            cells.append(markdown(EXPLAIN, exercise.cell_id("explain")))
    return cells


def chapter_title(chapter):
    """Return the title of a chapter: its first heading."""
    notebook = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4)
    return re.search(r"(?m)^# (.+)$", notebook.cells[0].source)[1]


def notebook(chapter, answers=None):
    """Return the notebook of a chapter: with stubs, or with the answers {number: text}."""
    welcome = WELCOME.format(title=chapter_title(chapter), chapter=chapter)
    cells = [
        markdown(welcome, "title"),
        code(first_cell(), "rnnlib"),
        code(source.setup(chapter), "setup"),
    ]
    for exercise in source.exercises(chapter):
        answer = (answers or {}).get(exercise.number, exercise.cells["stub"])
        cells += answer_cells(exercise, answer)
    return new_notebook(cells=cells, metadata=METADATA)


def solutions(chapter):
    """Return the notebook of a chapter with all solutions and rubrics."""
    exercises = source.exercises(chapter)
    solved = notebook(chapter, {e.number: e.cells["solution"] for e in exercises})
    for exercise in exercises:
        if "rubric" in exercise.cells:
            place = [cell.id for cell in solved.cells].index(exercise.cell_id("answer"))
            text = f"**Rubric of {exercise.number}**\n\n{exercise.cells['rubric']}"
            solved.cells.insert(place + 1, markdown(text, exercise.cell_id("rubric")))
    return solved


def section(chapter):
    """Return the text of the chapter's section of exercises, without its heading."""
    link = f"{{download}}`exercises/{chapter}.ipynb`"
    lines = [f"Work on them in {link}. It has a hint and a self-check for each."]
    for exercise in source.exercises(chapter):
        lines.append(f"**{exercise.number}** ({kind_of_work(exercise)}) {exercise.cells['task']}")
    return "\n\n".join(lines)


def with_section(chapter):
    """Return the chapter's notebook with its section of exercises as the source has it."""
    book = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4)
    pattern = re.compile(r"(?ms)(^## Exercises\n).*?(?=^## |\Z)")
    for cell in book.cells:
        if cell.cell_type == "markdown" and pattern.search(cell.source):
            text = pattern.sub(lambda found: f"{found[1]}\n{section(chapter)}\n\n", cell.source)
            cell.source = text.strip()
    return book


def products(chapter):
    """Return {path: notebook} of all that a chapter's exercises give."""
    return {
        BOOK / f"{chapter}.ipynb": with_section(chapter),
        BOOK / "exercises" / f"{chapter}.ipynb": notebook(chapter),
        SOLUTIONS / f"{chapter}.ipynb": solutions(chapter),
    }


def text_of(made):
    return nbformat.writes(made) + "\n"


def drifted(chapter):
    """Return the committed files that differ from what the source gives."""
    made = {path: text_of(book) for path, book in products(chapter).items() if BOOK in path.parents}
    return [
        path
        for path, text in made.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def write(chapter):
    for path, made in products(chapter).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(made), encoding="utf-8", newline="\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Write what comes from the exercises.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what has drifted")
    parser.add_argument("chapters", nargs="*", help="such as 03; default: all")
    options = parser.parse_args(arguments)
    failed = []
    for chapter in source.chosen(options.chapters):
        if options.check:
            failed += drifted(chapter)
        else:
            write(chapter)
            print(f"{chapter}: exercises written into the chapter and the notebooks")
    for path in failed:
        print(f"{path.relative_to(ROOT)} has drifted from instructor/: python -m instructor.build")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
