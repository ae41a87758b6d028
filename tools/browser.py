"""A Chromium for the tools: it reaches this machine only."""

import shutil
import sys
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def chromium():
    """Return the path of Chromium, or stop with a sentence that says what is needed."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    return path or sys.exit("This needs Chromium or Chrome, and neither is installed.")


@contextmanager
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        yield chrome
        chrome.close()
