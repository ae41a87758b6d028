"""Run the stages of `make test`, all of them even after a failure, and print seconds per stage.

usage: python tools/check.py [--all] [stage ...]
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q"]
RUFF = [sys.executable, "-m", "ruff"]
CHAPTERS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("book/*.ipynb"))

# Strict nbval: every stored output must be the one the code gives now. The cells of a chapter share
# a kernel, so a chapter stays with one worker.
NBVAL = [
    *["--nbval", "--nbval-current-env", "--nbval-cell-timeout=200"],
    *["--nbval-sanitize-with", "tests/nbval_sanitize.cfg", "-n", "2", "--dist", "loadfile"],
]
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadgroup"]
LAX = ["tests/test_chapters.py", "tests/test_alone.py"]


def stages(everything):
    """Return {name: its commands}."""
    slow = "" if everything else " and not slow"
    no_stage = "not site and not gates and not mutants and not slow_chapters and not grading"
    return {
        "lint": [[*RUFF, "check", "."], [*RUFF, "format", "--check", "."]],
        "unit": [[*PYTEST, "-n", "2", "-m", no_stage + slow, "tests"]],
        "chapters": [[*PYTEST, *NBVAL, *CHAPTERS]],
        "lax": [[*PYTEST, "-n", "2", "-m", "slow_chapters" + slow, *LAX]],
        "build": [["make", "book"]],
        "site": [[*PYTEST, "-n", "2", "--dist", "worksteal", "-m", "site" + slow, "tests"]],
        "gates": [[*PYTEST, "-m", "gates" + slow, "tests"]],
        "mutants": [[*PYTEST, "-m", "mutants" + slow, "tests/test_mutants.py"]],
    } | others(everything, slow)


def others(everything, slow):
    """Return the stages of the teachers' repository, and those without a limit of time."""
    grading = {"grading": [[*PYTEST, *SIDE_BY_SIDE, "-m", "grading" + slow, "tests"]]}
    lighthouse = {"lighthouse": [["make", "lighthouse"]]}
    teachers = (ROOT / "instructor").is_dir()
    return (grading if teachers else {}) | (lighthouse if everything else {})


def run(name, commands):
    """Run the commands of one stage and return whether all succeeded, and the seconds."""
    print(f"\n=== {name}", flush=True)
    start = time.monotonic()
    if name == "build":
        shutil.rmtree(ROOT / "_build", ignore_errors=True)
    codes = [subprocess.run(command, cwd=ROOT).returncode for command in commands]
    return not any(codes), time.monotonic() - start


def main(arguments):
    everything = "--all" in arguments
    chosen = [name for name in arguments if name != "--all"]
    all_stages = stages(everything)
    unknown = set(chosen) - set(all_stages)
    if unknown:
        sys.exit(f"no such stage: {', '.join(sorted(unknown))}; there are {', '.join(all_stages)}")
    results = {name: run(name, all_stages[name]) for name in chosen or all_stages}
    print("\nstage      seconds  result")
    for name, (passed, seconds) in results.items():
        print(f"{name:<10} {seconds:7.1f}  {'passed' if passed else 'FAILED'}")
    print(f"{'all':<10} {sum(seconds for _, seconds in results.values()):7.1f}")
    return 0 if all(passed for passed, _ in results.values()) else 1


if __name__ == "__main__":
    # Also when this file is run without make: one thread, so that two workers do not contend.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
