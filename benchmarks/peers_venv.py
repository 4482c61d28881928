"""Packages of others, each in a virtual environment of its own, at pinned versions."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

#: What every environment is for, and what pip installs there. None is a dependency of ours.
PACKAGES = {
    # Adder graphs of constant matrices.
    "da4ml": ["da4ml==0.6.0", "numpy==2.4.6"],
    # Bit-serial adder trees of ternary matrices; it names no dependency, and needs these.
    "twn-generator": ["twn-generator==0.1.5", "numpy==2.4.6", "scipy==1.17.1",
                      "scikit-image==0.26.0"],
    # Fixed-point LSTMs in VHDL. 0.68 wants Python 3.12; torch from 2.14 on comes with CUDA.
    "elasticai.creator": ["elasticai.creator==0.67.0", "torch>=2.6,<2.14"],
    # Spiking networks in Verilog. AGPL: it is run, and nothing of it is kept here.
    "sc-neurocore": ["sc-neurocore==3.16.0", "numpy==2.4.6"],
    # A C compiler for microcontrollers, and an emulator that counts instructions.
    "emulator": ["ziglang==0.17.1", "unicorn==2.1.4"],
}  # fmt: skip
SCRIPTS = Path(__file__).with_name("peer_scripts")
MINUTES = 2  # of processor time, for a script


class PeerError(Exception):
    """A package could not do what it was asked for: the last line that it said."""


def cache() -> Path:
    """Say where environments are kept."""
    return Path(os.environ.get("QRNN_HW_PEERS", Path(tempfile.gettempdir()) / "qrnn-hw-peers"))


def python_of(name: str) -> Path:
    """Make an environment if it is missing, and return its Python.

    Raises
    ------
    PeerError
        If pip fails.
    """
    folder = cache() / name
    python, mark = folder / "bin" / "python", folder / "installed.json"
    wanted = PACKAGES[name]
    if not mark.exists() or json.loads(mark.read_text()) != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "-q", *wanted]
        _check(subprocess.run(pip, capture_output=True, text=True))
        mark.write_text(json.dumps(wanted))
    return python


def _hurried() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (60 * MINUTES, 60 * MINUTES))


def run_script(package: str, script: str, folder: Path) -> dict[str, Any]:
    """Run a script of ``peer_scripts`` in ``folder``; return the ``found.json`` that it leaves.

    Raises
    ------
    PeerError
        If it fails, or takes longer than ``MINUTES``.
    """
    command = [python_of(package), SCRIPTS / script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, preexec_fn=_hurried)
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        raise PeerError(f"no answer within {MINUTES} minutes of processor time")
    _check(done)
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return found


def _check(done: "subprocess.CompletedProcess[str]") -> None:
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise PeerError(lines[-1])
