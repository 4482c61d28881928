"""A user's own sequences, from an .npz file."""

from pathlib import Path

from qrnn_hw.data.classes import class_names, label_names, numbered, require_classes
from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest
from qrnn_hw.data.names import Names, read_names
from qrnn_hw.data.readers.npz import Archive
from qrnn_hw.data.series import Series, series_of, shaped
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part
from qrnn_hw.export.errors import DataError


def _read(names: Names, split: str) -> tuple[Series, list[str]]:
    names.require(f"x{split}", f"y{split}")
    arrays = names.read(split)
    x = shaped(arrays["x"], f"x{split}")
    series = series_of(x, arrays.get("lengths"), f"x{split}", f"lengths{split}")
    return series, label_names(arrays["y"], f"y{split}", len(x))


def _check_alike(part: Part, split: str, whole: Part, first: str) -> None:
    """Refuse a split that is not prepared as the first."""
    shapes = [f"(n, {', '.join(map(str, each.x.shape[1:]))})" for each in (whole, part)]
    if shapes[0] != shapes[1] or part.x.dtype.kind != whole.x.dtype.kind:
        raise DataError(
            f"x{split} must be {shapes[0]} of {whole.x.dtype} as x{first} is, not {shapes[1]} of "
            f"{part.x.dtype}",
            "prepare all splits alike",
        )


def _first(names: Names) -> str:
    """Return the split to train on."""
    found = [split for split in ("", "_train") if split in names.splits]
    if len(found) != 1:
        what = "x and x_train, which both are to be trained on" if found else "neither"
        raise DataError(
            f"{names.archive.path} must hold x, or x_train, and holds {what}", "keep one"
        )
    return found[0]


def npz(path: str | Path, input_bits: int | None = None, decision: bool = False) -> Dataset:
    """Read labelled sequences; ``docs/data.md`` says what the file may hold.

    Parameters
    ----------
    path
        An .npz file with x (n, T) or (n, T, channels), integers or floats, and y (n,), names
        or numbers of classes; lengths (n,) if the sequences differ in length, each padded to T;
        and the same with _val and _test if these splits are given. The first may be called x_train
        and so on.
    input_bits
        Width of a channel on the wire, 1..16; None takes 8 for floats, and as few as suffice for
        integers.
    decision
        Whether one logit tells the two classes apart.

    Returns
    -------
    Dataset
        Where the file does not have them, a fifth of the sequences validates and a fifth tests, by
        class. Floats of several channels have a step for each.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    names = read_names(Archive(path))
    first = _first(names)
    series, labels = _read(names, first)
    classes = class_names(labels)
    y = numbered(labels, classes, f"y{first}")
    whole, notes = Part.of(series, y), [*names.notes, *series.notes]
    drawn = [split for split in ("_val", "_test") if split not in names.splits]
    require_classes(y, classes, f"y{first}", 1 + len(drawn), decision)
    parts: dict[str, Part] = {}
    for split in names.splits:
        if split == first:
            continue
        found, labels = _read(names, split)
        parts[split] = Part.of(found, numbered(labels, classes, f"y{split}"))
        _check_alike(parts[split], split, whole, first)
        notes += found.notes
    rows = stratified(y, *[0.2] * len(drawn))
    parts |= {split: whole.take(part) for split, part in zip(["", *drawn], rows)}
    return measured(
        parts[""],
        parts["_val"],
        parts["_test"],
        bits=input_bits,
        name="npz",
        classes=classes,
        sha256=digest(path),
        notes=(_splits(first, drawn), *notes),
        decision=decision,
    )


def _splits(first: str, drawn: list[str]) -> str:
    """Say where the splits come from."""
    if len(drawn) == 2:
        return "split 60/20/20 by class, the same for every seed"
    if not drawn:
        return "splits as given"
    does, other = ("validates", "test") if drawn == ["_val"] else ("tests", "validation")
    return f"a fifth of x{first} {does}, by class, the same for every seed; {other} split as given"
