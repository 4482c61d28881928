"""What is taken off a device before a core is chosen."""

import numpy as np
import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.design.size import FRONT_END, READER, heard_rate, link_cost
from qrnn_hw.hw.cost import Cost
from random_model import random_model


def model(**options):
    return random_model(np.random.default_rng(1), 8, 6, **options)


@pytest.mark.parametrize(
    ("options", "cost"),
    [
        pytest.param({}, Cost(328, 2), id="a-byte"),
        pytest.param({"vocabulary": 5}, Cost(328, 2), id="token"),
        pytest.param({"vocabulary": 257}, Cost(336, 2) + READER, id="token-of-two-bytes"),
        pytest.param({"channels": 16}, Cost(448, 2), id="16-bytes"),
        pytest.param({"channels": 64, "input_bits": 8}, Cost(832, 4), id="wide"),
    ],
)
def test_a_link_grows_with_its_steps(options, cost):
    assert link_cost(model(**options)) == cost


def test_a_front_end_has_a_link_of_samples():
    listening = model(channels=16, input_signed=True)
    assert link_cost(listening, front_end=True) == Cost(336, 2) + FRONT_END
    assert FRONT_END == Cost(400, 2)


def test_a_line_of_a_megabaud_brings_six_times_real_time():
    # 128 samples of two bytes, ten bits each.
    assert heard_rate(board("icebreaker")) == 1_000_000 / 2560 > 6 * 62.5
