"""What the chapters say to whoever teaches them: objectives, needs, minutes, exercises."""

import json
import re

from tools.course_map import chapters, first_cell, names
from tools.lite import TORCH

EXERCISE = r"(?m)^(?:- )?\*\*(\d+\.\d+)\*\* \((\d+) minutes, (must-do|optional)\)"


def prose(path):
    """Return the Markdown of a chapter."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def exercises(path):
    """Return {number: (minutes, whether it is must-do)} of the exercises of a chapter."""
    found = re.findall(EXERCISE, prose(path))
    return {number: (int(minutes), kind == "must-do") for number, minutes, kind in found}


def about(path):
    """Return what the first cell of a chapter says: outcomes, needs, minutes and seconds."""
    said = first_cell(path).split("After this chapter you can")[1]
    needs = re.search(r"(?s)You need (.+?)\.\s(?:The whole|Symbols)", said)[1]
    outcomes = re.findall(r"(?ms)^- (.+?)[,;.]$(?=\n-|\n\n)", said)
    return {
        "outcomes": [" ".join(outcome.split()) for outcome in outcomes],
        "needs": " ".join(needs.split()),
        "minutes": int(re.search(r"(\d+) minutes", said)[1]),
        "seconds": int(re.search(r"(\d+) seconds", said)[1]),
    }


def minutes_table():
    """Return a Markdown table: how long each chapter takes, and what needs PyTorch."""
    rows = ["| chapter | read | must-do | optional | seconds | without PyTorch |"]
    rows.append("|---|---|---|---|---|---|")
    for path in chapters():
        said, given = about(path), exercises(path).values()
        must, free = (sum(m for m, required in given if required is kind) for kind in (True, False))
        name = f"{{doc}}`{path.stem[:2]} {names()[path.stem[:2]]} <{path.stem}>`"
        cells = [name, said["minutes"], must, free, said["seconds"], torch(path)]
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def torch(path):
    """Say what of a chapter runs where PyTorch is not installed."""
    if path.stem in TORCH:
        return "the NumPy part"
    return "all but a comparison" if "import torch" in path.read_text(encoding="utf-8") else "all"


def objectives():
    """Return, as Markdown, the outcomes of each chapter and what it needs."""
    parts = []
    for path in chapters():
        said, number = about(path), path.stem[:2]
        outcomes = "\n".join(f"- {outcome}" for outcome in said["outcomes"])
        parts.append(f"**{number} {names()[number]}.** Needs {said['needs']}.\n\n{outcomes}")
    return "\n\n".join(parts)
