"""Glossary terms: on the page of a chapter each is linked where it first occurs."""

import re
from urllib.parse import urlsplit

import pytest
from bs4 import NavigableString
from pages import CHAPTERS, SITE, parse

from tools import terms

NO_PROSE = "a, code, pre, h1, h2, h3, h4, figcaption, .math, .admonition-title, .cell_output, .quiz"


def found(text):
    return [(term, match[0]) for term, match in terms.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A gate opens.", [("gate", "gate")]),
        ("Gates open.", [("gate", "Gates")]),
        ("The forget gate opens.", [("forget gate", "forget gate")]),
        ("gated, gate-like, a delegate, investigate", []),
        ("Losses and biases", [("loss", "Losses"), ("bias", "biases")]),
        ("a long-term dependency", [("long-term dependency", "long-term dependency")]),
        ("long-term dependencies", [("long-term dependency", "long-term dependencies")]),
        ("two LSTMs, one Lstm, xLSTM", [("LSTM", "LSTMs")]),
        ("Adam, not adam", [("Adam", "Adam")]),
        ("n-grams and the gate's edge", [("n-gram", "n-grams"), ("gate", "gate")]),
        ("backpropagation through time", [("backpropagation through time",) * 2]),
        ("time, again", []),
    ],
)
def test_an_occurrence_of_a_term(text, expected):
    assert found(text) == expected


def test_every_term_is_found_in_each_of_its_forms():
    assert len(terms.terms()) > 90
    for term in terms.terms():
        for form in (term, term[0].upper() + term[1:], f"{term}s"):
            assert term in [name for name, _ in found(f"The {form}, here")] or form.endswith("ys")


def test_everyday_words_are_terms():
    assert set(terms.terms()) >= terms.EVERYDAY


BY_ANCHOR = {re.sub(r"[^\w]+", "-", term).lower(): term for term in terms.terms()}


def uses(page):
    """Yield, in the order of the page, (term, whether it is linked) for the prose of a chapter."""
    article = parse(SITE / f"{page}.html").find("article")
    no_prose = {id(tag) for tag in article.select(NO_PROSE)}
    for node in article.descendants:
        if isinstance(node, NavigableString):
            parents = list(node.parents)
            prose = any(tag.name == "p" for tag in parents)
            if prose and not any(id(tag) in no_prose for tag in parents):
                yield from ((term, False) for term, _ in terms.find(str(node)))
        elif node.name == "a" and "glossary.html#term-" in node.get("href", ""):
            yield BY_ANCHOR[urlsplit(node["href"]).fragment.removeprefix("term-").lower()], True


@pytest.mark.site
@pytest.mark.parametrize("page", CHAPTERS)
def test_a_term_is_linked_where_it_first_occurs(page):
    first = {}
    for term, linked in uses(page):
        first.setdefault(term, linked)
    assert sum(first.values()) >= 10, "a chapter uses the words of the glossary"
    late = [term for term, linked in first.items() if not linked and term not in terms.EVERYDAY]
    assert late == [], "not linked where they first occur"


@pytest.mark.site
def test_the_index_lists_every_term_with_the_chapters_that_use_it():
    index = parse(SITE / "genindex.html")
    links = {urlsplit(link["href"]).path for link in index.select("article a[href]")}
    assert links >= {f"{page}.html" for page in CHAPTERS}
    definitions = {urlsplit(a["href"]).fragment for a in index.select("article a[href*=glossary]")}
    defined = {dt["id"] for dt in parse(SITE / "book/glossary.html").select("dl.glossary dt")}
    assert definitions == defined
    assert len(defined) == len(terms.terms())
