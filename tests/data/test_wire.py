"""The integer format of inputs."""

import numpy as np
import pytest

from qrnn_hw.data.wire import WireFormat, choose_format, narrowest
from qrnn_hw.export.errors import DataError


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
    x = np.array([[low], [high]])
    wire = choose_format(x, [], None)
    assert wire == WireFormat(bits, signed, 1.0)
    assert wire.encode(x).tolist() == [[low], [high]]


def test_integers_of_the_test_split_count():
    assert choose_format(np.array([[3]]), [np.array([[-100]])], None) == WireFormat(8, True, 1.0)


def test_integers_that_do_not_fit():
    with pytest.raises(DataError, match=r"^integers in x must fit 8 bits, and -1\.\.255 needs 9$"):
        choose_format(np.array([[-1], [255]]), [], 8)


@pytest.mark.parametrize("dtype", [float, int])
def test_zeros(dtype):
    with pytest.raises(DataError, match=r"^x must vary, and is zero "):
        choose_format(np.zeros((2, 1), dtype), [], None)


def test_floats_put_the_largest_magnitude_of_training_at_the_top():
    wire = choose_format(np.array([[0.0], [2.0]]), [np.array([[5.0]])], None)
    assert wire == WireFormat(8, False, 2 / 255)
    assert wire.encode(np.array([0.0, 1.0, 2.0, 5.0, -1.0])).tolist() == [0, 128, 255, 255, 0]


def test_signed_floats():
    wire = choose_format(np.array([[-3.0], [1.0]]), [], 4)
    assert wire == WireFormat(4, True, 3 / 7)
    assert wire.encode(np.array([-3.0, 3.0, 9.0, -9.0])).tolist() == [-7, 7, 7, -8]


def test_half_precision_is_rounded_as_precisely():
    values = np.linspace(0, 1, 4001, dtype=np.float16)
    wire = choose_format(values[:, None], [], 16)
    expected = np.rint(values.astype(float) * 65535)
    assert np.array_equal(wire.encode(values), expected)


def test_channels_of_floats_have_steps_of_their_own():
    wire = choose_format(np.array([[1.0, -20.0], [0.5, 10.0]]), [], 8)
    assert (wire.bits, wire.signed, wire.step) == (8, True, 1 / 127)
    assert wire.channel_steps == pytest.approx((1 / 127, 20 / 127))
    assert wire.encode(np.array([[[1.0, 20.0], [-3.0, 10.0]]])).tolist() == [
        [[127, 127], [-128, 64]]
    ]


def test_channels_of_integers_share_a_format():
    wire = choose_format(np.array([[1, -20], [5, 100]]), [], None)
    assert wire == WireFormat(8, True, 1.0)


def test_a_silent_channel():
    with pytest.raises(DataError, match=r"^every channel of x must vary, and channel 1 is zero"):
        choose_format(np.array([[1.0, 0.0]]), [], None)


def test_rare_extremes_may_saturate():
    values = np.ones((1000, 1))
    values[0] = 50
    assert choose_format(values, [], 8, reach=0.99).encode(values).max() == 255
    assert choose_format(values, [], 8, reach=0.99).step == pytest.approx(1 / 255)
    assert choose_format(values, [], 8).step == pytest.approx(50 / 255)


@pytest.mark.parametrize("signed", [False, True])
def test_the_narrowest_type_holds_all_and_is_one_that_indexes(signed):
    torch = pytest.importorskip("torch")
    for bits in range(1, 17):
        dtype = narrowest(bits, signed)
        low, high = WireFormat(bits, signed, 1.0).limits
        assert np.array([low, high]).astype(dtype).tolist() == [low, high]
        assert torch.from_numpy(np.array([low, high], dtype))[torch.tensor([1])].item() == high
