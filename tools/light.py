"""Make the built pages light: leave out what the theme loads and no page uses.

The theme sends 1.5 MB of script that draws some twenty icons, the index of the search to pages that
do not search, and its scripts before the text. Here the icons become drawings in the page, and
scripts wait until the text is there. Each step may run twice: a page that is light stays as it is.
"""

import re
from functools import lru_cache

# Files that no page asks for any more: left in the site they would only fill the zip.
DEAD = [
    *["scripts/fontawesome.js", "scripts/*.map", "scripts/*.LICENSE.txt", "styles/*.map"],
    *["vendor/fontawesome/**/*", "webpack-macros.html", "sbt-webpack-macros.html", "locales/**/*"],
]

ICON = re.compile(r'<(i|span) class="([^"]*\bfa-([a-z-]+)[^"]*)"([^>]*)>\s*</\1>')
STYLES = {"solid", "regular", "brands", "lg"}  # classes that begin with fa- and name no icon
DRAWING = (
    '<svg class="{classes} icon"{rest} height="1em" aria-hidden="true" focusable="false" '
    'viewBox="0 0 {width} {height}"><path fill="currentColor" d="{path}"/></svg>'
)

# What a page with mathematics loads, beside fonts.
MATHEMATICS = [
    *["startup.js", "core.js", "input/tex.js", "output/chtml.js", "output/chtml/fonts/tex.js"],
    "a11y/assistive-mml.js",
]

# Scripts that the search page needs, and with `search_as_you_type` every page.
SEARCH = r"(?:_static/searchtools|_static/language_data|searchindex)\.js"


def lighten(page, icons, options, searches):
    """Return the text of a page without what it does not use.

    `icons` holds the theme's icons, see `read_icons`; `options` is the text of Sphinx's script with
    its few options, which the page then holds itself; `searches` says whether the page searches.
    """
    page = ICON.sub(lambda found: draw(found, icons), page)
    page = drop(page, r"<script\b[^>]*fontawesome\.js[^>]*></script>")
    page = drop(page, r'<link rel="preload"[^>]*>')  # at once, though needed last
    if not searches:
        page = drop(page, rf'<script src="[^"]*{SEARCH}[^"]*"></script>')
    if 'class="sd-' not in page:  # no card, grid or tab of sphinx-design
        page = drop(page, r"<link\b[^>]*sphinx-design[^>]*>")
        page = drop(page, r"<script\b[^>]*design-tabs\.js[^>]*></script>")
    if not re.search(r'class="[^"]*\bmath\b', page):
        page = drop(page, r"(?s)<script>window\.MathJax = .*?</script>")
        page = drop(page, r"(?s)<script>// Set the mathematics.*?</script>")
        page = drop(page, r"<script\b[^>]*mathjax/[^>]*></script>")
        page = fetch_mathematics_ahead(page)
    held = f"<script>{options}</script>"
    page = re.sub(r"<script\b[^>]*documentation_options\.js[^>]*></script>", lambda _: held, page)
    return re.sub(r"<script (?=[^>]*\bsrc=)(?![^>]*\b(?:defer|async)\b)", "<script defer ", page)


def drop(page, pattern):
    return re.sub(pattern + r"\n?", "", page)


def fetch_mathematics_ahead(page):
    """Return a page that asks for MathJax when the browser is idle: the next one may need it."""
    root = re.search(r'data-content_root="([^"]*)"', page)
    if not root:  # index.html, which only leads to the cover
        return page
    folder = f"{root[1]}_static/mathjax/"
    links = "".join(f'<link rel="prefetch" href="{folder}{part}"/>\n' for part in MATHEMATICS)
    return page if links in page else page.replace("</head>", f"{links}</head>", 1)


def draw(found, icons):
    """Return the drawing for an icon's empty element, with the same classes."""
    _, classes, _, rest = found.groups()
    (name,) = (n for n in re.findall(r"\bfa-([a-z-]+)", classes) if n not in STYLES)
    width, height, path = icons[name]
    rest = re.sub(r' title="[^"]*"', "", rest)
    return DRAWING.format(classes=classes, rest=rest, width=width, height=height, path=path)


@lru_cache
def read_icons(script):
    """Return {name: (width, height, path)} from Font Awesome's script.

    A name that is there twice means the solid icon, which comes last.
    """
    shape = r'(?:"([a-z-]+)"|\b([a-z]+)):\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]'
    return {
        quoted or bare: (width, height, path)
        for quoted, bare, width, height, path in re.findall(shape, script)
    }


def lighten_style(style):
    """Return a style sheet without the icon font, its two thousand names, and what is set in it."""
    names = r"(?:\.fa[a-z]?(?:-[\w\\-]+)?(?::{1,2}before|:after)?,?)+"
    style = re.sub(rf"(?<=[}}]){names}\{{[^{{}}]*\}}", "", style)
    style = re.sub(r"@font-face\{[^{}]*Font Awesome[^{}]*\}", "", style)
    set_in_it = r"font:var\(--fa-font|content:var\(--pst-icon|font-family:Font Awesome"
    return re.sub(rf"(?<=\}})[^{{}}@]+\{{[^{{}}]*(?:{set_in_it})[^{{}}]*\}}", "", style)


def lighten_site(site, icons, searches_everywhere):
    """Lighten each page in the folder of a built site, and remove the dead files."""
    options = (site / "_static/documentation_options.js").read_text(encoding="utf-8")
    for path in sorted(site.rglob("*.html")):
        if "_static" not in path.relative_to(site).parts:
            before = path.read_text(encoding="utf-8")
            searches = searches_everywhere or path.name == "search.html"
            after = lighten(before, icons, options, searches)
            if after != before:
                path.write_text(after, encoding="utf-8")
    static = site / "_static"
    for style in static.glob("styles/*theme.css"):
        style.write_text(lighten_style(style.read_text(encoding="utf-8")), encoding="utf-8")
    for pattern in DEAD:
        for path in static.glob(pattern):
            if path.is_file():
                path.unlink()


def root(page, base):
    """Return a page whose addresses begin at the host, so that it works wherever it is shown."""
    page = re.sub(
        r'\b(href|src|action|data-content_root)="\.?/?(?![a-z]+:|[/#])', rf'\1="{base}', page
    )
    return page.replace('action="#"', f'action="{base}search.html"')
