"""Write the public tree, without this folder: python -m instructor.public folder

It is what is committed, with a history of its own: one commit for each time this is run.
"""

import io
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

from .source import ROOT

SECRET = ["instructor", "tests/test_instructor_*", "tests/grading.py"]
CANARY = "GBG-CANARY-"
AUTHOR = ["-c", "user.name=Gate by Gate", "-c", "user.email=gate-by-gate@users.noreply.github.com"]


def git(folder, *arguments, **options):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, **options)


def write(folder):
    """Write the committed files into a folder and commit them there."""
    if not (folder / ".git").exists():
        if folder.exists() and any(folder.iterdir()):
            raise SystemExit(f"{folder} holds other files: expected a new folder, or the last one")
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "-q", "-b", "main")
    git(folder, "rm", "-rq", "--ignore-unmatch", ".")
    left_out = [f":(exclude){name}" for name in SECRET]
    archive = ["archive", "HEAD", "--", ".", *left_out]
    packed = git(ROOT, *archive, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")
    refuse_secrets(folder)
    git(folder, "add", "-A")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    message = f"Gate by Gate {project['version']}"
    git(folder, *AUTHOR, "commit", "-q", "--allow-empty", "-m", message)


def refuse_secrets(folder):
    """Stop before the commit if anything of the exercises' secrets is in the tree."""
    for path in sorted(folder.rglob("*")):
        if ".git" not in path.parts and path.is_file() and CANARY.encode() in path.read_bytes():
            raise SystemExit(f"{path} holds a solution or a hidden test: nothing was committed")


def main(arguments):
    if len(arguments) != 1 or not arguments[0]:
        sys.exit("Name the folder: make public DIR=../gate-by-gate")
    folder = Path(arguments[0]).resolve()
    if folder == ROOT or ROOT in folder.parents or folder in ROOT.parents:
        sys.exit(f"{folder} is not outside of this repository")
    write(folder)
    print(f"The public tree is in {folder}, committed. Publish it with git push from there.")


if __name__ == "__main__":
    main(sys.argv[1:])
