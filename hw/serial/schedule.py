"""The read side of a pass: which plane is read when, and what the reader does with it."""

from enum import Enum
from typing import Any

from amaranth import Cat, Const, Module, Mux, Signal, Value
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


#: How the reader is told what to do with what the memory shows: the overflow flag is there; a plane
#: of V, whose zeros mask; a sign that masks; no flag is set from now on; a sign, whose opposite is
#: emitted; emit zero, or the bit before again, whatever is there.
READ = wiring.Signature(
    dict.fromkeys(
        ("load_flag", "mask_zero", "mask_negative", "release", "invert", "blank", "hold"), Out(1)
    )
)


def finish_signature(plan: SerialSizes) -> wiring.Signature:
    """Describe the marks of FINISH.

    The origin's plane, or the pool's, is at the memory's output; but it counts as zero, because it
    lies below the origin's least significant bit, or begins a sequence; the word's last bit; only
    of differences: its last bit but one, and but two; and only where a pool leaks: a plane of what
    it loses is there.
    """
    marks = ["subtract", "origin_zero", "final"]
    marks += ["loses"] * (plan.leak > 0) if plan.pool_planes else ["top", "high"]
    return wiring.Signature(dict.fromkeys(marks, Out(1)))


class SerialSchedule(wiring.Component):
    """Address the state memory and steer the reader during a pass.

    A state's flag and sign are read before its planes, and its sign behind them; in a step that
    trusts, the sign that lies behind them. A difference has its sign in place of the flag, and its
    highest plane in that of the sign: the sign is read first, because it masks, or last, where
    nothing is cut. Of a halved transform a dot product begins with as many zeros as bits are
    dropped.

    A plane that is addressed in cycle c of the timeline is at the memory's output in cycle c + 3,
    and the controls below are valid there: what a bit asks for is decoded, then counted, then read,
    a register each. None of them is in the way from one step to the next. In every mode the bits of
    a word leave the reader one a cycle from cycle 6 on; what comes in place of the last one is the
    next word's. In FINISH they leave one every other cycle, between those of the origin; or one
    every third, where a pool leaks.

    Parameters
    ----------
    plan
        Sizes and addresses.

    Members
    -------
    start : In(1)
        Begin a pass; the timeline starts in the next cycle.
    trusting : In(1)
        Only where steps trust: a STEP takes no state to be saturated; held as ``mode``.
    mode : In(Mode)
        Held from ``start`` to the next one.
    parity : In(1)
        Parity of the sequence's last step; held during FINISH.
    sequence : In(1)
        Only of two sequences at once: whose states are read; held as ``mode``.
    rewind : In(1)
        The next plane of V is the first.
    units : In(1)
        Only of a hidden layer: a readout reads its units, in place of states. Taken at ``start``.
    first, adds : In(1)
        Only of pools: they are empty; they take the states. Held during FINISH.
    address : Out
        Read address of the state memory.
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
                **({"trusting": In(1)} if plan.trusts else {}),
                "parity": In(1),
                **({"sequence": In(1)} if plan.at_once > 1 else {}),
                "rewind": In(1),
                **({"units": In(1)} if plan.units else {}),
                **(dict.fromkeys(("first", "adds"), In(1)) if plan.pool_planes else {}),
                "address": Out(range(plan.memory_depth)),
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
        bit, mode = time.bit, Signal(Mode, name="mode")
        trusting = delayed(m, self.trusting, 1, "trusting") if plan.trusts else Const(0)
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

        # What a bit asks for; of a word's bit it is there a cycle later. Of states it may be the
        # next plane, or the sign again, or behind it the next word.
        asked = signals("constant advance loses")
        constant, advance, loses = asked
        state, again, behind = signals("state again behind")
        cycles = range(max(lengths))
        load_flag, mask_zero, mask_negative, release, invert, blank, hold = signals(
            "load_flag mask_zero mask_negative release invert blank hold"
        )
        with m.Switch(mode):
            with m.Case(Mode.STEP):
                m.d.comb += [
                    state.eq(among(bit, cycles[:a])),
                    again.eq(bit == a),
                    behind.eq(bit == a + 1),
                    load_flag.eq((bit == 0) & ~trusting),
                    invert.eq(bit == 1),
                    release.eq(again | ((bit == 0) & trusting)),
                    hold.eq(among(bit, [0, *cycles[a + 2 :]])),
                ]
            with m.Case(Mode.START):
                m.d.comb += [
                    state.eq(among(bit, cycles[begin:end])),
                    release.eq(bit == 0),
                    blank.eq(among(bit, cycles[2:begin] if end > begin else cycles)),
                    hold.eq(among(bit, [0, *cycles[end:]])),
                ]
            with m.Case(Mode.FINISH):
                states_end = beat * a
                planes = [0, 1, *cycles[beat:states_end:beat]]
                if plan.finishes_in_network:
                    drop = plan.halvings
                    of_state = [
                        state.eq(among(bit, [0, *cycles[1 + drop : a + drop]])),
                        again.eq(bit == a + drop),
                        behind.eq(bit == a + 1 + drop),
                        load_flag.eq(bit == 0),
                        blank.eq(among(bit, cycles[1 : 1 + drop])),
                        invert.eq(bit == 1 + drop),
                        release.eq(again),
                        hold.eq(among(bit, [0, *cycles[a + 2 + drop :]])),
                    ]
                    if model.origin is None:
                        m.d.comb += of_state
                    else:
                        # Words of states, and behind each that of their origin.
                        lows = [2 + drop + shift for shift in model.origin.shift.tolist()]
                        own = [range(low, low + plan.origin_bits) for low in lows]
                        below = [range(1, low) for low in lows]
                        above = [[0, *cycles[low + plan.origin_bits :]] for low in lows]

                        def for_parity(places: list[Any]) -> Value:
                            return Mux(self.parity, among(bit, places[-1]), among(bit, places[0]))

                        with m.If(time.word[0]):
                            m.d.comb += [
                                constant.eq(for_parity(own)),
                                advance.eq(constant),
                                release.eq(bit == 0),
                                blank.eq(for_parity(below)),
                                hold.eq(for_parity(above)),
                            ]
                        with m.Else():
                            m.d.comb += of_state
                elif pool is None:
                    m.d.comb += [
                        load_flag.eq(bit == 0),
                        state.eq(among(bit, planes[:-1])),
                        again.eq(bit == planes[-1]),
                        behind.eq(bit == states_end),
                        invert.eq(bit == 1),
                        release.eq(again),
                        hold.eq(among(bit, cycles[states_end + 1 :])),
                        constant.eq(bit[0] & (bit != 1)),
                        advance.eq(moves | time.last),
                    ]
                else:
                    pools_end = beat * (1 + plan.pool_planes)
                    m.d.comb += [
                        load_flag.eq(bit == 0),
                        zero.eq(self.first),
                        constant.eq(among(bit, cycles[beat + 1 : pools_end : beat])),
                        advance.eq(constant),
                    ]
                    hidden = [*cycles[states_end:]]
                    if pool.statistic == "count":  # one bit, the opposite of the sign
                        one = beat * (1 + leak)
                        hidden = [*cycles[:one], *cycles[one + 1 :]]
                        m.d.comb += [
                            state.eq(bit == 0),
                            behind.eq(bit == one),
                            invert.eq(behind),
                        ]
                    else:
                        m.d.comb += [
                            state.eq(among(bit, planes)),
                            invert.eq(bit == 1),
                            mask_negative.eq(bit == 1),
                        ]
                    m.d.comb += blank.eq(~self.adds | among(bit, hidden))
                    if leak:
                        lost = cycles[beat - 1 : pools_end - 1 - beat * leak : beat]
                        m.d.comb += loses.eq(among(bit, lost))
            with m.Case(Mode.READ):
                drop = plan.halvings
                begins, ends = 2 + drop, (a + 2 if pool is None else pool_end) + drop
                state_cycles = [0, 1, *cycles[begins : a + drop]]
                m.d.comb += [
                    state.eq(among(bit, state_cycles if pool is None else cycles[begins:ends])),
                    mask_zero.eq(bit == 1),
                    constant.eq(bit == 1),
                    advance.eq(constant),
                    hold.eq((bit == 0) & (not relu)),
                    blank.eq(among(bit, [*cycles[1:begins], *([0, *cycles[ends:]] * relu)])),
                ]
                if pool is None:
                    m.d.comb += again.eq(bit == a + drop)
                if relu and pool is None:
                    m.d.comb += [load_flag.eq(bit == 0), behind.eq(bit == a + 1 + drop)]
                else:
                    m.d.comb += release.eq(bit == 0)

        # The planes of a pass lie in the order in which they are read.
        states = Signal(range(plan.memory_depth + 1), reset_less=True)
        constants = Signal(range(plan.memory_depth + 1), reset_less=True)
        move = Signal(range(1 - a, plan.state_planes + 1))
        back: ValueLike = 1 - a
        onward: ValueLike = plan.state_planes - 1
        if plan.trusts:
            goes_on = trusting & (mode == Mode.STEP)
            back, onward = Mux(goes_on, 1, back), Mux(goes_on, 1, onward)
        m.d.sync += move.eq(0)
        with m.If(time.active):
            m.d.sync += move.eq(Mux(again, back, Mux(behind, onward, state)))
            if not relu:
                with m.If(reading & (bit == a + 1 + plan.halvings)):
                    m.d.sync += move.eq(-1)
                with m.Elif(reading & time.last):
                    m.d.sync += move.eq(plan.state_planes)
        counts_constant, counts_advance, counts_loses = (
            delayed(m, one & time.active, 1, f"counts_{one.name}") for one in asked
        )
        started, rewound = (
            delayed(m, mark, 1, name)
            for mark, name in ((self.start, "started"), (self.rewind, "rewound"))
        )
        again_finishing = finishing & ~rewound if plan.subtracts_in_fold else Const(0)
        with m.If(started & ~again_finishing):
            bank: ValueLike = 0
            differences: ValueLike = plan.difference_base
            if plan.at_once > 1:  # differences are in place
                bank = differences = Mux(self.sequence, plan.bank, 0)
            if plan.units:
                differences = Mux(self.units, plan.unit_base, differences)
            first = Mux(reading, differences, bank)
            m.d.sync += states.eq(Mux(starting, plan.origin_base[0], first))
            with m.If(finishing):
                base = Mux(self.parity, plan.origin_base[-1], plan.origin_base[0])
                m.d.sync += constants.eq(base if pool is None else differences)
            with m.Elif(rewound):
                m.d.sync += constants.eq(plan.weight_base)
        with m.Else():
            m.d.sync += states.eq(states + move)
            with m.If(counts_advance):
                m.d.sync += constants.eq(constants + 1)
        place: Value = Mux(counts_constant, constants, states)
        if leak:
            place = Mux(counts_loses, constants + leak, place)
        m.d.sync += self.address.eq(place)

        active = time.active
        shown = self.planes_begin + self.latency + 1  # bit 0 at the reader's output
        controls = {
            "load_flag": active & load_flag,
            "mask_zero": active & mask_zero,
            "mask_negative": active & mask_negative,
            "release": active & release,
            "invert": active & invert,
            "blank": blank,
            "hold": hold,
            "subtract": active & finishing & constant,
            "origin_zero": zero,
            "final": active & finishing & (bit == plan.finish_word - 1),
        }
        if leak:
            controls["loses"] = active & finishing & loses
        if pool is None:
            controls["top"] = active & finishing & (bit == plan.finish_word - 3)
            controls["high"] = active & finishing & (bit == plan.finish_word - 5)
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
