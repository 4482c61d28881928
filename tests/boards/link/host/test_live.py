"""Sequences whose steps come one by one, and boards that lose them."""

from dataclasses import replace
from itertools import count, islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disturbed import Restarting, TamperingPort
from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.live import StreamWarning, live_pieces
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Kind
from qrnn_hw.export import golden
from qrnn_hw.export.errors import DataError, LinkError
from qrnn_hw.export.frontend import FRAME, front_end
from random_model import random_model

PROMPT = Identity(4, False, 16, 9, 16, 8, b"everyone", vocabulary=10, every=True)
ENDLESS = replace(PROMPT, endless=True)


def single(result):
    """Split the readouts of a whole sequence."""
    return [(c, list(y)) for c, y in zip(result.classes, result.logits, strict=True)]


def heard(results):
    return [(result.class_index, list(result.logits[0])) for result in results]


@pytest.mark.parametrize("name", ["every-step", "many-every"])
def test_every_step_is_answered_before_the_next_is_taken(host_of, kit, name):
    identity = kit.identities[name]
    (sequence,) = kit.sequences(identity, 1, 9)
    (whole,) = kit.expected(identity, [sequence])
    taken, seen = [], []

    def steps():
        for step in sequence:
            assert len(seen) == len(taken)
            taken.append(step)
            yield step

    host = host_of(ReferenceBoard(identity, kit.classify(identity)))
    for result in host.live(steps(), len(sequence)):
        seen.append(result)
    assert heard(seen) == single(whole)
    # One without an end leaves nothing behind.
    assert heard(host.live(sequence)) == single(whole)
    assert heard(host.live(sequence)) == single(whole)
    assert host.classify(sequence) == whole


def test_a_stream_may_have_no_end(host_of, kit):
    host = host_of(ReferenceBoard(ENDLESS, kit.classify(ENDLESS)))
    results = list(islice(host.live(k % 10 for k in count()), 40))
    total = sum(k % 10 for k in range(40))
    assert results[-1].logits[0][:3] == (-total, 1, total + 2)
    assert host.traffic.repeats == 0
    assert [host.classify([5])] == kit.expected(ENDLESS, [[[5]]])


def test_answers_of_every_so_many_steps(kit):
    host = Host(ReferenceBoard(ENDLESS, kit.classify(ENDLESS)))
    results = list(islice(host.live((k % 10 for k in count()), every=7), 3))
    assert [y[0] for _, y in heard(results)] == [
        -sum(k % 10 for k in range(7 * n)) for n in (1, 2, 3)
    ]
    for wrong in ({"every": 0}, {"restart": 0}):
        with pytest.raises(DataError, match=r"must be 1 or more, not 0$"):
            list(host.live([1], **wrong))


def test_a_network_that_does_not_forget_warns_or_begins_anew(kit):
    host = Host(ReferenceBoard(PROMPT, kit.classify(PROMPT)))
    with pytest.warns(StreamWarning, match="does not forget"):
        next(host.live(count()))
    found = heard(host.live((k % 10 for k in range(25)), restart=10))
    whole = kit.expected(PROMPT, [[[k] for k in range(10)]] * 2 + [[[k] for k in range(5)]])
    assert found == [answer for result in whole for answer in single(result)]


def test_a_board_that_answers_at_the_end_answers_every_so_many_steps(kit):
    identity = kit.identities["bytes"]
    host = Host(ReferenceBoard(identity, kit.classify(identity)))
    steps = [[k % 7] for k in range(200)]
    found = list(host.live(iter(steps), restart=75))
    assert found == kit.expected(identity, [steps[:75], steps[75:150], steps[150:]])
    assert list(host.live(iter(steps), 150, restart=75)) == found[:2]


@pytest.mark.parametrize("length", [1, 2, 62, 63, 64, 125, 200])
def test_a_board_that_answers_at_the_end_gets_full_frames(kit, length):
    identity = kit.identities["bytes"]
    host = Host(ReferenceBoard(identity, kit.classify(identity)))
    sequence = [[k % 7] for k in range(length)]
    pieces = list(live_pieces(sequence, identity))
    assert [piece.last for piece in pieces] == [False] * ((length - 1) // 63) + [True]
    for known in (None, length):
        assert list(host.live(sequence, known)) == kit.expected(identity, [sequence])
        sent = host.traffic.sent
        # A sequence with an end needs no reset before the next.
        assert list(host.live([[3]])) == kit.expected(identity, [[[3]]])
        assert host.traffic.sent == sent + 7


def test_a_known_length_ends_a_prompt_sequence_without_a_reset(kit):
    host = Host(ReferenceBoard(PROMPT, kit.classify(PROMPT)))
    assert len(list(host.live(count(), 4))) == 4
    sent = host.traffic.sent
    assert heard(host.live([5], 1)) == single(kit.expected(PROMPT, [[[5]]])[0])
    assert host.traffic.sent == sent + 7


def test_the_gateware_answers_every_step_live(host_of, kit):
    identity = kit.identities["every-step"]
    (sequence,) = kit.sequences(identity, 1, 5)
    host = host_of(kit.simulated(identity))
    (whole,) = kit.expected(identity, [sequence])
    assert heard(host.live(sequence)) == single(whole)
    assert heard(host.live(sequence)) == single(whole)


@settings(deadline=None, max_examples=40)
@given(
    to_board=st.dictionaries(st.integers(0, 300), st.binary(max_size=4), max_size=6),
    to_host=st.dictionaries(st.integers(0, 900), st.binary(max_size=4), max_size=6),
    gap=st.tuples(st.integers(0, 900), st.integers(0, 300)),
    name=st.sampled_from(["every-step", "many-every", "bytes"]),
)
def test_tampering_never_changes_a_live_result(host_of, kit, to_board, to_host, gap, name):
    identity = kit.identities[name]
    (sequence,) = kit.sequences(identity, 1, 20)
    (whole,) = kit.expected(identity, [sequence])
    to_host = to_host | dict.fromkeys(range(gap[0], sum(gap)), b"")
    board = ReferenceBoard(identity, kit.classify(identity))
    host = host_of(TamperingPort(board, to_board, to_host), retries=200)
    assert heard(host.live(sequence)) == single(whole)


def test_a_board_that_restarts_gets_the_sequence_again(host_of, kit):
    sequence = [[k % 10] for k in range(30)]
    (whole,) = kit.expected(PROMPT, [sequence])
    host = host_of(Restarting(PROMPT, kit.classify(PROMPT), 24))
    assert heard(host.live(sequence)) == single(whole)
    assert host.traffic.repeats >= 1


@pytest.fixture(params=["python", "c"])
def forgetful(request, c_host, monkeypatch):
    """Return what makes hosts that keep few steps to send them again: 5 or 10 bytes."""
    if request.param == "c":
        return lambda port, size: c_host(port, memory=size)
    for name in ("RECENT", "REPLAY"):
        monkeypatch.setattr(
            f"qrnn_hw.boards.link.host.pipeline.{name}", 5 if name == "RECENT" else 10
        )
    return lambda port, size: Host(port)


def test_a_stream_without_end_goes_on_from_its_last_part(kit, forgetful):
    sequence = [[k % 10] for k in range(60)]
    (whole,) = kit.expected(ENDLESS, [sequence])
    host = forgetful(Restarting(ENDLESS, kit.classify(ENDLESS), 24), 6)
    found = heard(host.live(sequence))
    assert host.traffic.repeats >= 1
    assert len(found) == 60
    same = [one == other for one, other in zip(found, single(whole), strict=True)]
    first = same.index(False)
    # The first after the restart is of the five steps before it, and itself.
    assert not any(same[first:])
    assert found[first][1][0] == -sum(k % 10 for k in range(first - 5, first + 1))


def test_a_sequence_too_long_to_be_sent_again_is_lost_with_a_message(kit, forgetful):
    host = forgetful(Restarting(PROMPT, kit.classify(PROMPT), 24), 10)
    results = host.live([[k % 10] for k in range(30)])
    with pytest.raises(LinkError, match=r"^(a sequence must be of up to 10 bytes to be|TOO_LONG)"):
        list(results)
    assert [host.classify([5])] == kit.expected(PROMPT, [[[5]]])


@pytest.mark.parametrize("every", [False, True])
def test_samples_of_sound_come_one_by_one(host_of, every):
    rng = np.random.default_rng(2)
    model = random_model(
        rng, 8, 6, weights="levels", every=every, channels=16, input_signed=True
    )  # fmt: skip
    host = host_of(stand_in(model, front_end=True))
    for length in (2 * FRAME, 3 * FRAME + 5):
        samples = np.clip(rng.normal(size=length) * 4000, -32768, 32767).astype(np.int64)
        run = golden.run(model, front_end(samples)[None].astype(np.int64))
        logits = run.logits.reshape(-1, model.classes).tolist()
        for known in (None, length):
            found = heard(host.live(samples, known))
            assert [y for _, y in found] == logits
    with pytest.raises(
        DataError, match=r"^(a sequence must be 128 samples or more, not 127|INPUT)$"
    ):
        list(host.live([0] * 127))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "a sequence must be 1 step or more, not 0"),
        ([1, 10], "a token must be from 0 to 9, not 10 to 10"),
        ([[1, 2]], "a sequence must be one row of at least one integer"),
        ([0.5], "a sequence must be one row of at least one integer, not float64"),
    ],
)
def test_steps_that_the_model_cannot_take(kit, steps, message):
    host = Host(ReferenceBoard(PROMPT, kit.classify(PROMPT)))
    with pytest.raises(DataError, match=f"^{message}"):
        list(host.live(steps))
    assert [host.classify([5])] == kit.expected(PROMPT, [[[5]]])


def test_a_readout_of_sound_follows_when_the_next_step_is_there():
    """As from the gateware, so that a host can count on it."""
    model = random_model(
        np.random.default_rng(2), 8, 6, every=True, channels=16, input_signed=True
    )  # fmt: skip
    board = stand_in(model, front_end=True)
    board.write(Frame(Kind.RESET, b"\0").encode())
    results = []
    for number in range(10):
        steps = bytes(2 * 30)
        board.write(Frame(Kind.SAMPLES, bytes([number]) + steps).encode())
        frames = Decoder().feed(board.read(4096))
        results.append(sum(frame.kind is Kind.RESULT for frame in frames))
    # The ninth frame brings the samples to 256 and beyond.
    assert results == [0] * 8 + [1, 0]
