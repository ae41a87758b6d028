"""The built site in _build/html: its files, and each page in a real Chromium without a network."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from frames import frames_of, picture, read_explorables
from pages import (
    CHAPTERS,
    MOVING,
    PAGES,
    REPOSITORY,
    ROOT,
    SITE,
    TOC,
    axe_violations,
    expect_none,
    load,
    open_tab,
    parse,
    resize,
)

pytestmark = pytest.mark.site

WIDTHS = [390, 320]
AXE_WIDTHS = [1280, 390, 320]  # in turn; test_accessible.py has every page at every width


# The files


@pytest.fixture(scope="session", params=PAGES)
def page(request):
    return request.param


@pytest.fixture(scope="session")
def soup(page):
    return parse(SITE / f"{page}.html")


def addresses(soup):
    """Return every address that a page links to or loads."""
    found = [tag[name] for name in ("href", "src") for tag in soup.find_all(attrs={name: True})]
    return [address for address in found if not address.startswith(("data:", "mailto:"))]


def is_external(address):
    return bool(urlsplit(address).netloc)


def test_a_page_loads_nothing_from_another_host(soup):
    loaded = soup.select("script[src], img[src], iframe[src], source[src], embed[src]")
    loaded = [tag["src"] for tag in loaded]
    loaded += [tag["href"] for tag in soup.select("link[href]") if tag.get("rel") != ["canonical"]]
    expect_none([a for a in loaded if is_external(a)], "loaded from another host")


def test_internal_links_and_anchors_resolve(page, soup):
    here = SITE / f"{page}.html"
    broken = []
    for address in addresses(soup):
        parts = urlsplit(address)
        if parts.netloc:
            continue
        target = (here.parent / unquote(parts.path)).resolve() if parts.path else here
        if not target.is_file():
            broken.append(f"{address}: no such file")
        elif parts.fragment and target.suffix == ".html":
            anchor = unquote(parts.fragment)
            ids = soup if target == here else parse(target)
            if not ids.find(id=anchor):
                broken.append(f"{address}: no such anchor")
    expect_none(broken, "broken links")


def in_repository(address):
    """Return the path inside the repository that an address names, or None if it names none."""
    name = urlsplit(REPOSITORY["url"]).path.strip("/")
    tag = REPOSITORY["branch"]
    patterns = [
        rf"{re.escape(REPOSITORY['url'])}/(?:blob|tree|edit|raw)/{tag}/([^?#]+)",
        rf"https://mybinder\.org/v2/gh/{name}/{tag}\?urlpath=lab/tree/([^?#]+)",
        rf"https://colab\.research\.google\.com/github/{name}/blob/{tag}/([^?#]+)",
    ]
    for pattern in patterns:
        if match := re.match(pattern, address):
            return unquote(match[1])
    return None


def test_links_into_the_repository_name_files_that_exist(soup):
    paths = [path for address in addresses(soup) if (path := in_repository(address))]
    assert paths, "the page does not link to its own source"
    missing = [path for path in paths if not (ROOT / path).exists()]
    expect_none(missing, "linked, but not in the repository")


def test_links_to_code_hosts_are_all_understood(soup):
    """A Binder, Colab or source link with another repository or tag would escape the test above."""
    hosts = ("mybinder.org", "colab.research.google.com")
    launch = [address for address in addresses(soup) if urlsplit(address).netloc in hosts]
    source = [address for address in addresses(soup) if address.startswith(REPOSITORY["url"])]
    source = [address for address in source if re.search("/(blob|tree|edit|raw)/", address)]
    unknown = [address for address in launch + source if in_repository(address) is None]
    expect_none(unknown, "links to another repository or tag")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_offers_binder_colab_download_and_source(chapter):
    links = addresses(parse(SITE / f"{chapter}.html"))
    hosts = {urlsplit(address).netloc for address in links if in_repository(address)}
    assert hosts >= {"mybinder.org", "colab.research.google.com", "github.com"}
    (download,) = {address for address in links if address.endswith(f"_sources/{chapter}.ipynb")}
    offered = (SITE / f"{chapter}.html").parent / download
    assert offered.read_bytes() == (ROOT / f"{chapter}.ipynb").read_bytes()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_the_number_of_its_file(chapter):
    number = parse(SITE / f"{chapter}.html").select_one("article h1 .section-number").get_text()
    assert int(number.strip(" .")) == int(Path(chapter).name[:2])


def test_external_links_are_https(soup):
    external = [address for address in addresses(soup) if is_external(address)]
    plain = [address for address in external if not address.startswith("https://")]
    expect_none(plain, "external links without https")


def test_every_figure_says_what_is_seen(soup):
    article = soup.find("article")
    texts = [image.get("alt", "") for image in article.find_all("img")]
    texts += [svg.get("aria-label", "") for svg in article.select("svg[role=img]")]
    expect_none([repr(text) for text in texts if len(text) < 20], "alt texts under 20 characters")
    paths = [text for text in texts if re.search(r"^\S*/\S*$|\.(png|svg|jpe?g|webp)$", text)]
    expect_none(paths, "alt texts that are paths")
    assert len(texts) == len(set(texts)), "two figures with the same alt text"


def test_no_picture_without_a_role(soup):
    svgs = soup.find("article").find_all("svg")
    bare = [svg for svg in svgs if svg.get("role") != "img" and svg.get("aria-hidden") != "true"]
    expect_none([str(svg)[:100] for svg in bare], "an svg that is neither a figure nor hidden")


def test_no_output_is_an_error_or_not_a_number(soup):
    assert "Traceback (most recent call last)" not in soup.get_text()
    outputs = [str(output) for output in soup.select(".cell_output")]
    bad = [output for output in outputs if re.search(r"\bnan\b", output, re.IGNORECASE)]
    expect_none([output[:200] for output in bad], "outputs that hold NaN")


def test_no_output_is_empty(soup):
    outputs = soup.select(".cell_output")
    shown = [output for output in outputs if output.get_text(strip=True) or output.find("img")]
    assert len(shown) == len(outputs)


def test_no_thebe_and_no_widget_without_a_kernel(soup):
    assert "thebe" not in str(soup).lower()
    assert soup.find_all("script", type=re.compile("jupyter.widget")) == []


def test_the_first_page_opens_without_a_server():
    refresh = parse(SITE / "index.html").find("meta", attrs={"http-equiv": "Refresh"})["content"]
    assert (SITE / refresh.split("url=")[1]).is_file()


# The pages in Chromium


def sideways(tab, width):
    """Return how far the page can be scrolled sideways on a screen of that width."""
    tab.set_viewport_size({"width": width, "height": 800})
    return tab.evaluate("() => { scrollTo(9999, 0); const x = scrollX; scrollTo(0, 0); return x; }")


def wide_elements(tab):
    """Name the elements that stick out of the page."""
    return tab.evaluate(
        """() => [...document.querySelectorAll("article *")]
            .filter((node) => node.getBoundingClientRect().right > innerWidth)
            .map((node) => node.outerHTML.slice(0, 100))"""
    )


# Text that MathJax left alone, outside code.
RAW_MATH = r"""() => {
  const article = document.querySelector("article").cloneNode(true);
  article.querySelectorAll("pre, code, script, mjx-container").forEach((node) => node.remove());
  return article.textContent.match(/\$\$|\\\(|\\\[|\\begin\{/g) ?? [];
}"""

MATH = """() => ({
  written: document.querySelectorAll("article .math").length,
  shown: document.querySelectorAll("article .math mjx-container").length,
  refused: [...document.querySelectorAll("mjx-merror")].map((node) => node.textContent),
})"""


# Every page in one theme, in turn; in the other one in `make test-all`.
IN_TURN = [
    pytest.param(page, scheme, marks=pytest.mark.slow if (k + dark) % 2 else ())
    for k, page in enumerate(PAGES)
    for dark, scheme in enumerate(["light", "dark"])
]


@pytest.mark.parametrize(("page", "scheme"), IN_TURN)
def test_a_page_in_chromium(page, scheme, browser, address, subtests):
    tab, troubles = open_tab(browser, address, scheme)
    load(tab, f"{address}/{page}.html")
    with subtests.test("theme"):
        assert tab.evaluate("() => document.documentElement.dataset.theme") == scheme
    with subtests.test("mathematics"):
        math = tab.evaluate(MATH)
        assert math["shown"] == math["written"]
        expect_none(math["refused"], "mathematics that MathJax refuses")
        expect_none(tab.evaluate(RAW_MATH), "mathematics left as TeX")
    tab.evaluate("() => document.querySelectorAll('article details').forEach((d) => d.open = true)")
    width = AXE_WIDTHS[(PAGES.index(page) + (scheme == "dark")) % len(AXE_WIDTHS)]
    with subtests.test(f"accessibility at {width} px"):
        resize(tab, width)
        expect_none(axe_violations(tab), "axe")
    for width in WIDTHS:
        with subtests.test(f"no sideways scroll at {width} px"):
            assert sideways(tab, width) == 0, "\n".join(wide_elements(tab))
    with subtests.test("no request to another host, no error"):
        expect_none(troubles, "troubles")
    tab.context.close()


# Set every slider to every value, and say what is shown.
SHOW_ALL = """(figure) => {
  const inputs = [...figure.querySelectorAll("input[type=range]")];
  const move = (k) => {
    if (k === inputs.length) return [shown()];
    return [...Array(Number(inputs[k].max) + 1).keys()].flatMap((value) => {
      inputs[k].value = value;
      inputs[k].dispatchEvent(new Event("input", {bubbles: true}));
      return move(k + 1);
    });
  };
  const shown = () => SHOWN(figure);
  return move(0);
}"""
SHOWN = """((figure) => ({
  place: [...figure.querySelectorAll("input[type=range]")].map((input) => Number(input.value)),
  labels: [...figure.querySelectorAll("output")].map((output) => output.textContent),
  svg: new XMLSerializer().serializeToString(figure.querySelector("svg")),
  readout: figure.querySelector(".explorable-readout").textContent,
}))"""


@pytest.mark.parametrize("chapter", MOVING)
def test_explorables_show_the_frame_of_each_value(chapter, browser, address, subtests):
    """With the network cut, by script, keyboard, mouse and touch: the stored frame is shown."""
    tab, troubles = open_tab(browser, address, has_touch=True)
    load(tab, f"{address}/{chapter}.html")
    cut_network(tab, troubles)
    figures = tab.locator("article figure.explorable").all()
    stored = [frames_of(page) for page in read_explorables(ROOT / f"{chapter}.ipynb")]
    assert len(figures) == len(stored) > 0
    assert tab.locator("article :is(input:not([type=range]), select, textarea)").count() == 0
    for figure, frames in zip(figures, stored, strict=True):
        with subtests.test("all values"):
            seen = figure.evaluate(SHOW_ALL.replace("SHOWN", SHOWN))
            assert [expect_frame(shown, frames) for shown in seen] == list(frames)
            pictures = {picture(shown["svg"]) for shown in seen}
            assert len(pictures) == len(frames), "two values show the same picture"
        for move in (by_keyboard, by_mouse, by_touch):
            for k, control in enumerate(figure.locator("input[type=range]").all()):
                with subtests.test(move.__name__, control=k):
                    check_control(tab, figure, control, k, frames, move)
    expect_none([text for text in troubles if "script" in text], "errors in scripts")
    tab.context.close()


def cut_network(tab, troubles):
    """Cut it. (The browser may still ask for the favicon, and fail: this is no trouble.)"""
    expect_none(troubles, "troubles")
    tab.context.set_offline(True)


def expect_frame(shown, frames):
    """Compare what is shown with the stored frame of these positions; return the positions."""
    place = tuple(shown["place"])
    labels, svg, readout = frames[place]
    assert (shown["labels"], shown["readout"]) == (labels, readout)
    assert picture(shown["svg"]) == svg, f"the picture is not that of {labels}"
    return place


def check_control(tab, figure, control, k, frames, move):
    """Move one slider from its first to its last value: figure, number and text must follow."""
    assert figure.locator(f"label[for='{control.get_attribute('id')}']").text_content()
    last = max(frames)
    for n, other in enumerate(figure.locator("input[type=range]").all()):
        other.fill("0" if n == k else str(last[n] // 2))
    control.scroll_into_view_if_needed()
    seen = []
    for _ in move(tab, control, last[k]):
        shown = figure.evaluate(SHOWN)
        seen.append((expect_frame(shown, frames)[k], shown["svg"], shown["readout"]))
    values, pictures, readouts = zip(*seen, strict=True)
    assert (values[0], values[-1]) == (0, last[k])
    assert list(values) == sorted(values)
    assert len(set(pictures)) == len(set(values)) > 1
    assert len(set(readouts)) > 1


def by_keyboard(tab, control, last):
    control.focus()
    for key in ["Home", *["ArrowRight"] * last, "End"]:
        tab.keyboard.press(key)
        yield


def track(control, steps=5):
    """Return points on the track of a slider, from its first to its last value."""
    box = control.bounding_box()
    left, right = box["x"] + 8, box["x"] + box["width"] - 8
    height = box["y"] + box["height"] / 2
    return [(left + (right - left) * n / steps, height) for n in range(steps + 1)]


def by_mouse(tab, control, last):
    points = track(control)
    tab.mouse.move(*points[0])
    tab.mouse.down()
    for point in points:
        tab.mouse.move(*point)
        yield
    tab.mouse.up()
    yield


def by_touch(tab, control, last):
    """Drag a finger along the track, then lift it."""
    points, devtools = track(control), tab.context.new_cdp_session(tab)

    def touch(kind, *places):
        touched = [{"x": x, "y": y} for x, y in places]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    touch("touchStart", points[0])
    for point in points:
        touch("touchMove", point)
        yield
    touch("touchEnd")
    yield


ANSWERS = "article #check-yourself > details"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_questions_answer_without_script_and_network(chapter, browser, address):
    """On a phone with JavaScript switched off: by keyboard, by touch, and all of them on paper."""
    phone = {"java_script_enabled": False, "has_touch": True, "is_mobile": True}
    tab, _ = open_tab(browser, address, viewport={"width": 390, "height": 844}, **phone)
    tab.goto(f"{address}/{chapter}.html", wait_until="load")
    tab.context.set_offline(True)
    answers = tab.locator(ANSWERS).all()
    assert 9 <= len(answers) <= 20
    texts = [answer.locator("> :not(summary)").first for answer in answers]
    assert len({text.text_content() for text in texts}) == len(answers)
    assert not any(text.is_visible() for text in texts), "an answer is shown before it is asked for"

    tab.emulate_media(media="print")
    assert all(text.is_visible() for text in texts), "an answer is lost on paper"
    tab.emulate_media(media="screen")

    for k, (answer, text) in enumerate(zip(answers, texts, strict=True)):
        summary = answer.locator("summary")
        box = summary.bounding_box()
        assert min(box["width"], box["height"]) >= 44, "too small for a thumb"
        if k % 2:
            summary.tap()
        else:
            summary.focus()
            tab.keyboard.press("Enter")
        assert text.is_visible(), f"answer {k + 1} did not open"
        assert summary.bounding_box()["x"] == box["x"], "the letter moved away from the thumb"
    focused = []
    answers[0].locator("summary").focus()
    for _ in range(3 * len(answers)):
        focused.append(tab.evaluate(FOCUS))
        tab.keyboard.press("Tab")
    assert set(range(len(answers))) <= set(focused), "the Tab key does not reach every letter"
    tab.context.close()


FOCUS = f"""() => [...document.querySelectorAll("{ANSWERS} > summary")]
    .indexOf(document.activeElement)"""


def test_search_finds_words_without_a_network(browser, address):
    tab, troubles = open_tab(browser, address)
    load(tab, f"{address}/{TOC['root']}.html")
    tab.keyboard.press("Control+k")
    tab.locator("dialog[open] input[type=search]").fill("forget gate")
    tab.keyboard.press("Enter")
    results = tab.locator("ul.search li a")
    tab.locator("ul.search li a[href*='book/07_lstm.html']").first.wait_for()
    tab.wait_for_load_state("networkidle")  # each result reads its page for a line of context
    results.first.click()
    tab.wait_for_load_state("networkidle")
    assert "forget" in tab.locator("article").inner_text().lower()
    expect_none(troubles, "troubles")
    tab.context.close()


def test_the_search_page_is_accessible(browser, address):
    tab, troubles = open_tab(browser, address)
    load(tab, f"{address}/search.html?q=gate")
    tab.locator("ul.search li a").first.wait_for()
    expect_none(axe_violations(tab), "axe")
    expect_none(troubles, "troubles")
    tab.context.close()
