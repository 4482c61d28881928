"""The clock of a design, before it is routed."""

import numpy as np
import pytest

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.families.coefficients import PERIOD
from qrnn_hw.boards.families.ecp5 import LFE5U_25F
from qrnn_hw.boards.families.estimate import clock_mhz, on_device, period_ns
from qrnn_hw.boards.families.ice40 import HX8K, UP5K
from qrnn_hw.hw.path import Path
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.word.plan import WordPlan
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


@pytest.mark.parametrize(
    ("engine", "more", "slower"),
    [
        (SerialPlan, {"channels": 20}, LFE5U_25F),  # a multiplier behind a memory
        (WordPlan, {"channels": 16}, UP5K),  # a choice among channels, before they are scaled
        (WordPlan, {"vocabulary": 12}, LFE5U_25F),  # an origin is subtracted behind a memory
    ],
)
def test_a_path_that_an_engine_knows_makes_a_design_slower(engine, more, slower):
    """Than the longest path of another model on the same device."""
    rng = np.random.default_rng(3)
    sizes = {SerialPlan: (16,), WordPlan: (2,)}[engine]
    model, usual = random_model(rng, 32, 8, **more), random_model(rng, 32, 8, origin_bits=0)
    assert clock_mhz(engine(model, *sizes), slower) < 0.93 * clock_mhz(
        engine(usual, *sizes), slower
    )


def test_a_multiplier_of_cells_is_slower_with_its_bits():
    """An HX has no other."""
    paths = [Path("popcount product", memory=(4, 16), factors=(bits, bits)) for bits in (8, 16)]
    short, long = ([on_device(path, HX8K, larger=0)] for path in paths)
    assert not short[0].multipliers
    assert period_ns(long, "HX", PERIOD) > 1.1 * period_ns(short, "HX", PERIOD)
