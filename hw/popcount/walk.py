"""The addresses of a pass: rows of a matrix times the states, group by group."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Elaboratable, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.popcount.rows import PAIR
from qrnn_hw.hw.popcount.sizes import PopcountSizes


def walk_order(plan: PopcountSizes) -> wiring.Signature:
    """Describe how a walk is told where to go.

    ``start``: a pass begins; ``readout``: it is of V and the features, from ``start`` to the next;
    ``source``: where its states begin, with ``start``; ``still``: they are the one word of zeros
    there, until the next ``start``; ``go``: address a group, from the next cycle on, in the last
    cycle of a group or between them.
    """
    flags = dict.fromkeys(("start", "readout", "still", "go"), Out(1))
    return wiring.Signature({**flags, "source": Out(range(plan.state_depth))})


class Walk(wiring.Component):
    """Address slices of states, and with each all planes of a group's weights, highest first.

    Words lie in the order in which they are read, so that addresses count up, and go back to where
    the slice, or the group's weights, begin. Latency: a cycle. Throughput: a pair of words a cycle.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    order : In(walk_order(plan))
        Where to go.
    states, weights : Out
        Addresses,
    pair : Out(PAIR)
        What they address.
    last : Out(1)
        They are the last of their group.
    """

    latency = 1

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "order": In(walk_order(plan)),
                "states": Out(range(plan.state_depth)),
                "weights": Out(range(plan.weight_depth(plan.readout_rows))),
                "pair": Out(PAIR),
                "last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, order, pair, words = self.plan, self.order, self.pair, self.plan.folds

        def of_pass(step: int, readout: int) -> ValueLike:
            """Choose what belongs to steps, or to readouts."""
            return step if step == readout else Mux(order.readout, readout, step)

        word = Signal(range(words))
        plane = Signal(range(max(plan.planes, plan.readout_planes)))
        number = Signal(range(plan.slices))
        # What ends is told by registers, which are set a word, a plane or a slice ahead.
        word_ends = Signal(init=words == 1)
        plane_ends = Signal(init=plan.planes == 1)
        lowest = Signal(init=plan.state_slices == 1)
        highest = Signal()
        first_plane_ends = of_pass(plan.planes == 1, plan.readout_planes == 1)
        first_lowest = of_pass(plan.state_slices == 1, plan.feature_slices == 1)
        m.d.comb += [
            highest.eq(number == 0),
            pair.begin.eq((word == 0) & (plane == 0)),
            pair.double.eq((word == 0) & (plane != 0)),
            pair.end.eq(word_ends & plane_ends),
            pair.negative.eq((plane == 0) & of_pass(plan.kind == "levels", True)),
            pair.top.eq(highest & of_pass(True, not plan.model.readout.relu)),
            pair.first.eq(highest),
            self.last.eq(pair.active & pair.end & lowest),
        ]

        # Where the pass, the slice, and the group's weights begin.
        source, piece = (Signal.like(self.states, name=name) for name in ("source", "piece"))
        group = Signal.like(self.weights, name="group")
        following = Signal.like(self.weights, name="following")
        m.d.comb += following.eq(self.weights + 1)
        with m.If(pair.active):
            m.d.sync += [
                word.eq(word + 1),
                self.states.eq(self.states + 1),
                self.weights.eq(following),
            ]
            if words > 1:
                m.d.sync += word_ends.eq(word == words - 2)
            with m.If(word_ends):
                m.d.sync += [word.eq(0), plane.eq(plane + 1), self.states.eq(piece)]
                m.d.sync += plane_ends.eq(
                    plane == of_pass(plan.planes - 2, plan.readout_planes - 2)
                )
            with m.If(pair.end):
                m.d.sync += [
                    plane.eq(0),
                    plane_ends.eq(first_plane_ends),
                    number.eq(number + 1),
                    lowest.eq(number == of_pass(plan.state_slices - 2, plan.feature_slices - 2)),
                    piece.eq(piece + words),
                    self.states.eq(piece + words),
                    self.weights.eq(group),
                ]
            with m.If(self.last):
                m.d.sync += [number.eq(0), piece.eq(source), self.states.eq(source)]
                m.d.sync += lowest.eq(first_lowest)
                m.d.sync += [group.eq(following), self.weights.eq(following)]
            with m.If(order.still):
                m.d.sync += [self.states.eq(source), piece.eq(source)]
        with m.If(order.start):
            begin = of_pass(0, plan.recurrent_depth)
            m.d.sync += [signal.eq(order.source) for signal in (source, piece, self.states)]
            m.d.sync += [group.eq(begin), self.weights.eq(begin)]
            m.d.sync += [plane_ends.eq(first_plane_ends), lowest.eq(first_lowest)]
        with m.If(order.go | self.last):
            m.d.sync += pair.active.eq(order.go)

        return m
