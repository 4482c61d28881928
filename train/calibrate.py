"""The range that the state moves in, measured on training sequences."""

import torch
from torch import Tensor

from qrnn_hw.train import impulse
from qrnn_hw.train.network import HadamRNN
from qrnn_hw.train.quantizer import quantize

# Sequences, the first of the training split, that are measured on; all of a small split.
CALIBRATION = 5000


@torch.no_grad()
def state_range(network: HadamRNN, inputs: Tensor) -> float:
    """Measure the largest magnitude of the state about its origin, with quantized U.

    Parameters
    ----------
    network
        Gives U, origin and signs.
    inputs
        (n, T), real: the sequences to measure on.

    Returns
    -------
    float
        The largest ``abs(g_t)``, ``g_t = h_t - origin``, of any sequence, unit and step 0..T.
    """
    u, origin = quantize(network.u, network.u_bits), network.origin
    if impulse.kernel is not None:
        arrays = (tensor.numpy() for tensor in (inputs, u, origin, network.signs))
        return float(impulse.kernel.peak(*arrays))
    transposed = impulse.recurrent(network.signs).T.contiguous()
    state = -origin.expand(len(inputs), -1)
    largest = origin.abs().max()
    for x in inputs.T:
        state = state @ transposed + x[:, None] * u
        largest = torch.maximum(largest, state.abs().max())
    return float(largest)
