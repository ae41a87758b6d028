"""Faults planted in a copy of the project: for each, the one check that must fail does.

The copy is green before: `green` runs every check once on it, untouched. Each test then changes
one thing, sees that the file really changed, runs the check that must catch it, and looks for the
check's own message. Afterwards the copy is as it was.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from frames import page_data

pytestmark = pytest.mark.gates

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = "book/01_scalar_rnn.ipynb"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]

CHECKS = {
    "unit": [*PYTEST, "tests/test_cells.py"],
    "strict": [*PYTEST, *NBVAL, "--nbval-cell-timeout=20", CHAPTER],
    "stored": [*PYTEST, "-m", "not slow_chapters", "tests/test_chapters.py"],
    "frames": [*PYTEST, "-m", "slow_chapters", "-k", "01_scalar", "tests/test_chapters.py"],
    "sweep": [*PYTEST, "-k", "a_sample_of_the_rows", "tests/test_sweep.py"],
    "build": ["jupyter-book", "build", ".", "-W", "-n", "--keep-going", "--path-output", "."],
    "site": [*PYTEST, "-m", "site", "-k", "intro and not search", "tests/test_site.py"],
}


@pytest.fixture(scope="module")
def green(tmp_path_factory):
    """A built copy of the project in which every check passes."""
    copy = tmp_path_factory.mktemp("gates") / "project"
    left_out = shutil.ignore_patterns(
        ".git", ".venv*", "_build", "__pycache__", ".*_cache", ".hypothesis", ".ipynb_checkpoints"
    )
    shutil.copytree(ROOT, copy, ignore=left_out)
    for name in ("build", "unit", "strict", "stored", "frames", "sweep", "site"):
        result = check(copy, name)
        assert result.returncode == 0, f"{name} is red before any fault:\n{text_of(result)}"
    return copy


def check(copy, name):
    if name == "build":
        shutil.rmtree(copy / "_build", ignore_errors=True)
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        CHECKS[name],
        cwd=copy,
        env=os.environ | {"PATH": tools, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def text_of(result):
    return result.stdout[-6000:] + result.stderr[-6000:]


def assert_caught(copy, name, file, plant, message, rebuild=False):
    """Plant a fault in `file`, and see that check `name` fails and says `message`."""
    path = copy / file
    before = path.read_bytes()
    try:
        plant(path)
        assert path.read_bytes() != before, "the plant changed nothing"
        if rebuild:
            built = check(copy, "build")
            assert built.returncode == 0, f"the build alone must let it pass:\n{text_of(built)}"
        result = check(copy, name)
    finally:
        path.write_bytes(before)
    assert result.returncode != 0, f"{name} did not notice:\n{text_of(result)}"
    assert message in text_of(result), f"{name} failed, but for another reason:\n{text_of(result)}"


def replace(old, new):
    def plant(path):
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {path.name}: the plant is out of date"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return plant


def append(text):
    return lambda path: path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def edit(change):
    """A plant in a notebook: `change` gets it and alters it."""

    def plant(path):
        chapter = nbformat.read(path, as_version=4)
        change(chapter)
        nbformat.write(chapter, path)

    return plant


def printing_cell(chapter):
    """The first cell that prints a number."""
    for cell in chapter.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and any(c.isdigit() for c in output.text):
                return cell
    raise AssertionError("no cell prints a number")


def change_a_digit(chapter):
    output = printing_cell(chapter).outputs[0]
    digit = next(c for c in reversed(output.text) if c.isdigit())
    head, _, tail = output.text.rpartition(digit)
    output.text = head + str((int(digit) + 1) % 10) + tail


def strip_outputs(chapter):
    for cell in chapter.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def store_nan(chapter):
    printing_cell(chapter).outputs[0].text += "loss: nan\n"


def store_error(chapter):
    printing_cell(chapter).outputs.append(
        nbformat.v4.new_output("error", ename="ValueError", evalue="planted", traceback=["planted"])
    )


def drop_alt(chapter):
    cell = next(c for c in chapter.cells if "image" in c.metadata.get("mystnb", {}))
    del cell.metadata["mystnb"]["image"]


def add_cell(source):
    return lambda chapter: chapter.cells.append(nbformat.v4.new_code_cell(source, id="planted"))


def show_wrong_frame(chapter):
    """Let the second position of a slider show the picture of the last."""
    outputs = [output for cell in chapter.cells for output in cell.get("outputs", [])]
    (data,) = [
        o.data for o in outputs if 'class="explorable"' in o.get("data", {}).get("text/html", "")
    ]
    changed = page_data(data["text/html"])
    for *_, which in changed["patches"]:
        which[1] = which[-1]
    text = json.dumps(changed).replace("</", "<\\/")
    pattern = r'(?s)(<script type="application/json">).*?(</script>)'
    data["text/html"] = re.sub(pattern, lambda tags: tags[1] + text + tags[2], data["text/html"])


def change_code(chapter):
    printing_cell(chapter).source += "\nextra = 1"


FAULTS = {
    "flipped sign in rnnlib": (
        "unit",
        "book/rnnlib/cells.py",
        replace("h = (1 - z) * n + z * h", "h = (1 - z) * n - z * h"),
        "test_gru",
    ),
    "edited stored number": ("strict", CHAPTER, edit(change_a_digit), "mismatch"),
    "raising cell": ("strict", CHAPTER, edit(add_cell("1 / 0")), "ZeroDivisionError"),
    "hung cell": ("strict", CHAPTER, edit(add_cell("while True:\n    pass")), "imeout"),
    "stripped outputs": ("stored", CHAPTER, edit(strip_outputs), "make notebooks"),
    "stale outputs": ("stored", CHAPTER, edit(change_code), "stale"),
    "NaN loss": ("stored", CHAPTER, edit(store_nan), "shows nan"),
    "stored error": ("stored", CHAPTER, edit(store_error), "stores an error"),
    "missing alt text": ("stored", CHAPTER, edit(drop_alt), "alt"),
    "question without a right answer": (
        "stored",
        CHAPTER,
        replace("Right. By {eq}", "By {eq}"),
        "starts with Right",
    ),
    "slider that shows the picture of another value": (
        "frames",
        CHAPTER,
        edit(show_wrong_frame),
        "the stored picture of",
    ),
    "chapter off the table of contents": (
        "stored",
        "_toc.yml",
        replace("      - file: book/01_scalar_rnn\n", ""),
        "_toc.yml",
    ),
    "hand-edited sweep row": (
        "sweep",
        "book/rnnlib/data/memory_sweep.csv",
        lambda path: path.write_text(edit_last_row(path.read_text())),
        "checksum",
    ),
    "broken reference": (
        "build",
        "book/intro.md",
        append("\n\nSee {numref}`fig-nowhere`.\n"),
        "fig-nowhere",
    ),
}

SITE_FAULTS = {
    "external script": (
        '\n\n<script src="https://cdn.example.org/x.js"></script>\n',
        "cdn.example.org",
    ),
    "dead link": ('\n\n<a href="nowhere.html">nowhere</a>\n', "nowhere.html"),
    "picture without alt text": ('\n\n<img src="../_static/favicon.png">\n', "alt"),
}


def edit_last_row(text):
    """Change the accuracy in the last row that has one."""
    lines = text.rstrip("\n").split("\n")
    row = max(k for k, line in enumerate(lines) if not line.startswith("#"))
    head, _, accuracy = lines[row].rpartition(",")
    lines[row] = f"{head},{0.5 if float(accuracy) > 0.75 else 0.9999}"
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(green, fault):
    name, file, plant, message = FAULTS[fault]
    assert_caught(green, name, file, plant, message)


@pytest.mark.parametrize("fault", SITE_FAULTS)
def test_fault_of_the_site_is_caught_in_the_built_page(green, fault):
    html, message = SITE_FAULTS[fault]
    assert_caught(green, "site", "book/intro.md", append(html), message, rebuild=True)
