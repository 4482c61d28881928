"""The report as JSON, and as a table."""

import json

import pytest
from rich.console import Console

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.export.errors import DataError

REPORT = Report(
    board="icebreaker",
    device="iCE40UP5K",
    engine="hadamard",
    lanes=64,
    fold=8,
    hidden=512,
    state_bits=12,
    luts=5012,
    front_end=True,
    lut_capacity=5280,
    clock_mhz=36,
    tool_versions={"yosys": "0.70"},
    verified=[{"level": "golden", "sequences": 360, "steps": 23040}],
)


def test_the_keys_are_those_of_the_contract():
    keys = (
        "board, device, engine, lanes, fold, hidden, state_bits, transform, transform_reason, "
        "link, sck_mhz, front_end, trained_steps, "
        "answer_scale, answer_offset, "
        "luts, ffs, brams, spram, dsps, lut_capacity, clock_mhz, fmax_mhz, clock_tries, "
        "critical_path, seed, sequences_at_once, cycles_per_step, cycles_per_step_alone, "
        "most_cycles_per_step, steps_per_second, "
        "latency_us_per_sequence, "
        "model_bits, build_seconds, tool_versions, verified"
    )
    assert list(json.loads(REPORT.to_json())) == keys.split(", ")


def test_json_comes_back(tmp_path):
    (tmp_path / "report.json").write_text(REPORT.to_json())
    assert Report.read(tmp_path / "report.json") == REPORT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "{path} must be JSON: "),
        ("[]", "{path} must be a JSON object, not a list"),
        ("{}", "a report must have its own keys alone; see answer_offset, "),
        ('{"colour": 1}', "a report must have its own keys alone; see answer_offset, .*colour"),
    ],
)
def test_other_files_are_refused(text, message, tmp_path):
    (path := tmp_path / "report.json").write_text(text)
    with pytest.raises(DataError, match="^" + message.replace("{path}", str(path))):
        Report.read(path)


def test_the_table_shows_what_is_known():
    console = Console(width=100)
    with console.capture() as capture:
        console.print(REPORT.table())
    lines = [" ".join(line.replace("│", " ").split()) for line in capture.get().splitlines()]
    assert "logic cells 5,012 of 5280, 95%" in lines
    assert "lanes 64 folded 8 times" in lines
    assert "block RAMs -" in lines
    assert "front end yes" in lines
    assert "verified: golden yes 360 sequences, 23040 steps" in lines
