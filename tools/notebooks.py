"""Run chapters again and store their outputs, such that two runs give the same bytes.

    python tools/notebooks.py [--check] [book/07_lstm.ipynb ...]

Without names: every chapter. With --check nothing is run: it only says whether what is stored is
complete, in order, and made by the code that stands there.
"""

import argparse
import hashlib
import os
import re
import sys
import time
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parent.parent
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 300

FIRST_CELL = """\
try:
    import rnnlib
except ModuleNotFoundError:
    import sys

    source = "rnnlib[book] @ git+{url}@{branch}"

    class CourseLibraryMissing(Exception):
        def _render_traceback_(self):
            return [f"This chapter needs the library of the course: %pip install '{{source}}'"]

    if "google.colab" not in sys.modules:
        raise CourseLibraryMissing from None
    %pip install -q "$source"
    import rnnlib\
"""


def first_cell():
    """Return the first code cell of every chapter, with the address from _config.yml."""
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    return FIRST_CELL.format(url=repository["url"], branch=repository["branch"])


def chapters():
    return sorted((ROOT / "book").glob("*.ipynb"))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def fingerprint(notebook):
    """Return a hash of all code: stored outputs are stale when it changes."""
    code = "\0".join(cell.source for cell in code_cells(notebook))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def execute(path):
    """Run one chapter in a fresh kernel and write it back.

    Raises RuntimeError, and leaves the file as it was, when a cell fails or writes to stderr.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        if cell.id == "rnnlib":
            cell.source = first_cell()
            cell.metadata["tags"] = ["hide-input"]  # folded on the page: it teaches nothing
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise RuntimeError(str(error)) from None
    tidy(notebook)
    if complaints := problems(notebook):
        raise RuntimeError("\n".join(complaints))
    nbformat.write(notebook, path)


def tidy(notebook):
    """Remove what differs from run to run, and the widget views that are dead without a kernel."""
    for count, cell in enumerate(code_cells(notebook), start=1):
        cell.metadata.pop("execution", None)
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            output.get("data", {}).pop(WIDGET_VIEW, None)
            output.get("metadata", {}).pop(WIDGET_VIEW, None)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "code_hash": fingerprint(notebook),
        }
    )


def problems(notebook):
    """Say what is wrong with the stored outputs: a list of sentences, empty when all is well."""
    found = []
    cells = code_cells(notebook)
    if notebook.metadata.get("code_hash") != fingerprint(notebook):
        found.append("the outputs are stale: the code changed after they were made")
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        found.append("the cells were not run once each, in their order")
    if not cells or cells[0].id != "rnnlib" or cells[0].source != first_cell():
        found.append("the first code cell is not the one that _config.yml gives (its id is rnnlib)")
    for cell in cells:
        if shows_something(cell.source) and not cell.outputs:
            found.append(f"cell {cell.id} shows something, but its output is missing")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {cell.id} stores an error: {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                found.append(f"cell {cell.id} writes to stderr: {output.text.strip()}")
            if WIDGET_VIEW in output.get("data", {}):
                found.append(f"cell {cell.id} stores a widget view, which is dead without a kernel")
    return found


def shows_something(source):
    """Say whether a line outside loops and functions prints, or shows a figure."""
    return re.search(r"^(print|plt\.show|explorable)\(", source, re.MULTILINE) is not None


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run the chapters again and store their outputs.")
    parser.add_argument("--check", action="store_true", help="run nothing, check what is stored")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every chapter")
    options = parser.parse_args(arguments)
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    failed = False
    for path in options.notebooks or chapters():
        start = time.perf_counter()
        print(f"{path.name:32}", end=" ", flush=True)
        found = check(path) if options.check else run(path)
        print(f"{time.perf_counter() - start:6.1f} s  {'FAILED' if found else 'ok'}", flush=True)
        for problem in found:
            print(f"  {problem}")
        failed = failed or bool(found)
    if failed:
        print("Outputs are written by: make notebooks. A chapter that fails is left as it was.")
    return int(failed)


def check(path):
    return problems(nbformat.read(path, as_version=4))


def run(path):
    try:
        execute(path.resolve())
    except RuntimeError as error:
        return [str(error)]
    return []


if __name__ == "__main__":
    sys.exit(main())
