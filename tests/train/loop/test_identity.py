"""Runs that are one, and runs that are not."""

from dataclasses import fields, replace

import numpy as np
import pytest

from qrnn_hw.export.raw import Sound
from qrnn_hw.train.loop.identity import identity


def test_the_same_run_has_the_same_name(dataset, recipe):
    name = identity(dataset(), recipe())
    assert name == identity(dataset(), recipe())
    assert all(isinstance(value, str) for value in name.values())
    assert {"data", "lr", "seed", "torch", "numpy", "qrnn_hw"} <= set(name)


@pytest.mark.parametrize(
    "changes", [{"lr": 0.051}, {"seed": 4}, {"epochs": 9}, {"state_bits": 8}, {"layer": 4}]
)
def test_every_setting_counts(dataset, recipe, changes):
    one, other = identity(dataset(), recipe()), identity(dataset(), recipe(**changes))
    assert {name for name in other if one.get(name) != other[name]} == set(changes)


def test_every_part_of_the_data_but_the_test_split_counts(dataset, recipe):
    data = dataset("lengths")
    one = identity(data, recipe())["data"]
    for item in fields(data):
        value = getattr(data, item.name)
        match value:
            case np.ndarray():
                changed = value.copy()
                changed.flat[-1] += 1
            case bool():
                changed = not value
            case int() | float():
                changed = 2 * value + 1
            case _:
                changed = "changed"
        other = identity(replace(data, **{item.name: changed}), recipe())["data"]
        assert (one == other) is item.name.endswith("_test"), item.name


def test_shapes_and_types_count(dataset, recipe):
    data = dataset()
    flat = replace(data, x_train=data.x_train.reshape(300, 4, 2))
    wide = replace(data, x_train=data.x_train.view(np.uint32))
    names = [identity(each, recipe())["data"] for each in (data, flat, wide)]
    assert len(set(names)) == 3


def test_what_comes_before_the_integers_counts(dataset, recipe):
    names = set()
    for value in (0, 1):
        # Long enough that an array prints only its ends.
        signal = np.zeros(5000, np.int64)
        signal[2500] = value
        raw = Sound(signal, np.array([5000]))
        names.add(identity(replace(dataset(), raw=raw), recipe())["data"])
    assert len(names) == 2


def test_versions_count(dataset, recipe, monkeypatch):
    one = identity(dataset(), recipe())
    monkeypatch.setattr("qrnn_hw.train.result.versions.version", lambda name: "0.0.0")
    assert identity(dataset(), recipe())["qrnn_hw"] == "0.0.0" != one["qrnn_hw"]
