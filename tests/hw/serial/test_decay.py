"""Sums in, what decay leaves of them out, at once with the sums themselves."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth import Module

from qrnn_hw.hw.serial.decay import Decay
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.timeline import Timeline
from random_model import random_model

# hidden, lanes, decays of units 0, 1, ...
DECAYS = [
    pytest.param(8, 8, (3,), id="one"),
    pytest.param(8, 2, (1,), id="mildly-in-words"),
    pytest.param(8, 4, (5, 3), id="by-lane"),
    pytest.param(16, 4, (5,) * 8 + (3,) * 8, id="by-word"),
    pytest.param(16, 2, (0, 0, 1, 0, 2, 7, 4, 15), id="of-every-unit"),
    pytest.param(8, 1, (15,), id="beyond-the-word"),
    pytest.param(8, 8, (0, 4), id="some"),
]


def numbers(lines, lane, begin, length):
    """Read a lane's signed number, least significant bit first."""
    bits = [line >> lane & 1 for line in lines[begin : begin + length]]
    return sum(bit << place for place, bit in enumerate(bits)) - (bits[-1] << length)


@pytest.mark.parametrize("gap", [0, 1, 30])
@pytest.mark.parametrize(("hidden", "lanes", "decays"), DECAYS)
def test_a_sum_loses_its_share(trace, hidden, lanes, decays, gap):
    rng = np.random.default_rng([41, hidden, lanes, gap])
    plan = SerialPlan(random_model(rng, hidden, 6, decays=decays), lanes)
    m = Module()
    m.submodules.time = time = Timeline(plan.folds, plan.lengths[:1])
    m.submodules.decay = decay = Decay(plan, time)
    top = 1 << plan.word - 1
    passes = rng.integers(-top, top, (4, hidden))
    passes[0, :4] = -top, top - 1, -1, 0
    passes[1] = top - 1
    passes[2] = -top
    span, latency = plan.pass_cycles + gap, plan.decay_latency
    cycles = latency + 4 * span + 4
    starts, bits = [0] * cycles, rng.integers(0, 1 << lanes, cycles).tolist()  # anything between
    for number, sums in enumerate(passes):
        # The output timeline's bit 0 is one cycle after its start, and the bits two behind it.
        begin = number * span
        starts[begin + latency - 3] = 1
        for word, units in enumerate(sums.reshape(plan.folds, lanes)):
            for bit in range(plan.word):
                line = sum((int(unit) >> bit & 1) << lane for lane, unit in enumerate(units))
                bits[begin + word * plan.word + bit] = line
    rows = trace(m, cycles, [(time.start, starts), (decay.i, bits)], [decay.o, decay.whole])
    left, whole = zip(*rows)
    for number, sums in enumerate(passes):
        for unit, (y, k) in enumerate(zip(sums.tolist(), np.resize(decays, hidden).tolist())):
            begin = number * span + unit // lanes * plan.word + latency
            wanted = y - (y >> k) if k else y
            assert numbers(left, unit % lanes, begin, plan.word) == wanted, (y, k)
            assert numbers(whole, unit % lanes, begin, plan.word) == y


def test_a_shift_as_wide_as_the_word_leaves_the_sign():
    model = random_model(np.random.default_rng(42), 8, 6, decays=(15, 2))
    plan = SerialPlan(model, 4)
    assert plan.decay.tolist() == [plan.word - 1, 2] * 4
    without = replace(model.recurrence, decay=None)
    assert SerialPlan(replace(model, recurrence=without), 4).decay_latency == 0
