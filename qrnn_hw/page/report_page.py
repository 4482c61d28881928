"""The page of a build, ``report.html``, or of a model."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from markupsafe import Markup

from qrnn_hw.build_folder import CORE
from qrnn_hw.page.course import MOST
from qrnn_hw.page.document import json_of, rendered, resource
from qrnn_hw.page.sections import SECTIONS, Section
from qrnn_hw.page.subject import Subject

#: Seconds of a processor, about: of a page, of a byte of the core for the twin, and of a state.
BASE, BYTE, STATE = 1.0, 2e-5, 2e-7


def about(subject: Subject) -> float:
    """Return how many seconds of a processor a page takes, about: most of them for its twin."""
    build = subject.build
    twin = build is not None and build.twin
    core = (build.folder / CORE).stat().st_size if build is not None and twin else 0
    states = subject.sequences.x.shape[1] * len(subject.sequences) * subject.model.hidden
    return BASE + BYTE * core + STATE * min(states, MOST)


def page(subject: Subject) -> str:
    """Make the page. The same subject gives the same text: no times, no paths."""
    parts, styles, scripts = [], [resource("base.css")], [resource("base.js")]
    for section in SECTIONS:
        content = section.content(subject)
        if content is None:
            continue
        parts.append(_part(section, content))
        if not isinstance(content, str):
            styles.append(resource(f"{section.name}.css"))
            scripts.append(resource(f"{section.name}.js"))
    return rendered(
        "report.html",
        {
            "title": subject.title,
            "parts": parts,
            # One of a build that was read lies somewhere else.
            "inside": subject.build is not None and subject.build.room is not None,
            "style": Markup("\n").join(filter(None, styles)),
            "script": Markup("\n").join(filter(None, scripts)),
            "version": version("qrnn-hw"),
        },
    )


def _part(section: Section, content: Mapping[str, Any] | str) -> dict[str, Any]:
    """Fill a section in; one that has nothing to show says why."""
    body: Mapping[str, Any] | str = content
    data = None
    if not isinstance(content, str):
        body = rendered(f"{section.name}.html", content)
        data = json_of(content["data"]) if "data" in content else None
    return {
        "name": section.name, "heading": section.heading, "body": body, "data": data,
        "said": isinstance(content, str),
    }  # fmt: skip
