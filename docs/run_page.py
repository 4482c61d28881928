"""Runs the commands of a page in their order, and compares what they print with what it shows.

``python docs/run_page.py docs/tutorial-words.md``

A block that begins with three backticks and ``sh`` is commands. A plain block after it is what they
print: each of its lines must be printed, in this order. Others may be between, numbers may be
others, and lines may be wrapped and spaced otherwise. Commands run in an empty folder of their own,
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


def stable(line: str) -> str:
    """Return what is the same on every machine: no numbers, no widths.

    >>> stable("| latency   |  76.9 | us |"), stable("3,573 cells")
    ('| latency | # | us |', '# cells')
    """
    return " ".join(re.sub(r"\d[\d.,]*", "#", re.sub("[─━┄]+", "-", line)).split())


def missing(shown: tuple[str, ...], printed: str) -> str | None:
    """Return the first line that is shown and not printed in its place; None if all are."""
    lines = iter(map(stable, printed.splitlines()))
    for line in shown:
        if not any(stable(line) == each for each in lines):
            return line
    return None


def run(page: Path, folder: Path) -> str | None:
    """Run a page in a folder, and say what went wrong; None if nothing did."""
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
        if line := missing(block.shown, done.stdout):
            return f"{page} shows a line that is not printed: {line}"
    return None


def main() -> None:
    """Run the pages that are named."""
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            if wrong := run(Path(name), Path(folder)):
                sys.exit(wrong)


if __name__ == "__main__":
    main()
