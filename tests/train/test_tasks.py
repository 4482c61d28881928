"""Tasks by name."""

from pathlib import Path

import pytest

from qrnn_hw.export.errors import DataError
from qrnn_hw.train.tasks import load_task


def test_digits_need_no_file():
    assert load_task("digits", None, permuted=True).name == "permuted digits"


def test_an_unknown_task_lists_the_known_ones():
    with pytest.raises(
        DataError, match=r"^the task must be one of digits, mnist, npz, not 'copy'$"
    ):
        load_task("copy", None)


@pytest.mark.parametrize("task", ["mnist", "npz"])
def test_missing_data(task):
    with pytest.raises(DataError, match=f"^task {task} needs its data, and --data is missing$"):
        load_task(task, None)
    with pytest.raises(DataError, match=r"^the data must be a file, and no\.npz is not one$"):
        load_task(task, Path("no.npz"))
