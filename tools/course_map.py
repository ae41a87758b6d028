"""The map on the cover: boxes that are links, and lines from what the chapters say they need."""

import json
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

BOOK = Path(__file__).resolve().parents[1] / "book"

# Column and row of each chapter, such that lines lead to the right and down.
PLACES = {
    **{"01": (0, 0), "02": (1, 0), "03": (2, 0), "04": (3, 0), "05": (4, 0)},
    **{"06": (0, 1), "07": (1, 1), "09": (2, 1), "12": (4, 1)},
    **{"08": (1, 2), "10": (2, 2), "15": (3, 2), "13": (4, 2)},
    **{"11": (2, 3), "14": (4, 3)},
}
COLUMNS, ROWS = 5, 4

# The chapters of the last column need the same two: a line left of the column leads to them all.
SHARED, LEFT = {"12", "13", "14"}, 8.05


def setup(app):
    app.add_directive("course-map", CourseMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class CourseMap(SphinxDirective):
    """Draw the map; it takes no argument."""

    def run(self):
        for path in chapters():
            self.env.note_dependency(str(path))
        builder = self.env.app.builder

        def link(path):
            return builder.get_relative_uri(self.env.docname, f"book/{path.stem}")

        return [nodes.raw("", draw(link), format="html")]


def names():
    """Return {number: name} of the chapters in the table of the cover."""
    cover = (BOOK / "intro.md").read_text(encoding="utf-8")
    return {number: name for name, number in re.findall(r"`\d\d (.+?) <(\d\d)_", cover)}


def chapters():
    """Return the files of these chapters in order."""
    named = names()
    return [path for path in sorted(BOOK.glob("[0-9]*.ipynb")) if path.stem[:2] in named]


def first_cell(path):
    return "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])


def needs():
    """Return {chapter: the chapters that it says it needs}, by their numbers."""
    found = {}
    for path in chapters():
        said = re.search(r"You need ((?:.|\n)*?)(?:Symbols|$)", first_cell(path))[1]
        found[path.stem[:2]] = set(re.findall(r"\{doc\}`(\d\d)_", said))
    return found


def lines():
    """Return the pairs (needed, chapter) without those that a longer way already says."""
    need = needs()

    def behind(chapter):
        return need[chapter].union(*(behind(before) for before in need[chapter]))

    pairs = set()
    for chapter, direct in need.items():
        further = set().union(*(behind(before) for before in direct))
        pairs |= {(before, chapter) for before in direct - further}
    return sorted(pairs)


def draw(link):
    """Return the map as HTML; `link` gives the address of a chapter."""
    named = names()
    strokes = "".join(stroke(start, end) for start, end in lines())
    boxes = []
    for path in chapters():
        number = path.stem[:2]
        column, row = PLACES[number]
        question = re.search(r"(?m)^# (.+)$", first_cell(path))[1]
        boxes.append(
            f'<li style="grid-area: {row + 1} / {column + 1}"><a href="{escape(link(path))}">'
            f'<span class="map-name"><b>{number}</b> {escape(named[number])}</span>'
            f" <span>{escape(question)}</span></a></li>"
        )
    return (
        '<nav class="course-map" aria-label="Chapters">'
        f'<svg aria-hidden="true" focusable="false" viewBox="0 0 {2 * COLUMNS} {2 * ROWS}" '
        f'preserveAspectRatio="none">{strokes}</svg><ol>{"".join(boxes)}</ol></nav>'
    )


def stroke(start, end):
    """Return the line from the middle of one chapter's box to the middle of another's."""
    x1, y1, x2, y2 = (2 * place + 1 for place in (*PLACES[start], *PLACES[end]))
    way = f"H{x2}V{y2}"
    if end in SHARED:
        way = f"H{LEFT}V{y2}H{x2}" if x1 < LEFT else f"V{y1 + 1}H{LEFT}V{y2}H{x2}"
    return f'<path d="M{x1} {y1}{way}"/>'
