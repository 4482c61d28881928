"""A table as a flash holds it: the same bits as in block RAM, each row with a value of its own."""

from zlib import crc32

import numpy as np
import pytest

from qrnn_hw.hw.serial.image import ADDENDS, FIRST_ROW, HEADER_BYTES, MAGIC, Layout, TableImage
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model


def drawn(hidden=24, lanes=8, seed=40, **options):
    rng = np.random.default_rng([seed, hidden])
    options = {"vocabulary": 7, **options}
    return SerialPlan(random_model(rng, hidden, 8, **options), lanes, fetches=True)


@pytest.mark.parametrize(
    ("hidden", "lanes", "options"),
    [
        pytest.param(24, 8, {"block": 8}, id="one-byte"),
        pytest.param(32, 16, {}, id="two-bytes"),
        pytest.param(16, 2, {"biased": True}, id="part-of-a-byte"),
    ],
)
def test_rows_are_the_words_of_the_table(hidden, lanes, options):
    plan = drawn(hidden, lanes, **options)
    words = np.array(list(plan.table.image(plan.folds))).reshape(-1, plan.table.step).T
    size = plan.row.word_bytes
    found = [
        [int.from_bytes(row[k : k + size].tobytes(), "little") for k in range(0, len(row), size)]
        for row in TableImage.of(plan).rows
    ]
    assert found == words.tolist()


def test_every_row_can_be_checked_by_itself():
    image = TableImage.of(drawn(16, 16))
    data, layout = image.to_bytes(), image.layout
    assert len(data) == layout.size == FIRST_ROW + len(image.rows) * layout.pitch
    assert data[:HEADER_BYTES] == image.header
    assert data.startswith(MAGIC)
    turned = np.frombuffer(data, np.uint8)
    turned = turned << 4 | turned >> 4
    for number in range(layout.rows):
        begin = FIRST_ROW + number * layout.pitch
        row = turned[begin : begin + layout.row_bytes + 4].tobytes()
        # What a CRC leaves behind a text and its own value is the same for all texts.
        assert crc32(row, image.salt ^ number) == 0x2144DF1C
        assert crc32(row, image.salt ^ number ^ 1) != 0x2144DF1C
    assert set(data[HEADER_BYTES:FIRST_ROW]) == {0xFF}


def test_the_header_names_the_table_and_how_it_lies():
    headers = {
        TableImage.of(drawn(16, lanes, seed)).header for lanes in (8, 16) for seed in (41, 42)
    }
    assert len(headers) == 4


@pytest.mark.parametrize("row_bytes", [1, 2, 7, 16, 80, 96, 112, 128, 144, 187, 192, 208, 255, 512])
def test_a_row_begins_at_a_sum_of_few_shifts(row_bytes):
    layout = Layout(3, row_bytes)
    assert layout.pitch == sum(1 << k for k in layout.shifts)
    assert len(layout.shifts) <= ADDENDS
    assert row_bytes + 4 <= layout.pitch < 1.25 * (row_bytes + 4)


def test_the_largest_table_fits_beside_a_bitstream():
    assert Layout(2 * 30522, 128).size < 15 << 20
    assert Layout(2 * 30522, 192).size < 15 << 20
