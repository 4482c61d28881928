"""One run."""

import pytest

from qrnn_hw.sweep import work
from qrnn_hw.sweep.work import train_one
from qrnn_hw.train.loop import checkpoint
from qrnn_hw.train.pipeline import Baseline, train_network


def test_a_run_is_that_of_train(dataset, recipe):
    outcome = train_one(dataset, recipe())
    card = train_network(dataset, recipe(), lambda epoch: None).card
    assert outcome.result.card == card
    assert outcome.error == ""
    assert outcome.seconds > 0
    assert isinstance(train_one(dataset, recipe(cell="lstm", epochs=1)).result, Baseline)


def test_a_run_that_diverges_says_so(dataset, recipe):
    outcome = train_one(dataset, recipe(lr=1e30))
    assert outcome.result is None
    assert "training must not diverge" in outcome.error


@pytest.fixture
def stopped(dataset, recipe, tmp_path, monkeypatch):
    """Stop a run after its third epoch, and return its state and what it then learns."""
    monkeypatch.setattr(checkpoint, "SECONDS", 0)
    monkeypatch.setattr(checkpoint, "SHARE", 1e9)
    seen = []

    def watched(dataset, recipe, report, kept):
        def stop(epoch):
            seen.append(epoch.number)
            if seen == [1, 2, 3]:
                raise KeyboardInterrupt

        return train_network(dataset, recipe, stop, kept)

    monkeypatch.setattr(work, "train_network", watched)
    with pytest.raises(KeyboardInterrupt):
        train_one(dataset, recipe(epochs=5), tmp_path / "state.pt")
    assert (tmp_path / "state.pt").exists()
    return tmp_path / "state.pt", seen


def test_an_interrupted_run_goes_on(dataset, recipe, stopped):
    state, seen = stopped
    outcome = train_one(dataset, recipe(epochs=5), state)
    assert seen[3] > 1
    whole = train_network(dataset, recipe(epochs=5), lambda epoch: None)
    assert outcome.result.card == whole.card


@pytest.mark.parametrize("other", ["damaged", "of another run"])
def test_a_state_of_something_else_is_no_obstacle(dataset, recipe, stopped, other):
    state, seen = stopped
    if other == "damaged":
        state.write_bytes(state.read_bytes()[:-100])
    changed = recipe(epochs=5, seed=int(other != "damaged"))
    outcome = train_one(dataset, changed, state)
    assert seen[3] == 1
    assert outcome.result.card == train_network(dataset, changed, lambda epoch: None).card
