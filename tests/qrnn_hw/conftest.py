"""Small trained networks, and sounds in files."""

import wave

import numpy as np
import pytest

from qrnn_hw.export.document import encode
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.export.raw import Sound
from qrnn_hw.export.trained import (
    DenseWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
    TrainedModel,
)

HIDDEN = 16


@pytest.fixture(scope="session")
def trained():
    """Return a function that draws a network of 16 units: of numbers, or of named tokens."""

    def draw(
        channels=1, bits=8, tokens=(), classes=("a", "b", "c"), decision=False, every=False,
        samples=None, **task
    ):  # fmt: skip
        rng = np.random.default_rng(3)

        def levels(bits, step, *shape):
            top = 1 << bits - 1
            return Levels(bits, step, rng.integers(-top, top, shape))

        if tokens:
            inputs = TokenInputs(levels(8, 0.01, len(tokens), HIDDEN))
            task["vocabulary"] = list(tokens)
        else:
            inputs = NumberInputs(levels(4, 0.1, HIDDEN, channels), bits, True, 0.01)
        logits = 1 if decision else len(classes)
        given = {}
        if samples is not None:
            ends = np.full(len(samples), samples.shape[1])
            y = np.arange(len(samples)) % len(classes)
            given = {"samples_x": samples, "samples_lengths": ends, "samples_y": y}
        matrix = np.linalg.qr(rng.standard_normal((HIDDEN, HIDDEN)))[0]
        return TrainedModel(
            cell="QORNN",
            recurrence=DenseWeights(
                Levels(4, 0.125, np.clip(np.rint(8 * matrix), -8, 7).astype(np.int64)), "linear"
            ),
            inputs=inputs,
            readout=RealReadout(levels(4, 0.1, logits, HIDDEN), np.zeros(logits), True, every),
            bias=np.zeros(HIDDEN),
            origin=None,
            state_range=3.0,
            task={"classes": list(classes), **task},
            **given,
        )

    return draw


@pytest.fixture(scope="session")
def recording():
    """Return a function that draws noise that swells, (samples,)."""

    def draw(seed, length):
        rng = np.random.default_rng(seed)
        return np.rint(rng.normal(size=length) * np.geomspace(30, 9000, length)).astype(np.int16)

    return draw


@pytest.fixture(scope="session")
def listener(trained, recording):
    """Return a network that hears, and holds two recordings and their frames."""
    sounds = [recording(seed, 3 * FRAME + 5) for seed in (1, 2)]
    raw = Sound(np.concatenate(sounds).astype(np.int64), np.array(list(map(len, sounds))))
    frames = np.stack([front_end(each) for each in sounds]).astype(np.int64)
    return trained(channels=16, samples=frames, name="sounds", steps=3, raw=encode(raw))


@pytest.fixture(scope="session")
def save_wave():
    """Return a function that writes samples of 16 bits to a .wav file."""

    def save(path, samples, rate=8000):
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.astype("<i2").tobytes())

    return save
