"""What a sweep varies: an option of training, and its values or their range."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

NONE = "none"  # a value: as if the option were not given
BETWEEN = ".."
DIGITS = 4  # of a number that is drawn, so that a person can type it again


@dataclass(frozen=True)
class Kind:
    """What an option takes.

    Parameters
    ----------
    read
        Turns a word into a value; ValueError if it is none.
    number
        ``int`` or ``float``, of which there are ranges; None for words.
    """

    read: Callable[[str], object]
    number: type[int] | type[float] | None = None


@dataclass(frozen=True)
class Values:
    """An axis of some values.

    Parameters
    ----------
    name
        The option, as Python names it.
    values
        One or more, all different; None stands for an option that is not given.
    """

    name: str
    values: tuple[Any, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        """Choose one of them."""
        return self.values[int(generator.integers(len(self.values)))]

    def __str__(self) -> str:
        return ",".join(NONE if value is None else str(value) for value in self.values)


@dataclass(frozen=True)
class Range:
    """An axis of all numbers between two, these included.

    Parameters
    ----------
    name
        The option, as Python names it.
    low, high
        Both ``int`` or both ``float``.
    """

    name: str
    low: int | float
    high: int | float

    def draw(self, generator: np.random.Generator) -> int | float:
        """Choose an integer, each as likely; or a float, its logarithm uniform if ``low`` > 0."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return int(generator.integers(self.low, self.high, endpoint=True))
        share = generator.random()
        if self.low > 0:
            value = self.low * math.exp(share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)

    def __str__(self) -> str:
        return f"{self.low}{BETWEEN}{self.high}"


Axis = Values | Range


def option(name: str) -> str:
    """Spell a name as the command line does."""
    return name.replace("_", "-")


def _value(word: str, name: str, kind: Kind) -> Any:
    try:
        value = kind.read(word)
    except ValueError as error:
        if word == NONE:
            return None
        raise ValueError(f"{option(name)}: {error}") from error
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{option(name)}: {word} is not a finite number")
    return value


def _range(low: str, high: str, name: str, kind: Kind) -> Range:
    if kind.number is None:
        raise ValueError(f"{option(name)} has words for values, and no range {low}{BETWEEN}{high}")
    first, last = (_value(word, name, kind) for word in (low, high))
    if first is None or last is None or not first < last:
        raise ValueError(f"the range of {option(name)} must rise, not {low}{BETWEEN}{high}")
    return Range(name, first, last)


def parse_axis(text: str, kinds: Mapping[str, Kind]) -> Axis:
    """Read ``name=v1,v2,...`` or ``name=a..b``.

    Parameters
    ----------
    text
        As it was typed.
    kinds
        What can be varied, by the name that Python has for it.

    Raises
    ------
    ValueError
        If the option is unknown, or a value is not one of its values, or is there twice.
    """
    typed, equals, rest = text.partition("=")
    name = typed.strip().replace("-", "_")
    if not equals:
        raise ValueError(f"an axis must be NAME=VALUE,VALUE,... or NAME=LOW..HIGH, not {text!r}")
    if name not in kinds:
        known = ", ".join(map(option, kinds))
        raise ValueError(f"an axis must be one of {known}, not {typed.strip()!r}")
    kind, words = kinds[name], [word.strip() for word in rest.split(",")]
    if "" in words:
        raise ValueError(f"{option(name)} must have values between its commas, not {rest!r}")
    if len(words) == 1 and BETWEEN in words[0]:
        low, _, high = words[0].partition(BETWEEN)
        return _range(low.strip(), high.strip(), name, kind)
    values = tuple(_value(word, name, kind) for word in words)
    for place, value in enumerate(values):
        if value in values[:place]:
            raise ValueError(f"{option(name)} must have each value once, and has {words[place]}")
    return Values(name, values)


def check_axes(axes: Iterable[Axis], drawn: bool) -> None:
    """Refuse axes that do not go together.

    Parameters
    ----------
    drawn
        Whether points are drawn, instead of all combinations tried.

    Raises
    ------
    ValueError
        If an option is varied twice, or over a range whose numbers nothing draws.
    """
    seen = set()
    for axis in axes:
        if axis.name in seen:
            raise ValueError(f"{option(axis.name)} must be one axis, and is given twice")
        seen.add(axis.name)
        if isinstance(axis, Range) and not drawn:
            raise ValueError(
                f"the range {option(axis.name)}={axis} needs --random N, how many points to draw"
            )
