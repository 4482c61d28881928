"""The tasks that the command line offers, by name."""

from pathlib import Path

from qrnn_hw.export.errors import DataError
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.digits import digits
from qrnn_hw.train.mnist import mnist
from qrnn_hw.train.npz import npz

TASKS = ("digits", "mnist", "npz")


def load_task(
    task: str, data: Path | None, permuted: bool = False, input_bits: int | None = None
) -> Dataset:
    """Read the data of a task.

    Parameters
    ----------
    task
        One of ``TASKS``.
    data
        The .npz file of "mnist" and "npz"; "digits" takes none.
    permuted
        Whether the steps of images show the pixels in a fixed random order.
    input_bits
        Width of the inputs of "npz" on the wire.

    Raises
    ------
    DataError
        If the task is unknown, or its data missing or malformed.
    """
    if task == "digits":
        return digits(permuted)
    if task not in TASKS:
        raise DataError(f"the task must be one of {', '.join(TASKS)}, not {task!r}", "check it")
    if data is None:
        raise DataError(f"task {task} needs its data, and --data is missing", "add --data FILE.npz")
    return mnist(data, permuted) if task == "mnist" else npz(data, input_bits)
