"""Everyone can read the site: axe, keyboard, reduced motion, text in figures, alt texts.

`make test` looks at every page in both themes at one width, in turn, and at a sample of the rest;
`make test-all` at everything.
"""

import io
import re
from collections import Counter

import numpy as np
import pytest
from pages import (
    CHAPTERS,
    PAGES,
    SITE,
    TOC,
    axe_violations,
    expect_none,
    load,
    open_tab,
    parse,
    resize,
)
from PIL import Image

pytestmark = pytest.mark.site

SCHEMES = ["light", "dark"]
WIDTHS = [1280, 390, 320]
CONTRAST = 4.5
OTHER_PAGES = ["genindex", "search", "404"]
DRAWN = [TOC["root"], CHAPTERS[0], *CHAPTERS[2:6], *CHAPTERS[7:]]
EVERY = [*PAGES, *(page for page in OTHER_PAGES if (SITE / f"{page}.html").exists())]


def sample(pages):
    """Mark all but the first two as slow."""
    cases = [page if isinstance(page, tuple) else (page,) for page in pages]
    slow = pytest.mark.slow
    return [pytest.param(*case, marks=slow if k > 1 else ()) for k, case in enumerate(cases)]


# axe


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", [p for p in EVERY if p not in PAGES])
def test_the_other_pages_too(page, scheme, browser, address):
    check_axe(page, scheme, [1280 if scheme == "light" else 390], browser, address)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", EVERY)
def test_axe_at_every_width(page, scheme, browser, address):
    check_axe(page, scheme, WIDTHS, browser, address)


def check_axe(page, scheme, widths, browser, address):
    tab, _ = open_tab(browser, address, scheme)
    load(tab, f"{address}/{page}.html")
    found = []
    for width in widths:
        resize(tab, width)
        found += [f"{width} px: {violation}" for violation in axe_violations(tab)]
        if tab.evaluate("() => { scrollTo(9999, 0); return scrollX; }"):
            found.append(f"{width} px: the page scrolls sideways")
    tab.context.close()
    expect_none(found, "axe")


# The keyboard

# What a user should be able to reach, in the order of the page, each with a number.
REACHABLE = """() => {
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const shown = (node) => node.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && node.getClientRects().length && !node.closest("[inert], dialog:not([open])");
  const found = [...document.querySelectorAll(wanted)]
    .filter((node) => node.tabIndex >= 0 && !node.disabled && shown(node));
  found.forEach((node, k) => { node.dataset.stop = k; });
  const look = (node) => {
    const style = getComputedStyle(node);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
      style.backgroundColor, style.color, style.textDecoration, style.borderColor].join();
  };
  const before = found.map(look);
  window.stop = () => {
    const node = document.activeElement;
    const k = Number(node.dataset.stop ?? -1);
    const {top, right, bottom, left} = node.getBoundingClientRect();
    const inside = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    const marked = k < 0 || look(node) !== before[k];
    return node === document.body ? null : [k, marked, inside, node.outerHTML.slice(0, 90)];
  };
  return found.map((node) => [node.type === "radio" ? node.name : "", node.outerHTML.slice(0, 90)]);
}"""


# A chapter and the cover always, the rest in `make test-all`.
STOPS = [(CHAPTERS[0], 1280), (TOC["root"], 390), (CHAPTERS[0], 390), (TOC["root"], 1280)]
STOPS += [(page, width) for page in CHAPTERS[1:] for width in (1280, 390)]


@pytest.mark.parametrize(("page", "width"), sample(STOPS))
def test_the_keyboard_reaches_everything(page, width, browser, address):
    # Without transitions, so that the mark of the focus is there at once.
    viewport = {"width": width, "height": 900}
    tab, _ = open_tab(browser, address, viewport=viewport, reduced_motion="reduce")
    load(tab, f"{address}/{page}.html")
    tab.evaluate("() => document.querySelectorAll('article details').forEach((d) => d.open = true)")
    stops = tab.evaluate(REACHABLE)
    assert len(stops) > 20
    seen = []
    # Boxes that scroll are stops too, so there are some more than were counted.
    while len(seen) < 2 * len(stops) + 20:
        tab.keyboard.press("Tab")
        if (stop := tab.evaluate("() => window.stop()")) is None:
            break
        seen.append(stop)
    else:
        pytest.fail("Tab does not leave the page: the focus is trapped")
    tab.context.close()
    reached = {k for k, *_ in seen}
    missed = [(name, html) for k, (name, html) in enumerate(stops) if k not in reached]
    # Of radio buttons with one name, Tab reaches one, and the arrows reach the others.
    groups = {stops[k][0] for k in reached if k >= 0} - {""}
    expect_none([html for name, html in missed if name not in groups], "not reached by Tab")
    expect_none([html for _, marked, _, html in seen if not marked], "the focus cannot be seen")
    expect_none([html for _, _, inside, html in seen if not inside], "the focus is off the screen")


def test_the_first_stop_skips_to_the_text(browser, address):
    tab, _ = open_tab(browser, address)
    load(tab, f"{address}/{CHAPTERS[0]}.html")
    tab.keyboard.press("Tab")
    assert "main" in tab.evaluate("() => document.activeElement.textContent").lower()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("() => Boolean(document.activeElement.closest('main'))")
    tab.context.close()


# Motion

MOVING = """() => {
  const seconds = (text) => Math.max(...text.split(",").map((part) => parseFloat(part)));
  const parts = [undefined, "::before", "::after"];
  const found = [...document.querySelectorAll("*")].filter((node) => parts.some((part) => {
    const style = getComputedStyle(node, part);
    return seconds(style.transitionDuration) > 0.001
      || (style.animationName !== "none" && seconds(style.animationDuration) > 0.001);
  })).map((node) => node.outerHTML.slice(0, 80));
  const scrolls = [...document.querySelectorAll("*")]
    .filter((node) => getComputedStyle(node).scrollBehavior === "smooth").map((n) => n.tagName);
  return [found, scrolls, document.getAnimations().length];
}"""


@pytest.mark.parametrize("page", sample([CHAPTERS[6], TOC["root"], *PAGES[1:]]))
def test_nothing_moves_for_who_asks_for_reduced_motion(page, browser, address):
    tab, _ = open_tab(browser, address, reduced_motion="reduce")
    load(tab, f"{address}/{page}.html")
    moving, smooth, running = tab.evaluate(MOVING)
    tab.context.close()
    expect_none(moving, "transitions or animations")
    assert smooth == []
    assert running == 0


# Text in figures

# Leave only the figures, with the SVG of <img> in the page itself and with its style.
ONLY_FIGURES = """async () => {
  const article = document.querySelector("article");
  const figures = [];
  for (const picture of article.querySelectorAll("img, svg[role=img]")) {
    let svg = picture;
    if (picture.tagName === "IMG") {
      if (!picture.src.split("?")[0].endsWith(".svg") || !picture.checkVisibility()) continue;
      const text = await (await fetch(picture.src)).text();
      svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    } else if (!picture.checkVisibility()) continue;
    const figure = document.createElement("figure");
    figure.className = "explorable";
    figure.append(document.adoptNode(svg));
    figure.dataset.name = picture.getAttribute("alt") || picture.getAttribute("aria-label");
    figures.push(figure);
  }
  article.replaceChildren(...figures);
  return figures.length;
}"""

# Hide every text, and return [figure, text, left, top, width, height] of each.
HIDE_TEXTS = """() => [...document.querySelectorAll("article svg text")].map((text) => {
  const box = text.getBoundingClientRect();
  text.style.visibility = "hidden";
  return [text.closest("figure").dataset.name, text.textContent.trim(),
    box.left + scrollX, box.top + scrollY, box.width, box.height];
}).filter(([, text, , , width]) => text && width)"""

# Show in the place of every text a box of its colour, as the theme shows it.
BOXES = """() => document.querySelectorAll("article svg text").forEach((text) => {
  const box = text.getBBox();
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const colored = text.querySelector("tspan") ?? text;
  const style = getComputedStyle(colored);
  for (const name of ["x", "y", "width", "height"]) rect.setAttribute(name, box[name]);
  rect.style.fill = style.fill;
  rect.style.opacity = getComputedStyle(text).opacity;
  rect.setAttribute("transform", text.getAttribute("transform") ?? "");
  text.after(rect);
})"""


def screenshot(tab):
    return np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))


def luminance(colors):
    """Return the relative luminance of colours from 0 to 255, (..., 3), as WCAG 2.1 defines it."""
    c = np.asarray(colors) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    bright, dark = np.maximum(luminance(a), luminance(b)), np.minimum(luminance(a), luminance(b))
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_by_hand():
    assert contrast([255, 255, 255], [0, 0, 0]) == pytest.approx(21)
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast([119, 119, 119], [255, 255, 255]) == pytest.approx(4.48, abs=0.01)


def show_figures(page, scheme, browser, address):
    """Return a tab that shows the figures of a page alone, its style sheets in force."""
    tab, _ = open_tab(browser, address, scheme)
    load(tab, f"{address}/{page}.html")
    assert tab.evaluate(ONLY_FIGURES) > 0
    # A screen as high as the page: a screenshot must not move what was measured.
    height = tab.evaluate("() => document.documentElement.scrollHeight")
    tab.set_viewport_size({"width": 1280, "height": height})
    tab.wait_for_timeout(600)
    return tab


def pale_texts(tab):
    """Return the number of texts, and those that stand out too little from what is behind them."""
    texts = tab.evaluate(HIDE_TEXTS)
    ground = screenshot(tab)
    tab.evaluate(BOXES)
    shown = screenshot(tab)
    pale = []
    for figure, text, left, top, width, height in texts:
        rows = slice(int(top), int(np.ceil(top + height)))
        columns = slice(int(left), int(np.ceil(left + width)))
        color = shown[int(top + height / 2), int(left + width / 2)]
        behind = ground[rows, columns].reshape(-1, 3)
        # Lines may pass behind a text. What counts is the ground of nine tenths of it.
        worst = np.quantile(contrast(behind, color), 0.1)
        if worst < CONTRAST:
            pale.append(f"{worst:.1f}: {text!r} in {figure[:60]!r}, colour {color}")
    return len(texts), pale


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", sample([CHAPTERS[1], CHAPTERS[6], *DRAWN]))
def test_text_in_figures_has_contrast(page, scheme, browser, address, record_property):
    tab = show_figures(page, scheme, browser, address)
    count, pale = pale_texts(tab)
    tab.context.close()
    assert count > 3
    record_property(f"texts in figures, {scheme}", count)
    expect_none(pale, "contrast below 4.5")


# The height of every text in a figure, without its superscripts, in pixels of the screen.
HEIGHTS = """async () => {
  const found = [];
  for (const picture of document.querySelectorAll("article figure img, article figure svg")) {
    let svg = picture;
    if (picture.tagName === "IMG") {
      const text = await (await fetch(picture.src)).text();
      svg = document.body.appendChild(document.adoptNode(
        new DOMParser().parseFromString(text, "image/svg+xml").documentElement));
    }
    const scale = picture.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    for (const text of svg.querySelectorAll("text")) {
      const sizes = [text, ...text.querySelectorAll("tspan")]
        .filter((node) => node.textContent.trim())
        .map((node) => parseFloat(getComputedStyle(node).fontSize));
      if (sizes.length) found.push([scale * Math.max(...sizes), text.textContent.trim(),
        picture.alt ?? picture.ariaLabel]);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("page", sample([CHAPTERS[13], CHAPTERS[6], *DRAWN]))
def test_text_in_figures_is_large_enough_on_a_phone(page, browser, address):
    tab, _ = open_tab(browser, address, viewport={"width": 390, "height": 844})
    load(tab, f"{address}/{page}.html")
    heights = tab.evaluate(HEIGHTS)
    tab.context.close()
    assert len(heights) > 3 or page not in CHAPTERS
    expect_none([found for found in heights if found[0] < 9], "text below 9 pixels")


def test_a_wide_figure_scrolls_in_its_box_by_keyboard(browser, address):
    tab, _ = open_tab(browser, address, viewport={"width": 390, "height": 844})
    load(tab, f"{address}/{CHAPTERS[13]}.html")
    wide = tab.locator("article figure:has(img.wide)")
    assert wide.count() == tab.locator("article figure[tabindex='0']").count() > 0
    wide.first.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("() => document.activeElement.scrollLeft > 0")
    assert tab.evaluate("() => { scrollTo(9999, 0); return scrollX; }") == 0
    tab.set_viewport_size({"width": 1280, "height": 844})
    tab.wait_for_function("() => !document.querySelector('article figure[tabindex]')")
    tab.context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_pale_text_is_found(scheme, browser, address):
    tab = show_figures(CHAPTERS[1], scheme, browser, address)
    tab.evaluate("() => { document.querySelector('article svg text').style.fill = '#aaa'; }")
    _, pale = pale_texts(tab)
    tab.context.close()
    assert len(pale) == 1


# Alt texts


def test_no_two_pictures_of_the_book_have_the_same_alt_text():
    alts = Counter()
    for page in PAGES:
        article = parse(SITE / f"{page}.html").find("article")
        for picture in article.select("img[alt], svg[role=img][aria-label]"):
            alts[picture.get("alt") or picture["aria-label"]] += 1
    assert len(alts) > 3 * len(CHAPTERS)
    expect_none([alt for alt, count in alts.items() if count > 1], "alt texts of two pictures")
    assert not [alt for alt in alts if len(alt) < 20 or re.match(r"\S*[/.](svg|png|webp)$", alt)]
