"""Trained quantized orthogonal RNNs, from a model file to a verified bitstream."""

from importlib.metadata import version

__version__ = version("qrnn-hw")
