"""The page of a build, ``report.html``, or of a model."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from markupsafe import Markup

from qrnn_hw.page.document import json_of, rendered, resource
from qrnn_hw.page.sections import SECTIONS, Section
from qrnn_hw.page.subject import Subject


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
            "built": subject.build is not None,
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
