"""Dense networks fit the smallest board, at its clock: placed, routed, packed and verified."""

import json

import numpy as np
import pytest

from qrnn_hw.boards import board
from qrnn_hw.cli import main
from random_model import random_model

# Units, bits of a state, and what else a model is drawn with; millions of steps a second of release
# 0.2.0, by the clock that its cores reached when they were routed alone.
DESIGNS = [
    pytest.param(64, 8, {"weights": "binary"}, 45.6 / 39, id="binary-64"),
    pytest.param(128, 12, {"weights": "binary"}, 44.0 / 403, id="binary-128"),
    pytest.param(128, 12, {"weights": "ternary"}, 47.1 / 527, id="ternary-128"),
    pytest.param(64, 12, {"weights": "levels", "activation": "relu"}, 45.2 / 783, id="4-bit-64"),
    pytest.param(128, 12, {"weights": "levels"}, 45.4 / 1555, id="4-bit-128"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "bits", "options", "before"), DESIGNS)
def test_a_dense_network_fits_the_icebreaker(
    monkeypatch, capsys, tmp_path, hidden, bits, options, before
):
    rng = np.random.default_rng(1)
    model = random_model(rng, hidden, bits, classes=10, biased=True, **options)
    model.save(tmp_path / "model.json")
    arguments = ["build", str(tmp_path / "model.json"), "-o", str(tmp_path / "out"), "--json"]
    monkeypatch.setattr("sys.argv", ["qrnn-hw", *arguments])
    assert main() == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    device = board("icebreaker").part
    assert report["luts"] <= device.luts
    assert report["brams"] <= device.brams
    assert 36 < report["clock_mhz"] <= report["fmax_mhz"]
    assert report["steps_per_second"] >= 1.3e6 * before
    assert report["verified"][0]["values"] > 0
    assert (tmp_path / "out" / "icebreaker.bin").stat().st_size > 100_000
