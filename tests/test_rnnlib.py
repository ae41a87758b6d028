"""The package as others see it: names, docstrings, what an import costs, no installation."""

import inspect
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import rnnlib

FOLDER = Path(rnnlib.__file__).parent
PUBLIC = {
    "InputError",
    *("sigmoid", "rnn_step", "lstm_step", "gru_step", "count_params"),
    *("RNN", "LSTM", "GRU", "Linear", "Embedding"),
    *("bce_with_logits", "mse", "softmax_cross_entropy"),
    *("SGD", "Adam", "clip_grad_norm"),
    *("set_forget_bias", "chrono", "orthogonal_"),
    *("numerical_gradient", "check_layer"),
    *("chain_gain", "gradient_norms", "spectral_radius"),
    *("sign_task", "adding_task", "echo_task", "copy_task"),
}


def run(code, folder, *flags):
    """Run code in a new interpreter that starts in `folder`, away from this environment's paths."""
    return subprocess.run(
        [sys.executable, *flags, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def public_objects():
    """(name, object) of all public functions, classes and methods."""
    for name in rnnlib.__all__:
        thing = getattr(rnnlib, name)
        yield name, thing
        if inspect.isclass(thing) and not issubclass(thing, Exception):
            for method, value in inspect.getmembers(thing, inspect.isfunction):
                if not method.startswith("_"):
                    yield f"{name}.{method}", value


OBJECTS = dict(public_objects())


def sections(thing):
    """Headings of a NumPy docstring, with their text."""
    doc = inspect.getdoc(thing)
    parts = re.split(r"^(\w+)\n-{3,}\n", doc, flags=re.MULTILINE)
    assert parts[0].strip()
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named(text):
    """The names that a Parameters section describes."""
    lines = re.findall(r"^(\w[\w, ]*) :", text, flags=re.MULTILINE)
    return [name for line in lines for name in line.split(", ")]


class TestNames:
    def test_all_is_what_the_design_promises(self):
        assert set(rnnlib.__all__) >= PUBLIC
        assert len(rnnlib.__all__) == len(set(rnnlib.__all__))

    def test_all_is_all(self):
        """Every name in the package is listed, but for modules and names with an underscore."""
        here = {k for k, v in vars(rnnlib).items() if k[0] != "_" and not inspect.ismodule(v)}
        assert here == set(rnnlib.__all__)

    def test_public_names_live_here(self):
        assert all(getattr(rnnlib, k).__module__.startswith("rnnlib.") for k in rnnlib.__all__)

    def test_version_is_the_one_of_the_package(self):
        pyproject = FOLDER.parents[1] / "pyproject.toml"
        assert rnnlib.__version__ == tomllib.loads(pyproject.read_text())["project"]["version"]


@pytest.mark.parametrize("name", OBJECTS)
class TestDocstrings:
    def test_first_line(self, name):
        first = inspect.getdoc(OBJECTS[name]).splitlines()[0]
        assert len(first) <= 100
        assert re.search(r"[.,:]$|\w$", first)

    def test_parameters(self, name):
        thing = OBJECTS[name]
        if thing is rnnlib.InputError:
            return
        wanted = [p for p in inspect.signature(thing).parameters if p != "self"]
        assert named(sections(thing).get("Parameters", "")) == wanted or sorted(
            named(sections(thing)["Parameters"])
        ) == sorted(wanted)

    def test_returns(self, name):
        thing = OBJECTS[name]
        if inspect.isclass(thing):
            return
        source = inspect.getsource(inspect.unwrap(thing))
        if re.search(r"^\s+return \S", source, flags=re.MULTILINE):
            assert sections(thing)["Returns"].strip()
        else:
            assert "Returns" not in sections(thing)

    def test_raises(self, name):
        if OBJECTS[name] is not rnnlib.InputError:
            assert sections(OBJECTS[name])["Raises"].startswith("InputError\n")

    def test_classes_name_their_arrays(self, name):
        thing = OBJECTS[name]
        if inspect.isclass(thing) and hasattr(thing, "forward"):
            assert "params, grads : dict of ndarray" in sections(thing)["Attributes"]


def test_every_module_says_what_it_is():
    for path in sorted(FOLDER.glob("*.py")):
        assert path.read_text().startswith('"""'), path.name


class TestImport:
    def test_needs_numpy_only(self):
        code = (
            "import json, sys; before = set(sys.modules); import rnnlib;"
            "print(json.dumps(sorted(m.split('.')[0] for m in set(sys.modules) - before)))"
        )
        loaded = set(json.loads(run(code, FOLDER.parent)))
        assert {"rnnlib", "numpy"} <= loaded
        standard = set(sys.stdlib_module_names) | {"__future__", "_distutils_hack"}
        others = {
            m for m in loaded if m not in standard and not m.startswith(("_", "numpy", "rnnlib"))
        }
        assert not others & {"torch", "matplotlib", "ipywidgets", "IPython", "scipy", "pandas"}
        assert not others, others

    def test_works_where_torch_and_matplotlib_are_missing(self):
        code = (
            "import sys\n"
            "for name in ('torch', 'matplotlib', 'ipywidgets', 'IPython'):\n"
            "    sys.modules[name] = None\n"
            "import rnnlib, rnnlib.train, numpy as np\n"
            "layer = rnnlib.LSTM(1, 2, rng=np.random.default_rng(0))\n"
            "print(layer.forward(np.ones((1, 3, 1)))[0].shape)"
        )
        assert run(code, FOLDER.parent) == "(1, 3, 2)\n"

    def test_works_from_a_bare_copy_of_the_folder(self, tmp_path):
        """A notebook's kernel starts in its own folder: no installation, no path code."""
        shutil.copytree(FOLDER, tmp_path / "rnnlib", ignore=shutil.ignore_patterns("__pycache__"))
        code = "import rnnlib; print(rnnlib.__file__); print(rnnlib.sigmoid(0.0))"
        path, value = run(code, tmp_path).split()
        assert Path(path) == tmp_path / "rnnlib" / "__init__.py"
        assert value == "0.5"

    def test_draws_nothing_and_warns_of_nothing(self):
        code = (
            "import numpy as np; a = np.random.get_state()[1].copy(); import rnnlib;"
            "print((a == np.random.get_state()[1]).all())"
        )
        assert run(code, FOLDER.parent, "-W", "error") == "True\n"

    def test_leaves_floating_point_settings_alone(self):
        before = np.geterr()
        layer = rnnlib.RNN(1, 2, rng=np.random.default_rng(0))
        y, _ = layer.forward(np.ones((1, 2, 1)))
        layer.backward(y)
        with pytest.raises(rnnlib.InputError):
            layer.forward(None)
        assert np.geterr() == before
