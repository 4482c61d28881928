"""What a model says of its task is checked before a program reads it."""

import pytest
from tests.shared.refusals import refused

from qrnn_hw.export.task import image_of, require_task

CONTRADICTIONS = {
    "steps": (
        {"steps": "many"},
        "task.steps must be a number of steps below 4294967296, not many",
    ),
    "steps-huge": (
        {"steps": 10**30},
        f"task.steps must be a number of steps below 4294967296, not {10**30}",
    ),
    "steps-bool": (
        {"steps": True},
        "task.steps must be a number of steps below 4294967296, not True",
    ),
    "vocabulary": (
        {"vocabulary": ["a", float("nan")]},
        "task.vocabulary must be a list of words, not list",
    ),
    "classes": ({"classes": 3}, "task.classes must be a list of names, not int"),
    "order": ({"order": [0, 2]}, "task.order must be a permutation, not list"),
    "order-number": ({"order": 3}, "task.order must be a permutation, not int"),
    "answer": (
        {"answer_scale": 0.0},
        "task.answer_scale must be positive and finite, not 0.0",
    ),
    "answer-number": (
        {"answer_offset": "1"},
        "task.answer_scale and answer_offset must be numbers, not [1.0, '1']",
    ),
    "channel-steps": (
        {"channel_steps": ["a"]},
        "task.channel_steps must be a list of numbers, not list",
    ),
    "data-step": (
        {"data_step": 0.0},
        "task.data_step must be positive and finite, not [0.0]",
    ),
    "data-step-nan": (
        {"data_step": [float("nan")]},
        "task.data_step must be positive and finite, not [nan]",
    ),
    "data-step-text": (
        {"data_step": "1"},
        "task.data_step must be a list of numbers, not str",
    ),
    "data-step-2": (
        {"data_step": [1.0, 2.0]},
        "task.data_step must be 1, not 2",
    ),
    "image": ({"image": 8}, "task.image must be rows and columns, not 8"),
    "image-pixels": (
        {"image": [2, 3], "steps": 5},
        "task.image must be of 5 pixels, not [2, 3]",
    ),
    "channel-steps-zero": (
        {"channel_steps": [0.0]},
        "task.channel_steps must be positive and finite, not [0.0]",
    ),
    "channel-steps-2": (
        {"channel_steps": [1.0, 2.0]},
        "task.channel_steps must be 1, not 2",
    ),
}


@pytest.mark.parametrize(("task", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_programs_read_of_a_task_must_be_what_they_expect(task, message):
    refused(message, require_task, task, 1)


def test_a_task_may_hold_anything_else():
    require_task({"anything": object}, 1)


def test_an_image_has_rows_and_columns():
    for task, image in (
        ({}, None),
        ({"image": [2, 3], "steps": 6}, (2, 3)),
        ({"name": "digits"}, (8, 8)),
        ({"name": "digits", "data_step": None}, None),
    ):
        assert image_of(task) == image
