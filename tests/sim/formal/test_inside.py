# amaranth: UnusedElaboratable=no
"""Signals of a component by their names."""

import pytest

from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.sim.formal.inside import Inside, free


def test_finds_signals_of_submodules():
    inside = Inside(FrameReceiver(8, 1))
    assert inside["uart.word"].shape().width == 9
    assert len(inside.all("crc.crc")) == 2


def test_refuses_a_name_of_nothing_or_of_two():
    inside = Inside(FrameReceiver(8, 1))
    for name, count in (("nothing", 0), ("crc.crc", 2)):
        with pytest.raises(KeyError, match=f"and is {count}"):
            inside[name]


def test_lists_inputs():
    receiver = FrameReceiver(8, 1)
    assert [s.name for s in free(receiver)] == [
        "rx",
        "low",
        "tick",
        "consumed",
        "missing",
        "address",
    ]


def test_what_is_released_is_no_longer_driven():
    inside = Inside(FrameReceiver(8, 1))
    answer = inside["answer"]
    inside.release({"answer"})
    assert "answer" not in Inside(inside.fragment)._signals
    assert inside["answer"] is answer
