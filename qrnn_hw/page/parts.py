"""The parts of a design as pages show them: which components are theirs, and in which colour."""

from collections.abc import Sequence

from qrnn_hw.hw.step import Part

#: What is around a core.
LINK = Part("Link", "frames and bytes of the UART or SPI", ("link",), ("link", "link bytes"))
FLASH = Part("Flash reader", "reads rows of the table", ("reader",), ("flash reader",))
FRONT_END = Part(
    "Front end", "makes steps of samples of sound", ("front_end",), ("front end",)
)  # fmt: skip
TOP = Part("Top", "pins, the clock, and the reset", ("",))
AROUND = (LINK, FLASH, FRONT_END, TOP)
_CORE = "core."
COLOURS = 10  # of a page, --c0 and so on


def part_of(component: str, parts: Sequence[Part]) -> Part:
    """Find the part that a component of a design belongs to.

    Parameters
    ----------
    component
        Such as "core.lanes", as :class:`~qrnn_hw.boards.tools.components.Components` names it.
    parts
        Those of the core, and of what is around it.
    """
    if component == _CORE[:-1] or component.startswith(_CORE):
        inside = component.removeprefix(_CORE[:-1]).removeprefix(".")
        inside = inside.removeprefix(_CORE)  # of a core behind a front end
        if FRONT_END.has(inside):
            return FRONT_END
        own = [part for part in parts if part not in AROUND]
        return next(
            (part for part in own if part.has(inside)),
            next(part for part in own if "" in part.components),
        )
    return next((part for part in AROUND if part.has(component)), TOP)


def colour(part: Part, parts: Sequence[Part]) -> str:
    """Return the colour of a part, as CSS has it."""
    at = list(parts).index(part)
    if part == TOP or at >= COLOURS:
        return "var(--dim)"
    return f"var(--c{at})"
