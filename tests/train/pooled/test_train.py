"""A drawn recurrence with a trained readout, from data to integers."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.data.tasks.own import own
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import FitError, ModelError, OptionError
from qrnn_hw.export.weights import Levels, NumberInputs
from qrnn_hw.train.objective import balanced
from qrnn_hw.train.pooled.choose import (
    DESIGNS,
    LOGISTIC,
    NARROW,
    SQUARES,
    Candidate,
    choose,
    folds,
    ways,
)
from qrnn_hw.train.pooled.draw import Design, Sequences, draw, features
from qrnn_hw.train.pooled.readout import train_readout
from qrnn_hw.train.pooled.train import (
    PooledRecipe,
    known_sequences,
    obstacle,
    train_pooled,
    units,
)
from qrnn_hw.train.result.save import save
from qrnn_hw.train_options import MOST_DRAWS, pooled_recipe


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Two tones in noise, of any phase and place, about an offset: nothing for the last state."""
    rng = np.random.default_rng(5)
    y, t = np.arange(120) % 2, np.arange(60)
    period = np.where(y, 6.0, 10.0)[:, None]
    x = np.sin(2 * np.pi * (t / period + rng.uniform(0, 1, (120, 1))))
    path = tmp_path_factory.mktemp("data") / "tones.npz"
    np.savez(path, x=1000 + x + rng.normal(0, 0.5, x.shape), y=y)
    return own(path)


@pytest.fixture(scope="module", autouse=True)
def few_designs():
    """Judge two designs in fewer steps, which says as much of everything but the choice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qrnn_hw.train.pooled.readout.STEPS", 100)
        patch.setattr("qrnn_hw.train.pooled.train.DESIGNS", DESIGNS[1:3])
        yield


@pytest.fixture(scope="module")
def found(dataset, few_designs):
    judged = []
    return train_pooled(dataset, PooledRecipe(hidden=64, seed=3), judged.append), judged


def test_it_learns_what_the_last_state_cannot_tell(found, dataset):
    model, judged = found
    assert model.card["test_accuracy"] > 0.9
    assert model.card["test_integers"]["12"]["accuracy"] == model.card["test_accuracy"]
    assert len(judged) == len(model.card["candidates"]) == 2 * 2 * 2
    kinds = [(one.statistic, one.way) for one in judged]
    assert len(set(kinds)) == 4 and all(kinds.count(kind) == 2 for kind in kinds)
    best = choose(judged, len(dataset.y_train) + len(dataset.y_val))
    assert model.card["val_accuracy"] == best.accuracy
    assert model.card["recipe"]["v_by"] == best.way


def test_its_accuracy_is_that_of_the_golden_run(found, dataset):
    integers = integer_model(found[0], 12)
    run = golden.run(integers, dataset.x_test.astype(np.int64))
    assert (run.classes == dataset.y_test).mean() == found[0].card["test_accuracy"]
    assert "a pooled readout" in integers.needs


def test_the_same_run_gives_the_same_bytes(found, dataset, tmp_path):
    again = train_pooled(dataset, PooledRecipe(hidden=64, seed=3), lambda one: None)
    for name, model in (("a.pt", found[0]), ("b.pt", again)):
        save(model, tmp_path / name)
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()


def test_narrow_states_are_trained_for(dataset):
    model = train_pooled(dataset, PooledRecipe(hidden=64, seed=3, state_bits=7), lambda one: None)
    assert model.card["test_integers"]["7"]["accuracy"] == model.card["test_accuracy"] > 0.85
    assert model.ranges["7"] == NARROW * model.state_range


@pytest.mark.parametrize(
    ("change", "what"),
    [({"vocabulary": ("a", "b")}, "tokens"), ({"every": True}, "every step"),
     ({"regression": True}, "number")],
)  # fmt: skip
def test_other_tasks_are_refused(dataset, change, what):
    with pytest.raises(ModelError, match=what):
        train_pooled(replace(dataset, **change), PooledRecipe(), lambda one: None)


def test_one_logit_may_decide(dataset):
    recipe = PooledRecipe(hidden=64, seed=3)
    model = train_pooled(replace(dataset, decision=True), recipe, lambda one: None)
    assert model.classes == 1 and model.card["test_accuracy"] > 0.9
    run = golden.run(integer_model(model, 12), dataset.x_test.astype(np.int64))
    assert (run.classes == dataset.y_test).mean() == model.card["test_accuracy"]


def test_units_must_suit_a_design(dataset):
    assert obstacle(dataset, {"hidden": 24}) == "needs units in multiples of 16, not 24"
    assert obstacle(dataset, {"hidden": 48}) is None
    for channels, classes in ((1, 2), (9, 6), (12, 9), (64, 60)):
        hidden = units(channels, classes, 4)
        assert hidden % 64 == 0 and hidden <= 1024
        u_bits = 4 if channels < 3 else 2
        assert hidden == 64 or hidden * (u_bits * channels + 4 * classes + 15) <= 8 * 4900


def sequences(rng, count=20, channels=2):
    x = rng.integers(-100, 100, (count, 15, channels))
    return Sequences(x, rng.integers(1, 16, count), rng.integers(0, 2, count))


def test_features_are_shares_and_means_of_the_golden_states():
    rng = np.random.default_rng(8)
    known, about = sequences(rng), inputs()
    model = draw(about, known, 32, Design(16, (3, 1)), 4)
    z = features(model, known, 10)
    integers = integer_model(model, 10)
    states = golden.run(integers, known.x, known.lengths, states=True).states
    for row, steps in enumerate(known.lengths):
        each = states[row, :steps]
        assert np.allclose(z["count"][row], (each >= 0).mean(0))
        assert np.allclose(z["mean"][row], np.maximum(each, 0).mean(0) * integers.state_step)


def inputs(channels=2):
    return NumberInputs(Levels(4, 1.0, np.zeros((1, channels), np.int64)), 8, True, 0.01)


@pytest.mark.parametrize(("channels", "alike"), [(1, True), (1, False), (3, True)])
def test_blocks_are_driven_to_go_as_far_where_u_is_fine(channels, alike):
    """Half of the blocks lose 1/32 of themselves a step, the others a half; inputs stay."""
    known = sequences(np.random.default_rng(8), 40, channels)
    known = replace(known, x=known.x[:, :1].repeat(15, 1), lengths=np.full(40, 15))
    model = draw(inputs(channels), known, 128, Design(16, (5, 1)), 4, 8 if alike else 12)
    states = golden.run(integer_model(model, 16), known.x, states=True).states
    spread = states.reshape(-1, 8, 16).std(0).mean(1)
    assert (spread.max() < 1.6 * spread.min()) == (channels == 1 and alike)
    assert model.inputs.u.bits == (4 if channels == 1 else 2)


def test_thresholds_part_the_states_of_every_unit():
    rng = np.random.default_rng(9)
    known = sequences(rng, 40)
    model = draw(inputs(), known, 64, Design(16, (3, 2)), 5)
    shares = features(model, known, 14)["count"].mean(0)
    assert ((shares > 0.01) & (shares < 0.99)).mean() > 0.95


def test_v_is_trained_as_it_is_rounded():
    rng = np.random.default_rng(10)
    z, y = rng.normal(2, 3, (200, 16)), np.arange(200) % 3
    z[:, :3] += 8 * np.eye(3)[y]
    readout = train_readout(z, y, 3, 3, weights=None, seed=1)
    assert (readout.logits(z).argmax(1) == y).mean() > 0.95
    assert np.abs(readout.v.levels).max() <= 3


def test_weights_make_rare_classes_count():
    rng = np.random.default_rng(11)
    y = (np.arange(300) % 30 == 0).astype(np.int64)
    z = rng.normal(0, 1, (300, 8)) + 1.5 * y[:, None] * (np.arange(8) == 0)
    recalls = []
    for weights in (None, balanced(y, 2)):
        answers = train_readout(z, y, 2, 4, weights=weights, seed=2).logits(z).argmax(1)
        recalls.append((answers[y == 1] == 1).mean())
    assert recalls[0] < 0.5 < recalls[1]


def test_blocks_that_hear_a_few_channels_are_taken_where_they_are_near():
    whole, part = Design(64, (5, 3)), Design(16, (5, 3), 2)
    best = Candidate(whole, "mean", LOGISTIC, 1.0, 0.95, 0.2)
    for accuracy, wanted in ((0.94, part), (0.85, whole)):
        near = Candidate(part, "mean", LOGISTIC, 1.0, accuracy, 0.3)
        assert choose([best, near], 100).design is wanted
    assert choose([best], 100) is best


def test_of_few_sequences_a_kind_is_right_in_the_mean_of_the_designs():
    found = [
        Candidate(design, statistic, way, 1.0, accuracy, 0.3)
        for statistic, way, scores in (("mean", LOGISTIC, (0.90, 0.70, 0.70, 0.70)),
                                       ("mean", SQUARES, (0.82, 0.84, 0.81, 0.80)),
                                       ("count", LOGISTIC, (0.70, 0.70, 0.70, 0.88)))
        for design, accuracy in zip(DESIGNS, scores)
    ]  # fmt: skip
    taken = {count: choose(found, count) for count in (60, 6000)}
    assert (taken[60].way, taken[60].design) == (SQUARES, DESIGNS[1])
    assert taken[6000].accuracy == 0.90
    # Of 15 sequences the two differ by less than one, and of 30 by more.
    near = [Candidate(DESIGNS[0], statistic, way, 1.0, right / 15, 0.3)
            for statistic, way, right in (("mean", LOGISTIC, 14.0), ("mean", SQUARES, 13.1),
                                          ("count", LOGISTIC, 13.05))]  # fmt: skip
    taken = {(count, bits): choose(near, count, bits) for count in (15, 30) for bits in (8, 12)}
    assert {key: (one.statistic, one.way) for key, one in taken.items()} == {
        (15, 12): ("mean", SQUARES),
        (15, 8): ("count", LOGISTIC),
        (30, 12): ("mean", LOGISTIC),
        (30, 8): ("mean", LOGISTIC),
    }


def test_each_channel_is_heard_by_as_many_units():
    rng = np.random.default_rng(12)
    x = rng.integers(-100, 100, (20, 15, 6))
    known = Sequences(x, np.full(20, 15), np.arange(20) % 2)
    about = NumberInputs(Levels(4, 1.0, np.zeros((1, 6), np.int64)), 8, True, 0.01)
    u = draw(about, known, 96, Design(16, (3,), 2), 1).inputs.u.levels
    heard = u.reshape(6, 16, 6).any(1)
    assert (heard.sum(1) <= 2).all() and (heard.sum(0) <= 2).all() and u.any(1).all()


def test_every_class_trains_in_every_fold():
    y = np.array([0] * 40 + [1] * 7 + [2] * 3)
    held = []
    for train, judged in folds(y):
        assert set(y[train]) == {0, 1, 2}
        held += judged.tolist()
    assert sorted(held) == list(range(50))


def test_of_many_the_last_of_every_class_judge():
    y = np.arange(1200) % 3
    ((train, judged),) = folds(y)
    assert sorted([*train, *judged]) == list(range(1200))
    assert (np.bincount(y[judged]) == 80).all()
    assert judged.min() > train.max()


def test_many_are_in_the_order_of_their_file(dataset, monkeypatch):
    monkeypatch.setattr("qrnn_hw.train.pooled.train.FEW", 20)
    places = np.sort(np.concatenate([dataset.places_train, dataset.places_val]))
    assert (known_sequences(dataset, PooledRecipe()).y == places % 2).all()


def test_a_rare_class_is_answered_where_classes_are_balanced(tmp_path, monkeypatch):
    monkeypatch.setattr("qrnn_hw.train.pooled.train.DESIGNS", (Design(64, (5, 3)),))
    rng, arrays = np.random.default_rng(0), {}
    for split, counts in (("", (150, 8)), ("_test", (150, 40))):
        y = np.repeat(["none", "bump"], counts)
        x = 0.35 * rng.standard_normal((len(y), 18))
        x[y == "bump", 6:9] += 0.5
        arrays |= {f"x{split}": x, f"y{split}": y}
    np.savez(tmp_path / "rare.npz", **arrays)
    data, found, cards = own(tmp_path / "rare.npz"), {}, []
    for balance in (False, True):
        recipe = PooledRecipe(hidden=128, balance=balance)
        cards.append(train_pooled(data, recipe, lambda one: None).card)
        found[balance] = cards[-1]["judged"]
    bump, none = (data.classes.index(name) for name in ("bump", "none"))
    assert found[True]["recall"][bump] > 0.5 > found[False]["recall"][bump]
    assert found[True]["recall"][none] > 0.7
    assert ways(158, alike=True) == (LOGISTIC, SQUARES)
    assert ways(158, alike=False) == ways(1200, alike=True) == (LOGISTIC,)
    ways_of = [{one["way"] for one in card["candidates"]} for card in cards]
    assert ways_of == [{LOGISTIC, SQUARES}, {LOGISTIC}]


def test_a_design_has_as_many_units_as_fit(dataset):
    tried, judged = [], []

    def fits(model):
        tried.append(model.hidden)
        return model.hidden <= 150 and model.readout.pool is not None

    found = train_pooled(dataset, PooledRecipe(hidden=320), judged.append, fits)
    assert found.hidden == found.card["recipe"]["hidden"] == 128
    assert len(judged) == 8 and len(tried) == 2 * 3, "halving, from 320 down"
    small = train_pooled(dataset, PooledRecipe(hidden=64), judged.append, lambda m: m.hidden < 50)
    assert (small.hidden, small.recurrence.block) == (48, 16)


def test_no_room_is_told(dataset):
    with pytest.raises(FitError, match="no network of sums over the steps is small enough"):
        train_pooled(dataset, PooledRecipe(hidden=64), print, lambda model: False)


def test_the_draw_that_validates_best_is_kept(dataset):
    judged: list[Candidate] = []
    recipe = PooledRecipe(hidden=16, statistic="mean", draws=3, seed=3)
    card = train_pooled(dataset, recipe, judged.append).card
    known = known_sequences(dataset, recipe)
    best = choose([one for one in judged if one.statistic == "mean"], len(known.y))
    assert {one.design.draw for one in judged} == {0, 1, 2} and card["recipe"]["draws"] == 3
    assert (card["recipe"]["draw"], card["val_loss"]) == (best.design.draw, best.loss)
    assert len({one.loss for one in judged}) == len(judged)


def test_no_draw_begins_when_the_time_is_over(dataset):
    judged: list[Candidate] = []
    recipe = PooledRecipe(hidden=16, draws=1000)
    card = train_pooled(dataset, recipe, judged.append, until=0.0).card
    assert card["recipe"]["draws"] == 1 and {one.design.draw for one in judged} == {0}


def test_draws_and_seconds_go_with_a_readout_of_all_states(dataset):
    for readout, stream in (("last", False), ("pooled", True)):
        for name, one in (("draws", {"draws": 3}), ("seconds", {"seconds": 9.0})):
            with pytest.raises(OptionError, match=f"^--{name} "):
                pooled_recipe(readout, "data", dataset, None, {}, stream=stream, **one)
    for one, draws in (({}, 1), ({"seconds": 9.0}, MOST_DRAWS), ({"draws": 5, "seconds": 9.0}, 5)):
        assert pooled_recipe("auto", "data", dataset, None, {}, **one).draws == draws
