"""What was compared at each level of ``verify``, for people."""

from typing import Any

from rich.table import Table

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.sim.core.agreement import MOST_DEVIATION
from qrnn_hw.sim.pins.levels import PIN_LEVELS


def _pin_rows(name: str, found: dict[str, Any]) -> dict[str, str]:
    """Lay out what was compared at one of the levels 4 to 6."""
    from qrnn_hw.sim.pins.rungs import RUNGS

    return {
        name: f"{RUNGS[name].about}, at the board's pins, against the integer model",
        "sequences": f"{found['real']:,} real, {found['adversarial']} adversarial; over the link",
        "steps": f"{found['steps']:,}",
        "logits": f"{found['logits']:,} equal, and {found['classes']:,} classes",
        "seconds": f"{found['seconds']:,}",
    }


def levels_table(levels: dict[str, Any], model: IntegerModel) -> Table:
    """Lay out what was compared."""
    title = f"{model.hidden} units of {model.state_bits} bits"
    table = Table(title=title, show_header=False)
    if found := levels.get("golden"):
        rows = {
            "golden": "the integer model against the float model",
            "sequences": f"{found['sequences']:,} of {found['steps']:,} steps together",
            "same class": "a number has none"
            if found["agreement"] is None
            else f"{found['agreement']:.2%}",
            "logits": f"{found['logits']:,}, largest error {found['logit_error']:.3g} where the "
            f"largest logit is {found['logit_range']:.3g}",
            "deviation": f"{found['logit_deviation']:.2%} of the logits' spread, "
            f"{MOST_DEVIATION:.0%} at most",
            "verdict": "passed" if found["passed"] else "failed",
        }
        for row in rows.items():
            table.add_row(*row)
        table.add_section()
    if found := levels.get("rtl"):
        pace = found["cycles_per_step"]
        rows = {
            "rtl": f"core.v ({found['engine']} engine, {found['lanes']} lanes) against the "
            "integer model",
            "sequences": f"{found['real']:,} real, {found['adversarial']} adversarial; "
            "free running, and with stalls and resets",
            # Of a core with logits after every step only whole sequences tell how long they take.
            "steps": f"{found['steps']:,}" + (f" of {pace} cycles" if pace else ""),
            "states": f"{found['values']:,} equal, {found['saturated']:,} of them saturated",
            "logits": f"{found['logits']:,} equal",
        }
        for row in rows.items():
            table.add_row(*row)
    if found := levels.get("set"):
        table.add_section()
        before = f", {found['earlier']:,} of them in an earlier run" if found["earlier"] else ""
        rows = {
            "whole set": "core.v against the integer model, every step of every sequence",
            "sequences": f"{found['sequences']:,}{before}; free running",
            "steps": f"{found['steps']:,}, in {found['cycles']:,} cycles",
            "states": f"{found['values']:,} equal, {found['saturated']:,} of them saturated",
            "logits": f"{found['logits']:,} equal, and all classes",
            "digest": f"{found['digest']}, of all states and logits",
            "seconds": f"{found['seconds']:,}",
        }
        for row in rows.items():
            table.add_row(*row)
    for name in PIN_LEVELS:
        if found := levels.get(name):
            table.add_section()
            for row in _pin_rows(name, found).items():
                table.add_row(*row)
    return table
