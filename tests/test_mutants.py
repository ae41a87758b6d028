"""Mutants of the library: how they are made, and that the unit tests kill them."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from tools import mutants

SNIPPET = '''"""A docstring + 1."""

LIMIT = -3


def step(x: "1 + 1", flag=True):
    """Another, 0.5 * x."""
    check_int("x", x, 1)
    if not flag and x < LIMIT:
        fail("1 + 1", f"{x + 1}", "a" + "b", "c")
    total = x[1:] - 0.5
    total += x.sum(axis=1)
    h, c = total @ x["W"], x["b"].copy()
    return isinstance(x, (int, float)), np.subtract(h, c), {"h": h, "c": c}


class Layer:
    def __repr__(self):
        return "layer" * (1 + 1)
'''
CHANGES = {
    ("constant", "LIMIT = (-2)"),
    ("unary", "LIMIT = (3)"),
    ("constant", 'def step(x: "1 + 1", flag=(False)):'),
    ("drop", "pass"),
    ("constant", 'check_int("x", x, (2))'),
    ("arguments-1", "(check_int('x', 1, x))"),
    ("negate", "if (not (not flag and x < LIMIT)):"),
    ("and-or", "if (not flag or x < LIMIT):"),
    ("unary", "if (flag) and x < LIMIT:"),
    ("compare-0", "if not flag and (x <= LIMIT):"),
    ("operator", "total = (x[1:] + 0.5)"),
    ("operands", "total = (0.5 - x[1:])"),
    ("constant", "total = x[(2):] - 0.5"),
    ("start", "total = x[1 + 1:] - 0.5"),
    ("stop", "total = x[1:-1] - 0.5"),
    ("constant", "total = x[1:] - (1.0)"),
    ("operator", "total -= x.sum(axis=1)"),
    ("assign", "total = x.sum(axis=1)"),
    ("name", "total += (x.mean)(axis=1)"),
    ("axis", "total += x.sum(axis=(0))"),
    ("swap-0", '(c, h) = total @ x["W"], x["b"].copy()'),
    ("swap-0", "h, c = (x['b'].copy(), total @ x['W'])"),
    ("operator", """h, c = (total * x['W']), x["b"].copy()"""),
    ("operands", """h, c = (x['W'] @ total), x["b"].copy()"""),
    ("key", """h, c = total @ x[('b')], x["b"].copy()"""),
    ("key", """h, c = total @ x["W"], x[('W')].copy()"""),
    ("copy", """h, c = total @ x["W"], (x['b'])"""),
}


def test_the_changes_are_these():
    got = {(m.kind, m.after) for m in mutants.generate("snippet", SNIPPET)}
    last = {change for change in got if change[1].startswith("return")}
    assert got - last == CHANGES
    text = " ".join(after for _, after in last)
    assert "np.subtract(c, h)" in text
    assert "(np.add)(h, c)" in text
    assert "{'h': c, 'c': h}" in text
    assert "isinstance(x, (float, int))" not in text


def test_names_are_distinct_and_do_not_move_with_the_lines():
    one = mutants.generate("snippet", SNIPPET)
    other = mutants.generate("snippet", SNIPPET.replace("LIMIT", "# a new line\nLIMIT", 1))
    assert len({m.id for m in one}) == len({m.content for m in one}) == len(one)
    assert [m.content for m in one] == [m.content for m in other]
    assert [m.id for m in one] != [m.id for m in other]
    chosen = mutants.sample(one, 10)
    assert len(chosen) == 10
    assert [m.id for m in mutants.sample(one[::-1], 10)] == [m.id for m in chosen]
    assert [m.content for m in mutants.sample(other, 10)] == [m.content for m in chosen]


def test_every_mutant_of_a_module_differs_and_is_python():
    source = (mutants.PACKAGE / "init.py").read_text("utf-8")
    found = mutants.generate("init", source)
    assert len({m.source for m in found} - {source}) == len(found)
    for mutant in found:
        compile(mutant.source, mutant.id, "exec")


def test_every_module_has_mutants_of_every_kind():
    everything = mutants.all_mutants()
    assert {m.module for m in everything} == set(mutants.MODULES)
    kinds = {m.kind.split("-")[0] for m in everything}
    assert kinds >= {"operator", "operands", "compare", "negate", "and", "unary", "constant"}
    assert kinds >= {"axis", "start", "stop", "swap", "key", "arguments", "name", "drop", "assign"}


def test_excuses_are_of_mutants_that_exist():
    assert set(mutants.read_excuses()) <= {m.content for m in mutants.all_mutants()}


@pytest.mark.parametrize("proof", ["", "it is the same", None])
def test_an_excuse_needs_a_proof(proof, tmp_path, monkeypatch):
    path = tmp_path / "excuses.toml"
    entry = '[[excused]]\nmodule = "m"\nfunction = "f"\nbefore = "a"\nafter = "b"\n'
    words = "the two have the same value"
    path.write_text(entry + f'proof = "{words if proof is None else proof}"\n')
    if proof is None:  # given twice
        path.write_text(2 * path.read_text())
    monkeypatch.setattr(mutants, "EXCUSES", path)
    with pytest.raises(ValueError, match="excused twice, or without a proof"):
        mutants.read_excuses()


def test_the_report_fails_on_survivors_and_on_wrong_excuses(capsys):
    one, other = mutants.generate("init", "a = 1\nb = 2\n")
    excuse = {one.content: "a proof"}
    for killers, excuses, unknown, code in [
        ({one: "a test", other: "a test"}, {}, set(), 0),
        ({one: None, other: "a test"}, {}, set(), 1),
        ({one: None, other: "a test"}, excuse, set(), 0),
        ({one: "a test", other: "a test"}, excuse, set(), 1),
        ({one: "a test", other: "a test"}, {}, {("no", "such", "mutant")}, 1),
    ]:
        assert mutants.report(killers, excuses, unknown, 1.0) == code
    assert "survived: init.py:1:4:constant" in capsys.readouterr().out


def run(*options):
    command = [sys.executable, "tools/mutants.py", *options]
    return subprocess.run(command, cwd=mutants.ROOT, capture_output=True, text=True)


def all_killed(record_property, *options):
    result = run(*options)
    assert result.returncode == 0, result.stdout + result.stderr
    killed, total = map(int, re.findall(r"mutants killed: (\d+) of (\d+)", result.stdout)[0])
    assert killed == total
    record_property(f"mutants killed of {total:,}", killed)
    return total


@pytest.mark.mutants
def test_the_tests_kill_the_sample(record_property):
    assert all_killed(record_property, "--sample", "60") == 60


@pytest.mark.mutants
@pytest.mark.slow
def test_the_tests_kill_all_mutants(record_property):
    assert all_killed(record_property) > 1000


@pytest.mark.mutants
def test_a_change_without_effect_survives():
    """The machinery can say no: a comment in a copy of a module is no reason to fail."""
    source = (mutants.PACKAGE / "init.py").read_text("utf-8")
    found = mutants.generate("init", source)[0]
    same = replace(found, source=source + "\n# a comment\n")
    code = (
        "import sys; sys.path.insert(0, '.'); from tools import mutants; import os;"
        "os.environ['PYTEST_DISABLE_PLUGIN_AUTOLOAD'] = '1';"
        f"same = mutants.Mutant(**{vars(same)!r});"
        f"found = mutants.Mutant(**{vars(found)!r});"
        "killers, _ = mutants.run([same, found], {'init': 60}, 2);"
        "print(killers[same], '/', bool(killers[found]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=mutants.ROOT, capture_output=True, text=True
    )
    assert result.stdout == "None / True\n", result.stderr
