# amaranth: UnusedElaboratable=no
"""The parser of frames: what is proven of it, and faults that must be seen."""

import pytest

from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.sim.formal.receiver_crc import checked
from qrnn_hw.sim.formal.receiver_slots import slots
from qrnn_hw.sim.formal.receiver_timeout import timeout

DIVISOR = 8


def receiver(kind=FrameReceiver, **options):
    return kind(DIVISOR, options.pop("step_bytes", 1), timeout_bits=3, **options)


def test_never_hangs(proven):
    assert proven(timeout(receiver(), DIVISOR)).method == "any state"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("(silence[-1] | line.broken)", "line.broken", id="removed"),
        pytest.param(
            "silence.eq(silence + 1)", "silence.eq(silence)", id="stopped", marks=pytest.mark.slow
        ),
        pytest.param(
            "with m.Elif(tick):",
            "with m.Elif(tick & opened):",
            id="at-times",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_parser_without_its_time_out_is_refuted(refuted, mutant, right, wrong):
    refuted(timeout(receiver(mutant(FrameReceiver, right, wrong)), DIVISOR))


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"slot": 256, "step_bytes": 64}, {"loads": True}])
def test_acts_on_no_wrong_crc(proven, options):
    proven(checked(receiver(**options)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("good.eq(crc.crc == 0)", "good.eq(crc.crc[1:] == 0)", id="a-bit-not-compared"),
        pytest.param("crc.preset.eq(state == _State.SYNC)", "crc.preset.eq(0)", id="no-preset"),
        pytest.param("(silence[-1] | line.broken)", "silence[-1]", id="no-stop-bit"),
    ],
)
def test_a_parser_that_acts_on_a_wrong_crc_is_refuted(refuted, mutant, right, wrong):
    refuted(checked(receiver(mutant(FrameReceiver, right, wrong))))


@pytest.mark.slow
def test_keeps_accepted_frames(proven):
    proven(slots(receiver()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("with m.Elif(carries & full):", "with m.Elif(0):", id="full-slots"),
        pytest.param("Cat(byte, ends, closes, *flags)", "Cat(byte, closes, ends, *flags)",
                     id="flags"),
        pytest.param("ends.eq(place == length)", "ends.eq(place + 1 == length)", id="too-soon"),
    ],
)  # fmt: skip
def test_a_parser_that_spoils_a_frame_is_refuted(refuted, mutant, right, wrong):
    refuted(slots(receiver(mutant(FrameReceiver, right, wrong))))
