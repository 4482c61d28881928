"""Daily and Sports Activities from small files in its public format."""

import numpy as np
import pytest

from qrnn_hw.data.tasks.dsa import dsa
from qrnn_hw.export.errors import DataError


def write(root, activities=2, persons=8):
    generator = np.random.default_rng(6)
    for activity in range(1, activities + 1):
        for person in range(1, persons + 1):
            folder = root / "data" / f"a{activity:02}" / f"p{person}"
            folder.mkdir(parents=True)
            table = generator.normal(size=(125, 45)) + person
            np.savetxt(folder / "s01.txt", table, fmt="%.5g", delimiter=",")
    return root


def test_persons_do_not_meet(tmp_path, consistent):
    dataset = consistent(dsa(write(tmp_path)))
    assert dataset.sizes == {"train": 6, "val": 2, "test": 8}
    assert (dataset.steps, dataset.channels, len(dataset.classes)) == (125, 45, 19)
    assert sorted(dataset.y_test.tolist()) == [0] * 4 + [1] * 4
    real = dataset.x_val * np.array(dataset.channel_steps)
    assert real.mean() == pytest.approx(4, abs=0.2), "person 4 validates"
    assert np.array_equal(dsa(tmp_path / "data").x_test, dataset.x_test)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"persons": 5}, r"must hold more than 5 persons, not 5$", id="persons"),
        pytest.param({"activities": 20}, r"must hold a01 to a19, not a20$", id="activities"),
    ],
)
def test_wrong_folders(tmp_path, options, message):
    with pytest.raises(DataError, match=message):
        dsa(write(tmp_path, **options))


def test_other_folders_and_short_segments(tmp_path):
    with pytest.raises(DataError, match=r"must hold files such as a01/p1/s01\.txt, and has none$"):
        dsa(tmp_path)
    with pytest.raises(DataError, match=r"^the data must be a folder, and .*no is not one$"):
        dsa(tmp_path / "no")
    path = write(tmp_path) / "data" / "a01" / "p1" / "s01.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(DataError, match=r"s01\.txt must hold 125 lines, not 124$"):
        dsa(tmp_path)
