"""What contract 3 adds, converted to wide integers, is what the trained network computes."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights, Levels, NumberInputs, RealLayer, RealReadout
from qrnn_hw.sim.core.float_run import float_run

UNITS, STEPS = 16, 12


def levels(rng, bits, *shape):
    return Levels(bits, 2.0**-bits, rng.integers(-(1 << bits - 1), 1 << bits - 1, shape))


def network(rng, *, block=16, pool=None, layer=0, halves=None, decay=None, zero=None):
    signs = rng.permutation(np.repeat([1, -1], UNITS // 2))
    each = None if decay is None else np.resize(np.array(decay), UNITS)
    between = None
    if layer:
        between = RealLayer(levels(rng, 5, layer, UNITS), rng.uniform(-0.2, 0.2, layer), 6.0)
    return TrainedModel(
        cell="HadamRNN" if block == UNITS else "Block-HadamRNN",
        recurrence=HadamardWeights(signs, block, halves, each),
        inputs=NumberInputs(levels(rng, 4, UNITS, 2), 8, False, 1 / 256,
                            None if zero is None else np.array(zero)),
        readout=RealReadout(levels(rng, 5, 3, layer or UNITS), rng.uniform(-0.2, 0.2, 3), True,
                            False, pool, between),
        bias=rng.uniform(-0.1, 0.1, UNITS),
        origin=Levels(8, 2.0**-8, rng.integers(-40, 40, UNITS)),
        state_range=6.0,
    )  # fmt: skip


CASES = {
    "zero": {"zero": [130, 7]},
    "halves-of-an-odd-block": {"block": 8, "halves": 1},
    "halves-that-alternate": {"halves": 3},
    "decay": {"decay": [1, 3, 5, 0]},
    "mean": {"pool": Pool("mean", 32, 0)},
    "mean-of-the-first-steps": {"pool": Pool("mean", 5, 0), "decay": [3, 5]},
    "mean-that-leaks": {"pool": Pool("mean", 0, 6)},
    "layer": {"layer": 4},
    "layer-of-a-mean": {"layer": 4, "pool": Pool("mean", 32, 0), "decay": [2, 4], "zero": [90, 0]},
    "layer-that-alternates": {"layer": 5, "block": 8},
}


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_wide_integers_follow_the_network(options):
    rng = np.random.default_rng(len(str(options)))
    trained = network(rng, **options)
    x, lengths = rng.integers(0, 256, (20, STEPS, 2)), rng.integers(1, STEPS + 1, 20)
    model = integer_model(trained, 16)
    run = golden.run(model, x, lengths)
    wanted = float_run(trained, x, lengths)
    error = np.abs(golden.real(model, run.logits, lengths) - wanted)
    assert error.max() < 0.02 * wanted.std()
    assert run.saturated == 0
    assert model.needs == trained.needs


def test_a_count_is_the_share_of_steps():
    # A bias is rounded to whole units of V; and rounding may move a state across its threshold.
    rng = np.random.default_rng(71)
    trained = network(rng, pool=Pool("count", 32, 0), decay=[3, 5])
    x, lengths = rng.integers(0, 256, (40, STEPS, 2)), np.full(40, STEPS)
    model = integer_model(trained, 16)
    found = golden.real(model, golden.run(model, x).logits, lengths)
    wanted = float_run(trained, x, lengths)
    assert np.median(np.abs(found - wanted)) < trained.readout.v.step / 2
    assert (found.argmax(1) == wanted.argmax(1)).mean() > 0.9


def test_what_is_pooled_must_have_one_scale():
    trained = network(np.random.default_rng(72), block=8, pool=Pool("mean", 9, 0))
    with pytest.raises(ModelError, match=r"^states that are pooled must have one scale, not two$"):
        integer_model(trained)
    even = replace(trained, recurrence=replace(trained.recurrence, halves=1))
    assert integer_model(even).readout.pool == Pool("mean", 9, 0)
