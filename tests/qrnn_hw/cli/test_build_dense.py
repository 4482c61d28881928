"""Dense networks fit the smallest board, at its clock: placed, routed, packed and verified."""

import json

import numpy as np
import pytest

from qrnn_hw.boards import board
from qrnn_hw.cli import main
from random_model import random_model

DESIGNS = [
    pytest.param(128, {"weights": "binary"}, id="binary-128"),
    pytest.param(128, {"weights": "ternary"}, id="ternary-128"),
    pytest.param(64, {"weights": "levels", "activation": "relu"}, id="4-bit-64"),
    pytest.param(128, {"weights": "levels"}, id="4-bit-128"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "options"), DESIGNS)
def test_a_dense_network_fits_the_icebreaker(monkeypatch, capsys, tmp_path, hidden, options):
    model = random_model(np.random.default_rng(1), hidden, 12, classes=10, biased=True, **options)
    model.save(tmp_path / "model.json")
    arguments = ["build", str(tmp_path / "model.json"), "-o", str(tmp_path / "out"), "--json"]
    monkeypatch.setattr("sys.argv", ["qrnn-hw", *arguments])
    assert main() == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    device = board("icebreaker").part
    assert report["luts"] <= device.luts
    assert report["brams"] <= device.brams
    assert 36 < report["clock_mhz"] <= report["fmax_mhz"]
    assert report["verified"][0]["values"] > 0
    assert (tmp_path / "out" / "icebreaker.bin").stat().st_size > 100_000
