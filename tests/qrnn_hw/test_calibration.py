"""The range of imported states: by the logits, for every width."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw import calibration
from qrnn_hw.calibration import WIDTHS, holding, nearest
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.convert import holding_range, integer_model
from qrnn_hw.export.model_file import load
from qrnn_hw.export.peak import peak
from qrnn_hw.sim.core.agreement import compare_float

DIGITS = Path(__file__).parents[2] / "examples" / "digits.pt"


@pytest.fixture(scope="module")
def given():
    """Return a network as an import finds it, and sequences."""
    model = load(DIGITS)
    found = Sequences(model.samples_x[:50], model.samples_lengths[:50], None)
    return replace(model, ranges={}, state_range=peak(model, found.x, found.lengths)), found


def deviation(model, bits, found):
    return compare_float(model, integer_model(model, bits), found.x, found.lengths).logit_deviation


def test_the_logits_choose_the_range(given):
    model, found = given
    chosen, note = nearest(model, found)
    assert set(chosen.ranges) == {str(bits) for bits in WIDTHS}
    clipped = set()
    for bits in WIDTHS:
        widest, reach = holding_range(model, model.state_range, bits), chosen.ranges[str(bits)]
        least = deviation(chosen, bits, found)
        assert f"{bits} bits {reach:.4g} ({least:.2%})" in note
        tried = [deviation(replace(model, ranges={str(bits): widest * clipping}), bits, found)
                 for clipping in calibration.CLIPPINGS[:4]]  # fmt: skip
        assert least <= min(tried)
        if reach < widest:
            clipped.add(bits)
    # Narrow states do better with a range that cuts a few off, and wide ones need not.
    assert 16 not in clipped and clipped


def test_logits_that_no_range_makes_finite_choose_none(given):
    model, found = given
    v = replace(model.readout.v, step=1e308)
    chosen, _ = nearest(replace(model, readout=replace(model.readout, v=v)), found)
    assert chosen.ranges == {}


def test_a_stated_range_is_held_at_every_width(given):
    model, found = given
    held = holding(model, model.state_range)
    for bits in range(8, 17):
        compared = compare_float(model, integer_model(held, bits), found.x, found.lengths)
        assert compared.saturated == 0, bits
    assert np.isclose(held.ranges["12"], holding_range(model, model.state_range, 12))
