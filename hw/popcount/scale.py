"""Take a time step, and scale its channels, or find its token's place in the table."""

from amaranth import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.inputs import Numbers, Tokens
from qrnn_hw.hw.entry import centred
from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.popcount.sizes import PopcountSizes
from qrnn_hw.hw.ports import input_layout


def scaling_cycles(plan: PopcountSizes) -> int:
    """Count the cycles from a transfer to its scaled channels, or its token's address."""
    inputs = plan.model.inputs
    if isinstance(inputs, Tokens):
        return 1 + (0 if plan.shifted_tokens else inputs.width + 1)
    return 1 + inputs.channels * (inputs.factor_bits + 1)


class Scale(wiring.Component):
    """Scale the inputs of the next step while the core computes the present one.

    A channel is multiplied by its gain one bit a cycle; of a token, the address of its first unit
    in the table is made the same way, or by putting bits side by side where d is a power of two.
    Latency: :func:`scaling_cycles` from a transfer on ``x`` to ``valid``. Throughput: the next
    transfer follows ``take``.

    Parameters
    ----------
    plan
        Gains and formats.

    Members
    -------
    x : In(stream.Signature(input_layout(plan.model)))
        Time steps.
    valid : Out(1)
        A time step is ready.
    last, parity : Out(1)
        It ends its sequence; the parity of the step it belongs to.
    take : In(1)
        The step begins: show what was ready.
    channel : In(range(plan.pace))
        Channel to show, with a cycle's delay.
    scaled : Out
        The channel of the present step, or the token's address.
    """

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        self.tokens = isinstance(plan.model.inputs, Tokens)
        size = plan.bounds.scaled
        shape = unsigned(size.unsigned) if self.tokens else signed(size.signed)
        if self.tokens and plan.shifted_tokens:
            shape = unsigned(plan.input_address_bits)
        super().__init__(
            {
                "x": In(stream.Signature(input_layout(plan.model))),
                **dict.fromkeys(("valid", "last", "parity"), Out(1)),
                "take": In(1),
                "channel": In(range(plan.pace)),
                "scaled": Out(shape),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        model = self.plan.model

        ended = Signal(init=1)  # so that the first step is odd
        following = Signal()  # parity of the next transfer's step
        idle, done = signals("idle done")
        accept = Signal()
        m.d.comb += [self.x.ready.eq(idle & ~self.valid), accept.eq(self.x.valid & self.x.ready)]
        if model.parities == 2:
            m.d.comb += following.eq(ended | ~self.parity)
        with m.If(accept):
            m.d.sync += [
                self.last.eq(self.x.payload.last),
                ended.eq(self.x.payload.last),
                self.parity.eq(following),
            ]
        with m.If(done):
            m.d.sync += self.valid.eq(1)
        with m.Elif(self.take):
            m.d.sync += self.valid.eq(0)

        if self.tokens and self.plan.shifted_tokens:
            self._join(m, accept, idle, done)
        else:
            self._multiply(m, accept, following, idle, done)
        return m

    def _join(self, m: Module, accept: Signal, idle: Signal, done: Signal) -> None:
        """Show a token, its parity above and zeros below."""
        token = Signal(self.plan.model.inputs.width, reset_less=True)
        zeros = self.plan.model.hidden.bit_length() - 1
        m.d.comb += [idle.eq(1), done.eq(accept)]
        with m.If(accept):
            m.d.sync += token.eq(self.x.payload.data)
        with m.If(self.take):
            m.d.sync += self.scaled.eq(Cat(token, self.parity) << zeros)

    def _factors(self) -> tuple[int, list[int], list[int], int]:
        """List bits of a factor; by parity, what the sum starts at, and the other factor; shift."""
        inputs = self.plan.model.inputs
        if isinstance(inputs, Tokens):
            width, table = inputs.width, inputs.table[0].size
            starts = [p * table << width for p in range(inputs.parities)]
            return width, starts, [inputs.hidden << width] * inputs.parities, 0
        bits, half = inputs.factor_bits, 1 << inputs.gain_frac - 1
        gains = list(map(int, inputs.gain))
        return bits, [half] * inputs.parities, gains, inputs.gain_frac - bits

    def _multiply(
        self, m: Module, accept: Signal, following: Signal, idle: Signal, done: Signal
    ) -> None:
        """Multiply channel after channel; the sum moves right, because low bits cannot change."""
        inputs, channels = self.plan.model.inputs, self.plan.pace
        bits, starts, gains, fraction = self._factors()

        largest = max(starts) + 2 * max(gains)
        total = Signal(signed(largest.bit_length() + 1), reset_less=True)
        pending = Signal(channels * bits, reset_less=True)
        left = Signal(range(bits + 1), name="left")
        busy, store = signals("busy store")
        channel = Signal(range(channels))
        start = Mux(following, starts[-1], starts[0])
        addend = Mux(pending[0], Mux(self.parity, gains[-1], gains[0]), 0)
        m.d.comb += [
            idle.eq(~busy),
            done.eq(store & (channel == channels - 1)),
        ]
        m.d.sync += store.eq(busy & ~store & (left == 1))  # the last bit is being added
        with m.If(accept):
            given = [Value.cast(self.x.payload.data)]
            if isinstance(inputs, Numbers):
                given = centred(inputs, self.x.payload.data)
            m.d.sync += [busy.eq(1), pending.eq(Cat(given)), channel.eq(0)]
        with m.If(accept | (store & ~done)):
            m.d.sync += [total.eq(start), left.eq(bits)]
        with m.Elif(busy & ~store):
            m.d.sync += [total.eq((total + addend) >> 1), pending.eq(pending >> 1)]
            m.d.sync += left.eq(left - 1)
            if isinstance(inputs, Numbers) and inputs.factor_signed:
                with m.If(left == 1):
                    m.d.sync += total.eq((total - addend) >> 1)
        with m.If(store):
            m.d.sync += channel.eq(channel + 1)
        with m.If(done):
            m.d.sync += busy.eq(0)

        if channels == 1:
            with m.If(self.take):
                m.d.sync += self.scaled.eq(total >> fraction)
            return
        # Two halves: the present step's channels and the next one's.
        place = (channels - 1).bit_length()
        m.submodules.channels = channels = memory.Memory(
            shape=self.scaled.shape(), depth=2 << place, init=[]
        )
        write, read = channels.write_port(), channels.read_port()
        half = Signal()
        with m.If(self.take):
            m.d.sync += half.eq(~half)
        m.d.comb += [
            write.addr.eq(Cat(channel, ~half)),
            write.data.eq(total >> fraction),
            write.en.eq(store),
            read.addr.eq(Cat(self.channel, half)),
            self.scaled.eq(read.data),
        ]
