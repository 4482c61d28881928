"""Which releases a network was trained with."""

import platform
from importlib.metadata import version

import numpy as np
import torch

from qrnn_hw.train.networks import impulse


def versions() -> dict[str, str]:
    """List what the bits of a training run depend on beside recipe and data.

    Returns
    -------
    dict
        Version by name; numba only if its kernels are in use.
    """
    found = {
        "qrnn_hw": version("qrnn-hw"),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    if impulse.kernel is not None:
        found["numba"] = version("numba")
    return found
