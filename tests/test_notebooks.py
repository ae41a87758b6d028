"""tools/notebooks.py: two runs give the same bytes, and nothing wrong is written or passes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbval.plugin import get_sanitize_patterns

from tools import notebooks

ROOT = Path(__file__).resolve().parents[1]
SANITIZE = Path(__file__).with_name("nbval_sanitize.cfg")

FIGURES = (
    """\
import ipywidgets
import matplotlib.pyplot as plt

from rnnlib import plots
from rnnlib.explore import explorable
""",
    """\
fig, ax = plt.subplots()
ax.plot([0, 1], [0.5, 1.0], "o", clip_on=True)
plt.show()
""",
    """\
def draw(w_h):
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, w_h])
    ax.set(ylim=(0, 1))
    return fig, f"w_h is {w_h}"


explorable(draw, w_h=[0.25, 0.5], caption="Move w_h.", alt="A line")
""",
    """\
display(ipywidgets.IntSlider())
print("one")
print("two", flush=True)
print("three")
""",
)


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Write a notebook in a folder of its own, from the sources of its code cells."""
    shutil.copy(ROOT / "book" / "matplotlibrc", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "book"))

    def write(*sources):
        cells = [nbformat.v4.new_code_cell(source) for source in ("import rnnlib", *sources)]
        for number, cell in enumerate(cells):
            cell.id = "rnnlib" if number == 0 else f"cell-{number}"
        path = tmp_path / "01_test.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


def test_two_runs_give_the_same_bytes_and_keep_no_widget(notebook, capsys):
    path = notebook(*FIGURES)
    assert notebooks.main([str(path)]) == 0
    once = path.read_bytes()
    assert notebooks.main([str(path)]) == 0
    assert path.read_bytes() == once
    assert notebooks.main(["--check", str(path)]) == 0
    assert len(re.findall(r"01_test\.ipynb +\d+\.\d s  ok", capsys.readouterr().out)) == 3

    stored = nbformat.read(path, as_version=4)
    assert set(stored.metadata) == {"kernelspec", "language_info", "code_hash"}
    assert [cell.execution_count for cell in stored.cells] == [1, 2, 3, 4, 5]
    assert stored.cells[0].metadata == {"tags": ["hide-input"]}
    assert all(cell.metadata == {} for cell in stored.cells[1:])
    assert "widget-view" not in once.decode()
    (figure,) = stored.cells[2].outputs
    assert set(figure.data) == {"text/plain", "image/svg+xml"}
    assert "<dc:date>" not in figure.data["image/svg+xml"]
    (moving,) = stored.cells[3].outputs
    assert set(moving.data) == {"text/plain", "text/html", "image/png"}
    assert moving.execution_count == 4
    slider, stream = stored.cells[4].outputs
    assert set(slider.data) == {"text/plain"}
    assert stream.text == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys\nprint('careful', file=sys.stderr)", "stderr: careful"),
        ("import warnings\nwarnings.warn('old')", "UserWarning: old"),
        ("import os\nos._exit(1)", "died"),
    ],
)
def test_a_failing_chapter_is_named_and_left_as_it_was(notebook, capsys, source, message):
    path = notebook("print(1)", source)
    before = path.read_bytes()
    assert notebooks.main([str(path)]) == 1
    assert path.read_bytes() == before
    output = capsys.readouterr().out
    assert re.search(r"01_test\.ipynb.*FAILED", output)
    assert message in output


def test_a_hung_cell_ends(notebook, capsys, monkeypatch):
    monkeypatch.setattr(notebooks, "CELL_SECONDS", 1)
    assert notebooks.main([str(notebook("while True:\n    pass"))]) == 1
    assert "timed out" in capsys.readouterr().out


def stale(stored):
    stored.cells[1].source = "print(3)"


def stripped(stored):
    stored.cells[1].outputs = []


def not_run(stored):
    for cell in stored.cells:
        cell.outputs, cell.execution_count = [], None


def out_of_order(stored):
    stored.cells[0].execution_count, stored.cells[1].execution_count = 2, 1


def failed(stored):
    stored.cells[1].outputs = [
        nbformat.v4.new_output("error", ename="ValueError", evalue="bad", traceback=[])
    ]


def warned(stored):
    stored.cells[1].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="old"))


def widget(stored):
    data = {notebooks.WIDGET_VIEW: {"model_id": "0"}}
    stored.cells[1].outputs.append(nbformat.v4.new_output("display_data", data))


def another_first_cell(stored):
    stored.cells[0].source += "\nprint(rnnlib)"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (stale, "stale"),
        (stripped, "cell-1 shows something, but its output is missing"),
        (not_run, "not run once each, in their order"),
        (out_of_order, "not run once each, in their order"),
        (failed, "stores an error: ValueError: bad"),
        (warned, "cell-1 writes to stderr: old"),
        (widget, "cell-1 stores a widget view"),
        (another_first_cell, "the first code cell is not the one"),
    ],
)
def test_check_finds(notebook, capsys, fault, message):
    path = notebook("print(2)")
    stored = nbformat.read(path, as_version=4)
    stored.cells[0].source = notebooks.first_cell()
    stored.cells[1].outputs = [nbformat.v4.new_output("stream", text="2\n")]
    for count, cell in enumerate(stored.cells, start=1):
        cell.execution_count = count
    notebooks.tidy(stored)
    nbformat.write(stored, path)
    assert notebooks.main(["--check", str(path)]) == 0

    fault(stored)
    nbformat.write(stored, path)
    before = path.read_bytes()
    assert notebooks.main(["--check", str(path)]) == 1
    assert message in capsys.readouterr().out
    assert path.read_bytes() == before, "a check changes nothing"


# The first cell of every chapter, where rnnlib is not to be found


def run_first_cell(tmp_path, *, colab):
    """Run the cell in an IPython without rnnlib, where %pip makes an empty rnnlib."""
    program = tmp_path / "alone.py"
    program.write_text(
        f"""
import sys, types
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="NoColor")

def pip(line):
    print("pip", line)
    sys.modules["rnnlib"] = types.ModuleType("rnnlib")

shell.register_magic_function(pip)
if {colab}:
    sys.modules["google.colab"] = types.ModuleType("google.colab")
result = shell.run_cell({notebooks.first_cell()!r})
print("success" if result.success else "failure")
"""
    )
    done = subprocess.run(
        [sys.executable, "-I", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()


def test_on_colab_the_first_cell_installs_the_release(tmp_path):
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
    assert run_first_cell(tmp_path, colab=True) == [
        f'pip install -q "rnnlib[book] @ git+{address["url"]}@{address["branch"]}"',
        "success",
    ]


def test_elsewhere_the_first_cell_says_one_sentence(tmp_path):
    sentence, verdict = run_first_cell(tmp_path, colab=False)
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
    assert verdict == "failure"
    assert "library" in sentence
    assert f"%pip install 'rnnlib[book] @ git+{address['url']}@{address['branch']}'" in sentence


def test_the_first_cell_is_short():
    assert len(notebooks.first_cell().splitlines()) <= 20


# What strict nbval compares


def sanitized(text):
    for pattern, replacement in get_sanitize_patterns(SANITIZE.read_text()):
        text = re.sub(pattern, replacement, text)
    return text


def explorable_page(slope, result):
    import matplotlib.pyplot as plt

    from rnnlib.explore import explorable

    def draw(w_h):
        fig, ax = plt.subplots()
        ax.plot([0, 1], [0, slope * w_h])
        return fig, f"result {result * w_h}"

    plt.switch_backend("agg")
    return explorable(draw, w_h=[1, 2], caption="Move w_h.", alt="A line").html


def test_pictures_are_not_compared_but_numbers_are():
    page = explorable_page(1.0, 7)
    other_fonts = explorable_page(1.1, 7)
    assert page != other_fonts
    assert sanitized(page) == sanitized(other_fonts)
    assert sanitized(page) != sanitized(explorable_page(1.0, 8))
    for readout in ("result 7", "result 14"):
        assert readout in sanitized(page)
        assert sanitized(page.replace(readout, "result 9")) != sanitized(page)

    figure = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg a="1">\n<path d="M 0.5"/>\n</svg>\n'
    assert sanitized(figure) == sanitized(figure.replace("0.5", "0.6"))
    printed = "t  h\n1  0.25\nloss 3e-05 <svg> data: 640x480\n"
    assert sanitized(printed) == printed
