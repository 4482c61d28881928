"""Augmentation: each image turned, stretched and moved a little, whatever order it is shown in."""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

# How far each way, all drawn uniformly. Twice as far did no better on sequential MNIST, and moving
# whole batches by a pixel did worse: there every row that an image moves by is another rotation of
# the states, which the weights must all allow for.
DEGREES = 5.0
STRETCH = 0.05
SHEAR = 0.05
PIXELS = 0.5


class ImageWarp:
    """Map each image of a batch by its own random affine map, with bilinear interpolation.

    Works on the geometry of the image: the permutation of the steps is undone, the image mapped,
    zeros brought in from outside, and the permutation applied again.

    Parameters
    ----------
    image
        Rows and columns.
    order
        (T,): pixel, row by row, that each step shows.
    """

    def __init__(self, image: tuple[int, int], order: npt.NDArray[np.integer]) -> None:
        self._image, self._order = image, torch.from_numpy(np.asarray(order, np.int64))
        self._steps = torch.argsort(self._order)

    def maps(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw affine maps, (count, 2, 3), in units of half an image."""

        def draw(most: float) -> Tensor:
            return (2 * torch.rand(count, generator=generator) - 1) * most

        angle, shear = draw(math.radians(DEGREES)), draw(SHEAR)
        across, down = 1 + draw(STRETCH), 1 + draw(STRETCH)
        rows, columns = self._image
        right, below = draw(2 * PIXELS / columns), draw(2 * PIXELS / rows)
        first = torch.stack([across * angle.cos(), shear - angle.sin(), right], 1)
        second = torch.stack([angle.sin(), down * angle.cos(), below], 1)
        return torch.stack([first, second], 1)

    def __call__(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Warp a batch, (n, T), real."""
        images = inputs[:, self._steps].reshape(-1, 1, *self._image)
        maps = self.maps(len(inputs), generator).to(inputs)
        grid = affine_grid(maps, list(images.shape), align_corners=False)
        warped = grid_sample(images, grid, align_corners=False)
        return warped.flatten(1)[:, self._order]
