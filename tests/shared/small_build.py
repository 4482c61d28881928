"""A build of a small core, without its simulation."""

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cli.build import build
from random_model import random_model


def build_small(folder, verified, versions):
    """Build the core of a small model in a folder; return the folder of the build.

    Parameters
    ----------
    verified
        What the simulation would have found.
    versions
        Of the tools, as the report has them.
    """
    random_model(np.random.default_rng(4), 8, 6).save(folder / "m.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qrnn_hw.job.verify_core", lambda *_, **__: verified)
        patch.setattr("qrnn_hw.job.versions", lambda: versions)
        result = CliRunner().invoke(
            build, [str(folder / "m.json"), "--board", "none", "--verilog-only",
                    "--engine", "popcount", "-o", str(folder / "out")],
        )  # fmt: skip
    assert result.exit_code == 0, (result.output, result.exception)
    return folder / "out"
