"""The book's Sphinx extension: what neither _config.yml nor the theme can do."""

import re
import subprocess
import sys
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from shutil import copy, copytree
from urllib.parse import quote, urlsplit

import yaml
from docutils import nodes

from tools import course_map, light, teaching

ROOT = Path(__file__).resolve().parents[1]

# What a page can load: the parts of MathJax, its fonts, and the TeX packages that a macro asks for.
MATHJAX = [
    *["startup.js", "core.js", "input/tex.js", "output/chtml.js", "output/chtml/fonts"],
    *["a11y/assistive-mml.js", "input/tex/extensions"],
]

# A formula inside a line, with what stands before or after it.
FORMULA = r'[(“]?<span class="math notranslate nohighlight">[^<]*</span>[,.;:?!)”]+'

FIGURE_WIDTH = 432  # in points: 6 inches, as in book/matplotlibrc


def setup(app):
    sys.path.insert(0, str(ROOT / "book"))  # where the API page finds rnnlib
    mathematics = (ROOT / "tools" / "mathematics.js").read_text(encoding="utf-8")
    app.add_js_file(None, body=mathematics, priority=600)  # after MathJax's options
    course_map.setup(app)
    app.connect("config-inited", set_address)
    app.connect("doctree-read", keep_sentences, priority=900)  # when all words are there
    app.connect("doctree-read", mark_wide_figures)
    app.connect("html-page-context", name_citations)
    app.connect("html-page-context", hold_punctuation)
    app.connect("html-page-context", inform, priority=900)  # when the descriptions are there
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", lighten, priority=900)  # when all pages are written
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@lru_cache
def repository():
    """Return (address, tag) of the repository, as _config.yml has them."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    return settings["url"], settings["branch"]


def published(address):
    """Return where GitHub Pages shows the site of a repository."""
    owner, name = urlsplit(address).path.strip("/").split("/")
    return f"https://{owner}.github.io/{name}/"


def set_address(app, config):
    """Derive from the address of the repository all that depends on it."""
    address, tag = repository()
    config.html_baseurl = config.ogp_site_url = published(address)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = " and ".join(author["name"] for author in citation["authors"])
    year, version = config.copyright, tag.removeprefix("v")
    title, place = citation["title"], config.html_baseurl
    fields = {"author": f"{{{authors}}}", "title": title, "year": year, "url": place}
    asked = quote("The teachers' part")
    fields["note"] = f"Version {version}"
    entry = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    config.myst_substitutions = {
        "report_link": f"[Report it]({address}/issues/new)",
        "citation": f"{authors} ({year}). {title} (version {version}). <{place}>",
        "citation_bibtex": f"```bibtex\n@misc{{gatebygate,\n{entry}\n}}\n```",
        "version_table": version_table(),
        "address": f"<{address}>",
        "tag": f"`{tag}`",
        "teachers_link": f"[Ask for the teachers' part]({address}/issues/new?title={asked})",
        "minutes_table": teaching.minutes_table(),
        "objectives": teaching.objectives(),
    }


def version_table():
    """Return the versions in requirements.txt that decide about numbers, as a Markdown table."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("#")[0].strip().split("==") for line in lines if "==" in line)
    python = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8")
    rows = [("Python", python.strip().removeprefix("python-"))]
    rows += [(name, pins[name]) for name in ("numpy", "matplotlib", "torch", "ipywidgets")]
    return "\n".join(["| package | version |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)])


def keep_sentences(app, doctree):
    """Let translators get sentences only: no formula, no word for the search."""
    if app.builder.name == "gettext":
        for node in doctree.findall(nodes.math_block):
            node["translatable"] = False
        for node in list(doctree.findall(nodes.meta)):
            if node.get("name") == "keywords":
                node.parent.remove(node)


def mark_wide_figures(app, doctree):
    """Give the drawings that are wider than the look of the book says a class of their own."""
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir) / image["uri"]
        if path.suffix == ".svg":
            width = re.search(r'<svg[^>]* width="([\d.]+)pt"', path.read_text(encoding="utf-8"))
            if width and float(width[1]) > FIGURE_WIDTH:
                image["classes"].append("wide")


def name_citations(app, pagename, templatename, context, doctree):
    """Give citations the role that a list asks of its children; docutils uses a retired one."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def hold_punctuation(app, pagename, templatename, context, doctree):
    """Let no line begin with the comma or the bracket after a formula."""
    if "body" in context:
        context["body"] = re.sub(FORMULA, r'<span class="held">\g<0></span>', context["body"])


def inform(app, pagename, templatename, context, doctree):
    """Give the page its version, its last change, a link to report an error, and a description."""
    address, tag = repository()
    place = app.env.doc2path(pagename, base=False) if doctree else None
    context["page_version"] = tag.removeprefix("v")
    context["page_changed"] = last_changes().get(place)
    title, body = f"Error on {pagename}, version {tag}", "Written:\n\nShould be, and why:\n"
    context["page_report"] = f"{address}/issues/new?title={quote(title)}&body={quote(body)}"
    context["page_versions"] = f"{published(address)}versions.html"
    tags = context.get("metatags", "")
    if 'name="description"' not in tags:
        about = f"{context.get('title', pagename)}: part of {app.config.html_title}"
        about = escape(f"{about}, an open course on recurrent networks.")
        context["metatags"] = f'{tags}\n<meta name="description" content="{about}">'


@lru_cache
def last_changes():
    """Return {file: day of the last commit that changed it}; {} where git knows no history."""
    shallow = git("rev-parse", "--is-shallow-repository")
    top = git("rev-parse", "--show-toplevel")
    if shallow.strip() != "false" or Path(top.strip()).resolve() != ROOT:
        return {}
    days = {}
    for line in git("log", "--format=%x00%cs", "--name-only", "--no-renames", "--", "book").split(
        "\n"
    ):
        if line.startswith("\0"):
            day = line[1:]
        elif line:
            days.setdefault(line, day)  # the newest commit comes first
    return days


def git(*arguments):
    """Return what git prints; nothing when it fails or is not installed."""
    try:
        result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return result.stdout if result.returncode == 0 else ""


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


def lighten(app, exception):
    """Leave out what no page uses; give the page 404 links that hold anywhere."""
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    searches = str(app.config.html_theme_options.get("search_as_you_type", False)).lower() == "true"
    light.lighten_site(site, light.read_icons(icon_script()), searches)
    lost = site / "404.html"
    if lost.is_file():
        base = urlsplit(app.config.html_baseurl).path
        lost.write_text(light.root(lost.read_text(encoding="utf-8"), base), encoding="utf-8")


@lru_cache
def icon_script():
    theme = Path(find_spec("pydata_sphinx_theme").origin).parent
    script = theme / "theme/pydata_sphinx_theme/static/scripts/fontawesome.js"
    return script.read_text(encoding="utf-8")
