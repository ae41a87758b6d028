"""Every chapter as it is stored: complete, in order, within its budget, readable by everyone."""

import ast
import json
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
from frames import alike, explorables_of, frames_of, picture
from markdown_it import MarkdownIt
from nbclient import NotebookClient

from tools import notebooks

ROOT = Path(__file__).resolve().parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
LISTED = [page["file"] for part in TOC["parts"] for page in part["chapters"]]
CHAPTERS = notebooks.chapters()

SECONDS = {  # the others: 60
    "10_memory_task": 150,
    "11_adding_problem": 150,
    "13_language_model": 150,
    "14_time_series": 150,
}
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
    """Count the words of a lesson: the questions at its end have a budget of their own."""
    return len(word_list(text_of(chapter).replace(quiz_text(chapter), "")))


def text_of(chapter):
    return "\n\n".join(cell.source for cell in chapter.cells if is_markdown(cell))


def quiz_text(chapter):
    """Return what stands between the heading "Check yourself" and the next one."""
    found = re.search(r"(?ms)^## Check yourself\n(.*?)(?=^## )", text_of(chapter))
    return found[1] if found else ""


OPTION = re.compile(r"(?m)^- \*\*([A-D])\.\*\* (.+)$")
FEEDBACK = re.compile(r"(?s)<details><summary>([A-D])</summary>\n\n(.+?)\n\n</details>\n\n")


def quiz(chapter):
    """Return the questions: a list of (number, {letter: option}, {letter: feedback})."""
    parts = re.split(r"(?m)^\*\*Question (\d)\.\*\* ", quiz_text(chapter))
    return [
        (int(number), OPTION.findall(text), FEEDBACK.findall(text))
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
    ]


def headings(chapter, level):
    """Return the headings of one level in order, outside code."""
    text = re.sub(r"(?s)```.*?```", "", text_of(chapter))
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
    assert 900 <= words(chapter) <= 1900, "900 to 1900 words of prose, the questions not counted"
    assert len(word_list(quiz_text(chapter))) <= 500, "the questions have at most 500 words"
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
    pages = [page for _, page in explorables_of(chapter)]
    assert pages, "a chapter has an explorable: something that the reader can move"
    assert sum(len(page.encode()) for page in pages) <= 120_000 * len(pages), "at most 120 kB each"
    alts = re.findall(r'<img alt="([^"]*)"', "".join(pages))
    assert len(alts) == len(pages)
    assert all(len(alt) >= 20 for alt in alts), "the alt text of an explorable is too short"


def test_each_value_of_an_explorable_has_a_picture_of_its_own(chapter):
    for name, page in explorables_of(chapter):
        frames = frames_of(page)
        pictures = {shown for _, shown, _ in frames.values()}
        assert len(pictures) == len(frames), f"cell {name}: two values show the same picture"
        middle = [max(places) // 2 for places in zip(*frames, strict=True)]
        for k, last in enumerate(max(frames)):
            along = [(*middle[:k], n, *middle[k + 1 :]) for n in range(last + 1)]
            readouts = {frames[place][2] for place in along}
            assert len(readouts) > 1, f"cell {name}: a slider does not change the text below"


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


def test_questions_have_the_one_form(chapter):
    text = quiz_text(chapter)
    questions = quiz(chapter)
    assert 3 <= len(questions) <= 5, "3 to 5 questions, each starts with **Question n.**"
    assert [number for number, *_ in questions] == list(range(1, len(questions) + 1))
    rest = OPTION.sub("", FEEDBACK.sub("", text))
    assert "<" not in re.sub(r"\$[^$]*\$", "", rest), "the form is that of CONTRIBUTING.md"
    for number, options, feedback in questions:
        letters = [letter for letter, _ in options]
        assert letters in (["A", "B", "C"], ["A", "B", "C", "D"]), f"question {number}: options"
        assert [letter for letter, _ in feedback] == letters, f"question {number}: feedback"
    blocks = {(t.type, t.content) for t in MarkdownIt().parse(text) if t.type == "html_block"}
    blocks |= {(t.type, "") for t in MarkdownIt().parse(text) if t.type == "code_block"}
    tags = [f"<details><summary>{letter}</summary>\n" for letter in "ABCD"] + ["</details>\n"]
    assert blocks <= {("html_block", tag) for tag in tags}, "blank lines around each feedback"


def test_each_answer_gets_feedback_that_says_why(chapter):
    questions = quiz(chapter)
    texts = [text for *_, feedback in questions for _, text in feedback]
    assert texts, "write the questions in the form of CONTRIBUTING.md"
    assert min(map(len, texts)) >= 30, "feedback says why, in at least 30 characters"
    assert len(set(texts)) == len(texts), "two answers have the same feedback"
    right, longest = [], []
    for number, options, feedback in questions:
        starts = [letter for letter, text in feedback if text.startswith("Right")]
        assert len(starts) == 1, f"question {number}: one feedback starts with Right"
        right += starts
        longest += [max(options, key=lambda option: len(option[1]))[0]]
    assert len(set(right)) > 1, "the right answer is always the same letter"
    assert right != longest, "the right answer is always the longest"


def test_feedback_points_to_where_it_was_said(chapter):
    titles = headings(chapter, 2) + headings(chapter, 3)
    for number, _, feedback in quiz(chapter):
        text = " ".join(text for _, text in feedback)
        named = re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", text)
        unknown = [name for name in named if not any(t.endswith(name) for t in titles)]
        assert not unknown, f"question {number}: no section has this title: {unknown}"
        right = next(text for _, text in feedback if text.startswith("Right"))
        points = re.search(r"\{(eq|numref|doc|term)\}`|\*[A-Z][^*]+\*", right)
        assert points, f"question {number}: name the section or equation in the right answer"


def test_exercises_have_no_answer(path, chapter):
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


# After the cell of an explorable: what its function drew for every value.
DRAWN = """\
import json as _json
_shown = Out[max(Out)]
print(_json.dumps([[labels, svg, readout] for (_, svg, readout), labels in zip(
    _shown.frames, __import__("itertools").product(*_shown.labels), strict=True)]))
"""


def with_probes(chapter):
    """Add a cell after each explorable, and one at the end; return their places."""
    found = []
    for name, page in explorables_of(chapter):
        place = [cell.id for cell in chapter.cells].index(name) + 1
        chapter.cells.insert(place, nbformat.v4.new_code_cell(DRAWN))
        found.append((chapter.cells[place], page))
    chapter.cells.append(nbformat.v4.new_code_cell(PROBE))
    return found


def check_frames(stored, drawn):
    """Frame k of the stored page is what the function draws for value k."""
    frames = list(frames_of(stored).values())
    assert len(frames) == len(drawn)
    for (labels, shown, readout), (values, svg, text) in zip(frames, drawn, strict=True):
        assert (labels, readout) == (values, text)
        assert alike(shown, picture(svg), 0.02), f"the stored picture of {labels} is another one"


# Long chapters without torch run in the strict stage as they do here: these wait for `test-all`.
WAIT = ("11_adding_problem", "13_language_model", "14_time_series", "15_beyond")
IN_TURN = [
    pytest.param(path, marks=pytest.mark.slow if path.stem in WAIT else (), id=path.stem)
    for path in CHAPTERS
]


def test_no_chapter_that_waits_holds_torch():
    for path in CHAPTERS:
        code = notebooks.code_cells(nbformat.read(path, as_version=4))
        assert path.stem not in WAIT or "torch" not in "\n".join(cell.source for cell in code)


@pytest.mark.slow_chapters
@pytest.mark.parametrize("path", IN_TURN)
@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is not measured on Windows")
@pytest.mark.usefixtures("no_torch")
def test_runs_to_its_end_without_torch_and_within_time_and_memory(path, chapter, record_property):
    """Each explorable is compared, frame by frame, with what its function draws in this run."""
    explorables = with_probes(chapter)
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
    for cell, page in explorables:
        check_frames(page, json.loads("".join(output.text for output in cell.outputs)))
    megabytes = float(chapter.cells[-1].outputs[0].text)
    budget = SECONDS.get(path.stem, 60)
    used = f"{seconds:6.1f} s (budget {budget}) {megabytes:5.0f} MB (budget {MEGABYTES})"
    record_property(f"{path.stem:24}", used)
    assert megabytes < MEGABYTES
    assert seconds < 2 * budget, "twice the budget: machines differ, but not that much"
