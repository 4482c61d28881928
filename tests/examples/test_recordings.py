"""What the tutorials record: words that are spoken, and a pump that is shaken."""

import runpy
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.data.layout import Layout
from qrnn_hw.data.source import read_source

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Return a function that runs an example, and returns its folder and what is read of it."""

    def record(name, *arguments, seed=1):
        folder = tmp_path / f"{name}{seed}"
        told = [f"{name}.py", folder, *arguments, "--times", "2", "--seed", seed]
        monkeypatch.setattr(sys, "argv", list(map(str, told)))
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        return folder, read_source(folder, Layout()).splits[""]

    return record


def test_words_are_spoken_in_stereo(record):
    folder, found = record("speak", "yes", "stop")
    with wave.open(str(folder / "yes" / "00.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 16000)
        both = np.frombuffer(file.readframes(1 << 20), "<i2").reshape(-1, 2).astype(float)
    assert both.std() > 300 and np.corrcoef(both.T)[0, 1] > 0.9
    assert not np.array_equal(both[:, 0], both[:, 1])
    assert found.sound and sorted(found.y) == ["stop", "stop", "yes", "yes"]
    assert 0.2 < found.lengths.min() / 8000 < found.lengths.max() / 8000 < 2
    assert "4 sounds of 16000 Hz, 16 bits, 2 channels became 8000 Hz" in found.notes[0]


def test_a_pump_shakes_as_its_class_says(record):
    _, found = record("pump")
    assert (found.channels, found.units) == (("acceleration", "temperature"), ("m/s2", "degC"))
    assert found.rate == pytest.approx(400)
    assert found.x.shape == (6, 200, 2)
    assert found.x[:, :, 0].mean() == pytest.approx(9.81, abs=0.2)
    assert found.x[:, :, 1].mean() == pytest.approx(22, abs=3)
    shaken = {kind: found.x[np.array(found.y) == kind, :, 0].std() for kind in set(found.y)}
    assert shaken["healthy"] < shaken["unbalanced"] < shaken["bearing"]
    assert not np.array_equal(record("pump", seed=2)[1].x, found.x)
