"""What a graph core consists of: every width and address, derived from its model."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from amaranth.lib import wiring

from qrnn_hw.export.check import Integers, signed_bits
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Numbers, Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Dense
from qrnn_hw.hw.digits import pack
from qrnn_hw.hw.graph.multiple import multiple
from qrnn_hw.hw.graph.network import (
    memory_depth,
    registers_of_waits,
    waits_in_memory,
)
from qrnn_hw.hw.graph.stages import Stages
from qrnn_hw.hw.ports import require_inside, require_taken, write_port
from qrnn_hw.hw.trace import PlaneWrites

MOST_UNITS = 128  # beyond, sharing takes minutes and no device in reach holds the adders
HINT = "choose another engine"


@dataclass(frozen=True)
class GraphSizes:
    """A core that computes all rows of a dense matrix at once, with one adder graph.

    The d units are d serial lanes.

    Parameters
    ----------
    model
        What to compute.
    cycle
        Adders between registers, 1 or more: more of them take fewer cycles and registers, and
        a longer clock period.

    Raises
    ------
    ModelError
        If the engine cannot compute the model.
    """

    model: IntegerModel
    cycle: int = 3
    engine: ClassVar[str] = "graph"
    takes: ClassVar[frozenset[str]] = frozenset({"a zero point"})

    def __post_init__(self) -> None:
        model = self.model
        recurrence = model.recurrence
        for holds, what in (
            (isinstance(recurrence, Dense), f"{model.cell} weights, which another computes faster"),
            (recurrence.activation != "modrelu", "modrelu"),
            (model.hidden <= MOST_UNITS, f"more than {MOST_UNITS} units"),
            (self.multiplier % 2, "a scale of the sums that is an even integer"),
            (recurrence.guard <= self.fraction + 3, "a scale that makes eight of a state and more"),
        ):
            if not holds:
                raise ModelError(
                    f"the graph engine must do without {what}, and the model has it", HINT
                )
        require_inside(model, self.engine)
        require_taken(model, self.engine, self.takes)
        if self.cycle < 1:
            raise ModelError(
                f"adders between registers must be 1 or more, not {self.cycle}",
                "3 suits iCE40",
            )

    # The sums.

    @property
    def lanes(self) -> int:
        """Units d, a serial lane each."""
        return self.model.hidden

    @property
    def folds(self) -> int:
        """Words of lanes that the units take: 1, every unit has its lane."""
        return 1

    @property
    def streams(self) -> int:
        """Channels of numbers that enter the graph; 0 for tokens."""
        inputs = self.model.inputs
        return inputs.channels if isinstance(inputs, Numbers) else 0

    @cached_property
    def constants(self) -> Integers:
        """What is added from a memory, (rows, d): a row a token, or one for the bias, or none."""
        model = self.model
        if isinstance(model.inputs, Tokens):
            return (model.inputs.table[0] << model.inputs.table_shift[0]) + model.bias
        return model.bias[: int(model.bias.any())]

    @cached_property
    def matrix(self) -> Integers:
        """What the graph multiplies by, (d + 1, d + streams); the last row sums all units."""
        model = self.model
        rows = [model.recurrence.matrix()]
        if isinstance(model.inputs, Numbers):
            rows.append(model.inputs.u)
        ones = np.arange(self.lanes + self.streams) < self.lanes
        return np.vstack([np.hstack(rows), ones])

    # The scale.

    @property
    def _common(self) -> int:
        """Twos that the multiplier and the divisor of the scale have in common."""
        recurrence = self.model.recurrence
        twos = (recurrence.multiplier & -recurrence.multiplier).bit_length() - 1
        return min(twos, recurrence.shift(0))

    @property
    def multiplier(self) -> int:
        """Multiplier of the scale, odd."""
        return self.model.recurrence.multiplier >> self._common

    @property
    def fraction(self) -> int:
        """Bits of a product below a state's."""
        return self.model.recurrence.shift(0) - self._common

    @cached_property
    def rescale(self) -> Stages:
        """The graph that multiplies a sum."""
        choices = [Stages(graph, self.cycle) for graph in multiple(self.multiplier)]
        return min(choices, key=lambda stages: (stages.depth, registers_of_waits(stages),
                                                len(waits_in_memory(stages))))  # fmt: skip

    @cached_property
    def word(self) -> int:
        """Bits of a rounded product, proven to hold any."""
        model = self.model
        recurrence = model.recurrence
        largest = np.abs(recurrence.matrix()).sum(1) << model.state_bits - 1 + recurrence.guard
        if isinstance(model.inputs, Numbers):
            largest += np.abs(model.inputs.u).sum(1) * int(np.abs(model.inputs.ends(0)).max())
        largest += np.abs(self.constants).max(0, initial=0)
        product = int(largest.max()) * self.multiplier + (1 << self.fraction >> 1)
        state = max(recurrence.guard + 1, self.fraction) + model.state_bits
        return max(signed_bits(product), state)

    @property
    def place_bits(self) -> int:
        """Bits of the counter that addresses the rescaler's memories."""
        return (memory_depth(self.rescale, self.word) - 1).bit_length()

    # The readout.

    @property
    def read_word(self) -> int:
        """Bits of a dot product with one plane of a row of V."""
        return signed_bits(self.lanes << self.model.state_bits - 1)

    # The memories.

    @property
    def state_planes(self) -> int:
        """Words of the state memory that hold states: the sign, the flag, the planes."""
        return self.model.state_bits + 1

    @property
    def memory_depth(self) -> int:
        """Words of the state memory, the planes of V included."""
        return self.state_planes + self.model.classes * self.model.readout.v_bits

    @property
    def write(self) -> wiring.Signature:
        """Write port of the state memory: of the states in it."""
        return write_port(self.memory_depth, self.lanes)

    def memory_image(self) -> list[int]:
        """Fill the state memory at power-up: no states, then the planes of V, row by row."""
        readout = self.model.readout
        planes = [pack(row >> bit & 1) for row in readout.v for bit in range(readout.v_bits)]
        return [0] * self.state_planes + planes

    @cached_property
    def constant_shift(self) -> int:
        """Twos that all constants have in common: planes that are not stored."""
        bits = int(np.bitwise_or.reduce(self.constants, axis=None))
        return (bits & -bits).bit_length() - 1 if bits else 0

    @cached_property
    def constant_planes(self) -> int:
        """Planes of the constants that are stored, the sign among them."""
        return signed_bits(int(np.abs(self.constants).max()) >> self.constant_shift)

    def constant_image(self) -> list[int]:
        """Fill the memory of constants: a word of zeros, then each row's planes."""
        rows = self.constants >> self.constant_shift
        return [0] + [pack(row >> bit & 1) for row in rows for bit in range(self.constant_planes)]

    @property
    def trace(self) -> PlaneWrites:
        """The writes of the update unit."""
        return PlaneWrites(self.lanes, (*range(2, self.state_planes), 0, 1))
