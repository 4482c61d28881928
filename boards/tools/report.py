"""What a build came to: the numbers of report.json, and a table of them."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from qrnn_hw.export.files.json_file import read_record

HINT = "build again"


@dataclass(frozen=True)
class Report:
    """The numbers of a build; None where they are not known.

    Parameters
    ----------
    board, device
        Names of the board and of its FPGA.
    engine
        Name of the engine that does the recurrence.
    lanes, fold
        State bits that it takes a cycle, and words of them in a bit-plane.
    hidden, state_bits
        Hidden units, and bits of each.
    transform, transform_reason
        How sums of the recurrence are formed, "exact" or "halved", and why so.
    link
        What the board talks to its host over, "uart" or "spi".
    sck_mhz
        The fastest rate of SCK, where that is SPI.
    front_end
        Whether the board makes the model's steps from samples of sound.
    trained_steps
        Of the longest sequence that the model was trained on.
    answer_scale, answer_offset
        What a logit of 1 is in the number that is asked for, in real units, and what one of 0 is.
    luts, ffs, brams, spram, dsps
        What the routed design takes of the device.
    lut_capacity
        What of the first there is.
    clock_mhz
        Frequency of the clock; none of a core alone, unless it was given.
    fmax_mhz
        Frequency that it could have, after routing.
    clock_tries
        The clocks that designs were made for on the way, each with the placer's ``seed`` and the
        ``fmax_mhz`` that it reached; the last is that of the bitstream.
    critical_path
        The components that the longest path leads through: what keeps the clock from being faster.
    seed
        Of the placer, for the bitstream.
    sequences_at_once
        Sequences that share the core, in turn.
    cycles_per_step, most_cycles_per_step
        Cycles of a step: the mean over the model's own sequences, and the most that one takes.
        They differ only where a step is taken back because the one before saturated. Of two
        sequences at once, of a step of either.
    cycles_per_step_alone
        Of two sequences at once, of a step while there is but one.
    steps_per_second, latency_us_per_sequence
        Speed of the core at ``clock_mhz``, by the mean: steps of all sequences at once, and from
        the beginning of one to its answer, and that of the other.
    model_bits
        Bits of the model that the design stores.
    build_seconds
        Time that the build took.
    tool_versions
        Version of every tool.
    verified
        For each level that passed: its name, and counts of sequences and steps.
    """

    board: str | None = None
    device: str | None = None
    engine: str | None = None
    lanes: int | None = None
    fold: int | None = None
    hidden: int | None = None
    state_bits: int | None = None
    transform: str | None = None
    transform_reason: str | None = None
    link: str | None = None
    sck_mhz: float | None = None
    front_end: bool | None = None
    trained_steps: int | None = None
    answer_scale: float | None = None
    answer_offset: float | None = None
    luts: int | None = None
    ffs: int | None = None
    brams: int | None = None
    spram: int | None = None
    dsps: int | None = None
    lut_capacity: int | None = None
    clock_mhz: float | None = None
    fmax_mhz: float | None = None
    clock_tries: list[dict[str, Any]] = field(default_factory=list)
    critical_path: list[str] = field(default_factory=list)
    seed: int | None = None
    sequences_at_once: int | None = None
    cycles_per_step: float | None = None
    cycles_per_step_alone: int | None = None
    most_cycles_per_step: int | None = None
    steps_per_second: float | None = None
    latency_us_per_sequence: float | None = None
    model_bits: int | None = None
    build_seconds: float | None = None
    tool_versions: dict[str, str | None] = field(default_factory=dict)
    verified: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> str:
        """Return the text of report.json."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def read(cls, path: Path) -> "Report":
        """Read report.json.

        Raises
        ------
        DataError
            If it is missing, or something else.
        """
        return read_record(cls, path, "report", HINT)

    @property
    def _most(self) -> str:
        most = self.most_cycles_per_step
        return f"at most {most}" if most and most != self.cycles_per_step else ""

    @property
    def _alone(self) -> str:
        alone = self.cycles_per_step_alone
        return f"of two sequences at once; {alone} of one alone" if alone else ""

    def table(self) -> Table:
        """Return the report as a table for people."""
        table = Table(title=f"{self.board or 'no board'}, {self.device or 'no device'}")
        table.add_column("")
        table.add_column("value", justify="right")
        table.add_column("unit")
        share = ""
        if self.luts is not None and self.lut_capacity:
            share = f"of {self.lut_capacity}, {self.luts / self.lut_capacity:.0%}"
        for name, value, unit in [
            ("engine", self.engine, ""),
            ("lanes", self.lanes, f"folded {self.fold} times" if self.fold else ""),
            ("hidden units", self.hidden, f"of {self.state_bits} bits" if self.state_bits else ""),
            ("sums", self.transform, ""),
            ("link", self.link, f"SCK to {self.sck_mhz:g} MHz" if self.sck_mhz else ""),
            ("front end", {True: "yes", False: "no", None: None}[self.front_end], ""),
            ("logic cells", self.luts, share),
            ("flip-flops", self.ffs, ""),
            ("block RAMs", self.brams, ""),
            ("large RAMs", self.spram, ""),
            ("multipliers", self.dsps, ""),
            ("clock", self.clock_mhz, "MHz"),
            ("clock, at most", self.fmax_mhz, "MHz"),
            ("longest path", ", ".join(self.critical_path) or None, ""),
            ("cycles a step", self.cycles_per_step, self._most or self._alone),
            ("speed", self.steps_per_second, "steps/s"),
            ("latency", self.latency_us_per_sequence, "us/sequence"),
            ("model", self.model_bits, "bits"),
            ("build", self.build_seconds, "s"),
        ]:
            text = "-" if value is None else value if isinstance(value, str) else f"{value:,}"
            table.add_row(name, text, unit)
        for level in self.verified:
            counts = ", ".join(f"{count} {key}" for key, count in level.items() if key != "level")
            table.add_row(f"verified: {level.get('level', '?')}", "yes", counts)
        return table
