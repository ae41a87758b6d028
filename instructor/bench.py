"""Simulated classes, and how fast they are graded: python -m instructor.bench [50 150 500]"""

import random
import sys
import tempfile
import time
from pathlib import Path

from . import assignments, build, sandbox, source
from .grade import Assignment, grade_all

CHAPTER = "03_gradients"


def simulate(folder, size, chapter=CHAPTER, seed=0):
    """Write a class: each student takes one variant of each exercise. Return {student: points}.

    The points are those of the tests, known only where the answer is right in full; None elsewhere.
    """
    rng, expected = random.Random(seed), {}
    exercises = [e for e in source.exercises(chapter) if e.kind != "text"]
    release = build.text_of(assignments.release(chapter))
    for k in range(size):
        notebook, student = build.nbformat.reads(release, as_version=4), f"student{k:03}"
        right = rng.random() < 0.5
        cells = {cell.id: cell for cell in notebook.cells}
        for exercise in exercises:
            pool = [*exercise.honest.values(), *([] if right else exercise.wrong.values())]
            cells[exercise.cell_id("answer")].source = rng.choice(pool)
        expected[student] = sum(e.automatic for e in exercises) if right else None
        path = Path(folder) / student / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(build.text_of(notebook), encoding="utf-8")
    return expected


def measure(size):
    """Grade a class, print a line, and return the submissions per second."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        expected = simulate(folder / "in", size)
        start = time.perf_counter()
        results = grade_all(folder / "in", folder / "out", [Assignment(CHAPTER)], 1, quiet=True)
        seconds = time.perf_counter() - start
    scored = {r["student"]: sum(m["points"] for m in r["marks"]) for r in results if r["marks"]}
    lost = size - len(scored)
    wrong = [s for s, points in expected.items() if points is not None and scored.get(s) != points]
    print(f"{size:9} {seconds:9.1f} {size / seconds:11.1f} {lost:6} {len(wrong):11}", flush=True)
    return size / seconds


def main(arguments):
    if complaint := sandbox.complaint():
        sys.exit(complaint)
    print("    class   seconds  per second   lost  misgraded")
    for size in map(int, arguments or ["50", "150", "500"]):
        measure(size)


if __name__ == "__main__":
    main(sys.argv[1:])
