"""A verification: what is asked for, and what was compared."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrnn_hw.export.errors import OptionError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.limits import (
    AUTO,
    COUNT,
    JOBS,
    SEED,
    SHARE,
    STATE_WIDTH,
    TRANSFORM,
    UNITS,
    Choice,
    Limits,
    Whole,
    check,
)
from qrnn_hw.sim.pins.levels import PIN_LEVELS

if TYPE_CHECKING:
    from qrnn_hw.built import Built

#: The file for a waveform of a difference, of a command that was told no other.
DIFFERENCE = "difference.vcd"
# Levels that a word stands for, if not for itself alone.
LEVELS = {None: ("golden", "rtl"), "all": ("golden", "rtl", *PIN_LEVELS)}
LIMITS: dict[str, Limits] = {
    "level": Choice(("golden", "rtl", *PIN_LEVELS, "all", "formal")),
    "state_bits": STATE_WIDTH,
    "transform": TRANSFORM,
    "engine": Choice(("serial", "graph", "popcount", "word")),
    "lanes": UNITS,
    "rows": UNITS,
    "sequences_at_once": Whole(1, 2),
    "sequences": COUNT,
    "seed": SEED,
    "agreement": SHARE,
    "upsets": Whole(1, 10**7),
    "jobs": JOBS,
}


@dataclass(frozen=True)
class Question:
    """What a verification is asked for, as :func:`verify` takes it.

    Raises
    ------
    OptionError
        If an option is outside its limits.
    """

    level: str | None = None
    board: str | None = None
    state_bits: int | None = None
    engine: str | None = None
    lanes: int | None = None
    rows: int | None = None
    data: str | Path | None = None
    wire: bool = False
    sequences: int = 20
    seed: int = 0
    build: "str | Path | Built | None" = None
    agreement: float | None = None
    transform: str = AUTO
    upsets: int | None = None
    whole: bool = False
    jobs: int | None = None
    afresh: bool = False
    waves: str | Path | None = None
    sequences_at_once: int = 1

    def __post_init__(self) -> None:
        check(self, LIMITS)
        if self.whole and self.level not in (None, "rtl", "link"):
            raise OptionError("--all goes with --level rtl or link")
        if (self.jobs or self.afresh) and not self.whole:
            raise OptionError("--jobs and --afresh go with --all")
        if self.upsets and self.level is None and (self.whole or self.waves):
            raise OptionError("--all and --waves go with --level rtl beside --upsets")
        if self.waves and self.level not in (None, "rtl", "all"):
            raise OptionError("--waves goes with --level rtl")


@dataclass
class Verification:
    """What hardware and golden run were compared in, every number equal.

    Attributes
    ----------
    model : IntegerModel
        What was verified.
    levels : dict
        The counts of each level that ran, by its name: sequences, steps, logits and so on; of level
        formal a list of the properties.
    not_run : dict
        Levels that were left out because there was nothing to compare, each with the reason.
    built : Built or None
        The build whose files were proven.
    upsets : dict or None
        What flipped bits did, as :func:`qrnn_hw.cmd_upsets.examine` lays it out.
    """

    model: IntegerModel
    built: "Built | None"
    levels: dict[str, Any] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    upsets: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        told: dict[str, Any] = {"levels": self.levels}
        if self.not_run:
            told["not_run"] = self.not_run
        if self.upsets is not None:
            told["upsets"] = self.upsets
        if built := self.built:
            told["build"] = {"folder": str(built.folder), "files_as_built": built.files}
        return told
