"""Lets tests import the benchmarks by their names, as a command does."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
