"""The twin: the core itself, in the page, for whoever wants to ask it something."""

import base64
import gzip
from importlib.resources import files
from typing import Any

import numpy as np
from markupsafe import Markup

from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.build_folder import CORE
from qrnn_hw.data.units import unit_of
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.raw import Characters, Sentence, Sound, raw_of
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.trace import PlaneWrites
from qrnn_hw.page.subject import Subject
from qrnn_hw.sim.twin.kernel import Layout, twin_module, writes_of
from qrnn_hw.sim.twin.machine import verify_twin

#: Bytes of a page that a twin may take.
MOST = 400_000
#: Sequences and steps that the twin is compared in before it goes into the page.
SEQUENCES, STEPS = 4, 2000
#: Numbers of the sequences in the page, and of their answers.
INPUTS, LOGITS = 100_000, 20_000
SCRIPTS = (
    ("qrnn_hw.sim.twin", "twin.js"),
    ("qrnn_hw.sim.twin", "inputs.js"),
    ("qrnn_hw.boards.link.host", "host.js"),
    ("qrnn_hw.page", "templates/twin_pad.js"),
)


def section(subject: Subject) -> dict[str, Any] | str | None:
    """Compile the core of a build, compare it with the golden run, and lay it out for the page."""
    if subject.build is None:
        return None
    plan = subject.build.plan
    if not subject.build.twin:
        return "It was left out of this page. `qrnn-hw report BUILD` makes a page that has it."
    if subject.build.report.front_end:
        return (
            "There is no twin of this build: its board hears raw sound, and a twin takes the "
            "features of the front end. A build without --front-end has one."
        )
    core = (subject.build.folder / CORE).read_text()
    try:
        module = twin_module(plan, core)
        counts = verify_twin(plan, module, _checked(subject))
    except ToolError as error:
        return f"There is no twin of this core: {error}. {error.hint}"
    except MismatchError as error:
        return f"The twin of this core was left out, as it is not the golden run's: {error}."
    packed = _packed(module)
    if len(packed) > MOST:
        return (
            f"There is no twin of this core: it would take {len(packed):,} bytes of the page, and "
            f"may take {MOST:,}. One of fewer --lanes is smaller."
        )
    data = about(subject, plan) | {"module": packed}
    return {
        "data": data,
        "counts": counts,
        "size": len(packed),
        "model": subject.model,
        "takes": takes(data),
        "scripts": Markup("\n").join(
            Markup(files(package).joinpath(name).read_text()) for package, name in SCRIPTS
        ),
    }  # fmt: skip


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _checked(subject: Subject) -> list[Integers]:
    """Return a few sequences, of so many steps in all; made up ones where there are none."""
    found, left = [], STEPS
    for x in subject.sequences.cut(SEQUENCES):
        found.append(x[:left])
        left -= len(found[-1])
        if left <= 0:
            break
    if not found:
        low, high = subject.model.input_range
        shape = (SEQUENCES, 16, subject.model.inputs.channels)
        found = list(np.random.default_rng(1).integers(low, high + 1, shape))
    return found


def about(subject: Subject, plan: Plan) -> dict[str, Any]:
    """Lay out what the scripts of a twin must know, without the module."""
    model, network = subject.model, subject.network
    readout, (each, end) = model.readout, writes_of(plan)
    words = plan.loaded_words()
    scale, offset = (1.0, 0.0) if network is None else network.answer_unit
    return {
        "layout": Layout.of(plan).to_dict(),
        "weights": _packed(pack_words(words)),
        "patience": 8 * (plan.most_step_cycles + plan.readout_cycles + len(words) + 10_000),
        "writes": each,
        "end": end,
        "planes": _planes(model, plan),
        "hidden": model.hidden,
        "bits": model.inputs.bits,
        "state_bits": model.state_bits,
        "every": readout.every,
        "classes": model.classes,
        "labels": list(model.labels),
        "units": readout.logit_step.tolist(),
        "pool": None if readout.pool is None else [
            readout.pool.count(step) for step in range(1, max(1, readout.pool.steps) + 1)
        ][:4096],
        "answer": [scale, offset],
        "digest": model.digest[:16],
        "mhz": subject.build.report.clock_mhz if subject.build else None,
        "link": subject.build.report.link if subject.build else None,
        "wire": _wire(subject),
        "image": _image(subject),
        "samples": _samples(subject),
    }  # fmt: skip


def _planes(model: IntegerModel, plan: Plan) -> dict[str, Any] | None:
    """Say how words of planes hold states; None where a write is a state."""
    if not isinstance(plan.trace, PlaneWrites):
        return None
    count = len(plan.trace.step) // plan.folds
    sign, flag = (count - 1, count - 2) if plan.trace.first else (count - 2, count - 1)
    return {
        "lanes": plan.lanes,
        "count": count,
        "sign": sign,
        "flag": flag,
        "bits": model.state_bits,
        "relu": model.recurrence.activation == "relu",
    }


def _wire(subject: Subject) -> dict[str, Any]:
    """Say what numbers are on the wire, and in the units of people."""
    model, network = subject.model, subject.network
    inputs, channels = model.inputs, model.channels or ()
    unit = unit_of(model, network)
    task = {} if network is None else network.task
    count = inputs.channels
    found: dict[str, Any] = {
        "range": list(inputs.range),
        "channels": count,
        "step": None if unit.step is None else np.atleast_1d(unit.step).tolist(),
        "offset": np.atleast_1d(unit.offset).tolist(),
        "names": [each.name for each in channels] or list(task.get("channels") or [""] * count),
        "units": [each.unit for each in channels] or list(task.get("units") or [""] * count),
        "steps": int(task.get("steps", 0)),
        "vocabulary": None,
    }
    if inputs.vocabulary:
        raw = None if network is None else raw_of(task)
        names = task.get("vocabulary")
        kind, most, last = "numbers", 0, False
        if isinstance(raw, Characters) and names:
            kind = "letters"
        elif isinstance(raw, Sentence) and names:
            kind, most, last = raw.tokens, raw.steps, raw.last
        found["vocabulary"] = {"names": names, "kind": kind, "most": most, "last": last}
    return found


def _image(subject: Subject) -> dict[str, Any] | None:
    """Say how a drawing becomes a sequence: of a network that reads an image, a pixel a step."""
    network, inputs = subject.network, subject.model.inputs
    if network is None or inputs.vocabulary or inputs.channels != 1 or not network.image:
        return None
    rows, columns = network.image
    if min(rows, columns) < 4 or isinstance(raw_of(network.task), Sound):
        return None
    order = network.task.get("order") or None
    if order is not None and len(order) != rows * columns:
        return None
    seen = subject.sequences.x
    peak = int(seen.max()) if len(seen) else inputs.range[1]
    # Digits of 8 x 8 pixels fill them; those of 28 x 28 are 20 high, about the middle of their ink.
    margin = 4 if min(rows, columns) >= 20 else 0
    return {"rows": rows, "columns": columns, "order": order, "peak": peak, "margin": margin}


def _samples(subject: Subject) -> dict[str, Any] | None:
    """Pack the sequences that fit, with what is right and what the golden run answers."""
    found, model = subject.sequences, subject.model
    if not len(found):
        return None
    each = found.x.shape[1] * found.x.shape[2]
    answers = model.classes * (found.x.shape[1] if model.readout.every else 1)
    shown = found.first(min(INPUTS // each, LOGITS // answers))
    if not len(shown):
        return None
    run = golden.run(model, shown.x, shown.lengths)
    right = None if shown.y is None or shown.y.ndim > 1 else shown.y.tolist()
    return {
        "count": len(shown),
        "steps": shown.x.shape[1],
        "x": _packed(shown.x.astype("<i4").tobytes()),
        "lengths": shown.lengths.tolist(),
        "right": right,
        "logits": _packed(run.logits.astype("<i8").tobytes()),
        "source": subject.source,
    }


def takes(data: dict[str, Any]) -> list[tuple[str, str]]:
    """List the ways to give the twin something: names of panels, and what they are called."""
    ways = []
    if data["image"]:
        ways.append(("draw", "Draw"))
    if data["samples"]:
        ways.append(("examples", "Examples"))
    vocabulary = data["wire"]["vocabulary"]
    ways.append(("text", "Text" if vocabulary["kind"] != "numbers" else "Tokens")
                if vocabulary else ("numbers", "Numbers, CSV"))  # fmt: skip
    return ways
