"""The files around the book: workflows, Binder, citation, licences, README, forbidden words."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


REPOSITORY = yaml.safe_load(read("_config.yml"))["repository"]
URL, TAG = REPOSITORY["url"], REPOSITORY["branch"]
OWNER, NAME = URL.removeprefix("https://github.com/").split("/")
VERSION = tomllib.loads(read("pyproject.toml"))["project"]["version"]
README = read("README.md")
CITATION = yaml.safe_load(read("CITATION.cff"))
DATA = ROOT / "book" / "rnnlib" / "data"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def tracked_files():
    """Return the files that git knows or would add; all files where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        ignored = {".venv", "_build", "__pycache__"}
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = [str(path) for path in paths if not ignored & set(path.parts)]
    return [name for name in names if (ROOT / name).is_file()]


# Workflows


def test_the_three_workflows_are_there():
    assert [path.name for path in WORKFLOWS] == ["publish.yml", "test.yml", "weekly.yml"]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def path(request):
    return request.param


@pytest.fixture
def workflow(path):
    # YAML 1.1 reads the key `on` as True.
    return yaml.safe_load(read(path))


def jobs(workflow):
    return workflow["jobs"].values()


def steps(workflow):
    return [step for job in jobs(workflow) for step in job.get("steps", [])]


def test_permissions_are_least(path, workflow):
    assert workflow["permissions"] == {"contents": "read"}
    more = {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    deploy = {"deploy": {"pages": "write", "id-token": "write"}}
    assert more == (deploy if path.name == "publish.yml" else {})


def test_no_trigger_gives_strangers_the_secrets(path, workflow):
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow[True])
    assert "secrets" not in read(path)


def test_the_job_with_write_permissions_runs_no_code_of_ours(workflow):
    for job in jobs(workflow):
        if "write" in str(job.get("permissions")):
            assert ["run" in step or "checkout" in str(step) for step in job["steps"]] == [False]


def test_actions_are_pinned_by_commit(path):
    lines = re.findall(r"uses: *(.*)", read(path))
    assert lines
    for line in lines:
        if line.startswith("./"):
            assert (ROOT / line).is_file()
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_pin():
    text = "".join(read(path) for path in WORKFLOWS)
    pins = set(re.findall(r"uses: ([\w-]+/[\w-]+)(@.*)", text))
    assert len(pins) == len(dict(pins))


def test_checkouts_keep_no_credentials(workflow):
    checkouts = [step for step in steps(workflow) if "checkout" in step.get("uses", "")]
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_every_job_has_a_time_limit(workflow):
    for job in jobs(workflow):
        assert "timeout-minutes" in job or "uses" in job


def test_no_expression_reaches_the_shell(workflow):
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_what_the_workflows_run_exists(workflow):
    makefile = read("Makefile")
    for step in steps(workflow):
        for word, target in re.findall(r"\b(make|bash) ([\w./-]+)", step.get("run", "")):
            if word == "make":
                assert re.search(rf"^{re.escape(target)}:", makefile, flags=re.M), target
            else:
                assert (ROOT / target).is_file(), target


def test_make_and_python_stages_that_are_named_exist():
    from tools.check import stages

    text = "".join(read(path) for path in WORKFLOWS)
    text += README + read("CONTRIBUTING.md")
    named = re.findall(r"tools/check\.py((?: [a-z]+)+)", text)
    assert {name for names in named for name in names.split()} <= set(stages(False))


def test_the_newest_run_drops_the_pins_but_keeps_jupyter_book_1():
    text = read("requirements.txt")
    (command,) = re.findall(
        r"run: sed -E '(.*)' requirements", read(".github/workflows/weekly.yml")
    )
    assert command == "s/==[^ ]+//; s/^jupyter-book/&<2/"
    newest = re.sub(r"^jupyter-book", r"\g<0><2", re.sub(r"==[^ \n]+", "", text), flags=re.M)
    assert "==" not in newest
    assert re.search(r"^jupyter-book<2\b", newest, flags=re.M)


# Binder


def pins(name):
    lines = [line.split("#")[0].strip() for line in read(name).splitlines()]
    return dict(line.split("==") for line in lines if "==" in line)


def test_binder_has_the_pins_of_the_book():
    binder, book = pins(".binder/requirements.txt"), pins("requirements.txt")
    assert set(binder) == {"numpy", "matplotlib", "torch", "ipywidgets"}
    assert {name: version.removesuffix("+cpu") for name, version in binder.items()} == {
        name: book[name] for name in binder
    }
    assert binder["torch"].endswith("+cpu")


def test_binder_takes_torch_from_the_cpu_index_of_the_makefile():
    (index,) = re.findall(r"^TORCH_INDEX := (\S+)", read("Makefile"), flags=re.M)
    first = read(".binder/requirements.txt").splitlines()[0]
    assert first == f"--extra-index-url {index}"


def test_binder_has_a_pinned_python_and_nothing_else():
    assert sorted(path.name for path in (ROOT / ".binder").iterdir()) == [
        "requirements.txt",
        "runtime.txt",
    ]
    assert read(".binder/runtime.txt") == "python-3.11\n"


# Checkers whose own pins do not fit requirements.txt: one test, so that one worker installs them


def install_checkers():
    """Install requirements-tools.txt on first use; return the folder of its programs."""
    wanted = read("requirements-tools.txt")
    home = ROOT / ".venv" / "tools"
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    stamp = home / "installed.txt"
    if not stamp.is_file() or read(stamp) != wanted:
        venv.create(home, with_pip=True, clear=True)
        install = [programs / "python", "-m", "pip", "install", "--quiet", "--retries", "1"]
        install += ["-r", ROOT / "requirements-tools.txt"]
        result = subprocess.run(install, capture_output=True, text=True)
        if result.returncode != 0 and os.environ.get("CI") != "true":
            pytest.skip(f"requirements-tools.txt cannot be installed: {result.stderr[-200:]}")
        assert result.returncode == 0, result.stderr
        stamp.write_text(wanted, encoding="utf-8")
    return programs


def run(program, *arguments, cwd):
    """Run a program and return its exit code and all that it printed."""
    result = subprocess.run(
        [program, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120
    )
    return result.returncode, result.stdout + result.stderr


def test_citation_and_binder_files_are_valid(tmp_path):
    programs = install_checkers()

    citation = [programs / "cffconvert", "--validate"]
    code, report = run(*citation, cwd=ROOT)
    assert code == 0, report
    assert "valid according to schema version 1.2.0" in report
    broken = read("CITATION.cff").replace("message:", "messages:")
    (tmp_path / "CITATION.cff").write_text(broken, encoding="utf-8")
    assert run(*citation, cwd=tmp_path)[0] != 0

    if sys.platform == "linux":  # as Binder is, and its checker
        shutil.copytree(ROOT / ".binder", tmp_path / ".binder")
        binder = [programs / "jupyter-repo2docker", "--no-build", "--debug", "."]
        code, report = run(*binder, cwd=tmp_path)
        assert code == 0, report
        assert "python=3.11" in report
        assert re.search(r"pip install \S+ -r \"\.binder/requirements\.txt\"", report), report


# The address, the version, the licences


def test_citation_agrees_with_the_project():
    assert CITATION["repository-code"] == URL
    assert CITATION["version"] == VERSION
    assert CITATION["license"] == "BSD-3-Clause"
    assert CITATION["authors"] == [{"name": "The Gate by Gate authors"}]


def test_changelog_has_the_version():
    assert re.search(rf"^## .*\b{re.escape(VERSION)}\b", read("CHANGELOG.md"), re.M)


def test_readme_links_agree_with_the_configuration():
    allowed = (
        URL,
        f"https://{OWNER}.github.io/{NAME}/",
        f"https://mybinder.org/v2/gh/{OWNER}/{NAME}/{TAG}?urlpath=lab/tree/book/",
        f"https://colab.research.google.com/github/{OWNER}/{NAME}/blob/{TAG}/book/",
    )
    links = re.findall(r"https://[^\s)>\"]+", README)
    assert [link for link in links if not link.startswith(allowed)] == []
    assert f"rnnlib @ git+{URL}@{TAG}" in README


def test_readme_starts_every_chapter_in_binder_and_colab():
    chapters = sorted(path.name for path in (ROOT / "book").glob("[0-9]*.ipynb"))
    for place in ("urlpath=lab/tree/book/", f"/blob/{TAG}/book/", "]("):
        prefix = re.escape(place) + ("book/" if place == "](" else "")
        assert re.findall(prefix + r"(\d\d_\w+\.ipynb)", README) == chapters, place


def test_the_map_says_what_the_chapters_say():
    rows = re.findall(r"^\| \{doc\}`.* <(\w+)>` \| (.*) \| (\d+) \|$", read("book/intro.md"), re.M)
    chapters = sorted(path.stem for path in (ROOT / "book").glob("[0-9]*.ipynb"))
    assert [chapter for chapter, _, _ in rows] == chapters
    for chapter, question, minutes in rows:
        first = "".join(json.loads(read(f"book/{chapter}.ipynb"))["cells"][0]["source"])
        assert f"\n# {question}\n" in first
        assert re.search(rf"\b{minutes} minutes\b", first), f"{chapter} does not say {minutes}"


def test_readme_links_to_files_that_exist():
    for target in re.findall(r"\]\((?!https:)([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_readme_opens_with_what_it_is_a_picture_and_two_commands():
    title, what, picture, commands, *_ = README.split("\n\n")
    assert title == "# Gate by Gate"
    assert "course on recurrent networks" in what
    assert re.fullmatch(r"!\[.{20,}\]\(book/images/cover\.svg\)", picture)
    assert re.findall(r"^(make \w+)", commands, flags=re.M) == ["make book", "make test"]


def test_the_readme_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    names = {}
    exec(example, names)
    assert names["y"].shape == (4, 5, 3)
    assert "'W_h': " in capsys.readouterr().out


def test_the_data_sheet_lists_every_file_and_its_checksum():
    rows = re.findall(r"^\| `(book/\S+)` \|.*\| `([0-9a-f]+)` \|$", read("book/data.md"), re.M)
    files = set(DATA.glob("*")) - {DATA / "SHA256SUMS"}
    sums = {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in files
    }
    assert dict(rows) == sums, "book/data.md does not list the files in rnnlib/data as they are"


def test_licences_are_complete():
    code = read("LICENSE")
    text = read("LICENSE-TEXT")
    assert code.startswith("BSD 3-Clause License")
    assert "Neither the name of the copyright holder" in code
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text
    assert re.findall(r"^Section (\d) –", text, flags=re.M) == list("12345678")
    for licence in (code, text):
        assert "The Gate by Gate authors" in licence


# Words that must not appear

FORBIDDEN = [
    # Parts, so that this file does not find itself.
    *("/" + "work/", "." + "library/", "shared" + "/reference", "shared" + "/seeds"),
    *("files.python" + "hosted", "pypi" + ".org", "registry." + "npmjs", "/opt/" + "pypi"),
]


def test_no_file_names_a_private_path_or_a_registry():
    found = []
    for name in tracked_files():
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {word}" for word in FORBIDDEN if word in text]
    assert found == []


def test_the_address_stands_in_no_other_place():
    may = {"_config.yml", "README.md", "CITATION.cff"}
    place = f"{OWNER}/{NAME}"
    other = []
    for name in tracked_files():
        # The first cell of each chapter is made from _config.yml and has its own test.
        if name in may or name.endswith(".ipynb"):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        other += [name] if place in text else []
    assert other == []
