# amaranth: UnusedElaboratable=no
"""The recogniser of the Amaranth example answers as the golden run does."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

EXAMPLES = Path(__file__).parents[2] / "examples"
STEPS, SEED = 3, 55


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLES / "in_amaranth.py"))


def test_windows_of_samples_get_their_classes(example):
    rng = np.random.default_rng(SEED)
    model = random_model(rng, 8, 6, channels=2, input_bits=5, classes=5)
    x = np.stack([random_sequence(rng, model, STEPS) for _ in range(6)])
    recogniser = example["Recogniser"](SerialPlan(model, 8), STEPS)
    wanted = golden.run(model, x).classes.tolist()
    assert len(set(wanted)) > 2
    windows = [model.inputs.pack(sequence) for sequence in x]
    assert example["simulate"](recogniser, windows) == wanted


@pytest.mark.slow
def test_its_command_says_what_it_found(example, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    example["main"](str(EXAMPLES / "digits.pt"))
    assert "classes of 3 sequences: [0, 4, 9], golden [0, 4, 9]" in capsys.readouterr().out
    assert "\nmodule recogniser(" in (tmp_path / "recogniser.v").read_text()
