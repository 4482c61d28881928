"""Random networks whose states use their whole range, and saturate now and then."""

import numpy as np

from qrnn_hw.export.integer import IntegerModel

STEPS = 16  # after which a typical sequence has filled the range


def random_model(
    rng: np.random.Generator,
    hidden: int,
    state_bits: int,
    *,
    input_bits: int = 8,
    input_signed: bool = False,
    u_bits: int = 4,
    v_bits: int = 4,
    origin_bits: int = 5,
    classes: int = 3,
) -> IntegerModel:
    """Draw a network; the parameters are those of :class:`~qrnn_hw.export.integer.IntegerModel`."""
    q = hidden.bit_length() - 1
    parities = 1 + q % 2
    origin_bits = min(origin_bits, state_bits)

    def levels(bits: int, *shape: int) -> np.ndarray:
        return rng.integers(-(1 << bits - 1), 1 << bits - 1, shape)

    # The recurrence keeps the energy of the state, so that inputs add up as their root of squares.
    u = levels(u_bits, hidden)
    loudest = (1 << input_bits - 1) * max(1, np.sqrt(np.square(u).mean()))
    wanted = (1 << state_bits - 1) * (1 << (q + 1) // 2) / np.sqrt(STEPS)
    gain_frac = min(32, input_bits + 6)
    gain = wanted / loudest * (1 << gain_frac) * rng.uniform(0.4, 1.2, parities)
    least = 1 << gain_frac - input_bits + 1  # so that the largest input is not scaled to nothing
    bias = 1 << state_bits + q - 2
    return IntegerModel(
        state_bits=state_bits,
        input_bits=input_bits,
        input_signed=input_signed,
        signs=rng.choice(np.array([-1, 1]), hidden),
        u_bits=u_bits,
        u=u,
        v_bits=v_bits,
        v=levels(v_bits, classes, hidden),
        gain=np.maximum(np.rint(gain), least).astype(np.int64),
        gain_frac=gain_frac,
        origin_bits=origin_bits,
        origin=levels(origin_bits, parities, hidden),
        origin_shift=rng.integers(0, state_bits - origin_bits + 1, parities),
        class_bias=rng.integers(-bias, bias, (parities, classes)),
        state_step=1.0,
        logit_step=np.ones(parities),
        labels=tuple(map(str, range(classes))),
    )
