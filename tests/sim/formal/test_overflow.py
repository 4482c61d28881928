# amaranth: UnusedElaboratable=no
"""Sums of the serial engine that are proven to fit, and widths that are one bit too narrow."""

import numpy as np
import pytest

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.entry import Gain
from qrnn_hw.hw.serial.decay import Decay
from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.hw.serial.layer import UnitStore
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.products import Products
from qrnn_hw.hw.serial.reader import SerialReader
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.hw.serial.schedule import SerialSchedule
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.formal.accumulator import accumulating
from qrnn_hw.sim.formal.butterflies import butterflies
from qrnn_hw.sim.formal.decay import decaying
from qrnn_hw.sim.formal.fold import Folding, folding
from qrnn_hw.sim.formal.gain import scaling
from qrnn_hw.sim.formal.layer import storing
from qrnn_hw.sim.formal.pool import counting, pooling
from qrnn_hw.sim.formal.products import multiplying
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.serial_readout import weighing
from qrnn_hw.sim.formal.serial_sums import summing
from qrnn_hw.sim.formal.update import updating
from random_model import random_model

STAGES = (1, 2, 4)
BLOCKS, FOLDS = (16, {"block": 4}), (32, {"block": 16, "relu": False})
ONE_SCALE = {"block": 4, "origin_bits": 0}
MEAN_FOLDS = (32, {"block": 16, "origin_bits": 0, "pool": Pool("mean", 100, 0)})
LEAKS = [Pool("mean", 0, 2), Pool("count", 0, 3)]
MEAN, COUNT = ((16, {**ONE_SCALE, "pool": Pool(what, 3, 0)}) for what in ("mean", "count"))


def plan(hidden=8, lanes=8, **options):
    return SerialPlan(random_model(np.random.default_rng(2), hidden, 5, **options), lanes)


def fold(width, kind=FoldStage, lengths=(8, 11)):
    """Return the proof for four words of either length, of which two are added."""
    design = Folding(kind(1, 4, 1, lengths, 1), width)
    return Proof("butterflies between words do not overflow", design, Method.INDUCTION, 1,
                 design.inputs)  # fmt: skip


@pytest.mark.slow
def test_butterflies_do_not_overflow(proven):
    proven(butterflies(LaneTransform(8, STAGES), 8, 5))


@pytest.mark.slow
def test_butterflies_in_words_that_are_a_bit_too_narrow_are_refuted(refuted):
    refuted(butterflies(LaneTransform(8, STAGES), 7, 5))


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [(8, 11), (11, 8)], ids=["then-longer", "then-shorter"])
def test_butterflies_between_words_do_not_overflow(proven, lengths):
    proven(fold(7, lengths=lengths))


@pytest.mark.slow
def test_butterflies_between_words_of_a_plan_do_not_overflow(proven):
    proven(folding(plan(32, 4), 4, 8))


@pytest.mark.slow
def test_butterflies_between_words_that_are_a_bit_too_narrow_are_refuted(refuted):
    refuted(fold(8))


@pytest.mark.slow
def test_a_fold_that_writes_before_it_reads_is_refuted(refuted, mutant):
    wrong = mutant(FoldStage, "fill.eq(~entry.word[near]", "fill.eq(entry.word[near]")
    refuted(fold(7, wrong))


@pytest.mark.slow
def test_the_sum_of_a_step_does_not_overflow(proven):
    proven(updating(plan()))


def test_an_accumulator_that_is_a_bit_too_narrow_is_refuted(refuted, narrow):
    narrow(IntegerModel, "accumulator_bits")
    refuted(updating(plan()))


@pytest.mark.parametrize("decays", [(3,), (5, 3), (2,) * 4 + (0, 1, 15, 4)])
def test_what_decay_leaves_is_exact(proven, decays):
    proven(decaying(plan(16, 4, decays=decays)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("plan.word - 1 - k,", "plan.word - k,", id="next-word"),
        pytest.param("majority(~now[lane]", "majority(now[lane]", id="carry"),
        pytest.param("time.active & beyond", "beyond", id="held-from-before"),
        pytest.param("past[oldest - k]", "past[oldest - k + 1]", id="other-share"),
    ],
)
def test_a_decay_that_is_wrong_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr("qrnn_hw.sim.formal.decay.Decay", mutant(Decay, right, wrong))
    refuted(decaying(plan(16, 4, decays=(15, 3))))


@pytest.mark.parametrize("hidden", [4, 16], ids=["a-word", "words"])
@pytest.mark.parametrize("statistic", ["mean", "count"])
def test_pools_do_not_overflow(proven, hidden, statistic):
    proven(pooling(plan(hidden, 4, **ONE_SCALE, pool=Pool(statistic, 9, 0))))


@pytest.mark.parametrize("pool", LEAKS, ids=["mean", "count"])
def test_pools_that_leak_do_not_overflow(proven, pool):
    proven(pooling(plan(8, 4, **ONE_SCALE, pool=pool)))


@pytest.mark.parametrize("pool", [Pool("mean", 9, 0), Pool("count", 9, 0), *LEAKS], ids=str)
def test_a_pool_that_is_a_bit_too_narrow_is_refuted(refuted, narrow, pool):
    narrow(IntegerModel, "pool_bits")
    refuted(pooling(plan(8, 4, **ONE_SCALE, pool=pool)))


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        pytest.param(SerialSchedule, "constants + leak,", "constants + leak + 1,", id="share"),
        pytest.param(SerialSchedule, " - 1 - beat * leak", " - 1", id="beyond-the-top"),
        pytest.param(
            SerialUpdate, "debt.eq(majority(~origin", "debt.eq(majority(origin", id="debt"
        ),
        pytest.param(SerialUpdate, "origin = left", "pass", id="nothing-lost"),
    ],
)
def test_a_leak_that_is_wrong_is_refuted(refuted, monkeypatch, mutant, kind, right, wrong):
    monkeypatch.setattr(f"qrnn_hw.sim.formal.pool.{kind.__name__}", mutant(kind, right, wrong))
    refuted(pooling(plan(8, 4, **ONE_SCALE, pool=LEAKS[0])))


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        pytest.param(SerialReader, "flag.eq(flag | data)", "flag.eq(flag)", id="negative"),
        pytest.param(SerialSchedule, "zero.eq(self.first)", "zero.eq(0)", id="first"),
        pytest.param(SerialSchedule, "blank.eq(~self.adds | ", "blank.eq(", id="no-more-steps"),
        pytest.param(SerialUpdate, "self.states if pooled else ~", "~", id="carry"),
    ],
)
def test_a_pool_that_is_wrong_is_refuted(refuted, monkeypatch, mutant, kind, right, wrong):
    monkeypatch.setattr(f"qrnn_hw.sim.formal.pool.{kind.__name__}", mutant(kind, right, wrong))
    refuted(pooling(plan(8, 4, **ONE_SCALE, pool=Pool("mean", 9, 0))))


def test_units_of_a_hidden_layer_are_cut_right(proven):
    proven(storing(plan(16, 4, layer=5)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("Mux(negative, 0, unit)", "unit", id="negative"),
        pytest.param(" | above.replicate(bits)", "", id="largest"),
    ],
)
def test_a_unit_that_is_cut_wrongly_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr("qrnn_hw.sim.formal.layer.UnitStore", mutant(UnitStore, right, wrong))
    refuted(storing(plan(16, 4, layer=5)))


@pytest.mark.parametrize(
    ("hidden", "steps", "classes"), [(4, 9, 1), (16, 100, 3)], ids=["a-word", "words"]
)
def test_the_bias_of_pools_counts_every_step(proven, hidden, steps, classes):
    options = {**ONE_SCALE, "pool": Pool("mean", steps, 0), "classes": classes}
    proven(counting(plan(hidden, 4, **options)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("kept.eq(grown[0])", "kept.eq(product[0])", id="late"),
        pytest.param("Mux(moving[0], self.count, 0)", "Mux(moving[1], self.count, 0)", id="other"),
    ],
)
def test_a_bias_that_counts_wrongly_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(
        "qrnn_hw.sim.formal.pool.SerialReadout", mutant(SerialReadout, right, wrong)
    )
    refuted(counting(plan(4, 4, **ONE_SCALE, pool=Pool("mean", 9, 0))))


@pytest.mark.slow
def test_products_do_not_overflow(proven):
    proven(multiplying(plan(), 0))


@pytest.mark.slow
def test_a_product_whose_borrows_are_wrong_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Products, "augend = total if sign > 0 else ~total", "augend = total")
    monkeypatch.setattr("qrnn_hw.sim.formal.products.Products", wrong)
    refuted(multiplying(plan(), 0))


@pytest.mark.slow
@pytest.mark.parametrize("signed", [False, True])
def test_scaled_inputs_do_not_overflow(proven, signed):
    proven(scaling(plan(input_signed=signed, input_bits=6).model.inputs))


@pytest.mark.slow
def test_a_scaled_input_that_is_a_bit_too_narrow_is_refuted(refuted, narrow):
    inputs = plan().model.inputs
    narrow(type(inputs), "scaled_bits")
    refuted(scaling(inputs))


@pytest.mark.slow
@pytest.mark.parametrize("biased", [False, True])
def test_sums_of_many_channels_do_not_overflow(proven, biased):
    proven(accumulating(plan(channels=20, biased=biased)))


@pytest.mark.slow
def test_a_sum_of_many_channels_that_is_a_bit_too_narrow_is_refuted(refuted, narrow):
    narrow(SerialPlan, "term_bits")
    refuted(accumulating(plan(channels=20)))


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4, 10])
def test_sums_of_serial_words_do_not_overflow(proven, count):
    proven(summing("words", 10, (50,) * count))


@pytest.mark.slow
def test_a_sum_of_serial_words_that_is_a_bit_too_narrow_is_refuted(refuted):
    refuted(summing("words", 8, (50,) * 4))


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "options"), [(8, {}), BLOCKS, FOLDS, MEAN, COUNT, MEAN_FOLDS])
def test_logits_do_not_overflow(proven, hidden, options):
    proven(weighing(plan(hidden, 4, **options)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "hidden", "options"),
    [
        (SerialPlan, "read_word", 8, {}),
        (SerialPlan, "read_word", *MEAN),
        (IntegerModel, "logit_bits", 8, {}),
    ],
)
def test_a_logit_or_its_plane_that_is_a_bit_too_narrow_is_refuted(
    refuted, narrow, kind, name, hidden, options
):
    narrow(kind, name)
    refuted(weighing(plan(hidden, **options)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("with m.Elif(taken):", "with m.Elif(self.y.valid):", id="not-held"),
        pytest.param("index.eq(index + 1)", "index.eq(index)", id="not-counted"),
    ],
)
def test_a_readout_that_loses_or_misplaces_a_logit_is_refuted(
    refuted, monkeypatch, mutant, right, wrong
):
    monkeypatch.setattr(
        "qrnn_hw.sim.formal.serial_readout.SerialReadout", mutant(SerialReadout, right, wrong)
    )
    refuted(weighing(plan()))


@pytest.mark.slow
def test_a_gain_that_does_not_subtract_the_sign_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Gain, "(total - addend) >> 1", "(total + addend) >> 1")
    monkeypatch.setattr("qrnn_hw.sim.formal.gain.Gain", wrong)
    refuted(scaling(plan(input_signed=True, input_bits=6).model.inputs))
