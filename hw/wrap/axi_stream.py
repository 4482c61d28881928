"""A core between two AXI4-Streams."""

from amaranth import Module, Shape
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.ports import WEIGHT_BITS
from qrnn_hw.hw.wrap.bus import Slice, drive_domain

WIDTHS = (8, 16, 32, 64)  # of a logit in m_axis_tdata: what a processor reads as an integer


class AxiStream(wiring.Component):
    """Take the steps of sequences from one AXI4-Stream, and give logits to another.

    Both interfaces are those of Arm IHI 0051A: handshake (section 2.2) with TVALID and TREADY from
    registers, and no path from an input to an output in a cycle; TDATA in whole bytes (2.3); TLAST
    (2.5); ARESETn low to reset, synchronously, which drops TVALID (2.7); TUSER (2.8).

    Latency: a cycle more than the core's on either side. Throughput: the core's; each stream can
    move a transfer every two cycles.

    Parameters
    ----------
    core
        The core, with streams ``x`` and ``y``, and ``w`` if its weights are loaded.

    Members
    -------
    aclk, aresetn : In(1)
        Clock; reset while low.
    s_axis_tdata, s_axis_tvalid, s_axis_tready, s_axis_tlast
        A time step a transfer, channel 0 lowest; bits above the channels are ignored. TLAST ends
        the sequence.
    m_axis_tdata, m_axis_tvalid, m_axis_tready, m_axis_tlast, m_axis_tuser
        A logit a transfer, class 0 first, its sign extended to 8, 16, 32 or 64 bits. With TLAST,
        TUSER is the class.
    s_axis_weights_tdata, s_axis_weights_tvalid, s_axis_weights_tready
        Only if the weights are loaded: all the words, after every reset, before steps are taken.
    s_axis_tid, m_axis_tid
        Only of two sequences at once: whose step, or logit, it is (2.6).
    busy : Out(1)
        The core's.
    """

    def __init__(self, core: wiring.Component) -> None:
        self.core = core
        x, y = core.x.payload.shape(), core.y.payload.shape()
        step, logit = Shape.cast(x["data"].shape).width, Shape.cast(y["data"].shape).width
        members = {
            "aclk": In(1),
            "aresetn": In(1),
            "s_axis_tdata": In(-(-step // 8) * 8),
            "s_axis_tvalid": In(1),
            "s_axis_tready": Out(1),
            "s_axis_tlast": In(1),
            "m_axis_tdata": Out(next(width for width in WIDTHS if width >= logit)),
            "m_axis_tvalid": Out(1),
            "m_axis_tready": In(1),
            "m_axis_tlast": Out(1),
            "m_axis_tuser": Out(Shape.cast(y["user"].shape)),
            "busy": Out(1),
        }
        self.both = "sequence" in x.members
        if self.both:
            members |= {"s_axis_tid": In(1), "m_axis_tid": Out(1)}
        self.loaded = "w" in core.signature.members
        if self.loaded:
            members |= {
                "s_axis_weights_tdata": In(WEIGHT_BITS),
                "s_axis_weights_tvalid": In(1),
                "s_axis_weights_tready": Out(1),
            }
        super().__init__(members)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        drive_domain(m, "sync", self.aclk, ~self.aresetn)
        m.submodules.core = core = self.core
        m.submodules.steps = steps = Slice(core.x.payload.shape())
        m.submodules.logits = logits = Slice(core.y.payload.shape())
        wiring.connect(m, steps.o, core.x)
        wiring.connect(m, core.y, logits.i)
        m.d.comb += [
            steps.i.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(steps.i.ready),
            steps.i.payload.data.eq(self.s_axis_tdata),
            steps.i.payload.last.eq(self.s_axis_tlast),
            self.m_axis_tvalid.eq(logits.o.valid),
            logits.o.ready.eq(self.m_axis_tready),
            self.m_axis_tdata.eq(logits.o.payload.data),
            self.m_axis_tlast.eq(logits.o.payload.last),
            self.m_axis_tuser.eq(logits.o.payload.user),
            self.busy.eq(core.busy),
        ]
        if self.both:
            m.d.comb += [
                steps.i.payload.sequence.eq(self.s_axis_tid),
                self.m_axis_tid.eq(logits.o.payload.sequence),
            ]
        if self.loaded:
            m.submodules.weights = weights = Slice(WEIGHT_BITS)
            wiring.connect(m, weights.o, core.w)
            m.d.comb += [
                weights.i.valid.eq(self.s_axis_weights_tvalid),
                self.s_axis_weights_tready.eq(weights.i.ready),
                weights.i.payload.eq(self.s_axis_weights_tdata),
            ]
        return m
