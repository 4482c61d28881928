"""Numbers on the command line: every option of every command has limits, and holds to them."""

import math

import click
import pytest
from click.types import FloatParamType, IntParamType

from qrnn_hw.cli import cli, main
from qrnn_hw.cli.options.limits import RealType, WholeType, within
from qrnn_hw.limits import Real

OPTIONS = [
    pytest.param(name, option, id=f"{name}{option.opts[-1]}")
    for name, command in cli.commands.items()
    for option in command.params
    if isinstance(option.type, IntParamType | FloatParamType)
]


def refused(monkeypatch, capsys, *arguments):
    """Run a command line that must be an error of usage, and return what it says."""
    monkeypatch.setattr("sys.argv", ["qrnn-hw", *map(str, arguments)])
    assert main() == 2
    return " ".join(capsys.readouterr().err.split())


def beyond(kind):
    """List what an option of a type must refuse."""
    yield from ("nan", "inf", "-inf", "1e400", "", "many", "10**3")
    if isinstance(kind, WholeType):
        yield from ("1.5", "1e3", str(kind.min - 1), str(kind.max + 1), str(10**30))
    else:
        yield from (repr(2 * kind.max + 1), "-1e-300" if kind.min == 0 else repr(kind.min / 2))
        yield from ["0"] * kind.min_open + [repr(kind.max)] * kind.max_open


def test_there_are_numbers_in_every_command_that_takes_any():
    commands = {parameter.values[0] for parameter in OPTIONS}
    assert commands == {
        "data", "train", "sweep", "import", "explore", "build", "verify", "predict", "run",
        "monitor", "export", "report",
    }  # fmt: skip


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_a_number_has_limits_and_says_them(monkeypatch, capsys, command, option):
    kind = option.type
    assert isinstance(kind, WholeType | RealType)
    assert math.isfinite(kind.min) and math.isfinite(kind.max)
    monkeypatch.chdir("/")
    for given in beyond(kind):
        said = refused(monkeypatch, capsys, command, option.opts[-1], given)
        assert option.opts[-1] in said
        number = "whole number" if isinstance(kind, WholeType) else "number"
        assert f"must be a {number}" in said and f"not {given}".strip() in said, said
        ends = (kind.min, kind.max)
        assert all((f"{end:g}" if isinstance(kind, RealType) else str(end)) in said for end in ends)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_the_limits_themselves_are_taken(command, option):
    kind = option.type
    ends = [kind.min] * (not kind.min_open) + [kind.max] * (not kind.max_open)
    for end in ends:
        assert kind.convert(str(end), option, None) == end
    if option.default is not None and isinstance(option.default, int | float):
        assert kind.convert(option.default, option, None) == option.default


@pytest.mark.parametrize(
    "axis", ["lr=nan", "lr=0.1,inf", "lr=1e-3..nan", "lr=0..1", "hidden=-8", "hidden=1e3",
             "epochs=0,1", f"batch=8,{10**30}", "dropout=1"]
)  # fmt: skip
def test_values_of_an_axis_are_held_to_the_same_limits(monkeypatch, capsys, axis):
    said = refused(monkeypatch, capsys, "sweep", "digits", "-o", "s", "--grid", axis)
    assert "must be a" in said


@pytest.mark.parametrize("seeds", ["-1", "1,nan", f"1,{2**63}", "1,1.5", "1,"])
def test_seeds_of_a_sweep_are_held_to_their_limits(monkeypatch, capsys, seeds):
    grid = ("sweep", "digits", "-o", "s", "--grid", "lr=0.1", "--seeds", seeds)
    assert "must be a whole number, 0 to 9223372036854775807" in refused(monkeypatch, capsys, *grid)


@pytest.mark.parametrize("block", ["-4", "0", "nan", "1.5", "²", "99999999999999999999"])
def test_a_block_of_an_import_is_held_to_the_number_of_units(monkeypatch, capsys, block):
    said = refused(monkeypatch, capsys, "import", "w.pth", "--block", block)
    assert f"must be 'full' or a whole number, 1 to 16384, not {block}" in said


def test_a_range_without_an_open_end_takes_its_ends():
    assert within(Real(0, 1)).convert("0", None, None) == 0
    with pytest.raises(click.BadParameter, match="from 0, below 1, not 1"):
        within(Real(0, 1, high_open=True)).convert("1", None, None)
