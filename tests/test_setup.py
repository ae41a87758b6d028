"""The environment is the one that requirements.txt names, and holds no CUDA."""

import re
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PINS = [
    Requirement(line.split("#")[0])
    for line in (ROOT / "requirements.txt").read_text().splitlines()
    if line.split("#")[0].strip()
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())


@pytest.mark.parametrize("pin", PINS, ids=str)
def test_every_requirement_is_an_exact_pin(pin):
    assert re.fullmatch(r"==[^*,]+", str(pin.specifier)), f"{pin} is not pinned with =="


@pytest.mark.parametrize("pin", PINS, ids=str)
def test_every_pin_is_installed(pin):
    if pin.name == "torch":
        pytest.importorskip("torch")
    assert pin.specifier.contains(metadata.version(pin.name)), metadata.version(pin.name)


def test_jupyter_book_is_version_1():
    (pin,) = (pin for pin in PINS if pin.name == "jupyter-book")
    assert str(pin.specifier).startswith("==1.")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux wheels bring CUDA")
def test_no_cuda():
    names = {distribution.name.lower() for distribution in metadata.distributions()}
    assert [name for name in names if name.startswith(("nvidia", "cuda", "triton"))] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux wheels bring CUDA")
def test_environment_stays_under_2_gb():
    packages = Path(sysconfig.get_path("purelib"))
    size = sum(path.lstat().st_blocks * 512 for path in packages.rglob("*"))
    assert size < 2e9, f"{packages} holds {size / 1e9:.2f} GB"


def test_rnnlib_needs_ranges_never_exact_versions():
    extras = PROJECT["optional-dependencies"].values()
    for text in [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]:
        operators = {specifier.operator for specifier in Requirement(text).specifier}
        assert operators <= {">=", "<", "!="}, text
        assert ">=" in operators, text


def test_rnnlib_itself_needs_numpy_only():
    assert [Requirement(text).name for text in PROJECT["dependencies"]] == ["numpy"]


def test_version_is_the_release_tag():
    assert CONFIG["repository"]["branch"] == f"v{PROJECT['version']}"
