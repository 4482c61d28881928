"""The command ``qrnn-hw data``."""

import json
import re
import wave

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cli.data import data
from qrnn_hw.data.tasks.own import own
from qrnn_hw.export.errors import DataError


def run(*arguments):
    return CliRunner().invoke(data, list(map(str, arguments)))


def told(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def table(count=12):
    rows = ["run,t,temp [degC],kind"]
    for number in range(count):
        for step in range(4 + number % 2):
            kind = "up" if number % 3 else "down"
            rows.append(f"r{number},{step / 4},{20 + step + number},{kind}")
    return "\n".join(rows)


@pytest.fixture
def csv(tmp_path):
    (tmp_path / "mine.csv").write_text(table())
    return tmp_path / "mine.csv"


LAYOUT = ("--id", "run", "--time", "t", "--label", "kind")


def test_what_a_table_holds_is_shown(csv):
    found = run(csv, *LAYOUT)
    assert found.exit_code == 0
    assert re.search("temp │ +degC │ +20 │ +27 │ +35 │ [▁█▃▅▆]+", found.stdout)
    assert re.search("down │ +4 │", found.stdout)
    assert "whoever always says 'up' is right in 66.7%" in found.stdout
    assert "rate: 4 steps a second" in found.stdout
    assert "would be trained on: train 6, val 3, test 3" in found.stdout
    assert f"next: qrnn-hw train data --data {csv} --label kind --id run --time t" in found.stdout
    assert f"bitstream: qrnn-hw build {csv} --label kind --id run --time t\n" in found.stdout


def test_what_was_asked_for_is_in_the_next_command(csv):
    found = run(csv, *LAYOUT, "--window", "2")
    assert found.exit_code == 0, found.exception
    assert f"qrnn-hw build {csv} --label kind --id run --time t --window 2\n" in found.stdout


def test_a_program_is_told_the_same(csv):
    found = told(csv, *LAYOUT)
    assert found["splits"] == {
        "all": {"sequences": 12, "steps": [4, 4.5, 5], "classes": {"down": 4, "up": 8}}
    }
    assert found["channels"] == [
        {"name": "temp", "unit": "degC", "low": 20, "median": 27.0, "high": 35}
    ]
    assert found["majority"] == {"class": "up", "share": 8 / 12}
    assert (found["rate"], found["held"], found["obstacle"]) == (4, 0, None)
    assert found["training"]["splits"] == {"train": 6, "val": 3, "test": 3}


def test_what_cannot_be_trained_on_is_shown_with_the_reason(csv):
    found = run(csv, "--id", "run", "--time", "t", "--channels", "temp")
    assert found.exit_code == 0
    assert "classes: none, there are no labels" in found.stdout
    assert "not to be trained on: mine.csv must have labels" in found.stdout
    assert "next: add y to arrays, --label COLUMN" in found.stdout


def test_missing_values_and_sound(tmp_path):
    (tmp_path / "gaps.csv").write_text("id,a,label\n" + "1,1,u\n1,,u\n2,2,v\n2,3,v\n" * 1)
    assert isinstance(run(tmp_path / "gaps.csv").exception, DataError)
    assert told(tmp_path / "gaps.csv", "--missing", "hold")["held"] == 1
    for name in ("yes", "no"):
        (tmp_path / "words" / name).mkdir(parents=True)
        for number in range(3):
            path = str(tmp_path / "words" / name / f"{number}.wav")
            with wave.open(path, "wb") as file:
                file.setnchannels(2), file.setsampwidth(2), file.setframerate(16000)
                samples = np.random.default_rng(number).integers(-99, 99, 6400)
                file.writeframes(samples.astype("<i2").tobytes())
    found = told(tmp_path / "words")
    assert (found["numbers"], found["splits"]["all"]["steps"]) == ("sound", [1600, 1600, 1600])
    assert found["training"]["splits"] == {"train": 2, "val": 2, "test": 2}
    assert found["notes"][0].startswith("6 sounds of 16000 Hz, 16 bits, 2 channels became 8000 Hz")
    words = tmp_path / "words"
    assert f"a board's bitstream: qrnn-hw build {words} --front-end" in run(words).stdout
    for option in ({"scale": "2"}, {"input_bits": 4}):
        with pytest.raises(DataError, match="goes with numbers of a sensor, not with sound"):
            own(words, **option)
