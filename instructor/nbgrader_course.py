"""An nbgrader course in _build/assignments: release, collect, autograde, feedback, export.

    python -m instructor.nbgrader_course grade submissions [--chapters "03 04"]

puts what was handed in to its place, under the name that nbgrader expects, and runs nbgrader on it.
"""

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from . import assignments, build, report, sandbox, source
from .grade import Assignment, fitting, hand_ins
from .repair import Unreadable, cells_of, load, repair

NBGRADER = source.ROOT / ".venv-nbgrader" / "bin" / "nbgrader"
CONFIG = """\
# Written by make assignments. Autograding runs in the sandbox of the course, not in nbgrader.
import sys

sys.path.append({root!r})
from instructor import nbgrader_sandbox as own

c = get_config()
c.CourseDirectory.course_id = "gate-by-gate"
c.Autograde.sanitize_preprocessors = own.SANITIZE
c.Autograde.autograde_preprocessors = own.AUTOGRADE
c.ClearSolutions.enforce_metadata = False
c.HTMLExporter.sanitize_html = True
"""
# A browser that reads this line loads nothing and runs no script.
QUIET = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)
NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


def repaired_notebook(assignment, repaired):
    """Return what was handed in as a notebook that nbgrader takes."""
    notebook = assignments.release(assignment.chapter)
    handed_out = {cell.id: cell for cell in notebook.cells}
    notebook.cells = []
    for section in repaired.sections.values():
        for name, kind, text in section:
            cell = handed_out.get(name) or NEW.get(kind, new_raw_cell)(text)
            cell.source = text
            notebook.cells.append(cell)
    return notebook


def graded_notebook(assignment, cells, seed):
    """Return the repaired notebook, with the outcome of the tests below each self-check."""
    repaired, marks = assignment.mark(cells, seed, isolated=True)
    notebook = repaired_notebook(assignment, repaired)
    checks = {cell.id: cell for cell in notebook.cells}
    for exercise, mark in zip(assignment.exercises, marks, strict=True):
        if mark.of:
            checks[exercise.cell_id("check")].outputs = outcome(mark)
    return notebook


def outcome(mark):
    """Return the outputs from which nbgrader takes the points: a text, then a number."""
    lines = [f"{'yes' if p['passed'] else 'not yet'}: {p['idea']} {p['note']}" for p in mark.parts]
    text = "\n".join([*lines, mark.note]).strip() + "\n"
    number = new_output("execute_result", {"text/plain": f"{mark.points:g}"}, execution_count=1)
    return [new_output("stream", name="stdout", text=text), number]


def mark(chapter):
    """Read a notebook from the input and write the graded one to the output."""
    if complaint := sandbox.complaint():
        sys.exit(complaint)
    cells = cells_of(json.load(sys.stdin), [])
    made = graded_notebook(Assignment(chapter), cells, secrets.randbits(32))
    sys.stdout.write(nbformat.writes(made))


def prepare(chapters):
    """Write the course: its configuration and the notebooks to hand out."""
    assignments.main(chapters)
    config = CONFIG.format(root=str(source.ROOT))
    (assignments.OUT / "nbgrader_config.py").write_text(config, encoding="utf-8")


def collect(folder, chapters):
    """Put each notebook, repaired, to submitted/<student>/<chapter>/; name those that cannot."""
    found = [Assignment(chapter) for chapter in chapters]
    for student, path in sorted(hand_ins(folder), key=lambda pair: pair[1].lstat().st_mtime):
        try:
            cells, _ = load(path)
            assignment = fitting(cells, found, path.name)
            repaired = repair(cells, assignment.release, assignment.exercises)
        except Unreadable as reason:
            print(f"{student}: {path.name}: {reason}")
            continue
        name, chapter = report.slug(student), assignment.chapter
        place = assignments.OUT / "submitted" / name / chapter / f"{chapter}.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(build.text_of(repaired_notebook(assignment, repaired)), encoding="utf-8")


def nbgrader(*arguments):
    """Run a command of nbgrader, which looks for its own tools on the PATH."""
    command = [NBGRADER, *arguments, "--log-level=WARN"]
    path = f"{NBGRADER.parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONWARNINGS": "ignore"}
    if subprocess.run(command, cwd=assignments.OUT, env=environment).returncode:
        print(f"nbgrader {arguments[0]} reports a problem with {arguments[1]}: see above")


def grade(folder, chapters):
    """Run the cycle of nbgrader."""
    prepare(chapters)
    collect(folder, chapters)
    for chapter in chapters:
        nbgrader("generate_assignment", chapter, "--create", "--force")
        nbgrader("autograde", chapter, "--create", "--force")
        nbgrader("generate_feedback", chapter, "--force")
    for page in assignments.OUT.glob("feedback/*/*/*.html"):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"(?s)<script\b.*?</script>", "", text)
        page.write_text(text.replace("<head>", f"<head>\n{QUIET}", 1), encoding="utf-8")
    nbgrader("export", "--to=grades.csv")
    print(f"The gradebook, the feedback and grades.csv are in {assignments.OUT}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run nbgrader with the course's own grader.")
    parser.add_argument("verb", choices=["mark", "grade"])
    parser.add_argument("what", help="mark: a chapter; grade: the folder of submissions")
    parser.add_argument("--chapters", default="")
    options = parser.parse_args(arguments)
    if options.verb == "mark":
        mark(options.what)
    else:
        grade(Path(options.what), source.chosen(options.chapters.split()))


if __name__ == "__main__":
    main()
