"""When a serial core does what: every cycle count, added up from what its components take."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
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
# What a step may wait for.
SUPPLY, OCCUPIED = "its input is there", "the network and the write port are free"


@dataclass(frozen=True)
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

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.trusts is not False:
            object.__setattr__(self, "trusts", True)
            object.__setattr__(self, "trusts", self._may_trust())

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
    def pass_cycles(self) -> int:
        """Cycles that a step's pass occupies the network."""
        return self.folds * self.word

    @property
    def read_cycles(self) -> int:
        """Cycles that a pass of the readout occupies the network."""
        return self.folds * self.read_word

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
    def supply_cycles(self) -> int:
        """Cycles from one step to the next that the next one's input takes."""
        return self.take_offset + 1 + self.scale_cycles + START

    @property
    def taken_ahead(self) -> int:
        """Inputs that are taken before the step before theirs begins, and that one's own."""
        return 2 if self.fetches else 1

    @property
    def sure_cycles(self) -> int:
        """Cycles from one step to the next that knows which states saturated."""
        return max(self._sure_bounds.values())

    @property
    def _sure_bounds(self) -> dict[str, int]:
        """The cycles that such a step needs, by what it waits for.

        A word can be read again one cycle after its overflow flags were written. Many channels,
        or a wide input of a small network, take longer than the network.
        """
        # Rows are fetched during the steps before.
        supply = {SUPPLY: self.row.cycles if self.fetches else self.supply_cycles}
        if self.pool_planes:
            return {"the pools have grown": self.last_step_cycles + self.finish_cycles} | supply
        return {
            "the flags of the first word are written": self._recurrence,
            OCCUPIED: self.occupied_cycles,
        } | supply

    @property
    def _recurrence(self) -> int:
        """Cycles from the start of a step until another may read what it writes."""
        shown = self._flag_offset(1) + 1 + MEMORY
        return shown - Timeline.latency - SerialSchedule.latency

    @property
    def alone_cycles(self) -> int:
        """Cycles from one step to the next of a sequence that is alone."""
        return self.sure_cycles if self.at_once > 1 else self.step_cycles

    @property
    def _turn_bounds(self) -> dict[str, int]:
        """The cycles that such a step needs, by what it waits for, but for its input.

        So many that the next but one, which is of the same sequence, finds its states written. Its
        parity comes with its own timeline, while the last bit of the step before may be passing.
        """
        model, a, last = self.model, self.model.state_bits, self.word - 1
        shifts = [model.shift(p) for p in range(model.parities)]
        marks = [{shift, shift + a - 2, shift + a, s} for shift, s in zip(shifts, self.sign_bits)]
        late = last in marks[0] ^ marks[-1]
        return {
            "in two turns, the flags of the first word are written": -(-self._recurrence // 2),
            OCCUPIED: max(self.occupied_cycles, self.pass_cycles + late),
        }

    @property
    def turn_cycles(self) -> int:
        """Cycles from a step of one sequence to a step of the other."""
        return max(*self._turn_bounds.values(), self.supply_cycles)

    @property
    def occupied_cycles(self) -> int:
        """Cycles that a step keeps the next one from the network, and from the write port.

        The next one's lowest plane is written after the last flag.
        """
        shifts = [self.model.shift(p) for p in range(self.model.parities)]
        return self.pass_cycles + max(0, max(self.sign_bits) + 2 - self.word - min(shifts))

    @property
    def told_offset(self) -> int:
        """Cycles from the start of a step until it is told whether it saturated."""
        return self._flag_offset(self.folds) + union_latency(self.lanes)

    @property
    def first_write(self) -> int:
        """Cycles from the start of a step to the write of the lowest plane, before its shift."""
        return self.output_offset(self.word) + Timeline.latency + BEHIND + SerialUpdate.latency

    @property
    def trusting_cycles(self) -> int:
        """Cycles from one step to the next that trusts it not to saturate."""
        return max(self._trusting_least, self.supply_cycles)

    @property
    def _trusting_least(self) -> int:
        """Cycles from one step to the next that trusts it, if its input is there."""
        return max(self._trusting_bounds.values())

    @property
    def _trusting_bounds(self) -> dict[str, int]:
        """The cycles that such a step needs, by what it waits for, but for its input.

        The planes of its first word must have been written; a step that should not have trusted
        must know before it writes, and before another one starts.
        """
        shifts = [self.model.shift(p) for p in range(self.model.parities)]
        shown = self.first_write + max(shifts) + 1 + MEMORY
        plane = Timeline.latency + SerialSchedule.planes_begin + SerialSchedule.latency
        return {
            "the planes of the first word are written": shown - plane,
            "it is told of the step before, in time, whether it saturated": max(
                self.told_offset + 1 - self.first_write - min(shifts),
                -(-self.told_offset // 2) + START,
            ),
            OCCUPIED: self.occupied_cycles,
        }

    @property
    def waits_for(self) -> dict[str, int]:
        """The cycles from one step to the next, by what that waits for: the largest decides."""
        if self.at_once > 1:
            return self._turn_bounds | {SUPPLY: self.supply_cycles}
        if self.trusts:
            return self._trusting_bounds | {SUPPLY: self.supply_cycles}
        return self._sure_bounds

    @property
    def step_cycles(self) -> int:
        """Cycles from one step to the next when the next input waits and no readout comes between.

        Where steps trust, a step whose predecessor saturated takes ``back_cycles`` more. Where two
        sequences take turns, these are the cycles from a step of one to a step of the other.
        """
        if self.at_once > 1:
            return self.turn_cycles
        return self.trusting_cycles if self.trusts else self.sure_cycles

    @property
    def back_rest(self) -> int:
        """Cycles that the controller waits before a step that is taken back begins again."""
        return self.back_cycles - (self.told_offset - self.step_cycles) - START - 1

    @property
    def back_cycles(self) -> int:
        """Cycles from the start of a step that is taken back to its next; 0 where none is.

        Whole words, so that the input that goes round once a word is where it was. It begins again
        in the midst of its first pass, or after that as another step would.
        """
        if not self.trusts:
            return 0
        least = self.told_offset - self.step_cycles + START + 2
        words = -(-least // self.word)
        if words == self.folds and self.occupied_cycles > self.pass_cycles:
            words += 1
        return words * self.word

    @property
    def most_step_cycles(self) -> int:
        """Cycles that a step takes at most: one that is taken back."""
        if not self.trusts:
            return self.step_cycles
        return max(self.step_cycles + self.back_cycles, self.sure_cycles)

    def delays(self, overflows: npt.NDArray[np.bool_]) -> Integers:
        """Count the cycles more from each step of a sequence to the next, (T,).

        A step that trusts one that saturated is taken back; after one that did, the second waits.

        Parameters
        ----------
        overflows
            (T,), whether any state was saturated in each step.
        """
        steps = len(overflows)
        if not self.trusts:
            return np.zeros(steps, np.int64)
        before = np.concatenate([[False], overflows[:-1]])  # of the step before
        waits = np.concatenate([[False, False], overflows])[:steps]
        back = self.back_cycles * (before & ~waits)
        later = np.concatenate([waits[1:], [False]])
        return back + (self.sure_cycles - self.step_cycles) * later

    def _may_trust(self) -> bool:
        """Tell whether steps can trust each other, and are faster if they do."""
        model = self.model
        if self.at_once > 1:
            return False  # the words of the other sequence come in between
        if self.accumulates or self.fetches or self.pool_planes or model.readout.every:
            return False
        top = model.state_bits - 1
        room = all(model.shift(p) + top < sign for p, sign in enumerate(self.sign_bits))
        # By when it is told, the step that may be taken back has taken its input.
        late = self.told_offset - self.trusting_cycles > self.take_offset + self.lead
        return room and late and self.trusting_cycles < self.sure_cycles

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

    @property
    def readout_cycles(self) -> int:
        """Cycles from the end of a step to the start of the next, or of the next sequence.

        A cycle goes to the controller's way back to its steps.
        """
        classes = self.model.classes * self.class_cycles
        return self.finish_cycles + self.layer_cycles + classes + self.rest_cycles + 1

    def sequence_cycles(self, steps: int) -> int:
        """Cycles between starts of sequences of ``steps`` steps, back to back, never stalled.

        Of two that take turns, from the start of both to the start of the next two.
        """
        readout = self.last_step_cycles + self.readout_cycles
        last = step = max(readout, self.supply_cycles)
        if self.at_once > 1:
            return 2 * (last + (steps - 1) * self.turn_cycles)
        if self.fetches:
            # Only the first row of a sequence waits for the last step before it.
            step = max(readout, self.row.cycles)
        if not self.model.readout.every:
            step = self.step_cycles
        return last + (steps - 1) * step

    def _turns(self) -> dict[str, object]:
        if self.at_once == 1:
            return {}
        return {"sequences_at_once": self.at_once, "alone_cycles": self.alone_cycles}

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
            **({"back_cycles": self.back_cycles} if self.trusts else {}),
            **self._turns(),
            "finish_cycles": self.finish_cycles,
            "class_cycles": self.class_cycles,
            "readout_cycles": self.readout_cycles,
            "memory_depth": self.memory_depth,
            "table_depth": self.table_depth,
            "origin_base": list(self.origin_base),
            "weight_base": self.weight_base,
            **({"row_bytes": self.row_bytes} if self.fetches else {}),
        }
