"""The entry of a task that says what its inputs are made of."""

import re

import numpy as np
import pytest

from qrnn_hw.export.document import encode
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.frontend import FRAME
from qrnn_hw.export.raw import Characters, Sentence, Sound, raw_of


def sound(*lengths):
    return Sound(np.arange(sum(lengths)), np.array(lengths, np.int64))


def test_a_task_without_the_entry_has_no_raw_inputs():
    assert raw_of({"name": "digits"}) is None


def test_what_is_written_comes_back():
    for raw in (Sentence("groups", 500, True), Characters()):
        assert raw_of({"raw": encode(raw)}) == raw
    found = raw_of({"raw": encode(sound(FRAME, FRAME + 9))})
    assert [part.tolist() for part in found.recordings] == [
        list(range(FRAME)),
        list(range(FRAME, 2 * FRAME + 9)),
    ]
    assert raw_of({"raw": encode(sound())}).recordings == []


ENTRY = encode(sound(FRAME))
REFUSED = {
    "kind": ({"kind": "Video"}, "task.raw must be Sound or Sentence or Characters, not Video"),
    "table": ("sound", "task.raw must be Sound or Sentence or Characters, not str"),
    "field": ({"kind": "Sentence", "tokens": "words", "last": True}, "task.raw.steps must be in"),
    "steps": (encode(Sentence("words", 0, False)) | {"steps": -1}, "task.raw.steps must be 0 or"),
    "words": (ENTRY | {"signal": ["a"]}, "task.raw.signal must hold integers, not"),
    "shape": (ENTRY | {"signal": np.zeros((1, FRAME), int)}, "task.raw.signal must be a vector"),
    "short": (ENTRY | {"lengths": [FRAME - 1, 1]}, "task.raw.lengths must be 128 or more, not"),
    "sum": (ENTRY | {"lengths": [FRAME + 1]}, "task.raw.lengths must sum to 128, not 129"),
    "loud": (ENTRY | {"signal": np.full(FRAME, 32768)}, "task.raw.signal must be of 16 bits"),
}


@pytest.mark.parametrize(("entry", "message"), REFUSED.values(), ids=REFUSED)
def test_a_distorted_entry_is_refused(entry, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}"):
        raw_of({"raw": entry})
