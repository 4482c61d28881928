"""The sections of a page about a build or a model, in their order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qrnn_hw.page import answer, chip, model, numbers, proof, step, twin, upsets
from qrnn_hw.page.subject import Subject

#: What a template shows; a sentence that says why there is nothing, and what to do about it; or
#: None, where the section is none of the subject's.
Content = Mapping[str, Any] | str | None


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    name
        Of its templates, ``NAME.html``, and ``NAME.css`` and ``NAME.js`` where there are such; and
        of its place in the page, ``#NAME``.
    heading
        What stands above it.
    content
        Returns what it shows of a subject. An entry "data" goes into the page as JSON, for the
        script: ``dataOf("NAME")``.
    """

    name: str
    heading: str
    content: Callable[[Subject], Content]


SECTIONS = (
    Section("answer", "The answer", answer.section),
    Section("model", "The model", model.section),
    Section("twin", "The twin", twin.section),
    Section("numbers", "The numbers", numbers.section),
    Section("chip", "The chip", chip.section),
    Section("step", "The step", step.section),
    Section("proof", "The proof", proof.section),
    Section("upsets", "A flipped bit", upsets.section),
)
