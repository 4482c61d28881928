"""The command ``qrnn-hw program`` with scripts in the loader's place: output and exit codes."""

import json
import sys

import pytest

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.cli import main


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function that runs the command on a build folder, with a script as the loader."""
    build = tmp_path / "out"
    build.mkdir()
    (build / "icebreaker.bin").write_bytes(b"bits")
    (build / "report.json").write_text(Report(board="icebreaker").to_json())

    def run(body, *arguments):
        script = tmp_path / "loader"
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        monkeypatch.setenv("OPENFPGALOADER", str(script))
        monkeypatch.setattr(sys, "argv", ["qrnn-hw", "program", *map(str, (build, *arguments))])
        code = main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return code, printed.out, " ".join(printed.err.split())

    return run


def test_a_build_is_programmed(run):
    code, out, err = run('echo "$@"', "--json")
    assert code == 0, err
    found = json.loads(out.splitlines()[-1])
    assert found["said"] == "--board ice40_generic --write-flash ./icebreaker.bin"
    assert (found["board"], found["memory"]) == ("icebreaker", "flash")
    assert "programmed icebreaker, flash" in err
    _, out, _ = run('echo "$@"', "--sram", "--json")
    assert json.loads(out.splitlines()[-1])["said"].split()[2] == "--write-sram"


def test_a_table_is_written_first(run, tmp_path):
    (tmp_path / "out" / "plan.json").write_text('{"row_bytes": 8}')
    code, _, err = run('echo "$@"', "--json")
    assert code == 1
    assert "must hold table.bin" in err
    (tmp_path / "out" / "table.bin").write_bytes(b"rows")
    for memory in ("flash", "sram"):
        told = tmp_path / memory
        code, out, err = run(f'echo "$@" >> {told}; echo done', f"--{memory}", "--json")
        assert code == 0, err
        assert json.loads(out.splitlines()[-1])["table"] == "table.bin"
        table, bitstream = told.read_text().splitlines()
        assert table.endswith("--write-flash --verify --offset 0x100000 ./table.bin")
        assert bitstream.endswith(f"--write-{memory} ./icebreaker.bin")


def test_failures_have_their_exit_codes(run, monkeypatch, tmp_path):
    code, out, err = run("echo unable to open ftdi device; exit 1")
    assert (code, out) == (1, "")
    assert "and failed with status 1; it said: unable to open ftdi device" in err
    assert " next: " in err
    code, _, err = run("echo; exit 0", "--board", "icestick")
    assert code == 1
    assert "the build must be for icestick" in err
    code, _, err = run("echo 'error while loading shared libraries: libftdi1.so.2'; exit 127")
    assert code == 3
    assert "next: apt-get install" in err


def test_a_missing_loader_exits_with_three(run, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name, path=None: None)
    code, _, err = run("")
    assert code == 3
    assert "must name a command that can be run" in err
