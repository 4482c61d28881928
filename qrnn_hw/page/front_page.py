"""A page of charts: what can be had, and what nothing else is better than."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from qrnn_hw.page.document import rendered, resource


def front_page(title: str, about: str, charts: Sequence[dict[str, Any]]) -> str:
    """Make the page of charts, as :func:`~qrnn_hw.page.scatter.chart` lays them out."""
    return rendered(
        "front.html",
        {
            "title": title,
            "about": about,
            "charts": charts,
            "style": resource("base.css") + resource("front.css"),
            "script": resource("base.js") + resource("front.js"),
            "version": version("qrnn-hw"),
        },
    )
