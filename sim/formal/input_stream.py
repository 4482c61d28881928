"""Every time step is taken once, and held until the core has had it."""

from amaranth import Const, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.popcount.scale import Scale
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof


class Taking(Elaboratable):
    """Follow the transfers of a core's input, for any pace of both sides.

    A step is held from its transfer to its ``release``; no other is taken meanwhile, and one is
    taken as soon as none is held. Of a held step, ``valid`` comes and stays, and ``last`` is its
    own; no step is shown that was not taken.

    Parameters
    ----------
    entry
        What is proven.
    """

    def __init__(self, entry: Scaler | TokenInput | Scale) -> None:
        self.entry = entry
        self.inside = Inside(entry)
        self.release = entry.take if isinstance(entry, Scale) else entry.release

    def _left(self, m: Module) -> Value:
        """Return the cycles until a step is scaled, 0 where none is being scaled."""
        entry, inside = self.entry, self.inside
        if isinstance(entry, Scaler):
            return inside["gain_0.left"]
        if isinstance(entry, TokenInput) or not inside.all("left"):
            return Const(0)
        idle, left = inside["idle"], inside["left"]
        channels = entry.plan.pace
        inputs = entry.plan.model.inputs
        most = inputs.factor_bits if isinstance(inputs, Numbers) else inputs.bits
        channel = inside["channel"] if channels > 1 else Const(0, 1)
        m.d.comb += [
            Assert(idle | ((left <= most) & (channel < channels))),
            Assert(inside["store"] == (~idle & (left == 0))),
        ]
        return Mux(idle, 0, (channels - 1 - channel) * (most + 1) + left + 1)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.entry = self.inside.fragment
        entry, release, left = self.entry, self.release, self._left(m)
        held, last, shown, scaling = (Signal() for _ in range(4))
        before = Signal(len(left))
        taken = entry.x.valid & entry.x.ready
        # A step may begin while its inputs are scaled, but is not through with them before.
        slack = entry.slack if isinstance(entry, Scaler) else 0
        m.d.comb += [
            Assume(~release | (entry.valid & (left == 0))),
            Assert(entry.x.ready == ~held),
            Assert(~entry.valid | (held & (entry.last == last))),
            Assert(~shown | entry.valid),
            Assert((held & ~entry.valid) == (left > slack)),
            Assert(held | (left == 0)),
            Assert(~held | (entry.last == last)),
        ]
        if "sequence" in entry.signature.members:
            whose = Signal()
            with m.If(taken):
                m.d.sync += whose.eq(entry.x.payload.sequence)
            m.d.comb += Assert(~held | (entry.sequence == whose))
        with m.If(taken):
            m.d.sync += [held.eq(1), last.eq(entry.x.payload.last)]
        with m.Elif(release):
            m.d.sync += held.eq(0)
        m.d.sync += shown.eq(entry.valid & ~release)
        # While it is scaled, the time that is left falls: it becomes valid.
        m.d.sync += [before.eq(left), scaling.eq(left != 0)]
        m.d.comb += Assert(~scaling | (left == before - 1))
        return m


def taking(entry: Scaler | TokenInput | Scale) -> Proof:
    """Return the proof for the input of a core."""
    return Proof(
        "every time step is taken once and held until it is used",
        Taking(entry),
        Method.INDUCTION,
        1,
        free(entry),
        type(entry).__name__,
        resets=True,
    )
