"""The cards that a link to the book shows elsewhere.

As a Sphinx extension: a card with its title for each page. As a program (needs Chromium), python
tools/card.py draws the card of the cover, which is also the ground of the others.
"""

import sys
import textwrap
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.browser import browser

BOOK = Path(__file__).resolve().parents[1] / "book"
CARD = BOOK / "_static" / "card.png"
WIDTH, HEIGHT = 1200, 630
ABOVE = 260  # the height of the words, above the picture
DARK = "#1f2328"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"

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


def setup(app):
    app.connect("html-page-context", give_card, priority=400)  # before the tags are written
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def give_card(app, pagename, templatename, context, doctree):
    """Draw the card of a page other than the cover, and name it for sphinxext.opengraph."""
    if doctree is None or pagename == app.config.root_doc:
        return
    title, name = app.env.titles[pagename].astext(), Path(pagename).name
    chapter = f"Gate by Gate, chapter {int(name[:2])}" if name[:2].isdigit() else "Gate by Gate"
    target = Path(app.outdir) / "_cards" / f"{name}.png"
    target.parent.mkdir(exist_ok=True)
    card(chapter, title).save(target)
    alt = f'{chapter}: "{title}", above three steps of an LSTM.'
    said = {"og:image": f"_cards/{name}.png", "og:image:alt": alt}
    context["meta"] = (context["meta"] or {}) | said


def card(above, title):
    """Return the card of the cover with other words, in 64 colours, which is enough."""
    image = Image.open(CARD).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, ABOVE), "white")
    pen.text((60, 60), above, DARK, ImageFont.truetype(FONTS / "DejaVuSans.ttf", 33))
    bold = ImageFont.truetype(FONTS / "DejaVuSans-Bold.ttf", 54)
    pen.text((60, 112), "\n".join(textwrap.wrap(title, 32)), DARK, bold)
    return image.quantize(64)


if __name__ == "__main__":
    draw()
