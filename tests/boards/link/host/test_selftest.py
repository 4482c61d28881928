"""The stored sequence: the same from build to build, and what it finds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.boards.link.host.host import TIMES, Host
from qrnn_hw.boards.link.host.selftest import FILE, STEPS, SelfTest
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.export import golden
from qrnn_hw.export.errors import BoardError, DataError, MismatchError
from qrnn_hw.export.frontend import FRAME
from random_model import random_model

KINDS = {
    "numbers": {},
    "channels": {"channels": 3, "input_signed": True},
    "tokens": {"vocabulary": 6},
    "every": {"every": True},
}


def drawn(**kind):
    return random_model(np.random.default_rng(8), 8, 6, **kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_sequence_is_golden_and_comes_back(kind, tmp_path):
    model = drawn(**KINDS[kind])
    test = SelfTest.of(model)
    (path := tmp_path / FILE).write_text(test.to_json())
    assert SelfTest.read(path) == test == SelfTest.of(drawn(**KINDS[kind]))
    run = golden.run(model, np.array(test.steps)[None])
    assert np.array_equal(np.ravel(run.logits), np.ravel(test.logits))
    assert np.array_equal(np.ravel(run.classes), test.classes)
    values = {value for step in test.steps for value in step}
    assert min(values) < sum(model.input_range) / 2 < max(values)
    readouts = STEPS if kind == "every" else 1
    assert Host(stand_in(model)).self_test(test) == TIMES * readouts * model.classes


def test_a_board_that_listens_gets_samples():
    model = drawn(channels=16, input_signed=True)
    test = SelfTest.of(model, front_end_too=True)
    assert np.shape(test.steps) == (STEPS * FRAME, 1)
    assert Host(stand_in(model, front_end=True)).self_test(test) == TIMES * 3


def test_a_board_that_does_not_forget_is_found():
    """The first time it is right."""
    model = drawn()
    board, before = stand_in(model), []
    honest = board._classify

    def forgetful(steps):
        before.append(1)
        return honest(list(steps)[len(before) > 1 :])

    board._classify = forgetful
    with pytest.raises(MismatchError, match=r"^self-test: logit \d of readout 1 must be -?\d+, no"):
        Host(board).self_test(SelfTest.of(model))
    assert len(before) == TIMES


@pytest.mark.parametrize("count", [0, 1])
def test_a_self_test_that_compares_too_little_fails(monkeypatch, count):
    model = drawn()
    host, test = Host(stand_in(model)), SelfTest.of(model)
    all_of_them = host.classify_many
    monkeypatch.setattr(host, "classify_many", lambda steps: all_of_them(steps[:count]))
    wanted, given = TIMES * model.classes, count * model.classes
    with pytest.raises(MismatchError, match=f"must compare {wanted} logits, and compared {given}"):
        host.self_test(test)


def test_a_self_test_without_logits_fails():
    model = drawn()
    with pytest.raises(MismatchError, match="there must be 0 readouts, not 1"):
        Host(stand_in(model)).self_test(replace(SelfTest.of(model), classes=(), logits=()))


def test_another_model_is_refused():
    test = SelfTest.of(drawn())
    other = replace(drawn(), state_step=2.0)
    with pytest.raises(
        BoardError, match=r"^the board must hold the model \w{16}, and holds \w{16}"
    ):
        Host(stand_in(other)).self_test(test)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("steps"),
        lambda content: content.update(more=1),
        lambda content: content.update(classes="1"),
        lambda content: content.update(classes=None),
        lambda content: content["logits"].append([0.5]),
        lambda content: content.update(steps=[]),
        lambda content: content.update(logits=[]),
    ],
)
def test_other_files_are_refused(change, tmp_path):
    content = json.loads(SelfTest.of(drawn()).to_json())
    change(content)
    for text in (json.dumps(content), "", "[]", "3"):
        (path := tmp_path / FILE).write_text(text)
        with pytest.raises(DataError, match=rf"^(a self-test|self-test\.\S+|{path}) must "):
            SelfTest.read(path)
