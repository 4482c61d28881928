"""Random networks of every kind, whose states use their whole range and saturate now and then."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Numbers, Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import HiddenLayer, Origin, Pool, Readout
from qrnn_hw.export.recurrence import Dense, Hadamard

STEPS = 16  # after which a typical sequence has filled the range
WEIGHTS = ("hadamard", "binary", "ternary", "levels")


def _levels(rng: np.random.Generator, bits: int, *shape: int) -> Integers:
    return rng.integers(-(1 << bits - 1), 1 << bits - 1, shape)


def _recurrence(
    rng: np.random.Generator, hidden: int, weights: str, block: int, bits: int, activation: str,
    halves: int, decays: Sequence[int], transform: str | None,
) -> Hadamard | Dense:  # fmt: skip
    if weights == "hadamard":
        signs = rng.choice(np.array([-1, 1]), hidden)
        each = np.resize(np.array(decays, np.int64), hidden) if any(decays) else None
        return Hadamard(signs, block, halves or None, each, transform)
    if weights == "levels":
        matrix = _levels(rng, bits, hidden, hidden)
    else:
        bits = 1
        matrix = rng.choice(np.array([-1, 1] if weights == "binary" else [-1, 0, 1]), (hidden,) * 2)
    # A scale that keeps the energy of the state: rows of unit length, and what the ReLU cuts off.
    kept = 0.5 if activation == "relu" else 1.0
    scale = 1 / np.sqrt(kept * max(1, np.square(matrix).sum(1).mean()))
    guard = int(rng.integers(0, 3))
    fraction = int(rng.integers(8, 17)) + guard
    multiplier = int(np.clip(round(scale * 2.0 ** (fraction - guard)), 2, 65535))
    return Dense(matrix, bits, multiplier, fraction, guard, activation)


def random_model(
    rng: np.random.Generator,
    hidden: int,
    state_bits: int,
    *,
    weights: str = "hadamard",
    block: int | None = None,
    w_bits: int = 4,
    activation: str = "linear",
    channels: int = 1,
    vocabulary: int = 0,
    input_bits: int = 8,
    input_signed: bool = False,
    u_bits: int = 4,
    table_bits: int = 8,
    v_bits: int = 4,
    origin_bits: int = 5,
    biased: bool = False,
    classes: int = 3,
    relu: bool = True,
    every: bool = False,
    halves: int = 0,
    decays: Sequence[int] = (),
    transform: str | None = None,
    zero: bool = False,
    pool: Pool | None = None,
    layer: int = 0,
) -> IntegerModel:
    """Draw a network.

    Parameters
    ----------
    weights
        One of ``WEIGHTS``; "hadamard" takes ``block`` (None: all units), "levels" ``w_bits``.
    vocabulary
        Tokens, with ``table_bits``; 0 for ``channels`` of numbers.
    origin_bits
        0 for none.
    biased
        Whether a bias is added in every step.
    halves, decays
        Of a Hadamard matrix; the decays of units 0, 1, ... and so on, over and over.
    transform
        Of a Hadamard matrix: None, or "halved".
    zero
        Whether every channel has a zero point.
    layer
        Units between the states and the logits; 0 for none.
    """
    recurrence = _recurrence(
        rng, hidden, weights, block or hidden, w_bits, activation, halves, decays, transform
    )
    parities = recurrence.parities
    # Units of the sum that a state's unit takes, and what an input should bring: the recurrence
    # keeps the energy of the state, so that inputs add up as their root of squares.
    unit = max(1.0, 2.0 ** recurrence.shift(0) / recurrence.multiplier)
    wanted = (1 << state_bits - 1) * unit / np.sqrt(STEPS)
    inputs: Numbers | Tokens
    if vocabulary:
        needed = max(2, int(np.log2(wanted)) + 2)
        table = _levels(rng, min(table_bits, needed), parities, vocabulary, hidden)
        shift = max(0, needed - table_bits)
        inputs = Tokens(table, table_bits, np.full(parities, shift))
    else:
        u = _levels(rng, u_bits, hidden, channels)
        loudest = (1 << input_bits - 1) * max(1, np.sqrt(np.square(u).sum(1).mean()))
        frac = min(32, input_bits + 6)
        gain = wanted / loudest * (1 << frac) * rng.uniform(0.4, 1.2, parities)
        least = 1 << frac - input_bits + 1  # so that the largest input is not scaled to nothing
        gain = np.maximum(np.rint(gain), least).astype(np.int64)
        inputs = Numbers(u, u_bits, input_bits, input_signed, gain, frac)
        if zero:
            low, high = inputs.range
            places = rng.integers(low, high, channels, endpoint=True)
            inputs = replace(inputs, zero=np.where(places == 0, high, places))
    bias = np.zeros((parities, hidden), np.int64)
    if biased or activation == "modrelu":
        reach = max(1, int(wanted))
        bias = rng.integers(-reach, reach + 1, (parities, hidden))
    origin = None
    if origin_bits and weights == "hadamard":
        origin_bits = min(origin_bits, state_bits)
        shifts = rng.integers(0, state_bits - origin_bits + 1, parities)
        origin = Origin(origin_bits, _levels(rng, origin_bits, parities, hidden), shifts)
    reach = hidden << state_bits - 2
    between = None
    if layer:
        sums = (hidden << state_bits + v_bits - 4) * (1 if pool is None else pool.weight)
        shift = max(0, int(np.log2(sums)) - state_bits)
        thresholds = rng.integers(-reach, reach, (parities, layer))
        between = HiddenLayer(_levels(rng, v_bits, layer, hidden), v_bits, thresholds, shift)
    return IntegerModel(
        state_bits=state_bits,
        recurrence=recurrence,
        inputs=inputs,
        bias=bias,
        origin=origin,
        readout=Readout(
            v=_levels(rng, v_bits, classes, layer or hidden),
            v_bits=v_bits,
            class_bias=rng.integers(-reach, reach, (parities, classes)),
            relu=relu,
            every=every,
            logit_step=np.ones(parities),
            pool=pool,
            layer=between,
        ),
        state_step=1.0,
        labels=tuple(map(str, range(max(2, classes)))),
    )
