"""The tools that make the site light, draw its map, date its pages, pack it, keep its versions."""

import os
import re
import subprocess
import zipfile

import pytest
import yaml
from bs4 import BeautifulSoup

from tools import course_map, light, lighthouse, pack, site, versions

ICONS = {"bars": (448, 512, "M0 0z"), "github": (496, 512, "M1 1z")}
OPTIONS = "const DOCUMENTATION_OPTIONS = {};"
PAGE = """<html data-content_root="../"><head>
<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<link rel="preload" as="script" href="../_static/scripts/bootstrap.js?digest=1" />
<link rel="stylesheet" type="text/css" href="../_static/sphinx-design.min.css?v=1" />
<link rel="stylesheet" type="text/css" href="../_static/book.css?v=1" />
<script src="../_static/documentation_options.js?v=1"></script>
<script src="../_static/doctools.js?v=1"></script>
<script data-sd-tabs-storage-prefix="sd-" src="../_static/design-tabs.js?v=1"></script>
<script>window.MathJax = {"loader": {}}</script>
<script>// Set the mathematics in portions
if (window.MathJax) {}</script>
<script defer="defer" src="../_static/mathjax/startup.js"></script>
<script>DOCUMENTATION_OPTIONS.pagename = 'book/x';</script>
<script src="../_static/searchtools.js"></script>
<script src="../searchindex.js"></script>
</head><body>
<span class="fa-solid fa-bars fa-lg" data-mode="light" title="Light"></span>
<i class="fab fa-github"></i>
BODY
</body></html>"""


def lighten(body="", searches=False):
    return light.lighten(PAGE.replace("BODY", body), ICONS, OPTIONS, searches)


# Light pages


def test_a_page_keeps_only_what_it_uses():
    page = lighten()
    ahead = [link["href"] for link in BeautifulSoup(page, "html.parser").select("[rel=prefetch]")]
    assert ahead[:2] == ["../_static/mathjax/startup.js", "../_static/mathjax/core.js"]
    loaded = re.findall(r'\b(?:src|href)="([^"]+)"', page)
    assert loaded == ["../_static/book.css?v=1", "../_static/doctools.js?v=1", *ahead]
    assert "MathJax" not in page
    assert f"<script>{OPTIONS}</script>" in page


def test_mathematics_search_and_cards_keep_what_they_need():
    page = lighten('<span class="math notranslate">x</span><div class="sd-card"></div>', True)
    for name in ("mathjax/startup.js", "window.MathJax", "Set the mathematics", "sphinx-design"):
        assert name in page
    for name in ("design-tabs.js", "searchtools.js", "searchindex.js"):
        assert re.search(rf"<script defer [^>]*{name}", page), "scripts wait for the text"


def test_a_formula_holds_its_punctuation():
    formula = '<span class="math notranslate nohighlight">\\(a &lt; b\\)</span>'
    context = {"body": f"<p>With {formula}, ({formula}) and {formula} alone.</p>"}
    site.hold_punctuation(None, "page", "page.html", context, None)
    held = re.findall(r'<span class="held">(.*?)</span>(.*?)</span>', context["body"])
    assert [after for _, after in held] == [",", ")"]
    assert context["body"].count(formula) == 3


def test_icons_become_drawings_with_the_same_classes():
    page = lighten()
    drawings = re.findall(r"<svg[^>]*>", page)
    assert [re.search('class="([^"]*)"', text)[1] for text in drawings] == [
        "fa-solid fa-bars fa-lg icon",
        "fab fa-github icon",
    ]
    assert 'viewBox="0 0 448 512"' in drawings[0]
    assert 'data-mode="light"' in drawings[0]
    assert all('aria-hidden="true"' in text for text in drawings)
    with pytest.raises(KeyError, match="rocket"):
        lighten('<i class="fas fa-rocket"></i>')


@pytest.mark.parametrize("body", ["", '<span class="math">x</span>'])
def test_a_light_page_stays_as_it_is(body):
    page = lighten(body)
    assert light.lighten(page, ICONS, OPTIONS, False) == page


def test_the_icons_of_the_theme_are_read():
    icons = light.read_icons(site.icon_script())
    assert len(icons) > 1000
    assert icons["github"][:2] == ("496", "512")
    solid_file = "M0 64C0 28.7 28.7 0 64 0H224V128"
    assert icons["file"][2].startswith(solid_file), "the solid one, not the outline"


def test_the_style_sheet_loses_its_icon_names_only():
    style = (
        ".a{color:red}.fa-ad:before,.fa-rectangle-ad:before{content:'x'}.fa-lg{font-size:1.25em}"
        "@font-face{font-family:Font Awesome\\ 6 Free;src:url(x)}#b .fa-arrow-up{margin:0}"
        ".note>.title:after{content:var(--pst-icon-note);font:var(--fa-font-solid)}.c{font:inherit}"
    )
    light_style = ".a{color:red}#b .fa-arrow-up{margin:0}.c{font:inherit}"
    assert light.lighten_style(style) == light.lighten_style(light_style) == light_style


def test_the_addresses_of_the_page_404_begin_at_the_host():
    page = (
        '<html data-content_root="./"><a href="book/x.html"><a href="#top"><a href="https://a.b/c">'
    )
    page += '<form action="search.html"><script src="_static/a.js"></script>'
    assert re.findall(r'="([^"]*)"', light.root(page, "/base/")) == [
        *["/base/", "/base/book/x.html", "#top", "https://a.b/c"],
        *["/base/search.html", "/base/_static/a.js"],
    ]


# The map


def test_the_map_places_every_chapter_once_and_lines_lead_on():
    numbers = [path.stem[:2] for path in course_map.chapters()]
    places = [course_map.PLACES[number] for number in numbers]
    assert len(set(places)) == len(places)
    assert course_map.lines(), "no chapter needs another"
    for start, end in course_map.lines():
        (x1, y1), (x2, y2) = course_map.PLACES[start], course_map.PLACES[end]
        assert (x2, y2) != (x1, y1)
        assert x1 <= x2
        assert y1 <= y2


def test_lines_say_what_the_chapters_say():
    need = course_map.needs()

    def behind(chapter, pairs):
        return {s for s, e in pairs if e == chapter}.union(
            *(behind(s, pairs) for s, e in pairs if e == chapter)
        )

    lines = set(course_map.lines())
    for chapter, direct in need.items():
        assert direct <= behind(chapter, lines), f"{chapter}: a line is missing"
    for line in lines:
        assert line[0] not in behind(line[1], lines - {line}), f"{line} is said twice"


def test_no_line_crosses_the_box_of_another_chapter():
    for start, end in course_map.lines():
        (x1, y1), (x2, y2) = course_map.PLACES[start], course_map.PLACES[end]
        others = set(course_map.PLACES.values()) - {(x1, y1), (x2, y2)}
        if end in course_map.SHARED:
            assert y1 == 0 or not {(x, y1) for x in range(x1 + 1, 4)} & others
        else:
            way = {(x, y1) for x in range(x1, x2 + 1)} | {(x2, y) for y in range(y1, y2 + 1)}
            assert not way & others, f"{start} to {end}"


# The last change, the address, the versions


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Return a function that runs git in a new repository, which the site takes for its own."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "a")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@b.c")
    folder = tmp_path / "repository"
    (folder / "book").mkdir(parents=True)
    monkeypatch.setattr(site, "ROOT", folder)
    site.last_changes.cache_clear()

    def run(*arguments, day="2026-01-01"):
        dates = {f"GIT_{name}_DATE": f"{day}T12:00:00Z" for name in ("AUTHOR", "COMMITTER")}
        command = ["git", "-c", "commit.gpgsign=false", *arguments]
        subprocess.run(command, cwd=folder, env=os.environ | dates, check=True, capture_output=True)

    run("init", "-b", "main")
    yield run
    site.last_changes.cache_clear()


def commit(git, name, text, day):
    path = site.ROOT / name
    path.write_text(text)
    git("add", name)
    git("commit", "-m", name, day=day)


def test_the_last_change_is_the_day_of_the_last_commit_of_the_file(git):
    commit(git, "book/a.md", "1", "2026-01-01")
    commit(git, "book/b.md", "1", "2026-01-02")
    commit(git, "book/a.md", "2", "2026-01-03")
    (site.ROOT / "book" / "b.md").write_text("not committed")
    assert site.last_changes() == {"book/a.md": "2026-01-03", "book/b.md": "2026-01-02"}


def test_a_shallow_clone_has_no_last_changes(git, tmp_path, monkeypatch):
    commit(git, "book/a.md", "1", "2026-01-01")
    commit(git, "book/b.md", "1", "2026-01-02")
    clone = tmp_path / "clone"
    command = ["git", "clone", "--depth", "1", f"file://{site.ROOT}", clone]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setattr(site, "ROOT", clone)
    assert site.last_changes() == {}


def test_without_git_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "ROOT", tmp_path)
    site.last_changes.cache_clear()
    assert site.last_changes() == {}
    site.last_changes.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert site.last_changes() == {}
    site.last_changes.cache_clear()


def test_the_published_address_is_made_from_the_repository():
    assert (
        site.published("https://github.com/some-one/a-book") == "https://some-one.github.io/a-book/"
    )


def test_the_versions_on_the_page_are_the_pins():
    pins = (site.ROOT / "requirements.txt").read_text()
    rows = dict(re.findall(r"\| (\w+) \| ([\d.]+) \|", site.version_table()))
    assert set(rows) == {"Python", "numpy", "matplotlib", "torch", "ipywidgets"}
    assert all(f"{name}=={version}" in pins for name, version in rows.items() if name != "Python")


def test_versions_stand_side_by_side(git, tmp_path):
    def build(folder):
        html = folder / "_site"
        html.mkdir(exist_ok=True)
        (html / "index.html").write_text((folder / "book" / "a.md").read_text())
        return html

    for version in ("0.9.0", "0.10.0"):
        commit(git, "book/a.md", version, "2026-01-01")
        git("tag", f"v{version}")
    commit(git, "book/a.md", "main", "2026-01-02")
    git("tag", "not-a-version")
    target = tmp_path / "versions"
    versions.collect(site.ROOT, target, build)
    found = {str(p.relative_to(target)): p.read_text() for p in target.rglob("index.html")}
    expected = {"index.html": "main", "v0.9.0/index.html": "0.9.0", "v0.10.0/index.html": "0.10.0"}
    assert found == expected
    links = re.findall(r'href="([^"]+)"', (target / "versions.html").read_text())
    assert links == ["index.html", "v0.10.0/index.html", "v0.9.0/index.html"]
    assert all((target / link).is_file() for link in links)
    listed = ["git", "worktree", "list"]
    left = subprocess.run(listed, cwd=site.ROOT, capture_output=True, text=True).stdout
    assert left.count("\n") == 1, "the work trees are removed"


# The zip, and the measurements


def test_equal_sites_make_equal_zips(tmp_path):
    folder = tmp_path / "site"
    (folder / "book").mkdir(parents=True)
    (folder / "index.html").write_text("a")
    (folder / "404.html").write_text("only for servers")
    (folder / "book" / "a.html").write_text("b")
    first = pack.pack(folder, tmp_path / "one.zip").read_bytes()
    os.utime(folder / "index.html", (0, 0))
    assert pack.pack(folder, tmp_path / "one.zip").read_bytes() == first
    names = zipfile.ZipFile(tmp_path / "one.zip").namelist()
    assert names == ["one/book/a.html", "one/index.html"]


def test_the_stock_site_has_nothing_of_ours():
    stock = yaml.safe_dump(lighthouse.stock_configuration())
    assert not re.search(r"tools\.(?!stock)|book\.css|_templates|mathjax/", stock)


def test_lighthouse_keeps_the_better_of_two_runs_and_misses_no_goal():
    def report(**scores):
        return {"scores": lighthouse.GOALS | scores}

    assert lighthouse.reached(report())
    for name, goal in lighthouse.GOALS.items():
        assert not lighthouse.reached(report(**{name: goal - 1}))
    low, high = report(performance=80), report(performance=97)
    assert lighthouse.better(low, high) == lighthouse.better(high, low) == high
