"""The page of ``monitor --web``: the signal, and what the board makes of it, as they come."""

from collections.abc import Sequence
from importlib.metadata import version

from qrnn_hw.page.document import json_of, rendered, resource


def live_page(
    title: str, labels: Sequence[str], channels: Sequence[str], unit: str, *, every: bool
) -> str:
    """Make the page; a script of it opens a WebSocket at ``live`` and draws what comes.

    Parameters
    ----------
    title
        What is shown: the name of the model, and where the board is.
    labels
        Of the classes; one alone names a number.
    channels
        Names of the inputs.
    unit
        What the inputs are drawn in.
    every
        Whether an answer follows every step, or one the end of a sequence.
    """
    about = {"labels": list(labels), "channels": list(channels)}
    return rendered(
        "live.html",
        {
            "title": title,
            "unit": unit,
            "every": every,
            "number": len(labels) == 1,
            "about": json_of(about),
            "style": resource("base.css") + resource("live.css"),
            "script": resource("base.js") + resource("live.js"),
            "version": version("qrnn-hw"),
        },
    )
