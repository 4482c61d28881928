"""A stream of a million steps: what forgets answers as well at its end as at its beginning."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.data.tasks.own import own
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ModelError, OptionError
from qrnn_hw.export.horizon import Horizon
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.weights import HadamardWeights, Levels, NumberInputs, RealReadout
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.rtl import verify_rtl
from qrnn_hw.train.pooled import draw as recurrences
from qrnn_hw.train.pooled.choose import DESIGNS
from qrnn_hw.train.pooled.draw import Design, Sequences, draw
from qrnn_hw.train.pooled.endless import StreamRecipe, train_stream
from qrnn_hw.train.pooled.readout import train_readout
from qrnn_hw.train.pooled.streams import asked, joined, leaks, streamed
from qrnn_hw.train_options import pooled_recipe

STEPS, TRAINED, UNITS, LEAK = 1_000_000, 400, 32, 6
LOUD, QUIET = 40, 20  # of the channel that is active, and of the other
SETTLED, EVERY = 64, 5  # steps after a change of regime that are not asked, and steps between


def stream(rng, steps):
    """Draw noise of two channels that take turns at random times in being the louder one.

    Which it is, is asked every few steps; -1 elsewhere.
    """
    turns = np.cumsum(rng.integers(200, 600, steps // 200))
    place = np.searchsorted(turns, np.arange(steps), "right")
    kind, since = (place + rng.integers(2)) % 2, np.arange(steps) - np.append(0, turns)[place]
    size = np.where(np.arange(2) == kind[:, None], LOUD, QUIET)
    x = np.clip(np.rint(size * rng.normal(size=(steps, 2))), -128, 127).astype(np.int64)
    return x, np.where((since >= SETTLED) & (np.arange(steps) % EVERY == 0), kind, -1)


def streams(rng, count, steps):
    drawn = [stream(rng, steps) for _ in range(count)]
    return Sequences(np.stack([x for x, _ in drawn]), np.full(count, steps),
                     np.stack([y for _, y in drawn]))  # fmt: skip


@pytest.fixture(scope="module")
def networks():
    """Return a network that forgets, and the same without decay, each with its own readout."""
    known = streams(np.random.default_rng(11), 40, TRAINED)
    about = NumberInputs(Levels(4, 1.0, np.zeros((1, 2), np.int64)), 8, True, 1 / 128)
    forgets = draw(about, known, UNITS, Design(16, (5, 3), 1), 1)
    holds = replace(forgets, recurrence=HadamardWeights(forgets.recurrence.signs, 16))
    # Its states go further in as many steps, and have the range that they need.
    holds = replace(holds, state_range=float(np.abs(recurrences._states(holds, known)).max()))
    return [read(network, known) for network in (forgets, holds)]


def read(network, known):
    """Train a readout of a pool that leaks."""
    found = asked(network, known, 12, (LEAK,))
    trained = train_readout(found.pools["mean", LEAK], found.y, 2, 4, weights=None, seed=0)
    readout = RealReadout(trained.v, trained.class_bias, True, True, Pool("mean", 0, LEAK))
    return replace(network, readout=readout)


def hits(network, x, y):
    """Say where a stream is answered right, of the steps that are asked."""
    found = asked(network, Sequences(x[None], np.array([len(x)]), y[None]), 12, (LEAK,))
    readout = network.readout
    logits = found.pools["mean", LEAK] @ readout.v.value.T + readout.class_bias
    return logits.argmax(1) == found.y


def test_a_million_steps_are_answered_as_well_at_the_end_as_at_the_beginning(networks):
    x, y = stream(np.random.default_rng(12), STEPS)
    steps = np.flatnonzero(y >= 0)
    first, last = steps < STEPS // 10, steps >= STEPS - STEPS // 10
    forgets, holds = (hits(network, x, y) for network in networks)
    assert 0.9 < forgets[first].mean() < 1
    assert abs(forgets[last].mean() - forgets[first].mean()) < 0.01
    # Without decay it answers for as long as it was trained, and then is noise.
    beginnings = streams(np.random.default_rng(13), 40, TRAINED)
    known = [hits(networks[1], *pair) for pair in zip(beginnings.x, beginnings.y)]
    assert np.concatenate(known).mean() > 0.8
    assert abs(holds[last].mean() - 0.5) < 0.05
    assert [Horizon.of(network).endless for network in networks] == [True, False]


def test_what_was_asked_is_the_golden_run(networks):
    known = streams(np.random.default_rng(13), 2, 700)
    for network in networks:
        model = integer_model(network, 12)
        run = golden.run(model, known.x)
        logits = golden.real(model, run.logits, known.lengths)[known.y >= 0]
        rows = [hits(network, x, y) for x, y in zip(known.x, known.y)]
        assert (np.concatenate(rows) == (logits.argmax(1) == known.y[known.y >= 0])).mean() > 0.99
        unit = model.state_step / model.readout.pool.weight
        found = asked(network, known, 12, (LEAK,)).pools["mean", LEAK] / unit
        pools = golden.run(model, known.x, states=True).pools
        assert (np.rint(found) == pools[known.y >= 0]).all()


@pytest.mark.slow
def test_ten_thousand_steps_of_gateware_are_the_golden_run(networks):
    plan = SerialPlan(integer_model(networks[0], 12), 16)
    x, _ = stream(np.random.default_rng(5), 10_000)
    result = verify_rtl(plan, [x], seed=None)
    assert (result.counts.steps, result.counts.logits) == (10_000, 20_000)


def test_sequences_stand_one_behind_another():
    rng = np.random.default_rng(3)
    lengths = rng.integers(3, 9, 21)
    x = rng.integers(1, 100, (21, 8, 2)) * (np.arange(8) < lengths[:, None])[:, :, None]
    found = joined(Sequences(x, lengths, np.arange(21)))
    assert len(found.y) == 2
    asks = found.y >= 0
    assert sorted(found.y[asks]) == list(range(21))
    for row, at in np.argwhere(asks):
        one = found.y[row, at]
        assert (found.x[row, at + 1 - lengths[one] : at + 1] == x[one, : lengths[one]]).all()
    # Each begins with its last sequence, of which nothing is asked.
    for row, length in enumerate(found.lengths):
        last = found.y[row, length - 1]
        assert (found.x[row, : lengths[last]] == x[last, : lengths[last]]).all()
        assert length == lengths[found.y[row][asks[row]]].sum() + lengths[last]
        assert not asks[row, length:].any()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    rng = np.random.default_rng(5)
    y, t = np.arange(150) % 2, np.arange(40)
    period = np.where(y, 6.0, 10.0)[:, None]
    x = np.sin(2 * np.pi * (t / period + rng.uniform(0, 1, (150, 1))))
    path = tmp_path_factory.mktemp("data") / "tones.npz"
    np.savez(path, x=1000 + x + rng.normal(0, 0.5, x.shape), y=np.array(["slow", "fast"])[y])
    return own(path)


@pytest.fixture(scope="module")
def found(dataset):
    judged = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qrnn_hw.train.pooled.train.DESIGNS", DESIGNS[1:2])
        recipe = StreamRecipe(hidden=64, seed=3, statistic="mean")
        return train_stream(dataset, recipe, judged.append), judged


def test_a_network_of_a_stream_is_trained_from_sequences(found, dataset):
    model, judged = found
    assert Horizon.of(model).endless
    assert {one.leak for one in judged} == set(leaks(np.full(9, 40))) == {2, 3, 4}
    assert model.readout.every
    assert model.readout.pool == Pool("mean", 0, model.card["recipe"]["leak"])
    assert model.card["test_integers"]["12"]["accuracy"] > 0.85
    # Its test is one of the golden run on streams that were not trained on.
    test = streamed(dataset)
    run = golden.run(integer_model(model, 12), test.x_test.astype(np.int64), test.lengths_test)
    asks = test.y_test >= 0
    assert asks.sum() == len(dataset.y_test)
    right = (run.classes == test.y_test)[asks].mean()
    assert right == pytest.approx(model.card["test_integers"]["12"]["accuracy"])


def test_what_a_stream_cannot_be_trained_on_is_refused(dataset):
    with pytest.raises(ModelError, match="answers once a sequence, not after every step"):
        train_stream(replace(dataset, every=True), StreamRecipe(), print)
    for readout, leak, stream_too, message in (
        ("auto", 3, False, "--leak goes with --stream"),
        ("last", None, True, "--stream goes with a readout of all states, not --readout last"),
    ):
        with pytest.raises(OptionError, match=f"^{message}$"):
            pooled_recipe(readout, "data", dataset, None, {}, stream=stream_too, leak=leak)
    recipe = pooled_recipe("auto", "digits", dataset, None, {"seed": 2}, stream=True, leak=5)
    assert recipe == StreamRecipe(seed=2, leak=5)
