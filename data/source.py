"""From a path to sequences: a reader for each format, and what folders and pairs of files mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.files import existing_file
from qrnn_hw.data.layout import HOLD, Layout
from qrnn_hw.data.names import KNOWN, Names, read_names
from qrnn_hw.data.readers.arff import read_arff
from qrnn_hw.data.readers.delimited import read_delimited
from qrnn_hw.data.readers.folder import Filed, files_of, label_of_name, splits_of
from qrnn_hw.data.readers.npz import Archive, read_array
from qrnn_hw.data.readers.parquet import read_parquet
from qrnn_hw.data.readers.ts import read_series_table, read_ts
from qrnn_hw.data.readers.wave import WAVE, converted, read_wave
from qrnn_hw.data.recorded import Recorded, Source, side_by_side
from qrnn_hw.export.errors import DataError

ARCHIVE, ARRAY = ".npz", ".npy"
TRAIN, TEST = "_TRAIN", "_TEST"
HINT = (
    "give .csv, .tsv, .txt, .ts, .arff, .parquet, .npy, .npz, .wav, or a folder of them; "
    "docs/data.md says what they hold"
)


@dataclass(frozen=True)
class Reader:
    """A format.

    Parameters
    ----------
    name
        For people.
    read
        Reads a file; takes its path, a layout, and whether labels that were named must be there.
    """

    name: str
    read: Callable[[Path, Layout, bool], Recorded]


def _read_npy(path: Path, layout: Layout, labelled: bool) -> Recorded:
    return Recorded(read_array(path), None, None, name=path.name)


def _read_wav(path: Path, layout: Layout, labelled: bool) -> Recorded:
    sound = read_wave(path, HINT)
    notes = ((sound.note,) if sound.note else ()) + converted([sound])
    label = np.array([label_of_name(path.stem)])
    return Recorded(
        sound.samples[None], None, label, name=path.name, sound=True, places=(str(path),),
        by_name=True, notes=notes,
    )  # fmt: skip


_DELIMITED = Reader("table of text", read_delimited)
_LINES = Reader("lines of a class and a series", read_series_table)
READERS = {
    ".csv": _DELIMITED,
    ".tsv": _LINES,
    ".txt": _LINES,
    ".ts": Reader("series of the UCR archive (.ts)", read_ts),
    ".arff": Reader("ARFF", read_arff),
    ".parquet": Reader("Parquet", read_parquet),
    ".npy": Reader("array of NumPy (.npy)", _read_npy),
    ".wav": Reader("sound", _read_wav),
}
# Of files that are one sequence each, in a folder.
SINGLE = (".csv", ".parquet", ".npy", ".wav", ".tsv", ".txt")


def read_source(path: Path, layout: Layout, training: bool = True) -> Source:
    """Read all that a path leads to.

    Parameters
    ----------
    training
        Whether labels must be there that were asked for, and the TEST file beside a TRAIN file is
        read as well.

    Raises
    ------
    DataError
        If it is missing, or nothing that can be read.
    ToolError
        If a library is missing that its format needs.
    """
    if path.is_dir():
        return _filled(_folder(path, layout, training), layout)
    suffix = path.suffix.lower()
    existing_file(path, HINT)
    if suffix == ARCHIVE:
        return _filled(_archive(path), layout)
    if suffix not in READERS:
        raise DataError(f"{path} must be named for its format, and {suffix or 'no ending'} is none "
                        "that is known", HINT)  # fmt: skip
    reader, pair = READERS[suffix], {"": path}
    if training and TRAIN in path.stem:
        pair = {"_train": path, "_test": path.with_name(TEST.join(path.name.rsplit(TRAIN, 1)))}
        existing_file(pair["_test"], "put it there, or give the file a name without _TRAIN: then a "
                      "fifth of its sequences tests")  # fmt: skip
    splits = {split: reader.read(each, layout, training) for split, each in pair.items()}
    return _filled(Source(path, reader.name, splits, tuple(pair.values())), layout)


def _filled(source: Source, layout: Layout) -> Source:
    if layout.missing != HOLD:
        return source
    return replace(source, splits={name: part.filled() for name, part in source.splits.items()})


def _archive(path: Path) -> Source:
    names = read_names(Archive(path))
    splits = {split: _of_arrays(names, split) for split in names.splits}
    return Source(path, "arrays of NumPy (.npz)", splits, (path,), names.notes)


def _of_arrays(names: Names, split: str) -> Recorded:
    found = names.read(split)
    return Recorded(found["x"], found.get("lengths"), found.get("y"), name=f"x{split}")


def _folder(folder: Path, layout: Layout, training: bool) -> Source:
    """Read a folder: arrays by name, a pair of the archive, splits, or a sequence a file."""
    arrays = {path.stem: path for path in folder.glob("*" + ARRAY) if path.stem.lower() in KNOWN}
    if arrays:
        return _named_arrays(folder, arrays)
    pairs = sorted(path for path in folder.glob(f"*{TRAIN}*") if path.suffix.lower() in READERS)
    if pairs:
        if len(pairs) > 1:
            raise DataError(f"{folder} must hold one file NAME{TRAIN}, not {len(pairs)}",
                            "give the file that is meant")  # fmt: skip
        return replace(read_source(pairs[0], layout, training), path=pairs[0])
    parts = splits_of(folder)
    if not parts:
        recorded, files, kind = _files(files_of(folder, SINGLE), layout, training)
        return Source(folder, f"folder, {kind}", {"": recorded}, files)
    splits: dict[str, Recorded] = {}
    all_files: list[Path] = []
    kind = ""
    for split, inner in parts.items():
        recorded, files, kind = _files(files_of(inner, SINGLE), layout, training)
        splits[split] = replace(recorded, name=f"{inner.name}")
        all_files += files
    return Source(folder, f"folder of splits, {kind}", splits, tuple(all_files))


def _named_arrays(folder: Path, arrays: dict[str, Path]) -> Source:
    """Read x.npy, y.npy and so on, as an archive holds them."""
    found = {name.lower(): read_array(path) for name, path in sorted(arrays.items())}
    splits = {}
    for split in sorted({name.partition("_")[2] for name in found}):
        end = f"_{split}" if split else ""
        if f"x{end}" not in found:
            raise DataError(f"{folder} must hold x{end}{ARRAY}, and does not", "add it")
        splits[end] = Recorded(
            found[f"x{end}"], found.get(f"lengths{end}"), found.get(f"y{end}"), name=f"x{end}"
        )
    return Source(folder, "folder of arrays (.npy)", splits, tuple(sorted(arrays.values())))


def _files(
    filed: Sequence[Filed], layout: Layout, training: bool
) -> tuple[Recorded, tuple[Path, ...], str]:
    """Read files of one kind, a sequence each; or many, if they say which by an id."""
    suffix = filed[0].path.suffix.lower()
    files = tuple(each.path for each in filed)
    if suffix == WAVE:
        return _sounds(filed), files, "a sound a file"
    reader = _DELIMITED if suffix in (".csv", ".tsv", ".txt") else READERS[suffix]
    parts: list[Array] = []
    labels: list[str] = []
    places: list[str] = []
    rates: list[float] = []
    notes: dict[str, None] = {}
    first, by_name = None, True
    for each in filed:
        found = reader.read(each.path, layout, training)
        if suffix == ARRAY:
            found = replace(found, x=_one(found.x, each.path))
        first = first or found
        if found.x.shape[2] != first.x.shape[2] or found.channels != first.channels:
            raise DataError(
                f"{each.path} must have the columns of {files[0]}, {_shown(first)}, not "
                f"{_shown(found)}",
                "--channels chooses those that all have",
            )
        ends = found.lengths if found.lengths is not None else [found.x.shape[1]] * len(found)
        parts += [row[:end] for row, end in zip(found.x, ends)]
        labels += [each.label] * len(found) if found.y is None else list(map(str, found.y))
        places += [str(each.path)] * len(found)
        by_name &= found.y is None
        if found.rate:
            rates.append(found.rate)
        notes |= dict.fromkeys(note for note in found.notes if each is filed[0] or "steps" in note)
    assert first is not None
    x, lengths = side_by_side(parts, files[0].parent)
    recorded = Recorded(
        x, np.array([len(part) for part in parts]) if lengths is None else lengths,
        np.array(labels), first.channels, first.units, "the files",
        float(np.median(rates)) if rates else None, places=tuple(places), by_name=by_name,
        notes=tuple(notes),
    )  # fmt: skip
    return recorded, files, f"{reader.name}, a sequence a file"


def _one(x: Array, path: Path) -> Array:
    """Take an array for one sequence, (T,) or (T, channels)."""
    if x.ndim not in (1, 2) or not x.size:
        raise DataError(f"{path} must be a sequence, (T,) or (T, channels), not {x.shape}",
                        "several sequences in an array: give the file itself")  # fmt: skip
    return x.reshape(1, len(x), -1)


def _shown(found: Recorded) -> str:
    return ", ".join(found.channels) or f"{found.x.shape[2]} channels"


def _sounds(filed: Sequence[Filed]) -> Recorded:
    recordings = [read_wave(each.path, HINT) for each in filed]
    x, lengths = side_by_side([each.samples for each in recordings], filed[0].path.parent)
    notes = tuple(each.note for each in recordings if each.note)
    return Recorded(
        x, lengths, np.array([each.label for each in filed]), name="the sounds", sound=True,
        places=tuple(str(each.path) for each in filed), by_name=True,
        notes=(*notes, *converted(recordings)),
    )  # fmt: skip
