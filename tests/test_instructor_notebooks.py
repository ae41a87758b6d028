"""The students' notebooks in Jupyter itself: solved, they run from top to bottom."""

import os

import pytest
from nbclient import NotebookClient

build = pytest.importorskip("instructor.build")
source = build.source

SAMPLE = "03_gradients"
CHAPTERS = [
    pytest.param(chapter, marks=[pytest.mark.slow] * (chapter != SAMPLE))
    for chapter in source.chapters()
]


@pytest.mark.grading
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_solved_notebook_runs_in_jupyter(chapter, tmp_path, monkeypatch):
    book = str(source.ROOT / "book")
    monkeypatch.setitem(os.environ, "PYTHONPATH", book)
    answers = {e.number: e.cells["solution"] for e in source.exercises(chapter)}
    notebook = build.notebook(chapter, answers)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    for cell in notebook.cells:
        if cell.id.startswith("check-"):
            shown = "".join(output.get("text", "") for output in cell.outputs)
            assert shown.endswith(f"{source.LAST_WORDS}\n"), cell.id


@pytest.mark.grading
def test_an_untouched_notebook_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(source.ROOT / "book"))
    notebook = build.notebook(SAMPLE)
    resources = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(notebook, kernel_name="python3", resources=resources, allow_errors=True)
    client.execute()
    for cell in notebook.cells:
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        if cell.id.startswith("check-"):
            assert len(errors) == 1, cell.id
            assert "public checks passed" not in str(cell.outputs)
        else:
            assert not errors, cell.id


def test_first_and_set_up_cells_are_those_of_the_chapters():
    for chapter in source.chapters():
        cells = build.notebook(chapter).cells
        assert [cell.id for cell in cells[:3]] == ["title", "rnnlib", "setup"]
        assert cells[1].source == build.first_cell()
        assert "rng = np.random.default_rng(0)" in cells[2].source
