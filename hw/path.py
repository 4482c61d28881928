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
        Whether it begins at a block RAM, whose data come late.
    carry
        Bits of an adder in it.
    factor
        Bits of an operand of a multiplier in it; 0 without one.
    spread
        Whether it goes through the whole design, and is longer in a larger one.
    """

    name: str
    more: Mapping[str, float] = field(default_factory=dict)
    memory: bool = False
    carry: int = 0
    factor: int = 0
    spread: bool = False
