"""Data that several tests of commands train on."""

import numpy as np
import pytest


@pytest.fixture
def rare(tmp_path):
    """Write 150 sequences of one class and 8 of another, which a bump tells; more to test on."""
    generator = np.random.default_rng(0)
    arrays = {}
    for split, counts in (("", (150, 8)), ("_test", (150, 40))):
        y = np.repeat(["none", "bump"], counts)
        x = 0.35 * generator.standard_normal((len(y), 18))
        x[y == "bump", 6:9] += 0.7
        arrays |= {f"x{split}": x, f"y{split}": y}
    np.savez(tmp_path / "rare.npz", **arrays)
    return tmp_path / "rare.npz"
