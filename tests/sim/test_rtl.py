"""The emitted Verilog computes the golden run, and a faulty one is found out."""

import re
from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, MismatchError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import load
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.adversarial import adversarial
from qrnn_hw.sim.random_model import random_model
from qrnn_hw.sim.rtl import verify_rtl

DESIGNS = [  # units, lanes, state bits, others
    (4, 1, 6, {"input_bits": 16, "classes": 2, "v_bits": 2, "u_bits": 8}),
    (8, 8, 4, {"input_bits": 1, "origin_bits": 2}),
    (16, 4, 16, {"input_signed": True, "v_bits": 8, "origin_bits": 8}),
    (32, 16, 9, {"input_bits": 5, "input_signed": True, "u_bits": 2, "classes": 10}),
]


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "options"), DESIGNS)
def test_random_models(hidden, lanes, state_bits, options):
    rng = np.random.default_rng(hidden)
    model = random_model(rng, hidden, state_bits, **options)
    sequences = adversarial(model, rng)
    result = verify_rtl(model, lanes, sequences, seed=hidden)
    steps = sum(x.size for x in sequences)
    assert result.runs == 2
    assert result.counts.sequences == 2 * len(sequences)
    assert result.counts.steps == 2 * steps
    assert result.counts.values == 2 * (steps + len(sequences)) * hidden
    assert result.counts.logits == 2 * len(sequences) * model.classes
    assert result.counts.saturated > 0
    assert result.step_cycles is not None


def test_two_hundred_digits(examples):
    trained = load(examples / "digits.pt")
    model = integer_model(trained)
    result = verify_rtl(model, 16, list(trained.samples_x), seed=None)
    assert (result.runs, result.counts.sequences, result.counts.steps) == (1, 200, 12800)
    assert result.counts.values == 200 * 65 * 64


class Shifted(IntegerModel):
    """A model whose steps round one bit too far."""

    def shift(self, step):
        return super().shift(step) + 1


def sign(model):
    signs = model.signs.copy()
    signs[5] *= -1
    return core_verilog(replace(model, signs=signs), 2)


def shift(model):
    return core_verilog(Shifted(**vars(model)), 2)


def saturation(model):
    text, count = re.subn(r"overflow <= [^;]*;", "overflow <= 0;", core_verilog(model, 2))
    assert count == 1
    return text


def weight(model):
    v = model.v.copy()
    v[2, 7] ^= 1
    return core_verilog(replace(model, v=v), 2)


def pressure(model):
    text, count = re.subn(r"\.y__ready\(y_ready\)", ".y__ready(1'h1)", core_verilog(model, 2))
    assert count == 1
    return text


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (sign, r"sequence 0, step 1, unit 5 must be -?\d+ as in the golden run, not -?\d+, "
               "without stalls, 2 lanes"),
        (shift, r"sequence 0, step 1, unit 0 must be"),
        (saturation, r"sequence 0, step \d+, unit \d must be (127|-128) as in the golden run"),
        (weight, r"sequence 0, logit 2 must be"),
        (pressure, r"sequence \d+ must give \d logits, and gave \d, with stalls"),
    ],
)  # fmt: skip
def test_planted_faults_are_found(fault, message):
    rng = np.random.default_rng(8)
    model = random_model(rng, 8, 8)
    with pytest.raises(MismatchError, match=message) as caught:
        verify_rtl(model, 2, adversarial(model, rng)[:4], verilog=fault(model))
    assert caught.value.exit_code == 4


def test_no_sequences_fail(case):
    with pytest.raises(MismatchError, match="must compare something, and has no sequences"):
        verify_rtl(case.model, 4, [])


def test_an_input_out_of_range_is_refused(case):
    with pytest.raises(DataError, match=r"inputs must be 0\.\.255, not 1\.\.256"):
        verify_rtl(case.model, 4, [np.array([1, 256])])


@pytest.mark.slow
def test_twenty_images_of_mnist(examples):
    trained = load(examples / "pmnist512.pt")
    model = integer_model(trained)
    hostile = adversarial(model, np.random.default_rng(0), 784)
    result = verify_rtl(model, 128, [*trained.samples_x[:20], *hostile])
    assert result.step_cycles == 101
    assert result.counts.sequences == 2 * (20 + len(hostile))
    assert result.counts.steps > 2 * 22 * 784


LARGE = [
    *[(4, lanes, 4 + lanes) for lanes in (1, 2, 4)],
    *[(8, lanes, 5 + lanes) for lanes in (1, 2, 8)],
    *[(16, lanes, 16 - lanes // 2) for lanes in (1, 4, 8, 16)],
    *[(32, lanes, 4 + lanes // 4) for lanes in (2, 8, 32)],
    *[(64, lanes, 12) for lanes in (4, 16, 64)],
    *[(128, lanes, 10) for lanes in (8, 128)],
    *[(256, lanes, 14) for lanes in (16, 64, 256)],
    *[(1024, lanes, 16) for lanes in (32, 128, 512)],
]


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "lanes", "state_bits"), LARGE)
def test_random_models_of_many_shapes(hidden, lanes, state_bits):
    rng = np.random.default_rng([hidden, lanes])
    model = random_model(
        rng, hidden, state_bits,
        input_bits=int(rng.integers(1, 17)), input_signed=bool(rng.integers(2)),
        u_bits=int(rng.integers(2, 9)), v_bits=int(rng.integers(2, 9)),
        origin_bits=int(rng.integers(2, 1 + min(8, state_bits))), classes=int(rng.integers(2, 12)),
    )  # fmt: skip
    result = verify_rtl(model, lanes, adversarial(model, rng), seed=lanes)
    assert result.counts.saturated > 0
