"""The end of a step: add the input, round, detect overflow, and write the state's planes."""

from amaranth import Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, majority, signals, union, union_latency, unless
from qrnn_hw.hw.serial.schedule import finish_signature
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline


class SerialUpdate(wiring.Component):
    """Add the terms to the signed transform and write the planes that rounding keeps.

    The bits below the shift fall away. The planes above the state's sign must equal it, or the
    flag is set; the sign that is written is the sum's, so that the reader can saturate. Latency:
    two cycles from the bits to the write port, one more for the flag, which follows the sign.
    Passes follow each other every ``plan.occupied_cycles`` or later: the flag of the last word is
    written before the first plane of the next pass, and the address goes back between them.

    Where the sum's sign is the next bit above the state's, the flag tells that these differ, and is
    written first; the last sum stays a cycle longer, to be written behind it::

        in the register of sums      ..  state's sign    sum's sign      sum's sign      (next word)
        at the write port                top plane       state's sign    they differ     sum's sign

    Where steps trust each other, the sign as it is without overflow is written behind the planes,
    and stays there; and ``told`` tells, ``union_latency(lanes)`` cycles after the last flag,
    whether any was set.

    In FINISH the same port subtracts the origin from the states, two cycles a bit: the differences
    have one bit more than the states, and take the place of planes, sign and flag, or another. Or
    it adds the states to pools, less what these lose, and writes them where they were read. Or it
    writes what the network makes of the states, ``plan.finishes_in_network``.

    Parameters
    ----------
    plan
        Sizes and addresses.
    time
        The output timeline.

    Members
    -------
    ahead, writes, parity : In(1)
        The timeline begins in two cycles; its pass writes states; parity of its step.
    sequence : In(1)
        Only of two sequences at once: whose states are written; held as ``parity``.
    void : In(1)
        Only where steps trust: the pass in the timeline writes no more.
    told, saturated : Out(1)
        Only where steps trust: the flags of a pass are known; one was set.
    network, terms, negative : In(plan.lanes)
        Bits of the transform, of what is added, and the signs; two cycles behind the timeline.
    begin, finishing : In(1), finish : In(finish_signature(plan))
        A FINISH pass starts; it goes on; and the schedule's marks.
    states, origin : In(plan.lanes)
        Bits of the states and of the origin, or of the pools, for FINISH.
    write : In(plan.write)
        Port of the state memory.
    """

    latency = 2

    def __init__(self, plan: SerialSizes, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        lanes = plan.lanes
        flags = ["ahead", "writes", "parity", "finishing"]
        trusts: dict[str, wiring.Member] = {}
        if plan.at_once > 1:
            flags.append("sequence")
        if plan.trusts:
            flags.append("void")
            trusts = dict.fromkeys(("told", "saturated"), Out(1))
        vectors = ("network", "terms", "negative")
        super().__init__(
            {
                **dict.fromkeys(flags, In(1)),
                **dict.fromkeys(vectors, In(lanes)),
                **trusts,
                "write": In(plan.write),
                **({} if plan.finishes_in_network else self._subtractor()),
            }
        )

    def _subtractor(self) -> dict[str, wiring.Member]:
        vectors = dict.fromkeys(("states", "origin"), In(self.plan.lanes))
        return {"begin": In(1), "finish": In(finish_signature(self.plan)), **vectors}

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model, time = self.plan, self.plan.model, self.time
        lanes, a, pooled = plan.lanes, model.state_bits, bool(plan.pool_planes)

        total, carry, shown = signals("total carry shown", lanes, reset_less=True)

        # The last adder of the network; the sign only decides which carry it keeps.
        clear = delayed(m, time.clear, 2, "clear")
        folded = plan.finishes_in_network
        rests: Value = self.network if folded else Const(0, lanes)
        stays = Signal()  # of a state whose flag is written before its sign
        with m.If(~stays):
            m.d.sync += total.eq(Mux(self.finishing, rests, self.terms ^ self.network ^ carry))
        m.d.sync += carry.eq(majority(self.terms ^ self.negative, self.network, carry))
        with m.If(clear):
            m.d.sync += carry.eq(0)

        difference, subtracting, finalising = (
            (Const(0), Const(0), Const(0)) if folded else self._subtract(m)
        )

        differs = Signal()  # the pass in the timeline is of differences
        with m.If(self.ahead):
            m.d.sync += differs.eq(self.finishing)

        # Marks of the timeline, for the parity of the step, when bit j is at the write port; and of
        # the second word of two where a stage between words made a difference of them.
        def at(*bits: int, finish: int | None = None) -> Value:
            place = Mux(self.parity, bits[-1], bits[0])
            if not folded:
                return time.active & (time.bit == place)
            if finish is None:
                return time.active & ~differs & (time.bit == place)
            second = time.word[0] | ~differs if plan.subtracts_in_fold else Const(1)
            return time.active & second & (time.bit == Mux(differs, finish, place))

        shifts = [model.shift(p) for p in range(model.parities)]
        first = delayed(m, at(*shifts, finish=0), 3, "first")
        tops = [shift + a - 2 for shift in shifts]
        highest = delayed(m, at(*tops, finish=a - 2), 3, "highest")
        signed = delayed(m, highest, 1, "signed")
        ends_planes = delayed(m, signed, 1, "ends_planes") if plan.trusts else signed
        signs = plan.sign_bits
        at_end = {*signs} == {plan.word - 1} and not folded
        ends = time.last & time.active if at_end else at(*signs, finish=a - 1)
        nearly = delayed(m, ends, 3, "nearly")
        sign = delayed(m, nearly, 1, "sign")

        # Overflow: two neighbours differ at or above the sign of the rounded state.
        written: Value = ~differs if folded else Const(1)
        if plan.flags_first:
            m.d.comb += stays.eq(nearly & written)
            put = Mux(stays, total ^ shown, total)
        else:
            overflow = Signal(lanes, name="overflow", reset_less=True)
            comparing = Signal()
            compare = delayed(m, at(*(shift + a for shift in shifts)), 2, "compare")
            with m.If(nearly):
                m.d.sync += comparing.eq(0)
            with m.Elif(compare):
                m.d.sync += comparing.eq(1)
            m.d.sync += overflow.eq(unless(~comparing, overflow | (total ^ shown)))
            put = Mux(sign & written, overflow, total)
        m.d.sync += shown.eq(put | difference)

        # What is written, and how far the address moves then, is decided a cycle before.
        begins = time.active & (time.bit == 0) & (time.word == 0)
        turned: Value = delayed(m, begins, BEHIND + int(min(shifts) > 0), "turned")
        if plan.passes_still and min(shifts) > 0:  # nothing falls away, so it begins earlier
            turned = Mux(differs, delayed(m, begins, BEHIND, "turned_still"), turned)
        rewound = delayed(m, turned, 1, "rewound")
        planes, following, writing = signals("planes following writing")
        current, turns = writing, Mux(turned, self.writes, writing)
        if plan.trusts:
            current, turns = writing & ~self.void, turns & ~self.void
        m.d.comb += [
            following.eq(first | (planes & ~ends_planes)),
            self.write.data.eq(shown),
        ]
        m.d.sync += [
            planes.eq(following),
            writing.eq(turns),
            self.write.en.eq((current & (following | nearly | sign)) | subtracting),
        ]
        if plan.trusts:
            self._tell(m, ends, writing, shown)

        # A word is laid out as flag, sign, and planes; of a difference the sign is in place of the
        # flag, and the highest plane in that of the sign; pools are planes alone.
        next_word = plan.state_planes + 2  # from the flag to the lowest plane
        move = Signal(range(-a - 1, next_word + 1))
        m.d.sync += move.eq(1)
        # Behind all planes but the last two, behind these, and the last.
        differing = stating = 1 - a, -1, next_word
        if plan.flags_first:
            stating = -a, 1, next_word - 1
        if plan.trusts:
            with m.If(signed):
                m.d.sync += move.eq(-1 - a if plan.flags_first else -a)
            stating = 1, *stating[1:]
        for mark, one, other in zip((highest, nearly, sign), stating, differing):
            with m.If(mark):
                m.d.sync += move.eq(Mux(written, one, other) if one != other else one)
        if not (pooled or folded):
            marks = (delayed(m, getattr(self.finish, name), 1, name) for name in ("high", "top"))
            for mark, other in zip((*marks, finalising), differing):
                with m.If(mark):
                    m.d.sync += move.eq(other)
        with m.If(self.write.en):
            m.d.sync += self.write.addr.eq(self.write.addr + move)
        own = Mux(self.sequence, plan.bank, 0) if plan.at_once > 1 else 0
        if plan.subtracts_in_fold:  # the second pass goes on where the first one ends
            later, goes_on = signals("later goes_on")
            with m.If(self.ahead):
                m.d.sync += [later.eq(self.finishing & ~later), goes_on.eq(later)]
            with m.If(rewound & ~goes_on):
                m.d.sync += self.write.addr.eq(own + 2)
            return m
        base = Mux(differs, plan.difference_base, 0) if folded and plan.difference_base else own
        with m.If(rewound):
            m.d.sync += self.write.addr.eq(base + 2)
        if folded:
            return m
        with m.If(self.begin):
            m.d.sync += self.write.addr.eq(own + plan.difference_base + (0 if pooled else 2))
        return m

    def _tell(self, m: Module, ends: Value, writing: Value, shown: Value) -> None:
        """Tell of every pass whether any of its flags was set."""
        time, wait = self.time, union_latency(self.plan.lanes)
        # Flags are at the write port next. When a pass is known does not depend on its parity.
        flags = delayed(m, ends, BEHIND + 2 - self.plan.flags_first, "flags")
        last = time.active & time.last & (time.word == time.words - 1)
        final = delayed(m, last, BEHIND + 1, "final")
        some = delayed(m, flags & writing, 1 + wait, "some")
        found, kept = union(m, shown), Signal(name="saturated_before")
        m.d.comb += [
            self.told.eq(delayed(m, final & writing, 2 + wait, "known")),
            self.saturated.eq(kept | (some & found)),
        ]
        m.d.sync += kept.eq(self.saturated & ~self.told)

    def _subtract(self, m: Module) -> tuple[Value, Value, Value]:
        """Subtract the origin from states, or add states to pools: a serial adder of its own.

        Returns
        -------
        tuple
            What it makes, zero where it rests; its bits, and the last of a word, come in the next
            cycle.
        """
        plan, lanes, pooled = self.plan, self.plan.lanes, bool(self.plan.pool_planes)
        difference, borrow = signals("difference borrow", lanes, reset_less=True)
        subtracting = delayed(m, self.finish.subtract, 1, "subtracting")
        finalising = delayed(m, self.finish.final, 1, "finalising")
        last = delayed(m, finalising, 1, "last")
        origin = unless(self.finish.origin_zero, self.origin)
        if plan.leak:
            # A third serial subtractor before it; what is lost comes two cycles earlier.
            lost, debt = signals("lost debt", lanes, reset_less=True)
            left = origin ^ lost ^ debt
            with m.If(self.finish.loses):
                m.d.sync += lost.eq(origin)
            with m.Elif(self.finish.subtract):
                m.d.sync += [lost.eq(0), debt.eq(majority(~origin, lost, debt))]
            origin = left
        if plan.model.origin is None and not pooled:
            with m.If(~self.finishing | last):
                m.d.sync += difference.eq(0)
            with m.Elif(self.finish.subtract):
                m.d.sync += difference.eq(self.states)
            return difference, subtracting, finalising
        with m.If(~self.finishing | last):
            m.d.sync += [difference.eq(0), borrow.eq(0), *([debt.eq(0)] if plan.leak else [])]
        with m.Elif(self.finish.subtract):
            m.d.sync += [
                difference.eq(self.states ^ origin ^ borrow),
                borrow.eq(majority(self.states if pooled else ~self.states, origin, borrow)),
            ]
        return difference, subtracting, finalising
