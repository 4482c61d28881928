"""What changes a run changes its name."""

from qrnn_hw.sweep.digest import run_digest


def test_equal_runs_have_one_name(recipe):
    versions = {"torch": "1", "numpy": "2"}
    name = run_digest(recipe(), "data", versions)
    assert name == run_digest(recipe(), "data", {"numpy": "2", "torch": "1"})
    others = [
        run_digest(recipe(seed=1), "data", versions),
        run_digest(recipe(lr=0.050001), "data", versions),
        run_digest(recipe(), "other", versions),
        run_digest(recipe(), "data", versions | {"torch": "1.1"}),
    ]
    assert len({name, *others}) == 5
