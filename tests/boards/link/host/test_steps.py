"""Steps as bytes: the words of the model, low byte first, and back."""

import numpy as np
import pytest

from qrnn_hw.boards.link.host.steps import check_sequence, pack_steps, unpack_steps
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.errors import DataError
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

FORMATS = [
    {"channels": channels, "input_bits": bits, "input_signed": signed}
    for channels, bits in ((1, 1), (1, 8), (1, 13), (3, 5), (9, 8), (64, 16))
    for signed in (False, True)
]


@pytest.mark.parametrize("options", [*FORMATS, {"vocabulary": 200}, {"vocabulary": 3}], ids=str)
def test_bytes_are_the_words_of_the_model(options):
    rng = np.random.default_rng(7)
    model = random_model(rng, 8, 8, **options)
    identity = Identity.of(model)
    x = random_sequence(rng, model, 20)
    x[:2] = np.array(model.input_range)[:, None]
    data = pack_steps(check_sequence(x, identity), identity)
    size = identity.step_bytes
    words = [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]
    assert words == model.inputs.pack(x)
    np.testing.assert_array_equal(unpack_steps(data, identity), x)


@pytest.mark.parametrize(
    ("changes", "sequence", "message"),
    [
        ({"channels": 2}, [1, 2], r"2 columns of at least one integer, not int64 of shape \(2,\)"),
        ({"channels": 2}, [[1, 2, 3]], r"2 columns of .*, not int64 of shape \(1, 3\)"),
        ({}, [[[1]]], r"one row of .*, not int64 of shape \(1, 1, 1\)"),
        ({"input_signed": True}, [-129], "a step must be from -128 to 127, not -129 to -129"),
        ({"vocabulary": 10}, [3, 10], "a token must be from 0 to 9, not 3 to 10"),
    ],
)
def test_what_a_board_does_not_take(changes, sequence, message):
    fields = {"input_bits": 8, "input_signed": False, "hidden": 64, "classes": 10}
    fields |= {"logit_bits": 25, "state_bits": 12, "digest": bytes(8)}
    with pytest.raises(DataError, match=message):
        check_sequence(sequence, Identity(**fields | changes))
