"""Print the built book into one PDF: python tools/pdf.py [page ...]

Chromium prints each page; the parts get running page numbers, an outline and a list of contents.
A page whose mathematics is left as TeX, or whose code would be cut, stops the run.
"""

import sys
import tomllib
from html import escape
from io import BytesIO
from pathlib import Path

import yaml
from pypdf import PdfReader, PdfWriter

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.browser import browser
from tools.gzipped import serve
from tools.site import published, repository

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "gate-by-gate.pdf"
PAPER = {"format": "A4", "print_background": True}
MARGIN = {"top": "18mm", "bottom": "20mm", "left": "17mm", "right": "17mm"}

# What must not be: mathematics as TeX, and code wider than its box.
TROUBLE = r"""() => {
  const article = document.querySelector("article").cloneNode(true);
  article.querySelectorAll("pre, code, script, mjx-container").forEach((node) => node.remove());
  const raw = article.textContent.match(/\$\$|\\\(|\\\[|\\begin\{/g) ?? [];
  const cut = [...document.querySelectorAll("article pre")]
    .filter((node) => node.scrollWidth > node.clientWidth + 1)
    .map((node) => node.textContent.slice(0, 80));
  return [...raw, ...cut];
}"""

# Links inside the page stay links inside the document; others lead to the published book.
READY = """(site) => {
  document.querySelectorAll("details").forEach((node) => { node.open = true; });
  const hidden = [...document.querySelectorAll(".toggle-hidden")];
  hidden.forEach((node) => { node.classList.remove("toggle-hidden"); });
  document.querySelectorAll("article a[href]").forEach((link) => {
    if (link.origin === location.origin && link.pathname !== location.pathname)
      link.href = site + link.pathname.slice(1) + link.hash;
  });
  document.querySelectorAll("img").forEach((image) => { image.loading = "eager"; });
  return document.querySelector("article h1").innerText.replace("#", "").trim();
}"""

SHEET = """<style>body {{ font: 12pt/1.6 "DejaVu Sans", sans-serif; margin: 0; }}
h1 {{ font-size: 20pt; }} td {{ vertical-align: top; padding-right: 1em; }}
td + td {{ text-align: right; padding: 0; }} table {{ width: 100%; }}</style>{body}"""
NUMBER = '<div style="height: 100vh; break-after: page; position: relative">{}</div>'
FOOT = (
    '<div style="position: absolute; bottom: 10mm; width: 100%; text-align: center; '
    'font-size: 9pt">{}</div>'
)


def pages():
    """Return the pages of the book in the order of the table of contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [page["file"] for part in toc["parts"] for page in part["chapters"]]
    return [toc["root"], *listed]


def print_page(tab, address, page):
    """Return (title, PDF) of one page."""
    tab.goto(f"{address}/{page}.html", wait_until="load")
    tab.wait_for_load_state("networkidle")
    tab.evaluate("() => window.MathJax?.startup?.promise")
    title = tab.evaluate(READY, published(repository()[0]))
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 665, "height": 980})  # the text of A4, in CSS pixels
    if trouble := tab.evaluate(TROUBLE):
        sys.exit(f"{page}: " + "; ".join(trouble[:5]))
    data = tab.pdf(**PAPER, margin=MARGIN)
    tab.emulate_media(media="screen")
    return title, PdfReader(BytesIO(data))


def print_sheet(tab, body, **options):
    tab.set_content(SHEET.format(body=body))
    return PdfReader(BytesIO(tab.pdf(**PAPER, **options)))


def contents(parts, first):
    """Return the list of contents as HTML; `first` is the number of the page after it."""
    rows, number = [], first
    for title, document in parts:
        rows.append(f"<tr><td>{escape(title)}</td><td>{number}</td></tr>")
        number += len(document.pages)
    return f"<h1>Contents</h1><table>{''.join(rows)}</table>"


def bind(tab, parts):
    """Return one document: the cover page, the contents, the other parts, all numbered."""
    (_, cover), *rest = parts
    length = len(print_sheet(tab, contents(rest, 1), margin=MARGIN).pages)
    first = len(cover.pages) + length + 1
    listed = print_sheet(tab, contents(rest, first), margin=MARGIN)
    parts = [parts[0], ("Contents", listed), *rest]

    total = sum(len(document.pages) for _, document in parts)
    sheets = "".join(NUMBER.format(FOOT.format(number)) for number in range(1, total + 1))
    numbers = print_sheet(tab, sheets)
    book = PdfWriter()
    for title, document in parts:
        start = len(book.pages)
        for sheet in document.pages:
            book.add_page(sheet).merge_page(numbers.pages[len(book.pages) - 1])
        book.add_outline_item(title=title, page_number=start)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    book.add_metadata({"/Title": "Gate by Gate", "/Author": project["authors"][0]["name"]})
    book.compress_identical_objects()
    return book


def print_book(chrome, names, target):
    """Print these pages of the built site into one file."""
    tab = chrome.new_page()
    parts = []
    with serve(SITE) as address:
        for page in names:
            parts.append(print_page(tab, address, page))
            print(f"{page:32} {len(parts[-1][1].pages):4} pages", flush=True)
    book = bind(tab, parts)
    book.write(target)
    tab.close()
    print(f"{target}: {len(book.pages)} pages, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    with browser() as chrome:
        print_book(chrome, sys.argv[1:] or pages(), TARGET)
