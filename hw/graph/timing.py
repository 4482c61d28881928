"""When a graph core does what: phases and cycle counts, added up from what its components take."""

from functools import cached_property

from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.engine import Steady
from qrnn_hw.hw.entry import TokenInput, gain_cycles
from qrnn_hw.hw.graph.network import pause
from qrnn_hw.hw.graph.reader import GraphReader
from qrnn_hw.hw.graph.readout import GraphReadout
from qrnn_hw.hw.graph.sizes import GraphSizes
from qrnn_hw.hw.graph.stages import Stages
from qrnn_hw.hw.graph.synthesis import adder_graph
from qrnn_hw.hw.graph.words import Constants, Streams

MEMORY = 1  # cycles from an address to the memory's output
START = 1  # cycles from what the controller waits for to phase 0
WRITE = 1  # cycles from a bit of a product to its write
# Phases in which the reader can show bit 0 of the states: in a step behind the sign and the flag,
# which phases 0 and 1 address, and in a readout behind the plane of V, too.
READ_PHASE = 2 + MEMORY + GraphReader.latency
DOT_PHASE = READ_PHASE + 1


class GraphTiming(Steady, GraphSizes):
    """The sizes of a graph core, and its phases and cycles.

    Bit k of a sum v passes stage g of the graph in phase ``begin + g + k`` of a step; the states
    enter with weight ``2**guard``, in ``read_phase``. A step with a guard of 0, D stages in the
    graph, R in the one that rescales, and words of W bits::

        phase         0     1     2     3     4     ..  4+D   ..  4+D+R  ..  4+D+R+W
        address       sign  flag  pl. 0 pl. 1
        state memory        sign  flag  pl. 0 pl. 1
        reader                                bit 0
        sums                                            bit 0
        products                                                  bit 0
        state write                                                          sign, then the flag
        next step                                                                        phase 0
    """

    @property
    def read_phase(self) -> int:
        """Phase of a step in which the reader shows bit 0 of the states."""
        return max(READ_PHASE, self.model.recurrence.guard + 1)

    @property
    def begin(self) -> int:
        """Phase of a step in which bit 0 of the sums enters the graph: that of the inputs."""
        return self.read_phase - self.model.recurrence.guard

    @cached_property
    def stages(self) -> Stages:
        """The graph: d states, the streams, and d constants, where there are some."""
        extra = self.lanes if len(self.constants) else 0
        graph = adder_graph(self.matrix, cycle=self.cycle, extra=extra)
        stages = Stages(graph, self.cycle)
        if not extra:
            return stages
        # The memory of constants is not addressed before the step starts.
        last = max(stages.depth, 1 + Constants.latency - self.begin) - 1
        others = graph.inputs - extra
        return Stages(graph, self.cycle, [0] * others + [last] * extra)

    @property
    def take_phase(self) -> int:
        """Phase in which the input is taken."""
        return self.begin - Streams.latency if self.streams else self.constant_phase

    @property
    def constant_begin(self) -> int:
        """Phase in which reading bit 0 of the constants begins: the last stage adds them."""
        return self.sum_phase - 1 - Constants.latency

    @property
    def constant_phase(self) -> int:
        """Phase in which reading the constants begins, at the first plane that is stored."""
        return self.constant_begin + self.constant_shift

    @property
    def sum_phase(self) -> int:
        """Phase of bit 0 of the sums."""
        return self.begin + self.stages.depth

    @property
    def product_phase(self) -> int:
        """Phase of bit 0 of the products."""
        return self.sum_phase + self.rescale.depth

    @property
    def sign_phase(self) -> int:
        """Phase in which the signs are written; the flags follow."""
        return self.product_phase + self.word - 1 + WRITE

    @cached_property
    def step_cycles(self) -> int:
        """Cycles from one step to the next when the next input waits."""
        return max(self.waits_for.values())

    @property
    def waits_for(self) -> dict[str, int]:
        """The cycles from one step to the next, by what that waits for: the largest decides.

        The signs are read one cycle after they were written. Wide inputs of a small network are
        bound by the multiplication of the next input instead.
        """
        inputs = self.model.inputs
        entry = gain_cycles(inputs) if isinstance(inputs, Numbers) else TokenInput.latency
        supply = self.take_phase + 1 + entry + START + 1  # with a cycle to spare
        trail = self.stages.graph.reach
        flushed = self.word + max(pause(self.stages, False), pause(self.rescale, True, trail))
        return {
            "the signs are written": self.sign_phase + 1,
            "the words before have left the adders": flushed,
            "its input is there": supply,
        }

    @property
    def clock(self) -> wiring.Signature:
        """Where a pass is.

        ``active``: one is under way; ``first``: this is its first cycle; ``phase``: cycles since it
        began, 0 without one; ``starting``: it is the first step of a sequence; ``reading``: it is a
        plane of V. The last two are held until the next pass.
        """
        flags = dict.fromkeys(("active", "first", "starting", "reading"), Out(1))
        longest = max(self.step_cycles, self.plane_cycles)
        return wiring.Signature({**flags, "phase": Out(range(longest))})

    @property
    def plane_cycles(self) -> int:
        """Cycles from one plane of V to the next."""
        return self.read_word + max(2, pause(self.stages, False))

    @property
    def class_cycles(self) -> int:
        """Cycles a logit takes when it is accepted at once."""
        planes = (self.model.readout.v_bits - 1) * self.plane_cycles
        last = DOT_PHASE + self.stages.depth + self.read_word - 1
        taken = GraphReadout.latency + GraphReadout.done_latency
        return planes + last + taken + START

    @property
    def readout_cycles(self) -> int:
        """Cycles from the end of the last step to the start of the next sequence.

        A cycle goes to the controller's way back to its steps.
        """
        return self.model.classes * self.class_cycles + 1

    def sequence_cycles(self, steps: int) -> int:
        """Cycles between starts of sequences of ``steps`` steps, back to back, never stalled."""
        readouts = steps if self.model.readout.every else 1
        return steps * self.step_cycles + readouts * self.readout_cycles

    def to_dict(self) -> dict[str, object]:
        """Lay out what was decided, as ``plan.json`` stores it."""
        names = ("engine", "lanes", "cycle", "multiplier", "fraction", "step_cycles",
                 "class_cycles", "readout_cycles", "memory_depth")  # fmt: skip
        return {
            **{name: getattr(self, name) for name in names},
            "hidden": self.model.hidden,
            "state_bits": self.model.state_bits,
            "adders": len(self.stages.graph.adders),
            "stages": self.stages.depth,
            "rescale_adders": len(self.rescale.graph.adders),
            "rescale_stages": self.rescale.depth,
            "word_cycles": self.word,
        }
