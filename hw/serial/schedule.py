"""The read side of a pass: which plane is read when, and what the reader does with it."""

from enum import Enum

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import among, delayed, signals
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import Timeline


class Mode(Enum):
    """What a pass does with the words of the state memory."""

    #: Transform the states: every step but the first.
    STEP = 0
    #: Transform the origin, with which a sequence starts.
    START = 1
    #: Subtract the origin from the states before a readout: in place, or to another. Where they
    #: are pooled, add them to the pools, after every step.
    FINISH = 2
    #: Sum the pools, or the states less their origin, cut or not, under one plane of a row of V.
    READ = 3


#: How the reader is told what to do with what the memory shows: the overflow flag, the sign, a
#: plane of V is there; emit zero, or the sign, whatever is there; of a READ without a cut, emit the
#: bit before again.
READ = wiring.Signature(
    dict.fromkeys(("load_flag", "load_sign", "mask_flag", "blank", "extend", "hold"), Out(1))
)


def finish_signature(plan: SerialSizes) -> wiring.Signature:
    """Describe the marks of FINISH.

    The origin's plane, or the pool's, is at the memory's output; but it counts as zero, because it
    lies below the origin's least significant bit, or begins a sequence; the word's last bit but
    one; its last bit; and only where a pool leaks: a plane of what it loses is there.
    """
    marks = ["subtract", "origin_zero", "top", "final", *(["loses"] if plan.leak else [])]
    return wiring.Signature(dict.fromkeys(marks, Out(1)))


class SerialSchedule(wiring.Component):
    """Address the state memory and steer the reader during a pass.

    The sign of a difference lies before its planes, because it masks them; where nothing is cut,
    it lies behind them, is read on to the end of the word, and held while the next word begins.
    Of a halved transform a dot product begins with as many zeros as bits are dropped.

    A plane that is addressed in cycle c of the timeline is at the memory's output in cycle c + 3,
    and the controls below are valid there: what a bit asks for is decoded, then counted, then read,
    a register each. None of them is in the way from one step to the next. In every mode the bits of
    a word leave the reader one a cycle from cycle 6 on, but for FINISH: one every other cycle,
    between those of the origin; or one every third, where a pool leaks.

    Parameters
    ----------
    plan
        Sizes and addresses.

    Members
    -------
    start : In(1)
        Begin a pass; the timeline starts in the next cycle.
    mode : In(Mode)
        Held from ``start`` to the next one.
    parity : In(1)
        Parity of the sequence's last step; held during FINISH.
    rewind : In(1)
        The next plane of V is the first.
    units : In(1)
        Only of a hidden layer: a readout reads its units, in place of states. Taken at ``start``.
    first, adds : In(1)
        Only of pools: they are empty; they take the states. Held during FINISH.
    address : Out
        Read address of the state memory.
    passing : Out(Mode)
        Of the pass, for the reader.
    read : Out(READ), finish : Out(finish_signature(plan))
        For the reader, and for the update unit; valid with the memory's output.
    lanes_clear : Out(1)
        Carries of the network must be zero after this cycle; valid with the reader's output.
    ones : Out(plan.offset_bits)
        Only of a halved transform: bits that it adds to states; valid with the reader's output.
    """

    planes_begin = 2  # cycles of a word in which its flag and its sign are addressed
    latency = 3

    def __init__(self, plan: SerialSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "start": In(1),
                "mode": In(Mode),
                "parity": In(1),
                "rewind": In(1),
                **({"units": In(1)} if plan.units else {}),
                **(dict.fromkeys(("first", "adds"), In(1)) if plan.pool_planes else {}),
                "address": Out(range(plan.memory_depth)),
                "passing": Out(Mode),
                "read": Out(READ),
                "finish": Out(finish_signature(plan)),
                "lanes_clear": Out(1),
                **({"ones": Out(plan.offset_bits)} if plan.offset_bits else {}),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model = self.plan, self.plan.model
        a, relu, pool = model.state_bits, model.readout.relu, model.readout.pool
        pool_end, leak, beat = 2 + plan.pool_planes, plan.leak, plan.pool_reads

        lengths = (plan.word, plan.finish_word, plan.read_word)
        m.submodules.timeline = time = Timeline(plan.folds, lengths)
        bit, mode = time.bit, self.passing
        m.d.sync += mode.eq(self.mode)
        starting, finishing, reading = signals("starting finishing reading")
        m.d.comb += [
            starting.eq(mode == Mode.START),
            finishing.eq(mode == Mode.FINISH),
            reading.eq(mode == Mode.READ),
            time.start.eq(self.start),
            time.kind.eq(Cat(finishing, reading)),
        ]

        # In cycle 2 + j of a word its plane j is addressed; in FINISH in cycle 2 + 2 j, followed
        # by the origin's in 3 + 2 j: zero below its least significant plane, its sign above; or by
        # the pool's. Where that leaks, its plane j + leak comes before both, and they in 3 + 3 j
        # and 4 + 3 j.
        begin = end = 2
        zero = Signal(init=1)
        moves = Signal()
        if model.origin is not None:
            bits, shifts = model.origin.bits, model.origin.shift.tolist()
            begin += shifts[0]
            end = begin + bits
            below = [range(3, 3 + 2 * shift, 2) for shift in shifts]
            within = [range(3 + 2 * shift, 1 + 2 * (shift + bits), 2) for shift in shifts]
            m.d.comb += [
                zero.eq(Mux(self.parity, among(bit, below[-1]), among(bit, below[0]))),
                moves.eq(Mux(self.parity, among(bit, within[-1]), among(bit, within[0]))),
            ]

        # What a bit asks for; of a word's bit it is there a cycle later.
        asked = signals("state constant advance loses")
        state, constant, advance, loses = asked
        cycles = range(max(lengths))
        load_sign, blank, extend = signals("load_sign blank extend")
        with m.Switch(mode):
            with m.Case(Mode.STEP):
                m.d.comb += [
                    state.eq(among(bit, cycles[: a + 1])),
                    load_sign.eq(bit == 1),
                    extend.eq(among(bit, [0, 1, *cycles[a + 1 :]])),
                ]
            with m.Case(Mode.START):
                m.d.comb += [
                    state.eq(among(bit, cycles[begin:end])),
                    load_sign.eq(bit == end - 1),
                    blank.eq(among(bit, cycles[2:begin] if end > begin else cycles)),
                    extend.eq(among(bit, [0, 1, *cycles[end:]])),
                ]
            with m.Case(Mode.FINISH):
                states_end = beat * a
                m.d.comb += [
                    state.eq(among(bit, [0, 1, *cycles[beat:states_end:beat]])),
                    load_sign.eq(bit == 1),
                ]
                if pool is None:
                    m.d.comb += [
                        extend.eq(among(bit, cycles[2 * a :])),
                        constant.eq(bit[0] & (bit != 1)),
                        advance.eq(moves | time.last),
                    ]
                else:  # a count takes one bit, the opposite of the sign
                    counts, one = pool.statistic == "count", beat * (1 + leak)
                    hidden = [*cycles[states_end:]]
                    if counts:
                        hidden = [*cycles[beat:one], *cycles[one + 1 :]]
                    pools_end = beat * (1 + plan.pool_planes)
                    m.d.comb += [
                        zero.eq(self.first),
                        extend.eq(counts & (bit == one)),
                        blank.eq(~self.adds | among(bit, hidden)),
                        constant.eq(among(bit, cycles[beat + 1 : pools_end : beat])),
                        advance.eq(constant),
                    ]
                    if leak:
                        lost = cycles[beat - 1 : pools_end - 1 - beat * leak : beat]
                        m.d.comb += loses.eq(among(bit, lost))
            with m.Case(Mode.READ):
                begun, ends = ([0], a + 2) if pool is None else ([], pool_end)
                begins, ends = 2 + plan.halvings, ends + plan.halvings
                m.d.comb += [
                    state.eq(among(bit, [*begun, *cycles[begins:ends]])),
                    load_sign.eq(bit == 1),
                    constant.eq(bit == 1),
                    advance.eq(constant),
                ]
                beyond = [0, 1, *cycles[ends:]] if relu else []
                m.d.comb += blank.eq(among(bit, [*cycles[2:begins], *beyond]))

        # The planes of a pass lie in the order in which they are read.
        states = Signal(range(plan.memory_depth + 1), reset_less=True)
        constants = Signal(range(plan.memory_depth + 1), reset_less=True)
        counts_state, counts_constant, counts_advance, counts_loses = (
            delayed(m, one & time.active, 1, f"counts_{one.name}") for one in asked
        )
        started, rewound = (
            delayed(m, mark, 1, name)
            for mark, name in ((self.start, "started"), (self.rewind, "rewound"))
        )
        with m.If(started):
            differences: ValueLike = plan.difference_base
            if plan.units:
                differences = Mux(self.units, plan.unit_base, plan.difference_base)
            m.d.sync += states.eq(Mux(starting, plan.origin_base[0], Mux(reading, differences, 0)))
            with m.If(finishing):
                base = Mux(self.parity, plan.origin_base[-1], plan.origin_base[0])
                m.d.sync += constants.eq(base if pool is None else differences)
            with m.Elif(rewound):
                m.d.sync += constants.eq(plan.weight_base)
        with m.Else():
            with m.If(counts_state):
                m.d.sync += states.eq(states + 1)
            with m.If(counts_advance):
                m.d.sync += constants.eq(constants + 1)
        place: Value = Mux(counts_constant, constants, states)
        if leak:
            place = Mux(counts_loses, constants + leak, place)
        m.d.sync += self.address.eq(place)

        active = time.active
        shown = self.planes_begin + self.latency + 1  # bit 0 at the reader's output
        controls = {
            "load_flag": active & (bit == 0),
            "load_sign": active & load_sign,
            "mask_flag": active & reading & constant,
            "blank": blank,
            "extend": extend,
            "hold": reading & (bit <= 1),
            "subtract": active & finishing & constant,
            "origin_zero": zero,
            "final": bit == plan.finish_word - 1,
            "top": bit == plan.finish_word - 3,
            **({"loses": active & finishing & loses} if leak else {}),
        }
        for name, value in controls.items():
            port = getattr(self.read if name in READ.members else self.finish, name)
            m.d.comb += port.eq(delayed(m, value, self.latency, name))
        m.d.comb += self.lanes_clear.eq(delayed(m, time.clear, shown, "lanes_clear"))
        for j in range(plan.offset_bits):
            apart = max(1, (16 << 2 * j) // plan.lanes)  # words that have such units
            one = active & (starting | (mode == Mode.STEP)) & (bit == j)
            if apart > 1:
                one = one & (time.word & apart - 1 == 0)
            m.d.comb += self.ones[j].eq(delayed(m, one, shown, f"one_{j}"))

        return m
