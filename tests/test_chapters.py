"""Every chapter as it is stored: complete, in order, within its budget, readable by everyone."""

import ast
import os
import re
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient

from tools import notebooks

ROOT = Path(__file__).resolve().parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
LISTED = [page["file"] for part in TOC["parts"] for page in part["chapters"]]
CHAPTERS = notebooks.chapters()

SECONDS = {"10_memory_task": 150, "13_language_model": 150}  # the others: 60
MEGABYTES = 800
SECTIONS = ["Check yourself", "Exercises", "Summary", "Further reading"]


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def chapter(path):
    return nbformat.read(path, as_version=4)


def code_of(chapter):
    """Return (id, syntax tree) of every code cell but the first, which holds a %pip line."""
    return [(cell.id, ast.parse(cell.source)) for cell in notebooks.code_cells(chapter)[1:]]


def prose(text):
    """Return a markdown text without code, mathematics, addresses and markup."""
    text = re.sub(r"(?s)```.*?```|\$\$.*?\$\$( *\(\S+\))?|<[^>]*>|<!--.*?-->", " ", text)
    text = re.sub(r"(?m)^\s*:+(\{.*|\w+:.*)?$|^\(\S+\)=$", " ", text)
    return re.sub(r"\{[\w:]+\}|`[^`]*`|\$[^$\n]*\$|\]\([^)]*\)|https?://\S+", " ", text)


def word_list(text):
    return re.findall(r"[A-Za-z][\w'’-]*", prose(text))


def is_markdown(cell):
    return cell.cell_type == "markdown"


def words(chapter):
    return sum(len(word_list(cell.source)) for cell in chapter.cells if is_markdown(cell))


def headings(chapter, level):
    """Return the headings of one level in order, outside code."""
    texts = [cell.source for cell in chapter.cells if is_markdown(cell)]
    text = re.sub(r"(?s)```.*?```", "", "\n\n".join(texts))
    return re.findall(rf"(?m)^{'#' * level} +(.+?)\s*$", text)


def section(chapter, title):
    """Return the cells between a heading of level 2 and the next one."""
    found, inside = [], False
    for cell in chapter.cells:
        heading = re.search(r"(?m)^## +(.+?)\s*$", cell.source)
        if is_markdown(cell) and heading:
            inside = heading[1] == title
        if inside:
            found.append(cell)
    return found


def shows_picture(cell):
    """Say whether a cell's output is a picture of its own, other than an explorable."""
    data = [output.get("data", {}) for output in cell.outputs]
    return any("text/html" not in d and {"image/svg+xml", "image/png"} & set(d) for d in data)


def shown_text(output):
    """Return what a reader can read in an output: no bytes of pictures, no frames."""
    data = output.get("data", {})
    text = "".join([output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")])
    return re.sub(r'base64,[^"]*|"patches":.*?</script>', "", text)


# The book as a whole


def test_the_book_has_its_chapters_in_order():
    listed = [Path(name).name for name in LISTED if re.match(r"book/\d\d_", name)]
    assert listed, "_toc.yml lists no chapter"
    assert listed == sorted(listed), "_toc.yml: chapters go by their number"
    assert listed == [path.stem for path in CHAPTERS], (
        "book/*.ipynb and _toc.yml differ: add the chapter to _toc.yml, or move the file away"
    )


def test_alt_texts_and_names_of_figures_are_unique():
    alts, names = [], []
    for path in CHAPTERS:
        for cell in notebooks.code_cells(nbformat.read(path, as_version=4)):
            shown = cell.metadata.get("mystnb", {})
            alts += [shown.image.alt] if "image" in shown else []
            names += [shown.figure.name] if "figure" in shown else []
            pages = [output.get("data", {}).get("text/html", "") for output in cell.outputs]
            alts += re.findall(r'<img alt="([^"]*)"', "".join(pages))
    assert not {alt for alt in alts if alts.count(alt) > 1}, "two figures have the same alt text"
    assert not {name for name in names if names.count(name) > 1}, "two figures have the same name"


# One chapter


def test_outputs_are_stored_complete_and_made_by_this_code(chapter):
    assert notebooks.problems(chapter) == [], "run: make notebooks"


def test_outputs_hold_no_failure(chapter):
    for cell in notebooks.code_cells(chapter):
        for output in cell.outputs:
            found = re.search(r"\b([Nn]a[Nn]|[+-]?inf|Traceback|\w*Warning)\b", shown_text(output))
            assert not found, f"cell {cell.id} shows {found[0]}"


def test_the_budget(chapter):
    code = notebooks.code_cells(chapter)
    lines = {cell.id: len(cell.source.splitlines()) for cell in code}
    assert 25 <= len(chapter.cells) <= 45, "25 to 45 cells: merge or split"
    assert 900 <= words(chapter) <= 1900, "900 to 1900 words of prose"
    assert statistics.median(lines.values()) <= 5, "the median code cell has at most 5 lines"
    long = {name: count for name, count in lines.items() if count > 20}
    assert not long, "no code cell is over 20 lines: split it, or move it to rnnlib"


def test_prose_leads_to_code(chapter):
    kinds = ["", "", *(cell.cell_type for cell in chapter.cells)]
    before_code = [before for before, kind in pairwise(kinds) if kind == "code"]
    share = before_code.count("markdown") / len(before_code)
    assert share >= 0.8, "prose stands directly before at least 80% of the code cells"
    rows = zip(kinds, kinds[1:], kinds[2:], strict=False)
    assert ("code", "code", "code") not in rows, "at most two code cells in a row"


def test_figures_say_what_is_seen(path, chapter):
    figures = [cell for cell in notebooks.code_cells(chapter) if shows_picture(cell)]
    assert len(figures) >= 2, "a chapter has at least two figures drawn by code cells"
    for cell in figures:
        shown = cell.metadata.get("mystnb", {})
        alt, figure = shown.get("image", {}).get("alt", ""), shown.get("figure", {})
        assert len(alt) >= 20, f"cell {cell.id}: the alt text says what is seen, in 20 characters"
        assert len(figure.get("caption", "")) >= 20, f"cell {cell.id}: the figure needs a caption"
        assert figure.get("name", "").startswith(f"fig-{path.stem[:2]}-"), (
            f"cell {cell.id}: the figure's name starts with fig-{path.stem[:2]}-"
        )
        assert alt != figure["caption"], (
            f"cell {cell.id}: caption and alt text say different things"
        )


def test_there_is_an_explorable_that_says_what_is_seen(chapter):
    pages = [
        output.data["text/html"]
        for cell in notebooks.code_cells(chapter)
        for output in cell.outputs
        if 'class="explorable"' in output.get("data", {}).get("text/html", "")
    ]
    alts = re.findall(r'<img alt="([^"]*)"', "".join(pages))
    assert len(alts) == len(pages)
    assert all(len(alt) >= 20 for alt in alts), "the alt text of an explorable is too short"


def assertions(tree):
    """Return the assertions of a cell that can fail: those that look at a name."""
    tests = [node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    tests += [call for call in calls if getattr(call.func, "attr", "").startswith("assert_")]
    return [test for test in tests if any(isinstance(n, ast.Name) for n in ast.walk(test))]


def test_claims_are_asserted(chapter):
    count = sum(len(assertions(tree)) for _, tree in code_of(chapter))
    assert count >= 4, "a chapter holds at least 4 assertions that can fail"


def test_the_set_up(chapter):
    _, (name, tree), *_ = [("rnnlib", None), *code_of(chapter)]
    assert name == "setup", "the second code cell has the id setup"
    for node in tree.body:
        allowed = isinstance(node, (ast.Import, ast.ImportFrom)) or (
            ast.unparse(node) == "rng = np.random.default_rng(0)"
        )
        assert allowed, f"the set-up holds imports and rng only, not: {ast.unparse(node)}"


def test_code_finds_rnnlib_by_itself(chapter):
    for cell in notebooks.code_cells(chapter):
        assert "sys.path" not in cell.source, f"cell {cell.id}: the library lies beside the chapter"
        assert "np.random.seed" not in cell.source, f"cell {cell.id}: pass a Generator"


def unguarded_torch(tree):
    """Return the imports of torch that stand outside `try ... except ModuleNotFoundError`."""
    guarded = {
        node
        for guard in ast.walk(tree)
        if isinstance(guard, ast.Try)
        and any("ModuleNotFoundError" in ast.unparse(h.type) for h in guard.handlers if h.type)
        for statement in guard.body
        for node in ast.walk(statement)
    }
    imports = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
    return [
        ast.unparse(node)
        for node in imports
        if node not in guarded and re.match(r"(import|from) torch\b", ast.unparse(node))
    ]


def test_torch_may_be_missing(chapter):
    for name, tree in code_of(chapter):
        assert unguarded_torch(tree) == [], (
            f"cell {name}: import torch inside try, except ModuleNotFoundError: torch = None"
        )


def test_the_first_cell_is_a_title_with_what_is_learned(chapter):
    assert len(headings(chapter, 1)) == 1, "a chapter has exactly one title"
    opening = chapter.cells[0].source
    assert re.search(r"(?m)^# ", opening), "the first cell holds the title"
    assert "After this chapter you can" in opening
    assert "minutes" in opening


def test_the_sections_of_every_chapter(chapter):
    found = [title for title in headings(chapter, 2) if title in SECTIONS]
    assert found == SECTIONS, f"a chapter ends with the sections {', '.join(SECTIONS)}"
    assert headings(chapter, 2)[-len(SECTIONS) :] == SECTIONS, "and with nothing after them"


def test_questions_have_answers_and_exercises_have_none(path, chapter):
    questions = "\n".join(cell.source for cell in section(chapter, "Check yourself"))
    assert 3 <= questions.count(":class: dropdown") <= 5, "3 to 5 questions, each with its answer"
    exercises = section(chapter, "Exercises")
    text = "\n".join(cell.source for cell in exercises)
    number = rf"{int(path.stem[:2])}\.\d"
    starts = re.findall(rf"(?m)^(?:\W|{{admonition}})*{number}\b.*", text)
    assert 3 <= len(starts) <= 5, "3 to 5 exercises, each starts a line with its number, like 7.2"
    for start in starts:
        assert re.search(r"\d+ minutes", start), f"how many minutes does it take? {start}"
        assert re.search(r"must-do|optional", start), f"is it must-do or optional? {start}"
    assert all(is_markdown(cell) for cell in exercises), "exercises hold no code cell"
    assert "dropdown" not in text, "exercises hold no answer"
    for cell in chapter.cells:
        tags = cell.metadata.get("tags", [])
        hidden = [tag for tag in tags if "solution" in tag or tag.startswith(("hide", "remove"))]
        assert not hidden or cell.id == "rnnlib", f"cell {cell.id} is hidden: {hidden}"
        assert not re.search(r"(?i)(BEGIN|END) SOLUTION", cell.source), f"cell {cell.id}"


# What the checks above look for


def test_prose_is_what_is_read():
    text = (
        "(ch-x)=\n# One two\n:::{admonition} No\n:class: dropdown\nfour $x_t$ [five](a/b).\n:::\n"
    )
    text += "$$\nx = 1\n$$ (eq-x)\n```python\nno = 1\n```\n{doc}`no` don't"
    assert word_list(text) == ["One", "two", "four", "five", "don't"]


def test_an_assertion_looks_at_a_name():
    code = "assert True\nassert 1 < 2, x\nassert h < 1\nnp.testing.assert_allclose(a, b)\nf(a)"
    assert [ast.unparse(node)[:10] for node in assertions(ast.parse(code))] == [
        "h < 1",
        "np.testing",
    ]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("import torch", 1),
        ("from torch import nn", 1),
        ("def f():\n    import torch.nn as nn", 1),
        ("try:\n    import torch\nexcept ModuleNotFoundError:\n    torch = None", 0),
        ("try:\n    import torch\nexcept ValueError:\n    import torch", 2),
        ("import torchless\nfrom rnnlib.torch_bridge import to_torch", 0),
    ],
)
def test_an_import_of_torch_is_guarded(code, count):
    assert len(unguarded_torch(ast.parse(code))) == count


# Every chapter to its end, with `import torch` blocked

PROBE = """\
import resource, sys
unit = 1e6 if sys.platform == "darwin" else 1e3
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
"""


@pytest.fixture
def no_torch(tmp_path, monkeypatch):
    """Put a torch that cannot be imported before any other."""
    (tmp_path / "torch").mkdir()
    blocked = "raise ModuleNotFoundError('torch is blocked', name='torch')\n"
    (tmp_path / "torch" / "__init__.py").write_text(blocked)
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))
    attempt = subprocess.run([sys.executable, "-c", "import torch"], capture_output=True, text=True)
    assert "torch is blocked" in attempt.stderr


@pytest.mark.slow_chapters
@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is not measured on Windows")
@pytest.mark.usefixtures("no_torch")
def test_runs_to_its_end_without_torch_and_within_time_and_memory(path, chapter, record_property):
    chapter.cells.append(nbformat.v4.new_code_cell(PROBE))
    client = NotebookClient(
        chapter,
        timeout=notebooks.CELL_SECONDS,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    start = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - start
    megabytes = float(chapter.cells[-1].outputs[0].text)
    budget = SECONDS.get(path.stem, 60)
    used = f"{seconds:6.1f} s (budget {budget}) {megabytes:5.0f} MB (budget {MEGABYTES})"
    record_property(f"{path.stem:24}", used)
    assert megabytes < MEGABYTES
    assert seconds < 2 * budget, "twice the budget: machines differ, but not that much"
