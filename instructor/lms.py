"""Grades for Canvas, Moodle and Blackboard, and as plain CSV.

The roster is the file that the LMS itself exports, or a CSV with the columns of FIELDS. Only
finished grades go into the files for the LMS: who handed in nothing, could not be graded or waits
for a person is in grades.csv only, so that an import overwrites nothing.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict

# What a column is called in the exports of Canvas, Moodle and Blackboard.
FIELDS = {
    "student": ["student"],  # the name of the folder or file, if it is none of the others
    "first": ["first", "first name"],
    "last": ["last", "last name", "surname"],
    "name": ["name", "student name", "full name"],
    "email": ["email", "email address"],
    "username": ["username", "sis login id", "login"],
    "id": ["id number", "student id", "sis user id"],
    "canvas": ["canvas", "canvas id"],
    "section": ["section"],
}
FORMULA = ("=", "+", "-", "@", "\t", "\n")
NEEDED = {"canvas": ["canvas"], "moodle": ["id", "email"], "blackboard": ["username"]}
NAMES = [
    re.compile(r"^[^_]+(?:_LATE)?_(\d+)_\d+_"),  # Canvas: doejane_LATE_1234_5678_file.ipynb
    re.compile(r"^(.+)_\d+_assignsubmission_"),  # Moodle: Jane Doe_1234_assignsubmission_file_
    re.compile(r"^.+_([^_]+)_attempt_\d{4}-"),  # Blackboard: Test_jdoe_attempt_2026-11-26-...
]


def student_of(entry):
    """Return who handed in a file or folder, from its name as the LMS writes it."""
    for pattern in NAMES:
        if found := pattern.match(entry.name):
            return clean(found[1])
    return clean(entry.name if entry.is_dir() else entry.stem)


def late_by_name(path):
    """Say whether Canvas has marked the file as late."""
    return bool(re.match(r"^[^_]+_LATE_\d+_\d+_", path.name))


def clean(text):
    """Return a text in one Unicode form, without odd spaces, so that equal names are equal."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def safe(value):
    """Return a cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r", "\n")
    return "'" + text if text.startswith(FORMULA) else text


def plain(text):
    """Undo `safe`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def table(rows):
    """Return rows as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[safe(value) for value in row] for row in rows])
    return text.getvalue()


def read_roster(path):
    """Return the class as a list of dicts with the keys of FIELDS."""
    data = path.read_bytes()
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # as Blackboard writes it
    text = data.decode("utf-16" if utf16 else "utf-8-sig")
    dialect = "excel-tab" if "\t" in text.split("\n", 1)[0] else "excel"
    rows = [
        {key.strip().lower(): clean(value or "") for key, value in row.items() if key}
        for row in csv.DictReader(io.StringIO(text), dialect=dialect)
    ]
    canvas = "sis login id" in (rows[0] if rows else {})
    people = [person(row, canvas) for row in rows if "points possible" not in str(row).lower()]
    if not any(p["name"] for p in people):
        raise SystemExit(
            f"{path}: expected the class as Canvas, Moodle or Blackboard exports it, with names; "
            f"got the columns {', '.join(rows[0]) if rows else 'none'}"
        )
    return people


def person(row, canvas):
    """Return one student from a row of any of the three exports."""
    if canvas:
        row = row | {"name": row["student"], "canvas": row.get("id", ""), "student": ""}
    found = {
        field: next((row[name] for name in names if row.get(name)), "")
        for field, names in FIELDS.items()
    }
    if not found["name"]:
        found["name"] = f"{found['first']} {found['last']}".strip()
    if not found["last"] and "," in found["name"]:
        found["last"], _, found["first"] = map(str.strip, found["name"].partition(","))
    elif not found["last"]:
        found["first"], _, found["last"] = found["name"].rpartition(" ")
    return found


def matched(graded, roster):
    """Return ({student: person}, {student: why there is none})."""
    by_key = defaultdict(list)
    for p in roster:
        names = {p["name"], f"{p['first']} {p['last']}", f"{p['last']}, {p['first']}"}
        keys = {p["student"], p["canvas"], p["username"], p["id"], p["email"]} | names
        for key in {key.casefold() for key in keys if key.strip()}:
            by_key[key].append(p)
    people, why = {}, {}
    for student in graded:
        found = by_key[student.casefold()]
        if len(found) == 1:
            people[student] = found[0]
        else:
            why[student] = (
                f"{len(found)} students have this name or id" if found else "not in the roster"
            )
    return people, why


def grades(chapter, of, graded, roster):
    """Return the plain table: everybody who handed in or is in the roster, with what is known."""
    people, why = matched(graded, roster)
    rows = [["student", "name", "id", "chapter", "points", "of", "late", "status"]]
    for student, (points, result) in sorted(graded.items()):
        p = people.get(student, {"name": "", "id": ""})
        late = "late" if result["late"] else ""
        state = "; ".join([status(result), *remarks(student, people, why, roster)])
        points = "" if result["reason"] else points
        rows.append([student, p["name"], p["id"], chapter, points, of, late, state])
    present = {id(p) for p in people.values()}
    for p in roster:
        if id(p) not in present:
            rows.append(["", p["name"], p["id"], chapter, "", of, "", "nothing handed in"])
    return rows


def remarks(student, people, why, roster):
    """Return why a student is in no file, or not in all files, for the LMS."""
    if not roster:
        return []
    if student in why:
        return [why[student]]
    return [
        f"not in {name}.csv: no id" for name in used(roster) if not known(name, people[student])
    ]


def known(name, person):
    """Say whether an LMS can find a student again."""
    return any(person[field] for field in NEEDED[name])


def used(roster):
    """Return the LMSs for which the roster has ids."""
    return [name for name in NEEDED if any(known(name, person) for person in roster)]


def status(result):
    """Say what became of a submission."""
    if result["reason"]:
        return f"not graded: {result['reason']}"
    waiting = [m["number"] for m in result["marks"] if m["by_person"] and m.get("person") is None]
    return f"to mark: {', '.join(waiting)}" if waiting else "graded"


def canvas(title, of, rows):
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]
    lines = [
        [p["name"], p["canvas"], p["id"], p["username"], p["section"], points]
        for p, points, _ in rows
        if known("canvas", p)
    ]
    return [head, ["    Points Possible", "", "", "", "", of], *lines]


def moodle(title, of, rows):
    head = ["First name", "Last name", "ID number", "Email address", title, "Feedback"]
    lines = [
        [p["first"], p["last"], p["id"], p["email"], points, "handed in late" if late else ""]
        for p, points, late in rows
        if known("moodle", p)
    ]
    return [head, *lines]


def blackboard(title, of, rows):
    head = ["Last Name", "First Name", "Username", "Student ID"]
    lines = [
        [p["last"], p["first"], p["username"], p["id"], points]
        for p, points, _ in rows
        if known("blackboard", p)
    ]
    return [[*head, f"{title} [Total Pts: {of:g} Score]"], *lines]


WRITERS = {"canvas": canvas, "moodle": moodle, "blackboard": blackboard}


def exports(chapter, of, graded, roster):
    """Return {file name: text}. `graded` is {student: (points, result)}."""
    title = f"Gate by Gate {chapter[:2]}"
    people, _ = matched(graded, roster)
    rows = [
        (people[student], points, result["late"])
        for student, (points, result) in sorted(graded.items())
        if student in people and status(result) == "graded"
    ]
    files = {"grades.csv": grades(chapter, of, graded, roster)}
    for name in used(roster):
        files[f"{name}.csv"] = WRITERS[name](title, of, rows)
    return {name: table(lines) for name, lines in files.items()}
