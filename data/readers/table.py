"""Tables whose rows are time steps: which column is what, and which rows are a sequence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.checks import Array
from qrnn_hw.data.layout import HOLD, Layout
from qrnn_hw.data.recorded import Recorded, side_by_side
from qrnn_hw.data.series import CHANNELS
from qrnn_hw.export.errors import DataError, listed

# Names that say what a column is, small letters.
SAYING = {
    "label": ("label", "class", "target"),
    "id": ("id", "sequence", "series", "recording", "case_id", "series_id", "sequence_id"),
    "time": ("time", "timestamp", "datetime"),
}
OPTION = {"label": "--label", "id": "--id", "time": "--time"}
_UNIT = re.compile(r"(.+?)\s*[\[(]([^\[\]()]*)[\])]")
UNEVEN = 0.01  # of the time between steps, from which on a note says so


def name_and_unit(text: str) -> tuple[str, str]:
    """Split the head of a column.

    >>> name_and_unit("speed [m/s]"), name_and_unit("t (°C)"), name_and_unit("x")
    (('speed', 'm/s'), ('t', '°C'), ('x', ''))
    """
    found = _UNIT.fullmatch(text.strip())
    return (found[1], found[2].strip()) if found else (text.strip(), "")


@dataclass(frozen=True)
class Roles:
    """Which columns are what, by their places.

    Parameters
    ----------
    names
        Of all columns, with units.
    label, id, time
        Places; None where there is none.
    channels
        Places of what the model takes.
    """

    names: tuple[str, ...]
    label: int | None
    id: int | None
    time: int | None
    channels: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Sequence[str], layout: Layout, path: Path, labelled: bool = True) -> "Roles":
        """Find out what the columns are.

        Parameters
        ----------
        names
            As in the head of the table; numbers from 1 where it has none.
        labelled
            Whether a column of labels that was named must be there.

        Raises
        ------
        DataError
            If a column is not there, or two claim to be the same.
        """
        plain = [name_and_unit(name)[0] for name in names]
        if repeated := [name for name in plain if plain.count(name) > 1]:
            raise DataError(
                f"the columns of {path} must have names of their own, and two are {repeated[0]!r}",
                "rename one",
            )
        places: dict[str, int | None] = {}
        for role in SAYING:
            asked = getattr(layout, role)
            optional = role == "label" and not labelled
            places[role] = (
                _place(asked, names, plain, OPTION[role], path, optional) if asked
                else _saying(role, plain, path)
            )  # fmt: skip
        notes = [
            f"column {plain[place]!r} of {path.name} is the {role}"
            for role, place in places.items() if place is not None and not getattr(layout, role)
        ]  # fmt: skip
        taken = {place for place in places.values() if place is not None}
        if len(taken) < sum(place is not None for place in places.values()):
            raise DataError(
                f"the columns of label, id and time of {path} must be different, and two are one",
                "--label, --id and --time say which",
            )
        if layout.chosen:
            chosen = [_place(each, names, plain, "--channels", path) for each in layout.chosen]
            channels = tuple(place for place in chosen if place is not None)
            left = set(range(len(names))) - taken - set(channels)
            if left:
                notes.append(f"not read: {listed([plain[place] for place in sorted(left)])}")
        else:
            channels = tuple(place for place in range(len(names)) if place not in taken)
        if not channels:
            raise DataError(f"{path} must have a column of numbers beside {listed(plain)}",
                            "--channels names them")  # fmt: skip
        if len(channels) > CHANNELS and not layout.wide:
            raise DataError(
                f"{path} must have {CHANNELS} channels or fewer, not {len(channels)}",
                "--channels chooses some; --wide if a row is a sequence",
            )
        return cls(
            tuple(names), places["label"], places["id"], places["time"], channels, tuple(notes)
        )


def _place(
    asked: str, names: Sequence[str], plain: Sequence[str], option: str, path: Path,
    optional: bool = False,
) -> int | None:  # fmt: skip
    """Find a column by its name, or by its number from 1."""
    for known in (names, plain):
        if asked in known:
            return list(known).index(asked)
    if asked.isdecimal() and 1 <= int(asked) <= len(names):
        return int(asked) - 1
    if optional:
        return None
    raise DataError(f"{option} must be a column of {path}, one of {listed(plain)}, not {asked!r}",
                    "give its name, or its number from 1")  # fmt: skip


def _saying(role: str, plain: Sequence[str], path: Path) -> int | None:
    """Find the column whose name says what it is."""
    found = [place for place, name in enumerate(plain) if name.lower() in SAYING[role]]
    if len(found) > 1:
        raise DataError(
            f"one column of {path} must be the {role}, not {listed([plain[p] for p in found])}",
            f"{OPTION[role]} says which",
        )
    return found[0] if found else None


@dataclass(frozen=True)
class Table:
    """The columns that count.

    Parameters
    ----------
    path
        Of the file.
    roles
        Which columns these are.
    values
        (rows, channels): numbers, NaN where one is missing.
    label, id, time
        (rows,) each, as in the file; None where there is none.
    rows
        Number of the first row in the file, for messages, and whether they are lines.
    """

    path: Path
    roles: Roles
    values: Array
    label: Array | None
    id: Array | None
    time: Array | None
    rows: npt.NDArray[np.int64]

    def recorded(self, layout: Layout) -> Recorded:
        """Take the sequences out of it.

        Raises
        ------
        DataError
            If a value is missing that is not to be held, the time goes back, or a sequence has
            two labels.
        """
        heads = [name_and_unit(self.roles.names[place]) for place in self.roles.channels]
        if layout.wide:
            return self._wide()
        order, bounds = self._sequences()
        notes = list(self.roles.notes)
        if layout.window:
            order, bounds, cut = self._windows(order, bounds, layout.window)
            notes.append(cut)
        values, rows = self.values[order], self.rows[order]
        if layout.missing != HOLD and values.dtype.kind == "f":
            self._require(values, rows)
        x, _ = side_by_side(np.split(values, bounds[1:]), self.path)
        lengths = np.diff(np.append(bounds, len(values)))
        rate, said = self._rate(order, bounds, rows)
        counted = tuple(str(place + 1) for place in range(len(self.roles.names)))
        if self.roles.names == counted:  # a table without a head
            heads = []
        return Recorded(
            x, lengths, self._labels(order, bounds, rows),
            tuple(name for name, _ in heads), tuple(unit for _, unit in heads),
            self.path.name, rate, notes=(*notes, *said),
        )  # fmt: skip

    def _windows(
        self, order: npt.NDArray[np.intp], bounds: npt.NDArray[np.intp], window: int
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], str]:
        """Cut sequences where their label changes, and into windows; the last may be half of one.

        Returns
        -------
        order, bounds
            Rows that are left, and where each window begins.
        said
            What came of it.
        """
        if self.label is not None:
            labels = self.label[order]
            bounds = np.union1d(bounds, np.flatnonzero(labels[1:] != labels[:-1]) + 1)
        begins = [
            first for begin, end in zip(bounds, np.append(bounds[1:], len(order)))
            for first in range(begin, end, window)
        ]  # fmt: skip
        lengths = np.diff(np.append(begins, len(order)))
        kept = 2 * lengths >= window
        if not kept.any():
            raise DataError(
                f"{self.path} must have {-(-window // 2)} rows or more of one label, one after "
                f"another, and has {lengths.max()} at most",
                f"--window {lengths.max()} or less",
            )
        rows = order[np.repeat(kept, lengths)]
        said = f"{len(lengths[kept]):,} windows of up to {window:,} rows, each of one label"
        if left := int(lengths[~kept].sum()):
            said += f"; {left:,} rows that were less than half of one are left out"
        return rows, np.append(0, lengths[kept].cumsum()[:-1]), said

    def _sequences(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Order rows by sequence, these as they come; and say where each begins."""
        if self.id is None:
            return np.arange(len(self.values)), np.zeros(1, np.intp)
        _, first, group = np.unique(self.id, return_index=True, return_inverse=True)
        turn = np.argsort(np.argsort(first))[group.ravel()]  # by first appearance
        order = np.argsort(turn, kind="stable")
        return order, np.flatnonzero(np.diff(turn[order], prepend=-1))

    def _column(self, channel: int) -> str:
        return name_and_unit(self.roles.names[self.roles.channels[channel]])[0]

    def _require(self, values: Array, rows: npt.NDArray[np.int64]) -> None:
        """Refuse missing values, with the first."""
        where = np.argwhere(np.isnan(values))
        if not len(where):
            return
        row, channel = where[np.argmin(rows[where[:, 0]])]
        raise DataError(
            f"line {rows[row]} of {self.path} must have a number in column "
            f"{self._column(channel)!r}, and it is missing; {len(where):,} are in all",
            "--missing hold takes the value before, of the same sequence; or drop such sequences",
        )

    def _labels(
        self, order: npt.NDArray[np.intp], bounds: npt.NDArray[np.intp], rows: npt.NDArray[np.int64]
    ) -> Array | None:
        if self.label is None:
            return None
        labels = self.label[order]
        changes = np.flatnonzero(labels[1:] != labels[:-1]) + 1
        inside = np.setdiff1d(changes, bounds)
        if inside.size:
            place = inside[0]
            raise DataError(
                f"line {rows[place]} of {self.path} must have the label of its sequence, "
                f"{labels[place - 1]!s}, not {labels[place]!s}",
                "one sequence, one label: --id names the column that tells sequences apart; --wide "
                "takes a row for one; --window cuts where the label changes"
                if self.id is None else "split the sequence, or correct the label",
            )  # fmt: skip
        return labels[bounds]

    def _rate(
        self, order: npt.NDArray[np.intp], bounds: npt.NDArray[np.intp], rows: npt.NDArray[np.int64]
    ) -> tuple[float | None, tuple[str, ...]]:
        """Measure the time between steps; it must not go back."""
        if self.time is None or len(self.values) == len(bounds):
            return None, ()
        times = self.time[order]
        between = np.delete(np.diff(times), bounds[1:] - 1)
        if not (between > 0).all():
            inner = np.setdiff1d(np.arange(1, len(times)), bounds)
            place = inner[np.flatnonzero(~(between > 0))[0]]
            raise DataError(
                f"line {rows[place]} of {self.path} must be later than the one before in its "
                "sequence, and is not",
                "sort the rows by time; or --id names the column that tells sequences apart",
            )
        usual = float(np.median(between))
        uneven = float((np.abs(between - usual) > UNEVEN * usual).mean())
        said = () if uneven <= UNEVEN else (
            f"{uneven:.1%} of the steps of {self.path.name} are not {usual:g} after the one "
            "before: every row is a step all the same",
        )  # fmt: skip
        return 1 / usual, said

    def _wide(self) -> Recorded:
        """Take a row for a sequence; what is missing at its end is padding."""
        return Recorded(
            self.values, None, self.label, name=self.path.name,
            notes=(*self.roles.notes, "every row is a sequence"),
        )  # fmt: skip


def times_of(
    texts: Sequence[str], path: Path, rows: Sequence[int], decimal: str
) -> npt.NDArray[np.float64]:
    """Turn times, numbers or dates, into numbers: dates into seconds.

    Raises
    ------
    DataError
        If one is neither.
    """
    texts = [text.replace(decimal, ".") for text in texts]
    try:
        return np.array(list(map(float, texts)))
    except ValueError:
        pass
    try:
        # The zone is one for all; what counts is the time between.
        bare = [re.sub(r"(Z|[+-]\d\d:?\d\d)$", "", str(text).strip()) for text in texts]
        return np.array(bare, "datetime64[us]").astype(np.int64) / 1e6
    except ValueError as error:
        wrong = next((n for n, text in enumerate(bare) if not _is_date(text)), 0)
        raise DataError(
            f"line {rows[wrong]} of {path} must have a time, a number or YYYY-MM-DD HH:MM:SS, not "
            f"{texts[wrong]!s:.40}",
            "--time names another column, or --channels leaves it out",
        ) from error


def _is_date(text: str) -> bool:
    try:
        np.datetime64(text, "us")
    except ValueError:
        return False
    return True
