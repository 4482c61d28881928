"""Text of the UCR and UEA archives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.data.layout import Layout
from qrnn_hw.data.source import READERS, read_source
from qrnn_hw.export.errors import DataError


def read(path, content, **layout):
    path.write_text(content, encoding="utf-8")
    return READERS[path.suffix.lower()].read(path, Layout(**layout), True)


def test_all_formats_say_the_same(tmp_path):
    contents = {
        "a.ts": "# made up\n@data\n0.5,-1:1\n\n2,NaN:-1\n",
        "a.TS": "@data\n0.5,-1:1\n2,?:-1\n",
        "a.tsv": "1\t0.5\t-1\n-1\t2\tNaN\n",
        "a.txt": "  1.0 0.5 -1\n -1 2 nan\n",
    }
    for name, content in contents.items():
        found = read(tmp_path / name, content)
        assert np.array_equal(found.x.reshape(2, 2), [[0.5, -1], [2, np.nan]], equal_nan=True)
        assert found.y.tolist() == ["1", "-1"]


def test_channels_and_lengths(tmp_path):
    found = read(tmp_path / "a.ts", "@univariate false\n@classLabel true up down\n"
                 "1,2,3:4,5,6:up\n7,8:9,10:down\n")  # fmt: skip
    assert found.x.tolist() == [[[1, 4], [2, 5], [3, 6]], [[7, 9], [8, 10], [0, 0]]]
    assert found.lengths.tolist() == [3, 2]
    assert found.y.tolist() == ["up", "down"]


def test_a_header_may_say_that_there_are_no_classes(tmp_path):
    found = read(tmp_path / "a.ts", "@classLabel false\n@data\n1,2:3,4\n5,6:7,8\n")
    assert (found.x.shape, found.y) == ((2, 2, 2), None)


def test_a_test_file_beside_a_training_file_is_the_test_split(tmp_path):
    (tmp_path / "A_TRAIN.ts").write_text("1,2:a\n")
    (tmp_path / "A_TEST.ts").write_text("3,4:b\n")
    found = read_source(tmp_path / "A_TRAIN.ts", Layout())
    assert {split: part.y.tolist() for split, part in found.splits.items()} == {
        "_train": ["a"], "_test": ["b"]
    }  # fmt: skip
    assert list(read_source(tmp_path / "A_TRAIN.ts", Layout(), training=False).splits) == [""]
    assert read_source(tmp_path, Layout()).splits.keys() == {"_train", "_test"}


def test_a_head_makes_a_table_of_time_steps(tmp_path):
    found = read(tmp_path / "a.tsv", "a\tlabel\n1\tup\n2\tup\n")
    assert (found.x.tolist(), found.y.tolist()) == ([[[1], [2]]], ["up"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ts", "@data\n", "must hold series, and holds none"),
        ("a.ts", "1,2:3,4:a\n1:b\n", r"line 2 of .* must have 2 channels, as the first has, not 1"),
        ("a.ts", "1,2:3:a\n", r"line 1 of .* must have channels of one length, not 1 and 2"),
        ("a.ts", "1,x:a\n", r"line 1 of .* must be numbers between commas, a colon and a class"),
        ("a.ts", "1_0,2:a\n", r"line 1 of .* must be numbers between commas, a colon and a class"),
        ("a.ts", "\u0661,2:a\n", r"line 1 of .* must be numbers between commas"),
        ("a.ts", "1,2\n", r"line 1 of .* must have 1 channels"),
        ("a.ts", "1,2:\n", r"line 1 of .* must end in a class"),
        ("a.ts", "@timestamps true\n1,2:a\n", "must have no timestamps"),
        ("a.tsv", "1\n2\n", "must hold a class and a series in each line"),
        ("a.tsv", "nan\t1\n", "must hold a class in each line, and one is no number"),
        ("a.txt", "1 2\n3 b\n", "must be lines of numbers: could not convert"),
    ],
)
def test_other_texts_are_refused(tmp_path, name, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path / name, content)
    assert caught.value.hint


@settings(deadline=None, max_examples=150)
@given(st.text("01.,:-?a@#\n en_", max_size=60))
def test_any_text_is_read_or_refused(tmp_path_factory, content):
    for suffix in (".ts", ".tsv"):
        path = tmp_path_factory.getbasetemp() / f"any{suffix}"
        try:
            found = read(path, content)
        except DataError as error:
            assert error.hint
            assert "\n" not in str(error)
        else:
            assert len(found.x)
