"""Change the library in one place at a time, and see whether its unit tests notice.

usage: python tools/mutants.py [--sample N] [--only TEXT] [--jobs N] [--list] [--verbose]

A mutant is one changed expression or one dropped statement in one file of book/rnnlib. The tests of
that file run against a copy of the package that holds the mutant. If one of them fails, the mutant
is killed. A mutant that behaves like the original cannot be killed: it is excused in
tests/mutants_excused.toml, with a proof. Any other survivor is a gap in the tests.

Not changed: docstrings, annotations, texts of errors, __repr__, imports, and what has no order
(the types of isinstance, the members after `in`).
"""

import argparse
import ast
import contextlib
import gc
import hashlib
import itertools
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "book/rnnlib"
EXCUSES = ROOT / "tests/mutants_excused.toml"
MODULES = ("cells", "layers", "losses", "optim", "init", "flow")

OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
COMMUTATIVE = (ast.Add, ast.Mult, ast.BitOr, ast.BitAnd)
COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
NAMES = {
    "add": "subtract",
    "all": "any",
    "any": "all",
    "float32": "float64",
    "float64": "float32",
    "log1p": "log",
    "max": "min",
    "maximum": "minimum",
    "mean": "sum",
    "min": "max",
    "multiply": "divide",
    "ones": "zeros",
    "repeat": "tile",
    "subtract": "add",
    "sum": "mean",
    "tanh": "sinh",
    "tile": "repeat",
    "zeros": "ones",
    "zeros_like": "ones_like",
}
NO_ORDER = {"add", "multiply", "maximum", "max", "min", "swapaxes"}  # of the first two arguments
MESSAGES = {"fail", "describe", "refuse_overflow"}  # calls whose arguments are only words


@dataclass(frozen=True)
class Mutant:
    """One change; `at` counts equal changes in one function, so that each has a name of its own."""

    module: str
    line: int
    column: int
    kind: str
    function: str
    before: str
    after: str
    at: int
    source: str

    @property
    def id(self):
        return f"{self.module}.py:{self.line}:{self.column}:{self.kind}"

    @property
    def content(self):
        """The name that stays the same when lines move."""
        return self.module, self.function, self.before, self.after, self.at


# ---------------------------------------------------------------------------------------------
# What can be changed: each rule gives (kind, node to replace, its new text)


def but(node, **fields):
    """A copy of `node` with some fields replaced."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def swaps(nodes):
    """`nodes` with two neighbours swapped, for each pair of neighbours: (k, list)."""
    for k in range(len(nodes) - 1):
        if not any(isinstance(node, ast.Starred) for node in nodes[k : k + 2]):
            yield k, [*nodes[:k], nodes[k + 1], nodes[k], *nodes[k + 2 :]]


def name_of(call):
    """The last name of what is called: multiply for np.multiply."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def of_operation(node):
    match node:
        case ast.BinOp(op=op):
            yield "operator", node, but(node, op=OPERATORS[type(op)]())
            if not isinstance(op, COMMUTATIVE):
                yield "operands", node, but(node, left=node.right, right=node.left)
        case ast.Compare(ops=ops):
            for k, op in enumerate(ops):
                changed = [*ops[:k], COMPARISONS[type(op)](), *ops[k + 1 :]]
                yield f"compare-{k}", node, but(node, ops=changed)
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield "and-or", node, but(node, op=other)
        case ast.UnaryOp(operand=operand):
            yield "unary", node, operand
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield "negate", test, ast.UnaryOp(ast.Not(), test)


def is_negative(node):
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    return minus and isinstance(node.operand, ast.Constant)


def of_constant(node):
    if is_negative(node):
        yield "constant", node, ast.Constant(1 - node.operand.value)
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield "constant", node, ast.Constant(not value)
        elif isinstance(value, int):
            yield "constant", node, ast.Constant(value + 1)
        elif isinstance(value, float):
            yield "constant", node, ast.Constant(2 * value or 1.0)
    if is_axis(node):
        other = {"0": "1", "1": "0", "2": "1", "-1": "0"}[ast.unparse(node.value)]
        yield "axis", node.value, ast.Constant(int(other))


def is_axis(node):
    return isinstance(node, ast.keyword) and node.arg == "axis"


def of_slice(node):
    if isinstance(node, ast.Slice):
        one = ast.Constant(1)
        lower = ast.BinOp(node.lower, ast.Add(), one) if node.lower else one
        upper = (
            ast.BinOp(node.upper, ast.Sub(), one) if node.upper else ast.UnaryOp(ast.USub(), one)
        )
        yield "start", node, but(node, lower=lower)
        yield "stop", node, but(node, upper=upper)
        if node.step:
            yield "step", node, but(node, step=None)


def of_order(node, keys):
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for k, swapped in swaps(elements):
                yield f"swap-{k}", node, but(node, elts=swapped)
        case ast.Dict(values=values):
            for k, swapped in swaps(values):
                yield f"swap-{k}", node, but(node, values=swapped)
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            other = keys[(keys.index(key) + 1) % len(keys)]
            yield "key", node.slice, ast.Constant(other)
        case ast.Call(args=args):
            first = 1 if name_of(node) in NO_ORDER or name_of(node).startswith("check_") else 0
            for k, swapped in swaps(args):
                if k >= first:
                    yield f"arguments-{k}", node, but(node, args=swapped)


def of_name(node):
    match node:
        case ast.Call(func=ast.Attribute(attr="copy", value=value), args=[]):
            yield "copy", node, value
        case ast.Attribute(attr="T", value=value):
            yield "transpose", node, value
        case ast.Attribute(attr=name) if name in NAMES:
            yield "name", node, but(node, attr=NAMES[name])
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield "name", node, but(node, id=NAMES[name])


def of_statement(node, rebound):
    """Dropped statements. A first assignment stays: without its name nothing would run."""
    match node:
        case ast.AugAssign(target=target, op=op, value=value):
            yield "operator", node, but(node, op=OPERATORS[type(op)]())
            yield "assign", node, ast.Assign([target], value, lineno=0)
            yield "drop", node, ast.Pass()
        case ast.Expr():
            yield "drop", node, ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "drop", node, ast.Pass()
        case ast.Assign(targets=[ast.Name(id=name)]) if name in rebound:
            yield "drop", node, ast.Pass()
        case ast.FunctionDef(decorator_list=decorators):
            for decorator in decorators:
                if isinstance(decorator, ast.Call):
                    yield "drop", decorator, ast.parse("lambda f: f", mode="eval").body


# ---------------------------------------------------------------------------------------------
# Where: a walk through a module


def children(node):
    """The nodes below `node` that may be changed."""
    if isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return []
    if is_axis(node) or is_negative(node):
        return []
    if isinstance(node, ast.FunctionDef):
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d]
        return [] if node.name == "__repr__" else [*node.decorator_list, *defaults, *body(node)]
    if isinstance(node, (ast.Module, ast.ClassDef)):
        return body(node)
    if isinstance(node, ast.Call) and name_of(node) in MESSAGES:
        return []
    if isinstance(node, ast.Call) and name_of(node).startswith("check_"):
        return [*node.args[1:], *node.keywords]
    return list(ast.iter_child_nodes(node))


def body(node):
    return node.body[1:] if ast.get_docstring(node) else node.body


def without_order(node):
    """The parts of `node` whose order means nothing."""
    match node:
        case ast.Call(args=[_, kinds, *_]) if name_of(node) in ("isinstance", "_check_layer"):
            return [kinds]
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=members):
            return members
        case ast.Call(args=[_, _, shape, *_]) if name_of(node) == "check_array":
            names = isinstance(shape, ast.Tuple) and len(shape.elts) == 2
            return [shape] if names and all(isinstance(e, ast.Constant) for e in shape.elts) else []
    return []


def changes(tree):
    """Every (function, statement, kind, node, new node)."""
    keys = sorted({n.slice.value for n in ast.walk(tree) if has_key(n)})
    ordered = {id(part) for node in ast.walk(tree) for part in without_order(node)}

    def visit(node, function, statement, rebound):
        if isinstance(node, ast.stmt):
            statement = node
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            function = [*function, node.name]
            stored = Counter(n.id for n in ast.walk(node) if is_store(n))
            stored.update(n.arg for n in ast.walk(node) if isinstance(n, ast.arg))
            rebound = {name for name, count in stored.items() if count > 1}
        rules = [of_operation(node), of_constant(node), of_slice(node), of_name(node)]
        if getattr(node, "name", "") != "__repr__":
            rules.append(of_statement(node, rebound))
        if id(node) not in ordered:
            rules.append(of_order(node, keys))
        if not (isinstance(node, ast.Call) and name_of(node) in MESSAGES):
            for kind, target, new in itertools.chain(*rules):
                yield ".".join(function), statement, kind, target, new
        for child in children(node):
            yield from visit(child, function, statement, rebound)

    yield from visit(tree, [], tree, set())


def has_key(node):
    return isinstance(node, ast.Subscript) and isinstance(getattr(node.slice, "value", None), str)


def is_store(node):
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def generate(module, text):
    """All mutants of a module with this source text, in a fixed order."""
    source, tree = text.encode(), ast.parse(text)
    starts = [0, *itertools.accumulate(len(line) for line in source.splitlines(keepends=True))]
    found, times = [], Counter()
    for function, statement, kind, node, new in changes(tree):
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[node.end_lineno - 1] + node.end_col_offset
        words = text_of(new)
        times[start, stop, words] += 1
        if times[start, stop, words] > 1 or ast.unparse(new) == ast.unparse(node):
            continue
        mutated = source[:start] + words.encode() + source[stop:]
        first = starts[statement.lineno - 1] + statement.col_offset
        last = starts[statement.end_lineno - 1] + statement.end_col_offset
        if first > start:  # a decorator stands before its function
            first = start
        if getattr(statement, "body", None):
            last = starts[statement.body[0].lineno - 1]
        last = max(last, stop)
        before = squeeze(source[first:last])
        after = squeeze(source[first:start] + words.encode() + source[stop:last])
        times[function, before, after] += 1
        at = times[function, before, after]
        place = node.lineno, node.col_offset, kind
        times[place] += 1  # a + b - c: both operations begin at a
        if times[place] > 1:
            place = *place[:2], f"{kind}-no-{times[place]}"
        found.append(Mutant(module, *place, function, before, after, at, mutated.decode()))
    return found


def text_of(node):
    """Source text of a new node, safe to stand where the old one stood."""
    words = ast.unparse(node)
    if isinstance(node, (ast.stmt, ast.Slice)):
        return words
    if any(isinstance(n, ast.Slice) for n in getattr(node, "elts", [])):
        return words[1:-1]  # several indices: Python allows no parentheses
    return words if isinstance(node, ast.Tuple) else f"({words})"


def squeeze(text):
    return " ".join(text.decode().split())


def all_mutants():
    return [
        mutant
        for module in MODULES
        for mutant in generate(module, (PACKAGE / f"{module}.py").read_text("utf-8"))
    ]


def read_excuses():
    """{content: proof}; a proof without words, or an excuse given twice, is refused."""
    excuses = {}
    for entry in tomllib.loads(EXCUSES.read_text("utf-8")).get("excused", []):
        key = (*(entry[k] for k in ("module", "function", "before", "after")), entry.get("at", 1))
        if key in excuses or len(entry["proof"].split()) < 5:
            raise ValueError(f"excused twice, or without a proof: {key}")
        excuses[key] = entry["proof"]
    return excuses


def sample(mutants, count):
    """The same `count` mutants every time, chosen by their content: edits elsewhere keep them."""
    return sorted(mutants, key=lambda m: hashlib.sha256(repr(m.content).encode()).digest())[:count]


# ---------------------------------------------------------------------------------------------
# Killing: one forked process for each mutant


class Plugin:
    """In the process of a mutant: order the tests, look at the package, note the first failure."""

    def __init__(self, folder):
        self.folder = folder

    def pytest_collection_modifyitems(self, items):
        """One case of each test and cell first, then the second of each: they differ most."""
        turns, order = Counter(), {}
        for item in items:
            cell = getattr(item, "callspec", None) and item.callspec.params.get("cell")
            turns[item.function, cell] += 1
            random = hasattr(item.function, "hypothesis")  # many cases in one: later
            order[item] = turns[item.function, cell] + 2 * random
        items.sort(key=order.get)

    def pytest_collection_finish(self):
        assert Path(sys.modules["rnnlib"].__file__).is_relative_to(self.folder)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            killed(self.folder, report.nodeid.partition("::")[2])

    def pytest_collectreport(self, report):
        if report.failed:
            killed(self.folder, "the import")


def killed(folder, killer):
    """One failure is enough: end this process."""
    (folder / "killer").write_text(killer, "utf-8")
    os._exit(1)


def attempt(mutant, folder, seconds):
    """Run the tests of the mutant's module on its copy of the package; the exit code of pytest."""
    import pytest

    compile(mutant.source, mutant.id, "exec")  # what Python cannot read is no mutant
    shutil.copytree(PACKAGE, folder / "rnnlib", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "rnnlib" / f"{mutant.module}.py").write_text(mutant.source, "utf-8")
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    options = ["-q", "--tb=no", "--assert=plain", "-p", "no:cacheprovider"]
    options += ["-o", f"pythonpath={folder} .", f"tests/test_{mutant.module}.py"]
    return int(pytest.main(options, plugins=[Plugin(folder)]))


def verdict(status, folder):
    """What killed a mutant, or None if it survived."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return None
    if code == 1:
        return (folder / "killer").read_text("utf-8")
    if code == -signal.SIGXCPU:
        return "the limit of time"
    if code < 0:
        return f"signal {-code}"
    raise RuntimeError(f"pytest gave no verdict: exit code {code}")


def run(mutants, limits, jobs, tell=lambda mutant, killer: None):
    """Return {mutant: killer or None} and {mutant: seconds of processor time}."""
    waiting, running, killers, seconds = list(reversed(mutants)), {}, {}, {}
    with tempfile.TemporaryDirectory() as place:
        while waiting or running:
            if waiting and len(running) < jobs:
                mutant = waiting.pop()
                folder = Path(tempfile.mkdtemp(dir=place)).resolve()
                pid = os.fork()
                if pid == 0:
                    code = 3
                    try:
                        code = attempt(mutant, folder, limits[mutant.module])
                    finally:
                        os._exit(code)
                running[pid] = mutant, folder
                continue
            pid, status, usage = os.wait4(-1, 0)
            mutant, folder = running.pop(pid)
            killers[mutant] = verdict(status, folder)
            seconds[mutant] = usage.ru_utime + usage.ru_stime
            shutil.rmtree(folder)
            tell(mutant, killers[mutant])
    return killers, seconds


def measure(modules, jobs):
    """Limits of time from a run without any change, which must pass."""
    originals = [
        Mutant(m, 0, 0, "none", "", "", "", 1, (PACKAGE / f"{m}.py").read_text("utf-8"))
        for m in modules
    ]
    killers, seconds = run(originals, dict.fromkeys(modules, 600), jobs)
    for original, killer in killers.items():
        if killer is not None:
            sys.exit(f"the tests of {original.module} fail without a mutant: {killer}")
    return {original.module: int(3 * seconds[original] + 5) for original in originals}


def warm_up():
    """Import what the tests need, except the library: each forked process starts at once."""
    import numpy  # noqa: F401
    import pytest  # noqa: F401
    from hypothesis import Phase, settings

    # A failure is enough: no search for the simplest one.
    settings.register_profile("mutants", phases=[Phase.generate], database=None)
    settings.load_profile("mutants")
    with contextlib.suppress(ModuleNotFoundError):
        import torch

        torch.set_num_threads(1)
    gc.freeze()  # the collector of a forked process need not look at all this


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int)
    parser.add_argument("--only", default="", help="a part of the id")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    start = time.monotonic()
    os.chdir(ROOT)

    everything, excuses = all_mutants(), read_excuses()
    unknown = set(excuses) - {mutant.content for mutant in everything}
    for key in unknown:
        print("excused, but no such mutant:", key)
    chosen = [m for m in everything if options.only in m.id]
    if options.sample:
        chosen = sample([m for m in chosen if m.content not in excuses], options.sample)
    if options.list:
        for mutant in chosen:
            print(f"{mutant.id}\n    - {mutant.before}\n    + {mutant.after}")
        print(Counter(mutant.module for mutant in chosen), len(chosen))
        return 0

    def tell(mutant, killer):
        if options.verbose:
            print(mutant.id, "survived" if killer is None else f"killed by {killer}", flush=True)

    warm_up()
    limits = measure(sorted({m.module for m in chosen}, key=MODULES.index), options.jobs)
    print(f"{time.monotonic() - start:.0f} s: the tests pass without a mutant", flush=True)
    killers, _ = run(chosen, limits, options.jobs, tell)
    return report(killers, excuses, unknown, time.monotonic() - start)


def report(killers, excuses, unknown, seconds):
    """Print survivors, wrong excuses and totals; the exit code."""
    counted = [m for m in killers if m.content not in excuses]
    survivors = [m for m in counted if killers[m] is None]
    refuted = [m for m in killers if m.content in excuses and killers[m] is not None]
    for title, mutants in (("survived", survivors), ("excused, but killed", refuted)):
        for m in mutants:
            print(f"{title}: {m.id} in {m.function} ({m.at})\n    - {m.before}\n    + {m.after}")
    for module in MODULES:
        tried = [m for m in counted if m.module == module]
        excused = sum(m.module == module and m.content in excuses for m in killers)
        killed = sum(killers[m] is not None for m in tried)
        print(f"{module:<8} {killed:>5} of {len(tried):>5} killed, {excused:>3} excused")
    print(f"mutants killed: {len(counted) - len(survivors)} of {len(counted)} in {seconds:.0f} s")
    return 1 if survivors or refuted or unknown else 0


if __name__ == "__main__":
    # Before NumPy is imported: one thread, so that a process can be forked.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.exit(main())
