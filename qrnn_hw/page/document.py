"""A page from templates: everything in one file, and everything foreign escaped."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qrnn_hw.page import words


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("qrnn_hw.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in words.__all__:
        found.filters[name] = getattr(words, name)
    return found


def rendered(template: str, context: Mapping[str, Any]) -> Markup:
    """Fill a template in; strings are escaped, unless they are Markup."""
    return Markup(_templates().get_template(template).render(context))


def resource(name: str) -> Markup:
    """Return a style sheet or a script of ours as it is; nothing if there is no such."""
    if name not in _templates().list_templates():
        return Markup("")
    source, _, _ = _templates().loader.get_source(_templates(), name)  # type: ignore[union-attr]
    return Markup(source)


def json_of(data: Any) -> Markup:
    """Write data for a script, so that nothing in it can end the element that it stands in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)
