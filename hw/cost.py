"""What a core takes of a device, before anything is synthesised."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from math import ceil, inf
from typing import Any

from qrnn_hw.hw.path import Path

# Shapes of a block RAM of iCE40, width and words. The last is made of the first, whose bits are
# written one by one, and a choice among them.
SHAPES = ((16, 256), (8, 512), (4, 1024), (2, 2048), (1, 4096))
BIT_CELLS = 28
# Those of the larger block RAMs of other families.
LARGER = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
WIDEST = LARGER[0][0]
BYTE = 9  # bits that have a write enable; of iCE40's every bit has its own
WEIGHT = 128  # what yosys takes a block RAM to cost, in bits: stored, or chosen among some
MEMORIES = "memories"  # cells of them, where no device makes them of tables: choices, flip-flops
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
        Width, words and write enables of memories whose words are written in parts, of those that
        ``rams`` counts.
    flash
        Bytes of a flash that designs read.
    parts
        The cells by component, as far as they are known so; the sum is ``cells``.
    memories
        Width and words of memories that are written word by word, of those that ``rams`` counts.
    tables
        The same of those that are only read.
    paths
        Those of which the longest decides the clock.
    """

    cells: int
    rams: int
    dsps: int = 0
    sprams: int = 0
    masked: tuple[tuple[int, int, int], ...] = field(default=(), compare=False)
    flash: int = 0
    parts: Mapping[str, float] = field(default_factory=dict, compare=False)
    memories: tuple[tuple[int, int], ...] = field(default=(), compare=False)
    tables: tuple[tuple[int, int], ...] = field(default=(), compare=False)
    paths: tuple[Path, ...] = field(default=(), compare=False)

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
    """How a family makes small memories of look-up tables, as yosys weighs it.

    16 words of a bit cost one, a block RAM :data:`WEIGHT`, and so does the choice among two banks,
    of two bits.

    Parameters
    ----------
    cells
        Look-up tables of 16 words of 4 bits.
    narrow
        Whether yosys counts the bits of such a word that are used, and not all 4.
    """

    cells: int
    narrow: bool = False

    def takes(self, width: int, depth: int) -> int:
        """Count the look-up tables of a memory; 0 if block RAMs are better.

        >>> TableRam(6).takes(16, 32), TableRam(6).takes(16, 256)
        (64, 0)
        """
        above = banks(depth, 16)
        count = -(-width // 4) * above
        stored = width * above if self.narrow else 4 * count
        if stored + width * (above - 1) / 2 >= WEIGHT * -(-width // WIDEST):
            return 0
        # Two tables choose among four banks, behind multiplexers that every pair of tables has; of
        # narrow words, three.
        chosen = above - 1 if self.narrow or above == 1 else -(-above // 2)
        return self.cells * count + width * chosen


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
    per_full, full
        Look-up tables that a design takes more for each cell of a component, by the first word of
        its name, if its cells are more than ``full``.
    table_ram
        How small memories are made of look-up tables, and not of ``larger`` block RAMs; None if
        they are not.
    larger
        Whether block RAMs have 18 kbit: of what is known by its shape so many are counted as it
        needs, and one for every other of iCE40's.

    Examples
    --------
    >>> Cost(100, 5).excess(Room(150, 4, per_cell=1.4))
    '5 block RAMs of 4'
    >>> Cost(100, 5, masked=((16, 64, 16),)).excess(Room(150, 7, larger=True))
    '8 block RAMs of 7'
    """

    per_cell: float = 1
    per_part: Mapping[str, float] = field(default_factory=dict, compare=False)
    dsp_cells: int = 0
    table_ram: TableRam | None = None
    larger: bool = False
    per_full: Mapping[str, float] = field(default_factory=dict, compare=False)
    full: int = 0

    def takes(self, cost: Cost) -> Cost:
        rams, cells = cost.rams, self.per_cell * cost.cells
        if self.larger:
            rams += sum(larger_blocks(*each) - blocks(*each) for each in cost.memories)
            rams += sum(larger_blocks(*each) - blocks(*each[:2]) for each in cost.masked)
            rams += sum(larger_blocks(*each) - blocks(*each, constant=True) for each in cost.tables)
        if table := self.table_ram:
            cells -= self.per_cell * cost.parts.get(MEMORIES, 0)
            for each in cost.memories:
                if small := table.takes(*each):
                    rams, cells = rams - larger_blocks(*each), cells + small
        cells += sum(
            (self.per_part[name] - self.per_cell) * count
            for name, count in cost.parts.items()
            if name in self.per_part
        )
        if cost.cells > self.full:
            cells += sum(
                self.per_full.get(name.split()[0], 0) * count for name, count in cost.parts.items()
            )
        dsps = cost.dsps
        if not self.dsps and self.dsp_cells:
            cells, dsps = cells + self.dsp_cells * dsps, 0
        return replace(cost, cells=ceil(cells), rams=rams, dsps=dsps)


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


def larger_blocks(width: int, depth: int, enables: int = 1) -> int:
    """Count the block RAMs of 18 kbit that a memory takes, whose words are written in parts.

    >>> larger_blocks(36, 512), larger_blocks(24, 600), larger_blocks(1, 5760)
    (1, 2, 1)
    >>> larger_blocks(16, 64, enables=16)
    4
    """
    return min(
        max(-(-width // wide), -(-enables // max(1, wide // BYTE))) * banks(depth, deep)
        for wide, deep in LARGER
    )


def stacked(width: int, depth: int, *, larger: bool = False) -> int:
    """Count the block RAMs of a memory one above another, among which its data are chosen.

    >>> stacked(4, 2304), stacked(4, 2304, larger=True)
    (3, 1)
    """
    if not larger:
        return banks(depth, _shape(width, depth)[1])
    return min(
        (-(-width // wide) * banks(depth, deep), banks(depth, deep)) for wide, deep in LARGER
    )[1]


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
