"""What a proof is, and what is known when it is done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from amaranth.hdl import Elaboratable, Signal


class Method(Enum):
    """How a property is proven, and for which states."""

    #: In the first ``depth`` cycles from power-up, and no longer.
    BOUNDED = "bounded"
    #: Always: in the first ``depth`` cycles, and in a cycle if in ``depth`` cycles before it.
    INDUCTION = "induction"
    #: In ``depth`` cycles from any state at all, reachable or not.
    ANY_STATE = "any state"


@dataclass(frozen=True, eq=False)
class Proof:
    """One property, as assertions in a design.

    Parameters
    ----------
    name
        What is proven, in a line.
    design
        The component with its assumptions and assertions.
    method
        How.
    depth
        In how many cycles.
    inputs
        Signals of the design that may be anything in every cycle.
    sizes
        For which parameters, in a few words.
    resets
        Whether a reset may come at any time.
    """

    name: str
    design: Elaboratable
    method: Method
    depth: int
    inputs: Sequence[Signal] = field(default=())
    sizes: str = ""
    resets: bool = False


@dataclass(frozen=True)
class Proven:
    """A proof that was found.

    Parameters
    ----------
    property
        What was proven.
    sizes
        For which parameters.
    method, depth
        How, and in how many cycles.
    seconds
        What it took.
    """

    property: str
    sizes: str
    method: str
    depth: int
    seconds: float
