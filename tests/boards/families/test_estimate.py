"""The clock of a design, before it is routed."""

import numpy as np
import pytest

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.families.estimate import clock_mhz
from qrnn_hw.boards.families.ice40 import HX8K, UP5K
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model


def test_the_clock_of_what_fits_no_device_is_a_number():
    """What does not fit is compared, too, with what does."""
    model = random_model(np.random.default_rng(1), 2048, 8)
    small, large = PopcountPlan(model, 8, 1), PopcountPlan(model, 2048, 2048)
    assert 1 < clock_mhz(large, UP5K) < clock_mhz(small, UP5K) < 200


@pytest.mark.parametrize("lanes", [4, 64])
def test_an_hx_is_faster_than_an_up5k(lanes):
    plan = SerialPlan(random_model(np.random.default_rng(2), 64, 8), lanes)
    assert 1.8 < clock_mhz(plan, HX8K) / clock_mhz(plan, UP5K) < 3


def test_a_device_of_another_router_has_its_usual_clock():
    part = BOARDS["arty"].part
    plan = SerialPlan(random_model(np.random.default_rng(2), 16, 8), 16)
    assert clock_mhz(plan, part) == part.clock_mhz
