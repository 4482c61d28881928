"""The streams of a core: widths and signs of what is on the wire."""

import numpy as np
import pytest
from amaranth import Shape, signed, unsigned

from qrnn_hw.hw.ports import class_shape, input_layout, output_layout
from random_model import random_model


def model(**options):
    return random_model(np.random.default_rng(1), 8, 8, **options)


@pytest.mark.parametrize(
    ("options", "data"),
    [
        pytest.param({"input_bits": 5}, unsigned(5), id="number"),
        pytest.param({"input_bits": 5, "input_signed": True}, signed(5), id="signed"),
        pytest.param({"input_bits": 16, "channels": 3}, unsigned(48), id="channels"),
        pytest.param(
            {"input_bits": 5, "channels": 2, "input_signed": True},
            unsigned(10),
            id="signed-channels",
        ),
        pytest.param({"vocabulary": 2}, unsigned(1), id="2-tokens"),
        pytest.param({"vocabulary": 9}, unsigned(4), id="9-tokens"),
    ],
)
def test_a_time_step_takes_the_inputs_bits_and_an_end_mark(options, data):
    given = model(**options)
    layout = input_layout(given)
    assert Shape.cast(layout["data"].shape) == data
    assert Shape.cast(layout["last"].shape) == unsigned(1)
    assert Shape.cast(layout).width == given.inputs.width + 1


@pytest.mark.parametrize(
    ("classes", "width"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (10, 4), (256, 8)]
)
def test_a_logit_is_signed_and_a_class_an_index(classes, width):
    given = model(classes=classes)
    layout = output_layout(given)
    assert Shape.cast(layout["data"].shape) == signed(given.logit_bits)
    assert Shape.cast(layout["user"].shape) == class_shape(given) == unsigned(width)
    assert Shape.cast(layout["last"].shape) == unsigned(1)


def test_packed_inputs_fit_the_wire():
    given = model(input_bits=5, channels=3, input_signed=True)
    low, high = given.input_range
    words = given.inputs.pack(np.array([[low] * 3, [high] * 3, [-1] * 3]))
    assert words == [0b10000_10000_10000, 0b01111_01111_01111, 0b11111_11111_11111]
    assert max(words) < 1 << Shape.cast(input_layout(given)["data"].shape).width
