"""Series in the text formats of the UCR archive."""

import numpy as np
import pytest

from qrnn_hw.data.classes import number_name
from qrnn_hw.data.readers.ucr import read_series
from qrnn_hw.export.errors import DataError


def test_all_formats_say_the_same(tmp_path):
    contents = {
        "a.ts": "# made up\n@data\n0.5,-1:1\n\n2,NaN:-1\n",
        "a.TS": "@data\n0.5,-1:1\n2,NaN:-1\n",
        "a.tsv": "1\t0.5\t-1\n-1\t2\tNaN\n",
        "a.txt": "  1.0 0.5 -1\n -1 2 nan\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        x, labels = read_series(tmp_path / name)
        assert np.array_equal(x, [[0.5, -1], [2, np.nan]], equal_nan=True)
        assert labels == ["1", "-1"]


def test_names_of_numbers_never_fall_together():
    labels = [1.0, 1234567.0, 1234568.0, 0.5, -1.0, 1e300]
    assert len({number_name(label) for label in labels}) == len(labels)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ts", "@data\n", "must hold series, and holds none"),
        ("a.ts", "1,2:a\n1:b\n", r"line 2 of .* must be 2 numbers, as the first is, not 1"),
        ("a.ts", "1,?:a\n", r"line 1 of .* must be numbers between commas, a colon and a class"),
        ("a.ts", "1_0,2:a\n", r"line 1 of .* must be numbers between commas, a colon and a class"),
        ("a.ts", "\u0661,2:a\n", r"line 1 of .* must be numbers between commas"),
        ("a.tsv", "1\n2\n", "must hold a class and a series in each line"),
        ("a.tsv", "nan\t1\n", "must hold a class in each line, and one is no number"),
        ("a.txt", "a b\n", "must be lines of numbers: could not convert"),
    ],
)
def test_other_texts_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        read_series(tmp_path / name)
    assert caught.value.hint
