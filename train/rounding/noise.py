"""What rounding every state leaves in the last one, as noise that training can bear up to."""

import math

import torch
from torch import Tensor

# Power of the norm that stands for the largest states: smooth, and led by them.
NORM = 8
# Hardware clips at about so many of these norms, as the integer runs of trained networks prefer.
RANGE = 2.2


def crest(states: Tensor) -> Tensor:
    """Measure how large the largest states are, by a norm that has a gradient everywhere."""
    largest = states.detach().abs().max().clamp(min=1e-6)
    return largest * (states / largest).abs().pow(NORM).mean().add(1e-12).pow(1 / NORM)


def count_roundings(steps: int, block: int, step: int = 0, halves: int = 0) -> float:
    """Count the roundings, each of variance 1/12, that the states of a sequence come to.

    Parameters
    ----------
    steps
        Length T of the sequence.
    block
        Order of the Hadamard matrix in W; 1 for a recurrence without one.
    step
        The step whose unit they are counted in; an even one, if not said.
    halves
        A step keeps ``2**(-halves/2)`` of a state, and of what rounding left in it before.
    """
    # Where log2 of the block and the halves have an odd sum, units of odd steps are half as large
    # in the square.
    odd = (block.bit_length() + halves) % 2 == 0
    other = (2.0 if step % 2 else 0.5) if odd else 1.0
    if not halves:
        return steps * (1 + other) / 2
    kept = 2.0**-halves
    return (1 + other * kept) / (1 - kept**2)


def narrow_noise(
    states: Tensor, start: Tensor, bits: int, roundings: float, generator: torch.Generator
) -> Tensor:
    """Draw noise of the size that narrow states leave, in proportion to the range they need.

    The gradient passes through the proportion: a network whose states need less range for what
    they say has less noise. It learns to keep common offsets and rare peaks out of them.

    Parameters
    ----------
    states
        (..., d), about the origin, after a late step.
    start
        (d,), those of step 0.
    bits
        Width of a state.
    roundings
        How many uniform roundings to whole units add up.
    generator
        The source of the noise.

    Returns
    -------
    Tensor
        As ``states``.
    """
    reach = RANGE * torch.maximum(crest(states), crest(start))
    deviation = reach / (1 << bits - 1) * math.sqrt(roundings / 12)
    return deviation * torch.randn(states.shape, generator=generator).to(states.device)
