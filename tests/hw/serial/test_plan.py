"""The plan's cycles, as measured on the emitted Verilog; sim/core/pace.py measures them again."""

import numpy as np
import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

# units, lanes, state bits, input bits, classes; cycles: a step, a logit, sequences of 1 and 9
MEASURED = [
    (4, 4, 4, 1, 2, (11, 41, 117, 205)),
    (4, 1, 16, 16, 3, (77, 334, 1379, 1995)),
    (8, 8, 6, 16, 2, (20, 58, 159, 319)),  # bound by the multiplication of the input
    (16, 4, 8, 8, 3, (54, 239, 986, 1418)),
    (64, 64, 12, 5, 10, (19, 97, 1037, 1189)),
    (128, 16, 10, 8, 10, (145, 626, 6998, 8158)),
]


@pytest.mark.parametrize(
    ("hidden", "lanes", "state_bits", "input_bits", "classes", "cycles"), MEASURED
)
def test_cycles_are_the_measured_ones(hidden, lanes, state_bits, input_bits, classes, cycles):
    model = random_model(
        np.random.default_rng(0), hidden, state_bits, input_bits=input_bits, classes=classes
    )
    plan = SerialPlan(model, lanes)
    given = (plan.step_cycles, plan.class_cycles, plan.sequence_cycles(1), plan.sequence_cycles(9))
    assert given == cycles


@pytest.mark.parametrize(
    ("hidden", "block", "most", "lanes"),
    [(16, 16, 16, 0), (16, 16, 16, 3), (16, 4, 16, 32), (24, 8, 8, 16), (20, 2, 4, 8)],
)
def test_lanes_must_divide_the_units(hidden, block, most, lanes):
    model = random_model(np.random.default_rng(0), hidden, 8, block=block)
    message = f"^lanes must be a power of two from 1 to {most}, not {lanes}$"
    with pytest.raises(ModelError, match=message) as caught:
        SerialPlan(model, lanes)
    assert caught.value.hint == "leave --lanes out to let the planner choose"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"weights": "ternary"}, "ternary"),
        ({"weights": "levels", "activation": "relu"}, "levels, relu"),
    ],
)
def test_what_the_engine_cannot_compute_is_named(options, what):
    model = random_model(np.random.default_rng(0), 8, 8, **options)
    message = f"^the serial engine must have hadamard weights, not {what}$"
    with pytest.raises(ModelError, match=message) as caught:
        SerialPlan(model, 4)
    assert caught.value.hint == "choose another engine"


MEAN, LEAK = (Pool("mean", *numbers) for numbers in ((9, 0), (0, 3)))


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"pool": MEAN}, "an origin of a pooled readout"),
        ({"pool": LEAK, "layer": 3}, "a hidden layer of a pooled readout and an origin of a "
                                     "pooled readout"),
    ],
)  # fmt: skip
def test_what_the_engine_does_not_take_is_named(options, what):
    model = random_model(np.random.default_rng(0), 8, 8, block=4, decays=(2,), **options)
    message = f"^the serial engine must do without {what}, and the model has it$"
    with pytest.raises(ModelError, match=message) as caught:
        SerialPlan(model, 4)
    assert caught.value.hint == "see docs/support.md for what each engine takes"


def test_a_layer_of_more_units_than_states_is_refused():
    model = random_model(np.random.default_rng(0), 8, 8, layer=9)
    message = "^the serial engine must have a hidden layer of up to 8 units, not 9$"
    with pytest.raises(ModelError, match=message):
        SerialPlan(model, 4)


def test_a_pool_takes_a_pass_after_every_step():
    options = {"block": 16, "origin_bits": 0, "pool": Pool("mean", 100, 0)}
    model = random_model(np.random.default_rng(0), 64, 12, **options)
    plan = SerialPlan(model, 16)
    assert plan.pool_planes == 18  # 100 times 2047
    assert plan.finish_cycles == 4 * (2 * 18 + 2) + 4
    assert plan.step_cycles == plan.last_step_cycles + plan.finish_cycles
    assert plan.sequence_cycles(9) - plan.sequence_cycles(8) == plan.step_cycles


def test_a_pool_that_leaks_is_read_twice():
    options = {"block": 16, "origin_bits": 0, "pool": Pool("mean", 0, 6), "classes": 2}
    model = random_model(np.random.default_rng(0), 64, 12, **options)
    plan = SerialPlan(model, 16)
    assert plan.pool_planes == 17  # 64 times 2047
    assert plan.finish_cycles == 4 * (3 * 17 + 2) + 4
    assert plan.row_bias.tolist() == (64 * model.readout.class_bias).tolist()


def test_blocks_take_words_of_their_own_length():
    model = random_model(np.random.default_rng(0), 96, 8, block=8, input_bits=2)
    plan = SerialPlan(model, 4)
    assert (plan.folds, plan.group, plan.groups, plan.sums) == (24, 2, 12, 1)
    assert plan.lane_stages == (1, 2)
    assert plan.fold_stages == (1,)
    assert plan.word == 8 + 3 + 1
    assert plan.read_word == 8 + 7 + 1
    wide = SerialPlan(model, 32)
    assert (wide.folds, wide.group, wide.groups, wide.sums) == (3, 1, 3, 4)
    assert wide.lane_stages == (1, 2, 4)
    assert wide.fold_stages == ()


def test_the_state_memory_holds_what_addresses_say():
    model = random_model(np.random.default_rng(1), 24, 6, block=8, relu=False, every=True)
    plan = SerialPlan(model, 4)
    image = plan.memory_image()
    assert len(image) == plan.memory_depth
    states = plan.folds * 7
    assert (plan.difference_base, plan.origin_base[0]) == (states, 2 * states)
    assert not any(image[: plan.origin_base[0]])
    units = np.array([[word >> lane & 1 for lane in range(4)] for word in image])
    bits, first = model.origin.bits, plan.origin_base[1]
    levels = units[first : first + 6 * bits].reshape(6, bits, 4).transpose(0, 2, 1).reshape(24, -1)
    weights = np.array([*(1 << j for j in range(bits - 1)), -(1 << bits - 1)])
    assert (levels @ weights == model.origin.levels[1]).all()
    rows = units[plan.weight_base :].reshape(model.classes, -1, 24)
    assert (rows[:, 0] == (model.readout.v & 1)).all()
