"""What the host in C has of its own; what both hosts must do is in the tests beside this one."""

import re
from dataclasses import replace

import numpy as np
import pytest

from c_host import ERRORS, HOST
from disturbed import Restarting, TamperingPort
from qrnn_hw.boards.link.host.frame import Frame
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import MODULUS, SLOTS, Kind
from qrnn_hw.export.errors import DataError, LinkError
from random_model import random_model

STATIC = ["bytes", "words", "small", "three-channels", "five-bytes", "widest", "every-step",
          "decision", "many-classes", "many-every", "both", "both-many"]  # fmt: skip


@pytest.mark.parametrize("name", STATIC)
@pytest.mark.parametrize("order", [b"c", b"f"], ids=["array", "source"])
def test_every_kind_of_board_is_identified_and_classifies(kit, c_host, name, order):
    identity = kit.identities[name]
    host = c_host(ReferenceBoard(identity, kit.classify(identity)))
    host.order_of_classify = order
    assert host.identify() == identity
    batch = kit.sequences(identity, 12, 5 if identity.classes > 100 else 90)
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)
    assert host.traffic.repeats == 0


def test_the_simulated_board_survives_a_bad_line(kit, c_host):
    identity = kit.identities["words"]
    batch = kit.sequences(identity, 4, longest=10)
    to_board, to_host = {20: b"\x01", 90: b"", 130: b"\xa5\x11\x40"}, {60: b"\xa5"}
    port = TamperingPort(kit.simulated(identity), to_board, to_host)
    host = c_host(port)
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)
    assert host.traffic.repeats > 0


class Slow(ReferenceBoard):
    """Takes a frame to its core when the host listens, and has room for four."""

    def __init__(self, *given):
        self.slots, self.refused = [], 0
        super().__init__(*given)

    def _consume(self, samples, last):
        if len(self.slots) == SLOTS:
            self.refused += 1
        self.slots.append((samples, last))
        self._send(Kind.STATUS, b"")

    def _send(self, kind, body):
        state = self._count | self._code << 4
        tag = self._accepted | (self._accepted - len(self.slots)) % MODULUS << 4
        self._output += Frame(kind, bytes([tag, state]) + body).encode()

    def read(self, size=1):
        if self.slots and not self._output:
            super()._consume(*self.slots.pop(0))
        return super().read(size)


@pytest.mark.parametrize("name", ["bytes", "every-step", "many-every"])
def test_a_slow_core_is_not_sent_more_than_it_has_room_for(kit, c_host, name):
    identity = kit.identities[name]
    board = Slow(identity, kit.classify(identity))
    sequence = [[k % 3] for k in range(700 if name == "bytes" else 40)]
    host = c_host(board)
    assert [host.classify(sequence)] == kit.expected(identity, [sequence])
    assert board.refused == host.traffic.repeats == 0


@pytest.mark.parametrize("length", [1, 62, 63, 64, 126, 127, 200])
@pytest.mark.parametrize("name", ["bytes", "every-step"])
def test_a_live_sequence_may_end_anywhere(kit, c_host, name, length):
    identity = kit.identities[name]
    sequence = [[k % 7] for k in range(length)]
    (whole,) = kit.expected(identity, [sequence])
    host = c_host(ReferenceBoard(identity, kit.classify(identity)))
    for known in (None, length, None):
        found = list(host.live(sequence, known))
        assert [y for result in found for y in result.logits] == list(whole.logits)
    assert host.traffic.repeats == 0


@pytest.mark.parametrize("write", range(3, 9))
@pytest.mark.parametrize("room", [64, 90, 130, 200])
def test_a_live_sequence_of_full_frames_survives_a_restart_where_the_memory_holds_it(
    kit, c_host, room, write
):
    identity = replace(kit.identities["bytes"], endless=True)
    sequence = [[k % 7] for k in range(200)]
    host = c_host(Restarting(identity, kit.classify(identity), write), memory=room)
    (found,) = host.live(sequence)
    (whole,) = kit.expected(identity, [sequence])
    assert (found == whole) or room < 200
    # What the memory does not hold had faded: the answer is that of a last part.
    ends = [kit.expected(identity, [sequence[first:]])[0] for first in range(len(sequence))]
    assert found in ends
    assert len(sequence) - ends.index(found) >= room - 63


def test_a_memory_that_holds_no_frame_is_refused(kit, c_host):
    identity = kit.identities["bytes"]
    host = c_host(ReferenceBoard(identity, kit.classify(identity)), memory=63)
    with pytest.raises(LinkError, match=r"^MEMORY"):
        list(host.live([[1]]))
    assert [host.classify([[1]])] == kit.expected(identity, [[[1]]])


def test_a_number_that_is_out_of_range_leaves_a_live_sequence_as_it_was(kit, c_host):
    identity = kit.identities["every-step"]
    host = c_host(ReferenceBoard(identity, kit.classify(identity)))
    results = [host._call(b"s", 0, np.array([1], "<i4"))]
    for wrong in (-1, 10):
        with pytest.raises(DataError, match=r"^INPUT"):
            host._call(b"s", 0, np.array([wrong], "<i4"))
    results.append(host._call(b"s", 1, np.array([2], "<i4")))
    (whole,) = kit.expected(identity, [[[1], [2]]])
    assert [logits for _, ((_, logits),) in results] == list(whole.logits)
    with pytest.raises(DataError, match=r"^INPUT"):
        host.classify([[1], [10]])
    assert [host.classify([[3]])] == kit.expected(identity, [[[3]]])


@pytest.mark.parametrize(
    ("every", "steps"),
    [
        (False, 2000),
        (True, 500),
        pytest.param(False, 70_000, marks=pytest.mark.slow),
    ],
)
def test_a_stream_goes_on_beyond_its_memory(c_host, every, steps):
    """The longest has more steps than 16 bits count."""
    identity = Identity(8, False, 16, 2, 32, 8, b"streamed", every=every, endless=True)
    host = c_host(ReferenceBoard(identity, summed(identity)), memory=100)
    sequence = [[k % 5] for k in range(steps)]
    found = list(host.live(sequence, len(sequence)))
    assert len(found) == (steps if every else 1)
    assert found[-1].logits[0] == (-2 * steps, 1)
    assert host.traffic.repeats == 0


def summed(identity):
    """Answer with sums that are carried on, as one over all steps takes too long."""
    seen = {"steps": None, "count": 0, "total": 0}

    def run(steps):
        if steps is not seen["steps"]:
            seen.update(steps=steps, count=0, total=0)
        seen["total"] += sum(sum(step) for step in steps[seen["count"] :])
        seen["count"] = len(steps)
        return 1, [-seen["total"], 1]

    return run


class Later(ReferenceBoard):
    """Says more about itself than hosts of today know."""

    def _send(self, kind, body):
        if kind is Kind.IDENTITY:
            body = body[:1] + bytes([body[1] | 0xC0]) + body[2:] + b"\x02\x07"
        super()._send(kind, body)


class OfTwo(ReferenceBoard):
    """Takes two sequences at once, and gets one: a byte behind the class says whose it is."""

    def _send(self, kind, body):
        if kind is Kind.IDENTITY:
            body = body[:1] + bytes([body[1] | 0x20]) + body[2:]
        super()._send(kind, body + b"\0" if kind is Kind.RESULT else body)


@pytest.mark.parametrize("name", ["bytes", "words", "small", "decision"])
def test_a_board_of_two_sequences_at_once_takes_one_after_the_other(kit, c_host, name):
    identity = kit.identities[name]
    batch = kit.sequences(identity, 6, 90)
    host = c_host(OfTwo(identity, kit.classify(identity)))
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)


def test_what_a_later_board_says_besides_is_not_looked_at(kit, c_host):
    identity = kit.identities["words"]
    host = c_host(Later(identity, kit.classify(identity)))
    assert host.identify() == identity
    assert [host.classify([[5]])] == kit.expected(identity, [[[5]]])


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 1), (0, 3), (2, 0), (2, 65), (3, 0), (3, 17), (4, 1), (6, 0), (8, 0), (9, 2), (10, 65),
     (10, 0), (11, 0)],
)  # fmt: skip
def test_an_identity_that_cannot_be_is_refused(kit, c_host, place, value):
    class Strange(ReferenceBoard):
        def _send(self, kind, body):
            if kind is Kind.IDENTITY:
                body = body[:place] + bytes([value]) + body[place + 1 :]
                body = body[:6] + b"\0\0" + body[8:] if place == 6 else body
                body = body[:8] + b"\0\0" + body[10:] if place == 8 else body
            super()._send(kind, body)

    identity = kit.identities["words"]
    with pytest.raises(LinkError, match=r"^PROTOCOL"):
        c_host(Strange(identity, kit.classify(identity))).identify()


def test_a_short_result_is_refused(kit, c_host):
    class Short(ReferenceBoard):
        def _send(self, kind, body):
            super()._send(kind, body[:-1] if kind is Kind.RESULT else body)

    identity = kit.identities["bytes"]
    with pytest.raises(LinkError, match=r"^PROTOCOL"):
        c_host(Short(identity, kit.classify(identity))).classify([[1]])


def test_a_lost_port_is_an_error(kit, c_host):
    class Lost(ReferenceBoard):
        def read(self, size=1):
            raise OSError("unplugged")

    identity = kit.identities["bytes"]
    with pytest.raises(LinkError, match=r"^PORT"):
        c_host(Lost(identity, kit.classify(identity))).identify()


@pytest.mark.parametrize(
    ("weights", "error"), [(None, "UNLOADED"), ([1, 2], "WEIGHTS"), ([1, 2, 4], "WEIGHTS")]
)
def test_a_board_without_its_weights_is_refused(kit, c_host, weights, error):
    identity = kit.identities["loadable"]
    host = c_host(ReferenceBoard(identity, kit.classify(identity)), weights=weights)
    with pytest.raises(LinkError, match=f"^{error}"):
        host.classify([[1]])


def test_a_table_that_is_missing_is_told(c_host):
    model = random_model(np.random.default_rng(3), 8, 6)
    board = ReferenceBoard(Identity.of(model), lambda steps: (0, [0] * model.classes), missing=True)
    with pytest.raises(LinkError, match=r"^UNLOADED"):
        c_host(board).classify([[1]])
    assert c_host(stand_in(model)).classify([[1]]).logits


def test_an_echo_and_silence_are_no_answers(c_host):
    class Echo:
        timeout = None

        def __init__(self, echoes):
            self.data, self.echoes = bytearray(), echoes

        def read(self, size=1):
            data = bytes(self.data[:size])
            del self.data[:size]
            return data

        def write(self, data):
            if self.echoes:
                self.data += data + Frame(Kind.STATUS, b"\x11").encode()

    for echoes in (False, True):
        for call in ("identify", "reset"):
            with pytest.raises(LinkError, match=r"^SILENT"):
                getattr(c_host(Echo(echoes)), call)()


def test_bytes_that_are_no_frames_are_told(c_host):
    class Babbling:
        def read(self, size=1):
            return b"U" * size

        def write(self, data):
            pass

    with pytest.raises(LinkError, match=r"^NOISE"):
        c_host(Babbling()).identify()


def test_logits_need_room_or_are_dropped(kit, c_host):
    identity = kit.identities["words"]
    board = ReferenceBoard(identity, kit.classify(identity))
    with pytest.raises(LinkError, match=r"^MEMORY"):
        c_host(board, logits=identity.classes - 1).identify()
    for room in (0, identity.classes):
        found = c_host(board, logits=room).classify([[5]])
        (wanted,) = kit.expected(identity, [[[5]]])
        assert found.classes == wanted.classes
        assert found.logits == (wanted.logits if room else ((),))


def test_a_live_sequence_that_was_left_is_forgotten(kit, c_host):
    identity = kit.identities["every-step"]
    host = c_host(ReferenceBoard(identity, kit.classify(identity)))
    host._call(b"s", 0, np.array([7], "<i4"))
    assert [host.classify([[1], [2]])] == kit.expected(identity, [[[1], [2]]])
    host._call(b"s", 0, np.array([7], "<i4"))
    host._call(b"e")
    assert [host.classify([[3]])] == kit.expected(identity, [[[3]]])


def test_messages_are_for_errors_alone(c_program):
    texts = [c_program.message(status) for status in ERRORS.values()]
    assert all(texts) and len(set(texts)) == len(ERRORS)
    assert not any(map(c_program.message, (0, 1, 256, min(ERRORS.values()) - 1)))


def test_every_error_has_a_message():
    source = (HOST / "qrnn_host.c").read_text()
    texts = re.search(r"texts\[\] = \{(.*?)\};", source, re.DOTALL)[1]
    assert sorted(ERRORS.values(), reverse=True) == list(range(-1, -len(ERRORS) - 1, -1))
    assert len(re.findall(r'^ +"', texts, re.MULTILINE)) == 1 + len(ERRORS)
