"""The largest of logits, and when it is known."""

import numpy as np
import pytest

from qrnn_hw.hw.argmax import Argmax


@pytest.mark.parametrize(("bits", "classes"), [(2, 3), (5, 4), (8, 10), (6, 1)])
def test_tells_the_first_of_the_largest(trace, bits, classes):
    rng = np.random.default_rng([bits, classes])
    top = 1 << bits - 1
    dut = Argmax(bits, classes)
    readouts = rng.integers(-top, top, (24, classes))
    # Equal halves, and neighbours across the border between them.
    readouts[:8] = rng.choice([-top, -1, 0, 1, top - 1, top >> 1, (top >> 1) - 1], (8, classes))
    logits = readouts.ravel().tolist()
    each = Argmax.latency
    cycles = np.arange(each * len(logits) + each) // each
    held = [min(cycle, len(logits) - 1) for cycle in cycles.tolist()]
    inputs = [
        (dut.logit, [logits[n] for n in held]),
        (dut.number, [n % classes for n in held]),
        (dut.strobe, [int(c % each == 0 and c < each * len(logits)) for c in range(len(held))]),
    ]
    rows = trace(dut, len(held), inputs, [dut.done, dut.user])
    marks = [cycle for cycle, (done, _) in enumerate(rows) if done]
    assert marks == list(range(each - 1, len(held) - 1, each))
    found = [rows[each * (n + 1)][1] for n in range(len(logits))]
    for number, readout in enumerate(readouts.tolist()):
        for last in range(classes):
            part = readout[: last + 1]
            label = int(part[0] > 0) if classes == 1 else part.index(max(part))
            assert found[number * classes + last] == label
