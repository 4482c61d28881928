"""The table of results, and the page that is written from it."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from methods import METHODS, REFERENCE
from tasks import TASKS

from qrnn_hw.train.objective import Score

TABLE, TEMPLATE, PAGE = (
    Path(__file__).with_name(name) for name in ("results.jsonl", "page.md", "README.md")
)
# Draws that are judged and trained, with the weights of the first seed; then weights and batches
# of other seeds with the signs of the first draw.
DRAWN, REPEATED = 16, 8
# What is known of a draw before the training: what it is, and 1 if more is better, else -1.
KNOWN = {
    "promise": ("accuracy of a ridge readout, input matrices for each draw", 1),
    "accuracy": ("the same with one set of input matrices for all draws, on fewer", 1),
    "error": ("squared error of that readout", -1),
    "entropy": ("its cross-entropy", -1),
    "short": ("loss after a short training, on training sequences held out from it", -1),
}
Run = dict[str, Any]
Runs = dict[int, Run]


def keep(task: str, name: str, number: int, **found: Any) -> Run:
    """Add a run to the table: of a method with a seed, or a numbered draw or repetition."""
    run = {"task": task, "name": name, "number": number, **found}
    with TABLE.open("a") as table:
        table.write(json.dumps(run) + "\n")
    return run


def table() -> dict[tuple[str, str], Runs]:
    """Read the table: the runs by number, of each task and name."""
    runs: dict[tuple[str, str], Runs] = defaultdict(dict)
    for line in TABLE.read_text().splitlines():
        run = json.loads(line)
        runs[run["task"], run["name"]][run["number"]] = run
    return runs


def _scores(task: str, runs: Runs) -> dict[int, float]:
    return {number: TASKS[task].score(Score(**runs[number]["score"])) for number in sorted(runs)}


def _rows(rows: Iterable[Iterable[str]]) -> str:
    """Write a table, its first row above a line."""
    lines = [f"| {' | '.join(cells)} |\n" for cells in rows]
    return "".join([lines[0], "|---" * (lines[0].count("|") - 1) + "|\n", *lines[1:]])


def difference(scores: dict[int, float], others: dict[int, float]) -> list[float]:
    """Compare scores by seed: the difference of each that both have."""
    return [scores[seed] - others[seed] for seed in sorted(scores.keys() & others.keys())]


def _against(found: list[float]) -> str:
    """Tell the mean difference and its standard error."""
    if len(found) < 2:
        return f"{found[0]:+.2f}" if found else ""
    error = stdev(found) / len(found) ** 0.5
    told = f"{mean(found):+.2f} ± {error:.2f}"
    return f"**{told}**" if len(found) > 2 and abs(mean(found)) > 2 * error else told


def _compared(task: str, runs: dict[str, Runs]) -> str:
    """Tell the scores of the methods that have run on a task."""
    about = TASKS[task]
    rows = [["method", about.unit, f"against {REFERENCE}", "search", "training", "seeds"]]
    reference = _scores(task, runs.get(REFERENCE, {}))
    for name, found in runs.items():
        scores = _scores(task, found)
        spread = f" ± {stdev(scores.values()):.2f}" if len(scores) > 1 else ""
        against = "" if name == REFERENCE else _against(difference(scores, reference))
        seconds = (
            f"{mean(run[part] for run in found.values()):.0f} s"
            for part in ("search_seconds", "train_seconds")
        )
        score = f"{mean(scores.values()):.2f}{spread}"
        rows.append([f"`{name}`", score, against, *seconds, str(len(found))])
    return f"### {about.title}\n\n{_rows(rows)}\n"


def ranked(values: list[float], others: list[float]) -> float:
    """Correlate ranks (Spearman); equal values share the middle of theirs."""
    ranks = [
        [np.less(part, one).sum() + np.less_equal(part, one).sum() for one in part]
        for part in (np.array(values), np.array(others))
    ]
    return float(np.corrcoef(*ranks)[0, 1])


def _foretold(runs: dict[tuple[str, str], Runs]) -> str:
    """Tell how far scores before the training go with those after it."""
    names = [f"`{name}`" for name in KNOWN]
    rows = [["task", "deviation, draws", "deviation, weights", *names]]
    for task, about in TASKS.items():
        drawn, again = runs.get((task, "draw"), {}), runs.get((task, "repeat"), {})
        if len(drawn) < 3 or len(again) < 2:
            continue
        scores = _scores(task, drawn)
        spreads = (stdev(_scores(task, part).values()) for part in (drawn, again))
        cells = [about.title, *(f"{spread:.2f}" for spread in spreads)]
        for name, (_, sign) in KNOWN.items():
            values = [drawn[number]["proxies"].get(name) for number in scores]
            known = None not in values
            cells.append(f"{sign * ranked(values, [*scores.values()]):+.2f}" if known else "")
        rows.append(cells)
    return _rows(rows)


def _listed(lines: Iterable[tuple[str, str]]) -> str:
    return "".join(f"- {name}: {about}\n" for name, about in lines)


def text() -> str:
    """Write the page of the runs that there are."""
    runs = table()
    by_task = {
        task: {name: runs[task, name] for name in METHODS if (task, name) in runs} for task in TASKS
    }
    return TEMPLATE.read_text().format(
        sizes=_listed((about.title, about.size) for about in TASKS.values()),
        methods=_listed((f"`{name}`", method.about) for name, method in METHODS.items()),
        reference=REFERENCE,
        tables="".join(_compared(task, found) for task, found in by_task.items() if found),
        draws=DRAWN,
        repeats=REPEATED,
        chance=(DRAWN - 1) ** -0.5,
        foretold=_foretold(runs),
        known=_listed((f"`{name}`", about) for name, (about, _) in KNOWN.items()),
    )
