"""The streams of the front end."""

from amaranth import signed, unsigned
from amaranth.lib import data

from qrnn_hw.export.frontend import BAND_BITS, BANDS, SAMPLE_BITS


def sample_layout() -> data.StructLayout:
    """Describe one sample on the wire, and whether it ends the sequence."""
    return data.StructLayout({"data": signed(SAMPLE_BITS), "last": 1})


def frame_layout() -> data.StructLayout:
    """Describe one frame on the wire: an input of :func:`qrnn_hw.hw.ports.input_layout`."""
    return data.StructLayout({"data": unsigned(BANDS * BAND_BITS), "last": 1})
