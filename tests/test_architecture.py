"""The arrows between the packages, and the list the wheel is built from."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARROWS = {  # package: the packages it may import
    "export": set(),
    "data": {"export"},
    "train": {"export", "data"},
    "hw": {"export"},
    "sim": {"export", "hw"},
    "boards": {"export", "hw"},
    "formal": {"export", "hw", "boards"},
    "sweep": {"export", "data", "train", "hw"},
    "qrnn_hw": {"export", "data", "train", "hw", "sim", "boards", "formal", "sweep"},
}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("package", ARROWS)
def test_imports_follow_the_arrows(package):
    for path in sorted((ROOT / package).rglob("*.py")):
        for name in imported(path):
            head, _, rest = name.partition(".")
            assert head not in ARROWS or head == "qrnn_hw", (
                f"{path}: import qrnn_hw.{name}, not {name}"
            )
            target = rest.partition(".")[0]
            if head == "qrnn_hw" and target in ARROWS and target != package:
                assert target in ARROWS[package], f"{path}: {package} must not import {target}"


def test_the_wheel_lists_every_package_on_disk():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    on_disk = {"qrnn_hw"}
    for folder in set(ARROWS) - {"qrnn_hw"}:
        for init in (ROOT / folder).rglob("__init__.py"):
            on_disk.add(".".join(["qrnn_hw", *init.parent.relative_to(ROOT).parts]))
    assert on_disk == set(table["packages"])


@pytest.mark.parametrize("module", ["cli", "boards", "hw", "sim", "export", "data.sequences"])
def test_torch_is_imported_only_where_it_is_needed(module):
    code = f"import sys, qrnn_hw.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
