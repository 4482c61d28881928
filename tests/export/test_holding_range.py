"""A range that is stated holds every state up to it, at every width and step."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import holding_range, integer_model
from qrnn_hw.export.peak import peak
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import DenseWeights, HadamardWeights, Levels, NumberInputs, RealReadout

D = 8
WIDTHS = range(4, 17)


def network(kind, origin=False):
    """Make a network whose states are largest in the first step, or in the second."""
    rng = np.random.default_rng(3)
    if isinstance(kind, int):
        recurrence = HadamardWeights(rng.permutation(np.repeat([1, -1], D // 2)), kind)
        cell = "HadamRNN" if kind == D else "Block-HadamRNN"
    else:
        recurrence = DenseWeights(Levels(4, 1 / 7, 7 * np.eye(D, dtype=np.int64)[::-1]), kind)
        cell = "QORNN"
    return TrainedModel(
        cell=cell,
        recurrence=recurrence,
        inputs=NumberInputs(Levels(4, 0.3, rng.integers(-8, 8, (D, 1))), 8, True, 0.01),
        readout=RealReadout(Levels(4, 0.1, rng.integers(-8, 8, (2, D))), np.zeros(2), False, False),
        bias=np.zeros(D),
        origin=Levels(5, 0.02, rng.integers(-9, 9, D)) if origin else None,
        state_range=1.0,
    )


def extremes(model, steps):
    """Sequences that end in the largest inputs of either sign, after zeros: (2, steps, 1)."""
    x = np.zeros((2, steps, 1), np.int64)
    x[:, -1, 0] = [127, -128]
    return x, np.full(2, steps)


KINDS = [2, 4, 8, "linear", "relu", "modrelu"]


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_state_that_reaches_the_range_exactly_does_not_saturate(kind, steps):
    model = network(kind)
    x, ends = extremes(model, steps)
    reach = peak(model, x, ends)
    for bits in WIDTHS:
        held = replace(model, ranges={str(bits): holding_range(model, reach, bits)})
        run = golden.run(integer_model(held, bits), x, ends, states=True)
        assert run.saturated == 0, bits
        # And no more of the range is given away than rounding and odd steps of odd q need.
        odd = kind in (2, 8) and steps % 2 == 0
        top = 0.94 * (1 << bits - 1)
        if bits >= 8:
            assert np.abs(run.states).max() >= (top / np.sqrt(2) if odd else top) - 4


@pytest.mark.parametrize("kind", [2, 4, 8])
def test_an_origin_is_exact_in_the_range_and_held(kind):
    model = network(kind, origin=True)
    x, ends = extremes(model, 2)
    reach = peak(model, x, ends)
    for bits in WIDTHS:
        held = replace(model, ranges={str(bits): holding_range(model, reach, bits)})
        integers = integer_model(held, bits)
        assert golden.run(integers, x, ends).saturated == 0, bits
        exponent = np.log2(integers.state_step / model.origin.step)
        assert exponent == pytest.approx(round(exponent), abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_beyond_the_range_saturates(kind):
    model = network(kind)
    x, ends = extremes(model, 1)
    reach = peak(model, x, ends) / 2
    held = replace(model, ranges={"12": holding_range(model, reach, 12)})
    assert golden.run(integer_model(held), x, ends).saturated
