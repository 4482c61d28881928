"""The trained network: what it is made of, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
from tests.shared.refusals import refused

from qrnn_hw.export.trained import (
    DenseWeights,
    HadamardWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
)


def test_the_value_of_levels():
    levels = Levels(4, 0.05, np.array([[-8, 7]]))
    np.testing.assert_array_equal(levels.value, [[-8 * 0.05, 7 * 0.05]])


LEVELS = [
    pytest.param(0, 1.0, [0], "levels must have 1..16 bits, not 0", id="0-bits"),
    pytest.param(17, 1.0, [0], "levels must have 1..16 bits, not 17", id="17-bits"),
    pytest.param(1, 1.0, [-2, 1], "levels of 1 bits must be -1..1, not -2..1", id="ternary"),
    pytest.param(4, 1.0, [0, 8], "levels of 4 bits must be -8..7, not 0..8", id="large"),
    pytest.param(3, 1.0, [-5, 0], "levels of 3 bits must be -4..3, not -5..0", id="small"),
    pytest.param(4, 0.0, [0], "step must be positive and finite, not 0.0", id="step-zero"),
    pytest.param(4, -1.0, [0], "step must be positive and finite, not -1.0", id="step-negative"),
    pytest.param(4, np.nan, [0], "step must be positive and finite, not nan", id="step-nan"),
    pytest.param(4, np.inf, [0], "step must be positive and finite, not inf", id="step-infinite"),
]


@pytest.mark.parametrize(("bits", "step", "levels", "message"), LEVELS)
def test_levels_must_fit(bits, step, levels, message):
    refused(message, Levels, bits, step, np.array(levels))


def levels(bits, *shape):
    return Levels(bits, 0.5, np.zeros(shape, np.int64))


PARTS = {
    "signs-zero": (
        lambda: HadamardWeights(np.zeros(8, int), 8),
        "signs must be 1 or -1, not others",
    ),
    "signs-of-6": (
        lambda: HadamardWeights(np.ones(6, int), 8),
        "the 6 units must be a multiple of the block, not 8",
    ),
    "signs-of-2": (
        lambda: HadamardWeights(np.ones(2, int), 2),
        "signs must be 4..16384, not (2,)",
    ),
    "signs-matrix": (
        lambda: HadamardWeights(np.ones((2, 4), int), 8),
        "signs must be 4..16384, not (2, 4)",
    ),
    "block-of-6": (
        lambda: HadamardWeights(np.ones(6, int), 6),
        "the block must be a power of two, 2 or more, not 6",
    ),
    "w-not-square": (
        lambda: DenseWeights(levels(4, 4, 5), "linear"),
        "w must have shape (5, 5), not (4, 5)",
    ),
    "w-scalar": (
        lambda: DenseWeights(levels(4), "linear"),
        "w must have shape (0, 0), not ()",
    ),
    "w-of-9-bits": (
        lambda: DenseWeights(levels(9, 4, 4), "linear"),
        "w must have 1..8 bits, not 9",
    ),
    "w-of-tanh": (
        lambda: DenseWeights(levels(4, 4, 4), "tanh"),
        "activation must be one of linear, relu, modrelu, not tanh",
    ),
    "u-vector": (
        lambda: NumberInputs(levels(4, 8), 8, False, 1.0),
        "u must have shape (d, channels), not (8,)",
    ),
    "u-bits-9": (
        lambda: NumberInputs(levels(9, 8, 1), 8, False, 1.0),
        "u must have 2..8 bits, not 9",
    ),
    "u-bits-1": (
        lambda: NumberInputs(levels(1, 8, 1), 8, False, 1.0),
        "u must have 2..8 bits, not 1",
    ),
    "input-bits-0": (
        lambda: NumberInputs(levels(4, 8, 1), 0, False, 1.0),
        "bits of an input must be 1..16, not 0",
    ),
    "input-bits-17": (
        lambda: NumberInputs(levels(4, 8, 1), 17, False, 1.0),
        "bits of an input must be 1..16, not 17",
    ),
    "input-step-nan": (
        lambda: NumberInputs(levels(4, 8, 1), 8, False, np.nan),
        "step of an input must be positive and finite, not nan",
    ),
    "table-vector": (
        lambda: TokenInputs(levels(8, 8)),
        "the table must have shape (vocabulary, d), not (8,)",
    ),
    "table-of-1-bit": (
        lambda: TokenInputs(levels(1, 3, 8)),
        "the table must have 2..16 bits, not 1",
    ),
    "v-vector": (
        lambda: RealReadout(levels(4, 8), np.zeros(1), True, False),
        "v must have shape (classes, d), not (8,)",
    ),
    "v-bits-9": (
        lambda: RealReadout(levels(9, 3, 8), np.zeros(3), True, False),
        "v must have 2..8 bits, not 9",
    ),
    "class-bias-short": (
        lambda: RealReadout(levels(4, 3, 8), np.zeros(2), True, False),
        "class_bias must have shape (3,), not (2,)",
    ),
    "class-bias-nan": (
        lambda: RealReadout(levels(4, 3, 8), np.array([0, np.nan, 1]), True, False),
        "class_bias must be finite, not NaN or infinity",
    ),
}


@pytest.mark.parametrize(("make", "message"), PARTS.values(), ids=PARTS)
def test_parts_say_what_they_must_be(make, message):
    refused(message, make)


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
