"""Augmentation against moving an image."""

import numpy as np
import pytest
import torch

from qrnn_hw.train.shift import ImageShift


def moved(image, down, right):
    """Move with zeros shifted in, by padding and cutting."""
    padded = np.pad(image, 1)
    return padded[1 - down : 1 - down + image.shape[0], 1 - right : 1 - right + image.shape[1]]


@pytest.mark.parametrize("permuted", [False, True])
def test_every_offset_moves_the_image_before_the_steps_are_permuted(permuted):
    image = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
    order = np.random.default_rng(2).permutation(12) if permuted else np.arange(12)
    shift = ImageShift((3, 4), order)
    sequence = torch.from_numpy(image.reshape(-1)[order])[None]
    results = {tuple((sequence[:, source] * inside)[0].tolist()) for source, inside in shift.moves}
    expected = {
        tuple(moved(image, down, right).reshape(-1)[order].tolist())
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    }
    assert results == expected
    assert len(results) == 9


def test_the_generator_chooses_one_offset_for_the_whole_batch():
    shift = ImageShift((3, 3), np.arange(9))
    batch = torch.ones(5, 9)
    generator = torch.Generator().manual_seed(0)
    seen = set()
    for _ in range(60):
        rows = shift(batch, generator)
        assert (rows == rows[0]).all()
        seen.add(tuple(rows[0].tolist()))
    assert len(seen) == 9
