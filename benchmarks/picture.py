"""The picture of docs/results.md."""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

MARKS = {
    "Block-HadamRNN": ("#1b6ca8", "o"),
    "HadamRNN": ("#2e8b57", "P"),
    "HadamRNN with real weights": ("#777777", "P"),
    "QORNN": ("#d1495b", "s"),
    "ORNN": ("#777777", "^"),
    "LSTM": ("#777777", "D"),
    "GRU": ("#777777", "v"),
}


def draw(
    points: list[tuple[str, str, float, float]], tasks: dict[str, tuple[str, str]], path: Path
) -> None:
    """Draw the result against the bytes of the weights, one plot a task.

    Parameters
    ----------
    points
        Task, family, bytes and result.
    tasks
        Title and label of the results, by task.
    path
        An SVG. The same points give the same bytes.
    """
    mpl.rcParams.update({"svg.hashsalt": "qrnn-hw", "font.size": 9})
    figure, axes = plt.subplots(
        1, len(tasks), figsize=(3 * len(tasks), 3), sharex=True, squeeze=False
    )
    for axis, (task, (title, label)) in zip(axes[0], tasks.items()):
        for family, (colour, mark) in MARKS.items():
            of = [point[2:] for point in points if point[:2] == (task, family)]
            if of:
                look = {"c": colour, "marker": mark, "edgecolors": "white", "linewidths": 0.5}
                axis.scatter(*zip(*of), s=48, label=family, zorder=2, **look)
        axis.set_xscale("log")
        axis.set_title(title)
        axis.set_xlabel("bytes of weights")
        axis.set_ylabel(label)
        axis.grid(color="#dddddd", zorder=0)
    handles = {label: handle for axis in axes[0]
               for handle, label in zip(*axis.get_legend_handles_labels())}  # fmt: skip
    figure.legend(handles.values(), handles, loc="lower center", ncols=len(MARKS), frameon=False)
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
