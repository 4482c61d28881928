"""Builds for every board, with a program in place of ``qrnn-hw`` that builds nothing."""

import json
import sys

import pytest
from click.testing import CliRunner

REPORT = {
    "lanes": 8, "luts": 100, "lut_capacity": 1000, "brams": 2, "fmax_mhz": 40.5, "clock_mhz": 36,
    "cycles_per_step": 20, "latency_us_per_sequence": 5.5,
}  # fmt: skip
PROGRAM = """#!{python}
import json, pathlib, sys
model, board, folder = sys.argv[2], sys.argv[4], pathlib.Path(sys.argv[6])
plan = json.loads(pathlib.Path(model).read_text())[board]
if plan["code"]:
    sys.exit(print(plan["message"], file=sys.stderr) or plan["code"])
folder.mkdir()
(folder / "report.json").write_text(json.dumps(plan["report"]))
for file in plan["files"]:
    (folder / file).touch()
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the benchmark: what the program does for a board is given."""
    import every_board

    program = tmp_path / "qrnn-hw"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setattr(every_board, "PROGRAM", program)

    def run(*options, **boards):
        plans = {name.replace("_", "-"): plan for name, plan in boards.items()}
        model = tmp_path / "model.json"
        model.write_text(json.dumps(plans))
        asked = [word for name in plans for word in ("--board", name)]
        work = ("--work", str(tmp_path / "work"))
        return CliRunner().invoke(every_board.main, [str(model), *asked, *work, *options])

    return run


def built(*files, **report):
    return {"code": 0, "report": REPORT | report, "files": files}


def test_reports_and_refusals_are_told(run):
    refused = {"code": 5, "message": "error: too large\nnext: use --board icebreaker"}
    boards = {"icebreaker": built("icebreaker.bin"), "icestick": refused}
    result = run("--json", **boards)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert found == {"icebreaker": REPORT, "icestick": {"refused": refused["message"]}}
    shown = run(**boards).stdout
    assert "40.5" in shown and "icestick: error: too large" in shown


def test_a_folder_for_the_vendor_needs_no_bitstream(run):
    assert run(arty=built(fmax_mhz=None)).exit_code == 0


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (built(), "the build must hold icebreaker.bin, and does not"),
        (built("icebreaker.bin", fmax_mhz=35.9), "35.9 of 36 MHz"),
        ({"code": 3, "message": "error: nextpnr is missing"}, "nextpnr is missing"),
        ({"code": 4, "message": "error: it differs"}, "it differs"),
    ],
)
def test_what_fails_is_told_and_the_others_are_built(run, plan, message):
    result = run("--json", icebreaker=plan, ulx3s_25f=built("ulx3s-25f.bit"))
    assert result.exit_code == 1
    assert message in result.stderr and "no build for icebreaker" in result.stderr
    assert list(json.loads(result.stdout.splitlines()[-1])) == ["ulx3s-25f"]
