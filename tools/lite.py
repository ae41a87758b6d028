"""Add to the built site a Python that runs in the reader's browser: python tools/lite.py

JupyterLite is put into _build/html/lite, with the chapters and rnnlib, and each NumPy chapter gets
an entry in its launch menu. Python itself (Pyodide, with NumPy and Matplotlib) is fetched by the
reader's browser from cdn.jsdelivr.net when a kernel starts: only then, and only from there.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import notebooks

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
JUPYTER = ROOT / ".venv-lite" / "bin" / "jupyter"

# There is no PyTorch for the browser.
TORCH = ("10_memory_task", "12_pytorch_in_practice")

MENU = '<ul class="dropdown-menu">'
LINK = """
      <li class="launch-lite"><a href="../lite/lab/index.html?path=book/{name}.ipynb"
   target="_blank" class="btn btn-sm dropdown-item" title="Run in this browser, with JupyterLite"
><span class="btn__text-container">In the browser</span></a></li>"""
NOTE = """
      <li class="launch-lite"><span class="dropdown-item-text"
>Not in the browser: needs PyTorch</span></li>"""


def collect(folder):
    """Copy what a reader runs: the chapters without PyTorch, the library, the look of figures."""
    book = folder / "book"
    shutil.copytree(
        ROOT / "book" / "rnnlib", book / "rnnlib", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in [*notebooks.chapters(), ROOT / "book" / "matplotlibrc"]:
        if path.stem not in TORCH:
            shutil.copy(path, book)


def build(target):
    """Write the JupyterLite site into a folder, without the maps for its developers."""
    with TemporaryDirectory() as folder:
        contents = Path(folder) / "contents"
        collect(contents)
        command = [JUPYTER, "lite", "build", "--contents", contents, "--output-dir", target]
        done = subprocess.run(
            [*command, "--lite-dir", folder], cwd=folder, capture_output=True, text=True
        )
    if done.returncode:
        raise RuntimeError(
            f"jupyter lite build failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    for path in Path(target).rglob("*.map"):
        path.unlink()


def offer(page, name):
    """Return the text of a chapter's page with the entry in its launch menu, once."""
    if "launch-lite" in page:
        return page
    place = page.index(MENU, page.index("dropdown-launch-buttons")) + len(MENU)
    return page[:place] + (NOTE if name in TORCH else LINK.format(name=name)) + page[place:]


def main():
    build(SITE / "lite")
    for path in notebooks.chapters():
        page = SITE / "book" / f"{path.stem}.html"
        page.write_text(offer(page.read_text(encoding="utf-8"), path.stem), encoding="utf-8")
    size = sum(p.stat().st_size for p in (SITE / "lite").rglob("*") if p.is_file())
    print(
        f"_build/html/lite: {size / 1e6:.0f} MB. The launch menu of each NumPy chapter leads there."
    )
    print("A kernel needs the network: the browser fetches Pyodide from cdn.jsdelivr.net.")


if __name__ == "__main__":
    sys.exit(main())
