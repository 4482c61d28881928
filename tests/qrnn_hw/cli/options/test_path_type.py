"""Paths on the command line: no command takes an empty one."""

import click
import pytest

from qrnn_hw.cli import cli, main

PATHS = [
    pytest.param(parameter, id=f"{name}-{parameter.name}")
    for name, command in cli.commands.items()
    for parameter in command.params
    if isinstance(parameter.type, click.Path)
]


def test_there_are_paths_in_every_command_that_takes_any():
    commands = {one.id.split("-")[0] for one in PATHS}
    assert commands == set(cli.commands) - {"boards", "doctor"}


@pytest.mark.parametrize("parameter", PATHS)
def test_an_empty_path_is_refused(parameter):
    with pytest.raises(click.BadParameter, match=r"^must be a path, and is empty$"):
        parameter.type.convert("", parameter, None)
    assert str(parameter.type.convert("a b", parameter, None)) == "a b"


def test_an_empty_output_is_no_default(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["qrnn-hw", "build", "m.json", "-o", ""])
    assert main() == 2
    assert "must be a path, and is empty" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []
