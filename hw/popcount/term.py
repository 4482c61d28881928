"""What is added to the sums: constants, and the terms of the input, unit after unit."""

from amaranth import Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.gates import delayed, signals
from qrnn_hw.hw.popcount.bounds import Range
from qrnn_hw.hw.popcount.image import input_image, table_image
from qrnn_hw.hw.popcount.sizes import PopcountSizes


def term_cycles(plan: PopcountSizes) -> int:
    """Count the cycles from a start to the first unit's term, with one channel.

    One to address the memories, which take one; one to multiply, and one to add. What is multiplied
    is in registers before, as a block RAM and a multiplier are long paths by themselves.
    """
    return 4 + _operands(plan)


def _operands(plan: PopcountSizes) -> int:
    """Count the registers between memories and multiplier: tokens have none."""
    return 0 if isinstance(plan.model.inputs, Tokens) else 1


class Term(wiring.Component):
    """Multiply and accumulate the channels of a unit, or look its token up, onto its constant.

    Latency: :func:`term_cycles` from ``start`` to the first ``valid`` with one channel, one more
    with each other channel. Throughput: a channel a cycle; ``start`` may follow every
    ``rows * pace`` cycles.

    Parameters
    ----------
    plan
        Sizes, constants, weights.

    Members
    -------
    rewind : In(1)
        A pass begins; ``readout`` and ``parity`` are set.
    readout, parity : In(1)
        Constants are those of classes; parity of the step.
    start : In(1)
        The next group is due: ``rows`` units, fewer at the end of a step; of a readout, a class.
    channel : Out(range(plan.pace))
        Channel whose scaled input is needed in the next cycle.
    scaled : In
        It; or the address of the token's first unit.
    o : Out(signed(plan.bounds.terms.signed))
        Constant and term of a unit.
    threshold, offset : Out
        A modReLU's threshold, and the origin, of that unit.
    valid : Out(1)
        They are there, for a cycle.
    """

    def __init__(self, plan: PopcountSizes, scaled: Signal) -> None:
        self.plan = plan
        fields = plan.table_fields
        super().__init__(
            {
                **dict.fromkeys(("rewind", "readout", "parity", "start"), In(1)),
                "channel": Out(range(plan.pace)),
                "scaled": In(scaled.shape()),
                "o": Out(signed(plan.bounds.terms.signed)),
                "threshold": Out(signed(fields.get("threshold", 1))),
                "offset": Out(signed(fields.get("offset", 1))),
                "valid": Out(1),
            }
        )

    @property
    def latency(self) -> int:
        """Cycles from ``start`` to ``valid``, with one channel."""
        return term_cycles(self.plan)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model = self.plan, self.plan.model
        d, parities, classes = model.hidden, model.parities, model.classes

        layout = data.StructLayout({name: signed(w) for name, w in plan.table_fields.items()})
        m.submodules.table = table = memory.Memory(
            shape=layout,
            depth=plan.table_depth,
            init=table_image(plan),
            attrs={"ram_style": "block", "rom_style": "block"},
        )
        fields = table.read_port()

        # Walk through channels and units.
        address = Signal(range(plan.table_depth + 1))
        row = Signal(range(plan.rows))
        active, ends = signals("active ends")
        m.d.comb += [
            fields.addr.eq(address),
            ends.eq(active & (self.readout | (self.channel == plan.pace - 1))),
        ]
        with m.If(active):
            m.d.sync += self.channel.eq(self.channel + 1)
        with m.If(ends):
            m.d.sync += [self.channel.eq(0), address.eq(address + 1), row.eq(row + 1)]
            last = address == Mux(self.parity, parities * d - 1, d - 1)
            with m.If(self.readout | (row == plan.rows - 1) | last):
                m.d.sync += [active.eq(0), row.eq(0)]
        with m.If(self.start):
            m.d.sync += active.eq(1)
        with m.If(self.rewind):
            begin = Mux(self.parity, (parities - 1) * d, 0)
            outputs = Mux(self.parity, parities * d + (parities - 1) * classes, parities * d)
            m.d.sync += address.eq(Mux(self.readout, outputs, begin))

        product = self._products(m, fields.data, active)
        table_word = fields.data
        if _operands(plan):
            table_word = Signal(layout, name="table_word", reset_less=True)
            m.d.sync += table_word.eq(fields.data)
        behind = 2 + _operands(plan)  # cycles from an address to its product

        # The constant is where the first product is added to; a class has no product.
        constant = Signal(signed(plan.table_fields["constant"]), name="constant", reset_less=True)
        first = Signal()
        arrived = delayed(m, ends, behind, "arrived")
        m.d.sync += [constant.eq(table_word.constant), self.valid.eq(arrived)]
        if plan.pace == 1:
            m.d.sync += self.o.eq(constant + product)
        else:
            m.d.comb += first.eq(delayed(m, self.channel == 0, behind, "first"))
            m.d.sync += self.o.eq(Mux(first, constant, self.o) + product)
        for name in ("threshold", "offset"):
            if name in plan.table_fields:
                later = Signal(signed(plan.table_fields[name]), name=name, reset_less=True)
                m.d.sync += [later.eq(table_word[name]), getattr(self, name).eq(later)]

        return m

    def _products(self, m: Module, fields: data.View, active: Signal) -> Signal:
        """Return the registered products, in the same cycle as their unit's constant."""
        plan, inputs = self.plan, self.plan.model.inputs
        if not isinstance(inputs, Tokens) and plan.pace == 1:
            return self._multiplied(m, fields.u)

        image = input_image(plan)
        m.submodules.weights = weights = memory.Memory(
            shape=signed(Range(min(image), max(image)).signed),
            depth=plan.input_depth,
            init=image,
            attrs={"ram_style": "block", "rom_style": "block"},
        )
        read = weights.read_port()
        address = Signal(plan.input_address_bits)
        m.d.comb += read.addr.eq(address)
        with m.If(active & ~self.readout):
            m.d.sync += address.eq(address + 1)
        if not isinstance(inputs, Tokens):
            # Past the weights lies a zero, for the classes.
            with m.If(self.rewind):
                m.d.sync += address.eq(Mux(self.readout, inputs.u.size, 0))
            return self._multiplied(m, read.data)

        with m.If(self.rewind):
            m.d.sync += address.eq(self.scaled)
        shifts = [int(shift) for shift in inputs.table_shift]
        product = Signal(signed(len(read.data) + max(shifts)), reset_less=True)
        shifted = Mux(self.parity, read.data << shifts[-1], read.data << shifts[0])
        m.d.sync += product.eq(Mux(self.readout, 0, shifted))
        return product

    def _multiplied(self, m: Module, u: Value) -> Signal:
        """Return a coefficient times the scaled input, two cycles later: operands, product."""
        coefficient = Signal.like(u, name="coefficient", reset_less=True)
        factor = Signal.like(self.scaled, name="factor", reset_less=True)
        product = Signal(signed(len(u) + len(factor)), name="product", reset_less=True)
        m.d.sync += [
            coefficient.eq(u),
            factor.eq(self.scaled),
            product.eq(coefficient * factor),
        ]
        return product
