"""Glossary terms in the chapters: each is linked where it first occurs, and listed in the index.

It is done while the book is built, so that a notebook keeps plain text and no link is forgotten.
An occurrence is a whole word of prose, in singular or plural: in a paragraph, a list or a table,
not in a heading, a caption, code, mathematics or a link. "forget gate" is no occurrence of "gate".
"""

import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = ROOT / "book" / "glossary.md"

CHAPTER = r"book/\d\d_"
NO_PROSE = (
    *(nodes.title, nodes.caption, nodes.reference, nodes.literal, nodes.raw, nodes.math),
    *(addnodes.pending_xref, nodes.citation_reference),
)

# Words of everyday English: they are linked only where an author says that the term is meant.
EVERYDAY = {"context", "key", "query", "scan", "value"}


def setup(app):
    app.add_transform(LinkTerms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@cache
def terms():
    """Return the terms of the glossary."""
    return re.findall(r"(?m)^(?!```|#)(\S.*)\n  \(", GLOSSARY.read_text(encoding="utf-8"))


@cache
def pattern():
    """Return the regular expression of all terms, a group for each, the longest first."""
    longest = sorted(terms(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(f'({form(term)})' for term in longest)})(?![\w-])")


def form(term):
    """Return a term in its forms: capital or small, one or more. A name keeps its capital."""
    first, rest = term[0], re.escape(term[1:])
    if first.isupper():
        return f"{first}{rest}s?"
    stem, ending = (rest[:-1], "(?:y|ies)") if rest.endswith("y") else (rest, "(?:s|es)?")
    return f"[{first}{first.upper()}]{stem}{ending}"


def find(text):
    """Yield (term, match) for all terms in a text."""
    longest = sorted(terms(), key=len, reverse=True)
    for match in pattern().finditer(text):
        yield longest[match.lastindex - 1], match


class LinkTerms(SphinxTransform):
    """Link each term of the glossary where it first occurs in a chapter."""

    default_priority = 840  # before Sphinx collects the entries of the index

    def apply(self, **kwargs):
        if not re.match(CHAPTER, self.env.docname) or self.app.builder.name == "gettext":
            return
        self.env.note_dependency(str(GLOSSARY))
        linked = set()
        for node in list(self.document.findall(is_text_or_term)):
            if isinstance(node, nodes.Text):
                link(node, linked)
            elif (term := by_name(node["reftarget"])) and term not in linked:
                linked.add(term)
                node.parent.insert(node.parent.index(node), index_entry(term, node))


def is_text_or_term(node):
    if isinstance(node, nodes.Text):
        parents = list(ancestors(node))
        prose = any(isinstance(parent, nodes.paragraph) for parent in parents)
        return prose and not any(isinstance(parent, NO_PROSE) for parent in parents)
    return isinstance(node, addnodes.pending_xref) and node["reftype"] == "term"


def ancestors(node):
    while node.parent is not None:
        node = node.parent
        yield node


def by_name(name):
    """Return the term that an author's own {term} link names; None when the glossary lacks it."""
    return {term.lower(): term for term in terms()}.get(" ".join(name.lower().split()))


def link(text, linked):
    """Replace the first occurrences in a piece of text by links, and note them in `linked`."""
    pieces, start, written = [], 0, text.astext()
    for term, match in find(written):
        if term not in linked | EVERYDAY:
            linked.add(term)
            pieces += [nodes.Text(written[start : match.start()]), index_entry(term, text)]
            pieces.append(reference(term, match[0]))
            start = match.end()
    if pieces:
        text.parent.replace(text, [*pieces, nodes.Text(written[start:])])


def index_entry(term, node):
    """Return an entry of the index that leads to the paragraph of a node."""
    paragraph = next((p for p in ancestors(node) if isinstance(p, nodes.paragraph)), node.parent)
    if not paragraph["ids"]:
        paragraph["ids"] = [f"use-{nodes.make_id(term)}"]
    return addnodes.index(entries=[("single", term, paragraph["ids"][0], "", None)])


def reference(term, words):
    text = nodes.inline(words, words, classes=["xref", "std", "std-term"])
    where = {"refdomain": "std", "reftype": "term", "reftarget": term, "refexplicit": True}
    return addnodes.pending_xref("", text, refwarn=True, **where)
