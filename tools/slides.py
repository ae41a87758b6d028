"""Make slides of the chapters: python tools/slides.py [chapter ...]

All that stands on a slide is taken from the built page of the chapter: question and outcomes, the
labelled equations, the boxes "Predict" with what answers them, the figures, a table, the questions
and the summary. Chromium sets the mathematics. Each file opens by itself, without a network.
"""

import re
import sys
from base64 import b64encode
from copy import copy
from html import escape
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote

from bs4 import BeautifulSoup

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.browser import browser
from tools.gzipped import serve
from tools.site import published, repository

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "slides"
LOOK, KEYS = (ROOT / "tools" / f"slides.{kind}" for kind in ("css", "js"))
TITLE = "Gate by Gate: slides"
MOST = 19  # slides of a chapter; the page may cut one in two
LINES = 16  # of a printed output
NO_SLIDE = {"exercises", "further-reading"}

# The article with its mathematics, and the style sheet and the fonts that this mathematics uses.
TYPESET = """async () => {
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
  const sheet = document.querySelector("#MJX-CHTML-styles")?.sheet;
  const used = [...document.fonts].filter((font) => font.status === "loaded");
  return {
    article: document.querySelector("article").outerHTML,
    style: [...(sheet?.cssRules ?? [])].map((rule) => rule.cssText).join("\\n"),
    fonts: used.map((font) => font.family.replaceAll('"', "")),
  };
}"""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
<main>
{body}
</main>
{script}
</html>
"""

SLIDE = """<div class="slide {kind}" role="group" tabindex="-1" aria-label="{title}">
<header><p>{above}</p><{heading}>{title}</{heading}></header>
<div class="body">{body}</div>
<footer><span>{foot}</span> <span class="number"></span></footer>
</div>"""


class Deck:
    """The slides of one chapter: dictionaries that SLIDE turns into HTML, in order."""

    def __init__(self, article):
        for tag in article.select(".headerlink, script, style, button"):
            tag.decompose()
        self.article = article
        self.slides = []
        self.title()
        for section in article.select("section section:has(> h2)"):
            if section["id"] == "check-yourself":
                self.questions(section)
            elif section["id"] == "summary":
                self.add("summary", "", "Summary", section.find_all(["p", "ul"], recursive=False))
            elif section["id"] not in NO_SLIDE:
                self.section(section)
        self.shorten()

    def add(self, kind, above, title, blocks, spare=0, heading="h2"):
        """Add a slide. The larger `spare` is, the sooner it goes when there are too many."""
        body = "\n".join(map(clean, blocks))
        slide = {"kind": kind, "above": above, "title": escape(title), "body": body}
        self.slides.append(slide | {"heading": heading, "spare": spare})

    def title(self):
        heading = self.article.h1
        self.name = re.sub(r"^\d+\. ", "", heading.get_text())
        code = heading.find_next_sibling(class_="cell")
        blocks = reversed(code.find_previous_siblings(["p", "ul"]))
        self.add("title", "Gate by Gate", self.name, blocks, heading="h1")

    def section(self, section):
        """Add what a section shows, in its order."""
        name, blocks = section.h2.get_text(), flat(section)
        equations = [block for block in blocks if is_equation(block)]
        spans = spans_of_predict(blocks)
        answers = {}
        for box, span in spans:
            answers[id(box)] = answer(span)
        shown = {id(block) for found in answers.values() for block in found}
        for block in blocks:
            if equations and block is equations[0]:
                self.equations(name, blocks, equations)
            if id(block) in answers:
                self.add("predict", name, "Predict", block.find_all(["p", "ul"])[1:])
                if found := answers[id(block)]:
                    kind = "figure" if any(tag.name == "figure" for tag in found) else "answer"
                    self.add(kind, "Answer", name, found)
            elif id(block) not in shown and block.name == "figure":
                self.add("figure", "", name, [block])
            elif block.find("table") and not is_symbols(block):
                self.add("table", "", name, [block], spare=3)

    def equations(self, name, blocks, equations):
        """Add the equations of a section, each with the sentence before it, and their symbols."""
        chosen = []
        for block in equations:
            before = blocks[blocks.index(block) - 1]
            if before.name == "p" and before.get_text().endswith(":") and words(before) <= 40:
                chosen.append(before)
            chosen.append(block)
        after = blocks[blocks.index(equations[-1]) + 1 :]
        symbols = [block for block in after if is_symbols(block)]
        sentence = [block for block in after[:1] if is_sentence(block)]
        first = all(slide["kind"] != "equation" for slide in self.slides)
        spare = 0 if first or symbols else 1
        self.add("equation", "", name, chosen + (symbols or sentence), spare)

    def questions(self, section):
        """Add the questions, each with the feedback of its right option in a fold."""
        for question in section.find_all("p", recursive=False):
            if not (number := question.find("strong")):
                continue
            title, options = number.extract().get_text(strip=True), question.find_next_sibling("ul")
            right = question.find_next_sibling(
                lambda tag: tag.name == "details" and tag.p.get_text().startswith("Right")
            )
            fold = copy(right)
            fold.p.insert(0, f"{right.summary.get_text()}. ")
            fold.summary.string = "Answer"
            number = int(re.search(r"\d+", title)[0])
            blocks, spare = [question, options, fold], number - 2 if number > 3 else 0
            self.add("question", "Check yourself", title.strip("."), blocks, spare)

    def shorten(self):
        """Leave out what can be spared, the last first, until there are few enough."""
        order = sorted(enumerate(self.slides), key=lambda pair: (-pair[1]["spare"], -pair[0]))
        spare = [slide for _, slide in order if slide["spare"]]
        for slide in spare[: max(0, len(self.slides) - MOST)]:
            self.slides.remove(slide)

    def html(self, foot):
        return "\n".join(SLIDE.format(**slide, foot=foot) for slide in self.slides)


def flat(section):
    """Return the blocks of a section and its subsections in order, outputs among them."""
    blocks = []
    for tag in section.find_all(True, recursive=False):
        if tag.name == "section":
            blocks += flat(tag)
        elif "cell" in tag.get("class", ()):
            outputs = tag.select(".cell_output figure[id], .cell_output .output.stream")
            blocks += [tag, *outputs]
        elif tag.name not in ("h2", "h3", "span"):
            blocks.append(tag)
    return blocks


def spans_of_predict(blocks):
    """Return pairs (box "Predict", the blocks from there to the next one)."""
    starts = [i for i, block in enumerate(blocks) if "admonition-predict" in classes(block)]
    ends = [*starts[1:], len(blocks)]
    return [(blocks[i], blocks[i + 1 : end]) for i, end in zip(starts, ends, strict=False)]


def answer(span):
    """Return the first output after a box "Predict", and the text from its cell to below it."""
    cells = [i for i, block in enumerate(span) if "cell" in classes(block)]
    ran = span[cells[0] :] if cells else span
    outputs = [b for b in ran if b.name == "figure" or "output" in classes(b)]
    first = next((b for b in outputs if b.get_text().count("\n") <= LINES), None)
    texts = [b for b in ran if is_sentence(b)]
    below = [b for b in texts if first and ran.index(b) > ran.index(first)]
    above = [b for b in texts if b not in below]
    return [b for b in [first, *above[:1], *below[:1]] if b]


def classes(tag):
    return tag.get("class", ())


def is_sentence(tag):
    """Say whether a block is text that does not lead to something else."""
    return tag.name == "p" and not tag.get_text().endswith(":")


def is_equation(tag):
    return tag.get("id", "").startswith("equation-")


def is_symbols(tag):
    """Say whether a block is a table that explains symbols."""
    return bool(tag.find("th")) and tag.th.get_text(strip=True) in ("symbol", "gradient")


def words(tag):
    return len(tag.get_text().split())


def clean(tag):
    """Return the HTML of a block without links, ids and attributes that only the page needs."""
    tag = copy(tag)
    for inner in [tag, *tag.find_all(True)]:
        if inner.name == "a" or (inner.name == "span" and "xref" in classes(inner)):
            inner.unwrap()
        elif not inner.find_parent("mjx-container"):
            kept = ("class", "style", "jax", "display", "src", "alt", "start", "width", "height")
            inner.attrs = {k: v for k, v in inner.attrs.items() if k in kept}
    return str(tag)


def data_address(path):
    """Return a file as an address that holds its bytes."""
    kind = guess_type(path.name)[0] or "font/woff"
    return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"


def embed(html, folder):
    """Put the pictures of a page into it."""
    return re.sub(
        r'(?<=src=")(?!data:)[^"]+', lambda match: data_address(folder / unquote(match[0])), html
    )


def mathematics(style, fonts):
    """Return the style sheet of MathJax with the fonts that are used, and no others."""

    def face(match):
        family = re.search(r"font-family:\s*\"?([\w-]+)", match[0])[1]
        name = re.search(r"[\w-]+\.woff", match[0])[0]
        source = SITE / "_static" / "mathjax" / "output" / "chtml" / "fonts" / "woff-v2" / name
        rule = f'@font-face {{font-family: {family}; src: url("{data_address(source)}")}}'
        return rule if family in fonts else ""

    return re.sub(r"@font-face[^{]*\{.*?\}", face, style, flags=re.DOTALL)


def write(tab, address, name, target):
    """Write the slides of one chapter; `address` serves the site. Returns (title, slides)."""
    page = f"book/{name}.html"
    tab.goto(f"{address}/{page}", wait_until="load")
    found = tab.evaluate(TYPESET)
    deck = Deck(BeautifulSoup(found["article"], "html.parser"))
    chapter = f"{int(name[:2])}. {deck.name}"
    link = published(repository()[0]) + page
    foot = f'<a href="{link}">Gate by Gate</a>, chapter {escape(chapter)}'
    style = LOOK.read_text(encoding="utf-8") + mathematics(found["style"], found["fonts"])
    script = f"<script>\n{KEYS.read_text(encoding='utf-8')}</script>"
    body = embed(deck.html(foot), SITE / "book")
    title = f"Slides: {escape(chapter)}"
    html = PAGE.format(title=title, style=style, body=body, script=script)
    (target / f"{name}.html").write_text(html, encoding="utf-8")
    return chapter, len(deck.slides)


def write_index(chapters, target):
    """Write the list of all slides; `chapters` is {name: title}."""
    rows = "\n".join(
        f'<li><a href="{name}.html">{escape(title)}</a></li>' for name, title in chapters.items()
    )
    help_ = (
        "Arrows or Space: on and back. Home, End: first and last. Esc: all slides at a glance. "
        "To get a PDF, print a file from the browser: one slide is one page."
    )
    body = f'<div class="index"><h1>{TITLE}</h1>\n<p>{help_}</p>\n<ul>{rows}</ul></div>'
    style = LOOK.read_text(encoding="utf-8")
    html = PAGE.format(title=TITLE, style=style, body=body, script="")
    (target / "index.html").write_text(html, encoding="utf-8")


def names():
    return sorted(path.stem for path in (ROOT / "book").glob("[0-9]*.ipynb"))


def main(chosen):
    TARGET.mkdir(exist_ok=True)
    titles = {}
    with browser() as chrome, serve(SITE) as address:
        tab = chrome.new_page()
        for name in chosen or names():
            titles[name], count = write(tab, address, name, TARGET)
            size = (TARGET / f"{name}.html").stat().st_size / 1e6
            print(f"{name:24} {count:3} slides, {size:.1f} MB", flush=True)
    if not chosen:
        write_index(titles, TARGET)
        print("Open _build/slides/index.html in a browser.")


if __name__ == "__main__":
    main(sys.argv[1:])
