"""The slides: what is on them, and that they fit, speak and print. Chromium opens them as files."""

import re
from copy import copy
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from pages import CHAPTERS, SITE, axe_violations, expect_none, open_tab, parse
from pypdf import PdfReader

from tools import slides

ARTICLE = """<article><section>
<h1>7. What?<a class="headerlink" href="#x">#</a></h1>
<p>Why <a href="glossary.html">gates</a>?</p><ul><li><p>see</p></li></ul><div class="cell"></div>
<section id="first"><h2>First</h2>
<p>So:</p><div class="math" id="equation-a">x</div>
<table><tr><th>symbol</th></tr><tr><td>x</td></tr></table>
<div class="admonition-predict"><p>Predict</p><p>How many?</p></div>
<p>Before.</p>
<div class="cell"><div class="cell_output"><div class="output stream"><pre>3</pre></div></div></div>
<p>It is 3.</p>
<div class="cell"><div class="cell_output"><figure id="fig-a"><img alt="A line" src="a.svg">
</figure></div></div>
</section>
<section id="check-yourself"><h2>Check yourself</h2>
<p><strong>Question 1.</strong> Which?</p><ul><li><p>A</p></li><li><p>B</p></li></ul>
<details><summary>A</summary><p>Not yet.</p></details>
<details><summary>B</summary><p>Right. It is.</p></details></section>
<section id="exercises"><h2>Exercises</h2><p>Do.</p></section>
<section id="summary"><h2>Summary</h2><p>Done.</p></section>
</section></article>"""


def deck(html=ARTICLE):
    return slides.Deck(BeautifulSoup(html, "html.parser"))


def test_a_page_becomes_slides_in_its_order():
    kinds = [slide["kind"] for slide in deck().slides]
    assert kinds == ["title", "equation", "predict", "answer", "figure", "question", "summary"]
    body = {slide["kind"]: slide["body"] for slide in deck().slides}
    assert "Why gates?" in body["title"]
    assert re.search(r"So:.*x.*symbol", body["equation"], re.DOTALL)
    assert "How many?" in body["predict"]
    assert "3" not in body["predict"], "the answer is on the next slide"
    assert re.search(r"3.*It is 3\.", body["answer"], re.DOTALL)
    assert "Before." not in body["answer"]
    assert "<summary>Answer</summary><p>B. Right. It is.</p>" in body["question"]
    assert "Not yet" not in body["question"]
    assert "Do." not in deck().html("")


def test_the_least_important_slides_go_first():
    long = deck()
    for number in range(slides.MOST):
        long.add("table", "", f"table {number}", [], spare=number % 2)
    long.shorten()
    assert len(long.slides) == slides.MOST
    left = [slide["title"] for slide in long.slides if slide["kind"] == "table"]
    assert all(f"table {number}" in left for number in range(0, slides.MOST, 2))
    assert "table 1" in left, "of equal ones the last goes first"


# What is cut off, or wider than its slide, with all answers shown.
CUT = """() => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  return [...document.querySelectorAll(".slide")].filter((slide) => {
    const hidden = !slide.classList.contains("now");
    slide.classList.add("now");
    const body = slide.querySelector(".body");
    const cut = body.scrollHeight > body.clientHeight + 1 || body.scrollWidth > body.clientWidth + 1
      || slide.scrollHeight > slide.clientHeight + 1;
    slide.classList.toggle("now", !hidden);
    return cut;
  }).map((slide) => slide.querySelector(".number").textContent);
}"""

SIZE = {"width": 1280, "height": 720}


def test_a_long_text_is_split_not_cut(browser, tmp_path):
    items = "".join(f"<li>{'word ' * 40}</li>" for _ in range(12))
    text = {"kind": "summary", "above": "", "title": "Long", "heading": "h1", "foot": "Foot"}
    body = slides.SLIDE.format(**text, body=f"<p>Before</p><ul>{items}</ul>")
    style, script = slides.LOOK.read_text(), f"<script>{slides.KEYS.read_text()}</script>"
    page = tmp_path / "long.html"
    page.write_text(slides.PAGE.format(title="Long", style=style, body=body, script=script))
    tab, troubles = open_tab(browser, "file:", viewport=SIZE)
    tab.goto(page.as_uri())
    tab.wait_for_selector(".deck")
    assert tab.locator(".slide").count() > 2
    assert tab.locator(".slide li").count() == 12
    assert tab.evaluate(CUT) == []
    assert troubles == []
    tab.context.close()


def written(browser, address, chapter, folder):
    """Write the slides of a chapter and return their file."""
    tab = browser.new_page()
    name = chapter.removeprefix("book/")
    slides.write(tab, address, name, folder)
    tab.close()
    return folder / f"{name}.html"


@pytest.mark.site
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_slides_of_a_chapter(chapter, browser, address, tmp_path):
    path = written(browser, address, chapter, tmp_path)
    assert path.stat().st_size < 1e6
    scheme = ("light", "dark")[CHAPTERS.index(chapter) % 2]
    tab, troubles = open_tab(browser, "file:", scheme, viewport=SIZE)
    tab.goto(path.as_uri())
    tab.wait_for_selector(".deck")
    assert 10 <= tab.locator(".slide").count() <= 20
    expect_none(tab.evaluate(CUT), "does not fit")
    tab.keyboard.press("Escape")
    expect_none(axe_violations(tab), "axe")
    expect_none(troubles, "troubles")
    tab.context.close()
    said_as_on_the_page(BeautifulSoup(path.read_text(), "html.parser"), chapter)


def prose(tag):
    """Return the words of a paragraph without its mathematics."""
    tag = copy(tag)
    for formula in tag.select(".math"):
        formula.decompose()
    return tag.get_text().split()


def said_as_on_the_page(made, chapter):
    """Compare the slides with the page of the chapter."""
    article = parse(SITE / f"{chapter}.html").find("article")
    assert len(made.select(".title li")) == 3, "three outcomes"
    boxes = [prose(box.find_all("p")[1]) for box in article.select(".admonition-predict")]
    assert [prose(text) for text in made.select(".predict .body > p:first-child")] == boxes
    figures = {image["alt"] for image in article.select("figure[id^=fig-] img")}
    assert {image["alt"] for image in made.select("img")} == figures
    assert len(made.select(".equation .eqno")) >= 1
    assert len(made.select(".question details:not([open])")) >= 3
    assert all("Right" in fold.get_text() for fold in made.select(".question details"))
    assert made.select(".summary li")
    for tag in made.select("mjx-container, code, pre, style, script"):
        tag.decompose()
    raw = re.findall(r"\$|\\[a-z([]|:::|\{\w+(?::\w+)?\}|`", made.get_text())
    assert raw == [], "markup of the source"


@pytest.mark.site
def test_the_keyboard_and_the_printer(browser, address, tmp_path):
    path = written(browser, address, CHAPTERS[6], tmp_path)
    tab, _ = open_tab(browser, "file:", viewport=SIZE)
    tab.goto(path.as_uri())
    tab.wait_for_selector(".deck")
    last = tab.locator(".slide").count()

    def at():
        assert tab.locator(".slide:visible").count() == 1
        return int(tab.locator(".now .number").inner_text().split(" / ")[0])

    places = []
    for key in (
        "ArrowRight",
        " ",
        "ArrowDown",
        "ArrowLeft",
        "End",
        "ArrowRight",
        "Home",
        "ArrowUp",
    ):
        tab.keyboard.press(key)
        places.append(at())
    assert places == [2, 3, 4, 3, last, last, 1, 1]
    tab.keyboard.press("Escape")
    assert tab.locator(".slide:visible").count() == last
    tab.locator(".question").first.click()
    question = at()
    assert tab.locator(".now details[open]").count() == 0
    tab.keyboard.press(" ")
    assert (at(), tab.locator(".now details[open]").count()) == (question, 1)
    tab.keyboard.press(" ")
    assert at() == question + 1

    printed = PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == last
    assert "Right" in printed.pages[question - 1].extract_text(), "with its answer"
    tab.context.close()


def test_the_list_leads_to_all_slides(tmp_path):
    slides.write_index({"07_lstm": "7. What & why"}, tmp_path)
    (link,) = parse(tmp_path / "index.html").select("a")
    assert (link["href"], link.get_text()) == ("07_lstm.html", "7. What & why")
    assert [f"book/{name}" for name in slides.names()] == CHAPTERS
