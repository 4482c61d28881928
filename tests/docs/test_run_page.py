"""The tutorials show commands and what they print, and what runs them finds what is wrong."""

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "own-loop.md", *sorted(DOCS.glob("tutorial*.md"))]


@pytest.fixture(scope="module")
def tool():
    return runpy.run_path(str(DOCS / "run_page.py"))


@pytest.fixture
def run(tool, tmp_path):
    def run(commands, shown):
        page = tmp_path / "page.md"
        page.write_text(f"# Page\n\n```sh\n{commands}\n```\nIt says\n```\n{shown}\n```\n")
        (tmp_path / "work").mkdir()
        return tool["run"](page, tmp_path / "work")

    return run


def test_what_is_printed_may_be_shown_in_part(run, tmp_path):
    assert (
        run("ls examples; echo 1.5 s; echo note >&2; echo 'two  words'", "2 s\ntwo words") is None
    )
    assert (tmp_path / "work" / "examples").is_symlink()


def test_figures_that_are_others_are_told(run, capsys):
    assert run("echo 'about 7 cells'; echo 3 s", "about 9 cells\n3 s") is None
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "    about 9 cells", "printed:", "    about 7 cells",
    ]  # fmt: skip


@pytest.mark.parametrize("shown", ["b\na", "a c", "a\nb\nb"])
def test_what_is_not_printed_is_found(run, shown):
    assert "shows a line that is not printed" in run("echo a; echo b", shown)


def test_a_command_that_fails_is_found(run):
    assert run("false | true; echo a", "a").startswith("exit code 1")


def test_a_page_without_commands_is_found(tool, tmp_path):
    (tmp_path / "page.md").write_text("# Nothing\n")
    (tmp_path / "work").mkdir()
    assert "has no commands" in tool["run"](tmp_path / "page.md", tmp_path / "work")


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.stem)
def test_a_tutorial_goes_from_data_to_a_board(page, tool):
    found = tool["blocks"](page.read_text())
    commands = "".join(block.commands for block in found)
    for name in ("data", "build", "predict", "run"):
        assert f"qrnn-hw {name} " in commands
    assert any("verified at rtl level" in line for block in found for line in block.shown)
    assert 80 <= len(page.read_text().splitlines()) <= 150


def test_ci_runs_all_three():
    assert {page.stem for page in PAGES} == {"own-loop", "tutorial", "tutorial-words"}
    command = "run_page.py docs/own-loop.md docs/tutorial*.md"
    assert command in (DOCS.parent / ".ci" / "run").read_text()
