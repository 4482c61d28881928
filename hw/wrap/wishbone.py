"""A core behind the registers of a Wishbone slave."""

from amaranth import C, Cat, DomainRenamer, Module, Mux, Shape, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.wrap.bus import drive_domain
from qrnn_hw.hw.wrap.registers import (
    ADDRESS_BITS,
    ID,
    VERSION,
    WAITING,
    WORD,
    Control,
    Register,
    Result,
    Status,
)

ALL_BYTES = 0xF
DEPTH = 256  # logits that wait; a block RAM has no less


def _place(flag: int) -> int:
    """Return the number of a flag's bit."""
    return flag.bit_length() - 1


class Wishbone(wiring.Component):
    """Let a Wishbone B4 master write steps and read logits: standard classic cycles.

    A port of 32 bits and granularity 32, as of chapters 2 and 3 of the specification: RST_I is
    synchronous (3.1.1); ACK_O or ERR_O, never both, end every cycle (3.1.3), single reads and
    writes (3.2) and the phases of a block (3.3) alike. ERR_O and nothing else answers an address
    that the map lacks, a write of less than four bytes, a write to what is only read, and a read
    of what is only written. Registers and their bits are in :mod:`qrnn_hw.hw.wrap.registers`, and
    ``docs/embedding.md`` has the table.

    Nothing is lost silently. A step or weight that is written while the last one waits for the core
    is dropped and sets ``Status.OVERFLOW``; a read of ``RESULT`` while there is none gives zero and
    sets ``Status.UNDERRUN``. Results that nobody reads stop the core, which then takes no steps.

    Latency: ACK_O comes in the cycle after STB_I; a logit can be read two cycles after the core
    gave it. Throughput: a register every two cycles.

    Parameters
    ----------
    core
        The core, with streams ``x`` and ``y``, ``busy``, and ``w`` if its weights are loaded.
    model
        Its model.

    Members
    -------
    clk_i, rst_i : In(1)
        Clock and reset.
    cyc_i, stb_i, we_i : In(1), adr_i : In(8), sel_i : In(4), dat_i : In(32)
        From the master; ``adr_i`` counts bytes, and its two lowest bits do not matter.
    ack_o, err_o : Out(1), dat_o : Out(32)
        To the master.
    irq_o : Out(1)
        A result waits.
    """

    def __init__(self, core: wiring.Component, model: IntegerModel) -> None:
        self.core = core
        self.model = model
        self.loaded = "w" in core.signature.members
        super().__init__(
            {
                "clk_i": In(1),
                "rst_i": In(1),
                "cyc_i": In(1),
                "stb_i": In(1),
                "we_i": In(1),
                "adr_i": In(ADDRESS_BITS),
                "sel_i": In(4),
                "dat_i": In(WORD),
                "ack_o": Out(1),
                "err_o": Out(1),
                "dat_o": Out(WORD),
                "irq_o": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        reset = Signal()
        drive_domain(m, "sync", self.clk_i, self.rst_i)
        # All that holds a step or a result forgets it at a reset by CONTROL, too.
        drive_domain(m, "core", self.clk_i, self.rst_i | reset)
        m.submodules.core = core = DomainRenamer("core")(self.core)

        ended, good = signals("ended good")
        request = Signal()
        m.d.comb += [
            request.eq(self.cyc_i & self.stb_i & ~ended),
            self.ack_o.eq(self.cyc_i & self.stb_i & ended & good),
            self.err_o.eq(self.cyc_i & self.stb_i & ended & ~good),
        ]
        m.d.sync += ended.eq(request)

        overflow, underrun = signals("overflow underrun")
        steps = self._steps(m, core)
        reads, pop, waiting = self._results(m, core)
        writes: dict[int, Value] = {Register.CONTROL: Signal(name="control")}
        writes |= {Register.STATUS: Signal(name="status"), **steps}
        ready = {Status.INPUT_READY: ~core.x.valid}
        if self.loaded:
            writes[Register.WEIGHT] = self._weight(m, core)
            ready[Status.WEIGHT_READY] = ~core.w.valid
        status = Signal(WORD)
        for flag, value in {
            Status.BUSY: self._busy(m, core),
            Status.RESULT: waiting != 0,
            Status.OVERFLOW: overflow,
            Status.UNDERRUN: underrun,
            **ready,
        }.items():
            m.d.comb += status[_place(flag)].eq(value)
        m.d.comb += [status[WAITING:].eq(waiting), self.irq_o.eq(waiting != 0)]
        reads |= {
            Register.ID: C(ID, WORD),
            Register.VERSION: C(VERSION, WORD),
            Register.DIGEST_HIGH: C(int(self.model.digest[:8], 16), WORD),
            Register.DIGEST_LOW: C(int(self.model.digest[8:16], 16), WORD),
            Register.SHAPE: C(self.model.inputs.width | self.model.classes << 16, WORD),
            Register.STATUS: status,
        }

        # Read: dat_o is a register, and holds until the next read.
        found, place = Signal(), self.adr_i[2:]
        with m.Switch(Cat(self.we_i, place)):
            for address, value in reads.items():
                with m.Case(address >> 1):
                    m.d.comb += found.eq(1)
                    with m.If(request):
                        m.d.sync += self.dat_o.eq(value)
            for address, strobe in writes.items():
                with m.Case(address >> 1 | 1):
                    m.d.comb += found.eq(self.sel_i == ALL_BYTES)
                    m.d.comb += strobe.eq(request & (self.sel_i == ALL_BYTES))
        m.d.sync += good.eq(found)

        popped = request & ~self.we_i & (place == Register.RESULT >> 2)
        lost = [strobe & core.x.valid & ~core.x.ready for strobe in steps.values()]
        if self.loaded:
            lost.append(writes[Register.WEIGHT] & core.w.valid & ~core.w.ready)
        m.d.comb += [
            reset.eq(writes[Register.CONTROL] & (self.dat_i & Control.RESET).any()),
            pop.eq(popped),
        ]
        cleared = self.dat_i & writes[Register.STATUS].replicate(WORD)
        with m.If((cleared & Status.OVERFLOW).any() | reset):
            m.d.sync += overflow.eq(0)
        with m.Elif(Cat(lost).any()):
            m.d.sync += overflow.eq(1)
        with m.If((cleared & Status.UNDERRUN).any() | reset):
            m.d.sync += underrun.eq(0)
        with m.Elif(popped & (waiting == 0)):
            m.d.sync += underrun.eq(1)
        return m

    def _steps(self, m: Module, core: wiring.Component) -> dict[int, Value]:
        """Gather the words of a step; return the strobe of each address.

        The highest word makes the step whole, and so it has two addresses: ``INPUT_LAST`` ends the
        sequence. While the core has not taken a step, no word of the next one is accepted.
        """
        x = core.x.payload
        bits = Value.cast(x.data)
        step = Signal(len(bits), reset_less=True)
        words = -(-len(bits) // WORD)
        last = Signal(reset_less=True)
        valid = Signal(name="step_valid")
        strobes = {Register.INPUT + 4 * n: Signal(name=f"input_{n}") for n in range(words)}
        end = strobes[Register.INPUT_LAST] = Signal(name="input_last")
        highest = strobes[Register.INPUT + 4 * (words - 1)] | end
        free = ~valid | core.x.ready
        m.d.comb += [core.x.valid.eq(valid), bits.eq(step), x.last.eq(last)]
        with m.If(core.x.ready):
            m.d.core += valid.eq(0)
        for n in range(words):
            strobe = highest if n == words - 1 else strobes[Register.INPUT + 4 * n]
            with m.If(strobe & free):
                m.d.core += step[n * WORD : (n + 1) * WORD].eq(self.dat_i)
        with m.If(highest & free):
            m.d.core += [valid.eq(1), last.eq(end)]
        return strobes

    def _weight(self, m: Module, core: wiring.Component) -> Value:
        """Hold a weight for the core; return the strobe that brings one."""
        strobe = Signal(name="weight")
        valid = Signal(name="weight_valid")
        weight = Signal(len(core.w.payload), reset_less=True)
        m.d.comb += [core.w.valid.eq(valid), core.w.payload.eq(weight)]
        with m.If(core.w.ready):
            m.d.core += valid.eq(0)
        with m.If(strobe & (~valid | core.w.ready)):
            m.d.core += [valid.eq(1), weight.eq(self.dat_i)]
        return strobe

    def _results(self, m: Module, core: wiring.Component) -> tuple[dict[int, Value], Signal, Value]:
        """Queue the logits; return registers that show the first, what drops it, and the count."""
        y = core.y.payload
        width = Shape.cast(y.shape()).width
        fifo = DomainRenamer("core")(SyncFIFOBuffered(width=width, depth=DEPTH))
        m.submodules.results = fifo
        first = y.shape()(fifo.r_data)
        pop = Signal()
        logit = Signal(first.data.shape(), name="logit")
        m.d.comb += [
            fifo.w_data.eq(y),
            fifo.w_en.eq(core.y.valid),
            core.y.ready.eq(fifo.w_rdy),
            fifo.r_en.eq(pop),
            # What is not there reads as zero.
            logit.eq(first.data & fifo.r_rdy.replicate(len(first.data))),
        ]
        wide = Signal(signed(2 * WORD))
        m.d.comb += wide.eq(logit)
        found = Signal(WORD, name="result_class")
        m.d.comb += [
            found[: len(first.user)].eq(first.user),
            found[_place(Result.LAST)].eq(first.last),
            found[_place(Result.VALID)].eq(1),
        ]
        reads: dict[int, Value] = {
            Register.RESULT: wide[:WORD],
            Register.RESULT_HIGH: wide[WORD:],
            Register.RESULT_CLASS: found & fifo.r_rdy.replicate(WORD),
        }
        # One that is still on its way through the memory does not count.
        return reads, pop, Mux(fifo.r_rdy, fifo.level, 0)

    def _busy(self, m: Module, core: wiring.Component) -> Value:
        """Tell whether the core works, or is about to: it is busy some cycles after a step."""
        taken = Signal()
        with m.If(core.x.valid & core.x.ready):
            m.d.core += taken.eq(1)
        with m.Elif(core.busy):
            m.d.core += taken.eq(0)
        return core.x.valid | taken | core.busy
