"""Pools of many sequences, in the bits of the golden run."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.outputs import Pool
from qrnn_hw.train.rounding.pools import poolable, pooled, pooled_logits
from qrnn_hw.train.rounding.simulate import real_logits
from random_model import random_model

CASES = {
    "one-block": {"hidden": 16},
    "blocks": {"hidden": 24, "block": 4, "decays": (3, 0, 5), "channels": 3, "zero": True},
    "halves": {"hidden": 16, "block": 8, "halves": 1, "biased": True, "input_signed": True},
    "wide": {"hidden": 64, "block": 64, "decays": (1,), "input_bits": 12},
}


@pytest.mark.parametrize("statistic", ["mean", "count"])
@pytest.mark.parametrize("count", [1, 16, 21])
@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_it_is_the_golden_run(options, count, statistic):
    rng = np.random.default_rng([count, len(statistic), options["hidden"]])
    model = random_model(rng, state_bits=9, origin_bits=0, pool=Pool(statistic, 7, 0), **options)
    model = replace(model, inputs=replace(model.inputs, gain=8 * model.inputs.gain))
    low, high = model.input_range
    x = rng.integers(low, high, (count, 11, model.inputs.channels), endpoint=True)
    lengths = rng.integers(1, 12, count)
    run = golden.run(model, x, lengths, states=True)
    assert run.saturated > 0
    found = pooled(model, x, lengths)
    sums = found.means if statistic == "mean" else found.counts
    assert (sums == run.pools[np.arange(count), lengths - 1]).all()
    assert (pooled_logits(model, x, lengths) == run.logits).all()
    assert (real_logits(model, x, lengths) == golden.real(model, run.logits, lengths)).all()


def test_others_are_left_to_the_golden_run():
    rng = np.random.default_rng(3)
    draw = {"hidden": 16, "state_bits": 8}
    assert poolable(random_model(rng, **draw, origin_bits=0))
    assert not poolable(random_model(rng, **draw))
    assert not poolable(random_model(rng, **draw, origin_bits=0, pool=Pool("mean", 0, 3)))
    assert not poolable(random_model(rng, **draw, origin_bits=0, vocabulary=3))
    assert not poolable(random_model(rng, 8, 8, origin_bits=0))
