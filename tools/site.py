"""The book's Sphinx extension: what neither _config.yml nor the theme can do."""

import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import copy, copytree

ROOT = Path(__file__).resolve().parents[1]

# What a page can load: one script, its fonts, and the TeX packages fetched when a macro needs them.
MATHJAX = ["tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions"]


def setup(app):
    sys.path.insert(0, str(ROOT / "book"))  # where the API page finds rnnlib
    app.connect("html-page-context", name_citations)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def name_citations(app, pagename, templatename, context, doctree):
    """Give citations the role that a list asks of its children; docutils uses a retired one."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def copy_mathjax(app, exception):
    if exception or app.builder.format != "html":
        return
    source = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in MATHJAX:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            copy(source / name, target / name)
