"""Test vectors: a network, sequences, and all that they must give to whoever computes it again."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import FORMAT, IntegerModel


def side_by_side(sequences: Sequence[Integers]) -> tuple[Integers, Integers]:
    """Put sequences, (T, channels) each, into one array, and say how long each is."""
    lengths = np.array(list(map(len, sequences)))
    x = np.zeros((len(sequences), lengths.max(), sequences[0].shape[1]), np.int64)
    for row, sequence in zip(x, sequences):
        row[: len(sequence)] = sequence
    return x, lengths


def vectors(model: IntegerModel, sequences: Sequence[Integers]) -> dict[str, Any]:
    """Compute what sequences give, as ``docs/vectors/README.md`` lays it out.

    Parameters
    ----------
    sequences
        (T, channels) each, one or more.
    """
    x, lengths = side_by_side(sequences)
    run = golden.run(model, x, lengths, states=True)
    every, pooled = model.readout.every, model.readout.pool is not None
    told = []
    for index, steps in enumerate(lengths.tolist()):
        answers = slice(0, steps) if every else ...
        told.append(
            {
                "inputs": x[index, :steps].tolist(),
                "states": run.states[index, :steps].tolist(),
                **({"pools": run.pools[index, :steps].tolist()} if pooled else {}),
                "logits": np.atleast_2d(run.logits[index][answers]).tolist(),
                "classes": np.atleast_1d(run.classes[index][answers]).tolist(),
            }
        )
    return {
        "model": {**model.to_dict(), "digest": model.digest},
        "widths": {
            "accumulator_bits": model.accumulator_bits,
            "feature_bits": model.feature_bits,
            "logit_bits": model.logit_bits,
        },
        "saturated": run.saturated,
        **({"wrapped": run.wrapped} if model.halvings else {}),
        "sequences": told,
    }


def text(found: dict[str, Any]) -> str:
    """Lay vectors out as a file holds them."""
    return json.dumps(found, indent=None, sort_keys=True) + "\n"


def are_vectors(table: dict[str, Any] | None) -> bool:
    """Whether a table of JSON is what :func:`vectors` made."""
    model = (table or {}).get("model")
    return (
        isinstance(model, dict) and model.get("format") == FORMAT and "sequences" in (table or {})
    )
