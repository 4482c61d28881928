"""Comparisons say where the first difference is."""

import numpy as np
import pytest

from qrnn_hw.export.errors import MismatchError
from qrnn_hw.sim.core.compare import REPORT, enough, same


def test_equal_arrays_pass():
    same(np.arange(3), np.arange(3), "here", "unit")
    same(np.arange(3), np.arange(3.0), "here")


def test_the_first_difference_is_named():
    with pytest.raises(MismatchError) as caught:
        same(np.array([1, 2, 3]), np.array([1, 5, 6]), "step 4", "unit")
    assert str(caught.value) == "step 4, unit 1 must be 2 as in the golden run, not 5"
    assert caught.value.hint == REPORT
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("given", [[], [1, 2], [1, 2, 3, 4], [[1, 2, 3]]])
def test_another_number_of_values_is_a_difference(given):
    """Of these some would be spread over all that is expected, and be equal to nothing."""
    with pytest.raises(MismatchError, match=r"^here must give 3 numbers as the golden run does"):
        same(np.array([1, 2, 3]), np.array(given), "here")
    with pytest.raises(MismatchError, match="must give 0 numbers"):
        same(np.array([]), np.array([1]), "here")


def test_a_single_value_needs_no_index():
    with pytest.raises(MismatchError, match=r"^class must be 1 as in the golden run, not 2$"):
        same(np.array([1]), np.array([2]), "class")


def test_too_little_is_found():
    enough(3, 3, "logits", "sequence 0")
    enough(3, 4, "logits", "sequence 0")
    with pytest.raises(MismatchError, match=r"^sequence 0 must give 3 logits, and gave 2$"):
        enough(3, 2, "logits", "sequence 0")
