"""Folders of files, a sequence each: a folder a class, or the class in the name."""

import re
from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.export.errors import DataError, listed

# What a folder may be called that is a split and no class.
SPLITS = {
    "train": "_train", "training": "_train", "val": "_val", "valid": "_val", "validation": "_val",
    "test": "_test", "testing": "_test",
}  # fmt: skip
MOST = 1 << 20  # files


@dataclass(frozen=True)
class Filed:
    """A file, and the class that its place or its name says; "" where neither does."""

    path: Path
    label: str


def label_of_name(stem: str) -> str:
    """Read the class off the name of a file: what is before an underscore, or before a digit.

    >>> [label_of_name(name) for name in ("7_jackson_32", "left-2", "up03", "walk", "1")]
    ['7', 'left', 'up', 'walk', '1']
    """
    first, line, _ = stem.partition("_")
    if line and first:
        return first
    return re.split(r"[-. ]*\d", stem, maxsplit=1)[0] or stem


def subfolders(folder: Path) -> list[Path]:
    """List the folders in a folder, but the hidden ones."""
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))
    )


def splits_of(folder: Path) -> dict[str, Path]:
    """Return the folder of each split, if the folders in it are named so: train, val, test."""
    found = subfolders(folder)
    names = {SPLITS[each.name.lower()]: each for each in found if each.name.lower() in SPLITS}
    return names if names and len(names) == len(found) else {}


def files_of(folder: Path, suffixes: tuple[str, ...]) -> list[Filed]:
    """List the files of a folder, of one suffix, with their classes.

    Parameters
    ----------
    suffixes
        Those that can be read, small letters.

    Raises
    ------
    DataError
        If there is none, or they are of several kinds, in the folder and in folders in it.
    """
    inner = subfolders(folder)
    # What is beside data in a .txt is a word about them.
    others = tuple(suffix for suffix in suffixes if suffix != ".txt")
    if any(_readable(each, others) for each in (folder, *inner)):
        suffixes = others
    here = _readable(folder, suffixes)
    below = {each: _readable(each, suffixes) for each in inner}
    if here and any(below.values()):
        raise DataError(
            f"{folder} must hold a folder for each class, or all files itself, and has both",
            "move the files, or give the folder that is meant",
        )
    if here:
        found = [Filed(path, label_of_name(path.stem)) for path in here]
    else:
        found = [Filed(path, inner.name) for inner, paths in below.items() for path in paths]
    if not found:
        raise DataError(
            f"{folder} must hold files that can be read, {', '.join(suffixes)}, and holds none",
            "a folder for each class, or the class in the names: left_1.csv",
        )
    if len(found) > MOST:
        raise DataError(f"{folder} must hold {MOST:,} files or fewer, not {len(found):,}",
                        "give fewer")  # fmt: skip
    kinds = sorted({each.path.suffix.lower() for each in found})
    if len(kinds) > 1:
        raise DataError(f"the files of {folder} must be of one kind, not {listed(kinds)}",
                        "give a folder for each kind")  # fmt: skip
    return found


def _readable(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return sorted(
        path for path in folder.iterdir()
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file()
    )  # fmt: skip
