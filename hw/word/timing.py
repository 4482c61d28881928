"""When a word-serial core does what: every cycle count, added up from what its components take."""

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.engine import Steady
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.scale import scaling_cycles
from qrnn_hw.hw.word.sizes import WordSizes
from qrnn_hw.hw.word.source import Source
from qrnn_hw.hw.word.transform import Transform
from qrnn_hw.hw.word.writer import Writer

CHOICE = 1  # cycle in which the controller finds that a step can begin, or its inputs are there
LOGIT = 2  # cycles in which a logit is compared with the largest, and in which it is taken


class WordTiming(Steady, WordSizes):
    """The sizes of a word-serial core, and its cycles.

    A pass of d words with T cycles in its butterflies; and the rows of two units, of two products
    in one plane::

        cycle       0    1    2    3    ..   2+T  3+T  ..   2+T+d
        address     w0   w1   w2
        source                w0
        transform                            w0
        write                                     w0   ..   last, and the next pass begins

        cycle       0    1    2    3    4    5    6    7    8
        address     y0   x0   y1   x1
        source                y0   x0   y1   x1
        product                         y0   +x0  y1   +x1
        write                                     n0        n1
    """

    @property
    def pass_latency(self) -> int:
        """Cycles from the address of a word to that of its write."""
        return Source.latency + Transform.latency(self) + Writer.latency

    @property
    def pass_cycles(self) -> int:
        """Cycles of a pass, until its last word is written."""
        return self.model.hidden + self.pass_latency

    @property
    def row_latency(self) -> int:
        """Cycles from the address of a row's last product to the write of its state."""
        return Source.latency + Product.latency + Writer.latency

    @property
    def finish_cycles(self) -> int:
        """Cycles in which the inputs are added, until the last state is written."""
        return self.model.hidden * self.row_cycles + self.row_latency

    @property
    def pool_cycles(self) -> int:
        """Cycles in which the pools grow, until the last one is written."""
        if not self.pooled:
            return 0
        units = self.model.hidden * self.pool_slots + self.row_latency
        biases = self.model.classes * self.pool_slots + self.row_latency if self.counts else 0
        return units + biases

    @property
    def scale_cycles(self) -> int:
        """Cycles from the start of a step until its inputs are scaled."""
        inputs = self.model.inputs
        if not isinstance(inputs, Numbers):
            return 0
        return scaling_cycles(inputs)

    @property
    def step_cycles(self) -> int:
        """Cycles from one step to the next while inputs wait and no readout comes between."""
        sums = max(self.passes * self.pass_cycles, self.scale_cycles)
        return CHOICE + sums + CHOICE + self.finish_cycles + self.pool_cycles

    @property
    def class_cycles(self) -> int:
        """Cycles a logit takes when it is accepted at once."""
        return self._row(self.units or self.model.hidden) + LOGIT

    def _row(self, words: int) -> int:
        """Count the cycles of a readout's row of so many words, until its sum is there."""
        return self.readout_planes * words + 1 + Source.latency + Product.latency

    @property
    def layer_cycles(self) -> int:
        """Cycles of the hidden layer, whose units are written while logits would be compared."""
        return self.units * (self._row(self.model.hidden) + Writer.latency)

    @property
    def readout_cycles(self) -> int:
        """Cycles from the end of the last step to the next sequence, if no logit has to wait."""
        return self.layer_cycles + self.model.classes * self.class_cycles

    def sequence_cycles(self, steps: int) -> int:
        """Cycles between starts of sequences of ``steps`` steps, back to back, never stalled."""
        readouts = steps if self.model.readout.every else 1
        return steps * self.step_cycles + readouts * self.readout_cycles

    def to_dict(self) -> dict[str, object]:
        """Lay out what was decided, as ``plan.json`` stores it."""
        names = (
            "engine", "lanes", "folds", "radix", "passes", "word_bits", "sum_bits", "slots",
            "input_planes", "readout_planes", "row_cycles", "pass_cycles", "finish_cycles",
            "step_cycles", "class_cycles", "readout_cycles",
        )  # fmt: skip
        sizes = {"hidden": self.model.hidden, "state_bits": self.model.state_bits}
        return {**{name: getattr(self, name) for name in names}, **sizes}
