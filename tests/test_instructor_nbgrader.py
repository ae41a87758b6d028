"""The full cycle of nbgrader on a simulated class: release, submit, autograde, feedback, export."""

import csv
import json
import re
import subprocess

import nbformat
import pytest
from grading import ASSIGNMENT, CHAPTER, cell, honest, needs_sandbox

from instructor import assignments, nbgrader_course, source
from instructor.bench import simulate

ROOT = source.ROOT


@pytest.fixture(params=source.chapters())
def release(request):
    return assignments.release(request.param)


def test_releases_are_plain_and_valid(release):
    nbformat.validate(release)
    ids = [c.metadata.nbgrader.grade_id for c in release.cells]
    assert len(ids) == len(set(ids))
    for c in release.cells:
        about = c.metadata.nbgrader
        assert set(about) - {"points"} == {
            *("schema_version", "cell_type", "grade_id", "grade", "solution", "locked", "task")
        }
        assert about.grade == (about.get("points", 0) > 0)
        assert about.locked != about.solution
        assert not c.get("outputs")


def test_points_of_a_release_are_those_of_the_exercises(release):
    chapter = next(c for c in source.chapters() if assignments.release(c) == release)
    points = sum(c.metadata.nbgrader.get("points", 0) for c in release.cells)
    assert points == sum(exercise.points for exercise in source.exercises(chapter))


def test_a_release_holds_no_secret(release):
    text = nbformat.writes(release)
    for word in ("CANARY", "def test_", "BEGIN SOLUTION", "BEGIN HIDDEN"):
        assert word not in text


@pytest.mark.grading
@pytest.mark.slow
@needs_sandbox
def test_the_full_cycle(tmp_path, monkeypatch):
    made = ["make", "-s", "-o", ".venv/.installed", ".venv-nbgrader/.installed"]
    subprocess.run(made, cwd=ROOT, check=True)
    course = tmp_path / "course"
    monkeypatch.setattr(assignments, "OUT", course)
    expected = simulate(tmp_path / "in", 4)
    broken = honest()
    broken["cells"].remove(cell(broken, "check-3-2"))
    cell(broken, "answer-3-1")["outputs"] = [{"output_type": "error"}]
    place = tmp_path / "in" / "zoe" / "ps1 (1).ipynb"
    place.parent.mkdir()
    place.write_text(json.dumps(broken), encoding="utf-8")
    nbgrader_course.main(["grade", str(tmp_path / "in"), "--chapters", CHAPTER[:2]])

    with (course / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == {*expected, "zoe"}
    assert float(rows["zoe"]["score"]) == 16, "deleted test cells and odd names are mended"
    for student, points in expected.items():
        assert float(rows[student]["max_score"]) == ASSIGNMENT.of
        if points is None:
            assert float(rows[student]["score"]) < 16
        else:
            assert float(rows[student]["score"]) == points

    pages = sorted(course.glob("feedback/*/*/*.html"))
    assert len(pages) == len(rows)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text
        assert "<script" not in text
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", text), "it loads from outside"
        assert "CANARY" not in text
        assert "def test_" not in text
        assert "The analytic slope is the sum over all entries" in text, "the idea is named"
