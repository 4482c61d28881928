"""A board's design through the pins of an SPI link: right results, whatever a controller does."""

import random
import re

import numpy as np
import pytest

from disturbed import TamperingPort
from qrnn_hw.boards.design.system import System
from qrnn_hw.boards.link.gateware.link import Link
from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.steps import pack_steps
from qrnn_hw.boards.link.protocol import READY, SYNC, Code, Kind
from qrnn_hw.export.errors import LinkError
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.sim.pins.cosim import CosimulatedBoard

MHZ, FASTEST = 48, 7.9  # of the clock; of SCK, where pins take no time: less than a sixth of it
PAUSE = 600  # cycles of a step: the core is much slower than the line
QUIET, PATIENT = 100, 1000  # us without a frame: enough for an answer; longer than a frame computes
LONG = [[[k % 9 - 4] for k in range(6 * 31)]]  # a sequence of six frames
RESET = Frame(Kind.RESET, b"\0").encode()
#: Faults, each in one place of the peripheral or of the link: what stands there instead.
FAULTS = {
    "lost-bit": (r"link\.spi", r"count \+ 1'h1", "count + {1'h0, count == 3'h4, 1'h1}"),
    "wrong-edge-in": (r"link\.spi", r"sck_now & \\\$\d+ ", r"~sck_now & \\before "),
    "wrong-edge-out": (r"link\.spi", r"\\\$\d+  & \\before ", r"sck_now & ~\\before "),
    "last-first": (r"link\.spi", r"\{ held\[0\], held\[7:1\] \}", "{ held[6:0], held[7] }"),
    "deaf-to-cs": (r"link\.spi", r"(?<= = )high(?= \?)", "1'h0"),
    "no-end": (r"link\.spi", r"(?<=line__broken = )raised", "1'h0"),
    "interrupts": (r"link\.spi", "talks & full", "full"),
    "loses-what-is-next": (r"link\.spi", "rises & begins", "begins"),
    "always-ready": (r"link\.spi", r"coming\[0\](?= \? 7'h00)", "1'h0"),
    "no-news": ("link", r"told != consumed\[0\]", "1'h0"),
}
QUICK = ("lost-bit", "wrong-edge-in")  # of the ways in which a fault shows


@pytest.fixture(scope="module")
def identity(kit):
    return kit.identities["words"]


@pytest.fixture(scope="module")
def board(kit, identity, tmp_path_factory):
    """Build a design that has all faults, each of which a plusarg switches on."""
    text = verilog(System(kit.SumCore(identity, PAUSE), Link(identity, 0)), "system")
    for name, (module, old, new) in FAULTS.items():
        (whole,) = re.findall(rf"^module \\system\.{module} \(.*?^endmodule", text, re.M | re.S)
        switch = rf'($test$plusargs("{name}") ? {new} : \g<0>)'
        part, places = re.subn(old, switch, whole)
        assert places, name
        text = text.replace(whole, part)
    folder = tmp_path_factory.mktemp("spi")
    return CosimulatedBoard(text, "system", folder, mhz=MHZ, link="spi")


def heard(port, quiet=QUIET):
    """Return the frames that a controller reads until there is nothing."""
    decoder, frames, pieces = Decoder(), [], 0
    while data := port.read(16, quiet):
        frames += decoder.feed(data)
        pieces += 1
        assert pieces < 100, "a board must have said all at some time"
    return frames + decoder.give_up()


def code(frame):
    return Code(frame.payload[1] >> 4 & 7)


def samples(identity, steps, number=0, last=True):
    return Frame(
        Kind.SAMPLES, bytes([number | last << 7]) + pack_steps(np.array(steps), identity)
    ).encode()


def agree(kit, identity, port, host_of=Host, batch=None):
    batch = batch or kit.sequences(identity, 4, 25)
    host = host_of(port)
    assert host.identify() == identity
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)
    return host.traffic


def restart(port):
    heard(port)
    port.write(RESET)
    assert [code(frame) for frame in heard(port)] == [Code.RESET]


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1, 6, FASTEST])
def test_results_are_right_and_nothing_is_sent_twice(kit, identity, board, host_of, rate):
    with board.power_up(quiet_bits=PATIENT, sck_mhz=rate) as port:
        assert agree(kit, identity, port, host_of).repeats == 0


def test_a_slow_core_is_no_silence(kit, identity, board, host_of):
    """All four slots are full, and the host hears of credit without a question."""
    with board.power_up(quiet_bits=PATIENT, sck_mhz=FASTEST) as port:
        assert agree(kit, identity, port, host_of, LONG).repeats == 0


def cut(kit, identity, port):
    """End a frame after any number of bits; it is not acted on, and the next is."""
    restart(port)
    steps = [[5], [-7], [9]]
    whole = samples(identity, steps)
    for bits in (3, 8, 17, 31, 8 * len(whole) - 8, 8 * len(whole) - 1):
        port.exchange(whole, bits)
        codes = [code(frame) for frame in heard(port)]
        assert codes == ([Code.TRUNCATED] if bits > 7 else [])
    port.write(whole)
    answers = heard(port, PATIENT)
    assert {code(frame) for frame in answers} == {Code.OK}
    assert answers[-1].kind is Kind.RESULT
    (result,) = kit.expected(identity, [steps])
    logits = b"".join(y.to_bytes(identity.logit_bytes, "little", signed=True)
                      for y in result.logits[0])  # fmt: skip
    assert answers[-1].payload[2:-1] == logits


def test_a_frame_that_cs_cuts_short_is_not_acted_on(kit, identity, board):
    with board.power_up(quiet_bits=PATIENT, sck_mhz=FASTEST) as port:
        cut(kit, identity, port)


def slip(data, at):
    """Repeat one bit: a controller's clock that bounced."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits = bits[:at] + bits[at] + bits[at:]
    return int(bits[: 8 * len(data)], 2).to_bytes(len(data), "big")


def noise(kit, identity, port):
    """Flip, repeat and add bits, and clock the line for others: nothing of it is acted on."""
    restart(port)
    whole, draws = samples(identity, [[5], [-7], [9]]), random.Random(3)
    for _ in range(8):
        at = draws.randrange(8, 8 * len(whole))
        flipped = bytearray(whole)
        flipped[at // 8] ^= 0x80 >> at % 8
        for spoilt in (bytes(flipped), slip(whole, at), draws.randbytes(20)):
            port.write(spoilt)
            for frame in heard(port):
                assert code(frame) in (Code.CRC, Code.FORMAT, Code.TRUNCATED)
                assert frame.payload[0] == 0
    for bit in "".join(f"{byte:08b}" for byte in whole):
        port.drive("copi", int(bit))
        for level in (1, 0):
            port.drive("sck", level)
            port.wait(0.2)
    assert heard(port) == []


def test_noise_is_not_acted_on(kit, identity, board):
    with board.power_up(quiet_bits=PATIENT, sck_mhz=FASTEST) as port:
        noise(kit, identity, port)
        agree(kit, identity, port)


@pytest.mark.slow
def test_the_host_gets_its_results_over_a_bad_line(kit, identity, board, host_of):
    draws = random.Random(20)
    fates = [b"", b"\0", draws.randbytes(3), bytes([SYNC, Kind.SAMPLES, 60])]
    plans = [{draws.randrange(40, 500): draws.choice(fates) for _ in range(5)} for _ in range(2)]
    with board.power_up(quiet_bits=QUIET + 300, sck_mhz=FASTEST) as port:
        traffic = agree(kit, identity, TamperingPort(port, *plans), host_of)
        assert traffic.repeats > 0


def test_a_board_that_has_nothing_to_say_shows_zeros(identity, board):
    with board.power_up(sck_mhz=FASTEST) as port:
        assert port.exchange(bytes(5)) == bytes(5)
        port.write(Frame(Kind.IDENTIFY, b"\0").encode())
        port.wait(5)
        # What is said is not lost on a controller that speaks, or asks for less.
        assert port.exchange(b"\1\0\0\0") == bytes([READY, 0, 0, 0])
        assert port.exchange(b"\0", 3) == bytes([READY >> 5])
        first = port.exchange(bytes(4))
        assert first == bytes([READY, SYNC, Kind.IDENTITY, 2 + len(identity.pack())])
        rest = port.exchange(bytes(60))[1:]
        (frame,) = Decoder().feed(first[1:] + rest)
        assert frame.payload[2:] == identity.pack()
        assert set(rest[len(identity.pack()) + 4 :]) == {0}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in FAULTS],
)
def test_planted_faults_are_found(kit, identity, board, name):
    with (
        pytest.raises((AssertionError, LinkError)),
        board.power_up(quiet_bits=PATIENT, sck_mhz=FASTEST, plusargs=[f"+{name}"]) as port,
    ):
        assert agree(kit, identity, port, batch=LONG).repeats == 0
        cut(kit, identity, port)
        noise(kit, identity, port)
