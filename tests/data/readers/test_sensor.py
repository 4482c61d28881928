"""Lines of a sensor: what is a step, what ends a sequence, and what is refused."""

import numpy as np
import pytest

from qrnn_hw.data.readers.sensor import SensorLines
from qrnn_hw.data.units import Unit

THREE, ONE = (3, Unit((-128, 127))), (1, Unit((0, 15)))  # channels, and what a number is


def read(lines, step=ONE, **options):
    """Return all sequences, what was refused, and the reader."""
    refused = []
    reader = SensorLines(lines, *step, refused.append, **options)
    sequences = [[step.tolist() for step in each] for each in reader.sequences()]
    return sequences, refused, reader


def test_commas_spaces_and_tabs_part_channels():
    lines = ["1,2,3", " 1  2\t3\r\n", "-128, 127 ,+3"]
    sequences, refused, reader = read(lines, THREE)
    assert sequences == [[[1, 2, 3], [1, 2, 3], [-128, 127, 3]]]
    assert (refused, reader.steps, reader.refused) == ([], 3, 0)
    # A missing value moves no other to its channel.
    assert read(["1,,2,3", "1,2,", ",1,2", "1,2"], THREE)[2].refused == 4


def test_empty_lines_end_sequences_and_make_none():
    lines = ["", "1", "2", " \n", "\n", "3", ""]
    assert read(lines)[0] == [[[1], [2]], [[3]]]
    assert read([])[0] == read(["\n", ""])[0] == []


def test_a_length_ends_sequences_too():
    assert read(list("12345"), length=2)[0] == [[[1], [2]], [[3], [4]], [[5]]]
    assert read(["1", "2", "", "3", "", "4", "5"], length=2)[0] == [[[1], [2]], [[3]], [[4], [5]]]


@pytest.mark.parametrize(
    "line",
    [
        "16",
        "-1",
        "x",
        "1 2",
        "1_0",
        "nan",
        "inf",
        "0x1",
        "1.5",
        "1e-1",
        "1e999",
        "1;2",
        "1\r2",
        "\x0b",
        "\x1f",
        "1\xa0",
        "\u0661",
        "9" * 40,
        "-",
    ],
)
def test_malformed_lines_are_refused_by_number(line):
    sequences, refused, reader = read(["3", line, "4"])
    assert sequences == [[[3], [4]]]
    assert refused == [f"line 2 must be 1 whole number from 0 to 15, not {line!r}"]
    assert (reader.steps, reader.refused) == (2, 1)


def test_a_long_line_is_told_in_short():
    _, (message,), _ = read(["7" * 9999])
    assert len(message) < 130


def test_real_values_are_quantized_and_saturated_as_those_of_a_file():
    lines = ["0.05 0.51 -1e9", "1 -3 +.5e1"]
    sequences, refused, reader = read(lines, (3, Unit((-128, 127), [0.1, 0.25, 2.0])))
    wanted = np.rint(np.array([[0.05, 0.51, 0], [1, -3, 5]]) / [0.1, 0.25, 2.0])
    wanted[0, 2] = -128
    assert sequences == [wanted.astype(int).tolist()]
    assert refused == []
    assert reader.note == "16.7% of the numbers were beyond the range of the model, and saturated"


def test_damage_parts_no_channels():
    assert read(["1\r2,3", "1\x0b2 3", "1\x852 3"], THREE)[2].refused == 3


@pytest.mark.parametrize("line", ["nan 1 1", "1.0 inf 1", "1 1 -1e999", "1 1"])
def test_what_is_no_number_is_refused(line):
    _, (message,), reader = read(["1 1 1", line], (3, Unit((-128, 127), 0.1)))
    assert message == f"line 2 must be 3 numbers, not {line!r}"
    assert (reader.steps, reader.refused, reader.note) == (1, 1, "")


@pytest.mark.parametrize("first", ["0", "1", "0.0", "1.0", "1e0"])
def test_how_a_sensor_prints_decides_nothing(first):
    value = round(float(first))
    assert read([first, "0.5"], (1, Unit((0, 15), 0.25)))[0] == [[[4 * value], [2]]]
    assert read([first, "2", "3.0", "1.5e+1"])[0] == [[[value], [2], [3], [15]]]
