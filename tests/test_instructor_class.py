"""A class of thirty from hand-in to LMS file, killed half-way and taken up again."""

import csv
import json
import os
import subprocess
import sys
import time
from datetime import datetime

import pytest
from grading import ASSIGNMENT, CHAPTER, FULL, cell, graded, honest, needs_sandbox, points

from instructor import assignments, build, grade, lms, source
from instructor.bench import simulate

# One class for all: with xdist these tests stay with one worker.
pytestmark = [pytest.mark.grading, pytest.mark.xdist_group("class"), needs_sandbox]

SIZE = 30


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """Grade a class with a run that is killed and a second one; return what both left behind."""
    folder = tmp_path_factory.mktemp("school")
    hand_ins, out = folder / "in", folder / "out"
    expected = simulate(hand_ins, SIZE - 2)
    late = honest()
    cell(late, "answer-3-5")["source"] = "It looks at one point."
    for name, content in {"late": json.dumps(late), "broken": "{"}.items():
        (hand_ins / name).mkdir()
        (hand_ins / name / f"{CHAPTER}.ipynb").write_text(content, encoding="utf-8")
    for student in hand_ins.iterdir():
        day = "2026-12-01" if student.name == "late" else "2026-11-29"
        (student / "timestamp.txt").write_text(f"{day} 12:00:00.5 UTC\n", encoding="utf-8")
    rows = [
        {"student": s, "name": f"Name {s}", "canvas": 100 + k, "email": f"{s}@x.org"}
        for k, s in enumerate(sorted([*expected, "late", "broken", "absent"]))
    ]
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    command = [
        *(sys.executable, "-m", "instructor.grade", str(hand_ins), "--chapters", CHAPTER[:2]),
        *("--out", str(out), "--roster", str(folder / "roster.csv"), "--due", "2026-11-30T23:59"),
    ]
    killed = subprocess.Popen(command, cwd=source.ROOT, stderr=subprocess.DEVNULL)
    while len(list(out.glob("results/*.json"))) < 3:
        assert killed.poll() is None, "graded before it could be killed"
        time.sleep(0.05)
    killed.kill()
    killed.wait()
    before = {p.name: p.read_text(encoding="utf-8") for p in out.glob("results/*.json")}
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, out, expected, before, done, command


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_killed_run_goes_on_where_it_stopped(school):
    _, out, _, before, _, _ = school
    after = {p.name: p.read_text(encoding="utf-8") for p in out.glob("results/*.json")}
    assert 3 <= len(before) < SIZE
    assert len(after) == SIZE
    assert before.items() <= after.items(), "what was graded is not graded again"
    assert len({json.loads(text)["seed"] for text in after.values()}) == 2


def test_everyone_has_a_score_or_a_reason(school):
    _, out, expected, _, done, _ = school
    rows = {row["student"]: row for row in table(out / CHAPTER / "grades.csv")}
    assert set(rows) == {*expected, "late", "broken", ""}
    for student, full in expected.items():
        score = float(rows[student]["points"])
        assert score == full if full is not None else 0 <= score < FULL
        assert rows[student]["status"] == "graded"
    assert rows["broken"]["points"] == ""
    assert "breaks off" in rows["broken"]["status"]
    assert rows["late"]["late"] == "late"
    assert rows["late"]["status"] == "to mark: 3.5"
    assert rows[""]["status"] == "nothing handed in"
    assert f"{SIZE} files: {SIZE - 1} with a score, 1 with a reason only" in done.stdout
    assert "broken" in done.stdout
    assert f"{SIZE}/{SIZE}" in done.stderr, "the progress bar"


def test_points_of_a_person_complete_a_grade(school):
    folder, out, expected, _, _, command = school
    path = out / "to_mark.csv"
    [row] = table(path)
    assert (row["student"], row["exercise"], row["of"]) == ("late", "3.5", "4.0")
    canvas = {row["ID"] for row in table(out / CHAPTER / "canvas.csv")}
    assert len(canvas - {""}) == len(expected), "a grade that is not finished stays here"
    assert row["text"] == "It looks at one point."
    path.write_text(lms.table([list(row), [*list(row.values())[:4], "3,5", "good", ""]]))
    assert subprocess.run(command, cwd=source.ROOT, capture_output=True).returncode == 0
    grades = {row["student"]: row for row in table(out / CHAPTER / "grades.csv")}
    assert float(grades["late"]["points"]) == FULL + 3.5
    assert len(table(out / CHAPTER / "canvas.csv")) == len(expected) + 2
    page = (out / "reports" / f"late-{CHAPTER}.html").read_text(encoding="utf-8")
    assert "3.5 of 4. good" in page
    assert table(path)[0]["points"] == "3,5", "what a person wrote stays"
    path.write_text(lms.table([list(row), [*list(row.values())[:4], "9", "", ""]]))
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True)
    assert "expected a number from 0 to 4" in done.stderr
    assert folder.exists()


def test_every_file_has_a_report(school):
    _, out, _, _, _, _ = school
    assert len(list(out.glob("reports/*.html"))) == SIZE
    assert not list(out.rglob("*.draft"))


def test_a_grading_can_be_repeated(tmp_path):
    answer = "sigmoid_step = sigmoid_backward = lambda *a: print(a)"
    notebook = honest()
    cell(notebook, "answer-3-2")["source"] = answer
    results = [graded(tmp_path / str(k), notebook)["marks"] for k in range(2)]
    assert results[0] == results[1]


def test_the_newest_readable_file_counts():
    old = {"student": "a", "chapter": CHAPTER, "reason": "", "at": "2026-01-01", "file": "1"}
    new = old | {"at": "2026-01-02", "file": "2"}
    broken = new | {"reason": "the file is empty", "at": "2026-01-03", "file": "3"}
    assert grade.that_count([new, broken, old]) == {("a", CHAPTER): new}


def test_the_notebook_of_a_chapter_that_is_not_graded_replaces_nothing(tmp_path):
    folder = tmp_path / "in" / "s01"
    folder.mkdir(parents=True)
    (folder / "03.ipynb").write_text(json.dumps(honest()), encoding="utf-8")
    other = build.text_of(assignments.release("04_bptt"))
    (folder / "04.ipynb").write_text(other, encoding="utf-8")
    (folder / "notes.txt").write_text("mine")
    os.utime(folder / "03.ipynb", (0, 0))
    results = grade.grade_all(tmp_path / "in", tmp_path / "out", [ASSIGNMENT], 1, quiet=True)
    assert [result["file"] for result in results] == ["s01/03.ipynb", "s01/04.ipynb"]
    [counted] = grade.that_count(results).values()
    assert points(counted) == FULL


def test_chapters_are_told_apart_by_their_cells(tmp_path):
    two = [ASSIGNMENT, grade.Assignment("04_bptt")]
    for k, chapter in enumerate(("04_bptt", CHAPTER)):
        path = tmp_path / "in" / "s01" / f"work{k}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        release = build.text_of(assignments.release(chapter))
        path.write_text(release.replace('"id": "answer', '"id": "x'), encoding="utf-8")
    results = grade.grade_all(tmp_path / "in", tmp_path / "out", two, 1, quiet=True)
    assert [result["chapter"] for result in results] == ["04_bptt", CHAPTER]


def test_two_students_never_share_a_report():
    names = ["José", "Jose", "jose", "Jos é", "../../etc", "", "中文", "中 文"]
    assert len({grade.report.slug(name) for name in names}) == len(names)
    assert not [n for n in names if set("/. ") & set(grade.report.slug(n))]


def test_an_error_of_the_grader_stops_nobody(tmp_path, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("our own fault")

    monkeypatch.setattr(grade.Assignment, "mark", fails)
    result = graded(tmp_path / "in", honest())
    assert result["reason"] == "the grader met ZeroDivisionError: our own fault"
    assert points(result) == 0


@pytest.mark.parametrize(
    ("text", "late"), [("2026-11-30 10:00:00 UTC", False), ("nonsense", None), ("", None)]
)
def test_odd_timestamps(tmp_path, text, late):
    path = tmp_path / "in" / "a" / "x.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    (path.parent / "timestamp.txt").write_text(text)
    os.utime(path, (0, 0))
    at = grade.handed_in_at(path, tmp_path / "in")
    assert at == (datetime(2026, 11, 30, 10) if late is False else datetime.fromtimestamp(0))


def test_a_folder_that_is_none_is_named():
    command = [sys.executable, "-m", "instructor.grade", "no-such-folder"]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True)
    assert done.returncode
    assert "no-such-folder is no folder of submissions" in done.stderr


def test_no_folder_is_not_this_folder():
    command = [sys.executable, "-m", "instructor.grade", ""]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True)
    assert "make grade SUBMISSIONS=folder" in done.stderr


def test_unsandboxed_gives_the_same_marks(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "s01.ipynb").write_text(json.dumps(honest()), encoding="utf-8")
    found = grade.grade_all(tmp_path / "in", tmp_path / "out", [ASSIGNMENT], 1, False, quiet=True)
    assert [points(result) for result in found] == [FULL]
