"""Augmentation: whole batches of images moved by a pixel, whatever order the steps show them in."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


class ImageShift:
    """Move the images of a batch together by one random offset of -1, 0 or 1 pixel each way.

    Works on the geometry of the image: the permutation of the steps is undone, the image moved,
    zeros shifted in, and the permutation applied again, all by one table of indices an offset.

    Parameters
    ----------
    image
        Rows and columns.
    order
        (T,): pixel, row by row, that each step shows.
    """

    def __init__(self, image: tuple[int, int], order: npt.NDArray[np.integer]) -> None:
        rows, columns = image
        outside = order.size
        pixels = np.pad(np.arange(order.size).reshape(image), 1, constant_values=outside)
        steps = np.full(order.size + 1, outside)
        steps[order] = np.arange(order.size)
        #: For each offset the step (T,) that each step takes its input from, and 0 or 1, (T,),
        #: where it comes from outside of the image or not.
        self.moves: list[tuple[Tensor, Tensor]] = []
        for down in range(3):
            for right in range(3):
                moved = pixels[down : down + rows, right : right + columns].reshape(-1)[order]
                inside = torch.from_numpy((moved != outside).astype(np.float32))
                source = np.where(moved == outside, 0, steps[moved])
                self.moves.append((torch.from_numpy(source), inside))

    def __call__(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Move a batch, (n, T), real."""
        choice = int(torch.randint(len(self.moves), (1,), generator=generator))
        source, inside = self.moves[choice]
        return inputs[:, source] * inside.to(inputs.device)
