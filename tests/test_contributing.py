"""The map in CONTRIBUTING.md: what it names is there, and every folder of modules is on it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| (`.+`) \|$", PAGE, re.MULTILINE)
PATHS = {path for _, cell in ROWS for path in re.findall(r"`([^`]+)`", cell)}
PARTS = ("export", "data", "train", "hw", "boards", "sim", "sweep", "qrnn_hw")


@pytest.mark.parametrize("path", sorted(PATHS))
def test_what_the_map_names_is_there(path):
    found = ROOT / path
    assert found.is_dir() if path.endswith("/") else found.is_file()


def test_every_folder_of_modules_is_on_the_map():
    folders = {init.parent for part in PARTS for init in (ROOT / part).rglob("__init__.py")}
    named = {(ROOT / path) if path.endswith("/") else (ROOT / path).parent for path in PATHS}
    # A folder that holds only folders is on the map by those.
    missing = {
        folder
        for folder in folders - named
        if not any(other.is_relative_to(folder) for other in named)
        and not any(folder.is_relative_to(other) for other in named)
    }
    assert not missing


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("the arithmetic", "export/golden.py"),
        ("the butterfly", "hw/serial/lanes.py"),
        ("the UART", "boards/link/gateware/"),
        ("a board's pins", "boards/catalogue/"),
        ("a file reader", "data/readers/"),
        ("a proof", "sim/formal/"),
        ("the command line", "qrnn_hw/cli/"),
        ("the training loop", "train/loop/"),
    ],
)
def test_a_new_reader_finds(wanted, place):
    cells = [cell for what, cell in ROWS if wanted in what]
    assert len(cells) == 1 and f"`{place}`" in cells[0]
