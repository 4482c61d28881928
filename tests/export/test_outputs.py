"""The origin and the readout: what they hold, decide and refuse."""

import re

import numpy as np
import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.outputs import Origin, Readout


def origin(**changes):
    fields = {
        "bits": 3, "levels": np.array([[-4, 3, 0], [1, -1, 2]]), "shift": np.array([2, 0]),
        **changes,
    }  # fmt: skip
    return Origin(**fields)


def readout(**changes):
    """Make a readout of 2 classes, 3 units and 2 parities."""
    fields = {
        "v": np.array([[1, -4, 3], [0, 2, -1]]), "v_bits": 3,
        "class_bias": np.array([[5, -6], [7, 8]]), "relu": True, "every": False,
        "logit_step": np.array([0.5, 0.25]), **changes,
    }  # fmt: skip
    return Readout(**fields)


def test_the_origin_is_shifted():
    assert origin().offset(0).tolist() == [-16, 12, 0]
    assert origin().offset(1).tolist() == [1, -1, 2]


def test_what_a_readout_tells():
    assert (readout().hidden, readout().classes, readout().parities) == (3, 2, 2)


def test_the_largest_logit_decides_and_the_first_of_equals():
    logits = np.array([[3, 1], [1, 3], [2, 2], [-5, -5]])
    assert readout().decide(logits).tolist() == [0, 1, 0, 0]
    assert readout().decide(logits.reshape(2, 2, 2)).tolist() == [[0, 1], [0, 0]]


def test_one_logit_decides_by_its_sign():
    alone = readout(v=np.array([[1, 2, 3]]), class_bias=np.array([[5], [7]]))
    logits = np.array([-1, 0, 1, 9])
    assert alone.decide(logits[:, None]).tolist() == [0, 0, 1, 1]
    assert alone.decide(logits.reshape(2, 2, 1)).tolist() == [[0, 0], [1, 1]]
    assert alone.decide(logits[:, None]).dtype == np.int64


INVALID = [
    pytest.param(origin, {"bits": 1}, "bits of the origin must be 2..16, not 1", id="bits-1"),
    pytest.param(origin, {"bits": 17}, "bits of the origin must be 2..16, not 17", id="bits-17"),
    pytest.param(origin, {"bits": 2}, "the origin must be -2..1, not -4..3", id="levels"),
    pytest.param(origin, {"levels": np.zeros(3, int)},
                 "the origin must have shape (parities, d), not (3,)", id="vector"),
    pytest.param(origin, {"shift": np.array([1])},
                 "the origin's shift must have shape (2,), not (1,)", id="shift-single"),
    pytest.param(origin, {"shift": np.array([17, 0])},
                 "the origin's shift must be 0..16, not [17, 0]", id="shift-17"),
    pytest.param(origin, {"shift": np.array([0, -1])},
                 "the origin's shift must be 0..16, not [0, -1]", id="shift-negative"),
    pytest.param(readout, {"v": np.zeros(3, int)}, "v must have 1..256 rows, not (3,)",
                 id="v-vector"),
    pytest.param(readout, {"v": np.zeros((0, 3), int)}, "v must have 1..256 rows, not (0, 3)",
                 id="no-classes"),
    pytest.param(readout, {"v": np.zeros((257, 3), int)},
                 "v must have 1..256 rows, not (257, 3)", id="257-classes"),
    pytest.param(readout, {"v_bits": 1}, "v_bits must be 2..8, not 1", id="v-bits-1"),
    pytest.param(readout, {"v_bits": 9}, "v_bits must be 2..8, not 9", id="v-bits-9"),
    pytest.param(readout, {"v_bits": 2}, "v must be -2..1, not -4..3", id="v-large"),
    pytest.param(readout, {"class_bias": np.zeros((1, 2), int)},
                 "class_bias must have shape (2, 2), not (1, 2)", id="bias-single"),
    pytest.param(readout, {"class_bias": np.zeros((2, 3), int)},
                 "class_bias must have shape (2, 2), not (2, 3)", id="bias-of-3"),
    pytest.param(readout, {"logit_step": np.ones((2, 1))},
                 "logit_step must have shape (2,), not (2, 1)", id="step-matrix"),
    pytest.param(readout, {"logit_step": np.array([1, np.nan])},
                 "logit_step must be positive and finite, not [1.0, nan]", id="step-nan"),
    pytest.param(readout, {"logit_step": np.array([0.0, 1])},
                 "logit_step must be positive and finite, not [0.0, 1.0]", id="step-zero"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "changes", "message"), INVALID)
def test_invalid_fields_say_what_they_must_be(make, changes, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        make(**changes)
    assert caught.value.hint


def test_arrays_cannot_change():
    made, out = origin(), readout()
    for array in (made.levels, made.shift, out.v, out.class_bias, out.logit_step):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 1
