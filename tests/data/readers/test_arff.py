"""Files of Weka and the UEA archive."""

import numpy as np
import pytest

from qrnn_hw.data.layout import Layout
from qrnn_hw.data.readers.arff import read_arff
from qrnn_hw.export.errors import DataError

pytest.importorskip("scipy")
PLAIN = """% made up
@relation toy
@attribute a0 numeric
@attribute a1 real
@attribute target {up, down}
@data
1,2.5,up
3,?,down
"""
RELATION = """@relation toy
@attribute rel relational
  @attribute t0 numeric
  @attribute t1 numeric
  @attribute t2 numeric
@end rel
@attribute class {a,b}
@data
"1,2,3\\n4,5,6",a
"7,8,?\\n9,10,?",b
"""


def read(folder, content, **layout):
    (folder / "t.arff").write_text(content)
    return read_arff(folder / "t.arff", Layout(**layout))


def test_one_channel_is_a_line(tmp_path):
    found = read(tmp_path, PLAIN)
    assert np.array_equal(found.x, [[1, 2.5], [3, np.nan]], equal_nan=True)
    assert found.y.tolist() == ["up", "down"]


def test_several_channels_are_a_relation(tmp_path):
    found = read(tmp_path, RELATION)
    assert found.x.tolist() == [[[1, 4], [2, 5], [3, 6]], [[7, 9], [8, 10], [0, 0]]]
    assert (found.lengths.tolist(), found.y.tolist()) == ([3, 2], ["a", "b"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must hold sequences, and is empty"),
        ("1,2,3\n", "must hold sequences, and holds none|must be an ARFF file"),
        (PLAIN.replace("1,2.5", "1,x"), "must be an ARFF file: could not convert"),
        (PLAIN.replace("3,?,down", "3,?,sideways"), "must be an ARFF file"),
        (PLAIN.replace("1,2.5,up\n3,?,down\n", ""), "must hold sequences, and holds none"),
        (PLAIN.replace("numeric", "string"), "must be an ARFF file|must be numeric, not string"),
        (PLAIN.replace("3,?,down", "3,?,?"), "must have a class for every sequence, and number 2"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, content)
    assert caught.value.hint
    assert "\n" not in str(caught.value)
