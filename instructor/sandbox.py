"""A process for the student's code, without network, files, or sight of anything of ours.

It is made by bubblewrap (`bwrap`): namespaces of its own, the system read-only, an empty home in
memory, another user, and limits on time, memory, processes and files. Of this repository it sees
worker.py and rnnlib only.
"""

import json
import os
import secrets
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

from .source import ROOT
from .worker import decode, encode

WORKER = ROOT / "instructor" / "worker.py"
MB = 2**20
MEMORY = 1500 * MB  # of all processes of one sandbox together
REPLY = 32 * MB  # characters of one answer
HOME = 64 * MB
LIMITS = {
    "AS": 6000 * MB,  # PyTorch maps more than it uses
    "CPU": 120,
    "NPROC": 64,
    "FSIZE": 16 * MB,
    "NOFILE": 256,
    "CORE": 0,
}
ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
}
NO_SANDBOX = """\
No sandbox, so nothing was graded.
expected: bubblewrap (the command bwrap) that may make namespaces
got: {got}
cause: it is not installed, or the machine forbids namespaces (most containers, Ubuntu 24.04)
fix: install it (apt-get install bubblewrap). In a container: start the container with --privileged.
  On Ubuntu 24.04: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
On a machine that holds nothing of value you may grade without: make grade UNSANDBOXED=yes ..."""


class AnswerError(Exception):
    """The student's code raised an error; its text is the message."""


class Stopped(Exception):
    """The sandbox is gone; the message says why."""


def shown():
    """Return {path here: path in the sandbox} of all that is shown of this machine, read-only."""
    system = ["/usr", "/etc/ld.so.cache", "/etc/alternatives", sys.base_prefix, sys.prefix]
    folders = [name for name in ("/bin", "/lib", "/lib64", "/sbin") if not os.path.islink(name)]
    ours = {ROOT / "book" / "rnnlib": "/course/rnnlib", WORKER: "/course/worker.py"}
    return {path: path for path in system + folders} | {str(k): v for k, v in ours.items()}


def mounts():
    """Return the options that show it. The folders above are made first, open to every user."""
    links = [name for name in ("/bin", "/lib", "/lib64", "/sbin") if os.path.islink(name)]
    options = [word for name in links for word in ("--symlink", os.readlink(name), name)]
    folders = {str(parent) for place in shown().values() for parent in Path(place).parents}
    for folder in sorted(folders - {"/", "/tmp"}):
        options += ["--perms", "0755", "--dir", folder]
    for path, place in shown().items():
        options += ["--ro-bind-try", path, place]
    return options


def bubblewrap():
    """Return the command up to the program. Root keeps what it needs to become another user."""
    if os.getuid() == 0:
        identity = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        identity = ["--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534"]
    names = ["ipc", "pid", "net", "uts", "cgroup-try"]
    home = ["--perms", "1777", "--size", str(HOME), "--tmpfs", "/tmp"]
    system = ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/"]
    return [
        *("bwrap", "--die-with-parent", "--new-session", "--chdir", "/tmp"),
        *(f"--unshare-{name}" for name in names),
        *(identity + home + mounts() + system),
    ]


class Sandbox:
    """One running worker. Use it as a context: leaving it kills every process in it."""

    def __init__(self, isolated=True):
        worker = "/course/worker.py" if isolated else str(WORKER)
        library = "/course" if isolated else str(ROOT / "book")
        self.process = subprocess.Popen(
            [*(bubblewrap() if isolated else []), sys.executable, "-P", worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT | {"PYTHONPATH": library},
            start_new_session=True,
        )
        os.set_blocking(self.process.stdin.fileno(), False)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.buffer = bytearray()
        user = 200_000 + secrets.randbelow(2**30) if isolated and os.getuid() == 0 else None
        try:
            self.send({"limits": LIMITS, "user": user}, time.monotonic() + 10)
        except Stopped:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def forbid(self, names):
        self.ask({"forbid": names}, time.monotonic() + 10)

    def forget(self):
        """Remove all names: the next cell is as the first."""
        self.ask({"forget": True}, time.monotonic() + 10)

    def run(self, code, deadline):
        """Run one cell; raise AnswerError with what it raised."""
        self.ask({"run": code}, deadline)

    def evaluate(self, expression, inputs, deadline):
        """Return the value of an expression in the student's namespace."""
        sent = {name: encode(value) for name, value in inputs.items()}
        return self.ask({"evaluate": expression, "inputs": sent}, deadline)

    def ask(self, request, deadline):
        self.send(request, deadline)
        try:
            reply = json.loads(self.receive(deadline))
            if "error" in reply:
                raise AnswerError(str(reply["error"])[:2000])
            return decode(reply["value"])
        except (ValueError, TypeError, KeyError, RecursionError, UnicodeError):
            raise Stopped("gave an answer that cannot be read") from None

    def send(self, request, deadline):
        data = memoryview(json.dumps(request).encode() + b"\n")
        while data:
            self.wait_for([], [self.process.stdin], deadline)
            try:
                data = data[os.write(self.process.stdin.fileno(), data) :]
            except BrokenPipeError:
                raise Stopped("ended its process") from None

    def receive(self, deadline):
        """Return one line. The answer is text of strangers: its size and its time are limited."""
        while b"\n" not in self.buffer:
            self.wait_for([self.process.stdout], [], deadline)
            data = os.read(self.process.stdout.fileno(), MB)
            if not data:
                raise Stopped("ended its process")
            self.buffer += data
            if len(self.buffer) > REPLY:
                raise Stopped(f"gave more than {REPLY // MB} MB")
        line, _, rest = bytes(self.buffer).partition(b"\n")
        self.buffer = bytearray(rest)
        return line

    def wait_for(self, reading, writing, deadline):
        while not any(select.select(reading, writing, [], 0.2)):
            if time.monotonic() > deadline:
                raise Stopped("did not end in time")
            if self.memory() > MEMORY:
                raise Stopped(f"used more than {MEMORY // MB} MB")
        if time.monotonic() > deadline:
            raise Stopped("did not end in time")

    def memory(self):
        """Return the bytes that all processes of the sandbox use now."""
        total = 0
        try:
            processes = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.Error:
            return 0
        for process in processes:
            try:
                total += process.memory_info().rss
            except psutil.Error:
                continue
        return total


def complaint():
    """Say why there is no sandbox on this machine; None when there is one."""
    if not shutil.which("bwrap"):
        return NO_SANDBOX.format(got="no bwrap")
    try:
        with Sandbox() as sandbox:
            sandbox.evaluate("1 + 1", {}, time.monotonic() + 30)
    except Stopped:
        command = [*bubblewrap(), sys.executable, "-c", ""]
        tried = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
        said = tried.stderr.strip() or "a sandbox that gives no answer"
        return NO_SANDBOX.format(got=said)
    return None
