"""From measurements, integers or floats, to the data set that a network trains on."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.ranges import Ranges
from qrnn_hw.data.scale import OFF, Scale
from qrnn_hw.data.tasks.part import Part, columns
from qrnn_hw.data.units import SHARE
from qrnn_hw.data.wire import WireFormat, choose_format, narrowest, usual_format
from qrnn_hw.export.errors import DataError

UNLIKE = 100  # times the range of another channel, at which that one is as good as silent


@dataclass(frozen=True)
class _Format:
    """The format of the wire, and what is to be said of it."""

    wire: WireFormat
    notes: tuple[str, ...]
    fields: dict[str, Any] = field(default_factory=dict)  # of Dataset
    warnings: tuple[str, ...] = ()


def _rounding(wire: WireFormat, measured: str) -> str:
    kind = f"{wire.bits} {'signed' if wire.signed else 'unsigned'} bits"
    if wire.channel_steps is None:
        steps = f"{wire.step:.6g} each"
    else:
        steps = "each channel by its own step"
    return f"floats rounded to {kind}, {steps}, {measured} measured on the training split; " + (
        "beyond it they saturate"
    )


def _about_zero(parts: list[Part], bits: int | None, reach: float) -> _Format:
    """Take a share of the magnitudes for the range."""
    wire = choose_format(parts[0].valid(), [part.valid() for part in parts[1:]], bits, reach)
    if parts[0].x.dtype.kind != "f":
        return _Format(wire, ("integers as given",))
    share = "the range" if reach == 1 else f"the range of {reach:.1%} of the steps"
    return _Format(wire, (_rounding(wire, share),))


def _usual(parts: list[Part], bits: int | None) -> _Format:
    """Take what is usual in each channel for nothing, and rare extremes for saturation."""
    ranges = Ranges.of(parts[0].valid())
    silent = np.flatnonzero(ranges.constant).tolist()
    notes = tuple(f"channel {channel} never varies, and says nothing" for channel in silent)
    if parts[0].x.dtype.kind == "f":
        wire = usual_format(ranges, bits)
        said = _rounding(wire, "the median at 0, the range of all but extremes")
        return _Format(wire, (said, *notes))
    wire = choose_format(parts[0].valid(), [part.valid() for part in parts[1:]], bits)
    if ranges.constant.all():
        raise DataError(
            f"x must vary, and is {ranges.middle[0]:g} in all of the training split", "check x"
        )
    zero = np.rint(np.where(ranges.far, ranges.middle, 0)).astype(np.int64)
    fields = {
        "zero": tuple(zero.tolist()) if zero.any() else None,
        "reach": int(np.ceil(ranges.reach(zero).max())),
    }
    reach = ranges.reach(zero)
    small = np.flatnonzero(~ranges.constant & (reach * UNLIKE < reach.max())).tolist()
    told = tuple(
        f"channel {channel} reaches {reach[channel]:g} where another reaches {reach.max():g}: of "
        "counts all have one step; as floats each has its own"
        for channel in small
    )
    return _Format(wire, ("integers as given", *notes), fields, told)


def measured(
    train: Part,
    val: Part,
    test: Part,
    *,
    bits: int | None = None,
    reach: float | None = None,
    scale: Scale | None = None,
    notes: tuple[str, ...] = (),
    **fields: Any,
) -> Dataset:
    """Choose the format on the wire and round to it.

    Parameters
    ----------
    train, val, test
        The splits, all integers or all floats.
    bits
        Width to use; None takes 8 for floats and as few as suffice for integers.
    reach
        Share of the magnitudes of the training inputs that a float channel holds without
        saturation. None takes each channel about its median, and lets rare extremes saturate.
    scale
        What a count of the wire stands for, of each channel; None to choose, or for integers.
    notes
        What there is to say about the splits.
    fields
        The other fields of :class:`qrnn_hw.data.dataset.Dataset`.

    Raises
    ------
    DataError
        If integers do not fit, or nothing varies.
    """
    parts = [train, val, test]
    if scale is not None:
        return _counted(parts, scale, bits=bits, notes=notes, **fields)
    chosen = _usual(parts, bits) if reach is None else _about_zero(parts, bits, reach)
    wire = chosen.wire
    if any(part.lengths is not None for part in parts):
        parts = [replace(part, lengths=part.ends) for part in parts]
    rounded, beyond = [], 0
    for part in parts:
        integers, wrong = wire.unit.encode(part.x)
        inside = np.arange(part.x.shape[1]) < part.ends[:, None]
        beyond += int(np.count_nonzero(wrong[inside]))
        integers[~inside] = 0
        rounded.append(part.with_x(integers.astype(narrowest(wire.bits, wire.signed))))
    share = beyond / max(sum(int(part.ends.sum()) for part in parts) * train.x.shape[2], 1)
    told = chosen.warnings
    if reach is None and share > SHARE:
        told += (
            f"{share:.1%} of the numbers are beyond what is usual in their channel, and saturate",
        )
    return Dataset(
        **columns(*rounded),
        input_bits=wire.bits,
        input_signed=wire.signed,
        input_step=wire.step,
        channel_steps=wire.channel_steps,
        channel_offsets=wire.channel_offsets,
        rounded=train.x.dtype.kind == "f",
        notes=(*notes, *chosen.notes, *told),
        warnings=told,
        **chosen.fields,
        **fields,
    )


def _counted(parts: list[Part], scale: Scale, notes: tuple[str, ...], **fields: Any) -> Dataset:
    """Take real numbers for the counts of an ADC, which are integers on the wire."""
    counted, off = [], 0.0
    for part in parts:
        inside = np.arange(part.x.shape[1]) < part.ends[:, None]
        counts = np.zeros(part.x.shape, np.int64)
        if inside.any():
            counts[inside], far = scale.counts(part.x[inside], "x")
            off = max(off, far)
        counted.append(part.with_x(counts))
    said = "the wire carries counts: a number is the offset and so many steps, as --scale says"
    told: tuple[str, ...] = ()
    if off > OFF:
        told = (f"numbers are up to {off:.2g} of a count from whole counts, and rounded",)
    dataset = measured(*counted, notes=(*notes, said, *told), **fields)
    return replace(
        dataset,
        channel_steps=scale.steps,
        channel_offsets=scale.offsets,
        rounded=True,
        warnings=(*dataset.warnings, *told),
    )
