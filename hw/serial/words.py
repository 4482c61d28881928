"""What words the units of a serial core are, and which stages these pass."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qrnn_hw.export.check import Integers, signed_bits
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.hw.digits import pack
from qrnn_hw.hw.serial.lanes import registers
from qrnn_hw.hw.serial.reads import ReadSizes


@dataclass(frozen=True)
class SerialWords(ReadSizes):
    """Words of ``lanes`` units, and the transform that they pass.

    The d units are ``folds`` words of ``lanes`` units: unit ``i`` is lane ``i % lanes`` of word
    ``i // lanes``. A word is processed in ``word`` cycles, least significant bit first. A block of
    the recurrence is ``group`` words, or a word holds several blocks.

    Parameters
    ----------
    lanes
        P, a power of two that divides d.
    """

    lanes: int

    @property
    def folds(self) -> int:
        """Words F that hold the d units."""
        return self.model.hidden // self.lanes

    @property
    def block(self) -> int:
        """Units that a row of the recurrence sums."""
        return self.model.recurrence.row_sum

    @property
    def group(self) -> int:
        """Words G that hold a block, or 1 where a word holds several."""
        return max(1, self.block // self.lanes)

    @property
    def groups(self) -> int:
        """How often G words come in a pass."""
        return self.folds // self.group

    @property
    def sums(self) -> int:
        """Lanes of the network that have a sum of a block each, in a group's first word."""
        return max(1, self.lanes // self.block)

    @property
    def sign_bits(self) -> tuple[int, ...]:
        """Bit of a sum at which its sign is taken, for each parity.

        The state's planes begin at the shift's bit; where that is bit 0, the flag of the word
        before must be written earlier. What a halved transform leaves has one bit above the state.
        """
        model = self.model
        if self.halvings:
            return tuple(model.sum_word(p) - 1 for p in range(model.parities))
        return (self.word - 1 - (model.shift(1) == 0),) * model.parities

    @property
    def flags_first(self) -> bool:
        """Whether a word's flag is written before its sign: it is known with the sum's sign.

        Where that is the next bit above the state's, they differ or do not.
        """
        top = self.model.state_bits
        return all(s == self.model.shift(p) + top for p, s in enumerate(self.sign_bits))

    @property
    def word(self) -> int:
        """Cycles W a word takes: those of every sum of a step."""
        model = self.model
        return model.accumulator_bits + (model.shift(1) == 0 and not self.halvings)

    @property
    def read_word(self) -> int:
        """Cycles a word takes in a readout: those of what planes sum to so far, of twice a bias.

        What the transform halves comes in as many bits above its unit. The sum of two units has its
        sign before the last bit, as in every step (:attr:`word`).
        """
        pair = signed_bits(2 * self.largest_read) + 1
        dots = max(signed_bits(self.model.hidden * self.largest_read), pair) + self.halvings
        bias = int(np.abs(self.row_bias).max()) * (self.most_steps or 2)
        return max(self.word, dots, signed_bits(self.largest_sum), signed_bits(bias))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Cycles a word of the network takes, by kind of pass: of steps, and of readouts."""
        return (self.word,) if self.read_word == self.word else (self.word, self.read_word)

    @property
    def lane_stages(self) -> tuple[int, ...]:
        """Strides of the butterflies between lanes."""
        return tuple(1 << k for k in range(min(self.lanes, self.block).bit_length() - 1))

    @property
    def fold_stages(self) -> tuple[int, ...]:
        """Distances, in words, of the butterflies between words.

        Where bits are dropped the order is the transform's; else the longest delays come first.
        """
        stages = tuple(1 << k for k in range(self.group.bit_length() - 1))
        return stages if self.halvings else stages[::-1]

    @property
    def halvings(self) -> int:
        """Stages of the transform that drop a bit."""
        return self.model.halvings

    def halves(self, stride: int) -> bool:
        """Whether the stage of units that are so far apart drops a bit."""
        stage = stride.bit_length()
        return stage % 2 == 0 and stage <= 2 * self.halvings

    @property
    def offset_bits(self) -> int:
        """Bits of what a halved transform adds to a state, at most."""
        return max(0, self.halvings - 1)

    @property
    def whole_lanes(self) -> tuple[int, ...]:
        """Lanes of the butterflies whose sums such an addition may lengthen."""
        apart = min(self.lanes, 16)
        return tuple(k for k in range(self.lanes) if k % apart < 2) if self.offset_bits else ()

    @cached_property
    def decay(self) -> Integers | None:
        """How far a unit's sum is shifted to be its share, (d,); None where none decays.

        Beyond its word a sum is its sign.
        """
        assert isinstance(self.model.recurrence, Hadamard)
        decay = self.model.recurrence.decay
        return None if decay is None else np.minimum(decay, self.word - 1)

    @property
    def decay_latency(self) -> int:
        """Cycles from the network's output to what decay leaves of it."""
        return 0 if self.decay is None else int(self.decay.max()) + 2

    @property
    def sum_latency(self) -> int:
        """Registers that add the sums of a word's blocks."""
        return registers(self.sums)

    def by_lane(self, values: Integers) -> list[tuple[int, ...]]:
        """List, for each lane, what it needs in word 0, 1, ..., F - 1."""
        return [tuple(map(int, values[lane :: self.lanes])) for lane in range(self.lanes)]

    def _plane(self, values: Integers, word: int, bit: int) -> int:
        return pack(values[word * self.lanes : (word + 1) * self.lanes] >> bit & 1)
