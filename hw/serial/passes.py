"""When a pass of a serial core does what, counted from its start: added up from its components."""

from dataclasses import dataclass

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.gates import union_latency
from qrnn_hw.hw.serial.accumulator import accumulation_cycles
from qrnn_hw.hw.serial.reader import SerialReader
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.hw.serial.schedule import SerialSchedule
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import AHEAD, BEHIND, Timeline
from qrnn_hw.hw.serial.update import SerialUpdate

MEMORY = 1  # cycles from an address to the memory's output
START = 1  # cycles from what the controller waits for to the start of a pass


@dataclass(frozen=True)
class SerialPasses(SerialSizes):
    """The sizes of a serial core, and the cycles of its passes: of steps, and of readouts.

    A step's pass with one word a block, W cycles a word and L registers in the network::

        cycle        0     1     2     3     4     5     6     7   ..  5+L   7+L   9+L  ..  9+L+W
        schedule     start bit 0
        decoded                  bit 0
        address                        flag  sign  pl. 0
        state memory                         flag  sign  pl. 0
        reader                                                 bit 0
        network                                                              bit 0
        timeline                                                       bit 0
        state write                                                                bit 0    flag
        next start                                                              (in 7+L+W)

    The next pass addresses the flag three cycles after its start, when it has been written.
    """

    @property
    def lane_latency(self) -> int:
        """Registers of the stages between lanes."""
        return max(1, len(self.lane_stages)) + sum(map(self.halves, self.lane_stages))

    @property
    def network_latency(self) -> int:
        """Registers from the reader's output to the network's, without the folds' delay lines.

        Those in which sums decay are among them.
        """
        stages = max(1, len(self.lane_stages)) + len(self.fold_stages)
        return stages + self.halvings + self.decay_latency

    @property
    def reader_offset(self) -> int:
        """Cycles from the start of a pass to bit 0 at the reader's output."""
        plane = Timeline.latency + SerialSchedule.planes_begin + SerialSchedule.latency
        return plane + SerialReader.latency

    def output_offset(self, length: int) -> int:
        """Cycles from the start of a pass to that of its output timeline.

        Parameters
        ----------
        length
            Cycles a word.
        """
        network = self.reader_offset + self.network_latency + (self.group - 1) * length
        return network - BEHIND - Timeline.latency

    @property
    def take_offset(self) -> int:
        """Cycles from the start of a step to taking its input."""
        return self.output_offset(self.word) + Timeline.latency - AHEAD - self.lead

    def _flag_offset(self, words: int) -> int:
        """Cycles from the start of a step to writing the flag of the last of so many words."""
        sign = self.output_offset(self.word) + Timeline.latency + words * self.word - 1 + BEHIND
        return sign + SerialUpdate.latency + 1

    @property
    def first_write(self) -> int:
        """Cycles from the start of a step to the write of the lowest plane, before its shift."""
        return self.output_offset(self.word) + Timeline.latency + BEHIND + SerialUpdate.latency

    @property
    def told_offset(self) -> int:
        """Cycles from the start of a step until it is told whether it saturated."""
        return self._flag_offset(self.folds) + union_latency(self.lanes)

    @property
    def pass_cycles(self) -> int:
        """Cycles that a step's pass occupies the network."""
        return self.folds * self.word

    @property
    def read_cycles(self) -> int:
        """Cycles that a pass of the readout occupies the network."""
        return self.folds * self.read_word

    @property
    def occupied_cycles(self) -> int:
        """Cycles that a step keeps the next one from the network, and from the write port.

        The next one's lowest plane is written after the last flag.
        """
        shifts = [self.model.shift(p) for p in range(self.model.parities)]
        return self.pass_cycles + max(0, max(self.sign_bits) + 2 - self.word - min(shifts))

    @property
    def scale_cycles(self) -> int:
        """Cycles from an input, when the core is free to take it, until a step can begin."""
        inputs = self.model.inputs
        if not isinstance(inputs, Numbers):
            return TokenInput.latency + (self.row.cycles if self.fetches else 0)
        if self.accumulates:
            return accumulation_cycles(self)
        return Scaler.latency(inputs, self.take_offset)

    @property
    def last_step_cycles(self) -> int:
        """Cycles of a step before a readout, or before pools grow: until its last word is there."""
        return self._flag_offset(self.folds)

    @property
    def finish_cycles(self) -> int:
        """Cycles from subtracting the origin to the first dot product, or to the next step.

        That begins with the cycle before the last difference, or plane of a pool, is written; or
        with the last difference, where a stage between words makes them in two passes.
        """
        if self.finishes_in_network:
            word = (self.folds - 1) * self.read_word + Timeline.latency
            sign = self.output_offset(self.read_word) + word + self.model.state_bits - 1 + BEHIND
            last = max(sign + SerialUpdate.latency + 1, self.read_cycles)
            return last + self.read_cycles * self.subtracts_in_fold
        last = Timeline.latency + self.folds * self.finish_word - 1
        return last + SerialSchedule.latency + SerialUpdate.latency - 1

    @property
    def _row_cycles(self) -> int:
        """Cycles from the first pass of a row to the last bit of its last dot product."""
        planes = (self.row_bits - 1) * self.read_cycles
        words = (self.folds - self.group + 1) * self.read_word
        last = self.output_offset(self.read_word) + Timeline.latency + words - 1 + BEHIND
        return planes + last + self.sum_latency

    @property
    def class_cycles(self) -> int:
        """Cycles a logit takes when it is accepted at once."""
        taken = SerialReadout.latency + SerialReadout.done_latency
        return self._row_cycles + taken + START

    @property
    def layer_cycles(self) -> int:
        """Cycles that a hidden layer takes: every unit's row, and until it is stored."""
        stored = SerialReadout.unit_latency + self.model.state_bits - 1
        return self.units * (self._row_cycles + stored + SerialReadout.done_latency + START)

    @property
    def rest_cycles(self) -> int:
        """Cycles after the last logit in which longer words still leave the folds."""
        return (self.group - 1) * (self.read_word - self.word)
