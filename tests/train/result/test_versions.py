"""Versions on the card."""

import platform

import numpy as np
import torch

from qrnn_hw.train.result.versions import versions


def test_versions_are_those_that_run(monkeypatch):
    found = versions()
    assert found["torch"] == torch.__version__
    assert found["numpy"] == np.__version__
    assert found["python"] == platform.python_version()
    monkeypatch.setattr("qrnn_hw.train.networks.impulse.kernel", None)
    assert set(found) - set(versions()) <= {"numba"}
    assert "numba" not in versions()
