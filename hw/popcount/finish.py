"""From the sum of a unit to its state: input, activation, scale, rounding, saturation."""

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, with_carry
from qrnn_hw.hw.popcount.bounds import Range
from qrnn_hw.hw.popcount.sizes import PopcountSizes

FACTOR = 16  # bits of an operand that a multiplier takes
ARRIVAL = 1  # cycles from a row of V and its bias to their logit


def finish_cycles(plan: PopcountSizes) -> int:
    """Count the cycles from a unit's sum and term to its state.

    A register each for their sum and the state, and those of the activation and the scale.
    """
    recurrence = plan.model.recurrence
    activation = {"linear": 0, "relu": 1, "modrelu": 3}[recurrence.activation]
    return 1 + activation + (2 if recurrence.multiplier != 1 else 0) + 1


def saturate(value: Value, bits: int) -> Value:
    """Return the signed ``value``, or the nearest that a word of ``bits`` bits holds."""
    if len(value) <= bits:
        return value
    above = value[bits - 1 :]
    fits = ~above.any() | above.all()
    return Mux(fits, value[:bits], Cat((~value[-1]).replicate(bits - 1), value[-1])).as_signed()


def unit_signature(plan: PopcountSizes) -> wiring.Signature:
    """Describe a unit that is finished: its ``index``, its state after the step as ``value``.

    ``feature`` is what the readout sees of it; they are there, for a cycle, with ``enable``.
    """
    return wiring.Signature(
        {
            "index": Out(range(plan.model.hidden)),
            "value": Out(signed(plan.model.state_bits)),
            "feature": Out(plan.feature_planes),
            "enable": Out(1),
        }
    )


class Finish(wiring.Component):
    """Apply what follows the sums, a unit a cycle.

    The multiplier sees unsigned words: a signed value is counted from the lowest one, and what that
    adds is subtracted with the rounding. Latency: :func:`finish_cycles` from ``valid`` to
    ``unit``, ``ARRIVAL`` to ``arrived``. Throughput: a unit, or a class, a cycle.

    Parameters
    ----------
    plan
        Sizes and scales.

    Members
    -------
    sum : In(signed(plan.bounds.sums.signed))
        Sum of a row.
    term : In(signed(plan.bounds.terms.signed))
        What is added to it.
    threshold, offset : In
        Of the unit: a modReLU's threshold, the origin before its shift.
    valid : In(1)
        They are there.
    readout, parity : In(1)
        The row is of V; parity of the step.
    unit : Out(unit_signature(plan))
        A unit that is finished.
    logit : Out(signed(plan.model.logit_bits))
        A row of V, its bias added,
    arrived : Out(1)
        is there; it stays until the next.
    """

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        fields = plan.table_fields
        super().__init__(
            {
                "sum": In(signed(plan.bounds.sums.signed)),
                "term": In(signed(plan.bounds.terms.signed)),
                "threshold": In(signed(fields.get("threshold", 1))),
                "offset": In(signed(fields.get("offset", 1))),
                **dict.fromkeys(("valid", "readout", "parity"), In(1)),
                "unit": Out(unit_signature(plan)),
                "logit": Out(signed(plan.model.logit_bits)),
                "arrived": Out(1),
            }
        )

    @property
    def latency(self) -> int:
        """Cycles from ``valid`` to ``enable``."""
        return finish_cycles(self.plan)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model = self.plan, self.plan.model
        recurrence, bounds = model.recurrence, plan.bounds

        values = Signal(signed((bounds.values | bounds.logits).signed), reset_less=True)
        rows = Mux(self.readout, self.sum, self.sum << recurrence.guard)
        with m.If(self.valid):
            m.d.sync += values.eq((rows if recurrence.guard else self.sum) + self.term)
        m.d.comb += [
            self.logit.eq(values),
            self.arrived.eq(delayed(m, self.valid & self.readout, ARRIVAL, "arrived")),
            self.unit.enable.eq(delayed(m, self.valid & ~self.readout, self.latency, "enable")),
        ]
        last = self.unit.index == model.hidden - 1
        with m.If(self.unit.enable):
            m.d.sync += self.unit.index.eq(Mux(last, 0, self.unit.index + 1))

        value = values[: bounds.values.signed].as_signed()
        size, negative = bounds.values, None
        if recurrence.activation == "relu":
            size = Range(0, max(0, size.high))
            kept = Signal(size.unsigned, reset_less=True)
            m.d.sync += kept.eq(Mux(value < 0, 0, value))
            value = kept
        elif recurrence.activation == "modrelu":
            value, negative, size = self._modrelu(m, value)
        if recurrence.multiplier == 1:
            rounded = self._shift(value)
        else:
            rounded = self._scale(m, value, size)

        final = Signal(signed(model.state_bits), reset_less=True)
        m.d.sync += final.eq(saturate(rounded, model.state_bits))
        m.d.comb += self.unit.value.eq(final)
        if negative is not None:
            minus = delayed(m, negative, self.latency - 3, "minus")
            signs = minus.replicate(model.state_bits)
            turned = Signal(signed(model.state_bits), reset_less=True)
            m.d.sync += turned.eq(with_carry(final ^ signs, Const(0, 1), minus))
            m.d.comb += self.unit.value.eq(turned)
        m.d.comb += self.unit.feature.eq(self._feature(m))

        return m

    def _modrelu(self, m: Module, value: Value) -> tuple[Value, Signal, Range]:
        """Return ``max(0, |value| + threshold)``, two cycles later, and the sign, one later."""
        largest = max(-self.plan.bounds.values.low, self.plan.bounds.values.high, 0)
        reach = int(self.plan.model.bias.max())
        size = Range(0, max(0, largest + reach))
        magnitude = Signal(Range(0, largest).unsigned, reset_less=True)
        negative = Signal()
        threshold = Signal.like(self.threshold, reset_less=True)
        total = Signal(signed(max(len(magnitude) + 1, len(threshold)) + 1))
        kept = Signal(size.unsigned, reset_less=True)
        for delay in range(2):
            later = Signal.like(self.threshold, name=f"threshold_{delay}", reset_less=True)
            m.d.sync += later.eq(threshold if delay else self.threshold)
            threshold = later
        m.d.sync += [
            magnitude.eq(Mux(value < 0, -value, value)),
            negative.eq(value < 0),
            kept.eq(Mux(total < 0, 0, total)),
        ]
        m.d.comb += total.eq(magnitude + threshold)
        return kept, negative, size

    def _shift(self, value: Value) -> Value:
        """Round ``value`` by the shift of the step's parity."""
        model = self.plan.model
        shifts = [model.shift(p) for p in range(model.parities)]
        halves = [1 << shift >> 1 for shift in shifts]
        total = value + Mux(self.parity, halves[-1], halves[0]) if any(halves) else value
        if shifts[0] == shifts[-1]:
            rounded = total >> shifts[0]
        else:
            rounded = Mux(self.parity, total >> shifts[-1], total >> shifts[0])
        return rounded if rounded.shape().signed else Cat(rounded, Const(0, 1)).as_signed()

    def _scale(self, m: Module, value: Value, size: Range) -> Value:
        """Multiply and round, three cycles after ``value`` with the register that follows."""
        recurrence = self.plan.model.recurrence
        multiplier, shift = recurrence.multiplier, recurrence.shift(0)
        correction = 1 << shift >> 1
        width = len(value)
        if size.low < 0:
            value = Cat(value[:-1], ~value[-1])
            correction -= multiplier << width - 1
        # The widest product, rounded: what else the words could hold does not occur.
        total = 0
        for begin in range(0, width, FACTOR):
            part = value[begin : begin + FACTOR]
            product = Signal(len(part) + multiplier.bit_length(), reset_less=True,
                             name=f"product_{begin}")  # fmt: skip
            m.d.sync += product.eq(part * multiplier)
            total = total + (product << begin)
        products = Signal(width + multiplier.bit_length(), reset_less=True)
        m.d.sync += products.eq(total)
        low, high = (size.low * multiplier, size.high * multiplier)
        half = 1 << shift >> 1
        exact = Range(min(0, low + half), max(0, high + half)).signed
        rounded = Signal(signed(max(exact, shift + 1)), name="rounded")
        m.d.comb += rounded.eq(products + correction)
        return rounded >> shift

    def _feature(self, m: Module) -> Value:
        """Return the state less its origin, or the positive part of that."""
        model, value = self.plan.model, self.unit.value
        if model.origin is not None:
            offset = self.offset
            for delay in range(self.latency):
                later = Signal.like(self.offset, name=f"offset_{delay}", reset_less=True)
                m.d.sync += later.eq(offset)
                offset = later
            shifts = [int(shift) for shift in model.origin.shift]
            value = value - Mux(self.parity, offset << shifts[-1], offset << shifts[0])
        if model.readout.relu:
            value = Mux(value < 0, 0, value)
        return value
