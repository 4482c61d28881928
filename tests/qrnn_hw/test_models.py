"""Models are opened in either of their two forms."""

from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export import convert, model_file
from qrnn_hw.export.errors import ModelError, OptionError
from qrnn_hw.models import open_model
from random_model import random_model

DIGITS = Path(__file__).parents[2] / "examples" / "digits.pt"


@pytest.mark.parametrize("state_bits", [8, 12])
def test_a_trained_model_is_converted_and_brings_its_samples(state_bits):
    opened = open_model(DIGITS, state_bits)
    trained = model_file.load(DIGITS)
    assert opened.model.digest == convert.integer_model(trained, state_bits).digest
    assert convert.digest(opened.trained) == opened.model.source
    np.testing.assert_array_equal(opened.samples.x, trained.samples_x)
    np.testing.assert_array_equal(opened.samples.y, trained.samples_y)
    np.testing.assert_array_equal(opened.samples.lengths, trained.samples_lengths)


@pytest.mark.parametrize("options", [{}, {"channels": 3}, {"vocabulary": 4}], ids=str)
def test_an_integer_model_is_taken_as_it_is(tmp_path, options):
    model = random_model(np.random.default_rng(1), 8, 9, **options)
    model.save(tmp_path / "model.json")
    opened = open_model(tmp_path / "model.json", 12)
    assert opened.model.digest == model.digest
    assert (opened.model.state_bits, opened.trained, len(opened.samples)) == (9, None, 0)
    assert opened.samples.x.shape[2] == model.inputs.channels


@pytest.mark.parametrize("name", ["none.pt", "none.json", "text.pt", "text.json", "text"])
def test_other_files_are_refused(tmp_path, name):
    if "none" not in name:
        (tmp_path / name).write_text("hello")
    with pytest.raises(ModelError) as caught:
        open_model(tmp_path / name)
    assert caught.value.hint


def test_the_sums_of_a_model_are_exact_unless_halved_ones_are_asked_for(tmp_path):
    opened = {name: open_model(DIGITS, transform=name) for name in ("auto", "exact", "halved")}
    assert opened["auto"].model.digest == opened["exact"].model.digest
    assert opened["halved"].model.needs == {"a halved transform"}
    opened["halved"].model.save(tmp_path / "model.json")
    again = open_model(tmp_path / "model.json", transform="halved").model
    assert again.digest == opened["halved"].model.digest
    with pytest.raises(OptionError, match=r"--transform goes with model\.pt"):
        open_model(tmp_path / "model.json", transform="exact")
