"""Go-back-N with credits, beyond what the wrapping numbers show."""

import pytest

from qrnn_hw.boards.link.host.window import Window
from qrnn_hw.export.errors import LinkError


def numbers(frames):
    return [frame.payload[0] & 15 for frame in frames]


@pytest.fixture
def window():
    window = Window()
    for number in range(40):
        window.push(bytes([number]))
    return window


def test_no_more_than_the_credit_is_sent(window):
    assert numbers(window.due()) == [0, 1, 2, 3]
    assert numbers(window.due()) == []
    assert window.update(0x04)
    assert numbers(window.due()) == []
    assert window.update(0x34)
    assert numbers(window.due()) == [4, 5, 6]


def test_going_back_sends_what_was_not_accepted(window):
    list(window.due())
    window.update(0x02)
    window.go_back()
    assert numbers(window.due()) == [2, 3]
    window.go_back()
    # The first copies were accepted after all.
    assert window.update(0x44)
    assert numbers(window.due()) == [4, 5, 6, 7]


def test_the_numbers_wrap(window):
    sent = []
    for _ in range(10):
        frames = list(window.due())
        sent += [frame.payload[1] for frame in frames]
        tag = (frames[-1].payload[0] + 1) % 16
        assert window.update(tag | tag << 4)
        assert not window.update(tag | tag << 4)
    assert sent == list(range(40))
    assert (window.unaccepted, window.unsent) == (0, 0)


@pytest.mark.parametrize("tag", [0x05, 0x42, 0x0F])
def test_impossible_answers_are_told(window, tag):
    list(window.due())
    with pytest.raises(LinkError, match=r"^the board must have accepted at most 4 frames, not"):
        window.update(tag)
