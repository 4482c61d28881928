"""The popcount core: a stream of inputs in, a stream of logits out."""

from amaranth import Cat, Module, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.popcount.control import PopcountController
from qrnn_hw.hw.popcount.finish import Finish
from qrnn_hw.hw.popcount.gather import Gather
from qrnn_hw.hw.popcount.image import state_image, weight_image
from qrnn_hw.hw.popcount.readout import PopcountReadout
from qrnn_hw.hw.popcount.rows import PAIR, Chain, Rows
from qrnn_hw.hw.popcount.scale import Scale
from qrnn_hw.hw.popcount.store import Store
from qrnn_hw.hw.popcount.term import Term
from qrnn_hw.hw.popcount.timing import PopcountTiming
from qrnn_hw.hw.popcount.walk import Walk
from qrnn_hw.hw.ports import WEIGHT_BITS, core_members


class PopcountCore(wiring.Component):
    """Compute what :func:`qrnn_hw.export.golden.run` computes, bit for bit, for any model.

    Steps follow each other every ``plan.step_cycles`` cycles while inputs wait; a sequence of T
    steps takes ``plan.sequence_cycles(T)`` while nothing stalls. Any stall is legal.

    Parameters
    ----------
    plan
        What to compute, and how.

    Members
    -------
    x, y, busy, trace
        As :func:`~qrnn_hw.hw.ports.core_members` has them.
    w : In(stream.Signature(16))
        Only with ``plan.load``: the weights, after the domain's reset, before ``x`` is taken; see
        :func:`~qrnn_hw.hw.popcount.image.load_image`.
    """

    def __init__(self, plan: PopcountTiming) -> None:
        self.plan = plan
        members = core_members(plan.model, plan.trace)
        if plan.load:
            members["w"] = In(stream.Signature(WEIGHT_BITS))
        super().__init__(members)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan

        m.submodules.scale = scale = Scale(plan)
        m.submodules.control = control = PopcountController(plan)
        m.submodules.walk = walk = Walk(plan)
        m.submodules.states = states = memory.Memory(
            shape=plan.lanes * plan.bits, depth=plan.state_depth, init=state_image(plan),
            attrs={"ram_style": "block"},
        )  # fmt: skip
        m.submodules.rows = rows = Rows(plan)
        m.submodules.chain = chain = Chain(plan)
        m.submodules.term = term = Term(plan, scale.scaled)
        m.submodules.finish = finish = Finish(plan)
        m.submodules.gather = gather = Gather(plan)
        m.submodules.readout = readout = PopcountReadout(plan)
        write, read = states.write_port(granularity=1), states.read_port()

        weights, filled = self._load(m, walk) if plan.load else (self._weights(m, walk), 1)

        # A step's sums are taken on time; a readout's when the group before was sent.
        ends, latency = walk.last & ~control.readout, plan.row_latency
        summed = delayed(m, ends, latency, "summed")
        early = delayed(m, ends, latency + chain.latency - term.latency, "early")
        for name in PAIR.members:  # the memories answer a cycle later
            m.d.sync += getattr(rows.pair, name).eq(getattr(walk.pair, name))
        wiring.connect(m, control.walk, walk.order)
        wiring.connect(m, finish.unit, gather.unit)
        wiring.connect(m, gather.write, write)
        wiring.connect(m, readout.y, wiring.flipped(self.y))
        m.d.comb += [
            scale.x.valid.eq(self.x.valid & filled),
            scale.x.payload.eq(self.x.payload),
            self.x.ready.eq(scale.x.ready & filled),
            scale.take.eq(control.take),
            scale.channel.eq(term.channel),
            control.valid.eq(scale.valid),
            control.last.eq(scale.last),
            control.parity.eq(scale.parity),
            control.group.eq(walk.last),
            control.empty.eq(readout.empty),
            control.ended.eq(readout.ended),
            self.busy.eq(control.busy),
            read.addr.eq(walk.states),
            rows.states.eq(read.data),
            rows.weights.eq(weights),
            rows.readout.eq(control.readout),
            rows.clear.eq(chain.load),
            chain.sums.eq(rows.sums),
            chain.load.eq(summed | control.drained),
            chain.advance.eq((term.valid & ~control.readout) | readout.advance),
            term.rewind.eq(control.rewind),
            term.readout.eq(control.readout),
            term.parity.eq(control.step_parity),
            term.start.eq(early | readout.request),
            term.scaled.eq(scale.scaled),
            finish.sum.eq(chain.o),
            finish.term.eq(term.o),
            finish.threshold.eq(term.threshold),
            finish.offset.eq(term.offset),
            finish.valid.eq(term.valid),
            finish.readout.eq(control.readout),
            finish.parity.eq(control.step_parity),
            self.trace.enable.eq(finish.unit.enable),
            self.trace.address.eq(finish.unit.index),
            self.trace.word.eq(finish.unit.value),
            gather.final.eq(control.final),
            gather.upper.eq(control.upper),
            readout.loaded.eq(control.drained),
            readout.logit.eq(finish.logit),
            readout.arrived.eq(finish.arrived),
        ]
        return m

    def _load(self, m: Module, walk: Walk) -> tuple[Value, Value]:
        """Build a weight memory that the stream fills; return its word, and whether it is full."""
        m.submodules.store = store = Store(self.plan)
        m.d.comb += [
            store.w.valid.eq(self.w.valid),
            store.w.payload.eq(self.w.payload),
            self.w.ready.eq(store.w.ready),
            store.address.eq(walk.weights),
        ]
        return store.o, store.full

    def _weights(self, m: Module, walk: Walk) -> Value:
        """Build the weight memories; return their word."""
        plan = self.plan
        words = []
        counts = (plan.readout_rows, plan.rows - plan.readout_rows)
        for number, (count, image) in enumerate(zip(counts, weight_image(plan))):
            if count:
                m.submodules[f"weights_{number}"] = weights = memory.Memory(
                    shape=count * plan.row_bits, depth=len(image), init=image,
                    attrs={"ram_style": "block", "rom_style": "block"},
                )  # fmt: skip
                read = weights.read_port()
                m.d.comb += read.addr.eq(walk.weights[: read.addr.shape().width])
                words.append(read.data)
        return Cat(*words)
