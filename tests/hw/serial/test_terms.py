"""What a step adds, of every kind of input, against the golden run's sums."""

import numpy as np
import pytest
from amaranth import Module

from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.planes import Planes
from qrnn_hw.hw.serial.table import constants
from qrnn_hw.hw.serial.terms import Terms
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

GAP = 3  # an input is taken two cycles before its pass; steps lie further apart

KINDS = [
    pytest.param(8, 8, {}, id="one-channel"),
    pytest.param(8, 4, {"channels": 2}, id="two-channels"),
    pytest.param(16, 4, {"channels": 3, "input_signed": True}, id="three-channels"),
    pytest.param(8, 2, {"channels": 9, "input_bits": 3}, id="nine-channels"),
    pytest.param(8, 4, {"biased": True}, id="bias"),
    pytest.param(24, 8, {"channels": 3, "biased": True, "block": 2}, id="channels-and-bias"),
    pytest.param(16, 4, {"vocabulary": 5}, id="tokens"),
    pytest.param(24, 4, {"vocabulary": 2, "block": 8, "table_bits": 4}, id="two-tokens"),
    pytest.param(8, 8, {"vocabulary": 11, "table_bits": 12}, id="wide-tokens"),
    pytest.param(8, 2, {"vocabulary": 4, "biased": True}, id="tokens-and-bias"),
    pytest.param(12, 2, {"vocabulary": 4, "block": 2, "table_bits": 3}, id="tokens-no-half"),
]


def run(trace, plan, values):
    """Let steps 1, 2, ... take values; return the numbers of each, (d,), modulo the word."""
    m = Module()
    m.submodules.time = time = Timeline(plan.folds, plan.lengths[:1])
    m.submodules.terms = dut = Terms(plan, time)
    span = plan.pass_cycles + GAP
    cycles = span * len(values) + 12
    ahead, value, parity = [0] * cycles, [0] * cycles, [0] * cycles
    for step, one in enumerate(values, 1):
        at = (step - 1) * span + 1
        # What is not taken is wrong.
        ahead[at], value[at : at + span], parity[at] = 1, [one ^ 1] * span, plan.model.parity(step)
        value[at] = value[at + 1] = one
        parity[at + 1] = parity[at] ^ 1
    inputs = [(dut.ahead, ahead), (time.start, [0, *ahead[:-1]])]
    inputs += [(dut.value, value), (dut.parity, parity)]
    rows = trace(m, cycles, inputs, [dut.o])
    results = []
    for number in range(len(values)):
        begin = number * span + 1 + 4 + plan.lead
        bits = np.array(
            [
                [rows[begin + cycle][0] >> lane & 1 for lane in range(plan.lanes)]
                for cycle in range(plan.pass_cycles)
            ]
        ).reshape(plan.folds, plan.word, plan.lanes)
        results.append((bits << np.arange(plan.word)[:, None]).sum(1).ravel())
    return results


def value_of(plan, x, parity):
    """Lay out what the scaler, or the token's register, offers."""
    if not plan.streams:
        return int(x[0])
    bits = plan.model.inputs.scaled_bits
    scaled = plan.model.inputs.scaled(x, parity).tolist()
    return sum(one % (1 << bits) << channel * bits for channel, one in enumerate(scaled))


@pytest.mark.parametrize(("hidden", "lanes", "options"), KINDS)
def test_is_what_the_golden_run_adds(trace, hidden, lanes, options):
    rng = np.random.default_rng([40, hidden, lanes])
    model = random_model(rng, hidden, 6, **options)
    plan = SerialPlan(model, lanes)
    x = random_sequence(rng, model, 6)
    x[:2] = np.array(model.input_range)[:, None]
    parities = [model.parity(step) for step in range(1, 7)]
    found = run(trace, plan, [value_of(plan, one, p) for one, p in zip(x, parities)])
    for one, parity, numbers in zip(x, parities, found):
        wanted = model.inputs.terms(one[None], parity)[0] + constants(model)[parity]
        assert (numbers == wanted % (1 << plan.word)).all()


def test_another_token_shows(trace):
    model = random_model(np.random.default_rng(41), 8, 6, vocabulary=4)
    plan = SerialPlan(model, 4)
    one, other = run(trace, plan, [2])[0], run(trace, plan, [3])[0]
    assert (one != other).any()


def test_planes_that_are_written_are_read(trace):
    rng = np.random.default_rng(42)
    model = random_model(rng, 12, 6, block=4, channels=17, input_bits=2)
    plan = SerialPlan(model, 4)
    m = Module()
    m.submodules.time = time = Timeline(plan.folds, plan.lengths[:1])
    m.submodules.planes = dut = Planes(plan, time)
    top = 1 << plan.term_bits - 1
    numbers = rng.integers(-top, top, 12)
    writes = [
        (unit // 4 * plan.term_bits + bit, -(int(numbers[unit]) >> bit & 1) & 15, 1 << unit % 4)
        for unit in rng.permutation(12).tolist()
        for bit in range(plan.term_bits)
    ]
    at = len(writes) + 2
    address, data, enable = map(list, zip(*writes, (0, 15, 0)))
    ahead = [cycle == at for cycle in range(at + 2)]
    inputs = [(dut.write.addr, address), (dut.write.data, data), (dut.write.en, enable)]
    inputs += [(time.start, [0, *ahead])]
    rows = trace(m, at + plan.pass_cycles + 8, inputs, [dut.o])
    begin = at + 4
    for unit, number in enumerate(numbers):
        word, lane = divmod(unit, 4)
        first = begin + word * plan.word
        found = [rows[first + place][0] >> lane & 1 for place in range(plan.word)]
        assert found == [int(number) >> place & 1 for place in range(plan.word)]
