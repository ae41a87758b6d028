"""Every notebook runs alone: the only file of a folder, with nothing but the wheel of rnnlib.

Without rnnlib it says in one sentence what to do. `make test` runs two chapters to their end,
`make test-all` all of them.
"""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from tools import notebooks

ROOT = notebooks.ROOT
CHAPTERS = notebooks.chapters()
QUICK = ("01_scalar_rnn", "03_gradients")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]

PROBE = "import rnnlib\nprint(rnnlib.__file__)"


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Build the wheel from a copy of the sources, and install it into a folder of its own."""
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("alone")
    source, wheels, site = folder / "source", folder / "wheels", folder / "site"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "book" / "rnnlib", source / "book" / "rnnlib", ignore=unwanted)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, source]
    subprocess.run([*PIP, *build], check=True)
    (wheel,) = wheels.glob("rnnlib-*.whl")
    subprocess.run(
        [*PIP, "install", "--no-deps", "--no-index", "--target", site, wheel], check=True
    )
    return site


def run(notebook, folder, **options):
    client = NotebookClient(
        notebook,
        timeout=notebooks.CELL_SECONDS,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
        **options,
    )
    client.execute()


def test_the_wheel_holds_the_library_and_its_data(installed):
    library = ROOT / "book" / "rnnlib"
    sources = {p.relative_to(library) for p in library.rglob("*") if p.is_file()}
    sources = {path for path in sources if "__pycache__" not in path.parts}
    packed = {p.relative_to(installed / "rnnlib") for p in (installed / "rnnlib").rglob("*")}
    assert sources <= packed
    assert (installed / "rnnlib" / "data" / "SHA256SUMS").exists()


@pytest.mark.slow_chapters
@pytest.mark.parametrize(
    "path",
    [p if p.stem in QUICK else pytest.param(p, marks=pytest.mark.slow) for p in CHAPTERS],
    ids=lambda path: path.stem,
)
def test_a_chapter_runs_alone_with_the_wheel(path, installed, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.fspath(installed))
    shutil.copy(path, tmp_path)
    notebook = nbformat.read(tmp_path / path.name, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PROBE))
    run(notebook, tmp_path)
    assert notebook.cells[-1].outputs[0].text.startswith(os.fspath(installed))
    assert [p.name for p in tmp_path.iterdir()] == [path.name], "a chapter leaves nothing behind"


def test_without_the_library_every_chapter_says_one_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    chapters = [nbformat.read(path, as_version=4) for path in CHAPTERS]
    cells = [notebooks.code_cells(chapter)[0] for chapter in chapters]
    for path, cell in zip(CHAPTERS, cells, strict=True):
        cell.id = path.stem
    # One kernel for all: an import that fails leaves nothing behind.
    notebook = nbformat.v4.new_notebook(cells=cells)
    run(notebook, tmp_path, allow_errors=True)
    for path, cell in zip(CHAPTERS, notebook.cells, strict=True):
        (output,) = cell.outputs
        assert output.output_type == "error", path.name
        (sentence,) = output.traceback
        assert "\n" not in sentence
        assert "needs the library of the course" in sentence
        assert "%pip install 'rnnlib[book] @ git+https://" in sentence
