"""The word-serial core: a stream of inputs in, a stream of logits out."""

from amaranth import Cat, Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import Parity
from qrnn_hw.hw.ports import core_members
from qrnn_hw.hw.word.control import WordController
from qrnn_hw.hw.word.image import (
    constant_image,
    readout_image,
    row_image,
    share_image,
    token_image,
    unit_image,
)
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.readout import WordReadout
from qrnn_hw.hw.word.scale import Scale
from qrnn_hw.hw.word.source import Source
from qrnn_hw.hw.word.timing import WordTiming
from qrnn_hw.hw.word.transform import Transform
from qrnn_hw.hw.word.walk import place
from qrnn_hw.hw.word.writer import Writer

ROM = {"ram_style": "block", "rom_style": "block"}


class WordCore(wiring.Component):
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

    def __init__(self, plan: WordTiming) -> None:
        self.plan = plan
        super().__init__(core_members(plan.model, plan.trace))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model = self.plan, self.plan.model
        m.submodules.steps = steps = Parity(model.parities)
        m.submodules.control = control = WordController(plan)
        m.submodules.source = source = Source(plan)
        m.submodules.transform = transform = Transform(plan)
        m.submodules.product = product = Product(plan)
        m.submodules.writer = writer = Writer(plan)
        m.submodules.readout = readout = WordReadout(plan)
        m.submodules.words = words = memory.Memory(
            shape=signed(plan.word_bits), depth=plan.words, init=[], attrs={"ram_style": "block"}
        )
        m.submodules.constants = constants = memory.Memory(
            shape=signed(plan.constant_bits), depth=len(constant_image(plan)),
            init=constant_image(plan), attrs={"ram_style": "block"},
        )  # fmt: skip
        word, constant = words.read_port(), constants.read_port()
        index, parity = control.index, steps.parity
        self._inputs(m, control, constants, steps)

        at = Cat(parity, control.row) if model.parities == 2 else control.row
        if plan.counts:
            at = Mux(control.biasing, index, control.row)
        m.d.comb += [
            word.addr.eq(self._address(control)),
            constant.addr.eq(
                Mux(control.reading | control.biasing, at + plan.constant_base, control.slot)
            ),
            source.word.eq(word.data),
            source.constant.eq(constant.data),
            source.inputs.eq(self._rom(m, "rows", plan.input_bits, row_image(plan),
                                       Cat(control.slot[: plan.slot_bits], index))),
            source.readout.eq(self._rom(m, "weights", plan.readout_bits, readout_image(plan),
                                        Cat(index, control.row))),
        ]  # fmt: skip
        if plan.unit_bits:
            of = parity & ~control.start if model.parities == 2 else Cat()
            both = model.origin is not None and plan.biased
            kind = ~(control.reading | control.passing) if both else Cat()
            data = self._rom(m, "units", plan.unit_bits, unit_image(plan), Cat(index, of, kind))
            m.d.comb += source.unit.eq(data << plan.unit_shift)
        if plan.token_bits:
            of = parity if model.parities == 2 else Cat()
            data = self._rom(m, "tokens", plan.token_bits, token_image(plan),
                             Cat(index, of, self.x.payload.data))  # fmt: skip
            m.d.comb += source.token.eq(data << plan.token_shift)

        if plan.decay is not None and len(plan.shares) > 1:
            bits = signed_bits(len(plan.shares) - 1)
            m.d.comb += source.share.eq(self._rom(m, "shares", bits, share_image(plan), index))

        wiring.connect(m, writer.write, words.write_port())
        wiring.connect(m, readout.y, wiring.flipped(self.y))
        for part in (source, product, writer, readout):
            m.d.comb += part.marks.eq(control.marks)
        for part in (product, writer, control):
            m.d.comb += part.parity.eq(parity)
        late = Source.latency  # age of the pass at the butterflies
        m.d.comb += [
            steps.taken.eq(control.begin),
            steps.ends.eq(self.x.payload.last),
            control.valid.eq(self.x.valid),
            control.last.eq(steps.last),
            control.written.eq(writer.written),
            control.compared.eq(readout.compared),
            control.taken.eq(readout.taken),
            self.busy.eq(control.busy),
            source.plane.eq(control.plane),
            source.reading.eq(control.reading),
            transform.i.eq(source.value),
            transform.age.eq(control.age - late),
            transform.final.eq(control.final),
            product.value.eq(source.value),
            product.digit.eq(source.digit),
            writer.passing.eq(control.passing),
            writer.pooling.eq(control.pooling),
            writer.biasing.eq(control.biasing),
            writer.layering.eq(control.layering),
            writer.due.eq(control.due),
            writer.turn.eq(control.turn),
            writer.sum.eq(transform.o),
            writer.total.eq(product.total),
            readout.row.eq(control.row),
            readout.total.eq(product.total),
            readout.offered.eq(control.offered),
            self.trace.enable.eq(writer.state),
            self.trace.address.eq(writer.write.addr),
            self.trace.word.eq(writer.write.data),
        ]
        return m

    def _address(self, control: WordController) -> Value:
        """Return where a word is: of a unit, or of its pool or the layer, or of a bias's pool."""
        plan = self.plan
        number = place(plan, control.index, control.turn)
        if not (plan.pooled or plan.units):
            return number
        if plan.counts:
            number = Mux(control.marks.logit, control.row, number)
        return Cat(number, control.pool & ~control.bias, control.bias)

    def _inputs(
        self, m: Module, control: WordController, constants: memory.Memory, steps: Parity
    ) -> None:
        """Scale numbers; leave a token where it waits until its step has used it."""
        if not isinstance(self.plan.model.inputs, Numbers):
            m.d.comb += [control.scaled.eq(1), self.x.ready.eq(control.ends)]
            return
        m.submodules.scale = scale = Scale(self.plan)
        wiring.connect(m, scale.write, constants.write_port())
        m.d.comb += [
            scale.x.valid.eq(self.x.valid),
            scale.x.payload.eq(self.x.payload),
            self.x.ready.eq(scale.x.ready),
            scale.begin.eq(control.begin),
            scale.ends.eq(control.ends),
            scale.parity.eq(steps.parity),
            control.scaled.eq(scale.valid),
        ]

    @staticmethod
    def _rom(m: Module, name: str, bits: int, image: list[int], address: Value) -> Signal:
        """Build a memory of constants; return what it holds at an address, a cycle later."""
        m.submodules[name] = store = memory.Memory(
            shape=signed(bits), depth=len(image), init=image, attrs=ROM
        )
        read = store.read_port()
        m.d.comb += read.addr.eq(address)
        return read.data
