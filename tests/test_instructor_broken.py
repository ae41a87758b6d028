"""Submissions as they really come in: broken by students and by tools, and graded all the same.

Each case breaks an honest notebook of chapter 03 in one way. All points, or those of the other
exercises, or a named reason: nothing else may happen, and each repair is reported.
"""

import io
import json
import re
import zipfile

import pytest
from grading import EXERCISES, FULL, cell, code_cell, graded, honest, needs_sandbox, points

from instructor import assignments, build

pytestmark = [pytest.mark.grading, needs_sandbox]

WITHOUT_2 = FULL - 4  # exercise 3.2 has 4 points
STUBS = {number: exercise.cells["stub"] for number, exercise in EXERCISES.items()}
STUB = STUBS["3.2"]
CASES = []


def case(expected, repair="", name="s01.ipynb"):
    """Register a way to break a notebook: what must come out, and what must be reported."""

    def register(change):
        CASES.append(pytest.param(change, expected, repair, name, id=change.__name__))
        return change

    return register


def place(notebook, name):
    return [c.get("id") for c in notebook["cells"]].index(name)


def put_after(notebook, name, *cells):
    at = place(notebook, name) + 1
    notebook["cells"][at:at] = cells


def answer(notebook, number="2"):
    return cell(notebook, f"answer-3-{number}")


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def text(notebook):
    return json.dumps(notebook, ensure_ascii=False)


# Cells


@case(FULL)
def nothing(notebook):
    pass


@case(WITHOUT_2, "answer-3-2 was missing")
def answer_deleted(notebook):
    notebook["cells"].remove(answer(notebook))


@case(FULL, "check-3-2 was missing")
def check_deleted(notebook):
    notebook["cells"].remove(cell(notebook, "check-3-2"))


@case(WITHOUT_2, "check-3-2 was missing")
def check_deleted_and_answer_wrong(notebook):
    notebook["cells"].remove(cell(notebook, "check-3-2"))
    answer(notebook)["source"] = "def sigmoid_step(*_): pass\ndef sigmoid_backward(*_): pass"


@case(FULL, "check-3-2 was changed")
def check_edited(notebook):
    cell(notebook, "check-3-2")["source"] = "assert True"


@case(FULL, "check-3-2 was changed")
def check_turned_to_markdown(notebook):
    cell(notebook, "check-3-2")["cell_type"] = "markdown"


@case(FULL)
def cells_unlocked(notebook):
    for c in notebook["cells"]:
        c["metadata"]["nbgrader"]["locked"] = False


@case(FULL)
def points_edited(notebook):
    cell(notebook, "check-3-2")["metadata"]["nbgrader"]["points"] = 1000


@case(FULL, "answer-3-2 was a raw cell")
def answer_turned_raw(notebook):
    answer(notebook)["cell_type"] = "raw"


@case(FULL, "answer-3-2 was a markdown cell")
def answer_turned_to_markdown(notebook):
    answer(notebook)["cell_type"] = "markdown"


@case(FULL, "another order")
def cells_reversed(notebook):
    notebook["cells"].reverse()


@case(FULL, "another order")
def exercises_exchanged(notebook):
    cells, at, end = notebook["cells"], place(notebook, "task-3-2"), place(notebook, "task-3-3")
    notebook["cells"] = cells[:at] + cells[end:] + cells[at:end]


@case(FULL, "setup was missing")
def setup_deleted(notebook):
    notebook["cells"].remove(cell(notebook, "setup"))


@case(FULL, "setup was changed")
def setup_edited(notebook):
    cell(notebook, "setup")["source"] = "np = None"


@case(FULL, "answer-3-2 was there 2 times")
def stub_pasted_behind(notebook):
    put_after(notebook, "answer-3-2", answer(notebook) | {"source": STUB})


@case(FULL, "answer-3-2 was there 2 times")
def stub_pasted_before(notebook):
    put_after(notebook, "task-3-2", answer(notebook) | {"source": STUB})


@case(FULL, "answer-3-2 was there 2 times")
def answer_pasted_twice(notebook):
    put_after(notebook, "answer-3-2", answer(notebook))


@case(FULL, "answer-3-2 was there 2 times")
def second_copy_is_empty(notebook):
    put_after(notebook, "answer-3-2", answer(notebook) | {"source": "\n"})


@case(FULL, "check-3-2 was there 2 times")
def check_pasted_twice(notebook):
    put_after(notebook, "check-3-2", cell(notebook, "check-3-2"))


@case(FULL, "task-3-2 was there 2 times")
def task_pasted_twice(notebook):
    put_after(notebook, "task-3-1", cell(notebook, "task-3-2"))


@case(FULL)
def all_cells_twice(notebook):
    notebook["cells"] += notebook["cells"]


@case(FULL, "answer-3-2 was there 2 times")
def answer_split_in_two(notebook):
    first, second = answer(notebook)["source"].split("\n\n\ndef ")
    put_after(notebook, "answer-3-2", answer(notebook) | {"source": f"def {second}"})
    answer(notebook)["source"] = first


@case(FULL)
def answer_split_and_second_half_without_id(notebook):
    first, second = answer(notebook)["source"].split("\n\n\ndef ")
    put_after(notebook, "answer-3-2", code_cell(f"def {second}"))
    answer(notebook)["source"] = first


@case(FULL, "check-3-2 was missing")
def answer_and_check_merged(notebook):
    check = cell(notebook, "check-3-2")
    answer(notebook)["source"] += "\n\n" + "".join(check["source"])
    notebook["cells"].remove(check)


@case(FULL)
def answer_below_an_untouched_stub(notebook):
    put_after(notebook, "answer-3-2", code_cell(answer(notebook)["source"]))
    answer(notebook)["source"] = STUB


@case(FULL)
def all_answers_in_one_last_cell(notebook):
    answers = [answer(notebook, n) for n in "1234"]
    notebook["cells"].append(code_cell("\n\n".join(c["source"] for c in answers)))
    for c in answers:
        c["source"] = "..."


@case(FULL)
def helper_in_a_cell_of_its_own(notebook):
    put_after(notebook, "task-3-2", code_cell("half = 0.5"))
    answer(notebook)["source"] += "\n\nassert half == 0.5"


@case(FULL, "changed")
def spaces_and_trailing_lines(notebook):
    cell(notebook, "task-3-2")["source"] = "**see the book**"
    answer(notebook)["source"] = "\n\n" + answer(notebook)["source"] + "   \n\n\n"


# Metadata


@case(FULL, "answer-3-2 had lost its id")
def id_and_grade_id_renamed(notebook):
    answer(notebook)["metadata"]["nbgrader"]["grade_id"] = "my-answer"
    answer(notebook)["id"] = "mine"


@case(FULL)
def grade_id_renamed(notebook):
    answer(notebook)["metadata"]["nbgrader"]["grade_id"] = "my-answer"


@case(FULL)
def grade_ids_exchanged(notebook):
    for mine, other in (("2", "3"), ("3", "2")):
        answer(notebook, mine)["metadata"]["nbgrader"]["grade_id"] = f"answer-3-{other}"


@case(FULL)
def ids_exchanged(notebook):
    two, three = answer(notebook, "2"), answer(notebook, "3")
    two["id"], three["id"] = three["id"], two["id"]
    two["metadata"], three["metadata"] = three["metadata"], two["metadata"]


@case(FULL)
def metadata_of_one_cell_stripped(notebook):
    answer(notebook)["metadata"] = {}


@case(FULL)
def all_metadata_stripped(notebook):
    notebook["metadata"] = {}
    for c in notebook["cells"]:
        c["metadata"] = {}


@case(FULL, "had lost its id")
def all_ids_and_metadata_stripped(notebook):
    notebook["metadata"], notebook["nbformat_minor"] = {}, 4
    for c in notebook["cells"]:
        c["metadata"] = {}
        del c["id"]


@case(FULL, "had lost its id")
def as_colab_saves_it(notebook):
    notebook["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    notebook["nbformat_minor"] = 0
    for k, c in enumerate(notebook["cells"]):
        c["metadata"] = {"id": f"x{k}Jq"}
        del c["id"]


@case(FULL)
def as_vs_code_saves_it(notebook):
    for c in notebook["cells"]:
        c["metadata"] |= {"vscode": {"languageId": "python"}}


@case(FULL, "the kernel was 'julia-1.10'")
def foreign_kernel(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "julia-1.10", "language": "julia"}


@case(FULL)
def no_kernel(notebook):
    del notebook["metadata"]["kernelspec"]


@case(FULL)
def kernel_is_no_dictionary(notebook):
    notebook["metadata"]["kernelspec"] = ["python3"]


@case(FULL)
def future_minor_version(notebook):
    notebook["nbformat_minor"] = 99


@case(FULL)
def version_3_with_worksheets(notebook):
    cells = [c | {"input": c["source"]} for c in notebook["cells"]]
    for c in cells:
        del c["source"]
    return {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}


@case(FULL, "2 cells were broken")
def cells_that_are_none(notebook):
    notebook["cells"] += [None, {"cell_type": "code", "source": 7}]


@case(FULL)
def sources_as_lines_and_metadata_null(notebook):
    for c in notebook["cells"]:
        c["source"], c["metadata"] = c["source"], None
        if isinstance(c["source"], str):
            c["source"] = c["source"].splitlines(keepends=True)


# What the code does


@case(FULL)
def scratch_cell_raises(notebook):
    put_after(notebook, "answer-3-1", code_cell("1 / 0"))


@case(WITHOUT_2)
def syntax_error(notebook):
    answer(notebook)["source"] += "\ndef ("


@case(WITHOUT_2)
def null_byte(notebook):
    answer(notebook)["source"] += "\n# \0"


@case(FULL)
def lone_surrogate(notebook):
    answer(notebook)["source"] += "\n# \ud800"


@case(FULL)
def magics_and_commands(notebook):
    put_after(notebook, "setup", code_cell("%matplotlib inline\n!pip install numpy\nimport os"))
    answer(notebook)["source"] = "%%time\n" + answer(notebook)["source"]


@case(FULL)
def modulo_at_the_start_of_a_line(notebook):
    answer(notebook)["source"] += "\nvalue = (7\n  % 3)"


@case(WITHOUT_2)
def loop_without_end(notebook):
    answer(notebook)["source"] = "while True: pass"


@case(WITHOUT_2)
def loop_that_swallows_interrupts(notebook):
    answer(notebook)["source"] = (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    )


@case(WITHOUT_2)
def loop_inside_a_function(notebook):
    answer(notebook)["source"] += "\n\ndef sigmoid_step(*args):\n    while True: pass"
    answer(notebook)["source"] += "\n\ndef sigmoid_backward(*args):\n    while True: pass"


@case(WITHOUT_2)
def memory_without_end(notebook):
    answer(notebook)["source"] = "rows = []\nwhile True: rows.append(np.ones(10**6))"


@case(FULL)
def exit_in_a_scratch_cell(notebook):
    put_after(notebook, "answer-3-1", code_cell("import sys\nsys.exit(0)"))


@case(WITHOUT_2)
def process_ends_itself(notebook):
    answer(notebook)["source"] = "import os\nos._exit(0)"


@case(WITHOUT_2)
def process_ends_itself_in_a_function(notebook):
    answer(notebook)["source"] = (
        "import os\nsigmoid_step = sigmoid_backward = lambda *a: os._exit(0)"
    )


@case(WITHOUT_2)
def segmentation_fault(notebook):
    answer(notebook)["source"] = "import ctypes\nctypes.string_at(0)"


@case(WITHOUT_2)
def recursion_without_end(notebook):
    answer(notebook)["source"] = "def sigmoid_step(*a): return sigmoid_step(*a)\nsigmoid_step(1)"


@case(FULL - 4)
def nested_parentheses(notebook):
    answer(notebook)["source"] = "(" * 90_000 + ")" * 90_000


@case(FULL - 4)
def nested_signs(notebook):
    answer(notebook)["source"] = "x = " + "-" * 150_000 + "1"


@case(WITHOUT_2)
def answer_of_a_hundred_megabytes(notebook):
    answer(notebook)["source"] = "sigmoid_step = sigmoid_backward = lambda *a: 'x' * 10**8"


@case(FULL)
def input_in_a_scratch_cell(notebook):
    put_after(notebook, "answer-3-1", code_cell("name = input('your name')"))


@case(FULL)
def prints_without_measure(notebook):
    put_after(notebook, "answer-3-1", code_cell("for k in range(200_000): print('x' * 100)"))


@case(FULL)
def child_process_and_thread_left_behind(notebook):
    source = (
        "import subprocess, threading, time\n"
        "subprocess.Popen(['sleep', '1000'])\n"
        "threading.Thread(target=time.sleep, args=(1000,)).start()"
    )
    put_after(notebook, "answer-3-1", code_cell(source))


@case(FULL)
def draws_figures(notebook):
    put_after(
        notebook, "setup", code_cell("import matplotlib.pyplot as plt\nplt.plot([1]); plt.show()")
    )


@case(FULL)
def changes_the_state_of_numpy(notebook):
    put_after(notebook, "setup", code_cell("np.seterr(all='raise')\nnp.random.seed(1)"))


@case(0)
def unanswered(notebook):
    for number, stub in STUBS.items():
        answer(notebook, number[-1])["source"] = stub


# Files


@case(r"breaks off at character")
def truncated(notebook):
    return text(notebook)[:2000].encode()


@case("the file is empty")
def empty(notebook):
    return b""


@case("the file is empty")
def white_space(notebook):
    return b"\n \n"


@case("breaks off")
def conflict_marks_of_git(notebook):
    return text(notebook).replace("{", "<<<<<<< HEAD\n{", 3).encode()


@case("breaks off")
def saved_twice_into_one_file(notebook):
    return 2 * text(notebook).encode()


@case("no notebook")
def list_instead_of_a_notebook(notebook):
    return b"[1, 2, 3]"


@case("no notebook")
def notebook_without_cells(notebook):
    return b'{"nbformat": 4}'


@case("no notebook|breaks off")
def nested_without_end(notebook):
    return b"[" * 200_000


@case("no cell of these exercises")
def another_notebook(notebook):
    return {"nbformat": 4, "metadata": {}, "cells": [code_cell("print('hello')")]}


@case("no cell of these exercises")
def notebook_of_another_chapter(notebook):
    return build.text_of(assignments.release("04_bptt")).encode()


@case("breaks off", name="s01.py")
def python_file(notebook):
    return b"x = 1\n"


@case("breaks off", name="s01.pdf")
def pdf(notebook):
    return b"%PDF-1.7\n\xff\xfe\x00"


@case("breaks off")
def web_page(notebook):
    return b"<!doctype html><title>Sign in</title>"


@case(FULL, "byte-order mark")
def byte_order_mark(notebook):
    return text(notebook).encode("utf-8-sig")


@case(FULL, "UTF-16")
def utf_16(notebook):
    return text(notebook).encode("utf-16")


@case(FULL, "not in UTF-8")
def latin_1(notebook):
    answer(notebook)["source"] += "\n# für Zoë"
    return text(notebook).encode("latin-1", "ignore")


@case(FULL)
def windows_newlines(notebook):
    for c in notebook["cells"]:
        c["source"] = "".join(c["source"]).replace("\n", "\r\n")
    return json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()


@case(FULL, name="ps1 (1).ipynb")
def name_of_a_second_download(notebook):
    pass


@case(FULL, name="Übung 3 – Zoë's; rm -rf $HOME.ipynb")
def name_with_signs(notebook):
    pass


@case(FULL, name="s01/solved/notebooks/final/03.ipynb")
def deep_in_folders(notebook):
    pass


@case(FULL, "packed in a zip", name="s01.zip")
def zip_with_a_folder(notebook):
    return zipped({"solved/03.ipynb": text(notebook), "solved/readme.txt": "hello"})


@case(FULL, "packed in a zip", name="s01.zip")
def zip_from_a_mac(notebook):
    junk = {"__MACOSX/solved/._03.ipynb": "x", "solved/.ipynb_checkpoints/03.ipynb": "{}"}
    return zipped({"solved/03.ipynb": text(notebook)} | junk)


@case("holds 2 notebooks", name="s01.zip")
def zip_with_two_notebooks(notebook):
    return zipped({"a.ipynb": text(notebook), "b.ipynb": text(notebook)})


@case("holds 0 notebooks", name="s01.zip")
def zip_without_notebook(notebook):
    return zipped({"a.txt": "hello"})


@case("damaged|breaks off", name="s01.zip")
def damaged_zip(notebook):
    return zipped({"a.ipynb": text(notebook)})[:-200]


@case("larger than", name="s01.zip")
def zip_that_unpacks_to_a_hundred_megabytes(notebook):
    return zipped({"a.ipynb": b" " * 100_000_000})


@case(FULL)
def outputs_of_fifty_megabytes(notebook):
    answer(notebook)["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}
    ]


@case("larger than")
def file_of_seventy_megabytes(notebook):
    return b" " * 70_000_000


@case("more than 2 MB of text")
def cell_of_three_megabytes(notebook):
    answer(notebook)["source"] += "\n# " + "x" * 3_000_000


@pytest.mark.parametrize(("change", "expected", "repair", "name"), CASES)
def test_a_broken_submission(
    tmp_path, change, expected, repair, name, record_property, monkeypatch
):
    notebook = honest()
    if "loop" in change.__name__:
        monkeypatch.setattr(EXERCISES["3.2"], "seconds", 1)
    content = change(notebook)
    result = graded(tmp_path / "in", notebook if content is None else content, name)
    if isinstance(expected, str):
        assert re.search(expected, result["reason"]), result["reason"]
        assert result["marks"] == []
    else:
        assert result["reason"] == ""
        notes = [(m["number"], m["note"], m["parts"]) for m in result["marks"]]
        assert points(result) == expected, (notes, result["repairs"])
    assert any(repair in text for text in result["repairs"]) or not repair, result["repairs"]
    record_property("submissions broken, each with a score or a reason", 1)


def test_there_are_sixty():
    assert len(CASES) >= 60


def test_links_and_empty_folders_have_a_reason(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "s01.ipynb").symlink_to("/etc/passwd")
    result = graded(folder, None)
    assert "link" in result["reason"]
    (folder / "s01.ipynb").unlink()
    (folder / "s02").mkdir()
    assert "no plain file" in graded(folder, None)["reason"]
