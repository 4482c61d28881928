"""The recurrent core: a stream of inputs in, a stream of logits out."""

from typing import NamedTuple

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.gates import delayed, signals
from qrnn_hw.hw.ports import ask_signature, core_members, row_signature
from qrnn_hw.hw.serial.accumulator import Accumulator
from qrnn_hw.hw.serial.controller import SerialController
from qrnn_hw.hw.serial.decay import Decay
from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.lanes import AdderTree, LaneTransform
from qrnn_hw.hw.serial.layer import UnitStore
from qrnn_hw.hw.serial.offsets import Offsets
from qrnn_hw.hw.serial.products import Signs
from qrnn_hw.hw.serial.reader import SerialReader
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.hw.serial.rows import RowInput
from qrnn_hw.hw.serial.schedule import Mode, SerialSchedule
from qrnn_hw.hw.serial.terms import Terms
from qrnn_hw.hw.serial.timeline import AHEAD, BEHIND, Timeline
from qrnn_hw.hw.serial.timing import SerialTiming
from qrnn_hw.hw.serial.update import SerialUpdate

Entry = Accumulator | Scaler | TokenInput | RowInput


class Network(NamedTuple):
    """The transform of a core: its stages between lanes, and what leaves the last stage.

    ``time`` runs two cycles ahead of ``bits`` and begins two cycles after ``ahead``; ``early``
    comes ``plan.lead`` cycles before, when the terms of a step must begin. ``dots`` are the bits
    before they decay, as late, with the dot products of a readout among them.
    """

    transform: LaneTransform
    bits: Value
    dots: Value
    time: Timeline
    early: Value
    ahead: Value


class SerialCore(wiring.Component):
    """Compute what :func:`qrnn_hw.export.golden.run` computes, bit for bit.

    Steps follow each other every ``plan.step_cycles`` cycles while inputs wait; a sequence of T
    steps takes ``plan.sequence_cycles(T)`` while nothing stalls. Any stall is legal.

    Parameters
    ----------
    plan
        What to compute, and with how many lanes.

    Members
    -------
    x, y, busy, trace
        As :func:`~qrnn_hw.hw.ports.core_members` has them.
    ask : Out(ask_signature(model)), row : In(row_signature())
        Only if ``plan.fetches``: the row of the table that the core needs, and its bytes, as
        :class:`~qrnn_hw.hw.serial.rows.RowInput` has them.
    """

    def __init__(self, plan: SerialTiming) -> None:
        self.plan = plan
        model = plan.model
        members = core_members(model, plan.trace, plan.at_once)
        if plan.fetches:
            members |= {"ask": Out(ask_signature(model)), "row": In(row_signature())}
        super().__init__(members)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan
        model, lanes, pool = plan.model, plan.lanes, plan.model.readout.pool

        entry: Entry
        if plan.fetches:
            entry = RowInput(plan)
        elif plan.accumulates:
            entry = Accumulator(plan)
        else:
            scaler = None
            if plan.streams:
                scaler = Scaler(model, slack=plan.take_offset, at_once=plan.at_once)
            entry = scaler or TokenInput(model, plan.at_once)
        m.submodules.entry = entry
        m.submodules.controller = controller = SerialController(plan)
        m.submodules.schedule = schedule = SerialSchedule(plan)
        m.submodules.states = states = memory.Memory(
            shape=lanes, depth=plan.memory_depth, init=plan.memory_image()
        )
        m.submodules.reader = reader = SerialReader(lanes)
        each = 1 if plan.units else None  # a unit is one bit of a word's planes
        write, read = states.write_port(granularity=each), states.read_port()

        transforming, finishing = Signal(), controller.mode == Mode.FINISH
        m.d.comb += transforming.eq(controller.start & (~finishing | plan.finishes_in_network))
        reads = (controller.mode == Mode.READ) | finishing
        network = self._network(m, transforming, reads, finishing)
        _, bits, dots, time, early, ahead = network

        states_in: Value = reader.o
        if plan.offset_bits:
            m.submodules.offsets = offsets = Offsets(plan)
            m.d.comb += [
                offsets.i.eq(reader.o),
                offsets.ones.eq(schedule.ones),
                offsets.clear.eq(schedule.lanes_clear),
            ]
            states_in = offsets.o

        # What the pass in the output timeline is, while another may already be read.
        writing, reading = signals("writing reading")
        with m.If(ahead):
            m.d.sync += [
                writing.eq(controller.mode != Mode.READ),
                reading.eq(controller.mode == Mode.READ),
            ]
        if (plan.decay_latency or not plan.fold_stages) and len(plan.lengths) > 1:
            longer: Value = reading
            if plan.passes_still:
                longer = Signal(name="longer")
                with m.If(ahead):
                    m.d.sync += longer.eq(reads)
            m.d.comb += time.kind.eq(longer)
        taken, fresh = signals("taken fresh")
        m.d.comb += [taken.eq(early & ~reads), fresh.eq(taken)]
        if plan.trusts:
            # A step that is taken back has its input, and begins again.
            back = Signal()
            with m.If(controller.void):
                m.d.sync += [writing.eq(0), back.eq(1)]
            with m.Elif(taken):
                m.d.sync += back.eq(0)
            m.d.comb += fresh.eq(taken & ~back)
        lead, terms_time = plan.lead, time
        if lead:
            m.submodules.terms_time = terms_time = Timeline(plan.folds, plan.lengths[:1])
            m.d.comb += terms_time.start.eq(delayed(m, taken, 1, "terms_begin"))
        m.submodules.step_terms = terms = Terms(plan, terms_time)
        parity = terms.held
        if lead:
            parity = Signal()
            with m.If(delayed(m, taken, lead, "stepping")):
                m.d.sync += parity.eq(terms.held)

        written = self._whose(m, entry, taken) if plan.at_once > 1 else Const(0)

        m.submodules.signs = signs = Signs(plan, time)
        m.submodules.update = update = SerialUpdate(plan, time)
        m.submodules.readout = readout = SerialReadout(plan, time)
        dot = dots[0]
        if plan.sums > 1:
            m.submodules.blocks = blocks = AdderTree(plan.sums, 1)
            m.d.comb += [
                blocks.i.eq(Cat(dots[lane] for lane in range(0, lanes, plan.block))),
                blocks.clear.eq(delayed(m, time.clear, BEHIND, "blocks_clear")),
            ]
            dot = blocks.o

        wiring.connect(m, wiring.flipped(self.x), entry.x)
        wiring.connect(m, readout.y, wiring.flipped(self.y))
        wiring.connect(m, schedule.read, reader.read)
        if not plan.finishes_in_network:
            wiring.connect(m, schedule.finish, update.finish)
            m.d.comb += [
                update.begin.eq(delayed(m, controller.start, 1, "started") & update.finishing),
                update.states.eq(reader.o),
                update.origin.eq(read.data),
            ]
        if plan.units:
            m.submodules.unit_store = store = UnitStore(plan)
            m.d.comb += [
                store.value.eq(readout.value),
                store.start.eq(readout.unit),
                store.rewind.eq(controller.rewind),
                readout.stored.eq(store.done),
                schedule.units.eq(readout.units),
                write.en.eq(Mux(store.active, store.lane, update.write.en.replicate(lanes))),
                write.addr.eq(Mux(store.active, store.address, update.write.addr)),
                write.data.eq(Mux(store.active, store.bit.replicate(lanes), update.write.data)),
            ]
            write = update.write  # of states, which the trace shows
        else:
            wiring.connect(m, update.write, write)
        m.d.comb += [
            entry.release.eq(fresh),
            controller.valid.eq(entry.valid),
            controller.last.eq(entry.last),
            controller.done.eq(readout.done),
            controller.ended.eq(readout.ended),
            self.busy.eq(controller.busy),
            schedule.start.eq(controller.start),
            schedule.mode.eq(controller.mode),
            schedule.parity.eq(parity),
            schedule.rewind.eq(controller.rewind),
            read.addr.eq(schedule.address),
            reader.data.eq(read.data),
            network.transform.i.eq(states_in),
            network.transform.clear.eq(schedule.lanes_clear),
            terms.parity.eq(entry.parity),
            terms.ahead.eq(fresh),
            update.ahead.eq(ahead),
            update.writes.eq(writing),
            update.parity.eq(parity),
            update.network.eq(bits),
            update.terms.eq(terms.o),
            update.negative.eq(signs.o),
            update.finishing.eq(delayed(m, finishing, 1, "finishing")),
            self.trace.enable.eq(write.en),
            self.trace.address.eq(write.addr),
            self.trace.word.eq(write.data),
            readout.bit.eq(dot),
            readout.reading.eq(reading),
            readout.rewind.eq(controller.rewind),
            readout.begin.eq(controller.begin),
            readout.parity.eq(parity),
        ]

        if plan.at_once > 1:
            m.d.comb += [
                controller.whose.eq(entry.sequence),
                schedule.sequence.eq(controller.sequence),
                update.sequence.eq(written),
                readout.sequence.eq(controller.sequence),
            ]
        if plan.trusts:
            m.d.comb += [
                update.void.eq(controller.void),
                controller.told.eq(update.told),
                controller.saturated.eq(update.saturated),
                schedule.trusting.eq(controller.trusting),
            ]
        if pool:
            m.d.comb += [
                schedule.first.eq(controller.first),
                schedule.adds.eq(controller.adds),
            ]
        if plan.most_steps:
            m.d.comb += readout.count.eq(controller.count)
        if plan.table_write:
            wiring.connect(m, entry.write, terms.write)
        if plan.fetches:
            wiring.connect(m, entry.ask, wiring.flipped(self.ask))
            wiring.connect(m, wiring.flipped(self.row), entry.row)
        if not plan.accumulates:
            m.d.comb += terms.value.eq(entry.value)

        return m

    def _whose(self, m: Module, entry: Entry, taken: Value) -> Value:
        """Tell whose step is in the output timeline, as long as its parity is told."""
        whose = Signal()
        with m.If(taken):
            m.d.sync += whose.eq(entry.sequence)
        if not self.plan.lead:
            return whose
        later = Signal(name="written_sequence")
        with m.If(delayed(m, taken, self.plan.lead, "taking")):
            m.d.sync += later.eq(whose)
        return later

    def _network(self, m: Module, start: Value, reads: Value, still: Value) -> "Network":
        """Chain the stages between lanes, those between words, and decay."""
        plan = self.plan
        halved = tuple(filter(plan.halves, plan.lane_stages))
        m.submodules.lanes = transform = LaneTransform(
            plan.lanes, plan.lane_stages, halved, plan.whole_lanes
        )
        bits: Value = transform.o
        if plan.finishes_in_network:
            m.d.comb += transform.still.eq(still)
        if plan.fold_stages:
            bits, time, early = self._folds(m, transform, start, reads, still)
            early = delayed(m, early, plan.decay_latency, "decayed")
        else:
            early = delayed(m, start, plan.take_offset, "early")
        ahead = delayed(m, early, plan.lead, "ahead")
        if plan.decay_latency or not plan.fold_stages:
            m.submodules.time = time = Timeline(plan.folds, plan.lengths)
            m.d.comb += time.start.eq(delayed(m, ahead, AHEAD - time.latency, "output"))
        if plan.decay is None:
            return Network(transform, bits, bits, time, early, ahead)
        m.submodules.decay = decay = Decay(plan, time)
        m.d.comb += decay.i.eq(bits)
        return Network(transform, decay.o, decay.whole, time, early, ahead)

    def _folds(
        self, m: Module, transform: LaneTransform, start: Value, reads: Value, still: Value
    ) -> tuple[Value, Timeline, Value]:
        """Chain the stages between words; return what leaves them, its timeline, and the mark."""
        plan = self.plan
        offset = plan.reader_offset + transform.latency - Timeline.latency
        begin = delayed(m, start, offset, "folds")
        bits, kind = transform.o, reads if len(plan.lengths) > 1 else Const(0, 0)
        for distance in plan.fold_stages:
            lead = plan.lead if distance == plan.fold_stages[-1] else 0
            halved = plan.halves(distance * plan.lanes)
            fold = FoldStage(plan.lanes, plan.folds, distance, plan.lengths, lead, halved=halved)
            m.submodules[f"fold_{distance}"] = fold
            m.d.comb += [fold.i.eq(bits), fold.start.eq(begin), fold.kind.eq(kind)]
            if plan.passes_still or (plan.subtracts_in_fold and distance > 1):
                m.d.comb += fold.still.eq(delayed(m, still, 1, f"still_{distance}"))
            behind = AHEAD + BEHIND - 2 + fold.latency
            begin = delayed(m, fold.early, behind, f"past_{distance}")
            bits, kind = fold.o, fold.passed
        return bits, fold.output, fold.early
