"""Daily and sports activities from five units on the body (DSA-19): 45 channels at 25 Hz."""

from pathlib import Path

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest, existing_folder, read_table
from qrnn_hw.data.split import by_group
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part
from qrnn_hw.export.errors import DataError

ACTIVITIES = (
    "sitting", "standing", "lying on back", "lying on right side", "ascending stairs",
    "descending stairs", "standing in an elevator", "moving in an elevator",
    "walking in a parking lot", "walking on a treadmill, flat", "walking on a treadmill, inclined",
    "running on a treadmill", "exercising on a stepper", "exercising on a cross trainer",
    "cycling, horizontal", "cycling, vertical", "rowing", "jumping", "playing basketball",
)  # fmt: skip
STEPS, CHANNELS = 125, 45
# Of the eight persons four test, as many segments as in FastGRNN, and one validates.
TESTING, VALIDATING = 4, 1
REACH = 0.999
HINT = "give the folder of UCI's Daily and Sports Activities, with data/a01/p1/s01.txt in it"


def dsa(path: str | Path, input_bits: int | None = None) -> Dataset:
    """Read DSA-19: 9,120 segments of 5 s, 19 activities of 8 persons, 60 segments each.

    Source: B. Barshan and K. Altun, 2010, UCI; CC BY 4.0. FastGRNN, whom HadamRNN compares with,
    has 4,560/4,560 segments and does not say which.

    Parameters
    ----------
    path
        The folder that holds a01 .. a19, or data with them; in each p1 .. p8; in each s01.txt ..,
        125 lines of 45 numbers between commas.
    input_bits
        Width of a channel on the wire; None takes 8.

    Returns
    -------
    Dataset
        Persons 5 to 8 test, person 4 validates, persons 1 to 3 train.

    Raises
    ------
    DataError
        If the folder is missing or holds something else.
    """
    folder = existing_folder(path, HINT)
    folder = folder / "data" if (folder / "data").is_dir() else folder
    paths = sorted(folder.glob("a[0-9][0-9]/p[0-9]/s[0-9][0-9].txt"))
    if not paths:
        raise DataError(f"{folder} must hold files such as a01/p1/s01.txt, and has none", HINT)
    y = np.array([int(path.parts[-3][1:]) - 1 for path in paths])
    persons = np.array([int(path.parts[-2][1:]) for path in paths])
    if y.min() < 0 or y.max() >= len(ACTIVITIES):
        raise DataError(f"{folder} must hold a01 to a19, not a{y.max() + 1:02}", HINT)
    if len(np.unique(persons)) <= TESTING + VALIDATING:
        raise DataError(
            f"{folder} must hold more than {TESTING + VALIDATING} persons, "
            f"not {len(np.unique(persons))}",
            HINT,
        )
    x = np.empty((len(paths), STEPS, CHANNELS), np.float32)
    for row, file in zip(x, paths):
        table = read_table(file, HINT, CHANNELS, delimiter=",")
        if len(table) != STEPS:
            raise DataError(f"{file} must hold {STEPS} lines, not {len(table)}", HINT)
        row[:] = table
    whole = Part(x, y)
    return measured(
        *map(whole.take, by_group(persons, VALIDATING, TESTING)),
        bits=input_bits,
        reach=REACH,
        name="dsa19",
        classes=ACTIVITIES,
        sha256=digest(*paths),
        notes=(
            "split by person: the last four test, the one before them validates; harder than a "
            "random split of the segments",
        ),
    )
