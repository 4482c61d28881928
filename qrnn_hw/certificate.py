"""``certificate.json``: what a build holds, and what was compared, for others to repeat.

It says nothing that changes from build to build of one model: ``report.json``, which has the
seconds that a build took, is not in it; ``SHA256SUMS`` has the digests of all files.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.files import sums
from qrnn_hw.export.files.json_file import read_record
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.core.check_bench import Fed, counts

FILE, BENCH = "certificate.json", "core_check.v"
FORMAT = "qrnn-hw certificate 1"
OUTSIDE = frozenset({"report.json", "report.html", FILE, sums.NAME})  # change, or hold this file
AGAIN = "build again, or put back what `build` wrote"


@dataclass(frozen=True)
class Certificate:
    """What a build says about itself.

    Parameters
    ----------
    format
        ``FORMAT``.
    model, source
        Digests of the integers, and of the network that they were made from; "" for none.
    files
        SHA-256 of every file, by name, but those in ``OUTSIDE``.
    levels
        Each level that ``build`` ran: its name, and what it compared.
    data
        SHA-256 of the real sequences in these levels, as JSON without blanks.
    vectors
        Sequences in the bench, (T, channels) each.
    counts
        What the bench compares: sequences, steps, logits and classes.
    fed
        What the bench feeds the core from weights.bin and table.bin: words, and rows with their
        bytes; 0 of what is inside the core.
    versions
        Of the programs that made the files.
    """

    format: str
    model: str
    source: str
    files: dict[str, str]
    levels: list[dict[str, Any]]
    data: str
    vectors: list[list[list[int]]]
    counts: dict[str, int]
    fed: dict[str, int]
    versions: dict[str, str]

    def to_json(self) -> str:
        """Write it."""
        return json.dumps(vars(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "Certificate":
        """Read that of a build.

        Raises
        ------
        DataError
            If there is none, or it is something else.
        """
        found = read_record(cls, folder / FILE, "certificate", AGAIN)
        if found.format != FORMAT:
            raise DataError(f"{folder / FILE} must be a {FORMAT}, not a {found.format}", AGAIN)
        return found


def file_digests(folder: Path, names: "set[str] | None" = None) -> dict[str, str]:
    """Return the digests of files, all of a folder but those in ``OUTSIDE``, or of these names."""
    found = {path.name for path in folder.iterdir() if path.is_file()} if names is None else names
    return {name: sums.digest(folder / name) for name in sorted(found - OUTSIDE)}


def certificate(
    plan: Plan,
    folder: Path,
    levels: list[dict[str, Any]],
    real: list[Integers],
    bench: list[Integers],
    versions: dict[str, str],
) -> Certificate:
    """Certify the files in a folder.

    Parameters
    ----------
    real
        Sequences that were verified, (T, channels) each.
    bench
        Sequences in the bench.
    """
    model = plan.model
    text = json.dumps([each.tolist() for each in real], separators=(",", ":"))
    return Certificate(
        FORMAT, model.digest, model.source, file_digests(folder), levels,
        hashlib.sha256(text.encode()).hexdigest(), [each.tolist() for each in bench],
        counts(model, bench), vars(Fed.of(plan)), versions,
    )  # fmt: skip
