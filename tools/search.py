"""The search of the site: adds to Sphinx's index how often each word stands on each page.

Sphinx notes in which pages a word stands, not how often, and orders equal pages by the alphabet.
Here every word, and every pair of neighbours, gets a weight for every page (BM25; headings count
more), and `search_order.js`, which runs on the search page, adds up the weights of what was typed.
"""

import re
import tomllib
from collections import Counter
from functools import cache
from itertools import pairwise
from math import log
from pathlib import Path

from docutils import nodes
from sphinx.search import js_index
from sphinx.search.en import SearchEnglish, js_porter_stemmer

SATURATION, LENGTH = 6, 0.5  # of BM25
HEADING, TITLE, KEYWORD = 4, 12, 12  # a word there counts as so many in the text

ABOUT = tomllib.loads(Path(__file__).with_name("about.toml").read_text(encoding="utf-8"))

# The book writes British English, and a learner may not.
AMERICAN = {"color": "colour", "behavior": "behaviour", "license": "licence"}
ASKING = "can do does how i my should vs what when where which who why you"


class English(SearchEnglish):
    """English in both spellings; words that only ask are not looked for."""

    stopwords = SearchEnglish.stopwords | set(ASKING.split())
    js_stemmer_code = js_porter_stemmer + (
        Path(__file__).with_name("search_spelling.js").read_text(encoding="utf-8")
    )

    def stem(self, word):
        return super().stem(british(word))


ENGLISH = English({})


@cache
def stem_of(word):
    return ENGLISH.stem(word)


def british(word):
    """Return the British spelling, `optimiser` for `optimizer`, as search_spelling.js does."""
    word = AMERICAN.get(word, word)
    head, _, tail = word.rpartition("iz")
    endings = ("e", "ed", "er", "ers", "es", "ing", "ation", "ations")
    return f"{head}is{tail}" if len(head) > 3 and tail in endings else word


def setup(app):
    app.add_search_language(English)
    app.config.html_search_scorer = str(Path(__file__).with_name("search_order.js"))
    app.connect("doctree-read", describe)
    app.connect("doctree-resolved", count_page)
    app.connect("build-finished", add_weights)
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def describe(app, doctree):
    """Give a page what about.toml says of it, as meta tags. Sphinx indexes the keywords."""
    about = ABOUT.get(app.env.docname, {})
    if words := about.get("words"):
        doctree.append(nodes.meta(name="keywords", content=", ".join(words)))
    if description := about.get("description"):
        doctree.append(nodes.meta(name="description", content=description))
        app.env.metadata[app.env.docname]["og:description"] = description


def count_page(app, doctree, docname):
    """Count the words of a page that is written: with its citations, which are read late."""
    app.word_counts = getattr(app, "word_counts", {}) | {docname: count_words(doctree)}


def add_weights(app, exception):
    """Add {word: {page: weight}} to the index that the search page loads."""
    if exception or app.builder.format != "html":
        return
    counted = getattr(app, "word_counts", {})
    pages = {
        name: counted.get(name) or count_words(app.env.get_doctree(name))
        for name in sorted(app.env.found_docs)
    }
    path = Path(app.outdir) / "searchindex.js"
    index = js_index.loads(path.read_text(encoding="utf-8")) | {"weights": weigh(pages)}
    path.write_text(js_index.dumps(index), encoding="utf-8")


def count_words(doctree):
    """Return how often each stem, and each pair of neighbours, stands on a page."""
    counts = Counter()
    for text in doctree.findall(nodes.Text):
        if times := importance(text):
            for word in stems(text.astext()):
                counts[word] += times
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "keywords":
            for word in stems(meta["content"]):
                counts[word] += KEYWORD
    return counts


def stems(text):
    """Return the stems of a text, the parts of its names (`h_n`: h, n) and its neighbours."""
    words = re.findall(r"\w+", text.lower())
    whole = [stem for word in words if ENGLISH.word_filter(stem := stem_of(word))]
    named = [stem_of(part) for word in words if "_" in word for part in word.split("_")]
    return whole + named + [f"{a} {b}" for a, b in pairwise(whole)]


def importance(text):
    """Say how much a word counts there: not at all in raw HTML and comments."""
    parents = list(ancestors(text))
    if any(isinstance(node, (nodes.raw, nodes.comment)) for node in parents):
        return 0
    if not any(isinstance(node, nodes.title) for node in parents):
        return 1
    return TITLE if sum(isinstance(node, nodes.section) for node in parents) == 1 else HEADING


def ancestors(node):
    while node.parent is not None:
        node = node.parent
        yield node


def weigh(pages):
    """Return {word: {page: weight}} by BM25, without what a page only mentions."""
    mean = sum(counts.total() for counts in pages.values()) / len(pages)
    spread = Counter(word for counts in pages.values() for word in counts)
    weights = {}
    for name, counts in pages.items():
        size = SATURATION * (1 - LENGTH + LENGTH * counts.total() / mean)
        for word, n in counts.items():
            if n > 1 + (" " in word) or (spread[word] == 1 and " " not in word):
                weight = 10 * log(1 + len(pages) / spread[word]) * n / (n + size)
                weights.setdefault(word, {})[name] = round(weight, 1)
    return weights
