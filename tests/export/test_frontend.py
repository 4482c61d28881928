"""The integer front end, against its specification in plain Python integers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export.errors import DataError
from qrnn_hw.export.frontend import BANDS, EDGES, FRAME, correlators, front_end, logarithm


def c(m):
    m %= 64
    if m <= 10 or m >= 54:
        return 1
    return -1 if 22 <= m <= 42 else 0


def specified(samples):
    """Follow the specification word by word."""
    frames = []
    d = [now - before for before, now in zip([0, *samples], samples)]
    for first in range(0, len(samples) // 128 * 128, 128):
        energy = [0] * 16
        for start in (first, first + 64):
            block = d[start : start + 64]
            for k in range(1, 32):
                i = abs(sum(c(k * n) * value for n, value in enumerate(block)))
                q = abs(sum(c(k * n - 16) * value for n, value in enumerate(block)))
                band = next(b for b in range(16) if EDGES[b] < k <= EDGES[b + 1])
                energy[band] += max(i, q) + (min(i, q) >> 1)
        frame = []
        for value in energy:
            value = max(value, 16)
            e = value.bit_length() - 1
            frame.append(min(16 * e + (value >> (e - 4)) - 208, 127))
        frames.append(frame)
    return frames


@pytest.mark.parametrize("level", [2, 300, 32767])
@pytest.mark.parametrize("length", [128, 255, 400])
def test_noise_of_every_level(level, length):
    samples = np.random.default_rng(level).integers(-level - 1, level + 1, length).astype(np.int16)
    assert front_end(samples).tolist() == specified(samples.tolist())


def test_full_scale_square_waves_reach_no_wider_words():
    for period in (1, 2, 32, 64, 128):
        samples = np.where(np.arange(256) // period % 2, -32768, 32767).astype(np.int16)
        assert front_end(samples).tolist() == specified(samples.tolist())


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-32768, 32767), min_size=128, max_size=140))
def test_any_samples(samples):
    assert front_end(np.array(samples, np.int16)).tolist() == specified(samples)


def test_a_click_by_hand():
    # d is 1000, -1000: I[1] = 1000 (c(0) - c(1)) = 0, Q[1] = 1000 (c(-16) - c(-15)) = 0;
    # I[8] = 1000 (c(0) - c(8)) = 0, Q[8] = 1000 (c(-16) - c(-8)) = -1000, so M = 1000, in band 7:
    # e = 9, 1000 >> 5 = 31, x = 144 + 31 - 208 = -33.
    samples = np.zeros(128, np.int16)
    samples[0] = 1000
    frame = front_end(samples)[0]
    assert (frame[0], frame[7]) == (-128, -33)


def test_silence_is_the_lowest_and_short_recordings_have_no_frame():
    assert front_end(np.zeros(300, np.int16)).tolist() == [[-128] * BANDS] * 2
    assert front_end(np.zeros(FRAME - 1, np.int16)).shape == (0, BANDS)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((200, 2), int), r"shape \(n,\), not int64 of \(200, 2\)"),
        (np.zeros(200), "integers of shape .*, not float64"),
        ([0] * 199 + [32768], r"-32768\.\.32767, not 0\.\.32768"),
        ([-32769], r"-32768\.\.32767, not -32769\.\.-32769"),
    ],
)
def test_other_samples_are_refused(samples, message):
    with pytest.raises(DataError, match=message):
        front_end(samples)


@pytest.mark.parametrize("band", [0, 3, 7, 9, 12, 15])
def test_a_tone_is_loudest_in_its_band(band):
    k = (EDGES[band] + EDGES[band + 1] + 1) / 2
    tone = (3000 * np.sin(2 * np.pi * 125 * k * np.arange(1280) / 8000)).astype(np.int16)
    assert (front_end(tone).argmax(axis=1) == band).all()


def test_correlators_have_three_levels_and_no_mean():
    for table in correlators():
        assert set(np.unique(table)) == {-1, 0, 1}
        assert not table.sum(axis=0).any()


def test_logarithm():
    energy = np.array([0, 15, 16, 17, 31, 32, 33, 34, 1 << 20, (1 << 20) - 1, 1 << 26])
    expected = [-128, -128, -128, -127, -113, -112, -112, -111, 127, 127, 127]
    assert logarithm(energy).tolist() == expected
    steps = np.diff(logarithm(np.arange(1, 1 << 16)).astype(int))
    assert set(steps) == {0, 1}
