"""Numbers in model files: what is none, or beyond all others, is refused wherever it stands."""

import copy
import math
import warnings
from pathlib import Path
from types import NoneType

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.document import decode, encode
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.model_file import load
from qrnn_hw.export.trained import TrainedModel
from random_model import random_model

EXAMPLES = Path(__file__).parents[2] / "examples"
NEVER = (math.nan, math.inf, -math.inf, 10**400, -(10**400))
# Some fields take some of these; then the model computes with them, exactly and without a warning.
ANYWHERE = (True, -1, 0, 10**30, 2**63, -(2**63), 1e308, 5e-324, 0.5, "1", None)
PEOPLES = ("card", "kind", "labels", "source", "cell", "name", "activation")


def fields(table, path=()):
    """List the places of a document where numbers are, arrays as a whole."""
    for name, value in table.items():
        if name in PEOPLES:
            continue
        if isinstance(value, dict):
            yield from fields(value, (*path, name))
        elif not isinstance(value, str | NoneType):
            yield (*path, name)


def planted(document, path, value):
    """Put a value into a field, and into the first place of an array."""
    for inside in (False, True):
        changed = copy.deepcopy(document)
        table = changed
        for name in path[:-1]:
            table = table[name]
        given = table[path[-1]]
        if inside:
            given = np.asarray(given).tolist()
            if not isinstance(given, list) or not given or isinstance(given[0], str):
                continue
            row = given
            while isinstance(row[0], list):
                row = row[0]
            row[0] = value
        table[path[-1]] = given if inside else value
        yield changed


def trained():
    model = load(EXAMPLES / "digits.pt")
    return encode(model) | {"task": {"steps": 64}, "samples_x": np.zeros((0, 1, 1), np.int64),
                            "samples_lengths": np.zeros(0, np.int64),
                            "samples_y": np.zeros(0, np.int64)}  # fmt: skip


def run_trained(document):
    model = integer_model(decode(TrainedModel, document, ""))
    golden.run(model, np.ones((1, 3), np.int64))


def run_integers(document):
    model = decode(IntegerModel, document, "")
    assert len(model.digest) == 64 and model.logit_bits and model.weight_bits
    golden.run(model, np.ones((1, 3, model.inputs.channels), np.int64))


KINDS = {
    "numbers": {},
    "dense": {"weights": "levels"},
    "tokens": {"vocabulary": 6},
    "every": {"every": True},
}
CASES = [pytest.param(trained(), run_trained, id="trained")]
for kind, options in KINDS.items():
    drawn = random_model(np.random.default_rng(1), 8, 8, **options)
    table = {name: value for name, value in drawn.to_dict().items() if name != "version"}
    CASES.append(pytest.param(table, run_integers, id=kind))


@pytest.mark.parametrize("value", NEVER, ids=str)
@pytest.mark.parametrize(("document", "run"), CASES)
def test_what_is_no_number_is_refused(document, run, value):
    for path in fields(document):
        for changed in planted(document, path, value):
            with pytest.raises(ModelError):
                run(changed)


@pytest.mark.parametrize("value", ANYWHERE, ids=str)
@pytest.mark.parametrize(("document", "run"), CASES)
def test_every_other_value_is_refused_or_computed_with(document, run, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in fields(document):
            for changed in planted(document, path, value):
                try:
                    run(changed)
                except ModelError as error:
                    assert error.hint
