"""Takes pictures of pages: ``python docs/page_pictures.py DIGITS PUMP PMNIST COPY FLIPPED``.

These are builds: of ``examples/digits.pt``, of docs/tutorial.md, of ``examples/pmnist512.pt`` and
``examples/copy128.pt``; and a folder with a report.html of ``report --upsets`` of the first.

A page is opened in Chromium, at a width and in a theme, and its top is kept. Needs Pillow, which
comes with matplotlib.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from qrnn_hw.build_folder import PAGE

DOCS = Path(__file__).parent
#: Name: width, height, theme, and the section that the picture begins with.
PICTURES = {
    "page": (1280, 1500, "light", "answer"),
    "page-chip": (1280, 1560, "light", "chip"),
    "page-phone": (390, 1500, "dark", "answer"),
}
#: The same of the other builds.
PUMP = {"page-pump": (1280, 1250, "light", "answer")}
PMNIST = {"page-pmnist": (1280, 1400, "dark", "chip")}
COPY = {"page-copy": (1280, 1800, "light", "answer")}
FLIPPED = {"page-flipped": (1280, 880, "light", "upsets")}
THEMES = {"light": "1", "dark": "0"}  # as Chromium counts them
QUALITY = 82


def take(page: Path, work: Path, width: int, height: int, theme: str, section: str) -> Image.Image:
    """Return the picture of a page from a section on."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium must be installed"
    # Commands keep the word BUILD, and the sections before are not there.
    text = page.read_text().replace(' data-folder="build"', "")
    if section != "answer":
        text = text.replace("</style>", f"main > :has(~ #{section}) {{ display: none }}</style>", 1)
    copy, shot = work / "page.html", work / "page.png"
    copy.write_text(text)
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         "--virtual-time-budget=3000", f"--blink-settings=preferredColorScheme={THEMES[theme]}",
         f"--window-size={width},{height}", f"--screenshot={shot}", copy.as_uri()],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return Image.open(shot).convert("RGB")


def main(build: Path, pictures: dict[str, tuple[int, int, str, str]]) -> None:
    """Take pictures of a build's page."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (width, height, theme, section) in pictures.items():
            picture = take(build / PAGE, Path(folder), width, height, theme, section)
            path = DOCS / f"{name}.webp"
            picture.save(path, quality=QUALITY, method=6)
            print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    for folder, pictures in zip(sys.argv[1:], (PICTURES, PUMP, PMNIST, COPY, FLIPPED)):
        main(Path(folder), pictures)
