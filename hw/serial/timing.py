"""When a step of a serial core follows another, and a sequence another."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.serial.passes import MEMORY, START, SerialPasses
from qrnn_hw.hw.serial.schedule import SerialSchedule
from qrnn_hw.hw.serial.timeline import Timeline

# What a step may wait for.
SUPPLY, OCCUPIED = "its input is there", "the network and the write port are free"


@dataclass(frozen=True)
class SerialTiming(SerialPasses):
    """The passes of a serial core, and the cycles from one to the next.

    A step starts when its input is there, the network is free, and it may read what the one before
    wrote: once the flags are written, or, where it trusts that none is set, the planes.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.trusts is not False:
            object.__setattr__(self, "trusts", True)
            object.__setattr__(self, "trusts", self._may_trust())

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
