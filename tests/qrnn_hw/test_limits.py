"""What options and parameters are held to, where the command line has no type of its own."""

import pytest

from qrnn_hw.limits import Switch


@pytest.mark.parametrize(
    ("given", "read"), [(True, True), (False, False), ("true", True), ("False", False)]
)
def test_a_switch_takes_truth_values_and_their_words(given, read):
    assert Switch().read(given) is read
    assert Switch().read(str(read)) is read


@pytest.mark.parametrize("given", ["yes", "", 1, 0.0, None])
def test_a_switch_takes_nothing_else(given):
    with pytest.raises(ValueError, match=f"must be true or false, not {given}"):
        Switch().read(given)
