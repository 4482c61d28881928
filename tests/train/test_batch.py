"""Sequences cut from a split."""

from dataclasses import replace

import numpy as np
import torch

from qrnn_hw.train.batch import Split


def test_numbers_reach_from_zero_to_one(dataset):
    split = Split(dataset("channels"), "val")
    batch, targets = split.batch(slice(3, 7))
    assert batch.x.dtype == torch.float32
    torch.testing.assert_close(batch.x * 15, torch.from_numpy(split.integers[3:7]).float())
    assert batch.lengths is None
    assert len(batch) == len(targets) == 4
    assert (split.steps, split.columns, len(split)) == (8, 3, 60)
    assert split.lengths.tolist() == [8] * 60


def test_the_zero_of_a_channel_is_nothing_to_the_network(dataset):
    split = Split(replace(dataset("channels"), zero=(3, 0, 7), reach=8), "val")
    batch, _ = split.batch(slice(3, 7))
    integers = torch.from_numpy(split.integers[3:7])
    torch.testing.assert_close(batch.x * 8, (integers - torch.tensor([3, 0, 7])).float())
    assert torch.equal(split.wire(batch.x), integers)


def test_inputs_take_another_type(dataset):
    split = Split(dataset("channels"), "val")
    single, _ = split.batch(slice(3))
    split.dtype = torch.float64
    double, _ = split.batch(slice(3))
    assert double.x.dtype == torch.float64
    torch.testing.assert_close(single.x.double(), double.x)


def test_batches_go_to_their_device(dataset):
    split = Split(dataset("lengths"), "train", device="meta")
    batch, targets = split.batch(slice(3))
    assert {part.device.type for part in (batch.x, batch.lengths, targets)} == {"meta"}


def test_tokens_stay_whole(dataset):
    split = Split(dataset("tokens"), "train")
    batch, _ = split.batch(torch.tensor([5, 1]))
    assert batch.x.dtype == torch.int64
    assert np.array_equal(batch.x.numpy(), split.integers[[5, 1], :, 0])


def test_batches_end_with_their_longest_sequence(dataset):
    split = Split(dataset("lengths"), "train")
    rows = torch.from_numpy(np.flatnonzero(split.lengths == 6)[:4])
    batch, _ = split.batch(rows)
    assert batch.steps == 6
    assert batch.lengths.tolist() == [6] * 4


def test_the_first_sequences_alone(dataset):
    assert len(Split(dataset(), "test", 7)) == 7
