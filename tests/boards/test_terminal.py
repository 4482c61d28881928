"""A host and a board on the two ends of a pseudo-terminal, as a serial port opens it."""

import pytest

from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.reference import ReferenceBoard


def board(kit, name):
    identity = kit.identities[name]
    return identity, ReferenceBoard(identity, kit.classify(identity))


@pytest.mark.parametrize("name", ["words", "every-step"])
def test_sequences_and_live_steps_go_through_a_terminal(kit, on_terminal, name):
    identity, device = board(kit, name)
    batch = kit.sequences(identity, 8, 9)
    with on_terminal(device) as path:
        with Host(path) as host:
            assert host.identify() == identity
            assert list(host.classify_many(batch)) == kit.expected(identity, batch)
            sent, received = host.traffic.sent, host.traffic.received
            assert min(sent, received) > 8 * 6
        with Host(path) as host:
            (whole,) = kit.expected(identity, batch[1:2])
            last = [(result.class_index, result.logits[0]) for result in host.live(batch[1])][-1]
            assert last == (whole.classes[-1], whole.logits[-1])


def test_noise_on_a_terminal_is_survived_and_counted(kit, on_terminal):
    identity, device = board(kit, "words")
    batch = kit.sequences(identity, 8, 9)
    to_board = {40: b"\xff", 90: b"", 133: b"\xa5\xa5\x11"}
    to_host = {60: b"\x00", 140: b"", 200: b"\xa5"}
    with on_terminal(device, to_board, to_host) as path, Host(path, retries=20) as host:
        assert list(host.classify_many(batch)) == kit.expected(identity, batch)
        assert host.traffic.repeats >= 2
