"""Cheats get no full marks, and nothing escapes from the sandbox."""

import json
import os
import socket
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from grading import ASSIGNMENT, EXERCISES, cell, code_cell, graded, honest, needs_sandbox, points

from instructor import report, sandbox, source
from instructor.grade import score
from instructor.sandbox import AnswerError, Sandbox, Stopped
from instructor.worker import decode

pytestmark = [pytest.mark.grading, needs_sandbox]

# Wrong answers to 3.2: each cheat stands on top of one.
WRONG = EXERCISES["3.2"].wrong["slope of tanh"]
NOTHING = "def sigmoid_step(*args): return None\ndef sigmoid_backward(*args): return None\n"
DECEIVER = """
class Equal(np.ndarray):
    __eq__ = __le__ = __lt__ = lambda *a: True
    __sub__ = __rsub__ = lambda *a: 0
"""

CHEATS = {
    "assert_allclose replaced": WRONG + "\nnp.testing.assert_allclose = lambda *a, **k: None",
    "allclose replaced": WRONG + "\nnp.allclose = lambda *a, **k: True",
    "isclose and array_equal replaced": WRONG
    + "\nnp.isclose = np.array_equal = lambda *a, **k: True",
    "abs and max replaced": WRONG + "\nnp.abs = np.max = lambda *a, **k: 0.0",
    "relative_error replaced": WRONG + "\nrelative_error = lambda *a: 0.0",
    "relative_error of the library replaced": WRONG
    + "\nimport rnnlib\nrnnlib.relative_error = rnnlib.gradcheck.relative_error = lambda *a: 0.0",
    "numerical_gradient replaced": WRONG
    + "\nimport rnnlib\nrnnlib.numerical_gradient = numerical_gradient = lambda f, x, *a: 0 * x",
    "flags of the interpreter replaced": WRONG + "\nimport sys\nsys.flags = None",
    "builtins replaced": WRONG
    + "\nimport builtins\nbuiltins.AssertionError = builtins.Exception = Warning",
    "exit with code 0": "import sys\nsys.exit(0)",
    "exit when a test calls": "import sys\nsigmoid_step = sigmoid_backward = sys.exit",
    "process ends with code 0": "import os\nos._exit(0)",
    "ends at the end": WRONG + "\nimport atexit, os\natexit.register(os._exit, 0)",
    "hard-coded values": NOTHING.replace("None", "{'x': 1.0, 'h': 1.0, 'W_x': 1.0, 'b': 1.0}"),
    "hard-coded for the self-check": (
        "def sigmoid_step(x, *_): return np.full((4, 5), 0.5)\n"
        "def sigmoid_backward(dh, *_):\n"
        "    return dict.fromkeys(['x', 'h', 'W_x', 'W_h', 'b'], dh.sum(0) / 4)"
    ),
    "not a number": NOTHING.replace("None", "dict.fromkeys(['x','h','W_x','W_h','b'], np.nan)"),
    "infinity": NOTHING.replace("None", "np.inf"),
    "empty arrays": NOTHING.replace(
        "None", "dict.fromkeys(['x','h','W_x','W_h','b'], np.empty(0))"
    ),
    "array that is equal to all": DECEIVER + NOTHING.replace("None", "np.zeros(3).view(Equal)"),
    "object that is equal to all": (
        "class Equal:\n    __eq__ = __getitem__ = __sub__ = __array__ = lambda *a: True\n"
        + NOTHING.replace("None", "Equal()")
    ),
    "masked array": NOTHING.replace("None", "np.ma.masked_all((4, 5))"),
    "object that is pickled into a call": (
        "class P:\n    def __reduce__(self): return (exec, ('raise SystemExit',))\n"
        + NOTHING.replace("None", "P()")
    ),
    "array of objects": NOTHING.replace("None", "np.array([object()] * 3)"),
    "reply of another kind": WRONG
    + "\nimport json\njson.dumps = lambda *a, **k: '{\"value\": true}'",
    "two replies at once": WRONG + "\nimport json\nold = json.dumps\n"
    "json.dumps = lambda v, *a, **k: old(v) + '\\n' + old({'value': None})",
    "reply that says passed": WRONG
    + '\nimport json\njson.dumps = lambda *a, **k: \'{"passed": true, "points": 4}\'',
    "writes into every open file": WRONG + "\nimport os\nfor k in range(3, 30):\n"
    "    try: os.write(k, b'{\"value\": true}\\n')\n    except OSError: pass",
    "encode replaced": WRONG
    + "\nimport sys\nsys.modules['__main__'].encode = lambda v: {'tuple': [True]}",
    "looks for the tests in memory": (
        "import gc\nfound = [o for o in gc.get_objects() if callable(o)"
        " and getattr(o, '__name__', '').startswith('test_')]\n"
        "assert found\nsigmoid_step = sigmoid_backward = found[0]"
    ),
    "looks for the answer in the frames": (
        "import sys\ndef sigmoid_step(*a):\n    f = sys._getframe()\n    while f:\n"
        "        for k, v in f.f_locals.items():\n            if 'expected' in k: return v\n"
        "        f = f.f_back\nsigmoid_backward = sigmoid_step"
    ),
    "reads the solution from the folder": (
        "from pathlib import Path\n"
        "text = next(Path('/').rglob('2_sigmoid.py')).read_text()\n"
        "exec(text.split('# %% solution')[1].split('# %% hidden')[0])"
    ),
    "answers of a neighbour from the folder": (
        "from pathlib import Path\nimport json\n"
        "text = next(Path('/').rglob('s0*.ipynb')).read_text()\n"
        "[exec(c['source']) for c in json.loads(text)['cells'] if 'sigmoid_step' in c['source']]"
    ),
    "metadata with points": "metadata",
    "output that says passed": "output",
    "self-check replaced by passing one": "check",
}


# After these the process gives no more sensible answers, or no library to answer with.
SPOIL = {
    "numerical_gradient replaced",
    "relative_error of the library replaced",
    "reply of another kind",
    "two replies at once",
    "reply that says passed",
    "writes into every open file",
    "encode replaced",
}


@pytest.mark.parametrize("name", CHEATS)
def test_no_cheat_is_paid(tmp_path, name, record_property):
    notebook = honest()
    mine, check = cell(notebook, "answer-3-2"), cell(notebook, "check-3-2")
    mine["source"] = CHEATS[name] if "\n" in CHEATS[name] else WRONG
    if name == "metadata with points":
        check["metadata"]["nbgrader"] |= {"points": 100, "score": 100, "auto_score": 100}
    if name == "output that says passed":
        shown = {"output_type": "execute_result", "data": {"text/plain": "4.0"}, "metadata": {}}
        check["outputs"] = [shown | {"execution_count": 1}]
    if name == "self-check replaced by passing one":
        check["source"] = "print('public checks passed; hidden tests run later')"
    result = graded(tmp_path / "in", notebook)
    mark = next(m for m in result["marks"] if m["number"] == "3.2")
    assert mark["points"] < mark["of"], mark
    assert mark["points"] <= 1, "the wrong answer itself deserves the forward step, no more"
    others = points(result) - mark["points"]
    assert others == 12 or name in SPOIL, "honest work beside it is paid"
    record_property("cheats, none paid in full", 1)


def test_there_are_thirty_cheats():
    assert len(CHEATS) >= 30


def test_what_the_exercise_asks_for_is_not_in_the_library():
    with Sandbox() as box:
        box.forbid(["rnnlib.gru_step", "numpy.gradient"])
        for code in (
            "import rnnlib; rnnlib.gru_step()",
            "from rnnlib.cells import gru_step; gru_step()",
            "getattr(__import__('numpy'), 'grad' + 'ient')([1.0, 2.0])",
        ):
            with pytest.raises(AnswerError, match="write that yourself"):
                box.run(code, time.monotonic() + 10)


@pytest.mark.parametrize(
    "bad", [{"array": ["O", [1], ""]}, {"a": 1, "b": 2}, {"array": ["<f8", [3], ""]}, {"tuple": 1}]
)
def test_an_answer_that_is_no_data_is_refused(bad):
    with pytest.raises((ValueError, TypeError)):
        decode(bad)


# Escapes: each expression is evaluated in the sandbox, and must give nothing.

SECRET = source.EXERCISES / "03_gradients" / "2_sigmoid.py"

ESCAPES = {
    "reads the source": f"__import__('pathlib').Path({str(SECRET)!r}).read_text()",
    "lists the folder of the exercises": f"__import__('os').listdir({str(source.EXERCISES)!r})",
    "reads the tests": f"__import__('pathlib').Path({__file__!r}).read_text()",
    "searches the disk for the canary": (
        "__import__('subprocess').check_output(['grep', '-rlIs', 'GBG-CANARY', '/course', '/tmp',"
        " '/dev', '/etc', '/home', '/media', '/mnt', '/opt', '/run', '/srv', '/var'])"
    ),
    "reads the password file": "open('/etc/shadow').read()",
    "reads the environment of the grader": "open('/proc/1/environ').read().index('SECRET_OF_US')",
    "sees the processes of the machine": (
        "[p for p in __import__('os').listdir('/proc') if p.isdigit() and int(p) > 300][0]"
    ),
    "kills the grader": f"__import__('os').kill({os.getppid()}, 9) or True",
    "writes beside rnnlib": "open('/course/rnnlib/cells.py', 'a').write('x')",
    "writes into the environment": (
        "open(__import__('numpy').__file__, 'a').write('raise SystemExit')"
    ),
    "writes to the root": "open('/left-behind', 'w').write('x')",
    "writes to the shared memory": "open('/dev/shm/left-behind', 'w').write('x')",
    "opens a socket": "__import__('socket').create_connection(('1.1.1.1', 80), 2)",
    "asks a name server": "__import__('socket').getaddrinfo('example.org', 443)",
    "reaches a service of this machine": (
        "__import__('socket').create_connection(('127.0.0.1', PORT), 2)"
    ),
    "becomes root": "__import__('os').setuid(0) or True",
    "raises its limits": "__import__('resource').setrlimit(6, (10**6, 10**6)) or True",
    "mounts the disk": (
        "__import__('ctypes').CDLL(None, use_errno=True).mount(b'/dev/vda', b'/tmp', b'ext4', 0, 0)"
        " == 0 or 1 / 0"
    ),
    "loads a module of the kernel": (
        "__import__('ctypes').CDLL(None).syscall(175, 0, 0, 0) == 0 or 1 / 0"
    ),
    "changes the root": "__import__('os').chroot('/tmp') or True",
    "traces another process": "__import__('ctypes').CDLL(None).ptrace(16, 1, 0, 0) == 0 or 1 / 0",
}


@pytest.mark.parametrize("name", ESCAPES)
def test_nothing_escapes(name, record_property, monkeypatch):
    monkeypatch.setenv("SECRET_OF_US", "a token")
    with socket.create_server(("127.0.0.1", 0)) as server, Sandbox() as box:
        port = str(server.getsockname()[1])
        with pytest.raises((AnswerError, Stopped)):
            box.evaluate(ESCAPES[name].replace("PORT", port), {}, time.monotonic() + 20)
    assert not Path("/left-behind").exists()
    record_property("escapes, none succeeded", 1)


def test_the_open_world_has_what_the_escapes_look_for():
    """Without the sandbox the same attempts succeed: so the tests above can fail."""
    assert eval(ESCAPES["reads the source"])
    assert eval(ESCAPES["lists the folder of the exercises"])
    assert eval(ESCAPES["reads the tests"])


def test_the_score_cannot_be_written(tmp_path):
    """A student who knows where results lie writes one: it changes nothing."""
    out = tmp_path / "out" / "results"
    notebook = honest()
    cell(notebook, "answer-3-2")["source"] = (
        f"import os\nos.makedirs({str(out)!r}, exist_ok=True)\n"
        f"for k in os.listdir({str(out)!r}) or ['s01.json']:\n"
        f"    open(os.path.join({str(out)!r}, k), 'w').write('{{}}')"
    )
    result = graded(tmp_path / "in", notebook)
    [stored] = out.iterdir()
    assert json.loads(stored.read_text()) == result
    assert points(result) == 12


def run_and_time(code):
    """Run code in the sandbox for at most 5 seconds, and return the reason and the seconds."""
    start, reason = time.monotonic(), ""
    try:
        with Sandbox() as box:
            box.run("import numpy", start + 5)
            inside = namespaces(box.process.pid)
            box.run(code, start + 5)
    except (AnswerError, Stopped) as error:
        reason = str(error)
    assert left(inside) == [], "a process outlives its sandbox"
    return reason, time.monotonic() - start


def namespaces(pid):
    """Return the process namespaces that the descendants of a process are in, other than ours."""
    children = sandbox.psutil.Process(pid).children(recursive=True)
    found = {os.readlink(f"/proc/{child.pid}/ns/pid") for child in children}
    return found - {os.readlink("/proc/self/ns/pid")}


def left(inside):
    """Return the processes in these namespaces, after a moment in which the kernel ends them."""
    assert inside
    for _ in range(50):
        found = []
        for process in sandbox.psutil.process_iter():
            try:
                if os.readlink(f"/proc/{process.pid}/ns/pid") in inside:
                    found.append(process)
            except OSError:
                continue
        if not found:
            break
        time.sleep(0.1)
    return found


@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True: os.fork()",
        "import subprocess\nwhile True: subprocess.Popen(['sleep', '1000'])",
        "import threading\nwhile True: threading.Timer(99, print).start()",
    ],
    ids=["forks", "processes", "threads"],
)
def test_processes_are_limited_and_none_is_left(code):
    reason, seconds = run_and_time(code)
    assert reason
    assert seconds < 15


@pytest.mark.parametrize(
    "code",
    [
        "k = 0\nwhile True:\n    open(f'/tmp/{k}', 'wb').write(b'x' * 10**7)\n    k += 1",
        "open('/tmp/one', 'wb').write(b'x' * 10**8)",
    ],
    ids=["many files", "one file"],
)
def test_the_disk_cannot_be_filled(code):
    free = os.statvfs("/tmp").f_bavail
    reason, _ = run_and_time(code)
    assert reason
    assert abs(os.statvfs("/tmp").f_bavail - free) * os.statvfs("/tmp").f_frsize < 500 * 2**20


@pytest.mark.parametrize(
    "code",
    [
        "rows = []\nwhile True: rows.append(b'x' * 10**7)",
        "import os\nfor _ in range(8):\n    if os.fork() == 0:\n        rows = [b'x' * 10**7]\n"
        "        while True: rows.append(rows[0] + b'y')",
    ],
    ids=["one process", "many processes"],
)
def test_memory_is_limited(code, monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 300 * 2**20)
    reason, _ = run_and_time(code + "\nwhile True: pass")
    assert reason == "used more than 300 MB"


def test_nothing_outlives_the_limit():
    code = (
        "import os, signal\nfor k in range(1, 64):\n"
        "    try: signal.signal(k, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "if os.fork() == 0: os.setsid()\nwhile True: pass"
    )
    reason, seconds = run_and_time(code)
    assert "did not end in time" in reason
    assert seconds < 8


def test_a_flood_of_output_is_cut_off():
    code = (
        "import os\nwhile True:\n    for k in range(3, 9):\n"
        "        try: os.write(k, b'x' * 10**6)\n        except OSError: pass"
    )
    reason, seconds = run_and_time(code)
    assert reason
    assert seconds < 10


def test_the_process_is_another_user_with_no_power():
    with Sandbox() as box:
        far = time.monotonic() + 10
        uids = box.evaluate("__import__('os').getresuid()", {}, far)
        assert os.getuid() not in uids
        assert 0 not in uids
        status = box.evaluate("open('/proc/self/status').read()", {}, far)
        for line in ("CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1"):
            assert line in status
        assert box.evaluate("sorted(__import__('os').listdir('/course'))", {}, far) == [
            "rnnlib",
            "worker.py",
        ]
        if Path(sys.prefix).parent == source.ROOT:
            listed = box.evaluate(f"__import__('os').listdir({str(source.ROOT)!r})", {}, far)
            assert listed == [Path(sys.prefix).name], "of this repository: its Python, no more"
        names = box.evaluate("sorted(__import__('os').environ)", {}, far)
        assert set(names) <= {*sandbox.ENVIRONMENT, "PYTHONPATH", "PWD", "LC_CTYPE"}


def test_answers_come_back_as_they_were():
    values = {
        "np.arange(6.0).reshape(2, 3)": np.arange(6.0).reshape(2, 3),
        "np.float32(0.5)": np.float32(0.5),
        "(1, 'a', None, [True])": (1, "a", None, [True]),
        "{'a': 1.5, 2: 1j}": {"a": 1.5, 2: 1j},
        "x + 1": np.array([2, 3]),
    }
    with Sandbox() as box:
        far = time.monotonic() + 10
        box.run("import numpy as np", far)
        for question, value in values.items():
            got = box.evaluate(question, {"x": np.array([1, 2])}, far)
            np.testing.assert_equal(got, value)


def test_a_report_shows_no_test_and_loads_nothing(tmp_path):
    notebook = honest()
    cell(notebook, "answer-3-2")["source"] = (
        "def sigmoid_step(*a): raise ValueError('<script src=\"https://example.org\"></script>')"
    )
    notebook["cells"].insert(3, code_cell("1 / 0"))
    result = graded(tmp_path / "in", notebook)
    result["late"] = True
    page = report.page(result, score(result))
    assert "<script" not in page
    assert "&lt;script" in page
    for word in ("src=", "href=", "http:", "CANARY", "def test_", "import "):
        assert word not in page.replace("src=&quot;https", ""), word
    for exercise in ASSIGNMENT.exercises:
        secret = exercise.cells.get("hidden tests", "") + exercise.cells["solution"]
        code = [
            line.strip() for line in secret.splitlines() if len(line) > 40 and '"""' not in line
        ]
        assert not [line for line in code if line in page]


def test_without_a_sandbox_nothing_is_graded(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    said = sandbox.complaint()
    for word in ("expected:", "got: no bwrap", "cause:", "fix:", "UNSANDBOXED=yes"):
        assert word in said


def test_a_machine_that_forbids_namespaces_is_named(monkeypatch):
    broken = ["bwrap", "--ro-bind", "/no-such-folder", "/x"]
    monkeypatch.setattr(sandbox, "bubblewrap", lambda: broken)
    assert "no-such-folder" in sandbox.complaint()


def test_a_sandbox_that_does_not_start_leaves_no_process(monkeypatch):
    started = []

    def refuse(self, *_):
        started.append(self.process)
        raise Stopped("ended its process")

    monkeypatch.setattr(Sandbox, "send", refuse)
    with pytest.raises(Stopped):
        Sandbox()
    assert started[0].returncode is not None
