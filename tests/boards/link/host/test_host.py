"""The host against the gateware and against the reference, on lines good and bad."""

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from disturbed import Restarting, TamperingPort
from qrnn_hw.boards.link.host.frame import Frame
from qrnn_hw.boards.link.host.host import Host, Result
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Kind
from qrnn_hw.export.errors import DataError, LinkError

IDENTITY = Identity(8, False, 512, 3, 25, 12, b"a model ")


def classify(sequence):
    total = sum(sum(step) for step in sequence)
    return 2, [-total, len(sequence), total]


# Sequences, the longest, and one of several frames.
SIZES = {
    "bytes": (20, 12, 150),
    "words": (20, 12, 150),
    "small": (20, 12, 6),
    "three-channels": (6, 12, 40),
    "five-bytes": (6, 12, 20),
    "widest": (2, 3, 2),
    "every-step": (3, 5, 20),
    "decision": (6, 12, 80),
    "both": (9, 12, 150),
    "both-bytes": (4, 12, 40),
    "many-classes": (3, 5, 5),
    "many-every": (2, 1, 2),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            n, marks=pytest.mark.slow if n in ("many-every", "many-classes", "words") else []
        )
        for n in SIZES
    ],
)
def test_the_simulated_board_classifies_many_sequences(kit, name):
    identity = kit.identities[name]
    count, longest, long = SIZES[name]
    batch = kit.sequences(identity, count, longest)
    batch[1] = [[1] * identity.channels] * long
    host = Host(kit.simulated(identity))
    assert host.identify() == identity
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)
    assert [host.classify(batch[0])] == kit.expected(identity, batch[:1])


def test_a_step_may_be_a_number_where_there_is_one_channel(kit):
    identity = kit.identities["bytes"]
    host = Host(kit.simulated(identity))
    assert host.classify([3, 4]) == host.classify([[3], [4]])
    assert host.classify([3, 4]) == kit.expected(identity, [[[3], [4]]])[0]


@pytest.mark.parametrize("name", ["every-step", "bytes"])
def test_a_stream_yields_readouts_as_they_come(kit, name):
    identity = kit.identities[name]
    (sequence,) = kit.sequences(identity, 1, longest=9, seed=3)
    (whole,) = kit.expected(identity, [sequence])
    host = Host(ReferenceBoard(identity, kit.classify(identity)))
    single = [Result((c,), (y,)) for c, y in zip(whole.classes, whole.logits, strict=True)]
    assert list(host.stream(sequence)) == single
    # Half of one leaves nothing behind.
    next(host.stream(sequence))
    assert host.classify(sequence) == whole


def test_a_slow_core_is_waited_for(kit):
    identity = kit.identities["words"]
    batch = [[[1]] * 40, [[2]] * 70, [[3]]]
    host = Host(kit.simulated(identity, pause=400))
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)


@pytest.mark.parametrize(
    ("to_board", "to_host"),
    [
        pytest.param({30: b"\x00"}, {}, id="corrupted-samples"),
        pytest.param({15: b""}, {}, id="lost-byte"),
        pytest.param({12: b"", 13: b"", 14: b"", 15: b"", 16: b""}, {}, id="lost-header"),
        pytest.param({12: b"\xa5\xa5\x11\xa5noise\xa5"}, {}, id="noise-between-frames"),
        pytest.param({}, {i: b"" for i in range(30, 37)}, id="lost-status"),
        pytest.param({}, {40: b"\xff"}, id="corrupted-result"),
        pytest.param({}, {i: b"" for i in range(37, 60)}, id="lost-result"),
        pytest.param({20: b"\x01", 90: b"", 130: b"\xa5\x11\x40"}, {60: b"\xa5"}, id="both-ways"),
    ],
)
def test_the_simulated_board_survives_a_bad_line(kit, to_board, to_host):
    identity = kit.identities["words"]
    batch = kit.sequences(identity, 6, longest=10)
    port = TamperingPort(kit.simulated(identity), to_board, to_host)
    assert list(Host(port).classify_many(batch)) == kit.expected(identity, batch)


def test_a_reset_in_the_middle_of_a_sequence_forgets_it(kit):
    identity = kit.identities["words"]
    port = kit.simulated(identity)
    host = Host(port)
    host.reset()
    port.write(Frame(Kind.SAMPLES, b"\x00\x01\x00\x02\x00").encode())
    host.reset()
    assert [host.classify([5])] == kit.expected(identity, [[[5]]])


def test_a_run_that_was_abandoned_leaves_nothing_behind():
    host = Host(ReferenceBoard(IDENTITY, classify))
    assert next(host.classify_many([1, k] for k in range(99))).logits == ((-1, 2, 1),)
    assert host.classify([7]).logits == ((-7, 1, 7),)


def test_a_crc_that_is_right_by_chance_is_told_from_others():
    """What other tests leave out, and nothing else."""
    batch = [[[k]] * (1 + 30 * k % 100) for k in range(12)]
    for to_board, forged in (({81: b"\xc9\xe7", 97: b"%y"}, True), ({81: b"\xc9"}, False)):
        port = TamperingPort(ReferenceBoard(IDENTITY, classify), to_board)
        right = [result.class_index for result in Host(port).classify_many(batch)]
        assert port.forged is forged
        assert forged or right == [classify(sequence)[0] for sequence in batch]


@settings(deadline=None, max_examples=100)
@given(
    to_board=st.dictionaries(st.integers(0, 400), st.binary(max_size=4), max_size=6),
    to_host=st.dictionaries(st.integers(0, 400), st.binary(max_size=4), max_size=6),
)
def test_tampering_never_changes_a_result(host_of, kit, to_board, to_host):
    batch = [[[k]] * (1 + 30 * k % 100) for k in range(12)]
    port = TamperingPort(ReferenceBoard(IDENTITY, classify), to_board, to_host)
    results = list(host_of(port, retries=20).classify_many(batch))
    assume(not port.forged)
    assert [(result.class_index, list(result.logits[0])) for result in results] == [
        classify(sequence) for sequence in batch
    ]


@settings(deadline=None, max_examples=60)
@given(
    to_board=st.dictionaries(st.integers(0, 400), st.binary(max_size=4), max_size=6),
    to_host=st.dictionaries(st.integers(0, 900), st.binary(max_size=4), max_size=6),
    gap=st.tuples(st.integers(0, 900), st.integers(0, 800)),
    name=st.sampled_from(["every-step", "many-every", "many-classes"]),
)
def test_lost_readouts_are_never_taken_for_others(host_of, kit, to_board, to_host, gap, name):
    """Among them gaps that whole results, up to all that may be under way, disappear in."""
    identity = kit.identities[name]
    batch = kit.sequences(identity, 4, longest=20)
    to_host = to_host | dict.fromkeys(range(gap[0], sum(gap)), b"")
    board = ReferenceBoard(identity, kit.classify(identity))
    port = TamperingPort(board, to_board, to_host)
    results = list(host_of(port, retries=200).classify_many(batch))
    assume(not port.forged)
    assert results == kit.expected(identity, batch)


@pytest.mark.parametrize("frame", [3, 7, 18, 19, 20])
def test_a_board_that_restarts_gets_the_sequences_again(host_of, frame):
    batch = [[k] * 50 for k in range(40)]
    results = host_of(Restarting(IDENTITY, classify, frame)).classify_many(batch)
    assert [list(result.logits[0]) for result in results] == [
        classify([[k]] * 50)[1] for k in range(40)
    ]


def test_a_line_that_always_loses_the_same_ends_in_an_error(kit):
    """Results that came before, and come again after every restart, are no progress."""

    class Forgetful(ReferenceBoard):
        def _send(self, kind, body):
            if kind is not Kind.RESULT or self._count != 6:
                super()._send(kind, body)

    identity = kit.identities["every-step"]
    host = Host(Forgetful(identity, kit.classify(identity)), retries=3)
    with pytest.raises(LinkError, match=r"^the board must send results one by one, but 2 came"):
        host.classify([1] * 30)


def test_results_that_come_again_may_be_lost(host_of, kit):
    class Lossy(ReferenceBoard):
        rng = random.Random(5)

        def _send(self, kind, body):
            if kind is not Kind.RESULT or self.rng.random() > 0.15:
                super()._send(kind, body)

    identity = kit.identities["every-step"]
    host = host_of(Lossy(identity, kit.classify(identity)))
    sequence = [[1]] * 40
    assert [host.classify(sequence)] == kit.expected(identity, [sequence])


def test_a_reset_by_another_host_is_noticed_where_the_counts_cannot_tell(host_of):
    """After 16 frames without a result, all that the board counts is what it was at the start."""

    class Shared(ReferenceBoard):
        frames = 0

        def write(self, data):
            size = super().write(data)
            self.frames += data[1] == Kind.SAMPLES
            if self.frames == 16:
                super().write(Frame(Kind.RESET, b"\0").encode())
            return size

    sequence = [[3]] * (63 * 20)
    result = host_of(Shared(IDENTITY, classify)).classify(sequence)
    assert list(result.logits[0]) == classify(sequence)[1]


def test_a_line_that_is_never_quiet_does_not_stop_the_host(host_of, kit):
    """A wrong byte now and then, where nothing is said: as from bits that flip on an idle line."""

    class NeverQuiet(TamperingPort):
        def read(self, size=1):
            return super().read(size) or b"\xff"

    identity = kit.identities["words"]
    batch = kit.sequences(identity, 8, longest=40)
    board = ReferenceBoard(identity, kit.classify(identity))
    lost = {place: b"" for place in [30, 200, *range(300, 390)]}
    host = host_of(NeverQuiet(board, lost, lost), retries=20)
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)
    assert host.traffic.repeats > 0


def test_an_echo_is_no_answer():
    class Echo(Silent):
        def __init__(self):
            self.data = bytearray()

        def read(self, size=1):
            data = bytes(self.data[:size])
            del self.data[:size]
            return data

        def write(self, data):
            self.data += data + Frame(Kind.STATUS, b"\x11").encode()

    for ask in (Host.identify, Host.reset):
        with pytest.raises(LinkError, match=r"^the board must answer \w+, but sent nothing$"):
            ask(Host(Echo()))


class Silent:
    """Nobody there."""

    timeout = None

    def read(self, size=1):
        return b""

    def write(self, data):
        return len(data)

    def close(self):
        self.closed = True


class Babbling(Silent):
    """Something else than a board."""

    def read(self, size=1):
        return b"U" * size


@pytest.mark.parametrize(
    ("port", "message", "hint"),
    [
        (Silent(), "the board must answer IDENTIFY, but sent nothing", "check the cable"),
        (Babbling(), "the line must carry frames, not 1302 bytes of something else", "baud"),
        ("/dev/no-such-port", "/dev/no-such-port must be a serial port that can be opened: ", "ca"),
    ],
)
def test_no_board_is_told_as_such(port, message, hint):
    with pytest.raises(LinkError, match=f"^{message}") as caught:
        Host(port).identify()
    assert hint in caught.value.hint


def test_the_port_is_given_back():
    port = Silent()
    with Host(port, timeout=0.5):
        assert port.timeout == 0.5
    assert port.closed


@pytest.mark.parametrize(
    ("sequence", "message"),
    [
        ([], r"at least one integer, not float64 of shape \(0,\)"),
        ([[1, 2]], r"one row of at least one integer, not int64 of shape \(1, 2\)"),
        ([1.5], r"at least one integer, not float64 of shape \(1,\)"),
        ([3, 256], "a step must be from 0 to 255, not 3 to 256"),
    ],
)
def test_sequences_that_the_model_cannot_take(sequence, message):
    host = Host(ReferenceBoard(IDENTITY, classify))
    with pytest.raises(DataError, match=message):
        host.classify(sequence)
    assert host.classify([1]).class_index == 2
