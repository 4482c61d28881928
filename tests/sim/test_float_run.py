"""The float run against the paper's recurrence, bias and all."""

import numpy as np

from qrnn_hw.export.golden import sylvester
from qrnn_hw.export.trained import load
from qrnn_hw.sim.float_run import float_run


def test_it_is_the_recurrence_with_its_bias(examples):
    # h_0 = 0, h_t = W h + U x + b with b = (I - W) origin: the origin only moves the state.
    trained = load(examples / "digits.pt")
    x = trained.samples_x[:5]
    w = np.diag(trained.signs) @ sylvester(64) / 8
    bias = trained.origin.value - w @ trained.origin.value
    for sequence, logits in zip(x, float_run(trained, x)):
        h = np.zeros(64)
        for value in sequence:
            h = w @ h + trained.u.value[:, 0] * value * trained.input_step + bias
        expected = trained.v.value @ np.maximum(0, h) + trained.class_bias
        assert np.allclose(logits, expected)


def test_it_classifies_digits(examples):
    trained = load(examples / "digits.pt")
    classes = float_run(trained, trained.samples_x).argmax(1)
    assert (classes == trained.samples_y).mean() > 0.9
