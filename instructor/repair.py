"""Read what was handed in, and put every cell back where it belongs.

`load` gives the cells of a file, or raises Unreadable with a reason. `repair` lays them over the
cells of the notebook that was handed out, and lists what it had to mend.
"""

import io
import json
import zipfile
from dataclasses import dataclass, field

from .source import defined

LARGEST = 64 * 2**20
LARGEST_SOURCE = 2 * 2**20  # characters of all cells, without outputs
EVERYWHERE = {"title", "rnnlib", "setup"}  # cells that the notebook of every chapter has
OURS = ("python", "python3", "")


class Unreadable(Exception):
    """There is no notebook in it; the message says why."""


@dataclass
class Cell:
    kind: str
    source: str
    names: tuple  # its id and its id for nbgrader


@dataclass
class Repaired:
    """The cells of each exercise in order: {number or None: [(cell id or None, kind, source)]}."""

    sections: dict
    repairs: list = field(default_factory=list)

    def code(self):
        """Return {number or None: the code to run}."""
        return {
            number: [source for _, kind, source in cells if kind == "code" and source.strip()]
            for number, cells in self.sections.items()
        }

    def source(self, cell_id):
        """Return the text of one cell of the notebook that was handed out."""
        found = [s for cells in self.sections.values() for name, _, s in cells if name == cell_id]
        return found[0] if found else ""


def load(path):
    """Return (cells, repairs) of a notebook, or of the one notebook in a zip."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("it is a link or no plain file")
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"the file is larger than {LARGEST // 2**20} MB")
    data, repairs = path.read_bytes(), []
    if zipfile.is_zipfile(io.BytesIO(data)):
        data = unpacked(data)
        repairs.append("the notebook was packed in a zip")
    text = decoded(data, repairs)
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"it is no complete notebook: the JSON breaks off at character {error.pos:,} of "
            f"{len(text):,}"
        ) from None
    except (RecursionError, ValueError):
        raise Unreadable("it is no notebook: the JSON has no sensible form") from None
    return cells_of(notebook, repairs), repairs


def unpacked(data):
    """Return the bytes of the one notebook in a zip. Nothing is written to the disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [
                entry
                for entry in archive.infolist()
                if entry.filename.endswith(".ipynb")
                and not entry.filename.split("/")[-1].startswith(".")
                and not entry.filename.startswith("__MACOSX")
                and ".ipynb_checkpoints" not in entry.filename
            ]
            if len(inside) != 1:
                raise Unreadable(f"the zip holds {len(inside)} notebooks, and should hold one")
            with archive.open(inside[0]) as file:
                found = file.read(LARGEST + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise Unreadable("the zip cannot be opened: it is damaged or has a password") from None
    if len(found) > LARGEST:
        raise Unreadable(f"the file in the zip is larger than {LARGEST // 2**20} MB")
    return found


def decoded(data, repairs):
    """Return the text of a file in UTF-8 or, as some tools write it, in another encoding."""
    if not data.strip():
        raise Unreadable("the file is empty")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        repairs.append("the file was in UTF-16")
        return data.decode("utf-16", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        repairs.append("the file began with a byte-order mark")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        repairs.append("the file was not in UTF-8")
        return data.decode("latin-1")


def cells_of(notebook, repairs):
    """Return the cells of a parsed notebook, whatever its version, without those that are none."""
    if not isinstance(notebook, dict):
        raise Unreadable("it is no notebook: it holds no cells")
    sheets = notebook.get("worksheets")
    raw = sheets[0].get("cells") if isinstance(sheets, list) and sheets else notebook.get("cells")
    if not isinstance(raw, list):
        raise Unreadable("it is no notebook: it holds no cells")
    cells = [cell for cell in map(as_cell, raw) if cell]
    if sum(len(cell.source) for cell in cells) > LARGEST_SOURCE:
        raise Unreadable(f"its cells hold more than {LARGEST_SOURCE // 2**20} MB of text")
    if len(cells) < len(raw):
        repairs.append(f"{len(raw) - len(cells)} cells were broken, and left out")
    kernel = notebook.get("metadata")
    kernel = kernel.get("kernelspec") if isinstance(kernel, dict) else None
    name = str(kernel.get("name", "")) if isinstance(kernel, dict) else ""
    if name not in OURS:
        repairs.append(f"the kernel was {name[:40]!r}; the code is run as Python 3")
    return cells


def as_cell(raw):
    """Return a Cell with Unix newlines, or None if it is none."""
    if not isinstance(raw, dict):
        return None
    text = raw.get("source", raw.get("input", ""))
    if isinstance(text, list):
        text = "".join(line for line in text if isinstance(line, str))
    if not isinstance(text, str):
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    metadata = raw.get("metadata")
    metadata = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return Cell(str(raw.get("cell_type")), text, (raw.get("id"), grade_id))


def same(a, b):
    return " ".join(a.split()) == " ".join(b.split())


class Overlay:
    """Finds, for each cell that was handed out, the cells that belong to it."""

    def __init__(self, cells, release, exercises):
        self.cells, self.release, self.repairs = cells, release, []
        self.stubs = {e.cell_id("answer"): e for e in exercises}
        self.open = set(release) & {e.cell_id(r) for e in exercises for r in ("answer", "explain")}
        self.owner = {id(cell): self.find(cell) for cell in cells}
        for name in sorted(self.open):
            self.find_by_place(name)

    def find(self, cell):
        """Return the id of the cell that was handed out to which this one belongs, or None.

        What an answer defines counts for more than its metadata, which tools lose and exchange.
        """
        known = [name for name in cell.names if isinstance(name, str) and name in self.release]
        if known and (known[0] not in self.stubs or self.fits(cell, known[0])):
            return known[0]
        defines = [name for name in self.stubs if self.fits(cell, name)]
        if defines:
            return defines[0]
        if known:
            return known[0]
        locked = {n: text for n, (_, text) in self.release.items() if n not in self.open}
        equal = [name for name, text in locked.items() if same(text, cell.source)]
        return equal[0] if equal else None

    def find_by_place(self, name):
        """Give an answer that is still missing the first free cell behind the cell before it."""
        names = list(self.release)
        before = names[names.index(name) - 1]
        places = [k for k, cell in enumerate(self.cells) if self.owner[id(cell)] == before]
        if self.of(name) or not places:
            return
        for cell in self.cells[places[-1] + 1 :]:
            if self.owner[id(cell)]:
                return
            if cell.kind == self.release[name][0] and cell.source.strip():
                self.owner[id(cell)] = name
                return

    def fits(self, cell, name):
        """Say whether a cell defines all that the stub of an answer defines."""
        names = self.stubs[name].names
        return bool(names) and names <= defined(cell.source)

    def of(self, name):
        return [cell for cell in self.cells if self.owner[id(cell)] == name]

    def answer(self, name):
        """Return the answer: of several cells the first that is neither empty nor the stub.

        One that defines what the exercise asks for comes before one that does not.
        """
        kind, stub = self.release[name]
        found = self.of(name)
        written = [c for c in found if c.source.strip() and not same(c.source, stub)]
        written.sort(key=lambda cell: name in self.stubs and not self.fits(cell, name))
        if not found:
            self.repairs.append(f"{name} was missing")
        if len(found) > 1:
            self.repairs.append(f"{name} was there {len(found)} times: the first answer counts")
        for cell in written[1:]:
            if not defined(cell.source) & defined(written[0].source):
                self.owner[id(cell)] = None  # the second half of a cell that was split
        if not written:
            elsewhere = name in self.stubs and any(self.fits(c, name) for c in self.cells)
            return "" if elsewhere and not any(self.fits(c, name) for c in found) else stub
        if written[0].kind != kind:
            self.repairs.append(f"{name} was a {written[0].kind[:20]} cell, and is {kind} again")
        if not any(known == name for known in written[0].names):
            self.repairs.append(f"{name} had lost its id, and was found again")
        return written[0].source

    def locked(self, name):
        """Return a cell that students leave as it is, as it was handed out."""
        kind, source = self.release[name]
        found = self.of(name)
        if not found:
            self.repairs.append(f"{name} was missing, and is back")
        elif len(found) > 1:
            self.repairs.append(f"{name} was there {len(found)} times, and is there once")
        elif not same(found[0].source, source) or found[0].kind != kind:
            self.repairs.append(f"{name} was changed, and is as it was handed out")
        return source


def repair(cells, release, exercises):
    """Return the Repaired notebook.

    `release` is {cell id: (kind, source)} of the notebook that was handed out, in order. Cells of
    the student's own stay behind the cell that they stood behind.
    """
    overlay = Overlay(cells, release, exercises)
    texts = {n: overlay.answer(n) if n in overlay.open else overlay.locked(n) for n in release}
    order = [overlay.owner[id(c)] for c in cells if overlay.owner[id(c)]]
    places = [list(release).index(name) for name in dict.fromkeys(order)]
    if not set(order) - EVERYWHERE:
        raise Unreadable("no cell of these exercises is in it")
    if places != sorted(places):
        overlay.repairs.append("cells stood in another order")
    extra, last = {}, None
    for cell in cells:
        last = overlay.owner[id(cell)] or last
        if overlay.owner[id(cell)] is None and cell.source.strip():
            extra.setdefault(last, []).append((None, cell.kind, cell.source))
    sections, number = {None: list(extra.get(None, []))}, None
    starts = {e.cell_id("task"): e.number for e in exercises}
    for name, (kind, _) in release.items():
        number = starts.get(name, number)
        cells_here = sections.setdefault(number, [])
        cells_here.append((name, kind, texts[name]))
        cells_here += extra.get(name, [])
    return Repaired(sections, overlay.repairs)
