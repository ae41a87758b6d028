"""Build every version of the book side by side: python tools/versions.py [folder]

The folder holds the present version at its top, each tagged one in a folder with the name of its
tag, and versions.html, which every page names in its last line.
"""

import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "_build" / "versions"

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="All versions of Gate by Gate that can be read here.">
<title>Versions of Gate by Gate</title>
</head>
<body style="max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.65 sans-serif">
<main>
<h1>Versions of Gate by Gate</h1>
<p>A version never changes: numbers of figures, equations and exercises stay as they were cited.</p>
<ul>
{items}
</ul>
</main>
</body>
</html>
"""


def run(*command, cwd):
    """Run a command and return what it printed; its failure is ours."""
    result = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return result.stdout


def tags(repository):
    """Return the tags v1.2.3 of a repository, the newest first."""
    listed = run("git", "tag", "--list", "v[0-9]*", "--sort=-version:refname", cwd=repository)
    return listed.split()


def make_book(folder):
    """Build the book in a folder as its own Makefile does; return the folder of its site."""
    run("make", "book", f"PYTHON={sys.executable}", cwd=folder)
    return folder / "_build" / "html"


def collect(repository, target, build=make_book):
    """Build the present book and every tag, and put them side by side into `target`."""
    shutil.rmtree(target, ignore_errors=True)
    present = build(repository)
    shutil.copytree(present, target)
    for tag in tags(repository):
        place = target.with_name(f"{target.name}-{tag}")
        run("git", "worktree", "add", "--force", "--detach", place, tag, cwd=repository)
        try:
            shutil.copytree(build(place), target / tag)
        finally:
            run("git", "worktree", "remove", "--force", place, cwd=repository)
    (target / "versions.html").write_text(page(tags(repository)), encoding="utf-8")


def page(names):
    """Return versions.html."""
    present = '<li><a href="index.html">The present one</a>, which may still change</li>'
    items = [f'<li><a href="{escape(n)}/index.html">{escape(n[1:])}</a></li>' for n in names]
    return PAGE.format(items="\n".join([present, *items]))


if __name__ == "__main__":
    collect(ROOT, Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else TARGET)
