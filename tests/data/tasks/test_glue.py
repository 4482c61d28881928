"""SST-2 and QQP from small files in GLUE's format."""

import pytest

from qrnn_hw.data.tasks.glue import SEPARATOR, qqp, sst2
from qrnn_hw.export.errors import DataError

QUESTIONS = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"


def write_sst2(root, extra=""):
    for part, count in (("train", 40), ("dev", 6)):
        rows = "".join(f"a {'bad good'.split()[n % 2]} film \t{n % 2}\n" for n in range(count))
        (root / f"{part}.tsv").write_text(f"sentence\tlabel\n{rows}{extra}")
    return root


def write_qqp(root, broken=0):
    for part, count in (("train", 300), ("dev", 6)):
        rows = [
            f'{n}\t1\t2\tis "this\t{"this" if n % 2 else "that"}\t{n % 2}\n' for n in range(count)
        ]
        rows += ["cut in\n"] * broken * (part == "train")
        (root / f"{part}.tsv").write_text(QUESTIONS + "".join(rows))
    return root


def test_sst2(tmp_path, consistent):
    dataset = consistent(sst2(write_sst2(tmp_path)))
    assert dataset.sizes == {"train": 36, "val": 4, "test": 6}
    assert dataset.vocabulary == ("<unknown>", "bad", "a", "film", "good")
    assert dataset.y_test.tolist() == [0, 1, 0, 1, 0, 1]
    assert dataset.x_test[:2, :, 0].tolist() == [[2, 1, 3], [2, 4, 3]]


def test_qqp(tmp_path, consistent):
    dataset = consistent(qqp(write_qqp(tmp_path)))
    spelled = [dataset.vocabulary[token] for token in dataset.x_test[0, :, 0]]
    assert spelled == ["is", '"', "this", SEPARATOR, "that"]
    assert dataset.classes == ("different", "the same")
    assert dataset.vocabulary[:2] == ("<unknown>", SEPARATOR)
    assert consistent(qqp(tmp_path, steps=2)).steps == 2


def test_a_few_broken_rows_are_left_out(tmp_path):
    assert qqp(write_qqp(tmp_path, broken=3)).sizes["train"] == 270
    with pytest.raises(DataError, match=r"the label 0 or 1; 4 of 304 rows do not$"):
        qqp(write_qqp(tmp_path, broken=4))


def test_other_files(tmp_path):
    with pytest.raises(DataError, match=r"^the data must be a file, and .*train\.tsv is missing$"):
        sst2(tmp_path)
    write_sst2(tmp_path)
    message = r"must have columns question1, question2, is_duplicate in its first line, and lacks"
    with pytest.raises(DataError, match=message) as caught:
        qqp(tmp_path)
    assert caught.value.hint.startswith("give GLUE's folder with train.tsv and dev.tsv")
    with pytest.raises(
        DataError, match=r"must hold 2 columns in every row, .*; 1 of 41 rows do not"
    ):
        sst2(write_sst2(tmp_path, extra="a film\t2\n"))
    write_sst2(tmp_path)
    (tmp_path / "train.tsv").write_text("sentence\tlabel\n" + "a film\t1\n" * 9)
    with pytest.raises(DataError, match=r"must hold two rows or more of either label$"):
        sst2(tmp_path)
