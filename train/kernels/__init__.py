"""Compiled inner loops of training; without numba plain torch and NumPy do the same more slowly."""

try:
    import qrnn_hw.train.kernels.compiled  # noqa: F401
except ImportError:
    NUMBA = False
else:
    NUMBA = True
