"""`make lite`: the chapters in JupyterLite. A kernel needs the network, and is not tested."""

import json
import subprocess
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from pages import open_tab

from tools import lite, notebooks

NAMES = [path.stem for path in notebooks.chapters()]
PAGE = f'<div class="dropdown-launch-buttons">\n  {lite.MENU}<li>Binder</li></ul></div>'


@pytest.mark.parametrize("name", NAMES)
def test_the_menu_of_a_chapter_leads_to_its_notebook(name):
    page = lite.offer(PAGE, name)
    assert lite.offer(page, name) == page
    assert page.replace(lite.NOTE, "").replace(lite.LINK.format(name=name), "") == PAGE
    assert (f"../lite/lab/index.html?path=book/{name}.ipynb" in page) == (name not in lite.TORCH)
    assert ("needs PyTorch" in page) == (name in lite.TORCH)


def test_the_chapters_left_out_are_chapters():
    assert set(lite.TORCH) < set(NAMES)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with JupyterLite, built as `make lite` builds it."""
    made = subprocess.run(["make", ".venv-lite/.installed"], cwd=lite.ROOT, capture_output=True)
    if made.returncode:
        pytest.skip("JupyterLite cannot be installed, so it was not built")
    target = tmp_path_factory.mktemp("lite") / "lite"
    lite.build(target)
    return target


@pytest.mark.slow
def test_it_holds_the_chapters_and_the_library(built):
    book = built / "files" / "book"
    assert {path.stem for path in book.glob("*.ipynb")} == set(NAMES) - set(lite.TORCH)
    for path in book.glob("*.ipynb"):
        assert path.read_bytes() == (lite.ROOT / "book" / path.name).read_bytes()
    library = {p.relative_to(book) for p in book.rglob("rnnlib/**/*") if p.is_file()}
    sources = {p.relative_to(lite.ROOT / "book") for p in lite.ROOT.rglob("book/rnnlib/**/*.py")}
    assert sources <= library
    listed = json.loads((built / "api/contents/book/all.json").read_text())["content"]
    assert {entry["name"] for entry in listed} >= {"rnnlib", "matplotlibrc", "01_scalar_rnn.ipynb"}
    assert not list(built.rglob("*.map"))


@pytest.mark.slow
def test_it_opens_a_chapter_and_lists_the_others(built, browser):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=built)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        tab, troubles = open_tab(browser, address)
        tab.goto(f"{address}/lab/index.html?path=book/01_scalar_rnn.ipynb")
        tab.locator(".jp-Notebook h1", has_text="What does one neuron remember?").wait_for(
            timeout=90_000
        )
        files = tab.locator(".jp-DirListing-itemText")
        files.filter(has_text="07_lstm.ipynb").wait_for()
        assert files.filter(has_text="rnnlib").count() == 1
        server.shutdown()
        tab.context.close()
    elsewhere = {trouble.split()[-1] for trouble in troubles if "another host" in trouble}
    assert all(url.startswith("https://cdn.jsdelivr.net/pyodide/") for url in elsewhere), elsewhere
