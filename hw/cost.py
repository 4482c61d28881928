"""What a core takes of a device, before anything is synthesised."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from math import ceil, inf
from typing import Any

# Shapes of a block RAM of iCE40, width and words. The last is made of the first, whose bits are
# written one by one, and a choice among them.
SHAPES = ((16, 256), (8, 512), (4, 1024), (2, 2048), (1, 4096))
BIT_CELLS = 28
WIDEST = 36  # bits of a word of a block RAM of other families
WEIGHT = 128  # what yosys takes a block RAM to cost, in bits: stored, or chosen among some
NAMES = {
    "cells": "logic cells",
    "rams": "block RAMs",
    "dsps": "DSPs",
    "sprams": "large RAMs",
    "flash": "bytes of flash",
}


@dataclass(frozen=True)
class Cost:
    """Parts of a device that a design takes, or has for it.

    Parameters
    ----------
    cells
        Logic cells: a look-up table with a flip-flop.
    rams
        Block RAMs of 4 kbit.
    dsps
        Multipliers of 16 x 16 bits.
    sprams
        RAMs of 256 kbit.
    masked
        Of the block RAMs, those whose bits are written one by one.
    flash
        Bytes of a flash that designs read.
    parts
        The cells by component, as far as they are known so; the sum is ``cells``.
    memories
        Width and words of memories that are written word by word, of those that ``rams`` counts.
    """

    cells: int
    rams: int
    dsps: int = 0
    sprams: int = 0
    masked: int = field(default=0, compare=False)
    flash: int = 0
    parts: Mapping[str, float] = field(default_factory=dict, compare=False)
    memories: tuple[tuple[int, int], ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, parts: Mapping[str, float], rams: int, **more: Any) -> "Cost":
        """Return what a design takes that consists of such components."""
        kept = {name: cells for name, cells in parts.items() if cells}
        return cls(ceil(sum(kept.values())), rams, parts=kept, **more)

    def __add__(self, other: "Cost") -> "Cost":
        counts = {
            one.name: getattr(self, one.name) + getattr(other, one.name)
            for one in fields(Cost)
            if one.name != "parts"
        }
        names = {**self.parts, **other.parts}
        split = {name: self.parts.get(name, 0) + other.parts.get(name, 0) for name in names}
        return Cost(**counts, parts=split)

    def takes(self, cost: "Cost") -> "Cost":
        """Return what a design of ``cost`` takes of this device, in parts of the device."""
        return cost

    def share(self, room: "Cost") -> float:
        """Return the part of ``room`` that is taken, of what it has least of; infinity of nothing.

        Examples
        --------
        >>> Cost(100, 6).share(Cost(400, 8))
        0.75
        """
        taken = room.takes(self)
        needs = [(getattr(taken, item), getattr(room, item)) for item in NAMES]
        return max(need / have if have else inf for need, have in needs if need)

    def excess(self, room: "Cost") -> str:
        """Say what there is not enough of in ``room``, or nothing."""
        taken = room.takes(self)
        for item, name in NAMES.items():
            need, have = getattr(taken, item), getattr(room, item)
            if need > have:
                return f"{need} {name} of {have}"
        return ""


@dataclass(frozen=True)
class TableRam:
    """How a family makes small memories of look-up tables.

    Parameters
    ----------
    cells
        Tables of 16 words of 4 bits.
    most
        How much such a memory may be for every block RAM in its place: twice the number of these,
        and a choice among them for every bit of a word.
    """

    cells: int
    most: int

    def takes(self, width: int, depth: int) -> int:
        """Count the look-up tables of a memory; 0 if block RAMs are better.

        >>> TableRam(6, 90).takes(16, 32), TableRam(6, 90).takes(16, 256)
        (64, 0)
        """
        above = banks(depth, 16)
        count, choice = -(-width // 4) * above, width * (above - 1)
        small = 2 * count + choice <= self.most * -(-width // WIDEST)
        return self.cells * count + choice if small else 0


@dataclass(frozen=True)
class Room(Cost):
    """What a device has, whatever its parts are: costs are estimated in those of iCE40.

    Parameters
    ----------
    per_cell
        Look-up tables of the device that a design takes for each logic cell of iCE40.
    per_part
        The same of components that are known better, by their names in :attr:`Cost.parts`.
    dsp_cells
        Look-up tables that a multiplier takes, where the device has none of its own; 0 if it must.
    table_ram
        How small memories are made of look-up tables; None if they are not.
    per_ram, per_masked
        Block RAMs of the device for each of 4 kbit, and for each of those whose bits are written
        one by one: most devices can only choose among bytes.

    Examples
    --------
    >>> Cost(100, 5).excess(Room(150, 3, per_cell=1.4, per_ram=0.8))
    '4 block RAMs of 3'
    >>> Cost(100, 5, masked=2).excess(Room(150, 8, per_cell=1.4, per_masked=4))
    '11 block RAMs of 8'
    """

    per_cell: float = 1
    per_ram: float = 1
    per_masked: float = 1
    per_part: Mapping[str, float] = field(default_factory=dict, compare=False)
    dsp_cells: int = 0
    table_ram: TableRam | None = None

    def takes(self, cost: Cost) -> Cost:
        whole, cells = cost.rams - cost.masked, self.per_cell * cost.cells
        for width, depth in cost.memories if self.table_ram else ():
            if small := self.table_ram.takes(width, depth) if self.table_ram else 0:
                whole, cells = whole - blocks(width, depth), cells + small
        rams = self.per_ram * whole + self.per_masked * cost.masked
        cells += sum(
            (self.per_part[name] - self.per_cell) * count
            for name, count in cost.parts.items()
            if name in self.per_part
        )
        dsps = cost.dsps
        if not self.dsps and self.dsp_cells:
            cells, dsps = cells + self.dsp_cells * dsps, 0
        return replace(cost, cells=ceil(cells), rams=ceil(rams), dsps=dsps)


def blocks(width: int, depth: int, *, constant: bool = False) -> int:
    """Count the block RAMs of iCE40 that a memory takes.

    Of many words, yosys spends some for fewer choices among them; but not where they are
    ``constant``. Few bits are flip-flops.

    >>> blocks(3, 1000), blocks(1, 4000), blocks(16, 5104), blocks(16, 5232), blocks(2, 32)
    (1, 1, 20, 24, 0)
    """
    if width * depth < WEIGHT and not constant:
        return 0
    wide, deep = _shape(width, depth, constant=constant)
    return banks(depth, deep) * -(-width // wide)


def choices(width: int, depth: int) -> int:
    """Count the cells beside the block RAMs of a memory: where a word is, and a bit of a word.

    >>> choices(16, 256), choices(16, 512), choices(1, 4096), choices(2, 32)
    (0, 0, 28, 96)
    """
    if width * depth < WEIGHT:
        return 3 * width * depth // 2
    wide, deep = _shape(width, depth)
    above = banks(depth, deep)
    return (above - 1) * width + (BIT_CELLS * above if wide == 1 else 0)


def _shape(width: int, depth: int, *, constant: bool = False) -> tuple[int, int]:
    """Find the shape of the block RAMs that yosys takes for a memory."""

    def weigh(shape: tuple[int, int]) -> tuple[int, int]:
        wide, deep = shape
        above = banks(depth, deep)
        more = 2 * above - 1 if above > 1 and not constant else 0
        return WEIGHT * above * -(-width // wide) + more * width, -deep

    return min(SHAPES, key=weigh)


def banks(depth: int, deep: int = SHAPES[0][1]) -> int:
    """Count the block RAMs of ``deep`` words that stand one above another in a deeper memory."""
    return -(-depth // deep)
