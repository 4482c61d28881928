"""The answer first: whether it is good, how fast and how large it is, and what to do next."""

from typing import Any

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.design.bare import DEVICES
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.page.accuracy import accuracy, error, judged, tallied, ways
from qrnn_hw.page.subject import Subject
from qrnn_hw.page.words import percent, significant

#: What is proven at each level.
WHAT = {
    "rtl": "core.v, simulated",
    "board": "the board's design, from samples to results",
    "link": "the board's design at its serial pins",
    "netlist": "what synthesis made of it",
    "routed": "what place and route made of it",
    "bitstream": "the bitstream itself",
    "formal": "properties, by a solver",
}


def section(subject: Subject) -> dict[str, Any]:
    """Say what the model and its build come to."""
    build = subject.build
    report = None if build is None else build.report
    return {
        "about": about(subject),
        "right": accuracy(subject),
        "error": error(subject),
        "number": subject.number,
        "verdict": verdict(subject),
        "model": subject.model,
        "report": report,
        "share": chip_share(report),
        "parts": chip_parts(report),
        "levels": [] if report is None else report.verified,
        "what": WHAT,
        "commands": commands(subject),
    }


def about(subject: Subject) -> str:
    """Say in a line what it is."""
    model, words = subject.model, []
    cell = model.cell if subject.network is None else subject.network.cell
    words.append(f"{cell} of {model.hidden} units, {model.state_bits} bits each")
    words.append("answers a number" if subject.number else f"tells {len(model.labels)} classes")
    if (pool := model.readout.pool) is not None:
        words.append(f"reads the {pool.statistic} of all steps")
    if model.readout.layer is not None:
        words.append(f"a hidden layer of {len(model.readout.layer.v)} units")
    if model.readout.every:
        words.append("answers after every step")
    return ", ".join(words)


def verdict(subject: Subject) -> str:
    """Say in a sentence what the answers are worth."""
    if subject.number:
        return _worth_of_numbers(subject)
    found = accuracy(subject)
    if found is None:
        return "Nothing at hand says which answers are right."
    counted = judged(subject) or tallied(subject)
    if counted is None:
        return f"{percent(found.share)} of the answers are right."
    label = subject.model.labels[counted["majority"]["class"]]
    largest = counted["majority"]["accuracy"]
    always = f"answering “{label}” always would be right in {percent(largest)}"
    if found.interval is None:
        return f"{percent(found.share)} of the answers are right; {always}."
    if found.interval[0] <= largest:
        return f"This may be no better than chance: {always}."
    if never := counted["never_answered"]:
        names = ", ".join(subject.model.labels[number] for number in never)
        return f"Better than chance, but never answered: {names}. For comparison, {always}."
    better = [name for name, one in ways(subject).items() if one["accuracy"] > found.interval[1]]
    if better:
        verb = "does" if len(better) == 1 else "do"
        return f"Well above chance ({always}), but {' and '.join(better)} {verb} better."
    return f"Well above chance: {always}."


def _worth_of_numbers(subject: Subject) -> str:
    found = error(subject)
    if found is None:
        return "Nothing at hand says which numbers are right."
    own, mean = found.size, found.mean
    if mean is None:
        return f"Its numbers are off by {significant(own)}, root mean square."
    times = f"{mean / own:.1f} times" if own else "infinitely"
    return (
        f"Off by {significant(own)}, root mean square; answering the mean always is off by "
        f"{significant(mean)}: {times} better than that."
    )


def chip_share(report: Report | None) -> float | None:
    """Return the part of the chip's cells that is taken, 0..1."""
    if report is None or not report.luts or not report.lut_capacity:
        return None
    return report.luts / report.lut_capacity


def chip_parts(report: Report | None) -> list[dict[str, Any]]:
    """List what is taken of each part of the chip, and what there is."""
    if report is None or report.luts is None:
        return []
    part = DEVICES.get(str(report.device))
    there = {
        "logic cells": (report.luts, report.lut_capacity),
        "block RAMs": (report.brams, part and part.brams),
        "large RAMs": (report.spram, part and part.spram),
        "multipliers": (report.dsps, part and part.dsps),
    }
    return [
        {"name": name, "taken": taken, "of": of, "share": min(1.0, taken / of)}
        for name, (taken, of) in there.items()
        if of and taken is not None and (taken or name in ("logic cells", "block RAMs"))
    ]


def commands(subject: Subject) -> list[tuple[str, str]]:
    """List what to type next, each with what it is for; BUILD stands for the folder."""
    if subject.build is None:
        return [
            ("Build it for a board, and prove it", "qrnn-hw build MODEL --board icebreaker"),
            ("See every core that it can have", "qrnn-hw explore MODEL"),
        ]
    report = subject.build.report
    if report.board in BOARDS and report.fmax_mhz is not None:
        board = BOARDS[str(report.board)]
        deeper = "bitstream" if board.bitstream else "link"
        return [
            ("Put it on the board", "qrnn-hw program BUILD"),
            ("Ask the board, and compare every bit", "qrnn-hw run BUILD --port PORT --self-test"),
            (f"Prove the {deeper}, too", f"qrnn-hw verify BUILD --level {deeper}"),
        ]
    return [
        ("Prove the core once more", "qrnn-hw verify BUILD"),
        ("Play the golden run", "qrnn-hw predict BUILD/model.json --data FILE"),
    ]
