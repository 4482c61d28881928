"""The range of the states of an imported network, for every width that they may have."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.convert import holding_range, integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.sim.core.agreement import compare
from qrnn_hw.sim.core.float_run import float_run

WIDTHS = range(4, 17)
# States, over all steps, units and sequences, that a range is judged on.
JUDGED = 1 << 22
# Ranges to try, relative to the one that holds every state: half a bit apart. Narrower ones are
# not tried after so many that did worse than the best.
CLIPPINGS = tuple(2.0 ** (-k / 2) for k in range(10))
PATIENCE = 3


def holding(model: TrainedModel, reach: float) -> TrainedModel:
    """Give every width the range that no state of magnitude ``reach`` or less leaves."""
    return replace(model, ranges={str(a): holding_range(model, reach, a) for a in WIDTHS})


def nearest(model: TrainedModel, found: Sequences) -> tuple[TrainedModel, str]:
    """Give every width the range whose integers come nearest to the float network's logits.

    Parameters
    ----------
    model
        With its ``state_range``, the largest magnitude of a state on the sequences.
    found
        Sequences of the task, one or more; the first are judged on.

    Returns
    -------
    model
        With ``ranges``; a width that no range suits has none.
    note
        What was chosen, in a sentence.
    """
    count = max(JUDGED // (found.x.shape[1] * model.hidden), 1)
    judged = Sequences(found.x[:count], found.lengths[:count], None)
    with np.errstate(all="ignore"):  # what is not finite deviates without bounds
        real = float_run(model, judged.x, judged.lengths)
    ranges, chosen = {}, []
    for bits in WIDTHS:
        best = min(_tried(model, bits, judged, real), default=None)
        if best is not None:
            deviation, _, reach = best
            ranges[str(bits)] = reach
            chosen.append(f"{bits} bits {reach:.4g} ({deviation:.2%})")
    return replace(model, ranges=ranges), (
        f"ranges of the states whose logits deviate least from the float network's, on "
        f"{len(judged)} sequences (and by how much of their spread): {', '.join(chosen)}"
    )


def _tried(
    model: TrainedModel, bits: int, judged: Sequences, real: np.ndarray
) -> Iterator[tuple[float, float, float]]:
    """Try ranges, widest first: yield the deviation of each, its place in the order, and itself."""
    widest, least, worse = holding_range(model, model.state_range, bits), np.inf, 0
    for place, clipping in enumerate(CLIPPINGS):
        reach = widest * clipping
        try:
            integers = integer_model(replace(model, ranges={str(bits): reach}), bits)
        except ModelError:  # a constant leaves its width
            continue
        deviation = compare(integers, real, judged.x, judged.lengths).logit_deviation
        if not np.isfinite(deviation):
            continue
        yield deviation, place, reach
        least, worse = (deviation, 0) if deviation < least else (least, worse + 1)
        if worse == PATIENCE:
            return
