"""Noise that stands for narrow states."""

import math

import pytest
import torch

from qrnn_hw.train.rounding.noise import RANGE, count_roundings, crest, narrow_noise


def test_the_crest_is_a_norm_of_high_power():
    states = torch.randn(50, 40, generator=torch.Generator().manual_seed(1))
    expected = states.double().pow(8).mean().pow(1 / 8).item()
    assert crest(states).item() == pytest.approx(expected, rel=1e-4)
    assert crest(3 * states).item() == pytest.approx(3 * expected, rel=1e-4)


@pytest.mark.parametrize(
    ("steps", "block", "step", "count"),
    [
        pytest.param(10, 1, 0, 10, id="without-a-block"),
        pytest.param(10, 64, 9, 10, id="even"),
        pytest.param(10, 128, 0, 7.5, id="odd"),
        pytest.param(10, 512, 9, 15, id="odd-in-the-smaller-unit"),
    ],
)
def test_roundings_are_counted_in_the_unit_of_a_step(steps, block, step, count):
    assert count_roundings(steps, block, step) == count


@pytest.mark.parametrize(
    ("block", "step", "halves"), [(16, 0, 2), (16, 0, 1), (8, 7, 2), (8, 0, 1)]
)
def test_what_fades_is_counted_less(block, step, halves):
    odd = (block.bit_length() - 1 + halves) % 2
    sizes = [0.5 if odd and (step + 64 - age) % 2 else 1.0 for age in range(64)]
    expected = sum(size / sizes[0] * 2.0 ** (-halves * age) for age, size in enumerate(sizes))
    assert count_roundings(64, block, step, halves) == pytest.approx(expected)


def test_the_noise_is_that_of_uniform_roundings():
    states = torch.full((400, 50), 2.0)
    noise = narrow_noise(states, torch.zeros(50), 8, 300, torch.Generator().manual_seed(1))
    unit = RANGE * 2 / 128
    assert noise.std().item() == pytest.approx(unit * math.sqrt(300 / 12), rel=0.02)
    assert abs(noise.mean().item()) < 0.01


def test_the_start_needs_range_too():
    states, generator = torch.ones(400, 50), torch.Generator()
    wide, narrow = (
        narrow_noise(states, start, 8, 300, generator.manual_seed(1))
        for start in (torch.full((50,), 3.0), torch.zeros(50))
    )
    torch.testing.assert_close(wide, 3 * narrow)


def test_a_state_of_zeros_has_a_gradient():
    states = torch.zeros(3, 4, requires_grad=True)
    origin = torch.zeros(4, requires_grad=True)
    narrow_noise(states, origin, 8, 100, torch.Generator()).sum().backward()
    assert torch.isfinite(states.grad).all()


def test_the_gradient_shrinks_the_range():
    states = torch.tensor([[1.0, 1, 1, 4]], requires_grad=True)
    noise = narrow_noise(states, torch.zeros(4), 8, 100, torch.Generator().manual_seed(1))
    noise.square().sum().backward()
    # All of it is spent on the largest.
    assert states.grad[0, 3] > 100 * states.grad[0, 0] > 0
