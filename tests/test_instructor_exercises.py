"""Exercises: one source, nothing drifted, each complete, none of them leaking its answer."""

import re

import pytest

from instructor import build, source

CHAPTERS = source.chapters()
EXERCISES = [exercise for chapter in CHAPTERS for exercise in source.exercises(chapter)]
CODE = [exercise for exercise in EXERCISES if exercise.kind != "text"]


@pytest.fixture(params=CHAPTERS)
def chapter(request):
    return request.param


@pytest.fixture(params=EXERCISES, ids=lambda exercise: exercise.number)
def exercise(request):
    return request.param


@pytest.fixture(params=CODE, ids=lambda exercise: exercise.number)
def code_exercise(request):
    return request.param


def test_nothing_has_drifted(chapter):
    assert build.drifted(chapter) == [], "run: python -m instructor.build"


def test_numbers_agree_with_files(chapter):
    files = sorted(path.name for path in (source.EXERCISES / chapter).glob("[0-9]_*.py"))
    numbers = [f"{int(chapter[:2])}.{name[0]}" for name in files]
    assert [exercise.number for exercise in source.exercises(chapter)] == numbers
    assert 3 <= len(numbers) <= 5


def test_stub_names_belong_to_one_exercise(chapter):
    names = [name for exercise in source.exercises(chapter) for name in exercise.names]
    assert len(names) == len(set(names)), f"each exercise has names of its own: {sorted(names)}"


def test_cells_are_complete(exercise):
    needed = {"task", "hint", "stub", "solution"}
    needed |= {"rubric"} if exercise.kind == "text" else {"self-check", "hidden tests"}
    assert needed <= set(exercise.cells) <= needed | {"rubric", "given"}
    assert exercise.kind in ("code", "number", "text")
    assert exercise.minutes > 0
    if exercise.kind == "text":
        assert exercise.automatic == 0, "the points of a text are those of its rubric"
    else:
        assert exercise.automatic > 0, "the tests give points too"
        assert len(exercise.honest) >= 3
        assert len(exercise.wrong) >= 5


def test_secrets_carry_the_canary(exercise):
    mark = f"GBG-CANARY-{exercise.number}"
    for title, text in exercise.cells.items():
        secret = title in ("solution", "hidden tests")
        assert (mark in text.splitlines()[0]) == secret, title


def test_tasks_read_the_same_everywhere(exercise):
    text = exercise.cells["task"] + exercise.cells["hint"]
    assert not re.search(r"\{\w+\}`|:::|^#", text), "no roles, boxes or headings: GitHub shows them"


def test_self_check_is_honest(code_exercise):
    check = code_exercise.cells["self-check"]
    assert check.splitlines()[-1] == f'print("{source.LAST_WORDS}")'
    assert not source.defined(check) & code_exercise.names, "the check replaces an answer"
    messages = re.findall(r"(?m)^assert ", check)
    assert messages, "the check asserts something"


def test_tests_name_an_idea(code_exercise):
    secret = code_exercise.cells["hidden tests"]
    tests = re.findall(r"(?m)^def test_\w+\(answer, rng\):\n    \"\"\"(.+)\"\"\"$", secret)
    assert len(tests) == len(re.findall(r"(?m)^def test_", secret)) >= 1, "one line each"
    assert all(len(idea) >= 15 for idea in tests)


def test_variants_define_what_the_stub_defines(code_exercise):
    variants = code_exercise.honest | {"solution": code_exercise.cells["solution"]}
    for name, code in variants.items():
        assert code_exercise.names <= source.defined(code), name


def test_students_see_no_secret(chapter):
    shown = build.text_of(build.notebook(chapter)) + build.text_of(build.with_section(chapter))
    assert "CANARY" not in shown
    for exercise in source.exercises(chapter):
        for title in ("solution", "hidden tests", "rubric"):
            lines = exercise.cells.get(title, "").splitlines()
            long = [line for line in lines if len(line) > 60]
            assert not [line for line in long if line.strip() in shown], title
