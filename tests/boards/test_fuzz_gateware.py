"""The emitted design against the reference, after any bytes: the same answers and results."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.protocol import MODULUS, SYNC, Kind
from qrnn_hw.boards.link.weights import WORD_BYTES
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.sim.pins.cosim import CosimulatedBoard

QUIET = 300  # bits; a board of these tests gives up after 128
CARRIERS = (Kind.SAMPLES, Kind.LOAD)
KINDS = st.one_of(st.sampled_from([*3 * CARRIERS, *Kind]), st.integers(0, 255))
# Lengths around those that boards tell apart.
SIZES = st.sampled_from([0, 1, 2, 3, 4, 5, 10, 61, 62, 63, 64, 128, 254])
TAGS = st.one_of(st.sampled_from([0x00, 0x80]), st.integers(0, 255))


def frame(kind, tag, body):
    return Frame(kind, bytes([tag]) + body).encode()


def spoil(data, bit):
    at = bit // 8 % len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit % 8]) + data[at + 1 :]


RESET = frame(Kind.RESET, 0, b"")
bodies = SIZES.flatmap(lambda size: st.binary(min_size=size, max_size=size))
frames = st.builds(frame, KINDS, TAGS, bodies)
REQUESTS = st.sampled_from([Kind.RESET, Kind.RESET, Kind.IDENTIFY, Kind.GET_RESULT])
requests = st.builds(frame, REQUESTS, TAGS, st.just(b""))
loads = st.just(frame(Kind.LOAD, 0, bytes.fromhex("010002000300")))
whole = st.one_of(frames, frames, requests, loads)
spoiled = st.builds(spoil, whole, st.integers(0, 1 << 12))
cut = st.builds(lambda data, end: data[: 1 + end % len(data)], whole, st.integers(0, 255))
raw = st.binary(max_size=80).map(lambda data: data.replace(b"\0", bytes([SYNC])))
# Some bytes, and which of them has no stop bit.
pieces = st.tuples(
    st.one_of(whole, whole, whole, spoiled, cut, raw),
    st.one_of(st.none(), st.none(), st.none(), st.integers(0, 80)),
)
# Frames that are right, with the number that is due and with the next, before and after a RESET.
CASES = [
    (opened, [(frame(kind, 0x80, bytes([4 * ahead, 1]).ljust(size, b"\1")), None)])
    for opened in (False, True)
    for kind in CARRIERS
    for size in (60, 128)
    for ahead in (0, 1)
]


def heard(port):
    """Return what comes until a silence, less what depends on the pace of the core."""
    decoder, said = Decoder(), []
    while chunk := port.read(decoder.missing):
        said += decoder.feed(chunk)
    frames = []
    for each in said + decoder.give_up():
        # One status may stand for several, and before the first result no logit means anything.
        if frames and frames[-1][0] is Kind.STATUS is each.kind:
            frames.pop()
        body = b"" if each.kind is Kind.RESULT and not each.payload[1] & 15 else each.payload[2:]
        frames.append((each.kind, each.payload[0] & 15, each.payload[1], body))
    return frames


def numbered(data, due, identity):
    """Give a frame of samples or weights the number that is due and whole steps; or others."""
    kind = data[1] if len(data) > 6 and len(data) == data[2] + 5 else None
    if kind not in CARRIERS:
        return data
    ahead = 0 if data[4] % 4 else data[4] // 4
    tag = data[3] & 0xF0 | (due + ahead) % MODULUS
    # The sums of longer sequences of tokens are more than the logits hold.
    body = data[4:-2][: 20 if identity.every else None]
    size = WORD_BYTES if kind == Kind.LOAD else identity.step_bytes
    return frame(kind, tag, body[: len(body) - len(body) % size] if data[5] % 4 else body)


def levels(byte):
    """Lay out a byte without a stop bit, and the quiet line behind it."""
    return [(0, 1), *((byte >> place & 1, 1) for place in range(8)), (0, 1), (1, 12)]


@pytest.fixture(scope="module", params=["words", "five-bytes", "widest", "every-step", "loadable"])
def compiled(kit, request, tmp_path_factory):
    """Yield a board in Verilator, and what it is."""
    identity = kit.identities[request.param]
    text = verilog(kit.system(identity, pause=1, divisor=8), "system")
    made = CosimulatedBoard(text, "system", tmp_path_factory.mktemp("fuzz"), mhz=8)
    with made.power_up(quiet_bits=QUIET) as port:
        yield port, identity


@pytest.mark.slow
def test_any_bytes_leave_the_emitted_design_as_the_reference(kit, compiled):
    port, identity = compiled
    kinds = set()

    @settings(deadline=None, max_examples=300)
    @given(st.booleans(), st.lists(pieces, max_size=8))
    def fuzz(opened, sent):
        reference = ReferenceBoard(identity, kit.classify(identity))
        port.drive("rst", 1)
        port.wait(2)
        port.drive("rst", 0)
        due = 0
        for piece, broken in [(RESET, None)] * opened + sent:
            data = numbered(piece, due, identity)
            at = len(data) if broken is None else broken
            for board in (port, reference):
                board.write(data[:at])
            if data[at:]:
                port.wave(levels(data[at]))
                reference.lose()
                for board in (port, reference):
                    board.write(data[at + 1 :])
            said = heard(port)
            assert said == heard(reference), (data.hex(" "), at)
            kinds.update((kind, state >> 4 & 7) for kind, _, state, _ in said)
            due = said[-1][1] if said else due

    for case in CASES:
        fuzz = example(*case)(fuzz)
    fuzz()
    # Every answer was seen, and every code but BUSY, for which the core is too fast.
    assert {kind for kind, _ in kinds} == {Kind.STATUS, Kind.IDENTITY, Kind.RESULT}
    assert {code for _, code in kinds} >= {0, 1, 2, 3, 4, 6, 7}
