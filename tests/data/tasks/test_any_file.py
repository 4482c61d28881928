"""Whatever is in a file, a task reads it or says what is wrong with it."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks import TASKS
from qrnn_hw.export.errors import DataError

# What files are made of, so that some get past the first checks.
PIECES = st.sampled_from(
    ["1", "-2.5", "0", "nan", "1e400", "good", "é", " ", "\t", ",", ":", "\n", "\n\n", "\r", "\x0c",
     "@data\n", "sentence\tlabel\n", "a film\t1\n", "2\tfine\n-1\tpoor\n", "1\t2\t3\n"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)
FILES = {
    "text": ("train.txt", "valid.txt", "test.txt"),
    "sentiment": ("s.tsv",),
    "sst2": ("train.tsv", "dev.tsv"),
    "ucr": ("A_TRAIN.ts", "A_TEST.ts"),
    "ecg5000": ("A_TRAIN.tsv", "A_TEST.tsv"),
    "vowels": ("ae.train", "ae.test", "size_ae.train", "size_ae.test"),
}
NAMES = {
    "mnist": ("x_train", "y_train", "x_test", "y_test"),
    "npz": ("x", "y", "lengths"),
    "har": ("x_train", "y_train", "x_test", "y_test"),
    "watch": ("x", "lengths", "y", "subject", "classes"),
    "fsdd": ("signal", "length", "label", "index", "fs"),
    "vowels": ("x_train", "len_train", "y_train", "x_test", "len_test", "y_test"),
    "ucr": ("x_train", "y_train", "x_test", "y_test"),
}
ARRAYS = st.sampled_from(["i1", "u1", "i2", "i8", "u8", "f2", "f4", "f8", "?", "U2"]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=4))
)
OFTEN = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(task, path):
    try:
        assert isinstance(TASKS[task].load(path), Dataset)
    except DataError as error:
        assert error.hint
        assert "\n" not in str(error)


@pytest.mark.parametrize("task", FILES)
@OFTEN
@given(st.lists(TEXTS, min_size=4, max_size=4))
def test_any_text(tmp_path, task, contents):
    for name, content in zip(FILES[task], contents):
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    read(task, tmp_path / FILES[task][0] if len(FILES[task]) == 1 or task[0] in "ue" else tmp_path)


@pytest.mark.parametrize("task", NAMES)
@OFTEN
@given(st.lists(ARRAYS, min_size=6, max_size=6))
def test_any_arrays(tmp_path, task, contents):
    np.savez(tmp_path / "a.npz", **dict(zip(NAMES[task], contents)))
    read(task, tmp_path / "a.npz")
