"""The public tree holds no solution and no hidden test, and works without them."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("resource")

from instructor import public, source

ROOT = Path(__file__).resolve().parents[1]
# Written in two parts, so that this file may stand in the tree that it searches.
CANARY = b"GBG-" + b"CANARY"


def run(folder, *command, **options):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **options)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")  # an assertion's own message is cut
    assert done.returncode == 0, command
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    if not (ROOT / ".git").exists():
        pytest.skip("no git history here")
    folder = tmp_path_factory.mktemp("public")
    public.main([str(folder / "tree")])
    run(folder, "git", "clone", "-q", "tree", "clone")
    return folder / "clone"


def files(folder):
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and ".git" not in p.parts]


def test_no_secret_is_in_the_tree(clone):
    found = files(clone)
    assert len(found) > 100
    assert not [p for p in found if CANARY in p.read_bytes()]
    names = [str(p.relative_to(clone)) for p in found]
    assert not [n for n in names if n.startswith(("instructor/", "tests/test_instructor"))]
    assert {"Makefile", "book/03_gradients.ipynb", ".github/workflows/test.yml"} <= set(names)


def test_the_secrets_are_here():
    """So that the search above can fail."""
    assert [p for p in files(source.EXERCISES) if CANARY in p.read_bytes()]


def test_no_secret_is_in_the_history(clone):
    assert run(clone, "git", "rev-list", "--all", "--count").strip() == "1"
    objects = run(clone, "git", "rev-list", "--all", "--objects").splitlines()
    batch = subprocess.run(
        ["git", "cat-file", "--batch"],
        cwd=clone,
        input="\n".join(line.split()[0] for line in objects).encode(),
        capture_output=True,
        check=True,
    )
    assert len(batch.stdout) > 10**6
    assert CANARY not in batch.stdout
    assert not run(clone, "git", "fsck", "--unreachable").strip()


def test_no_line_of_a_solution_is_in_the_tree(clone):
    public_text = "\n".join(p.read_text(encoding="utf-8", errors="ignore") for p in files(clone))
    for chapter in source.chapters():
        for exercise in source.exercises(chapter):
            lines = exercise.cells.get("hidden tests", "").splitlines()
            ideas = re.findall(r'"""(.+)"""', "\n".join(lines))
            assert not [idea for idea in ideas if idea in public_text], exercise.number


def test_the_public_make_has_no_verbs_of_teachers(clone):
    verbs = run(clone, "make", "help")
    assert "make book" in verbs
    assert "make grade" not in verbs
    stages = run(
        clone, sys.executable, "-c", "from tools.check import stages; print(*stages(True))"
    )
    assert "grading" not in stages


def test_a_second_release_is_a_second_commit(tmp_path):
    public.main([str(tmp_path / "tree")])
    public.main([str(tmp_path / "tree")])
    assert run(tmp_path / "tree", "git", "rev-list", "--count", "HEAD").strip() == "2"
    assert not run(tmp_path / "tree", "git", "status", "--porcelain").strip()


def test_other_files_are_not_written_over(tmp_path):
    (tmp_path / "mine").write_text("work")
    with pytest.raises(SystemExit, match="holds other files"):
        public.main([str(tmp_path)])
    with pytest.raises(SystemExit, match="not outside"):
        public.main([str(ROOT / "book" / "public")])
    with pytest.raises(SystemExit, match="make public DIR="):
        public.main([])


def test_a_secret_in_a_chapter_stops_it(tmp_path):
    (tmp_path / "chapter.ipynb").write_bytes(CANARY + b"-3.1")
    with pytest.raises(SystemExit, match="nothing was committed"):
        public.refuse_secrets(tmp_path)


@pytest.mark.slow
def test_no_secret_is_in_what_is_built(clone):
    """Build the site, the zip and the wheel from the clone, with the packages that are here."""
    (clone / ".venv").symlink_to(ROOT / ".venv")
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    run(clone, "make", "-o", ".venv/.installed", "book", "zip", env=environment)
    wheel = ["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", "_build", "."]
    shutil.copytree(clone, clone.parent / "wheel", ignore=lambda *_: [".git", ".venv", "_build"])
    run(clone.parent / "wheel", sys.executable, *wheel)
    built = files(clone / "_build") + files(clone.parent / "wheel" / "_build")
    assert [p for p in built if p.name == "searchindex.js"]
    assert [p for p in built if p.name == "03_gradients.ipynb"], "the students' notebook"
    assert {p.suffix for p in built} >= {".whl", ".zip", ".html"}
    for path in built:
        assert CANARY not in path.read_bytes(), path
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                assert not [n for n in archive.namelist() if CANARY in archive.read(n)], path


@pytest.mark.slow
def test_the_two_commands_of_the_public_tree_work(clone):
    """As a stranger types them: with an environment of its own."""
    fresh = clone.parent / "fresh"
    run(clone.parent, "git", "clone", "-q", "tree", "fresh")
    environment = os.environ | {"CI": "true"}
    for verb in ("book", "test"):
        run(fresh, "make", verb, f"PYTHON={sys.executable}", env=environment)
