"""What may be the longest path of a design, before anything is synthesised."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Path:
    """Logic between two registers.

    Parameters
    ----------
    name
        What it is: paths of a name have about as many levels of logic in every design.
    more
        What adds levels to it, and how much there is of each.
    memory
        Width and words of the memory that it begins at, if it does: data of block RAMs come late,
        and are chosen among those that stand one above another.
    carry
        Bits of an adder in it.
    factors
        Bits of the operands of a multiplier in it; none without one.
    spread
        Whether it goes through the whole design, and is longer in a larger one.
    """

    name: str
    more: Mapping[str, float] = field(default_factory=dict)
    memory: tuple[int, int] | None = None
    carry: int = 0
    factors: tuple[int, ...] = ()
    spread: bool = False
