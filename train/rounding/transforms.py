"""Exact sums or halved ones: which a network is built with, as validation says."""

import math
from dataclasses import asdict
from typing import Any

import torch

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.recurrence import HALVED, TRANSFORMS
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.batch import Split
from qrnn_hw.train.objective import Balance, Objective
from qrnn_hw.train.rounding.ranges import integer_logits, judges

EXACT = TRANSFORMS[0]
ENOUGH = 200  # answers, that fewer than a percent more of wrong ones would show
DEVIATIONS = 1  # of the mean difference, that chance explains
FEWER = 2  # times fewer sequences than a range is judged on: nothing runs halved sums fast


def transform_record(
    model: TrainedModel, dataset: Dataset, state_bits: int, asked: str, balance: Balance
) -> dict[str, Any]:
    """Compare both ways on validation sequences, and choose.

    Halved sums are taken where they cost nothing that can be told from chance: no sum wraps, the
    loss is no more than a standard error above that of exact sums, and no more answers are wrong
    than chance makes of those that differ.

    Parameters
    ----------
    model
        With its ranges.
    state_bits
        Of the states.
    asked
        "exact" or "halved", which is then chosen; "" for what validation says.

    Returns
    -------
    dict
        For the card: "chosen", "reason" and "state_bits"; of what was compared "answers", "exact",
        "halved" and "wrapped".
    """

    def told(chosen: str, reason: str, **found: Any) -> dict[str, Any]:
        return {"chosen": chosen, "reason": reason, "state_bits": state_bits, **found}

    if asked:
        return told(asked, "asked for in training")
    try:
        models = [integer_model(model, state_bits, name) for name in TRANSFORMS]
    except ModelError as error:
        return told(EXACT, str(error))
    split = Split(dataset, "val", max(1, judges(dataset, model.hidden) // FEWER))
    objective = Objective(dataset, balance)
    answers = int((split.targets >= 0).sum()) if objective.read else len(split)
    if answers < ENOUGH:
        return told(EXACT, f"validation has too few answers to compare, {answers}", answers=answers)
    exact, halved = models
    result = golden.run(halved, split.integers, split.lengths)
    values = golden.real(halved, result.logits, split.lengths)
    read = values if objective.read is None else values[:, -objective.read :]
    logits = [integer_logits(exact, split, objective), torch.from_numpy(read)]
    wrapped = result.wrapped
    scores = [asdict(objective.score([(one, split.targets)])) for one in logits]
    losses = [objective.losses(one, split.targets).double() for one in logits]
    right = [objective.right(one, split.targets) for one in logits]
    more = losses[1] - losses[0]
    chance = DEVIATIONS * float(more.std()) / math.sqrt(len(more))
    lost = int(right[0].sum() - right[1].sum())
    differ = int(torch.count_nonzero(right[0] != right[1]))
    found = {"answers": len(more), EXACT: scores[0], HALVED: scores[1], "wrapped": wrapped}
    if wrapped:
        return told(EXACT, f"{wrapped} halved sums wrap", **found)
    if lost > math.sqrt(differ) or float(more.mean()) > chance:
        return told(EXACT, "halved sums do worse in validation", **found)
    return told(HALVED, "in validation halved sums do as well as exact ones", **found)
