"""Augmentation against images mapped pixel by pixel."""

import numpy as np
import pytest
import torch

from qrnn_hw.train.loop import warp
from qrnn_hw.train.loop.warp import ImageWarp

ROWS, COLUMNS = 5, 7


def mapped(image, matrix):
    """Take every pixel from where an affine map points, by bilinear interpolation."""
    result = np.zeros_like(image)
    for row in range(ROWS):
        for column in range(COLUMNS):
            point = (2 * column + 1) / COLUMNS - 1, (2 * row + 1) / ROWS - 1, 1
            x, y = matrix @ point
            x, y = ((x + 1) * COLUMNS - 1) / 2, ((y + 1) * ROWS - 1) / 2
            left, top = int(np.floor(x)), int(np.floor(y))
            for r, c in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
                if 0 <= r < ROWS and 0 <= c < COLUMNS:
                    result[row, column] += image[r, c] * (1 - abs(x - c)) * (1 - abs(y - r))
    return result


@pytest.mark.parametrize("permuted", [False, True])
def test_each_image_is_mapped_before_the_steps_are_permuted(permuted):
    size = ROWS * COLUMNS
    order = np.random.default_rng(2).permutation(size) if permuted else np.arange(size)
    images = np.random.default_rng(3).random((4, ROWS, COLUMNS))
    augment = ImageWarp((ROWS, COLUMNS), order)
    steps = torch.from_numpy(images.reshape(4, -1)[:, order])
    found = augment(steps, torch.Generator().manual_seed(5))
    matrices = augment.maps(4, torch.Generator().manual_seed(5)).double().numpy()
    expected = [mapped(*pair).reshape(-1)[order] for pair in zip(images, matrices)]
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)
    assert not np.allclose(matrices[0], matrices[1])


def test_nothing_moves_farther_than_said():
    augment = ImageWarp((28, 28), np.arange(784))
    maps = augment.maps(1000, torch.Generator().manual_seed(1))
    # Of a whole image of two units: half a pixel, and the middle of its edges turned by 5 degrees.
    assert maps[:, :, 2].abs().max() <= 0.5 / 14
    still = torch.eye(2, 3)
    assert (maps - still)[:, :, :2].abs().max() < np.sin(np.radians(5)) + 0.05
    assert maps[:, :, 2].abs().max() > 0.4 / 14


def test_without_any_way_to_go_images_stay(monkeypatch):
    for name in ("DEGREES", "STRETCH", "SHEAR", "PIXELS"):
        monkeypatch.setattr(warp, name, 0.0)
    batch = torch.rand(3, 12, dtype=torch.float64)
    order = np.random.default_rng(2).permutation(12)
    found = ImageWarp((3, 4), order)(batch, torch.Generator().manual_seed(0))
    torch.testing.assert_close(found, batch)
