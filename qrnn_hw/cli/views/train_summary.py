"""What a person wants to know at the end of ``qrnn-hw train``."""

from pathlib import Path
from typing import Any

from rich.table import Table

from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights, NumberInputs


def network_line(model: TrainedModel) -> str:
    """Describe W, U and V in a line."""
    recurrence, inputs = model.recurrence, model.inputs
    if isinstance(recurrence, HadamardWeights):
        weights = "" if recurrence.block == model.hidden else f", blocks of {recurrence.block}"
    else:
        bits = recurrence.w.bits
        weights = f", W {'1 bit' if bits == 1 else f'{bits} bits'}, {recurrence.activation}"
    entry = (
        f"U {inputs.u.bits} bits"
        if isinstance(inputs, NumberInputs)
        else f"table {inputs.table.bits} bits"
    )
    origin = "" if model.origin is None else f", origin {model.origin.bits} bits"
    pool = model.readout.pool
    read = "" if pool is None else f" of the {pool.statistic} of the steps"
    if pool is not None and pool.leak:
        read += f", which loses 1/{1 << pool.leak} a step"
    layer = model.readout.layer
    between = "" if layer is None else f", a hidden layer of {len(layer.v.levels)} units"
    return (
        f"{model.cell}, {model.hidden} units{weights}, {entry}, "
        f"V {model.readout.v.bits} bits{read}{between}{origin}"
    )


def _inputs_line(model: TrainedModel) -> str:
    inputs = model.inputs
    if not isinstance(inputs, NumberInputs):
        return f"tokens, {len(inputs.table.levels)} of them"
    kind = f"{inputs.bits} {'signed' if inputs.signed else 'unsigned'} bits"
    return kind if inputs.channels == 1 else f"{inputs.channels} channels of {kind}"


def _accuracies(card: dict[str, Any]) -> dict[str, str]:
    rows = {}
    for part, name in (("val", "validation"), ("test", "test")):
        loss = f"loss {card[f'{part}_loss']:.4g}"
        if f"{part}_bits_per_answer" in card:
            loss += f", {card[f'{part}_bits_per_answer']:.4g} bits an answer"
        rows[f"{name} accuracy"] = f"{card[f'{part}_accuracy']:.2%} ({loss})"
    if "chosen_epoch" in card:
        rows["validation accuracy"] += f", epoch {card['chosen_epoch']}"
    return rows


def _states(card: dict[str, Any]) -> dict[str, str]:
    """Say what rounding the states costs."""
    states = card["states"]
    widths = ", ".join(
        f"{bits} bits {entry['accuracy']:.2%}" for bits, entry in states["widths"].items()
    )
    rows = {"integer validation": f"{widths} (on {states['validation_sequences']} sequences)"}
    if tuned := card.get("tuned"):
        rows["tuned"] = f"for states of {tuned['state_bits']} bits"
    if sums := card.get("transform"):
        rows["sums"] = f"{sums['chosen']}, {sums['state_bits']} bits: {sums['reason']}"
    rows["integer test"] = ", ".join(
        f"{bits} bits {entry['accuracy']:.2%} (loss {entry['loss']:.4g})"
        for bits, entry in card["test_integers"].items()
    )
    return rows


def summary(model: TrainedModel, output: Path, seconds: float) -> Table:
    """Lay out a model that can be compiled."""
    card = model.card
    rows = {
        "task": f"{model.task['name']}, {model.task['steps']} steps, {model.classes} "
        f"{'logit' if model.classes == 1 else 'classes'}",
        "network": network_line(model),
        "weights": f"{card['bytes']} bytes",
        "inputs": _inputs_line(model),
        "sequences": ", ".join(f"{name} {count}" for name, count in card["splits"].items()),
        **_accuracies(card),
        **_states(card),
        "state range": f"{model.state_range:.4g}, "
        f"measured on {card['state_range_sequences']} training sequences",
        "time": f"{seconds:.0f} s",
    }
    return _table(rows, card, output)


def baseline_summary(card: dict[str, Any], output: Path, beside: Path, seconds: float) -> Table:
    """Lay out a network that is only measured against."""
    recipe = card["recipe"]
    few = recipe["cell"] in ("lstm", "gru") and recipe["w_bits"]
    rows = {
        "network": f"{recipe['cell'].upper()}, {recipe['hidden']} units, {card['parameters']} "
        f"weights of {few or 32} bits, {card['bytes']} bytes",
        "sequences": ", ".join(f"{name} {count}" for name, count in card["splits"].items()),
        **_accuracies(card),
        "files": f"a baseline: nothing compiles it. Weights in {output}, this in {beside}",
        "time": f"{seconds:.0f} s",
    }
    return _table(rows, card, output)


def _table(rows: dict[str, str], card: dict[str, Any], output: Path) -> Table:
    table = Table(title=str(output), show_header=False)
    for name, value in rows.items():
        table.add_row(name, value)
    for note in card["notes"]:
        table.add_row("note", note)
    return table
