"""The network of the pictures: eight units of six bits, and the step that they show."""

import numpy as np

from qrnn_hw.export.golden import requantize
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import Readout
from qrnn_hw.export.recurrence import Hadamard

UNITS, BITS = 8, 6
STATES = np.array([21, -14, 9, 17, -23, 6, 15, -11])
SIGNS = np.array([1, -1, 1, 1, -1, 1, -1, -1])
WEIGHTS = np.array([3, -2, 0, 1, -3, 2, 1, -1])
INPUT = 5
STEP = 1  # an odd one, whose sums are shifted by one place


def model(transform: str | None = None) -> IntegerModel:
    """Make the network, with sums that are exact or halved."""
    recurrence = Hadamard(SIGNS.copy(), UNITS, transform=transform)
    parities = recurrence.parities
    gain = np.full(parities, 1 << 4)  # inputs count as they are
    inputs = Numbers(WEIGHTS[:, None].copy(), 4, 4, True, gain, 4)
    zeros = np.zeros((parities, 1), np.int64)
    readout = Readout(np.ones((1, UNITS), np.int64), 4, zeros, True, False, np.ones(parities))
    bias = np.zeros((parities, UNITS), np.int64)
    return IntegerModel(BITS, recurrence, inputs, bias, None, readout, 1.0, ("no", "yes"))


def stages() -> list[list[int]]:
    """Return the states, and the sums after every stage of butterflies."""
    values, found = STATES.tolist(), [STATES.tolist()]
    for stage in range(UNITS.bit_length() - 1):
        far = 1 << stage
        values = [
            values[i ^ far] - values[i] if i & far else values[i] + values[i ^ far]
            for i in range(UNITS)
        ]
        found.append(values)
    return found


def finish(sums: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Return the sums with their signs and the input, rounded, and the states after the step."""
    net = model()
    terms = net.inputs.terms(np.array([[INPUT]]), net.parity(STEP))[0]
    total = SIGNS * np.array(sums) + terms
    states, unbounded = requantize(net, total[None], STEP)
    return total.tolist(), unbounded[0].tolist(), states[0].tolist()
