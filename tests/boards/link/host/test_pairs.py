# amaranth: UnusedElaboratable=no
"""Two sequences at once over the link: in turn, of any lengths, on any line, never mixed."""

import inspect
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disturbed import TamperingPort
from qrnn_hw.boards.link.gateware import link
from qrnn_hw.boards.link.gateware.collector import Collector
from qrnn_hw.boards.link.gateware.feeder import Feeder
from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.boards.link.host.allowance import Allowance
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.pipeline import Pair
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.errors import LinkError

BOTH = Identity(12, True, 16, 3, 20, 8, b"both two", at_once=2)


def batch(*lengths):
    return [[[k - 2]] * length for k, length in enumerate(lengths)]


@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([1, 2, 5, 63]), st.integers(1, 3))
def test_frames_of_a_pair_hold_all_steps_in_turn(first, second, steps, each):
    both = [bytes([side, *range(each - 1)]) * n for side, n in enumerate((first, second))]
    found, ended = [[], []], []
    for content, marks in Pair(*both, each, 2).frames(steps * each):
        count = len(content) // each
        assert len(content) == count * each and 0 < count <= steps
        for number in range(count):
            side = bool(marks & 0x10) ^ (number % 2 if marks & 0x20 else 0)
            found[side].append(content[number * each : (number + 1) * each])
            left = count - 1 - number
            if (left == 0 and marks & 0x80) or (left == 1 and marks & 0x40 and marks & 0x20):
                ended.append((side, len(found[side])))
    assert [b"".join(part) for part in found] == both
    wanted = [(0, first), (1, second)]
    assert ended == (wanted[::-1] if second < first else wanted)


@pytest.mark.parametrize(
    "lengths", [(3, 3), (1, 1), (2, 9), (9, 2), (5, 4, 3), (40, 41, 39, 1, 70, 70)]
)
def test_results_come_in_the_order_of_the_sequences(kit, lengths):
    host = Host(ReferenceBoard(BOTH, kit.classify(BOTH)))
    assert list(host.classify_many(batch(*lengths))) == kit.expected(BOTH, batch(*lengths))


@pytest.mark.parametrize(
    ("to_board", "to_host"),
    [
        pytest.param({30: b"\x00"}, {}, id="corrupted-samples"),
        pytest.param({15: b""}, {}, id="lost-byte"),
        pytest.param({}, {i: b"" for i in range(37, 60)}, id="lost-result"),
        pytest.param({20: b"\x01", 90: b"", 130: b"\xa5\x11\x40"}, {60: b"\xa5"}, id="both-ways"),
    ],
)
def test_a_bad_line_changes_nothing(kit, to_board, to_host):
    sequences = kit.sequences(BOTH, 5, longest=10)
    port = TamperingPort(kit.simulated(BOTH), to_board, to_host)
    assert list(Host(port).classify_many(sequences)) == kit.expected(BOTH, sequences)


@settings(deadline=None, max_examples=60)
@given(
    to_board=st.dictionaries(st.integers(0, 400), st.binary(max_size=4), max_size=6),
    to_host=st.dictionaries(st.integers(0, 400), st.binary(max_size=4), max_size=6),
)
def test_tampering_never_changes_a_result(kit, to_board, to_host):
    sequences = [[[k]] * (1 + 30 * k % 100) for k in range(9)]
    port = TamperingPort(ReferenceBoard(BOTH, kit.classify(BOTH)), to_board, to_host)
    results = list(Host(port, retries=20).classify_many(sequences))
    assert results == kit.expected(BOTH, sequences)


FAULTS = [
    pytest.param(Feeder, "other & self.sample[TURNS]", "other & 0", id="turns"),
    pytest.param(Feeder, "~other & ~ends", "~other", id="turns-go-on"),
    pytest.param(FrameReceiver, "byte - self.step_bytes", "byte - 1", id="end-of-the-first"),
    pytest.param(Collector, "Mux(final, logit.sequence, byte)", "Mux(final, 0, byte)", id="whose"),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), FAULTS)
def test_a_fault_of_the_link_is_seen(kit, monkeypatch, kind, right, wrong):
    text = inspect.getsource(kind)
    assert text.count(right) == 1
    names = dict(vars(sys.modules[kind.__module__]))
    exec(text.replace(right, wrong), names)
    monkeypatch.setattr(link, kind.__name__, names[kind.__name__])
    sequences = batch(3, 6, 4, 2, 1)
    try:
        found = list(Host(kit.simulated(BOTH), retries=1).classify_many(sequences))
    except LinkError:
        return
    assert found != kit.expected(BOTH, sequences)


def test_an_answer_to_the_other_sequence_is_refused(kit):
    class Crossed(ReferenceBoard):
        def _answer(self, index, logits, side=0):
            super()._answer(index, logits, 1 - side)

    host = Host(Crossed(BOTH, kit.classify(BOTH)))
    with pytest.raises(LinkError, match="must answer sequence 0 of two, and answered 1"):
        list(host.classify_many(batch(2, 2)))


def test_readouts_of_many_frames_are_asked_for_one_by_one(kit):
    many = replace(BOTH, classes=256, logit_bits=64)
    assert many.parts == 9 and not many.pairs
    assert Allowance.of(many).sequences == 1 and Allowance.of(BOTH).sequences == 7
    host = Host(ReferenceBoard(many, kit.classify(many)))
    assert list(host.classify_many(batch(2, 3))) == kit.expected(many, batch(2, 3))


@pytest.mark.parametrize("field", [{"every": True}, {"words": 3}, {"at_once": 3}])
def test_an_identity_that_no_board_has_is_refused(field):
    with pytest.raises(LinkError):
        replace(BOTH, **field)


def test_the_identity_says_how_many_at_once():
    assert Identity.unpack(BOTH.pack()) == BOTH
    assert BOTH.pack()[1] & 32 and not replace(BOTH, at_once=1).pack()[1] & 32
