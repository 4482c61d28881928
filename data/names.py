"""The names that arrays of an .npz file have, and the splits that they make."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qrnn_hw.data.readers.npz import Archive, Array
from qrnn_hw.export.errors import DataError, listed

STEMS, PARTS = ("x", "y", "lengths"), ("", "_train", "_val", "_test")
KNOWN = tuple(stem + part for stem in STEMS for part in PARTS)
# What others call them; taken for a slip where the name that is meant is not there itself.
_WORDS = {
    "label": "y", "labels": "y", "target": "y", "targets": "y", "len": "lengths", "lens": "lengths",
    "inputs": "x", "training": "train", "tr": "train", "valid": "val", "validation": "val",
    "dev": "val", "testing": "test", "eval": "test",
}  # fmt: skip


def meant(name: str) -> str | None:
    """Return the known name that another one is close to: in case, order, plural or spelling.

    >>> [meant(name) for name in ("X_test", "y_tests", "lenghts", "test_x", "labels", "time")]
    ['x_test', 'y_test', 'lengths', 'x_test', 'y', None]
    """
    words: list[str] = [
        _WORDS.get(word) or word for word in re.findall("[a-z]+|[0-9]+", name.lower())
    ]
    folded = "".join(words)
    for known in KNOWN:
        stem, _, part = known.partition("_")
        if folded in (
            stem + part,
            part + stem,
            f"{stem}s{part}",
            f"{stem}{part}s",
            f"{part}{stem}s",
        ):
            return known
    for known in KNOWN:
        plain = known.replace("_", "")
        same = stem_of(known) == "lengths" or folded[:1] == plain[:1]
        forms = (plain, plain.replace("lengths", "length"))
        if len(plain) > 3 and same and any(_one_slip(folded, form) for form in forms):
            return known
    return None


def stem_of(name: str) -> str:
    """Return which of x, y and lengths a known name is about."""
    return next(stem for stem in STEMS if name.startswith(stem))


def _one_slip(one: str, other: str) -> bool:
    """Whether a letter more, less, other, or two exchanged is all that differs."""
    if len(one) > len(other):
        one, other = other, one
    start = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (
        swapped and one[start + 2 :] == other[start + 2 :]
    )


@dataclass(frozen=True)
class Names:
    """The arrays of a file, by split.

    Parameters
    ----------
    archive
        The file.
    splits
        The ends of the names of x that are there: "", "_train", "_val", "_test".
    notes
        What is not read.
    """

    archive: Archive
    splits: tuple[str, ...]
    notes: tuple[str, ...]

    def require(self, *names: str) -> None:
        """Refuse a file without some arrays.

        Raises
        ------
        DataError
            If one is missing.
        """
        if missing := [name for name in names if name not in self.archive.names]:
            raise DataError(
                f"{self.archive.path} must hold {', '.join(names)}; it lacks {', '.join(missing)}",
                "add it",
            )

    @property
    def chosen(self) -> str:
        """The split to try a model on: held-out sequences go before those of training."""
        return next(part for part in ("_test", "_val", "", "_train") if part in self.splits)

    @property
    def choice(self) -> tuple[str, ...]:
        """What there is to say of the choice: nothing if there is no other, and no training."""
        if self.splits == ("",):
            return self.notes
        return (f"x{self.chosen} of {self.archive.path} is taken", *self.notes)

    def read(self, split: str) -> dict[str, Array]:
        """Read x, and y and lengths if they are there, of a split."""
        there = [stem for stem in STEMS if stem + split in self.archive.names]
        found = self.archive.read(stem + split for stem in there)
        return dict(zip(there, found.values()))


def read_names(archive: Archive) -> Names:
    """Look through the names of a file.

    Raises
    ------
    DataError
        If a name is close to a known one, there is no x, or y or lengths without their x.
    """
    there, path = set(archive.names), archive.path
    unknown = [name for name in archive.names if name not in KNOWN]
    for name in unknown:
        wanted = meant(name)
        if wanted and (wanted not in there or not _is_word(name)):
            raise DataError(
                f"{path} holds {listed([name])!r}, which is no name that is read: {wanted!r} is",
                f"call it {wanted!r} if it is that, or give it a name that is less close",
            )
    splits = tuple(part for part in PARTS if f"x{part}" in there)
    if not splits:
        raise DataError(
            f"{path} must hold x or x_test, and holds {listed(sorted(there)) or 'nothing'}",
            "write it with numpy.savez(file, x=..., y=...)",
        )
    for name in (stem + part for stem in STEMS[1:] for part in PARTS if part not in splits):
        if name in there:
            raise DataError(f"{path} holds {name} and must hold the x of it, and does not",
                            "add it, or leave both out")  # fmt: skip
    _all_or_none("lengths", splits, there, path)
    notes = [f"not read: {listed(unknown)}"] if unknown else []
    return Names(archive, splits, tuple(notes))


def _is_word(name: str) -> bool:
    """Whether a name is another word for a known one, and no slip."""
    return any(word in _WORDS for word in re.findall("[a-z]+", name.lower()))


def _all_or_none(stem: str, splits: Iterable[str], there: set[str], path: object) -> None:
    """Refuse lengths of some splits only: those of the others would be a guess."""
    have = {part: stem + part in there for part in splits}
    if any(have.values()) and not all(have.values()):
        missing = next(part for part, is_there in have.items() if not is_there)
        raise DataError(
            f"{path} must hold lengths of all of its splits or of none, and lacks {stem}{missing}",
            "add it",
        )
