"""What runs in the sandbox: it executes the student's cells and answers questions about them.

It reads one request a line, as JSON, and writes one line for each. Nothing here is secret.
"""

import base64
import json
import os
import resource
import sys
import traceback

import numpy as np
from numpy import ma  # at once: a cell may leave a process in which nothing can be imported

TEXT = 2000  # characters of an error that are kept


def encode(value):
    """Turn a value into what JSON can hold; what has no counterpart, into the name of its type."""
    if hasattr(value, "detach"):  # a tensor
        value = value.detach().cpu().numpy()
    if isinstance(value, ma.MaskedArray):
        return {"other": "masked array"}
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        value = np.asarray(value, value.dtype.newbyteorder("<"))
        data = base64.b64encode(value.tobytes()).decode()
        return {"array": [value.dtype.str, value.shape, data]}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    return {"other": type(value).__name__}


class Other(str):
    """The name of a type that cannot be sent."""


def decode(value):
    """Turn it back. Nothing is executed: arrays are bytes of a plain number type."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "array":
        dtype, shape, data = content
        dtype = np.dtype(str(dtype))
        if dtype.kind not in "biufc":
            raise ValueError("not an array of numbers")
        return np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
    if kind == "complex":
        return complex(*content)
    if kind == "tuple":
        return tuple(decode(item) for item in content)
    if kind == "dict":
        return {decode(key): decode(item) for key, item in content}
    return Other(content)


class Ignored:
    """Stands for IPython: %magic and !command do nothing in the sandbox."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


NAMES = {"__name__": "__main__", "get_ipython": Ignored}  # before the first cell


def confine(limits, user):
    """Set limits that cannot be raised again, and become another user if this one is root."""
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def forbid(names):
    """Replace what the student shall write by a function that says so, wherever it is bound."""

    def refused(*args, **kwargs):
        raise NameError("this exercise asks you to write that yourself")

    for name in names:
        module, _, attribute = name.rpartition(".")
        module = __import__(module, fromlist=["_"])
        found = getattr(module, attribute)
        for other in list(sys.modules.values()):
            for key, value in list(getattr(other, "__dict__", {}).items()):
                if value is found:
                    setattr(other, key, refused)


def explain(error):
    """Return the kind, the message and the line of an error, in few words."""
    try:
        lines = [
            f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "cell"
        ]
        place = f" (line {lines[-1]})" if lines else ""
        return f"{type(error).__name__}: {error}{place}"[:TEXT]
    except BaseException:
        return "an error that cannot be shown"


def handle(request, namespace):
    """Run a cell, or evaluate an expression, and return the reply."""
    try:
        if "forbid" in request:
            forbid(request["forbid"])
            return {"value": None}
        if "forget" in request:
            namespace.clear()
            namespace.update(NAMES)
            return {"value": None}
        if "run" in request:
            exec(compile(request["run"], "cell", "exec"), namespace)
            return {"value": None}
        inputs = {name: decode(value) for name, value in request["inputs"].items()}
        scope = {**namespace, **inputs}
        return {"value": encode(eval(compile(request["evaluate"], "question", "eval"), scope))}
    except BaseException as error:  # sys.exit and KeyboardInterrupt too: the next cell goes on
        return {"error": explain(error)}


def main():
    """Answer requests until there is none. The student's code sees empty input and output."""
    requests, replies = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    start = json.loads(requests.readline())
    confine(start["limits"], start["user"])
    namespace = dict(NAMES)
    for line in requests:
        reply = handle(json.loads(line), namespace)
        try:
            text = json.dumps(reply)
        except BaseException as error:
            text = json.dumps({"error": explain(error)})
        replies.write(text + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
