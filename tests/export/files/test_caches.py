"""Caches go where they can be written, and that is said once."""

import subprocess
import sys
from pathlib import Path

import pytest

from qrnn_hw.export.files import caches
from qrnn_hw.export.files.caches import settle_caches

VARIABLES = ("NUMBA_CACHE_DIR", "YOWASP_CACHE_DIR", "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR")


@pytest.fixture
def homeless(tmp_path, monkeypatch):
    """Take all places for caches away; where they go is returned."""
    for name in (*VARIABLES, "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "gone")
        monkeypatch.delenv(name)  # as after the test, whatever it sets
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(caches, "KERNELS", tmp_path / "file")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    settle_caches.cache_clear()
    yield tmp_path / f"qrnn-hw-{caches.os.getuid()}"
    settle_caches.cache_clear()


def test_what_numba_compiles_is_where_its_cache_is_looked_for():
    assert (caches.KERNELS / "compiled.py").is_file()


def test_caches_without_a_place_get_one_and_it_is_said_once(homeless, capsys):
    settle_caches()
    settle_caches.cache_clear()
    settle_caches()  # as in a process that this one starts
    assert [Path(caches.os.environ[name]).parent for name in VARIABLES] == [homeless] * 4
    assert capsys.readouterr().err == (
        f"note: the folders for caches cannot be written to; they are in '{homeless}'\n"
    )


def test_caches_that_have_a_place_keep_it(homeless, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    settle_caches()
    assert "YOWASP_CACHE_DIR" not in caches.os.environ
    assert caches.os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "numba")
    assert capsys.readouterr().err == ""
    assert not (tmp_path / ".cache").exists()


def test_torch_leaves_nothing_among_the_temporary_files(homeless, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    settle_caches()
    assert caches.os.environ[caches.TORCH] == str(tmp_path / "caches" / "torchinductor")


@pytest.mark.parametrize("name", ["NUMBA_NUM_THREADS", "NUMBA_DISABLE_JIT"])
def test_a_numba_that_cannot_compile_is_told(name):
    pytest.importorskip("numba")
    code = "import qrnn_hw.train.kernels.compiled"
    env = caches.os.environ | {name: "1" if name == "NUMBA_DISABLE_JIT" else "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert "ToolError: numba must be able to compile, and is not: " in done.stderr


def test_a_relative_place_is_none(homeless, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "caches")
    settle_caches()
    assert caches.os.environ["YOWASP_CACHE_DIR"].startswith(str(homeless))


def test_numba_compiles_where_nothing_can_be_kept_at_home(homeless, monkeypatch, tmp_path):
    pytest.importorskip("numba")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "below"))
    code = (
        "from qrnn_hw.train.kernels.compiled import njit, numba; "
        "import qrnn_hw.train.kernels.transform; "
        "print(numba.config.CACHE_DIR)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(homeless / "numba_cache_dir")
    assert done.stderr.count("note: ") == 1
