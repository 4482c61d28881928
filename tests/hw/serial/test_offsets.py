"""What a halved transform adds to states, in the lanes that have such units."""

import numpy as np

from qrnn_hw.export.halved import offsets
from qrnn_hw.hw.serial.offsets import Offsets
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

LENGTH = 8


def test_every_unit_gets_what_the_document_says(trace):
    rng = np.random.default_rng(35)
    plan = SerialPlan(random_model(rng, 256, 6, transform="halved"), 32)
    lanes, top = plan.lanes, 1 << LENGTH - 2
    words = rng.integers(-top, top, (plan.folds, lanes))
    bits, clear, ones = [0], [1], [0]
    for number, word in enumerate(words):
        for bit in range(LENGTH):
            bits.append(sum((int(value) >> bit & 1) << lane for lane, value in enumerate(word)))
            clear.append(int(bit == LENGTH - 1))
            # Bit j belongs to units that are multiples of 4**(j + 2): so do their words.
            there = bit < plan.offset_bits and number * lanes % min(4 ** (bit + 2), 256) == 0
            there |= bit < plan.offset_bits and 4 ** (bit + 2) <= lanes
            ones.append(there << bit if there else 0)
    dut = Offsets(plan)
    inputs = [(dut.i, bits), (dut.ones, ones), (dut.clear, clear)]
    rows = trace(dut, len(bits), inputs, [dut.o])
    found = [
        [sum((rows[1 + w * LENGTH + b][0] >> lane & 1) << b for b in range(LENGTH))
         for lane in range(lanes)]
        for w in range(plan.folds)
    ]  # fmt: skip
    added = offsets(256, 256).reshape(plan.folds, lanes)
    assert sorted(set(added.flat)) == [0, 1, 3]
    assert found == ((words + added) % (1 << LENGTH)).tolist()
