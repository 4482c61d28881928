"""The arrows between the folders at the top, and the package that links make of them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARROWS = {  # folder at the top: those that it may import from
    "export": set(),
    "data": {"export"},
    "train": {"export", "data"},
    "hw": {"export"},
    "boards": {"export", "hw"},
    "sim": {"export", "hw", "boards"},
    "sweep": {"export", "data", "train", "hw"},
    "host": set(),  # hosts in other languages: no Python
    "qrnn_hw": {"export", "data", "train", "hw", "sim", "boards", "sweep", "host"},
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


def modules():
    """Name every module of ours, with its file."""
    for folder in ARROWS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts if folder == "qrnn_hw" else ("qrnn_hw", *parts))
            yield name.removesuffix(".__init__"), path


def edges():
    """List, for every module, those of ours that it imports, wherever in the file it does."""
    files = dict(modules())
    for name, path in files.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module in files:
                inner = {f"{node.module}.{alias.name}" for alias in node.names} & set(files)
                found |= inner or {node.module}
        yield name, found - {name}


def test_no_imports_go_in_a_circle():
    # Imports for type checkers alone count too: what needs each other to be read is one thing.
    left = dict(edges())
    while ends := {name for name, found in left.items() if not found & set(left)}:
        left = {name: found for name, found in left.items() if name not in ends}
    assert not left, sorted(left)


def test_click_is_for_the_command_line_alone():
    shell = ROOT / "qrnn_hw" / "cli"
    for _, path in modules():
        if not path.is_relative_to(shell):
            for name in imported(path):
                assert name.partition(".")[0] != "click", f"{path} imports click"
                assert not f"{name}.".startswith("qrnn_hw.cli."), f"{path} needs the command line"


def test_the_package_is_whole_in_a_clone():
    for folder in set(ARROWS) - {"qrnn_hw"}:
        link = ROOT / "qrnn_hw" / folder
        assert link.is_symlink() and link.readlink() == Path("..") / folder


def test_every_folder_with_modules_is_a_package():
    for folder in ARROWS:
        for module in (ROOT / folder).rglob("*.py"):
            assert (module.parent / "__init__.py").exists(), module


@pytest.mark.parametrize("module", ["cli", "boards", "hw", "sim", "export", "data.sequences"])
def test_torch_is_imported_only_where_it_is_needed(module):
    code = f"import sys, qrnn_hw.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
