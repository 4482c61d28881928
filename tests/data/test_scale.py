"""Counts of an ADC: what the wire carries where the user says what a count stands for."""

import numpy as np
import pytest

from qrnn_hw.data.scale import Scale
from qrnn_hw.data.tasks.own import own
from qrnn_hw.data.units import Unit
from qrnn_hw.export.errors import DataError
from qrnn_hw.train.result.freeze import task_of

RNG = np.random.default_rng(3)
COUNTS = np.stack([RNG.integers(300, 900, (30, 8)), RNG.integers(-40, 40, (30, 8))], axis=2)


@pytest.fixture
def csv(tmp_path):
    """Write counts as a logger does: degrees of 1/16 from -50 on, and millivolts of 2.5."""
    rows = ["id,temp,voltage,label"]
    for number, sequence in enumerate(COUNTS):
        for temp, voltage in sequence:
            rows.append(f"{number},{-50 + temp / 16},{voltage * 2.5},{'ab'[number % 2]}")
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(rows))
    return path


def test_the_wire_carries_the_counts(csv):
    dataset = own(csv, scale="0.0625@-50,2.5")
    found = np.concatenate([dataset.x_train, dataset.x_val, dataset.x_test])
    rows = [np.unique(each.reshape(30, -1), axis=0) for each in (found, COUNTS)]
    assert np.array_equal(*rows)
    assert (dataset.input_bits, dataset.input_signed, dataset.warnings) == (11, True, ())
    assert 550 < dataset.zero[0] < 650 and dataset.zero[1] == 0
    assert "the wire carries counts" in " ".join(dataset.notes)


def test_numbers_of_files_to_come_become_the_same_counts(csv):
    task = task_of(own(csv, scale="0.0625@-50,2.5", input_bits=12))
    unit = Unit((-2048, 2047), task["data_step"], task["data_offset"])
    counts, wrong = unit.encode(COUNTS * [0.0625, 2.5] + [-50, 0])
    assert np.array_equal(counts, COUNTS) and not wrong.any()


def test_padding_is_no_count(tmp_path):
    """What is behind the end would be beyond 16 bits."""
    x = np.full((20, 6, 1), 1e9)
    x[:, :4] = RNG.integers(0, 4096, (20, 4, 1))
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(20) % 2, lengths=np.full(20, 4))
    dataset = own(tmp_path / "a.npz", scale="1")
    assert dataset.input_bits == 12 and not dataset.input_signed
    assert not dataset.x_train[:, 4:].any() and dataset.x_train[:, :4].max() > 3000


def test_numbers_between_counts_are_told(csv):
    dataset = own(csv, scale="0.1@-50,2.5")
    assert "numbers are up to 0.5 of a count from whole counts, and rounded" in dataset.warnings


@pytest.mark.parametrize(
    ("scale", "options", "message"),
    [
        ("fine", {}, "must be STEP or STEP@OFFSET, not 'fine'"),
        ("1@", {}, "must be STEP or STEP@OFFSET, not '1@'"),
        ("1,", {}, "must be STEP or STEP@OFFSET, not ''"),
        ("0", {}, "must have steps of 1e-30 to 1e.30"),
        ("-1", {}, "must have steps of 1e-30"),
        ("nan", {}, "must have steps of 1e-30"),
        ("1@inf", {}, "must have steps of 1e-30"),
        ("1,2,3", {}, "one step, or one for each of 2 channels, not 3"),
        ("1e-4", {}, "makes -.*, 21 bits"),
        ("1e-30", {}, "must make counts of 16 bits or fewer"),
        ("0.0625@-50,2.5", {"input_bits": 8}, "integers in x must fit 8 bits"),
        ("1e9", {}, "x must vary"),
    ],
)
def test_what_makes_no_counts_is_refused(csv, scale, options, message):
    with pytest.raises(DataError, match=message) as raised:
        own(csv, scale=scale, **options)
    assert raised.value.hint


def test_one_step_is_for_all_channels():
    assert Scale.parse("2@1").of(3) == Scale((2.0,) * 3, (1.0,) * 3)
