"""What one flipped bit does: the part of ``qrnn-hw verify`` behind ``--upsets``."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.data.files import existing_file
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.formats.vectors import side_by_side
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.progress import Message, Progress
from qrnn_hw.sim.core.adversarial import adversarial
from qrnn_hw.sim.upsets.bits import KINDS, draw, kinds
from qrnn_hw.sim.upsets.run import run

MAKE = "qrnn-hw verify MODEL --upsets N --json"  # what a file of upsets comes from
MOST_BITS = 64


def examine(
    model: IntegerModel, found: Sequences, count: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """Flip ``count`` bits of states, as many of pools, and as many of weights, one at a time.

    Parameters
    ----------
    found
        Sequences; where there is none, some that push the network to its limits.
    seed
        Of the moments and the bits.

    Returns
    -------
    dict
        By kind, "state", "pool" and "weight", as
        :meth:`qrnn_hw.sim.upsets.effects.Effects.to_dict` lays it out; beside them ``seed``, the
        number of ``sequences``, and the digest of the ``model``.
    """
    rng, x, lengths = np.random.default_rng(seed), found.x, found.lengths
    if not len(found):
        x, lengths = side_by_side(adversarial(model, rng))
        progress(Message("note", "the model holds no sequences: bits are flipped in made-up ones"))
    told: dict[str, Any] = {"seed": seed, "sequences": len(x), "model": model.digest}
    for kind in kinds(model):
        progress(Message("doing", f"flipping {count:,} bits of {kind}s, one at a time"))
        drawn = draw(model, kind, lengths, count, rng)
        told[kind] = run(model, x, lengths, drawn).to_dict()
    return told


def read(path: str | Path, model: IntegerModel) -> dict[str, Any]:
    """Read what ``verify --upsets N --json`` printed of a model.

    Raises
    ------
    DataError
        If the file is none of that, or of another model.
    """
    path = existing_file(Path(path), f"make it: `{MAKE} > {path}`")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = json.loads(next(line for line in reversed(lines) if line.strip()))["upsets"]
        of = found["model"]
        sound = all(_whole(found[kind], kind) for kind in KINDS if kind in found)
        sound = sound and "state" in found and _counted(found["sequences"], found["seed"])
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        sound = False
    if not sound:
        raise DataError(
            f"{path} must be what `{MAKE}` prints, and is something else", f"`{MAKE} > {path}`"
        )
    if of != model.digest:
        raise DataError(
            f"the flipped bits of {path} must be those of the model {model.digest[:16]}, and are "
            f"those of {str(of)[:16]}",
            "flip bits of this model, at this width of states",
        )
    return {name: found[name] for name in ("seed", "sequences", *KINDS) if name in found}


def _counted(*values: Any) -> bool:
    return all(isinstance(value, int) and value >= 0 for value in values)


def _shares(found: dict[str, Any], *names: str) -> bool:
    return all(isinstance(found[name], int | float) and 0 <= found[name] <= 1 for name in names)


def _whole(found: dict[str, Any], kind: str) -> bool:
    """Whether everything that is shown of a kind is there."""
    each = [found, *found["parts"].values()]
    sound = all(
        _counted(part["upsets"]) and _shares(part, "logits_changed", "last_class_changed")
        for part in each
    )
    if kind == "weight" or not sound:
        return sound and bool(found["parts"])
    ends = [found[f"steps_to_a_{part}"] for part in ("half", "tenth")]
    bits = [int(name.removeprefix("bit ")) for name in found["parts"]]
    sizes = found["sizes"]
    return (
        bool(sizes) and all(isinstance(size, int | float) and 0 <= size < 1e300 for size in sizes)
        and all(end is None or _counted(end) for end in ends)
        and all(0 <= bit < MOST_BITS for bit in bits) and bool(bits)
    )  # fmt: skip
