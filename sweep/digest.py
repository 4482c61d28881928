"""What fixes a run, as a short name."""

import hashlib
import json
from collections.abc import Mapping

from qrnn_hw.train.recipe import Recipe

LENGTH = 16  # hexadecimal digits: of a million runs no two share a name


def run_digest(recipe: Recipe, data: str, versions: Mapping[str, str]) -> str:
    """Name a run.

    Parameters
    ----------
    recipe
        With its seed.
    data
        Digest of the dataset, all that options of the task make of its files.
    versions
        Of the packages that compute: with others the same recipe ends in other bits.
    """
    fixed = {"recipe": recipe.settings(), "data": data, "versions": dict(versions)}
    text = json.dumps(fixed, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
