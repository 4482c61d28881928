"""The trained network in floating point, step by step, as the paper writes it."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.golden import sylvester
from qrnn_hw.export.integer import Integers
from qrnn_hw.export.trained import TrainedModel


def float_run(trained: TrainedModel, x: Integers) -> npt.NDArray[np.float64]:
    """Return the logits (n, classes) of integer inputs ``x`` (n, T).

    ``g_0 = -origin``, ``g_t = W g_{t-1} + U x_t`` with ``W = diag(signs) S / sqrt(d)``, then
    ``logits = V relu(g_T + origin) + class_bias``: no integers, no impulse response.
    """
    origin = trained.origin.value
    recurrence = trained.signs[:, None] * sylvester(trained.hidden) / np.sqrt(trained.hidden)
    u = trained.u.value[:, 0]
    g = np.broadcast_to(-origin, (len(x), trained.hidden))
    for column in (x * trained.input_step).T:
        g = g @ recurrence.T + column[:, None] * u
    return np.maximum(0, g + origin) @ trained.v.value.T + trained.class_bias
