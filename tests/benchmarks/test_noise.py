"""Lines that flip bits: what they do to bytes, and that no wrong result comes of it."""

import random

import pytest

from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.protocol import Code

RATE, SEED = 1e-3, 3


@pytest.fixture
def noise():
    import noise

    return noise


@pytest.fixture
def wire():
    """Return a function that carries bytes whose bits at some places are flipped."""
    from noisy_wire import Wire

    def carry(data, *places):
        line = Wire(0.5, random.Random(SEED))
        gaps = [end - begin - 1 for begin, end in zip((-1, *places), (*places, 1 << 20))]
        line._left, line._draw = gaps.pop(0), lambda: gaps.pop(0)
        received = line.carry(data) + line.rest()
        assert line.flips == len(places)
        return received

    return carry


@pytest.mark.parametrize(
    ("places", "received"),
    [
        ((), [0x55, 0xFF, 0x00]),
        ((1,), [0x54, 0xFF, 0x00]),
        ((8, 11), [0xD5, 0xFE, 0x00]),
        # Without its stop bit a byte is lost, and the next begins where it did.
        ((9,), [None, 0xFF, 0x00]),
        # Without its start bit it begins at its first low level, if it has one.
        ((0,), [0x55, 0x00]),
        ((10,), [0x55, 0x00]),
        ((20,), [0x55, 0xFF, 0x80]),
    ],
)
def test_a_wire_does_to_bytes_what_flipped_bits_do(wire, places, received):
    assert wire(b"\x55\xff\x00", *places) == received


def test_results_are_right_over_a_line_that_flips_bits(noise, host_of):
    counts = noise.reference(60, RATE, SEED, host_of)
    batch = list(noise.sequences(60, SEED))
    assert (counts["results_right"], counts["results_wrong"]) == (len(batch), 0)
    assert min(counts["flips"].values()) > 10
    assert counts["codes_heard"]["CRC"] > 10
    clean = noise.reference(60, 0, SEED, host_of)
    assert clean["retries"] == clean["restarts"] == 0
    assert clean["bits"] < counts["bits"]


def test_a_board_that_trusts_every_frame_is_found(noise, host_of, monkeypatch):
    class Trusting(ReferenceBoard):
        def _refuse(self, code):
            if code is not Code.CRC:
                return super()._refuse(code)
            data = bytes(self._input)
            self._input.clear()
            self._act(data[1], data[3], data[4:-2])

    monkeypatch.setattr(noise, "ReferenceBoard", Trusting)
    assert noise.reference(60, RATE, SEED, host_of)["results_wrong"] > 0


@pytest.mark.slow
def test_no_wrong_result_in_many_frames(noise):
    counts = noise.reference(5000, RATE, SEED)
    assert counts["results_wrong"] == 0
    assert counts["frames_sent"] > 20_000


@pytest.mark.slow
def test_no_wrong_result_in_a_hundred_thousand_frames_from_c(noise, c_host):
    counts = noise.reference(40_000, RATE, SEED, c_host)
    assert counts["results_wrong"] == 0
    assert counts["frames_sent"] > 100_000


@pytest.mark.slow
def test_the_emitted_design_is_golden_over_a_line_that_flips_bits(noise, host_of):
    with noise.gateware(SEED, host_of) as measure:
        clean = measure(20, 0, False)
        assert clean["retries"] == sum(clean["flips"].values()) == 0
        for frames, idle in ((200, False), (6, True)):
            counts = measure(frames, RATE, idle)
            batch = list(noise.sequences(frames, SEED))
            assert (counts["results_right"], counts["results_wrong"]) == (len(batch), 0)
            assert counts["flips"]["to_board"] > 0
            assert counts["retries"] > 0
