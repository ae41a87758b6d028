"""The search of the site, in Chromium: the right page is among the first three results."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from pages import PAGES, ROOT, SITE, expect_none, load, open_tab, parse

from tools import search

QUERIES = tomllib.loads(Path(__file__).with_name("search_queries.toml").read_text(encoding="utf-8"))
# A query for a chapter that is not in the book yet waits for it.
QUERIES = {q: [f"book/{page}" for page in pages] for q, pages in QUERIES.items()}
ASKED = [query for query, pages in QUERIES.items() if set(pages) <= set(PAGES)]
GLOSSARY = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"(?m)^(?!```|#)(\S.*)\n  \(", GLOSSARY)
FIRST = 3

# What the page does with ?q=, without drawing: [page, anchor] of each result, the best first.
RESULTS = """(queries) => queries.map((query) =>
  Search._performSearch(...Search._parseQuery(query)).reverse()
    .map(([page, title, anchor]) => [page, anchor]))"""


@pytest.fixture(scope="session")
def results(browser, address):
    """Return {query: its results}, all from one tab."""
    tab, troubles = open_tab(browser, address)
    load(tab, f"{address}/search.html?q=forget+gate")
    links = tab.locator("ul.search li a")
    links.first.wait_for()
    queries = [*ASKED, *TERMS]
    found = dict(zip(queries, tab.evaluate(RESULTS, queries), strict=True))
    shown = [link.get_attribute("href") for link in links.all()[:FIRST]]
    assert shown == [f"{page}.html{anchor}" for page, anchor in found["forget gate"][:FIRST]]
    expect_none(troubles, "troubles")
    tab.context.close()
    return found


@pytest.mark.site
def test_there_are_enough_queries():
    assert len(QUERIES) >= 50
    assert len(TERMS) > 90
    assert len(TERMS) == len(parse(SITE / "book/glossary.html").select("dl.glossary > dt"))


@pytest.mark.site
def test_what_a_learner_types_leads_to_the_right_page(results, subtests):
    for query in ASKED:
        with subtests.test(query):
            first = [page for page, _ in results[query][:FIRST]]
            assert set(first) & set(QUERIES[query]), f"{query}: {results[query][:6]}"


@pytest.mark.site
def test_a_term_leads_to_its_definition(results, subtests):
    glossary = parse(SITE / "book/glossary.html")
    for term in TERMS:
        with subtests.test(term):
            anchors = [at for page, at in results[term][:FIRST] if page == "book/glossary" and at]
            assert anchors, f"{term}: {results[term][:6]}"
            entry = glossary.find(id=anchors[0].removeprefix("#"))
            assert entry.get_text().strip(" #\n").lower() == term.lower()


@pytest.mark.site
def test_a_result_shows_what_a_term_means(browser, address):
    tab, troubles = open_tab(browser, address)
    load(tab, f"{address}/search.html?q=perplexity")
    summary = tab.locator("ul.search li").first.locator(".context")
    summary.filter(has_text="perplexity: ").wait_for()
    assert "equally likely" in summary.inner_text()
    expect_none(troubles, "troubles")
    tab.context.close()


@pytest.mark.site
def test_a_result_whose_page_cannot_be_read_is_listed_without_an_error(browser, address):
    tab, troubles = open_tab(browser, address)
    tab.route("**/book/*.html", lambda route: route.fulfill(body="half a pa"))
    load(tab, f"{address}/search.html?q=gate")
    tab.locator("ul.search li .context").first.wait_for(state="attached")
    expect_none([text for text in troubles if "script error" in text], "errors")
    tab.context.close()


SPELLED = "optimizer optimised initialization initializations size prizes seizes license colors"


@pytest.mark.site
def test_the_browser_and_the_index_agree_on_words(browser, address):
    """Stems are made in Python for the index, and in the browser for what is typed."""
    words = sorted({*SPELLED.split(), *re.findall("[a-z]{3,}", GLOSSARY.lower())})
    tab, troubles = open_tab(browser, address)
    load(tab, f"{address}/search.html")
    stems = tab.evaluate("(words) => words.map((word) => new Stemmer().stemWord(word))", words)
    language = search.English({})
    differ = [(w, s) for w, s in zip(words, stems, strict=True) if s != language.stem(w)]
    expect_none(differ, "stems that differ")
    assert sorted(language.stopwords) == sorted(tab.evaluate("() => stopwords"))
    expect_none(troubles, "troubles")
    tab.context.close()


@pytest.mark.parametrize(
    ("american", "british"),
    [
        ("optimizer", "optimiser"),
        ("initialization", "initialisation"),
        ("license", "licence"),
        ("size", "size"),
        ("prizes", "prizes"),
        ("horizon", "horizon"),
        ("gate", "gate"),
    ],
)
def test_both_spellings_are_one_word(american, british):
    assert search.british(american) == british
    assert search.English({}).stem(american) == search.English({}).stem(british)


def test_weights_grow_with_use_and_fall_with_spread():
    pages = {"a": Counter(rare=9, common=9), "b": Counter(rare=3, common=9), "c": Counter(common=9)}
    weights = search.weigh(pages)
    assert weights["rare"]["a"] > weights["rare"]["b"] > 0
    assert weights["rare"]["a"] > weights["common"]["a"] > 0


def test_names_count_as_their_parts_and_neighbours_as_pairs():
    counts = Counter(search.stems("The forget gate of numerical_gradient"))
    assert counts["forget gate"] == counts["numer"] == counts["gradient"] == 1
    assert "the" not in counts
