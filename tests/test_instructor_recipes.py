"""The recipes for many machines: their configuration, and the script that they run."""

import os
import re
import subprocess

import pytest
import yaml

source = pytest.importorskip("instructor.source")

FOLDER = source.ROOT / "instructor"
TEXT = (FOLDER / "classroom.yml").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(TEXT)
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_the_workflow_is_as_careful_as_ours():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert list(WORKFLOW[True]) == ["workflow_dispatch"], "only a teacher starts it"
    assert all("timeout-minutes" in job for job in WORKFLOW["jobs"].values())
    for line in re.findall(r"uses: *(.*)", TEXT):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    for step in STEPS:
        assert "${{" not in step.get("run", ""), "no expression reaches the shell"
        if "checkout" in step.get("uses", ""):
            assert step["with"] == {"persist-credentials": False}
        if "make grade" in step.get("run", ""):
            assert "GH_TOKEN" not in step["env"], "no token where students' code runs"


def test_its_pins_are_those_of_our_workflows():
    ours = [p.read_text() for p in (source.ROOT / ".github" / "workflows").glob("*.yml")]
    pins = dict(re.findall(r"uses: (actions/[\w-]+)@(\w{40})", "".join(ours)))
    for name, pin in re.findall(r"uses: (actions/[\w-]+)@(\w{40})", TEXT):
        assert pins.get(name, pin) == pin, name


def test_what_it_runs_exists():
    verbs = (FOLDER / "verbs.mk").read_text(encoding="utf-8")
    for step in STEPS:
        for target in re.findall(r"make ([a-z-]+)", step.get("run", "")):
            assert f"\n{target}:" in verbs
        for script in re.findall(r"bash (\S+)", step.get("run", "")):
            assert (source.ROOT / script).is_file()
    assert WORKFLOW["jobs"]["grade"]["strategy"]["matrix"]["part"] == [0, 1, 2, 3]


@pytest.mark.skipif(os.name == "nt", reason="a script of bash")
def test_the_parts_are_the_class(tmp_path):
    """Run the script with a `gh` that knows ten students."""
    students = [f"school/trace-student{k}" for k in range(10)]
    tool = tmp_path / "bin" / "gh"
    tool.parent.mkdir()
    tool.write_text(
        "#!/bin/sh\n"
        f"""if [ "$1" = api ]; then printf '%s\\n' {" ".join(reversed(students))}; exit; fi\n"""
        'git init -q "$4" && cd "$4" && git -c user.name=x -c user.email=x commit -q'
        " --allow-empty -m work --date 2026-11-30T10:00:00Z\n"
    )
    tool.chmod(0o755)
    found = {}
    for part in ("0", "1", "2", "3", "all"):
        place = tmp_path / part
        place.mkdir()
        environment = os.environ | {
            "PATH": f"{tool.parent}:{os.environ['PATH']}",
            "PART": part,
            "ASSIGNMENT": "1",
            "GIT_COMMITTER_DATE": "2026-11-30T10:00:00Z",
        }
        script = ["bash", str(FOLDER / "classroom.sh")]
        subprocess.run(script, cwd=place, env=environment, check=True)
        found[part] = sorted(p.name for p in (place / "handed-in").iterdir())
        stamps = {p.read_text() for p in place.glob("handed-in/*/timestamp.txt")}
        assert stamps == {"2026-11-30 10:00:00 UTC\n"}
    assert found["all"] == sorted(name.split("/")[1] for name in students)
    assert sorted(name for part in "0123" for name in found[part]) == found["all"]
