"""The gateware against the reference: good frames, bad ones, noise, and silence."""

import random

import pytest

from qrnn_hw.boards.link.host.frame import CRC, Decoder, Frame
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.protocol import SYNC, Code, Kind


def answers(port, data):
    """Send bytes, and return what comes back until a silence, without the consumed frames."""
    decoder, frames = Decoder(), []
    port.write(data)
    while chunk := port.read(decoder.missing):
        frames += decoder.feed(chunk)
    return [(f.kind, f.payload[0] & 15, f.payload[1:]) for f in frames + decoder.give_up()]


def status(code, accepted=0, count=0):
    return (Kind.STATUS, accepted, bytes([count | code << 4]))


def samples(number, steps, last=False):
    return Frame(Kind.SAMPLES, bytes([number | last << 7]) + steps).encode()


RESET = Frame(Kind.RESET, b"\0").encode()


def corrupted(frame):
    return frame[:-1] + bytes([frame[-1] ^ 1])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(samples(0, b"\1\2"), Code.OK, id="good"),
        pytest.param(corrupted(samples(0, b"\1\2")), Code.CRC, id="crc"),
        pytest.param(samples(1, b"\1\2"), Code.SEQUENCE, id="future-number"),
        pytest.param(samples(0, b"\1"), Code.FORMAT, id="half-a-step"),
        pytest.param(samples(0, b""), Code.FORMAT, id="no-step"),
        pytest.param(Frame(Kind.IDENTIFY, b"\0\0").encode(), Code.FORMAT, id="content"),
        pytest.param(Frame(Kind.STATUS, b"\0").encode(), Code.FORMAT, id="unknown-kind"),
        pytest.param(bytes([SYNC, Kind.SAMPLES, 0]), Code.FORMAT, id="empty"),
        pytest.param(bytes([SYNC, Kind.SAMPLES, 65]), Code.FORMAT, id="too-long"),
        pytest.param(samples(0, b"\1\2")[:-1], Code.TRUNCATED, id="truncated"),
        pytest.param(bytes([SYNC]), Code.TRUNCATED, id="only-sync"),
        pytest.param(RESET, Code.RESET, id="reset"),
    ],
)
def test_a_frame_is_answered_with_its_code(kit, sent, code):
    port = kit.simulated(kit.identities["words"])
    assert answers(port, RESET) == [status(Code.RESET)]
    assert answers(port, sent) == [status(code, accepted=code == Code.OK)]
    # Nothing bad was acted on, and nothing good is hindered by it.
    number = code == Code.OK
    (first, second) = answers(port, samples(number, b"\5\0", last=True))
    assert first == status(Code.OK, number + 1)
    assert second[2][1:6] == (-5 if not number else -5 - 0x201).to_bytes(5, "little", signed=True)


def test_samples_before_a_reset_are_refused(kit):
    port = kit.simulated(kit.identities["bytes"])
    assert answers(port, samples(0, b"\1", last=True)) == [status(Code.CLOSED)]


def test_a_duplicate_is_acknowledged_and_not_acted_on(kit):
    port = kit.simulated(kit.identities["bytes"])
    answers(port, RESET)
    assert answers(port, samples(0, b"\7")) == [status(Code.OK, 1)]
    assert answers(port, samples(0, b"\7")) == [status(Code.SEQUENCE, 1)]
    _, result = answers(port, samples(1, b"\3", last=True))
    assert result[2][1:5] == (-10).to_bytes(4, "little", signed=True)


def test_a_fifth_frame_finds_no_room_and_harms_none(kit):
    port = kit.simulated(kit.identities["bytes"], pause=3000)
    answers(port, RESET)
    burst = [samples(number, b"\1\1", last=number == 3) for number in range(4)]
    said = answers(port, b"".join(burst) + samples(4, b"\xff\xff"))
    assert said == [*(status(Code.OK, number) for number in range(1, 5)), status(Code.BUSY, 4)]
    while not (said := answers(port, b"")):
        pass
    assert said[0][2][1:5] == (-8).to_bytes(4, "little", signed=True)
    assert answers(port, samples(4, b"\2")) == [status(Code.OK, 5, 1)]


def test_a_reset_drops_the_samples_that_wait(kit):
    port = kit.simulated(kit.identities["bytes"], pause=2000)
    answers(port, RESET)
    said = answers(port, samples(0, b"\1\1\1") + samples(1, b"\1", last=True) + RESET)
    assert said == [status(Code.OK, 1), status(Code.OK, 2), status(Code.RESET)]
    _, result = answers(port, samples(0, b"\5", last=True))
    assert result[2][:5] == b"\1" + (-5).to_bytes(4, "little", signed=True)


def test_a_byte_without_a_stop_bit_ends_its_frame(kit):
    """Also if the CRC is right with its bits, wherever it is."""
    port = kit.simulated(kit.identities["bytes"])
    for place in range(5):
        answers(port, RESET)
        body = [Kind.SAMPLES, 2, 0x80, 7]
        body.insert(place, 0x5A)
        crc = CRC.compute(bytes(body)).to_bytes(2, "little")
        body[place] = ~0x5A
        port.to_board.extend([SYNC, *body, *crc])
        assert answers(port, b"") == [status(Code.TRUNCATED)], place
        # Between frames it is nothing.
        port.to_board.append(~SYNC)
        assert answers(port, samples(0, b"\7", last=True))[0] == status(Code.OK, 1), place


def test_a_result_stays_until_the_next(kit):
    port = kit.simulated(kit.identities["bytes"])
    answers(port, RESET)
    _, first = answers(port, samples(0, b"\1", last=True))
    ask = Frame(Kind.GET_RESULT, b"\0").encode()
    assert answers(port, ask) == answers(port, ask) == [(Kind.RESULT, 1, b"\1" + first[2][1:])]


@pytest.mark.parametrize("length", [2, 5, 6, 7, 10, 11, 61, 64])
def test_a_frame_that_cuts_a_step_is_refused(kit, length):
    """Steps of five bytes, whose number no low bits of a length tell."""
    port = kit.simulated(kit.identities["five-bytes"])
    answers(port, RESET)
    whole = length % 5 == 1
    said = answers(port, samples(0, bytes(length - 1), last=True))
    assert said[0] == status(Code.OK if whole else Code.FORMAT, accepted=whole)
    assert len(said) == 1 + whole


@pytest.mark.parametrize(
    ("length", "code"),
    [(1, Code.FORMAT), (65, Code.FORMAT), (128, Code.FORMAT), (129, Code.OK), (255, Code.FORMAT)],
)
def test_wide_steps_come_in_long_frames(kit, length, code):
    port = kit.simulated(kit.identities["widest"])
    answers(port, RESET)
    said = answers(port, samples(0, bytes(length - 1), last=True))
    assert said[0] == status(code, accepted=code == Code.OK)


def test_a_length_of_0_is_refused_where_255_is_not(kit):
    port = kit.simulated(kit.identities["widest"])
    answers(port, RESET)
    assert answers(port, bytes([SYNC, Kind.SAMPLES, 0])) == [status(Code.FORMAT)]
    said = answers(port, samples(0, bytes(128), last=True))
    assert [answer[0] for answer in said] == [Kind.STATUS, Kind.RESULT]


TRAFFIC = {
    "bytes": (8, [1, 2, 3, 4, 30, 62, 63, 64]),
    "words": (20, [1, 2, 3, 4, 30, 62, 63, 64]),
    "five-bytes": (20, [1, 2, 5, 6, 11, 60, 61, 64]),
    "widest": (9, [1, 64, 129, 129, 129, 130, 255]),
    "every-step": (9, [1, 2, 3, 4, 5]),
    "many-classes": (9, [1, 2, 3, 4, 5]),
}


LONG = ("five-bytes", "widest")  # of which each takes as much time as the others together


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.slow if one in LONG else ()) for one in TRAFFIC]
)
def test_random_traffic_is_answered_as_by_the_reference(kit, name):
    identity = kit.identities[name]
    rng = random.Random(20)
    gateware = kit.simulated(identity, pause=1)
    reference = ReferenceBoard(identity, kit.classify(identity))
    assert answers(gateware, RESET) == answers(reference, RESET)
    number = 0
    count, sizes = TRAFFIC[name]
    for _ in range(count):
        size = rng.choice(sizes)
        tag = (number + rng.choice([0, 0, 0, 0, 1, 15])) % 16 | rng.choice([0, 0, 128])
        kind = rng.choice([*4 * [Kind.SAMPLES], *Kind])
        payload = bytes([tag]) + rng.randbytes(rng.choice([0, size]) if kind != 0x11 else size)
        data = Frame(kind, payload).encode()
        fate = rng.randrange(10)
        if fate == 0:
            data = corrupted(data)
        elif fate == 1:
            data = data[: rng.randrange(len(data))]
        elif fate == 2:
            # Bytes before a frame that do not look like the start of one.
            data = bytes(rng.randrange(SYNC) for _ in range(5)) + data
        elif fate == 3:
            data = rng.randbytes(12)
        said = answers(gateware, data)
        assert said == answers(reference, data), data.hex(" ")
        number = said[-1][1] if said else number
