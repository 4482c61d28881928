"""What one flipped bit does: the part of ``qrnn-hw verify`` behind ``--upsets``."""

from typing import Any

import numpy as np

from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.formats.vectors import side_by_side
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.progress import Message, Progress
from qrnn_hw.sim.core.adversarial import adversarial
from qrnn_hw.sim.upsets.bits import draw, kinds
from qrnn_hw.sim.upsets.run import run


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
        :meth:`qrnn_hw.sim.upsets.effects.Effects.to_dict` lays it out; beside them ``seed``, and
        the number of ``sequences``.
    """
    rng, x, lengths = np.random.default_rng(seed), found.x, found.lengths
    if not len(found):
        x, lengths = side_by_side(adversarial(model, rng))
        progress(Message("note", "the model holds no sequences: bits are flipped in made-up ones"))
    told: dict[str, Any] = {"seed": seed, "sequences": len(x)}
    for kind in kinds(model):
        progress(Message("doing", f"flipping {count:,} bits of {kind}s, one at a time"))
        drawn = draw(model, kind, lengths, count, rng)
        told[kind] = run(model, x, lengths, drawn).to_dict()
    return told
