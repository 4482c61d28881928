"""The answer first: whether it is good, how fast and how large it is, and what to do next."""

from typing import Any

from qrnn_hw.page.subject import Subject


def section(subject: Subject) -> dict[str, Any]:
    """Say what the model and its build come to."""
    return {"report": subject.build.report if subject.build else None}
