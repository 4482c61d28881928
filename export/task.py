"""What a trained model says of what it solves: names, units, an order of pixels."""

from typing import Any

import numpy as np

from qrnn_hw.export.check import require, require_finite, require_positive

STEPS = 1 << 32  # more than any sequence of a file has
# Tasks of images, whose files did not always tell so.
_IMAGES = {"digits": (8, 8), "permuted digits": (8, 8), "smnist": (28, 28), "pmnist": (28, 28)}


def require_task(task: dict[str, Any], channels: int) -> None:
    """Check the entries of a task that programs read, where they are; others are for people."""
    steps, classes = task.get("steps", 0), task.get("classes", [])
    counted = type(steps) is int and 0 <= steps < STEPS
    require(counted, f"task.steps must be a number of steps below {STEPS}", steps)
    listed = isinstance(classes, list | tuple)
    require(listed, "task.classes must be a list of names", type(classes).__name__)
    others = [type(name).__name__ for name in classes if not isinstance(name, str | int)][:1]
    require(not others, "task.classes must be names", others)
    words = task.get("vocabulary") or []
    texts = isinstance(words, list | tuple) and all(isinstance(word, str) for word in words)
    require(texts, "task.vocabulary must be a list of words", type(words).__name__)
    order, image = task.get("order") or [], task.get("image") or []
    whole = isinstance(order, list) and all(type(place) is int for place in order)
    permuted = whole and sorted(order) == list(range(len(order)))
    require(permuted, "task.order must be a permutation", type(order).__name__)
    sizes = isinstance(image, list) and all(type(size) is int and size > 0 for size in image)
    require(sizes and len(image) in (0, 2), "task.image must be rows and columns", image)
    if image and steps:
        require(image[0] * image[1] == steps, f"task.image must be of {steps} pixels", image)
    step = task.get("data_step")
    _require_steps([step] * channels if isinstance(step, float) else step, "data_step", channels)
    _require_steps(task.get("channel_steps") or None, "channel_steps", channels)
    offset = task.get("data_offset", 0.0)
    offsets = [offset] * channels if isinstance(offset, float) else offset
    real = isinstance(offsets, list) and all(isinstance(each, float) for each in offsets)
    require(real and len(offsets) == channels, f"task.data_offset must be {channels} numbers",
            offset)  # fmt: skip
    require_finite(np.array(offsets), "task.data_offset")
    answer = [task.get("answer_scale", 1.0), task.get("answer_offset", 0.0)]
    real = all(isinstance(each, float) for each in answer)
    require(real, "task.answer_scale and answer_offset must be numbers", answer)
    require_positive(answer[0], "task.answer_scale")
    require_finite(np.array(answer[1]), "task.answer_offset")
    for name in ("channels", "units"):
        names = task.get(name) or [""] * channels
        texts = isinstance(names, list) and all(isinstance(each, str) for each in names)
        require(texts and len(names) == channels, f"task.{name} must be {channels} names", names)


def _require_steps(steps: Any, name: str, channels: int) -> None:
    """Check the steps of channels, if there are any."""
    if steps is not None:
        real = isinstance(steps, list) and all(isinstance(step, float) for step in steps)
        require(real, f"task.{name} must be a list of numbers", type(steps).__name__)
        require(len(steps) == channels, f"task.{name} must be {channels}", len(steps))
        require_positive(np.array(steps), f"task.{name}")


def image_of(task: dict[str, Any]) -> tuple[int, int] | None:
    """Return rows and columns of the image that a sequence is; None if it is none."""
    if task.get("image"):
        rows, columns = task["image"]
        return rows, columns
    return None if "data_step" in task else _IMAGES.get(str(task.get("name")))
