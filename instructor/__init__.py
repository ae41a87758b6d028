"""What teachers need: exercises with solutions, the grader, files for the LMS."""

import sys
from pathlib import Path

# rnnlib lies beside the chapters.
sys.path.append(str(Path(__file__).resolve().parents[1] / "book"))
