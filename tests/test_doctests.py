"""The examples in the docstrings, run under the names a user imports."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("export", "data", "train", "hw", "sim", "boards", "sweep", "qrnn_hw")
MODULES = [
    ".".join(["qrnn_hw", *path.relative_to(ROOT).with_suffix("").parts]).replace(
        "qrnn_hw.qrnn_hw", "qrnn_hw"
    )
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not path.stem.startswith(("__", "bench_")) and path.parent.name != "standalone"
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Give the examples their models; what they write stays there."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)


SLOW = ("qrnn_hw", "qrnn_hw.classifier")  # build or train, as the README's Python does


@pytest.mark.parametrize(
    "module",
    [
        *(name for name in MODULES if name not in SLOW),
        *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW),
    ],
)
def test_docstring_examples(module, place):
    assert doctest.testmod(importlib.import_module(module)).failed == 0


# The examples of the API page are those of the docstrings.
PAGES = sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "api.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_examples(page, place):
    assert doctest.testfile(str(page), module_relative=False).failed == 0
