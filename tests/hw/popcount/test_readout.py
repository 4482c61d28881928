# amaranth: UnusedElaboratable=no
"""Logits and their largest."""

import numpy as np
import pytest

from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.readout import PopcountReadout
from random_model import random_model


def run(trace, plan, logits, ready):
    """Answer requests with logits as the core does; return the transfers and the dut's marks."""
    dut, classes, rows = PopcountReadout(plan), plan.model.classes, plan.readout_rows
    # When a logit is asked for follows from when those before were taken.
    cycles, arrived, shown, loaded, transfers = len(ready), [], [], [], []
    asked = offered = None
    left, sent, current, free = 0, 0, 0, 0
    answers = plan.logit_cycles - PopcountReadout.latency - PopcountReadout.done_latency
    for cycle in range(cycles):
        load = not left and sent < len(logits) and cycle >= free
        if load:
            left, asked = min(rows, classes - sent % classes), cycle
        arrives = asked is not None and cycle == asked + answers
        if arrives:
            current, offered, asked = logits[sent], cycle + PopcountReadout.latency, None
        loaded.append(int(load))
        arrived.append(int(arrives))
        shown.append(current)
        if offered is not None and cycle >= offered and ready[cycle]:
            transfers.append(cycle)
            sent, left, offered = sent + 1, left - 1, None
            free = cycle + PopcountReadout.done_latency + 1
            asked = cycle + PopcountReadout.done_latency if left else None
    signals = [(dut.loaded, loaded), (dut.arrived, arrived), (dut.logit, shown),
               (dut.y.ready, ready)]  # fmt: skip
    y = dut.y.payload
    outputs = [dut.y.valid, y.data, y.user, y.last, dut.request, dut.empty, dut.ended, dut.advance]
    seen = trace(dut, cycles, signals, outputs)
    taken = [cycle for cycle, row in enumerate(seen) if row[0] and ready[cycle]]
    assert taken == transfers
    counted = [cycle + PopcountReadout.done_latency for cycle in transfers]
    assert [cycle for cycle, row in enumerate(seen) if row[7]] == counted
    assert len(taken) == len(logits)
    assert [cycle for cycle, row in enumerate(seen) if row[6]] == counted[classes - 1 :: classes]
    return [seen[cycle][1:4] for cycle in taken]


@pytest.mark.parametrize("stalls", [False, True], ids=["free", "stalls"])
@pytest.mark.parametrize(("classes", "rows"), [(1, 1), (2, 1), (3, 2), (5, 4), (4, 4), (10, 3)])
def test_sends_every_logit_and_the_first_of_the_largest(trace, classes, rows, stalls):
    model = random_model(np.random.default_rng(1), 8, 6, weights="binary", classes=classes)
    plan = PopcountPlan(model, 8, 4, readout_rows=rows)
    rng = np.random.default_rng([2, classes, stalls])
    logits = rng.integers(-9, 10, 4 * classes).tolist()
    cycles = 4 * classes * (plan.logit_cycles + 4) * (4 if stalls else 1) + 20
    ready = rng.integers(0, 2 if stalls else 1, cycles) ^ (not stalls)
    sent = run(trace, plan, logits, ready.astype(int).tolist())
    assert [value for value, *_ in sent] == logits
    assert [last for *_, last in sent] == ([0] * (classes - 1) + [1]) * 4
    for begin in range(0, len(logits), classes):
        part = logits[begin : begin + classes]
        label = int(part[0] > 0) if classes == 1 else part.index(max(part))
        assert sent[begin + classes - 1][1] == label
