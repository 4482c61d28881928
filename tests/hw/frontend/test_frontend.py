"""The front end in hardware, against the NumPy function, in every bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export import frontend as golden
from qrnn_hw.export.frontend import BAND_BITS, BANDS, FRAME, front_end
from qrnn_hw.hw.frontend import frontend
from qrnn_hw.hw.frontend.frontend import (
    BLOCK_CYCLES,
    MOST_FRAME_CYCLES,
    SAMPLE_CYCLES,
    FrontEnd,
    frame_layout,
)
from qrnn_hw.hw.ports import input_layout
from random_model import random_model


@pytest.fixture(scope="module")
def bench(compiled):
    return compiled(FrontEnd())


@pytest.fixture(scope="module")
def check(bench, expected_frames):
    """Return a function that passes recordings and compares; its result is what came out."""

    def run(recordings, **options):
        passed = bench.run(recordings, **options)
        assert passed.outputs == expected_frames(recordings)
        assert len(passed.taken) == sum(map(len, recordings))
        assert not passed.faults
        # Idle at the end, once a sample or more has made it busy.
        assert passed.busy[-1][1] == 0
        return passed

    return run


def noise(rng, level, length):
    return rng.integers(-level, level, length).astype(np.int16)


@pytest.mark.parametrize("level", [1, 10, 300, 5000, 32768])
def test_noise_of_every_level(check, level):
    check([noise(np.random.default_rng(level), level, length) for length in (1000, 129, 512)])


def test_silence_and_constants(check):
    check([np.full(256, level, np.int16) for level in (0, 0, -32768, 0, 32767, 1, -1, 0)])


@pytest.mark.parametrize("period", [1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 64, 128])
def test_square_waves_of_full_scale(check, period):
    wave = np.where(np.arange(384) // period % 2, -32768, 32767).astype(np.int16)
    check([wave, -1 - wave])


@pytest.mark.parametrize("k", range(1, 32))
def test_the_loudest_sound_of_every_bin(check, k):
    # Differences of one sign with the levels of a correlator, as large as they can be.
    rows = [np.where(table[:, k - 1] >= 0, 32767, -32768) for table in golden.correlators()]
    check([np.tile(row, 4).astype(np.int16) for row in rows])


def test_clicks_at_every_place(check):
    clicks = np.zeros((128, 256), np.int16)
    clicks[np.arange(128), np.arange(128)] = np.arange(-16000, 16000, 250)
    check(list(clicks))


def test_last_at_every_place(check):
    """In the first frame, and in the one after: 1 to 256 samples, one after the other."""
    rng = np.random.default_rng(7)
    check([noise(rng, 3000, length) for length in range(1, 2 * FRAME + 1)])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("most", [3, 100, 3000])
def test_any_stalls(check, seed, most):
    rng = np.random.default_rng([seed, most])
    lengths = rng.choice([1, 5, 64, 127, 128, 129, 191, 192, 256, 300, 700], 9)
    check([noise(rng, 32768, length) for length in lengths], rng=rng, most=most)


@pytest.mark.parametrize("before", [1, 5, 60, 4000, 8300, 8500, 8700, 12345, 17600, 18111])
def test_a_reset_at_any_time(check, before):
    check([noise(np.random.default_rng(before), 3000, 300)], before=before)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(-32768, 32767) | st.sampled_from([-32768, 0, 32767]),
                 min_size=1, max_size=280),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_any_samples(check, recordings):
    check([np.array(recording, np.int16) for recording in recordings])


def log_cycles(frame):
    """Count the cycles of step 5: three a band, and two a halving; none is at the upper limit."""
    halvings = np.clip((frame.astype(int) + 128) // 16, 0, 16)
    return int((3 + 2 * halvings).sum())


def test_cycles(check):
    """Every cycle is accounted for, from the first sample to the last frame."""
    rng = np.random.default_rng(8)
    recording = np.concatenate([noise(rng, level, FRAME) for level in (3, 40, 2000, 1, 500)])
    frames = front_end(recording)
    assert frames.max() < 127 and frames.min() == -128
    passed = check([recording])
    steps = np.diff(passed.taken)
    for place, step in enumerate(steps, 1):
        wanted = SAMPLE_CYCLES + BLOCK_CYCLES * (place % 64 == 0)
        if place % FRAME == 0:
            wanted += log_cycles(frames[place // FRAME - 1]) + (place > FRAME)
        assert step == wanted, place
    # The frame before the last one is passed in between.
    end = SAMPLE_CYCLES - 2 + BLOCK_CYCLES + 1 + log_cycles(frames[-1])
    assert passed.given[-1] - passed.taken[-1] == end


def test_a_frame_takes_at_most_what_is_said(check):
    wave = np.random.default_rng(9).choice(np.array([-32768, 32767], np.int16), 5 * FRAME)
    passed = check([wave])
    frame = np.diff(passed.taken[::FRAME])
    assert (frame <= MOST_FRAME_CYCLES).all()
    assert frame[-1] > MOST_FRAME_CYCLES - 200


def test_a_frame_waits_for_the_next_one(check):
    sounds = noise(np.random.default_rng(10), 3000, 3 * FRAME + 7)
    passed = check([sounds])
    ends = [passed.taken[place] for place in (2 * FRAME - 1, 3 * FRAME - 1, 3 * FRAME + 6)]
    assert passed.given[0] == ends[0] + SAMPLE_CYCLES - 2 + BLOCK_CYCLES
    assert passed.given[1] == ends[1] + SAMPLE_CYCLES - 2 + BLOCK_CYCLES
    assert passed.given[2] == ends[2] + SAMPLE_CYCLES - 2


def test_busy_while_a_sequence_lasts(check):
    passed = check([np.ones(3, np.int16)])
    (rise, _), (fall, _) = passed.busy
    assert rise == passed.taken[0] + 1
    assert fall == passed.taken[-1] + SAMPLE_CYCLES - 1


FAULTS = {
    "a band too wide": ("EDGES", (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 19, 22, 27, 31)),
    "a band fewer energies": ("ENERGIES", 3),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_notices(compiled, expected_frames, monkeypatch, fault):
    monkeypatch.setattr(frontend, *FAULTS[fault])
    recordings = [noise(np.random.default_rng(11), 3000, 300)]
    assert compiled(FrontEnd()).run(recordings).outputs != expected_frames(recordings)


def test_a_frame_is_an_input_of_a_core():
    channels = {"channels": BANDS, "input_bits": BAND_BITS, "input_signed": True}
    model = random_model(np.random.default_rng(12), 8, 8, **channels)
    assert frame_layout() == input_layout(model)
