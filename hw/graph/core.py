"""The adder graph core: a stream of inputs in, a stream of logits out."""

from amaranth import Cat, Module
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring

from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.graph.controller import GraphController, in_step
from qrnn_hw.hw.graph.network import AdderNetwork, waits_in_memory
from qrnn_hw.hw.graph.reader import GraphReader
from qrnn_hw.hw.graph.readout import GraphReadout
from qrnn_hw.hw.graph.schedule import GraphSchedule
from qrnn_hw.hw.graph.timing import GraphTiming
from qrnn_hw.hw.graph.update import GraphUpdate
from qrnn_hw.hw.graph.words import Constants, Streams
from qrnn_hw.hw.ports import core_members


class GraphCore(wiring.Component):
    """Compute what :func:`qrnn_hw.export.golden.run` computes, bit for bit.

    Steps follow each other every ``plan.step_cycles`` cycles while inputs wait; a sequence of T
    steps takes ``plan.sequence_cycles(T)`` while nothing stalls. Any stall is legal.

    Parameters
    ----------
    plan
        What to compute.

    Members
    -------
    x, y, busy, trace
        As :func:`~qrnn_hw.hw.ports.core_members` has them.
    """

    def __init__(self, plan: GraphTiming) -> None:
        self.plan = plan
        super().__init__(core_members(plan.model, plan.trace))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model, lanes = self.plan, self.plan.model, self.plan.lanes

        entry = Scaler(model) if plan.streams else TokenInput(model)
        m.submodules.entry = entry
        m.submodules.controller = controller = GraphController(plan)
        m.submodules.schedule = schedule = GraphSchedule(plan)
        m.submodules.states = states = memory.Memory(
            shape=lanes, depth=plan.memory_depth, init=plan.memory_image()
        )
        m.submodules.reader = reader = GraphReader(lanes)
        m.submodules.graph = graph = AdderNetwork(plan.stages)
        m.submodules.rescale = rescale = AdderNetwork(plan.rescale, lanes, plan.word)
        m.submodules.update = update = GraphUpdate(plan)
        m.submodules.readout = readout = GraphReadout(plan)
        write, read, clock = states.write_port(), states.read_port(), controller.clock

        inputs, take = [reader.o], in_step(m, clock, [plan.take_phase], "take")
        if plan.streams:
            streams = Streams(plan.streams, model.numbers.scaled_bits, plan.word)
            m.submodules.streams = streams
            m.d.comb += [streams.value.eq(entry.value), streams.take.eq(take)]
            inputs.append(streams.o)
        if len(plan.constants):
            m.submodules.constants = constants = Constants(plan)
            m.d.comb += [
                constants.take.eq(in_step(m, clock, [plan.constant_phase], "take_constants")),
                constants.stop.eq(
                    in_step(m, clock, [plan.constant_begin + plan.word], "stop_constants")
                ),
            ]
            if not plan.streams:
                m.d.comb += constants.row.eq(entry.value)
            inputs.append(constants.o)

        # Only where they are used: what a tool finds no reader of becomes a wire without a driver.
        if waits_in_memory(plan.rescale):
            m.d.sync += rescale.place.eq(rescale.place + 1)
            with m.If(in_step(m, clock, [plan.sum_phase - 2], "summing")):
                m.d.sync += rescale.place.eq(-1)
        if plan.rescale.graph.adders:
            clear = delayed(m, schedule.clear, plan.stages.depth, "clear")
            m.d.comb += rescale.clear.eq(clear)

        rectified = model.recurrence.activation == "relu"
        wiring.connect(m, wiring.flipped(self.x), entry.x)
        wiring.connect(m, readout.y, wiring.flipped(self.y))
        wiring.connect(m, clock, schedule.clock, update.clock)
        wiring.connect(m, schedule.read, reader.read)
        wiring.connect(m, update.write, write)
        m.d.comb += [
            entry.release.eq(take),
            controller.valid.eq(entry.valid),
            controller.last.eq(entry.last),
            controller.done.eq(readout.done),
            controller.ended.eq(readout.ended),
            self.busy.eq(controller.busy),
            schedule.rewind.eq(readout.ended),
            read.addr.eq(schedule.address),
            reader.data.eq(read.data),
            reader.cut.eq(rectified | (clock.reading & model.readout.relu)),
            graph.i.eq(Cat(inputs)),
            graph.clear.eq(schedule.clear),
            rescale.i.eq(graph.o),
            update.products.eq(rescale.o),
            self.trace.enable.eq(write.en),
            self.trace.address.eq(write.addr),
            self.trace.word.eq(write.data),
            readout.begin.eq(controller.begin),
            readout.bit.eq(graph.o[lanes]),
            readout.arriving.eq(schedule.arriving),
            readout.past.eq(schedule.past),
        ]
        return m
