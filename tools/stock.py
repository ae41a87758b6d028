"""What the stock theme needs of this book when it is measured: the library, the map as nothing."""

import sys
from pathlib import Path

from docutils.parsers.rst import Directive

ROOT = Path(__file__).resolve().parents[1]


class Nothing(Directive):
    def run(self):
        return []


def setup(app):
    sys.path.insert(0, str(ROOT / "book"))
    app.add_directive("course-map", Nothing)
    app.config.myst_substitutions = dict.fromkeys(
        ["report_link", "citation", "citation_bibtex", "version_table"], ""
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
