# amaranth: UnusedElaboratable=no
"""Cores behind the front end, against the golden run on its frames."""

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.frontend import front_end, require_frames
from qrnn_hw.hw.frontend.core import FrontedCore
from qrnn_hw.hw.popcount.core import PopcountCore
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import verilog
from random_model import random_model

SAMPLES = [300, 127, 128, 1, 256]


def model_with(hidden=4, **changes):
    options = {"channels": 16, "input_bits": 8, "input_signed": True} | changes
    return random_model(np.random.default_rng(hidden), hidden, 8, **options)


def recordings(seed):
    rng = np.random.default_rng(seed)
    levels = rng.choice([3, 300, 32768], len(SAMPLES))
    return [
        rng.integers(-level, level, length).astype(np.int16)
        for level, length in zip(levels, SAMPLES)
    ]


def expected_logits(model, sounds):
    """List the payloads of ``y``."""
    bits, words = model.logit_bits, []
    for sound in sounds:
        frames = front_end(sound)
        if not len(frames):
            continue
        run = golden.run(model, frames[None].astype(np.int64))
        logits = np.reshape(run.logits, (-1, model.classes)).tolist()
        for index, row in zip(np.reshape(run.classes, -1).tolist(), logits):
            for place, logit in enumerate(row):
                words.append((place == len(row) - 1, index, logit % (1 << bits)))
    return words


def unpacked(model, payloads):
    """Split payloads into end, class (0 before the end, where it says nothing) and logit."""
    bits, last = model.logit_bits, max(2, model.classes)
    place = bits + (last - 1).bit_length()
    return [
        (bool(word >> place), (word >> bits) % (1 << place - bits), word % (1 << bits))
        for word in payloads
    ]


CORES = [
    pytest.param(
        lambda model: SerialCore(SerialPlan(model, 2)),
        {"every": True},
        id="serial-every",
        marks=pytest.mark.slow,
    ),
    pytest.param(
        lambda model: PopcountCore(PopcountPlan(model, 4, 2)),
        {"weights": "ternary"},
        id="popcount",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize(("core_of", "options"), CORES)
def test_the_logits_of_the_frames(compiled, core_of, options):
    model = model_with(**options)
    bench = compiled(FrontedCore(core_of(model), model), "-O0")
    for rng in (None, np.random.default_rng(5)):
        sounds = recordings(6)
        passed = bench.run(sounds, rng=rng)
        found, wanted = unpacked(model, passed.outputs), expected_logits(model, sounds)
        assert len(wanted) > 2
        assert [(end, logit) for end, _, logit in found] == [
            (end, logit) for end, _, logit in wanted
        ]
        classes = [index for end, index, _ in found if end]
        assert classes == [index for end, index, _ in wanted if end]
        assert not passed.faults
    # Busy from the first sample to the last logit, and never not in between.
    passed = bench.run(sounds[:1])
    (rise, one), (fall, zero) = passed.busy
    assert (one, zero) == (1, 0)
    assert (rise, fall) == (passed.taken[0] + 1, passed.given[-1] + 2)


def test_the_core_is_its_submodule_core():
    model = model_with()
    text = verilog(FrontedCore(SerialCore(SerialPlan(model, 4)), model), "top")
    assert "\\top.core.update " in text


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({"channels": 15}, "not 15 of 8 signed bits"),
        ({"input_bits": 7}, "not 16 of 7 signed bits"),
        ({"input_signed": False}, "not 16 of 8 unsigned bits"),
        ({"vocabulary": 9}, "not tokens of 9"),
    ],
)
def test_other_models_are_refused_by_name(options, given):
    model = model_with(**options)
    with pytest.raises(ModelError, match=f"16 channels of 8 signed bits, {given}"):
        require_frames(model)
    with pytest.raises(ModelError):
        FrontedCore(PopcountCore(PopcountPlan(model, 4, 2)), model)


def test_frames_are_accepted():
    require_frames(model_with())
