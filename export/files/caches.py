"""Where libraries and tools keep what they have compiled, if their own places cannot be written."""

import os
import sys
from functools import cache
from pathlib import Path

from qrnn_hw.export.files.scratch import own_folder

TORCH = "TORCHINDUCTOR_CACHE_DIR"
KERNELS = Path(__file__).parents[2] / "train" / "kernels"  # what numba compiles


def _base(variable: str, below_home: str) -> Path:
    return Path(os.environ.get(variable) or os.path.expanduser(f"~/{below_home}"))  # noqa: PTH111


def cache_folder(name: str) -> Path:
    """Name the folder that this user's runs share for something; it need not be there."""
    return _base("XDG_CACHE_HOME", ".cache") / "qrnn-hw" / name


def _places() -> dict[str, list[Path]]:
    """Give the folders that each would take, by the variable that names another one."""
    caches = _base("XDG_CACHE_HOME", ".cache")
    return {
        "NUMBA_CACHE_DIR": [KERNELS / "__pycache__", caches / "numba"],
        "YOWASP_CACHE_DIR": [caches / "YoWASP"],
        "MPLCONFIGDIR": [_base("XDG_CONFIG_HOME", ".config") / "matplotlib"],
        TORCH: [caches / "torchinductor"],
    }


def _can_be(folder: Path) -> bool:
    """Tell whether a folder takes files, or can be made."""
    if not folder.is_absolute():
        return False  # below no home, and another one in every current folder
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


@cache
def settle_caches() -> None:
    """Give a place to every cache that has none, for this process and those that it starts.

    As where the installation is read-only and there is no home. Said once, on standard error.

    Raises
    ------
    OutputError
        If there is no place for temporary files, either.
    """
    homeless = []
    for variable, usual in _places().items():
        given = os.environ.get(variable)
        if not any(map(_can_be, [Path(given)] if given else usual)):
            homeless.append(variable)
    if homeless:
        folder = own_folder()
        for variable in homeless:
            os.environ[variable] = str(folder / variable.lower())
        print(
            f"note: the folders for caches cannot be written to; they are in {str(folder)!r}",
            file=sys.stderr,
        )
    # By itself torch would make one among the temporary files, and leave it there.
    os.environ.setdefault(TORCH, str(_places()[TORCH][0]))
