"""Writes docs/api.md from the docstrings: ``python docs/api.py``."""

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import qrnn_hw
from qrnn_hw import nn
from qrnn_hw.export import errors
from qrnn_hw.export.trained import TrainedModel

PAGE = Path(__file__).with_name("api.md")
HEAD = """# The library

What the commands do, a script can, in the same words. `python docs/api.py` makes this page from
the docstrings. Shapes are those of NumPy: n sequences of T steps. Errors are those of the last
section; `error.hint` says what to do next.

"""
_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")
_SECTION = re.compile(r"^(.+)\n-+\n", re.MULTILINE)


def _plain(text: str) -> str:
    """Turn the marks of a docstring into Markdown's."""
    text = _ROLE.sub(r"`\1`", text).replace("``", "`")
    # What an indented block shows stands after two colons.
    return re.sub(r"^::$\n\n?", "", text, flags=re.MULTILINE)


def _entries(body: str) -> str:
    """Lay out the names of a section and what they mean, a line each."""
    lines = []
    for entry in re.split(r"\n(?=\S)", body.strip("\n")):
        name, _, text = entry.partition("\n")
        meaning = " ".join(textwrap.dedent(text).split())
        lines.append(f"- `{name}`: {_plain(meaning)}" if meaning else f"- `{name}`")
    return "\n".join(lines)


def document(docstring: str) -> str:
    """Turn a docstring in NumPy's style into Markdown."""
    head, *sections = _SECTION.split(inspect.cleandoc(docstring))
    parts = [_plain(head.strip())]
    for name, body in zip(sections[::2], sections[1::2]):
        text = body.strip("\n")
        if name == "Examples":
            shown = re.split(r"\n\n+", text)
            text = "\n\n".join(
                textwrap.indent(part, "    ") if part.startswith(">>>") else _plain(part)
                for part in shown
            )
        else:
            text = _entries(text)
        parts.append(f"**{name}**\n\n{text}")
    return "\n\n".join(parts)


def _signature(name: str, value: Any) -> str:
    """Write a call down, without types."""
    signature = inspect.signature(value)
    bare = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in signature.parameters.values()
        if each.name != "self"
    ]
    call = signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)
    # A default that is an object shows its place in memory.
    return name + re.sub(r"<[^,]*>", "...", str(call))


def _members(name: str, value: type) -> Iterator[tuple[str, str]]:
    """List what a class offers itself: how it is used, and its docstring."""
    for member, item in vars(value).items():
        if member.startswith("_") or not inspect.getdoc(item):
            continue
        if inspect.isfunction(item):
            yield _signature(f"{name}.{member}", item), inspect.getdoc(item) or ""
        elif isinstance(item, property):
            yield f"{name}.{member}", inspect.getdoc(item) or ""


def entry(name: str, value: Any) -> str:
    """Document a function, or a class and its methods."""
    parts = [f"## {name}", f"`{_signature(name, value)}`", document(inspect.getdoc(value) or "")]
    for use, docstring in _members(name, value) if inspect.isclass(value) else ():
        parts += [f"### {use}", document(docstring)]
    return "\n\n".join(parts)


def page() -> str:
    """Write the page."""
    parts = [HEAD + document((qrnn_hw.__doc__ or "").split("\n\n", 1)[1])]
    for name in sorted(qrnn_hw.__all__, key=str.lower):
        value = getattr(qrnn_hw, name)
        if not isinstance(value, ModuleType):
            parts.append(entry(f"qrnn_hw.{name}", value))
    parts += ["## qrnn_hw.nn", document(nn.__doc__ or "")]
    parts += [entry(f"qrnn_hw.nn.{name}", getattr(nn, name)) for name in nn.__all__]
    parts.append(entry("TrainedModel", TrainedModel))
    raised = [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and each.__module__ == errors.__name__
    ]
    lines = [
        f"- `{each.__name__}`: {(each.__doc__ or '').partition(chr(10))[0]}" for each in raised
    ]
    parts.append("## Errors\n\nAll are in `qrnn_hw.export.errors`.\n\n" + "\n".join(lines))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
