"""Integers against floating point: agreement, error, and how both see faults."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.model_file import load
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights, Levels, NumberInputs, RealReadout
from qrnn_hw.sim.core.agreement import compare_float
from qrnn_hw.sim.core.float_run import float_run


@pytest.fixture(scope="module")
def trained(examples):
    return load(examples / "digits.pt")


def test_wide_states_agree_with_floating_point(trained):
    model = integer_model(trained, 16)
    found = compare_float(trained, model, trained.samples_x)
    assert (found.sequences, found.steps, found.logits) == (200, 12800, 2000)
    assert found.agreement == 1
    # A saturated state differs from the float's at any width; elsewhere only rounding does.
    exact = [row for row in trained.samples_x if not golden.run(model, row[None]).saturated]
    assert len(exact) > 195
    found = compare_float(trained, model, np.array(exact))
    assert found.logit_error < found.logit_range / 200


def test_narrow_states_cost_precision(trained):
    errors = [
        compare_float(trained, integer_model(trained, bits), trained.samples_x).logit_error
        for bits in (16, 10, 6)
    ]
    assert errors[0] < errors[1] < errors[2]


@pytest.mark.parametrize("bits", [6, 8, 10, 12, 16])
def test_a_useful_model_holds(trained, bits):
    found = compare_float(trained, integer_model(trained, bits), trained.samples_x)
    assert found.holds()
    found.require()


def test_a_range_that_loses_everything_does_not_hold(trained):
    lost = replace(trained, ranges={"12": 1e300})
    found = compare_float(lost, integer_model(lost), trained.samples_x)
    assert found.logit_deviation == pytest.approx(1)
    with pytest.raises(MismatchError, match=r"must answer as the .* 90.00% .* 50% .* 100.00%"):
        found.require()


def test_what_all_logits_share_decides_nothing(trained):
    model = integer_model(trained)
    shifted = replace(model.readout, class_bias=model.readout.class_bias + 5000)
    found = compare_float(trained, replace(model, readout=shifted), trained.samples_x)
    exact = compare_float(trained, model, trained.samples_x)
    assert found.logit_deviation == pytest.approx(exact.logit_deviation)
    assert found.logit_error > 10 * exact.logit_error


def number(trained, labels):
    """Make a network of one logit: a decision if it has two labels, else a number."""
    v, readout = trained.readout.v, trained.readout
    one = replace(readout, v=replace(v, levels=v.levels[:1]), class_bias=np.array([25.0]))
    task = trained.task | {"classes": labels}
    return replace(trained, readout=one, task=task, samples_x=trained.samples_x[:0],
                   samples_lengths=trained.samples_lengths[:0],
                   samples_y=trained.samples_y[:0])  # fmt: skip


def test_a_number_is_judged_by_its_logit(trained):
    real = number(trained, ["value"])
    model = integer_model(real)
    good = compare_float(real, model, trained.samples_x)
    assert (good.agreement, good.holds(1)) == (None, True)
    assert good.logit_deviation < 0.1
    # Off by its spread, whatever its magnitude is.
    logits = golden.run(model, trained.samples_x).logits
    moved = replace(model.readout, class_bias=model.readout.class_bias + int(logits.std()))
    bad = compare_float(real, replace(model, readout=moved), trained.samples_x)
    assert bad.logit_deviation == pytest.approx(1, abs=0.1)
    with pytest.raises(MismatchError, match="50% of their spread at most; not "):
        bad.require(0)


def test_logits_that_do_not_vary_are_their_own_measure(trained):
    real = number(trained, ["value"])
    x = np.repeat(trained.samples_x[:1], 3, axis=0)
    assert compare_float(real, integer_model(real), x).logit_deviation < 0.1
    still = replace(real, readout=replace(real.readout, class_bias=np.zeros(1), v=replace(
        real.readout.v, levels=np.zeros_like(real.readout.v.levels))))  # fmt: skip
    model = integer_model(still)
    assert compare_float(still, model, x).logit_deviation == 0
    wrong = replace(model, readout=replace(model.readout, class_bias=np.array([[1]])))
    found = compare_float(still, wrong, x)
    assert found.logit_deviation == np.inf and not found.holds(0)


@pytest.mark.parametrize("labels", [["no", "yes"], ["value"]])
def test_one_infinite_logit_of_many_fails(trained, labels, monkeypatch):
    real = number(trained, labels)
    logits = float_run(real, trained.samples_x)
    for worst in (np.nan, np.inf, -np.inf):
        logits[7] = worst
        monkeypatch.setattr("qrnn_hw.sim.core.agreement.float_run", lambda *_: logits)
        found = compare_float(real, integer_model(real), trained.samples_x)
        assert not found.holds(0)
        with pytest.raises(MismatchError, match="must be finite numbers"):
            found.require(0)


def test_odd_lengths_use_the_other_scale(examples):
    trained = load(examples / "pmnist512.pt")
    x = trained.samples_x[:4, :51]
    # At odd steps the origin is no multiple of its own step, and is rounded.
    found = compare_float(trained, integer_model(trained, 16), x)
    assert found.logit_error < found.logit_range / 20


def test_a_flipped_sign_is_seen(trained):
    model = integer_model(trained, 16)
    signs = model.recurrence.signs.copy()
    signs[0] *= -1
    faulty = replace(model, recurrence=replace(model.recurrence, signs=signs))
    found = compare_float(trained, faulty, trained.samples_x)
    assert found.agreement < 0.9
    assert found.logit_error > found.logit_range / 10


def test_no_sequences_fail(trained):
    with pytest.raises(MismatchError, match="must compare something, and has no sequences"):
        compare_float(trained, integer_model(trained), np.zeros((0, 64, 1), np.int64))


def made(every, classes):
    """Make a Hadamard network of 16 units, and one of 8 with two scales, without training."""
    rng = np.random.default_rng(11)
    for d in (8, 16):
        yield TrainedModel(
            cell="HadamRNN",
            recurrence=HadamardWeights(rng.permutation(np.repeat([1, -1], d // 2)), d),
            inputs=NumberInputs(Levels(4, 0.1, rng.integers(-8, 8, (d, 2))), 6, True, 0.05),
            readout=RealReadout(
                Levels(4, 0.1, rng.integers(-8, 8, (classes, d))), np.zeros(classes), False, every
            ),
            bias=rng.uniform(-0.1, 0.1, d),
            origin=None,
            state_range=30.0,
        )


@pytest.mark.parametrize("every", [False, True], ids=["last", "every"])
@pytest.mark.parametrize("classes", [1, 3])
def test_each_answer_is_compared_in_the_scale_of_its_step(every, classes):
    x = np.random.default_rng(12).integers(-32, 32, (5, 9, 2))
    lengths = np.array([9, 1, 4, 9, 8])
    for network in made(every, classes):
        model = integer_model(network, 14)
        found = compare_float(network, model, x, lengths)
        answers = int(lengths.sum()) if every else 5
        assert (found.sequences, found.steps) == (5, int(lengths.sum()))
        assert found.logits == answers * classes
        assert found.logit_error < found.logit_range / 50
        if model.parities == 2:
            halved = replace(model.readout, logit_step=model.readout.logit_step * [1, 0.9])
            worse = compare_float(network, replace(model, readout=halved), x, lengths)
            assert worse.logit_error > 5 * found.logit_error


def test_a_class_of_another_step_is_seen():
    network = next(made(True, 3))
    model = integer_model(network, 14)
    x = np.random.default_rng(13).integers(-32, 32, (20, 9, 2))
    assert compare_float(network, model, x).agreement > 0.97
    turned = replace(model.readout, v=-model.readout.v)
    assert compare_float(network, replace(model, readout=turned), x).agreement < 0.5
