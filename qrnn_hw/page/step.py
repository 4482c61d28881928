"""The section of a step: what each part of the core does, cycle by cycle."""

from collections.abc import Mapping
from typing import Any

from qrnn_hw.hw.engine import pace
from qrnn_hw.page.parts import AROUND, colour
from qrnn_hw.page.subject import Subject
from qrnn_hw.page.timeline import timeline


def section(subject: Subject) -> Mapping[str, Any] | None:
    """Show a step of the core."""
    if subject.build is None:
        return None
    plan, report = subject.build.plan, subject.build.report
    step, parts = plan.step(), (*plan.parts, *AROUND)
    acts = sorted(step.acts, key=lambda act: (act.begin, act.end))
    mhz = report.clock_mhz
    back = plan.most_step_cycles - plan.step_cycles
    return {
        "picture": timeline(step, parts),
        "plan": plan,
        "step": step,
        "cycles": step.cycles,
        "mean": report.cycles_per_step,
        "most": pace(plan) + back,
        "us": step.cycles / mhz if mhz else None,
        "mhz": mhz,
        "bounds": sorted(step.bounds, key=lambda each: -each[1]),
        "acts": acts,
        "colours": {part.name: colour(part, parts) for part in parts},
        "does": {part.name: part.does for part in parts},
        "every": plan.model.readout.every,
    }
