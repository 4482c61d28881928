"""A user's own sequences, from files of any kind that can be read."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.classes import (
    class_names,
    label_names,
    numbered,
    numbers_of,
    require_classes,
)
from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest
from qrnn_hw.data.layout import REFUSE, Layout
from qrnn_hw.data.padded import padded
from qrnn_hw.data.recorded import Recorded, Source
from qrnn_hw.data.scale import Scale
from qrnn_hw.data.series import series_of, shaped
from qrnn_hw.data.source import read_source
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part, columns
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.export.raw import Sound

KEPT = 4  # recordings that a model file carries along
UNIT = 1 / 16  # octave, of a frame of sound


def own(
    path: str | Path, input_bits: int | None = None, decision: bool = False, label: str = "",
    id: str = "", time: str = "", channels: str = "", delimiter: str = "", decimal: str = ".",
    missing: str = REFUSE, wide: bool = False, window: int = 0, regression: bool = False,
    scale: str = "",
) -> Dataset:  # fmt: skip
    """Read labelled sequences; ``docs/data.md`` says what the files may hold.

    Parameters
    ----------
    path
        A file of a format that :data:`qrnn_hw.data.source.READERS` lists, an .npz, or a folder.
    input_bits
        Width of a channel on the wire, 1..16; None takes 8 for floats, and as few as suffice for
        integers.
    decision
        Whether one logit tells the two classes apart.
    regression
        Whether labels are numbers to be estimated, and no classes.
    scale
        What a count of an ADC stands for, as :class:`qrnn_hw.data.scale.Scale` reads it: the wire
        then carries counts. "" chooses the steps of floats.
    label, id, time, channels, delimiter, decimal, missing, wide, window
        Of tables, as :class:`qrnn_hw.data.layout.Layout` names them.

    Returns
    -------
    Dataset
        Where the files do not have them, a fifth of the sequences validates and a fifth tests, by
        class.

    Raises
    ------
    DataError
        If the files are missing or hold something else.
    """
    layout = Layout(label, id, time, channels, delimiter, decimal, missing, wide, window)
    source = read_source(Path(path), layout)
    counts = Scale.parse(scale) if scale else None
    return dataset_of(source, layout, input_bits, decision, regression=regression, scale=counts)


def dataset_of(
    source: Source, layout: Layout, input_bits: int | None = None, decision: bool = False,
    pooled: bool = False, regression: bool = False, scale: Scale | None = None,
) -> Dataset:  # fmt: skip
    """Make a data set of what was read; ``pooled`` puts training and test together first."""
    first, notes = source.first, [*source.notes]
    inputs: dict[str, Part] = {}
    for split, recorded in source.splits.items():
        inputs[split], said = _inputs(recorded, split)
        _require_labels(recorded)
        notes += [*recorded.notes, *said]
    targets = _numbers(source) if regression else _classes(source, pooled)
    classes, every_y = targets.classes, targets.y
    parts: dict[str, Part] = {}
    for split, found in inputs.items():
        parts[split] = found.with_y(every_y[split])
        _check_alike(found, source.splits[split], inputs[first], source.splits[first])
    steps = max(part.x.shape[1] for part in parts.values())
    parts = {split: part.lengthened(steps) for split, part in parts.items()}
    whole = parts.pop(first)
    if pooled and "_test" in parts:
        whole = whole.joined(parts.pop("_test"))
    drawn = [split for split in ("_val", "_test") if split not in parts]
    y = np.zeros(len(whole), np.int64) if regression else whole.y.astype(np.int64)
    if regression:
        _require_numbers(whole.y, f"y{first}", 1 + len(drawn), decision)
    else:
        require_classes(y, classes, f"y{first}", 1 + len(drawn), decision)
    rows = stratified(y, *[0.2] * len(drawn))
    parts |= {split: whole.take(part) for split, part in zip(["", *drawn], rows)}
    splits = parts[""], parts["_val"], parts["_test"]
    notes = [_drawn(first, drawn, "" if regression else ", by class"), *dict.fromkeys(notes)]
    if regression:
        notes.append(
            "losses are of numbers of mean 0 and deviation 1: 1 is that of always saying the mean"
        )
    recorded = source.splits[first]
    if recorded.sound:
        for given, name in ((input_bits, "--input-bits"), (scale, "--scale")):
            if given is not None:
                raise DataError(f"{name} goes with numbers of a sensor, not with sound: the front "
                                "end gives 8 bits", f"drop {name}")  # fmt: skip
        held_out = source.splits["_test"] if "_test" not in drawn else recorded
        kept = _kept(held_out, rows[-1] if "_test" in drawn else np.arange(len(held_out)))
        heard = _of_sounds(source, splits, classes, tuple(notes), decision, kept)
        return replace(heard, **targets.fields)
    dataset = measured(
        *splits,
        bits=input_bits,
        name=source.name,
        classes=classes,
        sha256=digest(*source.files),
        notes=tuple(notes),
        decision=decision,
        scale=scale and scale.of(splits[0].x.shape[2]),
    )
    return replace(
        dataset,
        channel_names=recorded.channels if any(recorded.channels) else None,
        channel_units=recorded.units if any(recorded.units) else None,
        layout=layout.said or None,
        **targets.fields,
    )


@dataclass(frozen=True)
class _Targets:
    """What sequences are to give."""

    classes: tuple[str, ...]
    y: dict[str, Any]  # of each split, numbers of classes or real numbers
    fields: dict[str, Any] = field(default_factory=dict)  # of Dataset


def _require_labels(recorded: Recorded) -> None:
    if recorded.y is None:
        raise DataError(
            f"{recorded.name} must have labels to be trained on, and has none",
            "add y to arrays, --label COLUMN to a table, or give a folder for each class",
        )


def _classes(source: Source, pooled: bool) -> _Targets:
    """Turn labels into numbers of classes: of those of training or, pooled, of all."""
    labels = {
        split: label_names(part.arrays["y"], f"y{split}", len(part))
        for split, part in source.splits.items()
    }
    names = class_names(*labels.values()) if pooled else class_names(labels[source.first])
    return _Targets(
        names, {split: numbered(found, names, f"y{split}") for split, found in labels.items()}
    )


def _numbers(source: Source) -> _Targets:
    """Bring the numbers of training to mean 0 and deviation 1, and the others alike."""
    y = {
        split: numbers_of(part.arrays["y"], f"y{split}", len(part))
        for split, part in source.splits.items()
    }
    known = y[source.first]
    offset, scale = float(known.mean()), float(known.std()) or 1.0
    fields = {"regression": True, "answer_scale": scale, "answer_offset": offset}
    return _Targets(("y",), {split: (found - offset) / scale for split, found in y.items()}, fields)


def _require_numbers(y: Array, name: str, least: int, decision: bool) -> None:
    """Refuse numbers that nothing is to be learnt from."""
    if decision:
        raise DataError("a number must not be a decision too", "drop --decision or --regression")
    if len(y) < 2 * least or y.min() == y.max():
        raise DataError(
            f"{name} must be {2 * least} numbers or more that are not all the same, not {len(y)}",
            f"check {name}",
        )


def _inputs(recorded: Recorded, split: str) -> tuple[Part, tuple[str, ...]]:
    """Bring sequences to the form of a split, those of sound to frames; without labels."""
    y = np.zeros(len(recorded), np.int64)
    if not recorded.sound:
        x = shaped(recorded.x, recorded.name)
        series = series_of(x, recorded.lengths, recorded.name, f"lengths{split}")
        return Part.of(series, y), series.notes
    lengths = recorded.lengths
    lengths = np.full(len(y), recorded.x.shape[1]) if lengths is None else lengths
    if lengths.min() < FRAME:
        raise DataError(
            f"every sound must have {FRAME} samples, a frame, or more; one has {lengths.min()}",
            "leave it out",
        )
    frames = [front_end(row[:end]) for row, end in zip(recorded.x, lengths)]
    steps = np.array([len(each) for each in frames], np.int64)
    return Part(padded(frames, 0, dtype=np.int8), y, steps), ()


def _check_alike(part: Part, recorded: Recorded, whole: Part, first: Recorded) -> None:
    """Refuse a split that is not prepared as the first; its sequences may be of other lengths."""
    channels = [each.x.shape[2] for each in (whole, part)]
    if channels[0] != channels[1] or part.x.dtype.kind != whole.x.dtype.kind:
        raise DataError(
            f"{recorded.name} must be (n, T, {channels[0]}) of {whole.x.dtype} as {first.name} is, "
            f"not (n, T, {channels[1]}) of {part.x.dtype}",
            "prepare all splits alike",
        )


def _kept(recorded: Recorded, rows: Array) -> list[Array]:
    """Take the first recordings of a split, for the model's file to carry along."""
    few = rows[:KEPT]
    ends = [recorded.x.shape[1]] * len(few) if recorded.lengths is None else recorded.lengths[few]
    return [recorded.x[row, :end].astype(np.int64) for row, end in zip(few, ends)]


def _of_sounds(
    source: Source, splits: tuple[Part, Part, Part], classes: tuple[str, ...],
    notes: tuple[str, ...], decision: bool, kept: list[Array],
) -> Dataset:  # fmt: skip
    """Make a data set of frames, which a board with a front end takes."""
    return Dataset(
        name=source.name,
        **columns(*splits),
        classes=classes,
        input_bits=8,
        input_signed=True,
        input_step=UNIT,
        sha256=digest(*source.files),
        notes=(
            *notes,
            "frames of 16 ms, log magnitude of 16 bands by the integer front end; a unit of the "
            "inputs is 1/16 octave",
        ),
        decision=decision,
        raw=Sound(np.concatenate(kept), np.array([len(each) for each in kept])),
    )


def _drawn(first: str, drawn: list[str], by: str) -> str:
    """Say where the splits come from."""
    if len(drawn) == 2:
        return f"split 60/20/20{by.replace(',', '')}, the same for every seed"
    if not drawn:
        return "splits as given"
    does, other = ("validates", "test") if drawn == ["_val"] else ("tests", "validation")
    return f"a fifth of x{first} {does}{by}, the same for every seed; {other} split as given"
