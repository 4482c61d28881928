"""When a popcount core does what: every cycle count, added up from what its components take."""

from collections.abc import Iterator

from qrnn_hw.hw.engine import Steady
from qrnn_hw.hw.popcount.counter import stages
from qrnn_hw.hw.popcount.finish import ARRIVAL, finish_cycles
from qrnn_hw.hw.popcount.gather import Gather
from qrnn_hw.hw.popcount.readout import PopcountReadout
from qrnn_hw.hw.popcount.rows import Chain, rows_cycles
from qrnn_hw.hw.popcount.scale import scaling_cycles
from qrnn_hw.hw.popcount.sizes import PopcountSizes
from qrnn_hw.hw.popcount.term import term_cycles
from qrnn_hw.hw.popcount.walk import Walk

BEGINNING = 1  # cycles from what a pass waits for to the pass
MEMORY = 1  # cycles from an address to the memory's output
HANDING = 1  # cycles from the sums of a readout's group to when they are taken


class PopcountTiming(Steady, PopcountSizes):
    """The sizes of a popcount core, and its cycles.

    The end of a group with one input channel; R is ``row_latency``, F ``finish_latency``::

        cycle         0      1    ..  R     R+1    R+2   ..  R+1+F  R+2+F
        address       last
        memories             last
        rows                          sums
        chain                         load  row 0  row 1
        term                                row 0  row 1
        finish                              valid  valid     row 0  row 1
        gather                                                      row 0, written with the last
    """

    @property
    def counter_latency(self) -> int:
        """Cycles from a word of states to its count."""
        return stages(self.lanes)

    @property
    def row_latency(self) -> int:
        """Cycles from the address of a group's last word to its sums."""
        return MEMORY + rows_cycles(self)

    @property
    def finish_latency(self) -> int:
        """Cycles from a unit's sum and term to its state."""
        return finish_cycles(self)

    @property
    def issue_cycles(self) -> int:
        """Cycles in which a group reads."""
        return self.folds * self.state_slices * self.planes

    @property
    def group_cycles(self) -> int:
        """Cycles from a group to the next: reading, or the input's terms, or writing."""
        writing = (self.rows - 1) * self.pace + self.written_slices
        return max(self.issue_cycles, self.rows * self.pace, writing)

    @property
    def drain_cycles(self) -> int:
        """Cycles from a step's last address to its last state."""
        tail = self.model.hidden - (self.groups - 1) * self.rows
        handed = self.row_latency + Chain.latency + tail * self.pace - 1
        return handed + self.finish_latency

    @property
    def recurrence_cycles(self) -> int:
        """Cycles from a step to the next one, or to the readout, that finds its operands there.

        The first slice is read again one cycle after it was written, and so are the others.
        """
        last = Walk.latency + (self.groups - 1) * self.group_cycles + self.issue_cycles - 1
        written = last + self.drain_cycles + Gather.latency
        return written + 1 - Walk.latency

    @property
    def scale_cycles(self) -> int:
        """Cycles from the start of a step until the next one's input is scaled, if it waits."""
        return 1 + scaling_cycles(self)

    @property
    def input_cycles(self) -> int:
        """Cycles from the start of a step to the next one that its input allows."""
        return self.scale_cycles + BEGINNING

    @property
    def load_cycles(self) -> int:
        """Cycles from a reset until inputs are taken, if the weights wait."""
        return self.load_words * self.weight_depth(self.readout_rows) if self.load else 0

    @property
    def step_cycles(self) -> int:
        """Cycles from one step to the next while inputs wait and no readout comes between."""
        return max(self.waits_for.values())

    @property
    def waits_for(self) -> dict[str, int]:
        """The cycles from one step to the next, by what that waits for: the largest decides."""
        return {
            "the last group's first slice is written": self.recurrence_cycles,
            "its input is there": self.input_cycles,
        }

    @property
    def last_step_cycles(self) -> int:
        """Cycles from a step to its readout."""
        every = self.model.readout.every
        return self.recurrence_cycles + (self.state_slices if every else 0)

    def _logits(self) -> Iterator[int]:
        left = self.model.classes
        while left > 0:
            yield min(left, self.readout_rows)
            left -= self.readout_rows

    @property
    def readout_cycles(self) -> int:
        """Cycles from a readout to the step after it, when no logit has to wait."""
        sums = self.folds * self.feature_slices * self.readout_planes + self.row_latency
        captured, free = 0, 0
        for logits in self._logits():
            captured = max(captured + sums, free) + HANDING
            free = captured + self.logit_cycles * logits + 1
        return free + BEGINNING

    @property
    def logit_cycles(self) -> int:
        """Cycles from the request of a logit's bias to the next, if it is accepted at once."""
        sent = PopcountReadout.latency + PopcountReadout.done_latency
        return term_cycles(self) + ARRIVAL + sent

    @property
    def class_cycles(self) -> int:
        """Cycles that a logit takes on average, accepted at once, rounded up."""
        return -(-self.readout_cycles // self.model.classes)

    def sequence_cycles(self, steps: int) -> int:
        """Cycles between starts of sequences of ``steps`` steps, back to back, never stalled."""
        last = self.last_step_cycles + self.readout_cycles
        if self.model.readout.every:
            return steps * max(last, self.input_cycles)
        return (steps - 1) * self.step_cycles + max(last, self.input_cycles)

    def to_dict(self) -> dict[str, object]:
        """Lay out what was decided, as ``plan.json`` stores it."""
        names = ("engine", "lanes", "rows", "bits", "readout_rows", "load", "kind", "planes",
                 "readout_planes", "state_slices", "feature_slices", "folds", "groups",
                 "readout_groups", "feature_base", "start_base", "state_depth",
                 "recurrent_depth", "sum_bits", "group_cycles", "step_cycles", "load_cycles",
                 "last_step_cycles", "readout_cycles")  # fmt: skip
        sizes = {"hidden": self.model.hidden, "state_bits": self.model.state_bits}
        sizes["weight_depth"] = self.weight_depth(self.readout_rows)
        return {**{name: getattr(self, name) for name in names}, **sizes}
