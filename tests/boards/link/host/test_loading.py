"""Weights over the link: the gateware against the reference, and hosts on lines good and bad."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disturbed import Restarting, TamperingPort
from qrnn_hw.boards.design.assemble import assemble
from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.host.host import Host, Result
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import FORGET, MISSING, SYNC, Code, Kind
from qrnn_hw.boards.link.weights import check_value, pack_words
from qrnn_hw.export import golden
from qrnn_hw.export.errors import DataError, LinkError
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model
from simulated_port import SimulatedPort

WORDS = random.Random(4).choices(range(1 << 16), k=250)
RESET = Frame(Kind.RESET, b"\0").encode()
FORGETTING = Frame(Kind.RESET, bytes([FORGET])).encode()
IDENTIFY = Frame(Kind.IDENTIFY, b"\0").encode()
FRAME = 31  # words


def needing(identity, words=WORDS):
    return replace(identity, words=len(words), check=check_value(pack_words(words)))


IDENTITY = needing(Identity(8, False, 512, 3, 25, 12, b"a model "))


def classify(sequence):
    total = sum(sum(step) for step in sequence)
    return 2, [-total, len(sequence), total]


def load(number, words):
    return Frame(Kind.LOAD, bytes([number]) + pack_words(words)).encode()


def samples(number, steps):
    return Frame(Kind.SAMPLES, bytes([number | 0x80]) + steps).encode()


def answers(port, data):
    """Send bytes, and return what comes back until a silence, without the consumed frames."""
    decoder, frames = Decoder(), []
    port.write(data)
    while chunk := port.read(decoder.missing):
        frames += decoder.feed(chunk)
    return [(f.kind, f.payload[0] & 15, f.payload[1], f.payload[2:]) for f in frames]


def status(code, accepted=0, missing=True):
    return (Kind.STATUS, accepted, code << 4 | missing * MISSING, b"")


def missing(port):
    """Ask whether weights are missing."""
    ((*_, state, _),) = answers(port, IDENTIFY)
    return bool(state & MISSING)


def test_a_real_core_is_loaded_and_then_golden_and_keeps_its_weights():
    rng = np.random.default_rng(12)
    model = random_model(rng, 8, 6, weights="levels", w_bits=3, channels=3, input_bits=5)
    plan = PopcountPlan(model, 8, 4, 6, load=True)
    words = plan.loaded_words()
    sequences = [random_sequence(rng, model, steps) for steps in (2, 1)]
    expected = []
    for sequence in sequences:
        run = golden.run(model, sequence[None])
        expected.append(Result((int(run.classes[0]),), (tuple(run.logits[0].tolist()),)))
    assert plan.load_words > 1 and len(set(expected)) == 2

    port = SimulatedPort(assemble(plan, 4), 4, quiet_bits=250)
    host = Host(port)
    identity = host.identify()
    assert identity == Identity.of(model, words)
    assert (identity.words, identity.check) == (len(words), check_value(pack_words(words)))
    assert host.needs_weights()
    with pytest.raises(LinkError, match=rf"must be loaded with {len(words)} words of weights") as e:
        host.classify(sequences[0])
    assert "Host(port, weights=...)" in e.value.hint
    host.load(words)
    assert list(host.classify_many(sequences)) == expected
    host.reset()
    assert [Host(port).classify(sequences[0])] == expected[:1]
    # What is lost comes again by itself, from a host that has it.
    answers(port, FORGETTING)
    assert [host.classify(sequences[1])] == expected[1:]


@pytest.fixture
def board(kit):
    """Return an identity and a port of a simulated board that needs 70 words, 3 frames."""
    identity = needing(kit.identities["words"], WORDS[:70])
    return identity, kit.simulated(identity)


def test_progress_is_told(board):
    heard = []
    Host(board[1]).load(WORDS[:70], lambda done, words: heard.append((done, words)))
    assert heard == [(31, 70), (62, 70), (70, 70)]


def test_loading_again_begins_again(kit, board):
    identity, port = board
    batch = kit.sequences(identity, 3, 9)
    host = Host(port)
    for _ in range(2):
        host.load(WORDS[:70])
        assert list(host.classify_many(batch)) == kit.expected(identity, batch)


def test_an_abandoned_load_is_begun_again(board):
    port = board[1]
    answers(port, RESET)
    assert answers(port, load(0, WORDS[:FRAME])) == [status(Code.OK, 1)]
    Host(port).load(WORDS[:70])
    assert not missing(port)


def test_frames_come_when_the_board_waits_for_them(board):
    port = board[1]
    assert answers(port, load(0, WORDS[:1])) == [status(Code.CLOSED)]
    assert answers(port, RESET) == [status(Code.RESET)]
    assert answers(port, samples(0, b"\0\0")) == [status(Code.CLOSED)]
    assert answers(port, load(0, WORDS[:2])[:-1] + b"\0") == [status(Code.CRC)]
    odd = Frame(Kind.LOAD, b"\0\0").encode()
    assert answers(port, odd) == [status(Code.FORMAT)]
    assert answers(port, load(0, [])) == [status(Code.FORMAT)]
    assert answers(port, load(0, WORDS[:FRAME])) == [status(Code.OK, 1)]
    assert answers(port, load(0, WORDS[:FRAME])) == [status(Code.SEQUENCE, 1)]
    assert answers(port, load(1, WORDS[FRAME:62])) == [status(Code.OK, 2)]
    assert answers(port, load(2, WORDS[62:70])) == [status(Code.OK, 3)]
    assert not missing(port)
    assert answers(port, load(3, WORDS[:1])) == [status(Code.CLOSED, 3, missing=False)]
    assert answers(port, RESET) == [status(Code.RESET, missing=False)]
    assert [answer[0] for answer in answers(port, samples(0, b"\0\0"))] == [
        Kind.STATUS, Kind.RESULT
    ]  # fmt: skip
    assert answers(port, FORGETTING) == [status(Code.RESET)]


@pytest.mark.parametrize("place", [0, 40, 69])
def test_a_wrong_word_is_found(board, place):
    """With right CRCs of the frames, as if noise had made them."""
    port = board[1]
    wrong = WORDS[:70]
    wrong[place] ^= 1 << 7
    answers(port, RESET)
    for number, start in enumerate(range(0, 70, FRAME)):
        assert len(answers(port, load(number, wrong[start : start + FRAME]))) == 1
    assert missing(port)
    assert answers(port, samples(3, b"\0\0")) == [status(Code.CLOSED, 3)]


@pytest.mark.parametrize("count", [69, 71, 90])
def test_too_few_words_are_not_enough_and_too_many_do_no_harm(board, count):
    port = board[1]
    sent = WORDS[:count]
    answers(port, RESET)
    for number, start in enumerate(range(0, count, FRAME)):
        assert answers(port, load(number, sent[start : start + FRAME]))[0][1] == number + 1
    assert missing(port) == (count < 70)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        pytest.param(load(1, WORDS[:1]), Code.OK, id="accepted-and-dropped"),
        pytest.param(load(1, WORDS[:31]), Code.CLOSED, id="complete-meanwhile"),
        pytest.param(samples(1, bytes(128)), Code.CLOSED, id="samples-too-early"),
    ],
)
def test_what_follows_the_last_words_at_once(kit, after, code):
    """Before the board has taken them, when nobody can know whether they are right."""
    words = WORDS[:127]
    identity = needing(kit.identities["widest"], words)
    port = kit.simulated(identity, divisor=8)
    answers(port, RESET)
    first, second = answers(port, load(0, words) + after)
    assert first == status(Code.OK, 1)
    assert second[2] >> 4 & 7 == code
    number = second[1]
    assert number == 1 + (code is Code.OK)
    assert not missing(port)
    kinds = [answer[0] for answer in answers(port, samples(number, bytes(128)))]
    assert kinds == [Kind.STATUS, Kind.RESULT]


KINDS = [*6 * [Kind.LOAD], *2 * [Kind.SAMPLES], *Kind]


@pytest.mark.parametrize("name", ["bytes", "words", "five-bytes", "widest"])
def test_random_traffic_is_answered_as_by_the_reference(kit, name):
    words = WORDS[:8]
    identity = needing(kit.identities[name], words)
    rng = random.Random(name)
    gateware = kit.simulated(identity, pause=1)
    reference = ReferenceBoard(identity, kit.classify(identity))
    assert answers(gateware, RESET) == answers(reference, RESET)
    number, loaded, ready = 0, 0, set()
    for _ in range(25):
        kind = rng.choice(KINDS)
        tag = (number + rng.choice([0, 0, 0, 0, 0, 0, 1, 15])) % 16 | rng.choice([0, 128])
        count = rng.choice([1, 3, 5, 8])
        content = rng.randbytes(identity.step_bytes if kind is Kind.SAMPLES else 0)
        if kind is Kind.LOAD:
            content = pack_words(words[loaded : loaded + count])
        elif kind is not Kind.SAMPLES:
            tag = rng.choice([0, 0, 0, FORGET])
        if rng.randrange(12) == 0:
            content = rng.randbytes(rng.choice([1, 3]))
        data = Frame(kind, bytes([tag]) + content).encode()
        fate = rng.randrange(14)
        if fate == 0:
            data = data[:-1] + bytes([data[-1] ^ 1])
        elif fate == 1:
            data = data[: rng.randrange(len(data))]
        elif fate == 2:
            data = bytes(rng.randrange(SYNC) for _ in range(5)) + data
        said = answers(gateware, data)
        assert said == answers(reference, data), data.hex(" ")
        if said:
            code = said[0][2] >> 4 & 7
            if kind is Kind.LOAD and code == Code.OK:
                loaded += len(content) // 2
            if code == Code.RESET:
                loaded = 0
            number = said[-1][1]
            ready.add(not said[-1][2] & MISSING)
    assert ready == {False, True}


# The first frame of words is the bytes 6 to 73 to the board, behind a RESET.
FAULTS = {
    "corrupted": ({40: b"\x00"}, {}),
    "lost-byte": ({100: b""}, {}),
    "lost-frame": (dict.fromkeys(range(74, 142), b""), {}),
    "repeated-frame": ({74: load(0, WORDS[:FRAME]) + bytes([SYNC])}, {}),
    "lost-status": ({}, dict.fromkeys(range(49, 56), b"")),
    "noise": ({90: b"\xa5\xa5\x14\xa5", 144: b""}, {50: b"\xa5"}),
    "lost-reset": ({2: b""}, {}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_load_survives_a_bad_line(kit, board, name):
    identity, port = board
    to_board, to_host = FAULTS[name]
    tampering = TamperingPort(port, to_board, to_host)
    Host(tampering).load(WORDS[:70])
    plans = zip(tampering.positions, (to_board, to_host))
    assert all(position > max([0, *plan]) for position, plan in plans)
    batch = kit.sequences(identity, 2, 9)
    assert list(Host(port).classify_many(batch)) == kit.expected(identity, batch)


@settings(deadline=None, max_examples=100)
@given(
    to_board=st.dictionaries(st.integers(0, 800), st.binary(max_size=4), max_size=6),
    to_host=st.dictionaries(st.integers(0, 300), st.binary(max_size=4), max_size=6),
)
def test_tampering_never_changes_what_is_loaded(kit, to_board, to_host):
    port = TamperingPort(ReferenceBoard(IDENTITY, classify), to_board, to_host)
    host = Host(port, retries=20, weights=WORDS)
    batch = [[k] * 40 for k in range(6)]
    results = [list(result.logits[0]) for result in host.classify_many(batch)]
    assert results == [classify([[k]] * 40)[1] for k in range(6)]
    assert not host.needs_weights()


@pytest.mark.parametrize("write", [3, 5, 7, 12, 14, 18, 24])
def test_a_board_that_restarts_is_loaded_again(host_of, write):
    board = Restarting(IDENTITY, classify, write)
    results = host_of(board, weights=WORDS).classify_many([k] * 50 for k in range(40))
    assert [list(result.logits[0]) for result in results] == [
        classify([[k]] * 50)[1] for k in range(40)
    ]
    assert board.writes <= 0


class Doubtful(ReferenceBoard):
    """Never finds its weights right."""

    def _load(self, words):
        super()._load(words[:-1] + bytes([words[-1] ^ 1]))


class Deaf(ReferenceBoard):
    """Hears no weights."""

    def _act(self, kind, tag, samples):
        if kind != Kind.LOAD:
            super()._act(kind, tag, samples)


@pytest.mark.parametrize(
    ("board", "message"),
    [
        (Doubtful, r"^the board must find its weights right, and did not after 3 loads$"),
        (Deaf, r"^the board must take its weights, but did not after 3 silences$"),
    ],
)
def test_a_load_that_never_ends_well_is_told(board, message):
    with pytest.raises(LinkError, match=message):
        Host(board(IDENTITY, classify), retries=2).load(WORDS)


@pytest.mark.parametrize(
    ("identity", "words", "message"),
    [
        (IDENTITY, WORDS[:-1], r"weights must be 250 words with the check value \w{8}, not 249"),
        (IDENTITY, [*WORDS[:-1], 7], r"weights must be 250 words with the check value \w{8}, not"),
        (IDENTITY, [1 << 16], r"weights must be a row of words of 0\.\.65535, not int64 of"),
        (IDENTITY, [[1]], r"weights must be a row of words of 0\.\.65535, not int64 of shape"),
        (Identity(8, False, 9, 3, 25, 12, bytes(8)), [1], "this one has its own"),
    ],
)
def test_other_weights_are_refused(identity, words, message):
    with pytest.raises(DataError, match=message):
        Host(ReferenceBoard(identity, classify)).load(words)
