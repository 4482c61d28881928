"""Runs the commands of a page in their order, and compares what they print with what it shows.

``python docs/run_page.py docs/tutorial-words.md``

A block that begins with three backticks and ``sh`` is commands. A plain block after it is what they
print: each of its lines must be printed, in this order. Others may be between, and lines may be
wrapped and spaced otherwise. Numbers may be others, as machines are; which are is told at the end,
so that a page's figures can be brought up to date. Commands run in an empty folder of their own,
which has the clone's ``examples`` and, in front of the path, the programs of this Python.
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = "sh"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Commands, and the lines that they print."""

    commands: str
    shown: tuple[str, ...]


def blocks(page: str) -> list[Block]:
    r"""List the commands of a page, with what is shown of each.

    >>> blocks("```sh\necho 1 2\n```\nsays\n```\n1 2\n```\n")
    [Block(commands='echo 1 2\n', shown=('1 2',))]
    """
    found: list[Block] = []
    for mark, text in FENCE.findall(page):
        if mark == COMMANDS:
            found.append(Block(text, ()))
        elif not mark and found and not found[-1].shown:
            found[-1] = Block(found[-1].commands, tuple(filter(None, text.splitlines())))
    return found


def plain(line: str) -> str:
    """Return a line without what depends on the width of a terminal."""
    return " ".join(re.sub("[─━┄]+", "-", line).split())


def stable(line: str) -> str:
    """Return what is the same on every machine: no numbers, no widths.

    >>> stable("| latency   |  76.9 | us |"), stable("3,573 cells")
    ('| latency | # | us |', '# cells')
    """
    return re.sub(r"\d[\d.,]*", "#", plain(line))


def compare(shown: tuple[str, ...], printed: str) -> tuple[str | None, list[tuple[str, str]]]:
    r"""Look for lines that are shown among those that were printed.

    Returns the first that is not there in its place, or None; and those with other numbers, each
    with what was printed.

    >>> compare(("3 cells", "2 s"), "4 cells\n3 cells\n2.5 s")
    (None, [('2 s', '2.5 s')])
    """
    lines = [plain(line) for line in printed.splitlines()]
    others: list[tuple[str, str]] = []
    begin = 0
    for line in map(plain, shown):
        alike = [k for k in range(begin, len(lines)) if stable(lines[k]) == stable(line)]
        if not alike:
            return line, others
        found = next((k for k in alike if lines[k] == line), alike[0])  # rows of a table are alike
        if lines[found] != line:
            others.append((line, lines[found]))
        begin = found + 1
    return None, others


def run(page: Path, folder: Path) -> str | None:
    """Run a page in a folder, and say what went wrong; None if nothing did."""
    others: list[tuple[str, str]] = []
    (folder / "examples").symlink_to(ROOT / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found = blocks(page.read_text())
    if not found:
        return f"{page} has no commands"
    for block in found:
        print(f"+ {block.commands}", end="", flush=True)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.commands],
            cwd=folder, env=os.environ | {"PATH": path}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        print(done.stdout, flush=True)
        if done.returncode:
            return f"exit code {done.returncode} of: {block.commands}"
        line, differing = compare(block.shown, done.stdout)
        if line is not None:
            return f"{page} shows a line that is not printed: {line}"
        others += differing
    for old, new in others:
        print(f"{page} shows other figures:\n    {old}\nprinted:\n    {new}")
    return None


def main() -> None:
    """Run the pages that are named."""
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            if wrong := run(Path(name), Path(folder)):
                sys.exit(wrong)


if __name__ == "__main__":
    main()
