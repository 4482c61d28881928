"""The trained network: what it is made of, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
from tests.shared.refusals import refused

from qrnn_hw.export.weights import (
    HadamardWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
)


def levels(bits, *shape):
    return Levels(bits, 0.5, np.zeros(shape, np.int64))


def test_what_parts_tell(every_kind):
    model = every_kind
    d = model.hidden
    assert d == model.recurrence.hidden == model.inputs.hidden == model.readout.hidden
    assert model.classes == len(model.readout.class_bias)
    if isinstance(model.inputs, TokenInputs):
        assert model.inputs.table.levels.shape[1:] == (d,)
        assert model.inputs.channels == 1
    else:
        assert model.inputs.u.levels.shape == (d, model.inputs.channels)
    assert model.samples_x.shape == (2, 5, model.inputs.channels)
    if isinstance(model.recurrence, HadamardWeights):
        assert model.recurrence.activation == "linear"


# Each of a model of 8 units, one channel and 3 classes: the change, and what is said about it.
CONTRADICTIONS = {
    "cell": ({"cell": "LSTM"}, "cell must be one of HadamRNN, Block-HadamRNN, QORNN, not LSTM"),
    "other-weights": (
        {"cell": "QORNN"},
        "the weights must be those of a QORNN, not HadamardWeights",
    ),
    "u-of-4": (
        {"inputs": NumberInputs(levels(4, 4, 1), 8, False, 1.0)},
        "inputs must be for 8 units, not 4",
    ),
    "v-of-4": (
        {"readout": RealReadout(levels(4, 3, 4), np.zeros(3), True, False)},
        "readout must be for 8 units, not 4",
    ),
    "bias-short": ({"bias": np.zeros(4)}, "bias must have shape (8,), not (4,)"),
    "bias-nan": ({"bias": np.full(8, np.nan)}, "bias must be finite, not NaN or infinity"),
    "origin-short": ({"origin": levels(5, 4)}, "origin must have shape (8,), not (4,)"),
    "origin-bits-9": ({"origin": levels(9, 8)}, "origin must have 2..8 bits, not 9"),
    "state-range-nan": (
        {"state_range": np.nan},
        "state_range must be positive and finite, not nan",
    ),
    "state-range-zero": (
        {"state_range": 0.0},
        "state_range must be positive and finite, not 0.0",
    ),
    "range-of-no-width": (
        {"ranges": {"wide": 1.0}},
        "ranges must be of widths of a state, not wide",
    ),
    "range-infinite": (
        {"ranges": {"12": np.inf}},
        "the range of 12 bits must be positive and finite, not inf",
    ),
    "samples-matrix": (
        {"samples_x": np.zeros((2, 5), int)},
        "samples_x must have shape (n, T, 1), not (2, 5)",
    ),
    "samples-of-2-channels": (
        {"samples_x": np.zeros((2, 5, 2), int)},
        "samples_x must have shape (n, T, 1), not (2, 5, 2)",
    ),
    "samples-short": (
        {"samples_y": np.zeros(1, int)},
        "samples_y must have shape (2,), not (1,)",
    ),
    "samples-of-steps": (
        {"samples_y": np.zeros((2, 5), int)},
        "samples_y must have shape (2,), not (2, 5)",
    ),
    "samples-scalar": (
        {"samples_y": np.array(3)},
        "samples_y must have shape (2,), not ()",
    ),
    "lengths-short": (
        {"samples_lengths": np.ones(1, int)},
        "samples_lengths must have shape (2,), not (1,)",
    ),
    "lengths-0": (
        {"samples_lengths": np.array([5, 0])},
        "samples_lengths must be 1..5, not [0]",
    ),
    "lengths-6": (
        {"samples_lengths": np.array([6, 1])},
        "samples_lengths must be 1..5, not [6]",
    ),
    "task": ({"task": {"classes": 3}}, "task.classes must be a list of names, not int"),
}


@pytest.mark.parametrize(("change", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_fields_must_not_contradict_each_other(trained, change, message):
    model = trained(8)
    refused(message, replace, model, **change)


def test_a_dense_network_has_no_origin(trained):
    model = trained(8, weights="binary")
    refused("an origin must belong to a Hadamard recurrence, not QORNN",
            replace, model, origin=levels(5, 8))  # fmt: skip


def test_a_network_that_answers_every_step_has_answers_of_every_step(trained):
    model = trained(8, every=True)
    refused("samples_y must have shape (2, 5), not (2,)",
            replace, model, samples_y=np.zeros(2, int))  # fmt: skip


@pytest.mark.parametrize("every", [False, True])
def test_samples_may_be_missing(trained, every):
    model = trained(8, every=every)
    bare = replace(model, samples_x=np.zeros((0, 1, 1), int), samples_y=np.zeros(0, int),
                   samples_lengths=np.zeros(0, int))  # fmt: skip
    assert not len(bare.samples_x)


def test_what_programs_read_of_a_task_may_be_there(trained):
    task = {"steps": 3, "classes": ["a", 2, "c"], "order": [2, 0, 1], "channel_steps": [0.5],
            "anything": object}  # fmt: skip
    assert trained(8, task=task).task is task


def test_channels_have_the_step_of_all_or_of_each(trained):
    model = trained(8, channels=2)
    for task, step in (
        ({}, model.inputs.step),
        ({"channel_steps": None}, model.inputs.step),
        ({"channel_steps": [0.75, 2.0]}, [0.75, 2.0]),
        ({"data_step": 0.25}, 0.25),
        ({"data_step": [0.75, 2.0]}, [0.75, 2.0]),
        ({"data_step": None}, None),
        ({"name": "smnist"}, None),
        ({"order": [0, 1]}, None),
        ({"name": "smnist", "data_step": 0.25}, 0.25),
    ):
        assert replace(model, task=task).data_step == step
    whole = replace(model, inputs=replace(model.inputs, step=1.0))
    assert whole.data_step is None
    assert replace(whole, task={"data_step": 1.0}).data_step == 1.0
    assert trained(8, vocabulary=3).data_step is None
