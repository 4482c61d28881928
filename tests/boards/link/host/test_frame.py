"""Frames survive any splitting, and are found in any noise that ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.protocol import Kind

frames = st.builds(Frame, st.sampled_from(Kind), st.binary(min_size=1, max_size=255))


def feed(decoder, data, sizes):
    found = []
    for size in sizes:
        found += decoder.feed(data[:size])
        data = data[size:]
    return found + decoder.feed(data)


@given(st.lists(frames, max_size=4), st.lists(st.integers(0, 300), max_size=8))
def test_frames_come_back_however_they_are_split(sent, sizes):
    decoder = Decoder()
    assert feed(decoder, b"".join(frame.encode() for frame in sent), sizes) == sent
    assert decoder.missing == 6


@given(st.binary(max_size=400), frames, st.lists(st.integers(0, 300), max_size=8))
def test_a_frame_is_found_behind_noise(noise, frame, sizes):
    decoder = Decoder()
    found = feed(decoder, noise + frame.encode(), sizes)
    assert frame in found + decoder.give_up()


@given(st.binary(max_size=400))
def test_noise_never_raises_and_never_waits_for_nothing(noise):
    decoder = Decoder()
    decoder.feed(noise)
    assert decoder.missing >= 1
    decoder.give_up()
    assert decoder.missing == 6


@given(frames, st.data())
def test_one_flipped_bit_is_never_accepted(frame, data):
    encoded = bytearray(frame.encode())
    bit = data.draw(st.integers(0, 8 * len(encoded) - 1))
    encoded[bit // 8] ^= 1 << bit % 8
    decoder = Decoder()
    assert frame not in decoder.feed(bytes(encoded)) + decoder.give_up()


@given(frames)
def test_exactly_the_missing_bytes_complete_a_frame(frame):
    decoder, data, found = Decoder(), frame.encode(), []
    while not found:
        size = decoder.missing
        assert len(data) >= size
        found = decoder.feed(data[:size])
        data = data[size:]
    assert (found, data) == ([frame], b"")


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_truncated_frame_hides_the_next_one_only_until_a_silence(cut):
    frame = Frame(Kind.STATUS, b"\x10\x20")
    decoder = Decoder()
    found = decoder.feed(frame.encode()[:cut] + frame.encode())
    assert (found or decoder.give_up())[-1] == frame
