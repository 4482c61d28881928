"""The proof: what was compared at which level, what exactly was built, and how to repeat it."""

from typing import Any

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.build_folder import CORE
from qrnn_hw.export.files.sums import digest
from qrnn_hw.page.answer import WHAT
from qrnn_hw.page.subject import Build, Subject
from qrnn_hw.sim.pins.levels import PIN_LEVELS

#: Counts of a level, in the order in which they are shown, and what they are called.
COUNTS = ("sequences", "steps", "values", "saturated", "logits", "classes")
NAMES = {"values": "states", "saturated": "of them saturated"}


def section(subject: Subject) -> dict[str, Any] | None:
    """Lay out levels, digests, versions and commands."""
    build = subject.build
    if build is None:
        return None
    report = build.report
    board = BOARDS.get(str(report.board))
    return {
        "levels": [_level(each) for each in report.verified],
        "open": _open(build, board),
        "digests": _digests(subject, build, board),
        "versions": {name: text or "-" for name, text in report.tool_versions.items()},
        "seed": report.seed,
    }


def _level(found: dict[str, Any]) -> dict[str, Any]:
    name = str(found.get("level", "?"))
    counts = [
        (NAMES.get(key, key.replace("_", " ")), found[key])
        for key in (*COUNTS, *(key for key in found if key not in COUNTS))
        if isinstance(found.get(key), int | float)
    ]
    return {"name": name, "what": WHAT.get(name, ""), "counts": counts}


def _open(build: Build, board: Board | None) -> list[dict[str, str]]:
    """List the levels that the build has not run, and how to run them."""
    done = {each.get("level") for each in build.report.verified}
    names = ["rtl"]
    if board is not None and build.report.fmax_mhz is not None and not build.report.front_end:
        names += PIN_LEVELS if board.bitstream else PIN_LEVELS[:1]
    return [
        {"name": name, "what": WHAT[name], "command": f"qrnn-hw verify BUILD --level {name}"}
        for name in (*names, "formal")
        if name not in done
    ]


def _digests(subject: Subject, build: Build, board: Board | None) -> list[tuple[str, str]]:
    """Return what tells the model and the files of the build from any others, SHA-256."""
    model = [("the model's integers", subject.model.digest)]
    names = [CORE] if board is None or not board.bitstream else [CORE, board.bitstream]
    paths = [build.folder / name for name in names]
    return model + [(path.name, digest(path)) for path in paths if path.is_file()]
