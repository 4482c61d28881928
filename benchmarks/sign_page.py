"""The page docs/signs.md, from the runs."""

from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from sign_methods import METHODS, REFERENCE
from sign_runs import DRAWN, PROXIES, REPEATED, read, seeds_of
from sign_tasks import TASKS

from qrnn_hw.train.objective import Score

PATH = Path(__file__).parent.parent / "docs" / "signs.md"
TEMPLATE = Path(__file__).with_name("sign_page.md")


def _score(task: str, run: dict[str, Any]) -> float:
    return TASKS[task].score(Score(**run["score"]))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


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


def _table(task: str, runs: dict[str, dict[int, dict[str, Any]]]) -> str:
    about = TASKS[task]
    lines = _row(["method", about.unit, f"against {REFERENCE}", "search", "training", "seeds"])
    lines += "|---|---|---|---|---|---|\n"
    scores = {
        name: {seed: _score(task, run) for seed, run in found.items()}
        for name, found in runs.items()
    }
    for name, found in scores.items():
        spread = f" ± {stdev(found.values()):.2f}" if len(found) > 1 else ""
        others = {} if name == REFERENCE else scores.get(REFERENCE, {})
        seconds = [
            f"{mean(run[part] for run in runs[name].values()):.0f} s"
            for part in ("search_seconds", "train_seconds")
        ]
        lines += _row(
            [
                f"`{name}`",
                f"{mean(found.values()):.2f}{spread}",
                _against(difference(found, others)),
                *seconds,
                str(len(found)),
            ]
        )
    return f"### {about.title}\n\n{lines}\n"


def ranked(values: list[float], others: list[float]) -> float:
    """Correlate ranks (Spearman); equal values share the middle of theirs."""
    ranks = [
        [np.less(part, one).sum() + np.less_equal(part, one).sum() for one in part]
        for part in (np.array(values), np.array(others))
    ]
    return float(np.corrcoef(*ranks)[0, 1])


def _proxies() -> str:
    names = list(PROXIES)
    titles = ["task", "deviation, draws", "deviation, weights", *(f"`{name}`" for name in names)]
    lines = _row(titles)
    lines += "|---" * (3 + len(names)) + "|\n"
    for task, about in TASKS.items():
        drawn = [run for n in range(1, DRAWN + 1) if (run := read(task, "draw", n))]
        again = [run for n in range(1, REPEATED + 1) if (run := read(task, "repeat", n))]
        if len(drawn) < 3 or len(again) < 2:
            continue
        scores = [_score(task, run) for run in drawn]
        cells = [about.title, f"{stdev(scores):.2f}",
                 f"{stdev(_score(task, run) for run in again):.2f}"]  # fmt: skip
        for name in names:
            values = [run["proxies"].get(name) for run in drawn]
            sign = 1 if PROXIES[name].more else -1
            known = None not in values
            cells.append(f"{sign * ranked(values, scores):+.2f}" if known else "")
        lines += _row(cells)
    return lines + "\n" + "".join(f"- `{name}`: {proxy.about}\n" for name, proxy in PROXIES.items())


def text() -> str:
    """Write the page of the runs that there are."""
    runs = {
        task: {
            name: found
            for name in METHODS
            if (found := {seed: run for seed in seeds_of(task, name)
                          if (run := read(task, name, seed))})
        }
        for task in TASKS
    }  # fmt: skip
    return TEMPLATE.read_text().format(
        sizes="".join(f"- {about.title}: {about.size}\n" for about in TASKS.values()),
        methods="".join(f"- `{name}`: {method.about}\n" for name, method in METHODS.items()),
        reference=REFERENCE,
        tables="".join(_table(task, found) for task, found in runs.items() if found),
        draws=DRAWN,
        repeats=REPEATED,
        chance=(DRAWN - 1) ** -0.5,
        proxies=_proxies(),
    )
