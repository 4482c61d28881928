"""What a serial core consists of: every width and address, derived from its model."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from amaranth.lib import wiring

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Numbers, Tokens
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.hw.ports import require_taken, write_port
from qrnn_hw.hw.serial.lanes import registers
from qrnn_hw.hw.serial.row import Row, outside
from qrnn_hw.hw.serial.table import Table, bias_table, constants, token_table
from qrnn_hw.hw.serial.words import SerialWords
from qrnn_hw.hw.trace import PlaneWrites

STREAMED_CHANNELS = 16  # whose products lanes select; of more they would take most of the cells


@dataclass(frozen=True)
class SerialSizes(SerialWords):
    """A core for ``model`` with ``lanes`` serial lanes.

    Parameters
    ----------
    model
        What to compute.
    lanes
        P, a power of two that divides d.
    fetches
        Whether the table of tokens stays outside, and its rows come one by one; None where it has
        to.
    accumulates
        Whether the channels are summed unit by unit before a step, by one multiplier into a memory,
        and not by the lanes during it: far fewer cells, and more cycles. None: if there are more
        than ``STREAMED_CHANNELS``.
    trusts
        Whether a step starts before it is known whether the one before saturated, and is taken
        back if it did; None: wherever that is faster.
    at_once
        Sequences whose steps may take turns, 1 or 2: while the step of one is on its way to its
        states, the words of the other pass. None of them trusts.

    Raises
    ------
    ModelError
        If ``lanes`` is not such a number, or the engine cannot compute the model.
    """

    fetches: bool | None = None
    accumulates: bool | None = None
    trusts: bool | None = None
    at_once: int = 1
    engine: ClassVar[str] = "serial"
    takes: ClassVar[frozenset[str]] = frozenset(
        {
            "a zero point",
            "decay by halves",
            "decay",
            "a pooled readout",
            "a pool that leaks",
            "a hidden layer",
            "a halved transform",
        }
    )

    def __post_init__(self) -> None:
        model, d, lanes = self.model, self.model.hidden, self.lanes
        if not isinstance(model.recurrence, Hadamard):
            raise ModelError(
                f"the serial engine must have hadamard weights, not {model.cell}",
                "choose another engine",
            )
        require_taken(model, self.engine, self.takes)
        if self.units > d:
            raise ModelError(
                f"the serial engine must have a hidden layer of up to {d} units, not {self.units}",
                "train fewer units of the layer",
            )
        most = d & -d
        if not 1 <= lanes <= most or lanes & (lanes - 1):
            raise ModelError(
                f"lanes must be a power of two from 1 to {most}, not {lanes}",
                "leave --lanes out to let the planner choose",
            )
        if self.accumulates and not isinstance(model.inputs, Numbers):
            raise ModelError("inputs that are summed must be numbers", "let the planner choose")
        if self.accumulates is None:
            object.__setattr__(self, "accumulates", model.inputs.channels > STREAMED_CHANNELS)
        object.__setattr__(self, "fetches", outside(model, self.fetches))
        self._require_turns()
        table = self.table
        if self.halvings and table is not None and table.bits + max(table.low) > self.word:
            raise ModelError(
                f"the serial engine must have {self.word} bits for all that a step adds to halved "
                f"sums, not {table.bits + max(table.low)}",
                "take exact sums, --transform exact, or more --state-bits",
            )

    def _require_turns(self) -> None:
        """Check that two sequences at once gain something: that steps may overlap."""
        if self.at_once not in (1, 2):
            raise ModelError(
                f"sequences at once must be 1 or 2, not {self.at_once}",
                "leave --sequences-at-once out",
            )
        readout = self.model.readout
        for there, what in (
            (readout.every, "a readout after every step"),
            (readout.pool is not None, "a pooled readout"),
            (self.fetches, "a table in flash"),
            (self.accumulates, "channels that are summed one by one"),
        ):
            if self.at_once > 1 and there:
                raise ModelError(
                    f"the {self.engine} engine must do without {what} where two sequences take "
                    "turns: their steps would not overlap",
                    "leave --sequences-at-once out",
                )

    @property
    def state_planes(self) -> int:
        """Words of memory that one word of states takes: the flag, the sign, and its planes.

        Where steps trust each other, the sign as it is without overflow is behind these: what the
        next step reads is never what is written again.
        """
        return self.model.state_bits + 1 + bool(self.trusts)

    @property
    def bank(self) -> int:
        """Words that the states of a sequence take: from those of one to those of the other."""
        return self.folds * self.state_planes

    @property
    def streams(self) -> int:
        """Channels whose products lanes select; 0 where there are none, or they are summed."""
        inputs = self.model.inputs
        return inputs.channels if isinstance(inputs, Numbers) and not self.accumulates else 0

    @property
    def term_bits(self) -> int:
        """Width of what a unit's channels, its bias and the rounding half sum to.

        Words of a halved transform hold no more than their own bits of it.
        """
        constant = int(np.abs(constants(self.model)).max())
        bits = signed_bits(self.model.inputs.largest_term + constant)
        return min(bits, self.word) if self.halvings else bits

    @property
    def unit_cycles(self) -> int:
        """Cycles from a unit's channels to the next one's.

        A product a cycle, a plane a cycle, and no faster than a pass reads words.
        """
        channels = self.model.inputs.channels
        return max(channels, self.term_bits + 1, -(-self.word // self.lanes))

    @cached_property
    def table(self) -> Table | None:
        """What lanes read from a memory of their own; None for nothing."""
        if self.accumulates:
            return Table(self.term_bits, (0,), (0,))
        if isinstance(self.model.inputs, Tokens):
            return token_table(self.model)
        return bias_table(self.model) if self.model.bias.any() else None

    @property
    def terms(self) -> int:
        """Numbers that lanes add to the network's."""
        return self.streams + (self.table is not None)

    @property
    def lead(self) -> int:
        """Registers that add the terms: cycles by which these run ahead of the network."""
        return registers(self.terms)

    @property
    def subtracts_in_fold(self) -> bool:
        """Whether the stage between neighbouring words takes the origin from the states.

        Where there is one, and a readout is rare: then lanes have no subtractor of their own.
        """
        often = self.model.readout.every or self.pool_planes
        stage = self.model.origin is not None and bool(self.fold_stages)
        return stage and not often and self.decay is None

    @property
    def passes_still(self) -> bool:
        """Whether states pass all stages as they are to become what a readout reads.

        Where they have no origin they are saturated on the way, and that is all. A readout after
        every step does not wait for stages between words.
        """
        whole = self.model.origin is None and not self.pool_planes and self.decay is None
        return whole and not (self.model.readout.every and self.fold_stages)

    @property
    def finishes_in_network(self) -> bool:
        """Whether what a readout reads leaves the network, and lanes have no subtractor."""
        return self.subtracts_in_fold or self.passes_still

    @property
    def finish_word(self) -> int:
        """Cycles a word takes while the origin is subtracted, or the pools grow."""
        if self.finishes_in_network:
            return self.read_word
        if self.pool_planes:
            return self.pool_reads * max(self.model.state_bits - 1, self.pool_planes) + 2
        return 2 * self.model.state_bits + 4

    @property
    def difference_base(self) -> int:
        """Address of what a readout reads: of pools, or of the states less their origin.

        These are in place where no step follows a readout.
        """
        behind = self.model.readout.every or self.pool_planes
        return self.bank if behind else 0

    @property
    def origin_base(self) -> tuple[int, ...]:
        """Address of the origin's planes, for each parity."""
        begin, size = self.at_once * self.bank, self.folds * self.origin_bits
        begin += self.folds * self.pool_planes if self.pool_planes else self.difference_base
        return tuple(begin + p * size for p in range(self.model.parities))

    @property
    def unit_base(self) -> int:
        """Address of the hidden layer's units, which lie as differences do."""
        return self.origin_base[-1] + self.folds * self.origin_bits

    @property
    def weight_base(self) -> int:
        """Address of the planes of V."""
        return self.unit_base + (self.folds * self.state_planes if self.units else 0)

    @property
    def memory_depth(self) -> int:
        """Words of the state memory, constants included."""
        return self.weight_base + self.folds * len(self.rows) * self.row_bits

    @property
    def write(self) -> wiring.Signature:
        """Write port of the state memory."""
        return write_port(self.memory_depth, self.lanes)

    @property
    def table_write(self) -> wiring.Signature | None:
        """Write port of the memory of what lanes add: of bytes, or of bits; None if constant."""
        if self.fetches:
            return write_port(self.table_depth, self.lanes, granularity=min(8, self.lanes))
        return write_port(self.table_depth, self.lanes, granularity=1) if self.accumulates else None

    @property
    def table_depth(self) -> int:
        """Words of the memory of what lanes add."""
        if self.fetches:
            return self.row.depth
        return 0 if self.table is None else self.table.depth(self.folds)

    @cached_property
    def row(self) -> Row:
        """What is fetched for a step, where the table is outside."""
        assert self.table is not None
        return Row(self.folds * self.table.bits, self.lanes)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row that is fetched; 0 where none is."""
        return self.row.bytes if self.fetches else 0

    def memory_image(self) -> list[int]:
        """Fill the state memory at power-up: no states, the origin's planes, no units, V's."""
        model = self.model
        image = [0] * self.origin_base[0]
        for levels in () if model.origin is None else model.origin.levels:
            for word in range(self.folds):
                image += [self._plane(levels, word, bit) for bit in range(self.origin_bits)]
        image += [0] * (self.weight_base - self.unit_base)
        for row in self.rows:
            for bit in range(self.row_bits):
                image += [self._plane(row, word, bit) for word in range(self.folds)]
        return image

    @property
    def trace(self) -> PlaneWrites:
        """The writes of the update unit."""
        a = self.model.state_bits
        words = [word * self.state_planes for word in range(self.folds)]
        readout = [word + place for word in words for place in (*range(2, a + 1), 1, 0)]
        ends = (0, 1) if self.flags_first else (1, 0)
        planes = range(2, self.state_planes)
        step = [word + place for word in words for place in (*planes, *ends)]
        base = self.difference_base
        if self.pool_planes:
            pool = range(base, base + self.folds * self.pool_planes)
            return PlaneWrites(self.lanes, tuple(step), pool=tuple(pool), first=self.flags_first)
        differences = tuple(base + place for place in readout)
        return PlaneWrites(
            self.lanes, tuple(step), differences, first=self.flags_first, bank=self.bank
        )
