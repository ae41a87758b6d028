"""Draw the card that a link to the book shows elsewhere: python tools/card.py (needs Chromium)."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

BOOK = Path(__file__).resolve().parents[1] / "book"
CARD = BOOK / "_static" / "card.png"
WIDTH, HEIGHT = 1200, 630

PAGE = """<body style="margin: 0; width: 1200px; height: 630px; background: #fff; color: #1f2328;
  font-family: 'DejaVu Sans', sans-serif; box-sizing: border-box; padding: 70px 60px 0">
<div style="font-size: 84px; font-weight: 600">Gate by Gate</div>
<div style="margin: 14px 0 34px; font-size: 33px">Recurrent networks, checked line by line</div>
{picture}</body>"""


def draw():
    picture = (BOOK / "images" / "cover.svg").read_text(encoding="utf-8")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.set_content(PAGE.format(picture=picture))
        tab.screenshot(path=CARD)
        browser.close()


if __name__ == "__main__":
    draw()
