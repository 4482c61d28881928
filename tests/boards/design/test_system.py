"""The board's Verilog through its UART pins: golden results, whatever happens on the line."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from disturbed import TamperingPort
from qrnn_hw.boards.catalogue.icebreaker import ICEBREAKER
from qrnn_hw.boards.design.assemble import assemble, board_verilog
from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.host.host import Host, Result
from qrnn_hw.boards.link.host.line import Port
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import MODULUS, SYNC, Code, Kind
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import LinkError, MismatchError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.model_file import load
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.sim.pins.cosim import CosimulatedBoard, CosimulatedPort

EXAMPLES = Path(__file__).parents[3] / "examples"
CLOCKS_PER_BIT = 8
LANES = 64
# Bits: longer than the core takes for a sequence, and than a board waits inside a frame.
QUICK, PATIENT = 800, 5000
REFUSED = {Code.CRC, Code.FORMAT, Code.TRUNCATED}
Build = Callable[..., CosimulatedBoard]
RESET = Frame(Kind.RESET, b"\0").encode()
ASK = Frame(Kind.GET_RESULT, b"\0").encode()


@dataclass(frozen=True)
class Case:
    """A model, sequences of its task's test set, and what the golden run makes of them."""

    model: IntegerModel
    sequences: list[list[list[int]]]
    results: list[Result]

    @classmethod
    def of(cls, example: str, count: int) -> "Case":
        trained = load(EXAMPLES / example)
        sequences = [x[:length] for x, length in zip(trained.samples_x, trained.samples_lengths)]
        return cls.computed(integer_model(trained), sequences[:count])

    @classmethod
    def computed(cls, model: IntegerModel, sequences: list[Integers]) -> "Case":
        """Run sequences, (T, channels) each."""
        results = []
        for sequence in sequences:
            run = golden.run(model, sequence[None])
            classes = run.classes.reshape(-1).tolist()
            logits = run.logits.reshape(-1, model.classes).tolist()
            results.append(Result(tuple(classes), tuple(map(tuple, logits))))
        return cls(model, [sequence.tolist() for sequence in sequences], results)


def agree(port: Port, case: Case, count: int | None = None) -> None:
    """Classify on the board, and compare every class and every logit."""
    host = Host(port)
    assert host.identify() == Identity.of(case.model)
    assert list(host.classify_many(case.sequences[:count])) == case.results[:count]


class Heard(NamedTuple):
    """What a frame from the board says."""

    kind: Kind
    code: Code
    consumed: int
    accepted: int
    count: int
    body: bytes = b""


class Session:
    """A host without manners; it knows what a board must have accepted and finished."""

    def __init__(self, port: CosimulatedPort, case: Case) -> None:
        self.port = port
        self.identity = Identity.of(case.model)
        self.pairs = cycle(zip(case.sequences, case.results))
        self.number = self.count = 0
        self.listen(PATIENT)
        port.write(RESET)
        assert self.listen() == [Heard(Kind.STATUS, Code.RESET, 0, 0, 0)]

    def listen(self, quiet: int = QUICK) -> list[Heard]:
        """Return what comes until a silence; it must be frames, and nothing else."""
        data, decoder = self.port.read(1 << 16, quiet), Decoder()
        frames = decoder.feed(data) + decoder.give_up()
        assert b"".join(frame.encode() for frame in frames) == data
        heard = []
        for frame in frames:
            (consumed, accepted), (code, count) = (divmod(x, MODULUS) for x in frame.payload[:2])
            heard.append(
                Heard(frame.kind, Code(code), consumed, accepted, count, frame.payload[2:])
            )
        return heard

    def samples(self, steps: list[int], *, last: bool = False, ahead: int = 0) -> bytes:
        """Return a frame with the number that is due, or one that is ``ahead`` of it."""
        tag = (self.number + ahead) % MODULUS | last << 7
        return Frame(Kind.SAMPLES, bytes([tag, *steps])).encode()

    def send(self, frame: bytes) -> list[Heard]:
        """Send a good frame of samples, and return what comes after its status."""
        self.port.write(frame)
        self.number = (self.number + 1) % MODULUS
        status, *others = self.listen()
        expected = Heard(Kind.STATUS, Code.OK, status.consumed, self.number, self.count)
        assert status == expected
        return others

    def sequence(self, insult: Callable[[], None] | None = None, before: bytes = b"") -> None:
        """Send a sequence in two frames, and what must not matter before and between them."""
        steps, result = next(self.pairs)
        middle = len(steps) // 2
        steps = [number for step in steps for number in step]
        assert self.send(before + self.samples(steps[:middle])) == []
        if insult:
            insult()
        said = self.send(before + self.samples(steps[middle:], last=True))
        self.count = (self.count + 1) % MODULUS
        size = self.identity.logit_bytes
        (logits,) = result.logits
        body = b"".join(logit.to_bytes(size, "little", signed=True) for logit in logits)
        body += bytes([result.class_index])
        assert said == [Heard(Kind.RESULT, Code.OK, self.number, self.number, self.count, body)]
        assert self.port.sense("result") == self.count % 2
        assert self.port.sense("error") == 0

    def unmoved(self, quiet: int = PATIENT) -> set[Code]:
        """Check that nothing was acted on since the last good frame; return the codes heard."""
        heard = self.listen(quiet)
        assert {frame.kind for frame in heard} <= {Kind.STATUS}
        place = (self.number, self.number, self.count)
        assert {(frame.consumed, frame.accepted, frame.count) for frame in heard} <= {place}
        if heard:
            assert self.port.sense("error") == 1
        return {frame.code for frame in heard}


@pytest.fixture(scope="module")
def digits() -> Case:
    return Case.of("digits.pt", 20)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    def build(text: str, top: str, **options: object) -> CosimulatedBoard:
        return CosimulatedBoard(text, top, tmp_path_factory.mktemp(top), **options)

    return build


@pytest.fixture(scope="module")
def system(digits: Case) -> str:
    return verilog(assemble(SerialPlan(digits.model, LANES), CLOCKS_PER_BIT), "system")


@pytest.fixture(scope="module")
def port(build: Build, system: str) -> Iterator[CosimulatedPort]:
    """Yield a board that stays on from test to test."""
    with build(system, "system", mhz=CLOCKS_PER_BIT).power_up(quiet_bits=PATIENT) as port:
        yield port


@pytest.fixture
def session(port: CosimulatedPort, digits: Case) -> Session:
    return Session(port, digits)


@pytest.mark.slow
def test_twenty_digits_are_golden(port: CosimulatedPort, digits: Case) -> None:
    assert (len(digits.sequences), len({result.class_index for result in digits.results})) > (19, 5)
    agree(port, digits)


def interleave(one: bytes, other: bytes) -> bytes:
    return bytes(byte for pair in zip(one, other) for byte in pair)


def wrong(frame: bytes, position: int, change: int) -> bytes:
    return frame[:position] + bytes([frame[position] ^ change]) + frame[position + 1 :]


STEPS = [31, 0, 17, 31, 8]
GARBAGE = random.Random(1).randbytes(99).replace(bytes([SYNC]), b"")
INSULTS: dict[str, tuple[Callable[[Session], bytes], set[Code]]] = {
    "payload": (lambda s: wrong(s.samples(STEPS), 5, 0x12), {Code.CRC}),
    "crc": (lambda s: wrong(s.samples(STEPS, last=True), 9, 0x80), {Code.CRC}),
    "kind": (lambda s: wrong(RESET, 1, 0x40), {Code.CRC}),
    "reset": (lambda s: wrong(RESET, 3, 0x01), {Code.CRC}),
    "length-too-short": (lambda s: wrong(s.samples(STEPS), 2, 0x02), {Code.CRC}),
    "length-too-long": (lambda s: wrong(s.samples(STEPS), 2, 0x20), {Code.TRUNCATED}),
    "length-0": (lambda s: bytes([SYNC, Kind.SAMPLES, 0]), {Code.FORMAT}),
    "length-65": (lambda s: bytes([SYNC, Kind.SAMPLES, 65]) + bytes(67), {Code.FORMAT}),
    "length-255": (lambda s: bytes([SYNC, Kind.RESET, 255]) + bytes(9), {Code.FORMAT}),
    "no-steps": (lambda s: s.samples([], last=True), {Code.FORMAT}),
    "answer-as-question": (lambda s: Frame(Kind.RESULT, b"\0").encode(), {Code.FORMAT}),
    "reset-with-content": (lambda s: Frame(Kind.RESET, b"\0\0").encode(), {Code.FORMAT}),
    "duplicate": (lambda s: s.samples(STEPS, ahead=-1), {Code.SEQUENCE}),
    "two-duplicates": (lambda s: 2 * s.samples(STEPS, ahead=-1), {Code.SEQUENCE}),
    "one-lost": (lambda s: s.samples(STEPS, ahead=1, last=True), {Code.SEQUENCE}),
    "only-sync": (lambda s: bytes([SYNC]), {Code.TRUNCATED}),
    "truncated-header": (lambda s: s.samples(STEPS)[:3], {Code.TRUNCATED}),
    "truncated-payload": (lambda s: s.samples(STEPS)[:7], {Code.TRUNCATED}),
    "truncated-crc": (lambda s: s.samples(STEPS, last=True)[:-1], {Code.TRUNCATED}),
    "reset-inside": (lambda s: s.samples(STEPS)[:6] + RESET, {Code.CRC}),
    "frame-inside": (lambda s: s.samples(STEPS)[:4] + s.samples(STEPS), {Code.CRC}),
    "frame-in-long-one": (lambda s: s.samples(9 * STEPS)[:9] + s.samples(STEPS), {Code.TRUNCATED}),
    "interleaved": (lambda s: interleave(s.samples(STEPS), s.samples(STEPS, ahead=1)), {Code.CRC}),
    "every-other-byte-lost": (lambda s: s.samples(STEPS)[::2], {Code.TRUNCATED}),
    "garbage": (lambda s: GARBAGE, set()),
    "many-syncs": (lambda s: 51 * bytes([SYNC]), {Code.FORMAT}),
}


@pytest.mark.parametrize("name", INSULTS)
def test_a_bad_frame_is_not_acted_on(session: Session, name: str) -> None:
    make, codes = INSULTS[name]

    def insult() -> None:
        session.port.write(make(session))
        assert session.unmoved() == codes

    session.sequence(insult)
    session.sequence()


def test_garbage_right_before_a_frame_is_skipped(session: Session) -> None:
    session.sequence(before=GARBAGE)
    session.sequence()


@pytest.mark.parametrize("name", ["samples", "reset", "get-result"])
def test_no_flipped_bit_passes(session: Session, name: str) -> None:
    """Flip every bit of a frame that would do harm here: between two halves of a sequence."""
    session.sequence()
    seen: set[Code] = set()

    def flips() -> None:
        frame = {"samples": session.samples([31], last=True), "reset": RESET, "get-result": ASK}
        good = frame[name]
        for bit in range(8 * len(good)):
            session.port.write(wrong(good, bit // 8, 1 << bit % 8))
            # A length that was made longer is known to be wrong after a silence only.
            codes = session.unmoved(PATIENT if bit // 8 == 2 else QUICK)
            assert (codes == set()) == (bit // 8 == 0)
            seen.update(codes)

    session.sequence(flips)
    session.sequence()
    assert seen == REFUSED


def bits(data: bytes, stop: int = 1) -> list[tuple[int, float]]:
    """Lay out bytes as levels of one bit each."""
    return [
        (level, 1)
        for byte in data
        for level in (0, *(byte >> place & 1 for place in range(8)), stop)
    ]


def noise(seed: int, count: int, longest: float) -> list[tuple[int, float]]:
    rng = random.Random(seed)
    return [(at % 2, rng.uniform(0.03, longest)) for at in range(count)]


NOISES = {
    "spike": [(0, 0.05), (1, 20)],
    "short-glitches": [(level, 0.2 + 12 * level) for level in 9 * (0, 1)],
    "glitch-burst": noise(1, 200, 0.4),
    "slow-noise": noise(2, 300, 3),
    "noise-of-bits": noise(3, 600, 1.5),
    "break": [(0, 100), (1, 3)],
    "half-a-byte": [(0, 1), (1, 1), (0, 2)],
    "no-stop-bits": bits(RESET, stop=0),
    "wrong-baud-rate": [(level, 1.25 * length) for level, length in 3 * bits(RESET)],
}


@pytest.mark.parametrize("name", NOISES)
def test_noise_on_the_line_is_not_acted_on(session: Session, name: str) -> None:
    def noisy() -> None:
        session.port.wave([*NOISES[name], (1, 20)])
        assert session.unmoved() <= REFUSED

    session.sequence(noisy)
    session.sequence()


def test_the_host_gets_golden_results_over_a_bad_line(port, digits) -> None:
    rng = random.Random(20)
    fates: list[Callable[[], bytes]] = [
        lambda: b"",
        lambda: rng.randbytes(1),
        lambda: rng.randbytes(3),
        lambda: bytes([SYNC, Kind.SAMPLES, 60]),
        lambda: 2 * RESET[:4],
    ]
    # A fault about every fourth frame to the board, and every third result.
    plans = [{rng.randrange(60, 1200): rng.choice(fates)() for _ in range(9)} for _ in range(2)]
    tampering = TamperingPort(port, *plans)
    agree(tampering, digits)
    assert tampering.positions[0] > 20 * 70 and all(
        position > max(plan) for position, plan in zip(tampering.positions, plans)
    )


def switched(text: str, module: str, fault: str, old: str, new: str) -> str:
    """Plant a fault in one module, to be switched on by ``+fault``."""
    (whole,) = re.findall(rf"^module \\system\.{module} \(.*?^endmodule", text, re.M | re.S)
    part, places = re.subn(old, rf'($test$plusargs("{fault}") ? {new} : \g<0>)', whole)
    assert places, f"{fault} must have a place in {module}"
    return text.replace(whole, part)


@pytest.fixture(scope="module")
def faulty(build: Build, digits: Case, system: str) -> CosimulatedBoard:
    """Build a board that has all faults, each of which a plusarg switches on."""
    v = digits.model.readout.v.copy()
    v[3, 40] ^= 1
    flipped_model = replace(digits.model, readout=replace(digits.model.readout, v=v))
    plans = [SerialPlan(model, LANES) for model in (digits.model, flipped_model)]
    images = np.array([plan.memory_image() for plan in plans], dtype=object)
    ((place,),) = np.nonzero(images[0] != images[1])
    was, flipped = (f"64'h{word:016x}" for word in images[:, place])
    text = switched(system, "core", "weight", rf"(?<=\[{place}\] = ){was}", flipped)
    for way in ("receiver", "transmitter"):
        crc = rf"link\.{way}\.crc\$\d+"
        text = switched(text, crc, "polynomial", "16'h8408", "16'ha001")
        text = switched(text, crc, f"preset_{way}", "16'hffff", "16'h0000")
    text = switched(text, r"link\.receiver", "trusting", r"(?<== )! crc(?=;)", "1'h1")
    order = ", ".join(f"word[{place}]" for place in range(1, 9))
    text = switched(text, r"link\.receiver\.uart", "rx", r"(?<== )word\[8:1\]", f"{{{order}}}")
    text = switched(text, r"link\.transmitter", "tx", r"(?<=>> )slot\[2:0\]", "~slot[2:0]")
    text = switched(text, r"link\.transmitter", "stop", r"~ slot\[0\](?=;)", "1'h0")
    return build(text, "system", mhz=CLOCKS_PER_BIT)


def test_the_faulty_board_is_golden_with_all_faults_off(faulty, digits) -> None:
    with faulty.power_up(quiet_bits=PATIENT) as port:
        agree(port, digits, 3)


NO_ANSWER = r"^the board must answer IDENTIFY, but sent (nothing|\d+ other frames)$"
FAULTS: dict[str, tuple[type[Exception], str]] = {
    "weight": (AssertionError, r"Result\(classes=\(\d"),
    "polynomial": (LinkError, NO_ANSWER),
    "preset_receiver": (LinkError, NO_ANSWER),
    "preset_transmitter": (LinkError, NO_ANSWER),
    "rx": (LinkError, NO_ANSWER),
    "tx": (LinkError, NO_ANSWER),
    "stop": (MismatchError, "^every byte of the board must end in a stop bit: "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found(faulty, digits, fault) -> None:
    error, message = FAULTS[fault]
    with pytest.raises(error, match=message), faulty.power_up(plusargs=[f"+{fault}"]) as port:
        agree(port, digits, 3)


@pytest.mark.parametrize("name", ["payload", "crc", "reset", "frame-inside"])
def test_a_board_that_trusts_every_frame_is_found(faulty, digits, name) -> None:
    with faulty.power_up(quiet_bits=PATIENT, plusargs=["+trusting"]) as port:
        agree(port, digits, 3)
        session = Session(port, digits)
        with pytest.raises(AssertionError):
            test_a_bad_frame_is_not_acted_on(session, name)


@pytest.fixture(scope="module")
def top(build: Build, digits: Case) -> CosimulatedBoard:
    """Build what a user flashes: with its PLL, at 36 cycles a bit."""
    plan = SerialPlan(digits.model, LANES)
    text = board_verilog(plan, ICEBREAKER, ICEBREAKER.clock())
    return build(
        text, "top", mhz=12, clock="oscillator", reset=None, models=ICEBREAKER.family.cells
    )


@pytest.mark.parametrize("skew", [-0.02, 0, 0.02])
def test_the_top_is_golden_at_its_real_clock(top, digits, skew) -> None:
    with top.power_up(quiet_bits=PATIENT, skew=skew) as port:
        agree(port, digits, 3)


def test_the_top_waits_for_its_clock_and_its_leds_tell(top, digits) -> None:
    leds = ("busy", "error", "result")
    pins = ICEBREAKER.pins()

    def lit() -> list[str]:
        return [led for led in leds if port.sense(led) != pins[led].invert]

    with top.power_up(quiet_bits=PATIENT) as port:
        port.write(RESET)  # It is over before the PLL has locked.
        port.wait(70)
        assert (lit(), port.sense("tx")) == ([], 1)
        assert port.read() == b""
        port.write(Frame(Kind.SAMPLES, b"\x80\1").encode())
        (closed,) = Decoder().feed(port.read(100))
        assert (closed.kind, closed.payload[1] >> 4, lit()) == (Kind.STATUS, 7, ["error"])
        agree(port, digits, 3)
        assert lit() == ["result"]
        steps = [number for (number,) in digits.sequences[3][:60]]
        port.write(Frame(Kind.SAMPLES, bytes([6, *steps])).encode())
        port.wait(10 * 66 + 10)
        assert lit() == ["busy", "result"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "clocks_per_bit",
    [
        pytest.param(36, id="core-faster-than-line"),
        pytest.param(8, id="core-slower-than-line"),
    ],
)
def test_the_network_of_the_paper_is_golden(build, clocks_per_bit) -> None:
    case = Case.of("pmnist512.pt", 2)
    assert {len(sequence) for sequence in case.sequences} == {784}
    text = verilog(assemble(SerialPlan(case.model, LANES), clocks_per_bit), "system")
    with build(text, "system", mhz=clocks_per_bit).power_up(quiet_bits=PATIENT) as port:
        agree(port, case)
