"""Waveforms (VCD) as Verilator writes them, read back as values at the edges of a clock."""

from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.export.errors import ToolError


@dataclass(frozen=True)
class Wave:
    """What a file holds.

    Parameters
    ----------
    codes
        The code of every variable, by its scopes and name, parted by dots.
    changes
        For each time what changes then: codes and values, None for one that is no number.
    """

    codes: dict[str, str]
    changes: list[tuple[int, list[tuple[str, int | None]]]]

    def sampled(self, clock: str, names: list[str]) -> list[list[int | None]]:
        """Return the values that each of some variables has when a clock rises, just before.

        Raises
        ------
        ToolError
            If one is not in the file.
        """
        wanted = [self._code(name) for name in names]
        tick = self._code(clock)
        now: dict[str, int | None] = {}
        found: list[list[int | None]] = [[] for _ in names]
        for number, (_, changes) in enumerate(self.changes):
            if number and (tick, 1) in changes and now.get(tick) == 0:
                for row, code in zip(found, wanted):
                    row.append(now.get(code))
            now.update(changes)
        return found

    def _code(self, name: str) -> str:
        if name not in self.codes:
            raise ToolError(f"the waveform must have {name}, and has not", "")
        return self.codes[name]


def read_vcd(path: Path) -> Wave:
    """Read a file."""
    codes: dict[str, str] = {}
    scopes: list[str] = []
    changes: list[tuple[int, list[tuple[str, int | None]]]] = [(-1, [])]
    with path.open() as file:
        for line in file:
            words = line.split()
            if not words:
                continue
            if words[0] == "$scope":
                scopes.append(words[2])
            elif words[0] == "$upscope":
                scopes.pop()
            elif words[0] == "$var":
                codes[".".join([*scopes, words[4].split("[")[0]])] = words[3]
            elif words[0].startswith("#"):
                changes.append((int(words[0][1:]), []))
            elif words[0][0] in "01xz":
                changes[-1][1].append((words[0][1:], _number(words[0][0])))
            elif words[0][0] == "b":
                changes[-1][1].append((words[1], _number(words[0][1:])))
    return Wave(codes, changes)


def _number(digits: str) -> int | None:
    return int(digits, 2) if set(digits) <= {"0", "1"} else None
