"""The order of pixels."""

from qrnn_hw.data.tasks.order import pixel_order


def test_the_permutation_is_that_of_the_papers():
    order = pixel_order(784, permuted=True)
    assert sorted(order) == list(range(784))
    assert order[:5].tolist() == FIRST


def test_without_permutation_pixels_come_row_by_row():
    assert pixel_order(4, permuted=False).tolist() == [0, 1, 2, 3]


# numpy.random.RandomState(92916).permutation(784)[:5]; NumPy keeps RandomState's streams frozen.
FIRST = [319, 576, 323, 107, 355]
