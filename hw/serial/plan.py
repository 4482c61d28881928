"""The plan: every width, address and cycle count of a core, derived from its model."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qrnn_hw.export.check import Integers, signed_bits
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import Origin
from qrnn_hw.export.recurrence import Hadamard

BUTTERFLIES_PER_REGISTER = 2  # deeper chains save a cycle a step and cost clock rate


@dataclass(frozen=True)
class SerialPlan:
    """A core for ``model`` with ``lanes`` serial lanes.

    The d units are ``folds`` words of ``lanes`` units: unit ``i`` is lane ``i % lanes`` of word
    ``i // lanes``. A word is processed in ``word`` cycles, least significant bit first.

    Parameters
    ----------
    model
        What to compute.
    lanes
        P, a power of two from 1 to d.

    Raises
    ------
    ModelError
        If ``lanes`` is not such a number.
    """

    model: IntegerModel
    lanes: int
    engine: ClassVar[str] = "serial"

    def __post_init__(self) -> None:
        model, d, lanes = self.model, self.model.hidden, self.lanes
        for holds, what in (
            (isinstance(model.recurrence, Hadamard), f"{model.cell} weights"),
            (model.recurrence.row_sum == d, "blocks smaller than the state"),
            (isinstance(model.inputs, Numbers), "tokens"),
            (model.inputs.channels == 1, "several channels"),
            (not model.bias.any(), "a bias in every step"),
            (model.readout.relu, "a readout without ReLU"),
            (not model.readout.every, "a readout every step"),
            (model.classes > 1, "a decision by one logit"),
        ):
            if not holds:
                raise ModelError(
                    f"the serial engine must do without {what}, and the model has it",
                    "choose another engine",
                )
        if not 1 <= lanes <= d or lanes & (lanes - 1):
            raise ModelError(
                f"lanes must be a power of two from 1 to {d}, not {lanes}",
                "leave --lanes out to let the planner choose",
            )

    @property
    def folds(self) -> int:
        """Words F that hold the d units."""
        return self.model.hidden // self.lanes

    @property
    def word(self) -> int:
        """Cycles W a word takes: those of every sum of a step, of a dot product, of twice a bias.

        A dot product of one weight plane is below ``d 2**a``.
        """
        model = self.model
        product = model.state_bits + model.hidden.bit_length()
        bias = signed_bits(2 * int(np.abs(model.readout.class_bias).max()))
        return max(model.accumulator_bits, product, bias)

    @property
    def origin(self) -> Origin:
        """The model's origin, zeros if it has none."""
        model = self.model
        zeros = np.zeros((model.parities, model.hidden), np.int64)
        return model.origin or Origin(2, zeros, zeros[:, 0].copy())

    @property
    def lane_stages(self) -> tuple[tuple[int, ...], ...]:
        """Strides of the butterflies between lanes, grouped by the register that follows them."""
        strides = [1 << k for k in range(self.lanes.bit_length() - 1)]
        step = BUTTERFLIES_PER_REGISTER
        return tuple(tuple(strides[i : i + step]) for i in range(0, len(strides), step))

    @property
    def fold_stages(self) -> tuple[int, ...]:
        """Distances, in words, of the butterflies between words."""
        return tuple(1 << k for k in reversed(range(self.folds.bit_length() - 1)))

    @property
    def network_latency(self) -> int:
        """Registers from the reader's output to the network's, without the folds' delay lines."""
        return len(self.lane_stages) + len(self.fold_stages)

    @property
    def output_offset(self) -> int:
        """Cycles from the start of a pass to its output timeline, two before the network's bits."""
        return 3 + self.network_latency + (self.folds - 1) * self.word

    @property
    def pass_cycles(self) -> int:
        """Cycles that a pass occupies the network."""
        return self.folds * self.word

    @property
    def step_cycles(self) -> int:
        """Cycles from one step to the next when the next input waits.

        A word can be read again one cycle after its overflow flags were written; a wide input of
        a small network is bound by the multiplication of the next input instead.
        """
        recurrence = self.pass_cycles + self.network_latency + 7
        scaling = self.output_offset + self.model.inputs.bits + 3
        return max(recurrence, scaling)

    @property
    def last_step_cycles(self) -> int:
        """Cycles of a sequence's last step: until its last word is written."""
        return self.step_cycles + (self.folds - 1) * self.word + 1

    @property
    def finish_word(self) -> int:
        """Cycles a word takes while the origin is subtracted."""
        return 2 * self.model.state_bits + 4

    @property
    def finish_cycles(self) -> int:
        """Cycles from subtracting the origin to the first dot product."""
        return self.folds * self.finish_word + 3

    @property
    def class_cycles(self) -> int:
        """Cycles a logit takes when it is accepted at once."""
        passes = (self.model.readout.v_bits - 1) * self.pass_cycles
        return passes + self.output_offset + self.word + 6

    @property
    def readout_cycles(self) -> int:
        """Cycles from the end of the last step to the start of the next sequence."""
        return self.finish_cycles + self.model.classes * self.class_cycles + 1

    def sequence_cycles(self, steps: int) -> int:
        """Cycles between starts of sequences of ``steps`` steps, back to back, never stalled."""
        return (steps - 1) * self.step_cycles + self.last_step_cycles + self.readout_cycles

    @property
    def state_planes(self) -> int:
        """Words of memory that one word of states takes: its planes, the sign, the flag."""
        return self.model.state_bits + 1

    @property
    def origin_base(self) -> tuple[int, ...]:
        """Address of the origin's planes, for each parity."""
        size = self.folds * self.origin.bits
        return tuple(self.folds * self.state_planes + p * size for p in range(self.model.parities))

    @property
    def weight_base(self) -> int:
        """Address of the planes of V."""
        return self.origin_base[-1] + self.folds * self.origin.bits

    @property
    def memory_depth(self) -> int:
        """Words of the state memory, constants included."""
        return self.weight_base + self.folds * self.model.classes * self.model.readout.v_bits

    def _plane(self, values: Integers, word: int, bit: int) -> int:
        units = values[word * self.lanes : (word + 1) * self.lanes]
        return sum(int(value >> bit & 1) << lane for lane, value in enumerate(units))

    def memory_image(self) -> list[int]:
        """Fill the state memory at power-up: no states, then the origin's planes, then V's."""
        model = self.model
        image = [0] * self.origin_base[0]
        for origin in self.origin.levels:
            for word in range(self.folds):
                image += [self._plane(origin, word, bit) for bit in range(self.origin.bits)]
        for row in model.readout.v:
            for bit in range(model.readout.v_bits):
                image += [self._plane(row, word, bit) for word in range(self.folds)]
        return image

    def by_lane(self, values: Integers) -> list[tuple[int, ...]]:
        """List, for each lane, what it needs in word 0, 1, ..., F - 1."""
        return [tuple(map(int, values[lane :: self.lanes])) for lane in range(self.lanes)]

    def to_dict(self) -> dict[str, int | list[int]]:
        """Lay out what was decided, as ``plan.json`` stores it."""
        return {
            "engine": self.engine,
            "hidden": self.model.hidden,
            "state_bits": self.model.state_bits,
            "lanes": self.lanes,
            "folds": self.folds,
            "word_cycles": self.word,
            "network_latency": self.network_latency,
            "step_cycles": self.step_cycles,
            "finish_cycles": self.finish_cycles,
            "class_cycles": self.class_cycles,
            "readout_cycles": self.readout_cycles,
            "memory_depth": self.memory_depth,
            "origin_base": list(self.origin_base),
            "weight_base": self.weight_base,
        }
