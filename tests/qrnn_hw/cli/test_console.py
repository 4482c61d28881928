"""The one way out for text: nothing foreign is markup, moves the cursor, or stops a command."""

import ast
import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from qrnn_hw.cli import console as module
from qrnn_hw.cli import main
from qrnn_hw.cli.console import Screen, styled, visible
from qrnn_hw.train.result.save import save

FOLDER = Path(module.__file__).parent
ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "qrnn_hw.cli"]
# Each with how it must look.
NAMES = {
    "[red]": "[red]",
    "[/INST]": "[/INST]",
    ":smile:": ":smile:",
    "a\x1b[2Jb": r"a\x1b[2Jb",
    "two\nlines\tmore": r"two\nlines\tmore",
    "\u202egnp.exe": r"\u202egnp.exe",
    "zero\u200bwidth\u2028end": r"zero\u200bwidth\u2028end",
    "bell\x07\x7f\x9b1m": r"bell\x07\x7f\x9b1m",
    "byte\udcff": r"byte\udcff",
    "naïve 词": "naïve 词",
}
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(codec=None)))
def test_nothing_unseen_is_left(text):
    shown = visible(text)
    assert not {unicodedata.category(c) for c in shown} & UNSEEN
    assert visible(shown) == shown
    shown.encode()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays_as_it_is(text):
    assert visible(text) == text


class Latin(io.TextIOWrapper):
    """A stream that refuses what its encoding lacks."""

    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="")

    @property
    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii", "cp1252", "cp437", "utf-16-le"])
@given(st.lists(st.text(st.characters(codec=None)), min_size=1, max_size=3))
def test_every_encoding_takes_every_text(encoding, texts):
    stream = Latin(encoding)
    old, sys.stdout = sys.stdout, stream
    try:
        module.open_streams()
        screen = Screen()
        table = Table(title=texts[0])
        for text in texts:
            table.add_column(text)
        table.add_row(*texts)
        screen.print(table)
        screen.say(*texts, (texts[0], "red"))
    finally:
        sys.stdout = old
    shown = stream.text.removesuffix("\n")
    assert "\x1b" not in shown
    assert shown.rpartition("\n")[2] or not "".join(texts)


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=ascii)
def test_a_name_is_shown_as_it_is(capsys, name, shown):
    screen = Screen()
    table = Table(show_header=False)
    table.add_row(name)
    screen.print(table)
    screen.say(("a style", "green"), f": {name}")
    with screen.status(name):
        pass
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"│ {shown} │"
    assert lines[-1] == f"a style: {shown}"


@pytest.mark.parametrize(
    ("seconds", "line"), [(0, "routing"), (42, "routing, about 42 s"), (95, "routing, about 2 min")]
)
def test_where_nobody_looks_on_a_phase_is_a_line(capsys, seconds, line):
    with Screen().status("routing", seconds):
        pass
    assert capsys.readouterr() == ("", f"{line}\n")
    with Screen(quiet=True).status("routing", seconds):
        pass
    assert capsys.readouterr() == ("", "")


def test_where_nobody_looks_on_what_is_left_is_a_line_a_minute(capsys, monkeypatch):
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    with Screen().status("routing", 300) as status:
        for now in (10, 59, 60, 70, 119, 121):
            status.left(f"{now} of 300", 300 - now)
    assert capsys.readouterr().err.splitlines() == [
        "routing, about 5 min",
        "routing: 60 of 300, about 4 min left",
        "routing: 121 of 300, about 3 min left",
    ]


def test_a_terminal_learns_what_is_left(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(type(screen), "is_terminal", True)
    with screen.status("routing", 300) as status:
        assert status.bar.tasks[0].total == 300
        status.left("half", 50)
        task = status.bar.tasks[0]
        assert task.total == pytest.approx(task.elapsed + 50, abs=1)


@pytest.mark.parametrize(
    ("total", "said"),
    [(3600.0, "about 60 min left"), (1e-9, "longer than usual"), (None, "1 s")],
)
def test_a_terminal_shows_what_is_left(total, said):
    assert module._Left().render(SimpleNamespace(total=total, elapsed=1)).plain == said


def test_a_quiet_screen_shows_warnings(capsys):
    screen = Screen(quiet=True)
    screen.say("done")
    screen.warn("a state was cut")
    assert capsys.readouterr().out == "warning: a state was cut\n"


def test_a_name_that_is_too_long_is_whole(capsys):
    table = Table(show_header=False)
    name = "".join(map(str, range(200)))
    table.add_row(name, "x")
    Screen().print(table)
    out = capsys.readouterr().out
    assert "…" not in out
    assert "".join(c for c in out if c.isdigit()) == name
    Screen().say(name)
    assert capsys.readouterr().out == name + "\n"


@pytest.mark.parametrize("width", ["0", "1", "10", "30"])
def test_a_narrow_terminal_hides_no_number(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    table = Table(title="numbers")
    row = [str(1000 + number) for number in range(8)]
    table.add_row(*row)
    Screen().print(table)
    assert capsys.readouterr().out.splitlines()[-2].split("│")[1:-1] == [f" {x} " for x in row]


def test_styles_are_drawn_and_foreign_ones_are_not():
    text = styled(("good", "green"), " [bold]bad[/]\x1b[1m")
    assert text.plain == r"good [bold]bad[/]\x1b[1m"
    assert [(span.start, span.end, span.style) for span in text.spans] == [(0, 4, "green")]


@pytest.fixture(scope="module")
def nasty(trained, tmp_path_factory):
    """Write a model whose classes have such names, below a folder that has one."""
    folder = tmp_path_factory.mktemp("nasty") / "[red]\x1b[2J\udcff\n"
    folder.mkdir()
    samples = np.arange(60).reshape(10, 6, 1)
    path = folder / "model.pt"
    save(trained(classes=tuple(NAMES), samples=samples, steps=6), path)
    return path


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["qrnn-hw", *map(str, arguments)])
    code = main()
    printed = capsys.readouterr()
    both = printed.out + printed.err
    assert "Traceback" not in both
    assert not {unicodedata.category(c) for c in both} & UNSEEN - {"Cc"}
    assert not {c for c in both if unicodedata.category(c) == "Cc"} - {"\n"}
    return code, printed.out, printed.err


def test_predict_shows_the_names_of_the_classes(monkeypatch, capsys, nasty):
    code, out, _ = run(monkeypatch, capsys, "predict", nasty)
    assert code == 0
    assert all(shown in out for shown in NAMES.values())
    code, out, _ = run(monkeypatch, capsys, "predict", nasty, "--json")
    assert (code, json.loads(out)["count"]) == (0, 10)


def test_monitor_shows_the_names_of_the_classes(monkeypatch, capsys, nasty, tmp_path):
    source = tmp_path / "lines"
    source.write_text("\n\n".join(f"{value}" for value in range(-100, 100, 3)) + "\n\x1b[2J\n")
    arguments = ["monitor", nasty, "--simulate", "--wire", "--source", source]
    _, out, err = run(monkeypatch, capsys, *arguments)
    labels = {line.partition(": ")[2].rpartition(" (")[0] for line in out.splitlines()}
    assert len(labels) > 1
    assert labels <= set(NAMES.values())
    assert r"\x1b[2J" in err
    _, out, _ = run(monkeypatch, capsys, *arguments, "--json")
    answers = [json.loads(line) for line in out.splitlines()][:-1]
    assert {visible(answer["label"]) for answer in answers} == labels
    assert out.isascii()


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=ascii)
@pytest.mark.parametrize("command", ["predict", "build", "verify", "run", "program", "import"])
def test_an_error_shows_the_name_of_a_file(monkeypatch, capsys, tmp_path, command, name, shown):
    more = {
        "run": ["--simulate"],
        "import": ["--bits", "4", "--state-range", "1", "-o", "o.pt"],
    }.get(command, [])
    code, _, err = run(monkeypatch, capsys, command, tmp_path / name.replace("/", ":"), *more)
    assert code == 1
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("next: ")
    assert shown.replace("/", ":") in first


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_usage_error_shows_the_argument(monkeypatch, capsys, name):
    for arguments in (["predict", f"--{name}"], [name], ["predict", "m.pt", "--state-bits", name]):
        code, _, err = run(monkeypatch, capsys, *arguments)
        assert code == 2
        assert len(err.splitlines()) == 2


@pytest.mark.parametrize(
    "encoding", [pytest.param("latin-1:strict", marks=pytest.mark.slow), "ascii:strict"]
)
def test_commands_print_in_any_encoding(encoding, nasty):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    for arguments in (["boards"], ["predict", os.fsencode(nasty)]):
        done = subprocess.run(
            [*COMMAND, *arguments], env=environment, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert len(done.stdout.decode(encoding.partition(":")[0]).splitlines()) > 5


def test_the_c_locale_takes_all_texts(nasty):
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*COMMAND, "predict", os.fsencode(nasty)], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("redirection", "codes"),
    [
        pytest.param(">/dev/full", {1}, id="full"),
        pytest.param(">&-", {0}, id="closed"),
        pytest.param("2>&-", {0}, id="no-errors"),
        pytest.param("<&- >&- 2>&-", {0}, id="none"),
        pytest.param("| true; exit ${PIPESTATUS[0]}", {0, 1}, id="pipe"),
    ],
)
@pytest.mark.parametrize("command", ["boards --json", "--help"])
def test_an_output_that_takes_nothing_is_told_in_a_line(redirection, codes, command):
    line = f"{' '.join(COMMAND)} {command} {redirection}"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode in codes
    errors = [line for line in done.stderr.splitlines() if line.startswith(("error:", "next:"))]
    assert len(errors) in (0, 2)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_the_exit_code_stays_where_nobody_hears_the_error(redirection):
    line = f"{' '.join(COMMAND)} predict no.pt --state-bits x {redirection}"
    assert subprocess.run(["bash", "-c", line], check=False, cwd=ROOT).returncode == 2


def test_a_closed_stream_is_not_taken_by_a_file(tmp_path):
    code = (
        "from qrnn_hw.cli.console import open_streams; open_streams(); "
        f"f = open({str(tmp_path / 'f')!r}, 'w'); assert f.fileno() > 2"
    )
    line = f'{sys.executable} -c "{code}" <&- >&- 2>&-'
    assert subprocess.run(["bash", "-c", line], check=False, cwd=ROOT).returncode == 0


def printing(path):
    """Yield what prints past the console, or asks rich for markup."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in (
            "rich", "rich.console", "rich.text", "rich.markup", "rich.status"
        ):  # fmt: skip
            yield f"imports {node.module}"
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in ("print", "click.echo", "click.secho") or name.startswith("sys.std"):
                yield name
            if name.endswith(".print") and not isinstance(node.args[0], ast.Call | ast.Name):
                yield f"{ast.unparse(node)}: say it"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "[/]" in node.value:
            yield f"markup: {node.value}"


@pytest.mark.parametrize("folder", ["qrnn_hw", "boards", "sim", "formal", "sweep", "train", "data"])
def test_everything_is_printed_through_the_console(folder):
    found = {
        f"{path}: {what}"
        for path in (ROOT / folder).rglob("*.py")
        # A classifier that is asked to prints numbers.
        if path.name not in ("console.py", "classifier.py")
        for what in printing(path)
    }
    # The bytes of a sensor come from standard input.
    assert {each for each in found if "sys.stdin" not in each} == set()
