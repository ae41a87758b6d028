"""Draw the card that a link to the book shows elsewhere: python tools/card.py (needs Chromium)."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.browser import browser

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
    with browser() as chrome:
        tab = chrome.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.set_content(PAGE.format(picture=picture))
        tab.screenshot(path=CARD)


if __name__ == "__main__":
    draw()
