"""What a sensor may be, and what is said of one that cannot be."""

import re

import numpy as np
import pytest

from qrnn_hw.export.errors import BoardError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.wrap.sensor import Sensor
from random_model import random_model


def model(**options):
    return random_model(np.random.default_rng(2), 8, 6, channels=3, input_bits=5, **options)


def test_numbers_are_read():
    found = Sensor.parse("period=3000, steps=0,mode=3,word-bits=16,command=0x9f,command_bits=8")
    assert found == Sensor(3000, 0, 3, word_bits=16, command=0x9F, command_bits=8)
    found.check(model(every=True, decays=(5, 3)))


def test_a_poll_takes_its_bits_and_a_half_before_after_and_between():
    assert Sensor(10**6, 1, divider=5, word_bits=7, command_bits=8).frame_cycles(3) == 5 * 60


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps=3", "period must be given, not only 'steps=3'"),
        ("", "its numbers must be among period, steps, mode, divider"),
        ("period=9,steps=1,speed=2", "not 'speed'"),
        ("period=1e3,steps=1", "period must be an integer, not '1e3'"),
        ("period=9,steps=1,mode=4", "mode must be 0..3, not 4"),
        ("period=9,steps=-1", "steps must be 0..4294967295, not -1"),
        ("period=9,steps=1,command=4,command_bits=2", "command must fit 2 bits, not be 4"),
    ],
)
def test_wrong_numbers_are_refused(text, message):
    with pytest.raises(BoardError, match=re.escape(message)) as caught:
        Sensor.parse(text)
    assert "docs/embedding.md" in caught.value.hint


@pytest.mark.parametrize(
    ("sensor", "message"),
    [
        (Sensor(999, 1, word_bits=8, skip=4), "word_bits must be 9 or more for channels of 5 bits"),
        (Sensor(392, 1), "period must be 393 cycles or more for 48 bits of 8, not 392"),
        (Sensor(999, 0), "steps must be 1 or more where logits follow the last step only, not 0"),
    ],
)
def test_a_sensor_must_fit_the_model(sensor, message):
    with pytest.raises(BoardError, match=message):
        sensor.check(model())


def test_a_network_that_does_not_forget_begins_anew():
    message = "steps must be 1 or more where the network does not forget, not 0"
    for options in ({}, {"decays": (5, 0)}):
        with pytest.raises(BoardError, match=message):
            Sensor(999, 0).check(model(every=True, **options))
        Sensor(999, 10**6).check(model(every=True, **options))
    pooled = {"every": True, "decays": (5, 3), "block": 4, "origin_bits": 0}
    message = "steps must be 9 or less for a network that sums 9 steps at most, not 10"
    with pytest.raises(BoardError, match=message):
        Sensor(999, 10).check(model(**pooled, pool=Pool("mean", 9, 0)))
    Sensor(999, 0).check(model(**pooled, pool=Pool("mean", 0, 3)))
