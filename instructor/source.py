"""Read the exercises: one file for each, in Jupytext's percent format (README.md describes it)."""

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import jupytext
import yaml

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = ROOT / "instructor" / "exercises"
LAST_WORDS = "public checks passed; hidden tests run later"
EXPLAIN = "*Explain your answer here, in one to three sentences.*"


@dataclass
class Exercise:
    """One exercise: its header, its cells by title, and its variants by name."""

    number: str
    title: str
    minutes: int
    required: bool
    points: float
    kind: str
    without: list = field(default_factory=list)
    seconds: float = 10
    cells: dict = field(default_factory=dict)
    honest: dict = field(default_factory=dict)
    wrong: dict = field(default_factory=dict)

    @property
    def by_person(self):
        """Points that a person gives: the sum over the lines of the rubric."""
        rubric = self.cells.get("rubric", "")
        return sum(float(points) for points in re.findall(r"(?m)^- \(([\d.]+)\) ", rubric))

    @property
    def automatic(self):
        return self.points - self.by_person

    @property
    def names(self):
        """What the stub defines: functions, classes and numbers."""
        return set() if self.kind == "text" else defined(self.cells["stub"])

    def cell_id(self, role):
        """The id of a cell in the notebooks, such as answer-3-2."""
        return f"{role}-{self.number.replace('.', '-')}"


@lru_cache(maxsize=4096)
def defined(code):
    """Return the names that a piece of code defines at its top level; none if it is no Python."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in body:
        if isinstance(node, ast.Assign):
            names |= {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return names


def read(path):
    """Return the exercise of one file."""
    header, *cells = jupytext.read(path).cells
    exercise = Exercise(**yaml.safe_load(header.source.strip("-\n")))
    for cell in cells:
        kind, _, name = cell.metadata["title"].partition(": ")
        if name:
            getattr(exercise, kind)[name] = cell.source
        else:
            exercise.cells[kind] = cell.source
    return exercise


def chapters():
    """Return the names of all chapters that have exercises, such as 03_gradients."""
    return sorted(path.name for path in EXERCISES.iterdir() if (path / "setup.py").is_file())


def chosen(words):
    """Return the chapters that words such as "03 04" name; all when there is none."""
    found = [name for name in chapters() if not words or name[:2] in words or name in words]
    unknown = [word for word in words if not any(word in (n, n[:2]) for n in found)]
    if unknown:
        raise SystemExit(
            f"no exercises for {', '.join(unknown)}; there are {', '.join(chapters())}"
        )
    return found


def exercises(chapter):
    """Return the exercises of a chapter, in order."""
    return [read(path) for path in sorted((EXERCISES / chapter).glob("[0-9]_*.py"))]


def setup(chapter):
    """Return the code of the chapter's set-up cell."""
    return (EXERCISES / chapter / "setup.py").read_text(encoding="utf-8").strip()
