"""Grade what was handed in: make grade SUBMISSIONS=folder (README.md says what comes out).

Each file ends in a score or in a named reason. The results are one file each, so that a run that
was killed goes on where it stopped.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from . import build, lms, report, sandbox, source
from .marking import mark_notebook
from .repair import EVERYWHERE, Unreadable, load, repair, same

IGNORED = {"timestamp.txt", "desktop.ini", "Thumbs.db"}
TO_MARK = ["student", "chapter", "exercise", "of", "points", "comment", "text"]


class Assignment:
    """The exercises of one chapter and the notebook that was handed out."""

    def __init__(self, chapter):
        self.chapter = chapter
        self.exercises = source.exercises(chapter)
        cells = build.notebook(chapter).cells
        self.release = {cell.id: (cell.cell_type, cell.source) for cell in cells}
        self.of = sum(exercise.points for exercise in self.exercises)

    def mark(self, cells, seed, isolated):
        """Repair and mark the cells of a notebook: return (repaired, marks)."""
        repaired = repair(cells, self.release, self.exercises)
        return repaired, mark_notebook(self.exercises, repaired.code(), seed, isolated)


def hand_ins(folder):
    """Return [(student, path)]: an entry of the folder is a student, or a file of a student.

    Of a student who has notebooks, other files are left alone.
    """
    found = []
    for entry in sorted(Path(folder).iterdir()):
        if entry.name.startswith(".") or entry.name in IGNORED:
            continue
        inside = entry.is_dir() and not entry.is_symlink()
        files = (
            [path for path in sorted(entry.rglob("*")) if is_hand_in(path)] if inside else [entry]
        )
        student = lms.student_of(entry)
        found += [(student, path) for path in files] or [(student, entry)]
    have = {student for student, path in found if may_be_notebook(path)}
    return [(s, path) for s, path in found if s not in have or may_be_notebook(path)]


def may_be_notebook(path):
    """Say whether the name is that of a notebook, also as a browser saves it, or of a zip."""
    return ".ipynb" in path.name.lower() or path.suffix.lower() == ".zip"


def is_hand_in(path):
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts[-4:])
    return (path.is_file() or path.is_symlink()) and not hidden and path.name not in IGNORED


def fitting(cells, assignments, name):
    """Return the assignment whose cells these are: by ids and texts, else by the file's name."""

    def known(assignment):
        ids = set(assignment.release) - EVERYWHERE
        texts = {text for n, (_, text) in assignment.release.items() if n.startswith("task-")}
        count = sum(bool(c.source in texts or ids & set(map(str, c.names))) for c in cells)
        return count, assignment.chapter[:2] in re.findall(r"\d\d", name)

    return max(assignments, key=known)


def grade_file(path, assignments, seed, isolated):
    """Return the result of one file: the marks, or the reason why there are none."""
    result = {"chapter": None, "reason": "", "repairs": [], "marks": [], "texts": {}}
    try:
        cells, result["repairs"] = load(path)
        assignment = fitting(cells, assignments, path.name)
        repaired, marks = assignment.mark(cells, seed, isolated)
        result["chapter"] = assignment.chapter
        result["repairs"] += repaired.repairs
        result["marks"] = [mark.as_dict() for mark in marks]
        result["texts"] = texts_of(assignment, repaired)
    except Unreadable as reason:
        result["reason"] = str(reason)
    except Exception as error:  # no submission stops the batch
        result["reason"] = f"the grader met {type(error).__name__}: {str(error)[:200]}"
    if result["chapter"] is None:
        result["chapter"] = chapter_of(path, assignments)
    result["of"] = next(a.of for a in assignments if a.chapter == result["chapter"])
    return result


def texts_of(assignment, repaired):
    """Return {number: what a person has to read, empty when nothing was written}."""
    texts = {}
    for exercise in assignment.exercises:
        if exercise.by_person:
            role = "answer" if exercise.kind == "text" else "explain"
            cell_id = exercise.cell_id(role)
            text = repaired.source(cell_id)
            texts[exercise.number] = "" if same(text, assignment.release[cell_id][1]) else text
    return texts


def chapter_of(path, assignments):
    """Return the chapter that an unreadable file was meant for."""
    named = [a.chapter for a in assignments if a.chapter[:2] in re.findall(r"\d\d", path.name)]
    return (named or [assignments[0].chapter])[0]


def fingerprint(path, assignments):
    """Return a hash of a file and of all exercises: while it stays, a result stays true."""
    seen = hashlib.sha256(repr([(a.release, a.exercises) for a in assignments]).encode())
    if path.is_file() and path.stat().st_size < 2**30:
        seen.update(path.read_bytes())
    return seen.hexdigest()


def handed_in_at(path, folder):
    """Return the time: of the file timestamp.txt that nbgrader writes beside it, or of the file."""
    stamp = path.parent / "timestamp.txt"
    if stamp.is_file() and stamp.parent != Path(folder):
        text = stamp.read_text(encoding="utf-8", errors="replace").strip().removesuffix(" UTC")
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            pass
    return datetime.fromtimestamp(path.lstat().st_mtime)


def one(student, path, folder, out, assignments, seed, isolated):
    """Grade one file, or take the result that is there, and return it."""
    inside = str(path.relative_to(folder))
    name = f"{report.slug(student)}-{hashlib.sha256(inside.encode()).hexdigest()[:8]}.json"
    place, key = out / "results" / name, fingerprint(path, assignments)
    try:
        result = json.loads(place.read_text(encoding="utf-8"))
        if result["key"] == key:
            return result
    except (OSError, ValueError, KeyError, TypeError):
        pass
    result = grade_file(path, assignments, seed, isolated)
    at = handed_in_at(path, folder)
    result |= {"key": key, "seed": seed, "student": student, "at": at.isoformat(" ", "seconds")}
    result |= {"file": inside, "late": lms.late_by_name(path)}
    write(place, json.dumps(result, indent=1))
    return result


def write(path, text):
    """Write a file at once: it is there in full, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text, encoding="utf-8", newline="")
    draft.replace(path)


def grade_all(folder, out, assignments, seed, isolated=True, quiet=False):
    """Return the results of all files, graded side by side, one process for each core."""
    files = hand_ins(folder)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(one, student, path, folder, out, assignments, seed, isolated)
            for student, path in files
        ]
        try:
            bar = tqdm(as_completed(jobs), total=len(jobs), unit="file", disable=quiet)
            results = [job.result() for job in bar]
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return sorted(results, key=lambda result: (result["student"], result["file"]))


def that_count(results):
    """Return {(student, chapter): result}: the newest file that can be read counts."""
    counted = {}
    for result in sorted(results, key=lambda r: (not r["reason"], r["at"], r["file"])):
        counted[result["student"], result["chapter"]] = result
    return counted


def given_by_person(out):
    """Return {(student, chapter, exercise): (points, comment)} as a person filled them in."""
    path = out / "to_mark.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        (lms.plain(row["student"]), row["chapter"], row["exercise"]): (
            row["points"],
            row["comment"],
        )
        for row in rows
        if row["points"].strip()
    }


def add_person(counted, given):
    """Put the points of a person into the marks; return the rows of what is still to be marked."""
    rows = []
    for (student, chapter), result in counted.items():
        for mark in result["marks"]:
            if not mark["by_person"]:
                continue
            key = (student, chapter, mark["number"])
            points, comment = given.get(key, ("", ""))
            mark["person"], mark["comment"] = in_range(points, mark["by_person"], key), comment
            text = result["texts"][mark["number"]]
            if not text:
                mark["person"] = 0.0
            else:
                rows.append([*key, mark["by_person"], points, comment, text])
    return rows


def in_range(points, most, key):
    """Return points as a number, or None when there are none yet."""
    if not points:
        return None
    try:
        value = float(points.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        sys.exit(f"to_mark.csv: {key} has {points!r} points; expected a number from 0 to {most:g}")
    return value


def score(result):
    """Return the sum of all points that are given by now."""
    return round(sum(m["points"] + (m.get("person") or 0) for m in result["marks"]), 2)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Grade what was handed in.")
    parser.add_argument("submissions", type=Path, help="a folder: one entry for each student")
    parser.add_argument("--chapters", default="", help='such as "03 04"; default: all')
    parser.add_argument("--out", type=Path, default=source.ROOT / "_build" / "grades")
    parser.add_argument("--roster", type=Path, help="a CSV: the class, as the LMS exports it")
    parser.add_argument("--due", type=datetime.fromisoformat, help="such as 2026-11-30T23:59")
    parser.add_argument("--seed", type=int, default=None, help="to repeat a grading")
    parser.add_argument("--unsandboxed", default="", help="yes: run strangers' code unprotected")
    options = parser.parse_args(arguments)
    isolated = options.unsandboxed != "yes"
    if not options.submissions.name or not options.submissions.is_dir():
        sys.exit(
            f"{options.submissions} is no folder of submissions. Expected: make grade "
            "SUBMISSIONS=folder, with one entry for each student in it."
        )
    if isolated and (complaint := sandbox.complaint()):
        sys.exit(complaint)
    assignments = [Assignment(chapter) for chapter in source.chosen(options.chapters.split())]
    seed = secrets.randbits(32) if options.seed is None else options.seed
    results = grade_all(options.submissions, options.out, assignments, seed, isolated)
    roster = lms.read_roster(options.roster) if options.roster else []
    finish(results, assignments, roster, options.due, options.out)
    return 0


def finish(results, assignments, roster, due, out):
    """Write the grades, the reports, the repairs and the files for the LMS, and say where."""
    counted = that_count(results)
    for result in counted.values():
        result["late"] = result["late"] or bool(due and result["at"] > due.isoformat(" "))
    to_mark = add_person(counted, given_by_person(out))
    write(out / "to_mark.csv", lms.table([TO_MARK, *to_mark]))
    for (student, chapter), result in counted.items():
        page = report.page(result, score(result))
        write(out / "reports" / f"{report.slug(student)}-{chapter}.html", page)
    for assignment in assignments:
        chapter = assignment.chapter
        graded = {s: (score(r), r) for (s, c), r in counted.items() if c == chapter}
        for name, text in lms.exports(chapter, assignment.of, graded, roster).items():
            write(out / chapter / name, text)
    summary(results, counted, to_mark, out)


def summary(results, counted, to_mark, out):
    scores = sum(not result["reason"] for result in counted.values())
    repaired = sum(bool(result["repairs"]) for result in counted.values())
    waiting = sum(not row[4] for row in to_mark)
    without = len(counted) - scores
    print(f"{len(results)} files: {scores} with a score, {without} with a reason only.")
    if older := len(results) - len(counted):
        print(f"{older} do not count: the same student handed in a newer one.")
    print(f"{repaired} were repaired. {waiting} answers wait for a person (to_mark.csv).")
    for result in counted.values():
        if result["reason"]:
            print(f"  {result['student']}: {result['file']}: {result['reason']}")
    print(f"Everything is in {out}")


if __name__ == "__main__":
    sys.exit(main())
