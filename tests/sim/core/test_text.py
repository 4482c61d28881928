"""A text whose states fade, from its file to core.v."""

import numpy as np
import pytest

from qrnn_hw.data.tasks.text import text
from qrnn_hw.export.convert import integer_model
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.rtl import verify_rtl
from qrnn_hw.train.defaults import default_recipe
from qrnn_hw.train.pipeline import train_network


@pytest.mark.slow
def test_every_state_and_logit_of_a_fading_network_is_that_of_core(tmp_path):
    rng = np.random.default_rng(5)
    for part, count in (("train", 400), ("valid", 60), ("test", 60)):
        words = rng.choice(["abba ", "cab ", "dada\n"], count)
        (tmp_path / f"{part}.txt").write_text("".join(words))
    letters = text(tmp_path, 16)
    recipe = default_recipe("text", letters, "block-hadamrnn", hidden=24, block=4, epochs=2)
    model = integer_model(train_network(letters, recipe, lambda epoch: None), 8)
    assert (model.recurrence.halves, model.parities) == (1, 2)
    sequences = [letters.x_test[0], letters.x_test[1][:7]]
    result = verify_rtl(SerialPlan(model, 4), sequences, seed=1)
    assert result.counts.values >= 2 * 23 * model.hidden
