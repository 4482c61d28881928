"""The wheel and the sdist are whole: a build works where only they were installed."""

import json
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.train.result.save import save

ROOT = Path(__file__).parents[1]
FOLDERS = ("boards", "data", "export", "host", "hw", "sim", "sweep", "train")


def run(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def files():
    """Name what must be in them: whatever git knows of the package's folders."""
    listed = run("git", "ls-files", "qrnn_hw", *FOLDERS, "examples/*.pt", cwd=ROOT).splitlines()
    files = {name if name.startswith("qrnn_hw/") else f"qrnn_hw/{name}" for name in listed}
    links = {f"qrnn_hw/{folder}" for folder in (*FOLDERS, "examples")}
    return files - links


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Pack a clone, so that nothing that lies about in the working tree gets in."""
    folder = tmp_path_factory.mktemp("packed")
    run("git", "clone", "-q", ROOT, folder / "clone")
    make = "from setuptools import build_meta as b; print(b.{}({!r}))"
    names = {}
    for kind in ("build_sdist", "build_wheel"):
        script = make.format(kind, str(folder))
        out = run(sys.executable, "-c", script, cwd=folder / "clone")
        names[kind] = folder / out.splitlines()[-1]
    return names


def test_both_hold_every_module(built, files):
    with zipfile.ZipFile(built["build_wheel"]) as wheel:
        assert not files - set(wheel.namelist())
        strays = {name for name in wheel.namelist() if ".dist-info/" not in name} - files
        assert not strays
    with tarfile.open(built["build_sdist"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
        assert not files - names


@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, True], ids=["core", "bitstream"])
def test_an_installed_wheel_builds(built, trained, tmp_path, whole):
    home = tmp_path / "away"
    home.mkdir()
    venv.create(tmp_path / "new")
    python = tmp_path / "new" / "bin" / "python"
    # What the project depends on comes from this environment, and the project itself does not: a
    # path in a .pth file is searched, but the .pth files in it, an editable one too, are not read.
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index",
        "--ignore-installed", built["build_wheel"])  # fmt: skip
    place = run(python, "-c", "import qrnn_hw.hw.choice as c; print(c.__file__)", cwd=home).strip()
    assert place.startswith(str(packages))
    sequences = np.random.default_rng(1).integers(-100, 100, (3, 5, 1))
    save(trained(samples=sequences), home / "small.pt")
    asked = [] if whole else ["--verilog-only"]
    run(tmp_path / "new" / "bin" / "qrnn-hw", "build", "small.pt", "-o", "out", *asked, cwd=home)
    report = json.loads((home / "out" / "report.json").read_text())
    assert report["verified"][0]["values"] > 0
    assert (home / "out" / "core.v").stat().st_size > 10_000
    if whole:
        assert (home / "out" / "icebreaker.bin").stat().st_size > 100_000
