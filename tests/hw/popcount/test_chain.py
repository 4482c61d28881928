# amaranth: UnusedElaboratable=no
"""Sums, handed on one by one."""

import numpy as np

from qrnn_hw.hw.popcount.chain import Chain
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.sim.random_model import random_model


def test_hands_on_what_it_took(trace):
    plan = PopcountPlan(random_model(np.random.default_rng(1), 8, 6, weights="binary"), 8, 4)
    dut = Chain(plan)
    words = [[5, -3, 7, 1], [2, 4, -6, 8], [9, 9, 9, 9]]
    held = [*[words[0]] * 6, *[words[1]] * 4, words[2]]
    inputs = [(dut.sums[row], [word[row] for word in held]) for row in range(4)]
    #                    take; wait; three on;       take;  on;      wait
    inputs += [(dut.load, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])]
    inputs += [(dut.advance, [0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0])]
    rows = trace(dut, 11, inputs, [dut.o])
    assert [row[0] for row in rows[1:]] == [5, 5, -3, 7, 1, 1, 2, 4, -6, -6]
