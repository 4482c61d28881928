"""Tasks by name, and the options that each takes."""

import inspect
from pathlib import Path

import pytest

from qrnn_hw.data.tasks import TASKS, load_task, unfitting
from qrnn_hw.data.tasks.options import OPTIONS
from qrnn_hw.data.vocabulary import KINDS
from qrnn_hw.export.errors import DataError


@pytest.mark.parametrize("name", TASKS)
def test_the_options_of_a_task_are_those_of_its_loader(name):
    parameters = list(inspect.signature(TASKS[name].load).parameters)
    if TASKS[name].data is not None:
        assert parameters.pop(0) == "path"
    assert sorted(parameters) == sorted(TASKS[name].options)
    assert set(parameters) <= set(OPTIONS)


def test_every_option_is_of_some_task():
    assert {option for task in TASKS.values() for option in task.options} == set(OPTIONS)
    assert OPTIONS["tokens"].choices == KINDS


def test_options_arrive():
    assert load_task("digits", permuted=True).name == "permuted digits"
    assert load_task("copy", None, steps=30, train_size=2, permuted=False, tokens=None).steps == 30


def test_an_unknown_task_lists_the_known_ones():
    with pytest.raises(DataError, match=r"^the task must be one of copy, adding, .*, not 'cipy'$"):
        load_task("cipy")


def test_unfitting_options():
    assert unfitting("npz", {"permuted": True, "steps": None, "input_bits": 0}) == ["permuted"]
    assert unfitting("npz", {"steps": 0}) == ["steps"]
    with pytest.raises(
        DataError, match=r"^task npz does not take --permuted, --train-size$"
    ) as caught:
        load_task("npz", "a.npz", permuted=True, train_size=3)
    assert caught.value.hint == "its options: " + ", ".join(
        f"--{name.replace('_', '-')}" for name in TASKS["npz"].options
    )


@pytest.mark.parametrize("task", [name for name, task in TASKS.items() if task.data])
def test_missing_data(task):
    with pytest.raises(DataError, match=f"^task {task} needs its data, and --data is missing$"):
        load_task(task)
    for missing in ("no.npz", "no", "no_TRAIN.tsv"):
        with pytest.raises(DataError) as caught:
            load_task(task, Path(missing))
        assert caught.value.hint


def test_data_of_a_task_without():
    with pytest.raises(DataError, match=r"^task copy takes no data, and --data is given$"):
        load_task("copy", "a.npz")
