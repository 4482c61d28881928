"""When a serial core does what: every cycle count, added up from what its components take."""

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import TokenInput, gain_cycles
from qrnn_hw.hw.serial.accumulator import accumulation_cycles
from qrnn_hw.hw.serial.reader import SerialReader
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.hw.serial.schedule import SerialSchedule
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import AHEAD, BEHIND, Timeline
from qrnn_hw.hw.serial.update import SerialUpdate

MEMORY = 1  # cycles from an address to the memory's output
START = 1  # cycles from what the controller waits for to the start of a pass


class SerialTiming(SerialSizes):
    """The sizes of a serial core, and its cycles.

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
    def pass_cycles(self) -> int:
        """Cycles that a step's pass occupies the network."""
        return self.folds * self.word

    @property
    def read_cycles(self) -> int:
        """Cycles that a pass of the readout occupies the network."""
        return self.folds * self.read_word

    @property
    def scale_cycles(self) -> int:
        """Cycles from an input, when the core is free to take it, until a step can have it."""
        inputs = self.model.inputs
        if not isinstance(inputs, Numbers):
            return TokenInput.latency + (self.row.cycles if self.fetches else 0)
        return accumulation_cycles(self) if self.accumulates else gain_cycles(inputs)

    @property
    def supply_cycles(self) -> int:
        """Cycles from one step to the next that the next one's input takes."""
        return self.take_offset + 1 + self.scale_cycles + START

    @property
    def step_cycles(self) -> int:
        """Cycles from one step to the next when the next input waits and no readout comes between.

        A word can be read again one cycle after its overflow flags were written. Many channels,
        or a wide input of a small network, take longer than the network.
        """
        shown = self._flag_offset(1) + 1 + MEMORY
        recurrence = shown - Timeline.latency - SerialSchedule.latency
        occupied = self.pass_cycles + SerialUpdate.gap
        # Rows are fetched during the steps before.
        supply = self.row.cycles if self.fetches else self.supply_cycles
        if self.pool_planes:
            return max(self.last_step_cycles + self.finish_cycles, supply)
        return max(recurrence, occupied, supply)

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
        if self.subtracts_in_fold:
            word = (self.folds - 1) * self.read_word + Timeline.latency
            sign = self.output_offset(self.read_word) + word + self.model.state_bits - 1 + BEHIND
            return self.read_cycles + sign + SerialUpdate.latency + 1
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

    @property
    def readout_cycles(self) -> int:
        """Cycles from the end of a step to the start of the next, or of the next sequence.

        A cycle goes to the controller's way back to its steps.
        """
        classes = self.model.classes * self.class_cycles
        return self.finish_cycles + self.layer_cycles + classes + self.rest_cycles + 1

    def sequence_cycles(self, steps: int) -> int:
        """Cycles between starts of sequences of ``steps`` steps, back to back, never stalled."""
        readout = self.last_step_cycles + self.readout_cycles
        last = step = max(readout, self.supply_cycles)
        if self.fetches:
            # Only the first row of a sequence waits for the last step before it.
            step = max(readout, self.row.cycles)
        if not self.model.readout.every:
            step = self.step_cycles
        return last + (steps - 1) * step

    def to_dict(self) -> dict[str, object]:
        """Lay out what was decided, as ``plan.json`` stores it."""
        return {
            "engine": self.engine,
            "hidden": self.model.hidden,
            "state_bits": self.model.state_bits,
            "lanes": self.lanes,
            "folds": self.folds,
            "blocks": self.model.hidden // self.block,
            "word_cycles": self.word,
            "read_word_cycles": self.read_word,
            "network_latency": self.network_latency,
            "terms": self.terms,
            "step_cycles": self.step_cycles,
            "finish_cycles": self.finish_cycles,
            "class_cycles": self.class_cycles,
            "readout_cycles": self.readout_cycles,
            "memory_depth": self.memory_depth,
            "table_depth": self.table_depth,
            "origin_base": list(self.origin_base),
            "weight_base": self.weight_base,
            **({"row_bytes": self.row_bytes} if self.fetches else {}),
        }
