"""How the columns of people's tables are to be read, where the table does not say so itself."""

from dataclasses import asdict, dataclass
from typing import Any

from qrnn_hw.export.errors import DataError

HOLD, REFUSE = "hold", "refuse"


@dataclass(frozen=True)
class Layout:
    """What the user says of the columns of a table.

    Parameters
    ----------
    label, id, time
        The column of the class, of the number or name of a sequence, and of the time; a name, or a
        number from 1. "" takes the column whose name says it.
    channels
        The columns that the model takes, between commas; "" takes all others.
    delimiter
        What is between the columns; "" takes tab, semicolon or comma, by the first line.
    decimal
        "." or ",".
    missing
        "refuse", or "hold": the value before, of the same sequence.
    wide
        Whether a row is a sequence, of one channel.
    window
        Steps of the windows that recordings are cut into, none of which has two labels; 0 for a
        sequence a recording.
    """

    label: str = ""
    id: str = ""
    time: str = ""
    channels: str = ""
    delimiter: str = ""
    decimal: str = "."
    missing: str = REFUSE
    wide: bool = False
    window: int = 0

    def __post_init__(self) -> None:
        if len(self.delimiter.replace("\\t", "\t")) > 1:
            raise DataError(f"the delimiter must be one character, not {self.delimiter!r}",
                            "--delimiter ';', for example")  # fmt: skip
        if self.wide and self.window:
            raise DataError("--window cuts recordings, and --wide takes a row for a sequence",
                            "drop one of them")  # fmt: skip

    @property
    def chosen(self) -> list[str]:
        """The channels that were asked for, in their order."""
        return [name.strip() for name in self.channels.split(",") if name.strip()]

    @property
    def said(self) -> dict[str, Any]:
        """What is not left to the table, by name; a task keeps it for the files to come."""
        plain = asdict(Layout())
        return {name: value for name, value in asdict(self).items() if value != plain[name]}

    @classmethod
    def of(cls, said: object) -> "Layout":
        """Return the layout of a task; what is none of it is left out."""
        known = asdict(cls())
        found: dict[str, Any] = said if isinstance(said, dict) else {}
        return cls(**{n: v for n, v in found.items() if n in known and type(v) is type(known[n])})
