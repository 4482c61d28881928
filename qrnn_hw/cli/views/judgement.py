"""What the answers of a network are worth, on the screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from qrnn_hw.cli.console import Screen
from qrnn_hw.export.errors import listed

MOST = 12  # classes, in a table
SHORT = 5  # letters of a name at the head of a column
REFERENCES = {"nearest_neighbour": "1-NN", "logistic_regression": "logistic regression"}
PARTS = {"test": "test", "val": "validation"}
# A class that has so many times fewer sequences than its share is rare.
RARE = 1.5


def percent(share: float | None, places: int = 1) -> str:
    """Write a share, "-" if there is none."""
    return "-" if share is None else f"{100 * share:.{places}f} %"


def between(interval: tuple[float, float] | None) -> str:
    """Write an interval of a share; nothing if there is none."""
    return "" if interval is None else f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f} %"


def class_table(counted: Mapping[str, Any], classes: Sequence[str], title: str = "") -> Table:
    """Lay out a row a class: how many there are, how many are answered, and the recall.

    Parameters
    ----------
    counted
        As from :func:`qrnn_hw.train.result.tally.tally`.
    classes
        Their names. Of many those that are there and are answered worst.
    title
        Of the table.
    """
    table, recall = Table(title=title), counted["recall"]
    asked = "asked" if counted["interval"] is None else "sequences"
    for heading in ("class", asked, "answered", "recall", "95 % interval"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    chosen: Sequence[int] = range(len(classes))
    if len(classes) > MOST:
        there = [number for number in chosen if recall[number] is not None]
        chosen = sorted(there, key=lambda number: recall[number])[:MOST]
    for number in chosen:
        table.add_row(
            classes[number],
            str(counted["counts"][number]),
            str(counted["answered"][number]),
            percent(recall[number]),
            between(counted["recall_interval"][number]),
        )
    if len(chosen) < len(classes):
        table.add_row(f"... and {len(classes) - len(chosen)} more")
    return table


def confusion_table(counted: Mapping[str, Any], classes: Sequence[str]) -> Table:
    """Lay out what is answered, a column each, to sequences of each class, a row each."""
    table = Table(title="answered as", box=None)
    short = all(len(name) <= SHORT for name in classes)
    table.add_column("class")
    for number, name in enumerate(classes):
        table.add_column(name if short else f"({number})", justify="right")
    for number, row in enumerate(counted["confusion"]):
        name = classes[number] if short else f"({number}) {classes[number]}"
        table.add_row(name, *map(str, row))
    return table


def _mean(recall: list[float | None]) -> float:
    found = [share for share in recall if share is not None]
    return sum(found) / len(found)


def judgement(judged: Mapping[str, Any], train: int) -> list[Table]:
    """Lay out what :func:`qrnn_hw.train.result.judged.judged` found.

    Parameters
    ----------
    judged
        Of a card.
    train
        Sequences of the training split.
    """
    bits, names, references = judged["state_bits"], judged["classes"], judged["references"]
    whose = "real numbers" if bits is None else f"states of {bits} bits"
    table = Table(title=f"{judged['count']} {PARTS[judged['split']]} answers, {whose}")
    if mean := references.get("mean"):
        table.show_header = False
        table.add_row("answers the mean always", f"loss {mean['loss']:.4g}")
        return [table]
    for heading in ("", "right", "95 % interval", "mean recall"):
        table.add_column(heading, justify="right" if heading else "left")

    def add(name: str, found: Mapping[str, Any]) -> None:
        shares = percent(found["accuracy"]), between(found["interval"])
        table.add_row(name, *shares, percent(_mean(found["recall"])))

    below: list[str] = []
    add("this network", judged)
    table.add_row("answers the largest class always", percent(judged["majority"]["accuracy"]))
    for key, name in REFERENCES.items():
        if (found := references.get(key)) is not None:
            add(name, found)
            if found["sequences"] < train:
                below.append(f"{name}: from {found['sequences']} of {train} training sequences")
    if never := [names[number] for number in judged["never_answered"]]:
        kind = "class" if len(never) == 1 else "classes"
        below.append(f"never answered: {kind} {listed(never)}")
    table.caption = "; ".join(below) or None
    tables = [table, class_table(judged, names)]
    return [*tables, confusion_table(judged, names)] if len(names) <= MOST else tables


def doubts(card: Mapping[str, Any]) -> list[str]:
    """Say what makes the answers worthless, and what to do about it, a sentence each.

    Parameters
    ----------
    card
        Of a network.
    """
    judged, balance = card["judged"], bool(card["recipe"]["balance"])
    if judged.get("interval") is None:  # numbers, or answers that depend on each other
        return []
    names, counts, said = judged["classes"], judged["counts"], []
    part, majority = PARTS[judged["split"]], judged["majority"]
    chance = 1 / sum(count > 0 for count in counts)
    rare = chance * judged["count"] / RARE
    larger = "try more --epochs or --hidden" if "curve" in card else "try more --hidden"

    def remedy(count: int) -> str:
        return larger if balance or count > rare else "try --balance"

    for number in judged["never_answered"][:MOST]:
        said.append(
            f"class {names[number]} is never answered, and {counts[number]} of {judged['count']} "
            f"{part} sequences are; {remedy(counts[number])}, or more data of it"
        )
    # Balanced, every class is worth as much; its recall is at least so much, with confidence.
    lows = [low for low, _ in filter(None, judged["recall_interval"])]
    enough = balance and sum(lows) / len(lows) > chance
    if not enough and judged["interval"][0] <= majority["accuracy"]:
        said.append(
            f"{percent(judged['accuracy'])} right, {between(judged['interval'])} with 95 % "
            f"confidence, may be no better than answering class {names[majority['class']]} always, "
            f"{percent(majority['accuracy'])}; {remedy(min(filter(None, counts)))}, or more data"
        )
    return said


def show_judgement(screen: Screen, card: Mapping[str, Any]) -> None:
    """Print what the card of a network says of its answers, and warn of what is worth nothing."""
    if "judged" not in card:  # no width of a state suits the network
        return
    for table in judgement(card["judged"], card["splits"]["train"]):
        screen.print(table)
    for doubt in doubts(card):
        screen.warn(doubt)
