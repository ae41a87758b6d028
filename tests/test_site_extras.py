"""The built site beyond its chapters: weight, quiz, page 404, zip, PDF, translation."""

import gzip
import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from pages import CHAPTERS, PAGES, REPOSITORY, ROOT, SITE, expect_none, load, open_tab, parse

from tools import pack, pdf
from tools.gzipped import serve
from tools.site import last_changes, published

pytestmark = pytest.mark.site

HOME = published(REPOSITORY["url"])
COVER = "book/intro"
# A font may draw two or three letters as one sign.
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})
KILO = 1000


@pytest.fixture(scope="module")
def compressed():
    """Serve the site as it is published: compressed, and the browser may keep files."""
    with serve(SITE) as address:
        yield address


# What each page says about itself


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_its_version_its_last_change_and_where_to_report(page):
    info = parse(SITE / f"{page}.html").select_one(".page-info")
    assert REPOSITORY["branch"].removeprefix("v") in info.get_text()
    links = [link["href"] for link in info.find_all("a")]
    assert links[0] == f"{HOME}versions.html"
    assert links[1].startswith(f"{REPOSITORY['url']}/issues/new?title=")
    assert f"Error on {page}, version {REPOSITORY['branch']}" in unquote(links[1])
    (source,) = (
        ROOT / f"{page}{end}" for end in (".ipynb", ".md") if (ROOT / f"{page}{end}").exists()
    )
    day = last_changes().get(source.relative_to(ROOT).as_posix())
    shown = info.find("time")
    assert (shown and shown["datetime"]) == day
    assert shown is None or date.fromisoformat(shown.get_text()) <= date.today()


def test_descriptions_say_something_and_all_differ():
    texts = {}
    for page in [*PAGES, "search", "404"]:
        (tag,) = parse(SITE / f"{page}.html").select("meta[name=description]")
        texts[page] = tag["content"]
    short = {page: text for page, text in texts.items() if len(text) < 40}
    assert not short
    assert len(set(texts.values())) == len(texts)


def shared(page):
    """Return what a page says to whoever shows a link to it."""
    tags = parse(SITE / f"{page}.html").select("meta[property^='og:']")
    return {tag["property"]: tag["content"] for tag in tags}


@pytest.mark.parametrize("page", PAGES)
def test_a_shared_link_has_a_title_a_text_and_a_card(page):
    soup, said = parse(SITE / f"{page}.html"), shared(page)
    assert said["og:title"]
    assert said["og:description"]
    assert said["og:url"] == f"{HOME}{page}.html" == soup.select_one("link[rel=canonical]")["href"]
    card = SITE / said["og:image"].removeprefix(HOME)
    assert struct.unpack(">II", card.read_bytes()[16:24]) == (1200, 630)
    assert len(said["og:image:alt"]) >= 20


def test_each_page_has_a_card_of_its_own_with_its_title():
    said = {page: shared(page) for page in PAGES}
    cards = {page: SITE / texts["og:image"].removeprefix(HOME) for page, texts in said.items()}
    assert len({card.read_bytes() for card in cards.values()}) == len(PAGES)
    for page in PAGES[1:]:
        assert cards[page].stat().st_size < 30 * KILO
        title = parse(SITE / f"{page}.html").select_one("article h1").get_text().rstrip("#")
        assert f'"{title.split(". ")[-1].strip()}"' in said[page]["og:image:alt"]


# The weight


def test_nothing_that_no_page_uses_is_in_the_site():
    dead = ("fontawesome", ".map", ".ttf", "tex-chtml", "menu.js")
    found = [path for path in SITE.rglob("*") if path.is_file() and str(path).endswith(dead)]
    found += [path for path in SITE.rglob("*fontawesome*") if path.is_file()]
    expect_none(found, "files that nothing loads")


def mathematics(page):
    return bool(parse(SITE / f"{page}.html").select(".math"))


@pytest.mark.parametrize("page", PAGES)
def test_mathematics_is_loaded_where_there_is_some(page):
    loaded = bool(parse(SITE / f"{page}.html").select("script[src*=mathjax]"))
    assert loaded == mathematics(page)


def explorables(page):
    """Return how many bytes the explorables add to the compressed page."""
    text = (SITE / f"{page}.html").read_text()
    soup = BeautifulSoup(text, "html.parser")
    for figure in soup.select("figure.explorable"):
        figure.decompose()
    return len(gzip.compress(text.encode(), 6)) - len(gzip.compress(str(soup).encode(), 6))


def weigh(tab, address, page):
    """Open a page and return the bytes over the network: of all, of figures and explorables."""
    session = tab.context.new_cdp_session(tab)
    session.send("Network.enable")
    kinds, sizes = {}, {}
    session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}),
    )
    load(tab, f"{address}/{page}.html")
    session.detach()
    pictures = sum(size for name, size in sizes.items() if kinds.get(name) == "Image")
    return sum(sizes.values()), pictures + max(0, explorables(page))


def check_weights(browser, address, pages):
    """Visit the first page with an empty cache and the others after it; return their weights."""
    tab, troubles = open_tab(browser, address)
    # Without the guard of open_tab, which switches the cache off.
    tab.context.unroute_all()
    table = {page: weigh(tab, address, page) for page in pages}
    expect_none(troubles, "troubles")
    tab.context.close()
    first, *others = table.values()
    assert first[0] > 100 * KILO, "the first visit was not measured"
    assert first[0] - first[1] < 900 * KILO, "first visit, apart from figures"
    for page, (everything, figures) in list(table.items())[1:]:
        assert 0 < everything < 500 * KILO, f"{page}: {everything}"
        assert everything - figures < 200 * KILO, f"{page}: {everything - figures}"
    assert others
    return table


def heaviest():
    return sorted(CHAPTERS, key=lambda page: -(SITE / f"{page}.html").stat().st_size)


def test_the_weight_of_a_first_visit_and_of_the_next_pages(browser, compressed):
    pages = heaviest()
    check_weights(browser, compressed, [pages[0], pages[1], COVER, pages[2]])


@pytest.mark.slow
def test_the_weight_of_every_page(browser, compressed, capsys):
    table = {}
    for page in PAGES:
        other = next(p for p in heaviest() if p != page)
        table[page] = check_weights(browser, compressed, [page, other])[page]
    later = check_weights(browser, compressed, PAGES)
    with capsys.disabled():
        print(f"\n{'kB over the network':28} first    of it figures    later    of it figures")
        for page in PAGES:
            numbers = [n / KILO for n in (*table[page], *later[page])]
            print("{:28} {:5.0f} {:16.0f} {:8.0f} {:16.0f}".format(page, *numbers))


# The cover


def answer(tab, *words):
    for number, word in enumerate(words):
        tab.locator(f"input[name=placement-{number}][value={word}]").check()
    return tab.locator(".placement-result")


def test_the_quiz_recommends_where_to_begin(browser, compressed):
    rows = parse(SITE / f"{COVER}.html").select("#where-to-begin tbody tr")
    targets = [row.select_one("a")["href"] for row in rows]
    assert len(targets) == 7
    assert len(set(targets)) == 7
    tab, troubles = open_tab(browser, compressed)
    load(tab, f"{compressed}/{COVER}.html")
    assert tab.locator("#where-to-begin tbody tr:visible").count() == 6
    for known in range(6):
        result = answer(tab, *["yes"] * known, "no")
        assert result.locator("a").get_attribute("href") == targets[known]
        tab.reload(wait_until="load")
    result = answer(tab, *["yes"] * 6)
    assert result.locator("a").get_attribute("href") == targets[6]
    answer(tab, "yes", "yes", "yes", "no")
    assert result.locator("a").get_attribute("href") == targets[3], "an answer can be changed"
    assert result.get_attribute("role") == "status"
    expect_none(troubles, "troubles")
    tab.context.close()


def test_the_quiz_by_keyboard(browser, compressed):
    tab, _ = open_tab(browser, compressed)
    load(tab, f"{compressed}/{COVER}.html")
    first = tab.locator("input[name=placement-0]").first
    first.focus()
    tab.keyboard.press("Space")
    assert first.is_checked()
    tab.keyboard.press("ArrowDown")
    assert tab.locator("input[name=placement-0][value=no]").is_checked()
    assert tab.locator(".placement-result a").count() == 1
    groups = tab.get_by_role("radiogroup")
    assert groups.count() == 6
    assert all(len(group.get_attribute("aria-label")) > 20 for group in groups.all())
    tab.context.close()


def test_without_javascript_the_quiz_is_a_table_with_links(browser, compressed):
    tab, _ = open_tab(browser, compressed, java_script_enabled=False)
    tab.goto(f"{compressed}/{COVER}.html")
    assert tab.locator("#where-to-begin tbody tr:visible a:visible").count() == 7
    assert tab.locator("#where-to-begin input").count() == 0
    tab.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_map_leads_to_every_chapter(width, browser, compressed):
    links = parse(SITE / f"{COVER}.html").select(".course-map a")
    assert [f"book/{link['href'].removesuffix('.html')}" for link in links] == CHAPTERS
    tab, troubles = open_tab(browser, compressed, viewport={"width": width, "height": 800})
    load(tab, f"{compressed}/{COVER}.html")
    boxes = [link.bounding_box() for link in tab.locator(".course-map a").all()]
    for k, one in enumerate(boxes):
        assert one["width"] > 100
        for other in boxes[:k]:
            apart = abs(one["x"] - other["x"]) >= min(one["width"], other["width"]) or abs(
                one["y"] - other["y"]
            ) >= min(one["height"], other["height"])
            assert apart, "two boxes of the map overlap"
    cut = tab.evaluate(
        """() => [...document.querySelectorAll(".course-map a")]
            .filter((a) => a.scrollWidth > a.clientWidth || a.scrollHeight > a.clientHeight)
            .map((box) => box.textContent)"""
    )
    expect_none(cut, "boxes of the map that do not hold their text")
    expect_none(troubles, "troubles")
    tab.context.close()


# The page 404


def test_the_page_404_works_at_any_depth(browser, tmp_path):
    folder = tmp_path / HOME.rstrip("/").rsplit("/", 1)[1]
    folder.symlink_to(SITE)
    shutil.copy(SITE / "404.html", tmp_path)  # as a server of one site shows it
    with serve(tmp_path) as address:
        tab, troubles = open_tab(browser, address)
        load(tab, f"{address}/{folder.name}/book/deep/er/nothing.html")
        assert tab.locator("article h1").inner_text().startswith("This page is not there")
        links = [link.get_attribute("href") for link in tab.locator("a[href^='/']").all()]
        assert f"/{folder.name}/book/intro.html" in links
        here = [tmp_path / link.lstrip("/") for link in links]
        expect_none([path for path in here if not path.is_file()], "links of the page 404")
        missing = [t for t in troubles if "nothing.html" not in t and "status of 404" not in t]
        expect_none(missing, "troubles")
        color = tab.evaluate(
            "() => getComputedStyle(document.querySelector('.bd-sidebar')).display"
        )
        assert color != "inline", "the style sheets are there"
        tab.context.close()


# Without a network: the zip


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stick")
    target = pack.pack(SITE, folder / "gate by gate.zip")  # a space in the name must not matter
    zipfile.ZipFile(target).extractall(folder)
    return folder / "gate by gate"


def test_the_unpacked_site_opens_from_a_folder(browser, unpacked):
    tab, troubles = open_tab(browser, "file://")
    load(tab, f"{unpacked.as_uri()}/index.html")
    tab.wait_for_url("**/intro.html")
    tab.wait_for_load_state("networkidle")  # what is still on its way would count as failed
    tab.locator(".course-map a").nth(6).click()
    tab.wait_for_url("**/07_lstm.html")
    tab.wait_for_load_state("networkidle")
    tab.evaluate("() => window.MathJax.startup.promise")
    math = tab.locator("article .math").count()
    assert tab.locator("article .math mjx-container").count() == math > 50
    figure = tab.locator("figure.explorable").first
    before = figure.locator(".explorable-readout").inner_text()
    figure.locator("input").first.press("ArrowRight")
    assert figure.locator(".explorable-readout").inner_text() != before
    expect_none(troubles, "troubles")
    tab.context.close()


def test_the_search_works_from_a_folder(browser, unpacked):
    tab, troubles = open_tab(browser, "file://")
    load(tab, f"{unpacked.as_uri()}/book/intro.html")
    tab.keyboard.press("Control+k")
    tab.locator("dialog[open] input[type=search]").fill("forget gate")
    tab.keyboard.press("Enter")
    tab.locator("ul.search li a[href*='07_lstm.html']").first.wait_for()  # they come one by one
    expect_none(troubles, "troubles")
    tab.context.close()


# On paper


def squeeze(text):
    """Return a text without white space, which a PDF does not keep."""
    return re.sub(r"\s+", "", text)


def fonts(resources):
    """Return the names of all fonts that a sheet uses; each must travel with the document."""
    resources, found = resources.get_object(), set()
    for font in resources.get("/Font", {}).values():
        font = font.get_object()
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        descriptor = inner["/FontDescriptor"].get_object()
        embedded = {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
        assert embedded or font["/Subtype"] == "/Type3", descriptor["/FontName"]
        found.add(str(descriptor["/FontName"]))
    for part in resources.get("/XObject", {}).values():
        part = part.get_object()
        if part["/Subtype"] == "/Form" and "/Resources" in part:
            found |= fonts(part["/Resources"])
    return found


def check_pdf(path, pages):
    from pypdf import PdfReader

    book = PdfReader(path)
    texts = [sheet.extract_text().translate(LIGATURES) for sheet in book.pages]
    whole = squeeze("".join(re.sub(r"\n?\d+\s*$", "", text) for text in texts))
    titles = [entry.title for entry in book.outline]
    assert len(titles) == len(pages) + 1
    blank = [k + 1 for k, text in enumerate(texts) if len(squeeze(text)) < 20]
    expect_none(blank, "empty sheets")
    numbers = [squeeze(text).endswith(str(k + 1)) for k, text in enumerate(texts)]
    assert all(numbers), "a sheet without its number"
    names = set().union(*(fonts(sheet["/Resources"]) for sheet in book.pages))
    assert any("MathJax" in name for name in names), "the mathematics is set in its own fonts"
    assert any("Mono" in name for name in names), "code is set in a font of its own"
    for page in pages:
        soup = parse(SITE / f"{page}.html")
        title = soup.select_one("article h1").get_text().replace("#", "")
        assert squeeze(title) in whole, f"{page}: its title is not in the PDF"
        assert sum(squeeze(title) == squeeze(entry) for entry in titles) == 1
        lost = [
            line
            for code in soup.select("article .cell:not(.tag_hide-input) .cell_input pre")
            for line in code.get_text().splitlines()
            if line.strip() and squeeze(line) not in whole
        ]
        expect_none(lost, f"{page}: lines of code that are cut or lost in the PDF")
    return len(book.pages)


def test_a_chapter_prints_whole(browser, tmp_path, record_property):
    pages = [COVER, "book/07_lstm"]
    pdf.print_book(browser, pages, tmp_path / "book.pdf")
    count = check_pdf(tmp_path / "book.pdf", pages)
    assert 12 < count < 40
    record_property("sheets printed", count)


@pytest.mark.slow
def test_the_whole_book_prints(browser, tmp_path, record_property):
    pdf.print_book(browser, pdf.pages(), tmp_path / "book.pdf")
    count = check_pdf(tmp_path / "book.pdf", PAGES)
    assert count > 10 * len(CHAPTERS)
    record_property("sheets of the book", count)


def test_printing_stops_at_raw_mathematics_and_at_cut_code(browser, compressed):
    tab, _ = open_tab(browser, compressed)
    load(tab, f"{compressed}/book/notation.html")
    tab.emulate_media(media="print")
    assert tab.evaluate(pdf.TROUBLE) == []
    tab.evaluate(
        r"""() => document.querySelector("article").insertAdjacentHTML("beforeend",
            "<p>$$ x $$</p><pre style='white-space: pre !important; width: 9em'>"
            + "x".repeat(200) + "</pre>")"""
    )
    assert len(tab.evaluate(pdf.TROUBLE)) == 3
    tab.context.close()


# Translation


def messages(path):
    """Return [(where, text)] of a .pot file."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts = re.search(r"(?s)msgid (.*?)\nmsgstr", block)
        text = "".join(json.loads(line) for line in parts[1].splitlines()) if parts else ""
        if text:
            found.append((re.findall(r"#: (\S+)", block), text))
    return found


def test_sentences_can_be_translated_and_code_is_left_alone(tmp_path):
    build = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--quiet"]
    build += ["--builder", "custom", "--custom-builder", "gettext", "--path-output", tmp_path]
    result = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    folder = tmp_path / "_build" / "gettext"
    files = {path.stem: messages(path) for path in folder.rglob("*.pot")}
    assert {Path(page).name for page in PAGES} <= set(files)
    for page in CHAPTERS:
        notebook = json.loads((ROOT / f"{page}.ipynb").read_text(encoding="utf-8"))
        cells = [
            "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"
        ]
        lines = {line.strip() for cell in cells for line in cell.splitlines() if len(line) > 20}
        said = [text for _, text in files[Path(page).name]]
        assert len(said) > 30, f"{page}: too few sentences"
        taken = [text for text in said if any(line in lines for line in text.splitlines())]
        expect_none(taken, f"{page}: code among the sentences to translate")
    everything = [text for found in files.values() for _, text in found]
    odd = [text for text in everything if re.search(r"base64,|<svg|<figure|<script", text)]
    odd += [text for text in everything if re.search(r"\\(begin|end|qquad)\b", text)]
    expect_none(odd, "pictures, markup or formulas among the sentences")
