"""Search engines and readers find every page: sitemap, descriptions, citations."""

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from pages import PAGES, REPOSITORY, ROOT, SITE, parse

from tools import sitemap

pytestmark = pytest.mark.site


def description(page):
    (tag,) = parse(SITE / f"{page}.html").select('meta[name="description"]')
    return tag["content"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_a_description(page):
    assert 50 <= len(description(page)) <= 160, description(page)
    assert not re.search(r"\\\(|\$|\{\w+\}|`", description(page)), "markup in the description"


def test_no_two_pages_have_the_same_description_or_title():
    for texts in (
        [description(page) for page in PAGES],
        [parse(SITE / f"{page}.html").title.get_text() for page in PAGES],
    ):
        assert len(set(texts)) == len(texts)


def test_the_sitemap_lists_every_page_once():
    root = ElementTree.parse(SITE / "sitemap.xml").getroot()
    addresses = [element.text for element in root.iter(f"{{{sitemap.NAMESPACE}}}loc")]
    owner, name = urlsplit(REPOSITORY["url"]).path.strip("/").split("/")
    base = f"https://{owner}.github.io/{name}/"
    assert sorted(addresses) == sorted(f"{base}{page}.html" for page in PAGES)
    for page in PAGES:
        (canonical,) = parse(SITE / f"{page}.html").select("link[rel=canonical]")
        assert canonical["href"] in addresses


def test_every_paper_that_is_cited_stands_on_the_page_of_references():
    """And every citation in a chapter leads to its entry there."""
    entries = parse(SITE / "book/references.html").select("article .citation[id]")
    known = re.findall(r"(?m)^@\w+\{([^,]+),", (ROOT / "book" / "references.bib").read_text())
    assert len(entries) > 20
    assert len(entries) <= len(known)
    ids = {entry["id"] for entry in entries}
    cited = {
        urlsplit(link["href"]).fragment
        for page in PAGES
        for link in parse(SITE / f"{page}.html").select('article a[href*="references.html#"]')
    }
    assert cited <= ids
    assert len(cited) > 20
