"""The recurrent core: a stream of inputs in, a stream of logits out."""

from amaranth import Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.delay import delayed
from qrnn_hw.hw.ports import input_layout, output_layout
from qrnn_hw.hw.serial.controller import Controller
from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.products import Products
from qrnn_hw.hw.serial.reader import Reader
from qrnn_hw.hw.serial.readout import Readout
from qrnn_hw.hw.serial.scaler import Scaler
from qrnn_hw.hw.serial.schedule import Mode, Schedule
from qrnn_hw.hw.serial.select import Signs
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.hw.serial.update import Update


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
    x : In(stream.Signature(input_layout(model)))
        One time step a transfer; ``last`` ends the sequence.
    y : Out(stream.Signature(output_layout(model)))
        One logit a transfer, class 0 first; with the ``last``, ``user`` is the class.
    busy : Out(1)
        A sequence has begun and its last logit was not taken.
    """

    def __init__(self, plan: SerialPlan) -> None:
        self.plan = plan
        model = plan.model
        super().__init__(
            {
                "x": In(stream.Signature(input_layout(model))),
                "y": Out(stream.Signature(output_layout(model))),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan
        model, lanes = plan.model, plan.lanes

        m.submodules.scaler = scaler = Scaler(model)
        m.submodules.controller = controller = Controller(plan)
        m.submodules.schedule = schedule = Schedule(plan)
        m.submodules.states = states = memory.Memory(
            shape=lanes, depth=plan.memory_depth, init=plan.memory_image()
        )
        m.submodules.reader = reader = Reader(lanes)
        m.submodules.lanes = transform = LaneTransform(lanes, plan.lane_stages)
        write, read = states.write_port(), states.read_port()

        # The network: lanes first, then the folds; `time` runs two cycles ahead of its output.
        transforming = controller.start & (controller.mode != Mode.FINISH)
        bits = transform.o
        if plan.fold_stages:
            begin = delayed(m, transforming, 5 + transform.latency, "folds")
            for distance in plan.fold_stages:
                fold = FoldStage(lanes, plan.folds, distance, plan.word)
                m.submodules[f"fold_{distance}"] = fold
                m.d.comb += [fold.i.eq(bits), fold.start.eq(begin)]
                begin = delayed(m, fold.ahead, 3, f"past_{distance}")
                bits = fold.o
            time, ahead = fold.output, fold.ahead
        else:
            m.submodules.time = time = Timeline(1, plan.word)
            ahead = delayed(m, transforming, 2 + transform.latency, "ahead")
            m.d.comb += time.start.eq(delayed(m, ahead, 1, "output"))
        m.submodules.products = products = Products(plan, time)
        m.submodules.signs = signs = Signs(plan, time)
        m.submodules.update = update = Update(plan, time)
        m.submodules.readout = readout = Readout(plan, time)

        # What the pass in the output timeline is, while another may already be read.
        parity, writing, reading = Signal(), Signal(), Signal()
        with m.If(ahead):
            m.d.sync += [
                writing.eq(controller.mode != Mode.READ),
                reading.eq(controller.mode == Mode.READ),
            ]
        taken = Signal()
        m.d.comb += taken.eq(ahead & (controller.mode != Mode.READ))
        with m.If(taken):
            m.d.sync += parity.eq(scaler.parity)

        m.d.comb += [
            scaler.x.valid.eq(self.x.valid),
            scaler.x.payload.eq(self.x.payload),
            self.x.ready.eq(scaler.x.ready),
            scaler.release.eq(taken),
            controller.valid.eq(scaler.valid),
            controller.last.eq(scaler.last),
            controller.done.eq(readout.done),
            controller.ended.eq(readout.ended),
            self.busy.eq(controller.busy),
            schedule.start.eq(controller.start),
            schedule.mode.eq(controller.mode),
            schedule.parity.eq(parity),
            schedule.rewind.eq(controller.rewind),
            read.addr.eq(schedule.address),
            reader.data.eq(read.data),
            reader.mode.eq(controller.mode),
            reader.load_flag.eq(schedule.load_flag),
            reader.load_sign.eq(schedule.load_sign),
            reader.mask_flag.eq(schedule.mask_flag),
            reader.blank.eq(schedule.blank),
            reader.extend.eq(schedule.extend),
            transform.i.eq(reader.o),
            transform.clear.eq(schedule.lanes_clear),
            products.scaled.eq(scaler.scaled),
            products.ahead.eq(ahead),
            products.parity.eq(parity),
            update.ahead.eq(ahead),
            update.write.eq(writing),
            update.parity.eq(parity),
            update.network.eq(bits),
            update.products.eq(products.o),
            update.negative.eq(signs.o),
            update.begin.eq(controller.start & (controller.mode == Mode.FINISH)),
            update.finishing.eq(controller.mode == Mode.FINISH),
            update.subtract.eq(schedule.subtract),
            update.origin_zero.eq(schedule.origin_zero),
            update.top.eq(schedule.top),
            update.final.eq(schedule.final),
            update.states.eq(reader.o),
            update.origin.eq(read.data),
            write.addr.eq(update.address),
            write.data.eq(update.data),
            write.en.eq(update.enable),
            readout.bit.eq(bits[0]),
            readout.reading.eq(reading),
            readout.rewind.eq(controller.rewind),
            readout.begin.eq(controller.begin),
            readout.parity.eq(parity),
            self.y.valid.eq(readout.y.valid),
            self.y.payload.eq(readout.y.payload),
            readout.y.ready.eq(self.y.ready),
        ]

        return m
