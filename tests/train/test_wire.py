"""The integer format of inputs."""

import numpy as np
import pytest

from qrnn_hw.export.errors import DataError
from qrnn_hw.train.wire import WireFormat, choose_format


@pytest.mark.parametrize(
    ("low", "high", "bits", "signed"),
    [
        pytest.param(0, 1, 1, False, id="binary"),
        pytest.param(0, 16, 5, False, id="digits"),
        pytest.param(3, 255, 8, False, id="bytes"),
        pytest.param(-1, 0, 1, True, id="one sign bit"),
        pytest.param(-8, 7, 4, True, id="nibble"),
        pytest.param(-9, 7, 5, True, id="lower end decides"),
        pytest.param(-32768, 32767, 16, True, id="int16"),
    ],
)
def test_integers_take_as_few_bits_as_hold_them(low, high, bits, signed):
    x = np.array([[low, high]])
    wire = choose_format(x, [], None)
    assert wire == WireFormat(bits, signed, 1.0)
    assert wire.encode(x).tolist() == [[low, high]]


def test_integers_of_the_test_split_count():
    assert choose_format(np.array([[3]]), [np.array([[-100]])], None) == WireFormat(8, True, 1.0)


def test_integers_that_do_not_fit():
    with pytest.raises(DataError, match=r"^integers in x must fit 8 bits, and -1\.\.255 needs 9$"):
        choose_format(np.array([[-1, 255]]), [], 8)


@pytest.mark.parametrize("dtype", [float, int])
def test_zeros(dtype):
    with pytest.raises(DataError, match=r"^x must vary, and is zero "):
        choose_format(np.zeros((2, 2), dtype), [], None)


def test_floats_put_the_largest_magnitude_of_training_at_the_top():
    wire = choose_format(np.array([[0.0, 2.0]]), [np.array([[5.0]])], None)
    assert wire == WireFormat(8, False, 2 / 255)
    assert wire.encode(np.array([0.0, 1.0, 2.0, 5.0, -1.0])).tolist() == [0, 128, 255, 255, 0]


def test_signed_floats():
    wire = choose_format(np.array([[-3.0, 1.0]]), [], 4)
    assert wire == WireFormat(4, True, 3 / 7)
    assert wire.encode(np.array([-3.0, 3.0, 9.0, -9.0])).tolist() == [-7, 7, 7, -8]


def test_half_precision_is_rounded_as_precisely():
    values = np.linspace(0, 1, 4001, dtype=np.float16)
    wire = choose_format(values[None], [], 16)
    expected = np.rint(values.astype(float) * 65535)
    assert np.array_equal(wire.encode(values), expected)
