"""Tables of time steps: CSV and Parquet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.data.layout import Layout
from qrnn_hw.data.readers.delimited import read_delimited
from qrnn_hw.data.readers.table import name_and_unit
from qrnn_hw.data.source import READERS
from qrnn_hw.export.errors import DataError

LONG = """id,time,temp [degC],flow,label
b,0.0,21.5,1,up
b,0.5,22.5,2,up
a,0.0,20.5,3,down
b,1.0,23.5,4,up
"""


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a table and reads it."""

    def build(content, labelled=True, name="t.csv", **layout):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return READERS[path.suffix].read(path, Layout(**layout), labelled)

    return build


def test_a_long_table(read):
    found = read(LONG)
    assert found.x.tolist() == [[[21.5, 1], [22.5, 2], [23.5, 4]], [[20.5, 3], [0, 0], [0, 0]]]
    assert found.lengths.tolist() == [3, 1]
    assert found.y.tolist() == ["up", "down"]
    assert (found.channels, found.units, found.rate) == (("temp", "flow"), ("degC", ""), 2.0)
    assert "column 'id' of t.csv is the id" in found.notes


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        pytest.param(LONG.replace(",", ";"), {}, id="semicolons"),
        pytest.param(LONG.replace(",", "\t"), {}, id="tabs"),
        pytest.param(LONG.replace(",", "|"), {"delimiter": "|"}, id="asked for"),
        pytest.param(LONG.replace(",", ";").replace(".", ","), {"decimal": ","}, id="comma"),
        pytest.param("\ufeff" + LONG.replace("\n", "\r\n"), {}, id="of Windows"),
        pytest.param(LONG.replace("\n", "\n\n"), {}, id="blank lines"),
        pytest.param(LONG.replace("up", '"up"').replace("21.5", '" 21.5"'), {}, id="quotes"),
        pytest.param(LONG.replace(",0.0,", ",2024-01-01 00:00:00,").replace(
            "b,0.5,", "b,2024-01-01T00:00:00.5Z,").replace(",1.0,", ",2024-01-01 00:00:01+00:00,"),
            {}, id="dates"),
        pytest.param("\n".join(LONG.splitlines()[1:]), {"id": "1", "time": "2", "label": "5"},
                     id="no head"),
        pytest.param(LONG.replace("label", "kind").replace("id,", "run,"),
                     {"label": "kind", "id": "run"}, id="names"),
    ],
)  # fmt: skip
def test_the_same_in_other_words(read, content, layout):
    plain, found = read(LONG), read(content, **layout)
    assert np.array_equal(found.x, plain.x)
    assert (found.lengths.tolist(), found.y.tolist()) == ([3, 1], ["up", "down"])
    assert found.rate == plain.rate


def test_channels_are_chosen_by_name_or_number(read):
    assert read(LONG, channels="flow,temp").channels == ("flow", "temp")
    found = read(LONG, channels="4")
    assert (found.channels, found.x[0, :, 0].tolist()) == (("flow",), [1, 2, 4])
    assert "not read: temp" in found.notes


def test_one_recording_has_no_id(read):
    found = read("temp,flow\n1,2\n3,4\n")
    assert (found.x.tolist(), found.y) == ([[[1, 2], [3, 4]]], None)


def test_a_row_may_be_a_sequence(read):
    found = read("label,1,2,3\nup,1,2,3\ndown,4,5,\n", wide=True)
    assert np.array_equal(found.x, [[1, 2, 3], [4, 5, np.nan]], equal_nan=True)
    assert found.y.tolist() == ["up", "down"]
    assert read("class," + ",".join(f"v{n}" for n in range(200)) + "\n"
                + "a," + ",".join(["1"] * 200), wide=True).x.shape == (1, 200)  # fmt: skip


def test_missing_values_are_refused_or_held(read):
    gaps = "id,a,b\n1,1,\n1,NA,5\n1,3,6\n2,?,7\n2,4,nan\n"
    with pytest.raises(DataError, match=r"^line 2 of .* in column 'b', and it is missing; 4 are"):
        read(gaps)
    found = read(gaps, missing="hold").filled()
    assert found.x.tolist() == [[[1, 5], [1, 5], [3, 6]], [[4, 7], [4, 7], [0, 0]]] or (
        found.x[0].tolist() == [[1, 5], [1, 5], [3, 6]] and found.x[1, :2].tolist() == [[4, 7]] * 2
    )
    assert found.held == 4
    with pytest.raises(DataError, match="sequence 1 has none in channel 2"):
        read("id,a,b\n1,1,\n1,2,\n2,1,1\n2,1,1\n2,1,1\n", missing="hold").filled()


def test_a_label_that_was_named_may_be_missing_later(read):
    table = "temp\n1\n2\n"
    assert read(table, labelled=False, label="kind").y is None
    with pytest.raises(
        DataError, match=r"^--label must be a column of .*, one of temp, not 'kind'"
    ):
        read(table, label="kind")


REFUSED = {
    "empty": ("", {}, "must be a table of text, and is an empty file"),
    "blank": (" \n\n", {}, "must hold a table, and is empty"),
    "head alone": ("a,b\n", {}, "must hold rows below its head, and has none"),
    "ragged": ("a,b\n1,2\n3\n", {}, "line 3 of .* must have 2 columns, as the first has, not 1"),
    "word": ("a,b\n1,x\n", {}, "line 2 of .* must have a number in column 'b', not 'x'"),
    "comma": ("a;b\n1,5;2\n", {}, "line 2 of .* must have a number in column 'a', not '1,5'"),
    "point": ("a;b\n1.5;2\n", {"decimal": ","}, "must have a number in column 'a', not '1.5'"),
    "underscore": ("a,b\n1_0,2\n", {}, "must have a number in column 'a', not '1_0'"),
    "infinity": ("a,b\n1,-inf\n", {}, "must have a finite number in column 'b', not -inf"),
    "overflow": ("a,b\n1,1e999\n", {}, "must have a finite number in column 'b', not 1e999"),
    "twice": ("a,a\n1,2\n", {}, "must have names of their own, and two are 'a'"),
    "two ids": ("id,series,a\n1,1,2\n", {}, "one column of .* must be the id, not id, series"),
    "one column twice": (
        "a,b\n1,2\n", {"label": "a", "id": "1"}, "must be different, and two are one"
    ),
    "labels alone": ("label,id\nup,1\n", {}, "must have a column of numbers beside label, id"),
    "two labels": (
        "id,a,label\n1,1,up\n1,2,down\n", {}, "line 3 of .* the label of its sequence, up, not down"
    ),
    "no label": ("a,label\n1,up\n2,\n", {}, "line 3 of .* must have a label, and has none"),
    "time": ("id,time,a\n1,2,3\n1,1,3\n", {}, "line 3 of .* must be later than the one before"),
    "same time": ("time,a\n1,3\n1,3\n", {}, "line 3 of .* must be later than the one before"),
    "no time": ("time,a\nnoon,3\n", {}, "line 2 of .* must have a time, a number or YYYY"),
    "no column": ("a,b\n1,2\n", {"channels": "c"}, "--channels must be a column of .*, not 'c'"),
    "many": (
        ",".join(f"c{n}" for n in range(65)) + "\n" + ",".join(["1"] * 65), {},
        "must have 64 channels or fewer, not 65",
    ),
    "a million": (",".join(["1"] * 10**6), {}, "must have 65,536 columns or fewer, not 1,000,000"),
    "latin": ("temp,é\n1,2\n".encode("latin-1"), {}, "must be UTF-8 text, and its byte 5 is not"),
    "rubbish": (bytes(range(256)), {}, "must be a table of text, and is"),
    "nothing": (b"a,b\n1,\0\n", {}, "must be a table of text, and is"),
    "quotes": ('a,b\n1,"2\n', {}, "must be a table of text: unexpected end of data"),
    "web page": ("<!DOCTYPE html><html>", {}, "must be a table of text, and is a web page"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "layout", "message"), REFUSED.values(), ids=REFUSED)
def test_other_tables_are_refused_with_their_place(read, content, layout, message):
    with pytest.raises(DataError, match=message) as caught:
        read(content, **layout)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_the_delimiter_is_one_character():
    with pytest.raises(DataError, match="the delimiter must be one character, not 'ab'"):
        Layout(delimiter="ab")


def test_steps_that_are_uneven_are_told(read):
    content = "time,a\n" + "\n".join(f"{n + (n > 20)},1" for n in range(40))
    (note,) = [note for note in read(content).notes if "after" in note]
    assert note.startswith("2.6% of the steps of t.csv are not 1 after the one before")


@settings(deadline=None, max_examples=200)
@given(st.text("0159.,;\t\n\"'-eainfd lbtm?\ufeff", max_size=80), st.booleans())
def test_any_text_is_read_or_refused(tmp_path_factory, content, wide):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(content, encoding="utf-8", newline="")
    try:
        found = read_delimited(path, Layout(wide=wide, missing="hold")).filled()
    except DataError as error:
        assert error.hint
        assert "\n" not in str(error)
    else:
        assert len(found.x)


NUMBERS = st.floats(-1e12, 1e12).map(lambda value: float(f"{value:.6g}"))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abc"), NUMBERS, NUMBERS), min_size=1, max_size=40))
def test_what_was_written_comes_back(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text("id,u,v\n" + "".join(f"{i},{u!r},{v!r}\n" for i, u, v in rows))
    found = read_delimited(path, Layout())
    for name, x, end in zip(dict.fromkeys(i for i, _, _ in rows), found.x, found.lengths):
        assert x[:end].tolist() == [[u, v] for i, u, v in rows if i == name]


def test_heads_have_units():
    assert name_and_unit(" a_x [m/s^2] ") == ("a_x", "m/s^2")
    assert name_and_unit("f(x) (Hz)") == ("f(x)", "Hz")
    assert name_and_unit("(Hz)") == ("(Hz)", "")


def test_parquet_says_the_same(tmp_path, read):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    plain = read(LONG)
    table = arrow.table({
        "id": list("bbab"), "time": [0.0, 0.5, 0.0, 1.0], "temp [degC]": [21.5, 22.5, 20.5, 23.5],
        "flow": [1, 2, 3, 4], "label": ["up", "up", "down", "up"],
    })  # fmt: skip
    parquet.write_table(table, tmp_path / "t.parquet")
    found = READERS[".parquet"].read(tmp_path / "t.parquet", Layout(), True)
    assert np.array_equal(found.x, plain.x)
    assert (found.y.tolist(), found.rate, found.units) == (["up", "down"], 2.0, ("degC", ""))
    counts = table.select(["id", "flow", "label"])
    parquet.write_table(counts, tmp_path / "t.parquet")
    assert READERS[".parquet"].read(tmp_path / "t.parquet", Layout(), True).x.dtype == np.int64
    dates = arrow.array(np.array(["2024-01-01", "2024-01-02"], "datetime64[ms]"))
    parquet.write_table(arrow.table({"time": dates, "a": [1.0, None]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"line 2 of .* in column 'a', and it is missing"):
        READERS[".parquet"].read(tmp_path / "t.parquet", Layout(), True)
    held = READERS[".parquet"].read(tmp_path / "t.parquet", Layout(missing="hold"), True)
    assert held.rate == 1 / 86400
    for columns, message in (
        ({"a": ["x"]}, "must have numbers in column 'a', not string"),
        ({"a": [[1, 2]]}, "must have numbers in column 'a', not list"),
        ({"a": [1.0], "id": arrow.array([None], "string")}, "a value in every row of column 'id'"),
        ({"a": arrow.array([], "float64")}, "must hold rows, and has none"),
    ):
        parquet.write_table(arrow.table(columns), tmp_path / "t.parquet")
        with pytest.raises(DataError, match=message):
            READERS[".parquet"].read(tmp_path / "t.parquet", Layout(), True)
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="must be a Parquet file"):
        READERS[".parquet"].read(tmp_path / "t.parquet", Layout(), True)


CHANGING = "id,a,label\n" + "".join(
    f"{run},{step},{'on' if step // 7 % 2 else 'off'}\n" for run in "pq" for step in range(17)
)


def test_recordings_are_cut_where_the_label_changes_and_into_windows(read):
    found = read(CHANGING, window=4)
    # Of 7, 7 and 3 rows a recording.
    assert found.lengths.tolist() == [4, 3, 4, 3, 3] * 2
    assert found.y.tolist() == ["off", "off", "on", "on", "off"] * 2
    assert found.x[1, :, 0].tolist() == [4, 5, 6, 0]
    assert found.x[5:, 0, 0].tolist() == [0, 4, 7, 11, 14]
    assert "10 windows of up to 4 rows, each of one label" in found.notes


def test_what_is_less_than_half_a_window_is_left_out(read):
    found = read(CHANGING, window=5)
    assert found.lengths.tolist() == [5, 5, 3] * 2
    assert (
        "6 windows of up to 5 rows, each of one label; 8 rows that were less than half of one "
        in (" ".join(found.notes))
    )
    with pytest.raises(DataError, match="must have 10 rows or more of one label, one after"):
        read(CHANGING, window=20)
    with pytest.raises(DataError, match="--window cuts recordings, and --wide takes a row"):
        read(CHANGING, window=5, wide=True)
    with pytest.raises(DataError) as caught:
        read(CHANGING)
    assert "--id" in caught.value.hint or "split" in caught.value.hint


def test_what_has_no_labels_is_cut_into_windows_too(read):
    found = read("id,a\n" + "".join(f"p,{step}\n" for step in range(9)), labelled=False, window=4)
    assert found.lengths.tolist() == [4, 4]
    assert found.y is None
