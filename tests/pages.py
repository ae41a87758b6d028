"""What the browser tests share: the pages of the built site, and a Chromium without a network."""

import shutil
import threading
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
PAGES = [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
MOVING = [page for page in CHAPTERS if "explorable(" in (ROOT / f"{page}.ipynb").read_text()]

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@lru_cache
def parse(path):
    assert path.exists(), f"{path} is not built: run `make book`"
    return BeautifulSoup(path.read_text(), "html.parser")


def expect_none(found, what):
    assert not found, f"{what}:\n" + "\n".join(map(str, found))


@pytest.fixture(scope="session")
def address():
    """Serve the site on this machine and yield its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("Chromium is not installed, so the pages were not opened")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


def open_tab(browser, address, scheme="light", **options):
    """Return a tab that reaches this machine only, and the list where its troubles are noted."""
    options = {"color_scheme": scheme, "viewport": {"width": 1280, "height": 900}} | options
    context = browser.new_context(**options)
    context.set_default_timeout(20_000)
    tab = context.new_page()
    troubles = []

    def guard(route):
        if route.request.url.startswith(address):
            route.continue_()
        else:
            troubles.append(f"asked another host: {route.request.url}")
            route.abort()

    context.route(lambda url: url.startswith("http"), guard)
    tab.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    tab.on("requestfailed", lambda request: troubles.append(f"request failed: {request.url}"))
    tab.on(
        "console",
        lambda message: (
            message.type in ("error", "warning")
            and troubles.append(f"console {message.type}: {message.text}")
        ),
    )
    tab.on(
        "response",
        lambda response: (
            response.status >= 400 and troubles.append(f"{response.status}: {response.url}")
        ),
    )
    return tab, troubles


def load(tab, url):
    tab.goto(url, wait_until="load")
    tab.wait_for_load_state("networkidle")
    tab.evaluate("() => window.MathJax?.startup?.promise")


def resize(tab, width):
    """Change the width; the theme then looks, a moment later, which boxes scroll."""
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_timeout(600)


def axe_violations(tab):
    from axe_playwright_python.sync_playwright import Axe

    # Without preload: axe would fetch style sheets again, from addresses of its own making.
    options = {"resultTypes": ["violations"], "preload": False}
    found = Axe().run(tab, options=options).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]
