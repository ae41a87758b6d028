"""nbgrader's autograde, with our repair, sandbox and tests in the place of its own run.

nbgrader has an environment of its own, so the notebook goes to the course's Python and comes back
repaired, with the outcome of the tests as the outputs of its self-checks.
"""

import json
import subprocess
from pathlib import Path

import nbformat
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

ROOT = Path(__file__).resolve().parents[1]


class GradedInSandbox(NbGraderPreprocessor):
    """Repair and grade a notebook; no code of the student runs in nbgrader's process."""

    def preprocess(self, nb, resources):
        python, chapter = ROOT / ".venv" / "bin" / "python", resources["nbgrader"]["notebook"]
        done = subprocess.run(
            [python, "-m", "instructor.nbgrader_course", "mark", chapter],
            input=json.dumps(nb),
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-1000:])
        return nbformat.reads(done.stdout, as_version=4), resources


SANITIZE = [GradedInSandbox, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
AUTOGRADE = [SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
