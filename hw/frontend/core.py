"""A core behind the front end: samples in, logits out."""

from amaranth import Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In

from qrnn_hw.export.frontend import require_frames
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.frontend.frontend import FrontEnd, sample_layout
from qrnn_hw.hw.gates import signals


class FrontedCore(wiring.Component):
    """Compute a core's logits for the frames of :func:`qrnn_hw.export.frontend.front_end`.

    A sequence of n samples is one of n // 128 steps to the core. Of less than 128 samples nothing
    reaches it, and no logits come. The front end works on the next frame while the core works on
    the last one; it passes a frame when the next one is there, or at the end.

    Parameters
    ----------
    core
        The core, with streams ``x`` and ``y`` and ``busy``, as ``hw/ports.py`` lays out; its
        submodule ``core`` here.
    model
        Its model.

    Members
    -------
    x : In(stream.Signature(sample_layout()))
        A sample a transfer; ``last`` ends the sequence.
    busy : Out(1)
        A sequence has begun and its last logit was not taken.
    y, and any other stream
        The core's.

    Raises
    ------
    ModelError
        If the model does not take frames of the front end.
    """

    def __init__(self, core: wiring.Component, model: IntegerModel) -> None:
        require_frames(model)
        self.core = core
        members = dict(core.signature.members)
        members["x"] = In(stream.Signature(sample_layout()))
        super().__init__(members)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.front_end = front_end = FrontEnd()
        m.submodules.core = core = self.core
        wiring.connect(m, wiring.flipped(self.x), front_end.x)
        # A frame is offered from a register, or paths from the front end reach deep into the core.
        offered, last, taken = signals("offered last taken")
        m.d.sync += [
            offered.eq(front_end.y.valid & ~taken),
            last.eq(front_end.y.payload.last),
        ]
        m.d.comb += [
            core.x.valid.eq(offered),
            core.x.payload.data.eq(front_end.y.payload.data),
            core.x.payload.last.eq(last),
            taken.eq(offered & core.x.ready),
            front_end.y.ready.eq(taken),
        ]
        for name in sorted(set(self.signature.members) - {"x", "busy"}):
            wiring.connect(m, getattr(core, name), wiring.flipped(getattr(self, name)))

        # A core is busy only some cycles after it took its first step.
        passed = Signal()
        with m.If(taken):
            m.d.sync += passed.eq(1)
        with m.Elif(core.busy):
            m.d.sync += passed.eq(0)
        m.d.comb += self.busy.eq(front_end.busy | passed | core.busy)
        return m
