"""The adder graph core: a stream of inputs in, a stream of logits out."""

from amaranth import Cat, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.graph.controller import GraphController
from qrnn_hw.hw.graph.network import AdderNetwork
from qrnn_hw.hw.graph.reader import GraphReader
from qrnn_hw.hw.graph.readout import GraphReadout
from qrnn_hw.hw.graph.schedule import GraphSchedule
from qrnn_hw.hw.graph.timing import GraphTiming
from qrnn_hw.hw.graph.update import GraphUpdate
from qrnn_hw.hw.graph.words import Constants, Streams
from qrnn_hw.hw.ports import input_layout, output_layout
from qrnn_hw.hw.trace import trace_signature


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
    x : In(stream.Signature(input_layout(model)))
        One time step a transfer; ``last`` ends the sequence.
    y : Out(stream.Signature(output_layout(model)))
        One logit a transfer, class 0 first; with the ``last``, ``user`` is the class.
    trace : Out(trace_signature(plan.trace))
        Writes of states, for benches.
    busy : Out(1)
        A sequence has begun and its last logit was not taken.
    """

    def __init__(self, plan: GraphTiming) -> None:
        self.plan = plan
        super().__init__(
            {
                "x": In(stream.Signature(input_layout(plan.model))),
                "y": Out(stream.Signature(output_layout(plan.model))),
                "busy": Out(1),
                "trace": Out(trace_signature(plan.trace)),
            }
        )

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
        write, read = states.write_port(), states.read_port()

        def at(phase: int) -> Signal:
            return controller.active & ~controller.reading & (controller.phase == phase)

        inputs, take = [reader.o], at(plan.take_phase)
        if plan.streams:
            streams = Streams(plan.streams, model.inputs.scaled_bits, plan.word)
            m.submodules.streams = streams
            m.d.comb += [streams.value.eq(entry.value), streams.take.eq(take)]
            inputs.append(streams.o)
        if plan.constants is not None:
            m.submodules.constants = constants = Constants(plan)
            m.d.comb += [
                constants.take.eq(at(plan.constant_phase)),
                constants.stop.eq(at(plan.constant_begin + plan.word)),
            ]
            if not plan.streams:
                m.d.comb += constants.row.eq(entry.value)
            inputs.append(constants.o)

        place = Signal(plan.place_bits)
        m.d.sync += place.eq(place + 1)
        with m.If(at(plan.sum_phase - 2)):
            m.d.sync += place.eq(-1)

        rectified = model.recurrence.activation == "relu"
        m.d.comb += [
            entry.x.valid.eq(self.x.valid),
            entry.x.payload.eq(self.x.payload),
            self.x.ready.eq(entry.x.ready),
            entry.release.eq(take),
            controller.valid.eq(entry.valid),
            controller.last.eq(entry.last),
            controller.done.eq(readout.done),
            controller.ended.eq(readout.ended),
            self.busy.eq(controller.busy),
            schedule.active.eq(controller.active),
            schedule.phase.eq(controller.phase),
            schedule.starting.eq(controller.starting),
            schedule.reading.eq(controller.reading),
            schedule.rewind.eq(readout.ended),
            read.addr.eq(schedule.address),
            reader.data.eq(read.data),
            reader.cut.eq(rectified | (controller.reading & model.readout.relu)),
            reader.load_sign.eq(schedule.load_sign),
            reader.load_flag.eq(schedule.load_flag),
            reader.load_mask.eq(schedule.load_mask),
            reader.raw.eq(schedule.raw),
            reader.open.eq(schedule.open),
            graph.i.eq(Cat(inputs)),
            graph.clear.eq(schedule.clear),
            rescale.i.eq(graph.o),
            rescale.clear.eq(delayed(m, schedule.clear, plan.stages.depth, "clear")),
            rescale.place.eq(place),
            update.active.eq(controller.active),
            update.phase.eq(controller.phase),
            update.reading.eq(controller.reading),
            update.products.eq(rescale.o),
            write.addr.eq(update.address),
            write.data.eq(update.data),
            write.en.eq(update.enable),
            self.trace.enable.eq(update.enable),
            self.trace.address.eq(update.address),
            self.trace.word.eq(update.data),
            readout.begin.eq(controller.begin),
            readout.bit.eq(graph.o[lanes]),
            readout.arriving.eq(schedule.arriving),
            readout.past.eq(schedule.past),
            self.y.valid.eq(readout.y.valid),
            self.y.payload.eq(readout.y.payload),
            readout.y.ready.eq(self.y.ready),
        ]
        return m
