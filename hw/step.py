"""What a core does in a step: its parts, and when each of them is at work."""

from dataclasses import dataclass

FEW = 8  # words, or groups, that are shown one by one


@dataclass(frozen=True)
class Part:
    """A part of a core, as people are told of it: some of its components.

    Parameters
    ----------
    name
        Its name.
    does
        What it is for.
    components
        How the names of its components begin, in the core; "" for all that is in no other part.
    estimates
        What the estimate of a core calls it (:attr:`~qrnn_hw.hw.cost.Cost.parts`). None where the
        estimate counts it together with the part before.
    """

    name: str
    does: str
    components: tuple[str, ...]
    estimates: tuple[str, ...] | None = ()

    def has(self, component: str) -> bool:
        """Whether a component of the core is in it.

        >>> part = Part("Network", "adds", ("lanes", "fold_"))
        >>> part.has("fold_1.input"), part.has("lanes"), part.has("lanes_of_others")
        (True, True, False)
        """
        first = component.partition(".")[0]
        return any(
            first.startswith(name) if name.endswith("_") else first == name
            for name in self.components
        )


@dataclass(frozen=True)
class Act:
    """Something that a part does in a step.

    Parameters
    ----------
    part
        Name of the part.
    begin, end
        The first of its cycles, and the one after the last, from the start of the step.
    does
        What it does.
    waits
        Whether it only lets words wait.
    """

    part: str
    begin: int
    end: int
    does: str
    waits: bool = False


@dataclass(frozen=True)
class Step:
    """A step of a core, cycle by cycle.

    Parameters
    ----------
    phases
        What follows what, and the cycles of each: they add up to those of a step.
    bounds
        Why the first phase takes so long: every reason that it may not be shorter, with the cycles
        that it needs for it. The largest decides. None where it is a sum of what happens.
    acts
        What the parts do. The last of them may end after the next step began.
    back
        Where steps trust that the one before saturated no state: the cycle in which that is told
        of this one, and the one in which the next then begins again.
    """

    phases: tuple[tuple[str, int], ...]
    acts: tuple[Act, ...]
    bounds: tuple[tuple[str, int], ...] = ()
    back: tuple[int, int] | None = None

    @property
    def cycles(self) -> int:
        """Cycles from a step to the next."""
        return sum(count for _, count in self.phases)

    @property
    def end(self) -> int:
        """Cycles until the last of it is done."""
        return max(act.end for act in self.acts)


def in_words(first: int, words: int, cycles: int) -> list[tuple[int, int, str]]:
    """Lay out words that follow each other: each alone where they are few, or all as one."""
    if words <= FEW:
        each = [(first + word * cycles, first + (word + 1) * cycles) for word in range(words)]
        return [(*span, f"word {word}" * (words > 1)) for word, span in enumerate(each)]
    return [(first, first + words * cycles, f"{words} words of {cycles} cycles")]
