"""Grades reach the LMS: golden files with accents, commas, equal names, no ids, late work."""

import csv
import io
from pathlib import Path

import pytest

lms = pytest.importorskip("instructor.lms")

GOLDEN = Path(__file__).with_suffix("")
CLASS = {  # by the name of the hand-in as each LMS writes it: points, late, reason, waiting
    "canvas": {
        "mullerzoe_1001_5555_03.ipynb": (12.5, False, "", False),
        "smithann_LATE_1002_5556_03.ipynb": (16.0, True, "", False),
        "smithann_1003_5557_03.ipynb": (0.0, False, "", False),
        "oneilsean_1004_5558_03.ipynb": (9.33, False, "", False),
        "nnull": (7.0, False, "", False),
        "x_1006_5559_03.ipynb": (3.0, False, "", False),
        "stranger": (5.0, False, "", False),
        "asmith": (5.0, False, "", False),
    },
    "moodle": {
        "Zoë Müller_4711_assignsubmission_file_": (12.5, False, "", False),
        "M-78": (16.0, True, "", False),
        "ann2@example.org": (0.0, False, "", False),
        "Séan O'Neil, Jr._4712_assignsubmission_file_": (9.33, False, "", False),
        "Noid Null_4713_assignsubmission_file_": (7.0, False, "", False),
        "Ann Smith_4714_assignsubmission_file_": (5.0, False, "", False),
    },
    "blackboard": {
        "Exercises 03_zmuller_attempt_2026-11-26-10-00-00_03.ipynb": (12.5, False, "", False),
        "Exercises 03_asmith1_attempt_2026-11-26-10-00-00_03.ipynb": (16.0, True, "", False),
        "Exercises 03_asmith2_attempt_2026-11-26-10-00-00_03.ipynb": (0, False, "is empty", False),
        "Exercises 03_soneil_attempt_2026-11-26-10-00-00_03.ipynb": (9.33, False, "", True),
        "M-81": (7.0, False, "", False),
    },
}


class Named:
    """A file of this name."""

    def __init__(self, name):
        self.name, self.stem = name, name.removesuffix(".ipynb")

    def is_dir(self):
        return not self.name.endswith(".ipynb")


def graded(hand_ins):
    found = {}
    for name, (points, late, reason, waiting) in hand_ins.items():
        marks = [{"number": "3.5", "by_person": 4.0, "person": None if waiting else 0.0}]
        result = {"late": late, "reason": reason, "marks": [] if reason else marks}
        found[lms.student_of(Named(name))] = (points, result)
    return found


def files(name):
    roster = lms.read_roster(GOLDEN / f"{name}_roster.csv")
    return lms.exports("03_gradients", 21, graded(CLASS[name]), roster)


@pytest.mark.parametrize("name", CLASS)
def test_golden_files(name):
    made = files(name)
    for kind in (name, "grades"):
        text = (GOLDEN / f"{name}_{kind}.csv").read_text(encoding="utf-8")
        assert made[f"{kind}.csv"] == text


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", CLASS)
def test_the_files_come_back_as_they_were(name):
    made = rows(files(name)[f"{name}.csv"])
    key = {"canvas": "ID", "moodle": "Email address", "blackboard": "Username"}[name]
    column = next(column for column in made[0] if column.startswith("Gate by Gate 03"))
    people = lms.read_roster(GOLDEN / f"{name}_roster.csv")
    known = {"canvas": "canvas", "moodle": "email", "blackboard": "username"}[name]
    ids = {p[known] for p in people}
    for row in made:
        if row[key]:
            assert lms.plain(row[key]) in ids
            assert 0 <= float(row[column]) <= 21
    assert len({row[key] for row in made}) == len(made), "nobody is there twice"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\n=1"])
def test_no_cell_is_a_formula(value):
    [[cell]] = csv.reader(io.StringIO(lms.table([[value]]), newline=""))
    assert cell == "'" + value
    assert lms.plain(cell) == value


def test_a_carriage_return_starts_no_new_row():
    assert lms.table([["a\r=1", "b"]]) == '"a\n=1",b\n'


def test_numbers_stay_numbers():
    assert lms.table([[-1.5, 2]]) == "-1.5,2\n"


def test_equal_names_are_never_mixed_up():
    roster = lms.read_roster(GOLDEN / "canvas_roster.csv")
    people, why = lms.matched({"Ann Smith": None, "1002": None, "ASMITH2": None}, roster)
    assert why == {"Ann Smith": "2 students have this name or id"}
    assert people["1002"]["username"] == "asmith1"
    assert people["ASMITH2"]["canvas"] == "1003"


def test_five_hundred_students():
    names = [f'Zoë, {k}; "Q" O\'Neil' for k in range(500)]
    table = lms.table([["name", "canvas"], *([name, str(k)] for k, name in enumerate(names))])
    people = [lms.person(dict(row), canvas=False) for row in rows(table)]
    result = {"late": False, "reason": "", "marks": []}
    found = {str(k): (k / 100, result) for k in range(500)}
    made = rows(lms.exports("03_gradients", 21, found, people)["canvas.csv"])
    grades = {row["Student"]: float(row["Gate by Gate 03"]) for row in made[1:]}
    assert grades == {name: k / 100 for k, name in enumerate(names)}


def test_a_file_that_is_no_roster_is_named(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="expected the class"):
        lms.read_roster(path)


def test_blackboard_writes_tabs_and_utf_16(tmp_path):
    text = (GOLDEN / "blackboard_roster.csv").read_text(encoding="utf-8")
    path = tmp_path / "gc_x.xls"
    path.write_bytes(text.replace('","', '"\t"').encode("utf-16"))
    assert lms.read_roster(path) == lms.read_roster(GOLDEN / "blackboard_roster.csv")
