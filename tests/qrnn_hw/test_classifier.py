"""scikit-learn's protocol: its own checks, what it is used with, and what sequences may be."""

import pickle

import numpy as np
import pandas
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import qrnn_hw
from qrnn_hw.cli.options.train import RECIPE
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, ModelError, OptionError, OutputError
from qrnn_hw.train.recipe import Recipe

T = 10
#: Checks of scikit-learn that cannot hold, and why: none.
FAILING: dict[str, str] = {}


def quick(**changes):
    """Make a classifier that trains in a tenth of a second."""
    given = {"hidden": 16, "epochs": 5, "lr": 0.05, "dropout": 0.0, "random_state": 1} | changes
    return qrnn_hw.Classifier(**given)


@parametrize_with_checks(
    [quick(random_state=None), quick(random_state=None, cell="qornn")],
    expected_failed_checks=lambda estimator: FAILING,
)
@pytest.mark.filterwarnings("default")
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def halves(count=80, channels=1, seed=0, kind=float):
    """Which half of a sequence is louder, told by text."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 16, (count, T, channels))
    late = np.arange(count) % 2 == 1
    x[late, : T // 2] /= 8
    x[~late, T // 2 :] /= 8
    return x.astype(kind), np.where(late, "late", "early")


@pytest.fixture(scope="module")
def fitted():
    x, y = halves(channels=2)
    return quick(epochs=30).fit(x, y), x, y


def test_a_sequence_is_learnt(fitted):
    clf, _, _ = fitted
    x, y = halves(seed=1, channels=2)
    assert clf.score(x, y) > 0.95
    assert clf.validation_score_ > 0.9
    assert clf.classes_.tolist() == ["early", "late"]
    chances = clf.predict_proba(x)
    np.testing.assert_allclose(chances.sum(1), 1)
    assert np.array_equal(clf.classes_[chances.argmax(1)], clf.predict(x))
    np.testing.assert_allclose(np.exp(clf.predict_log_proba(x)), chances)


def test_answers_are_those_of_the_golden_run(fitted):
    clf, x, _ = fitted
    model = integer_model(clf.export(), 12)
    centred = (x - clf.model_.data_offset) / np.array(clf.model_.data_step)
    wire = np.clip(np.rint(centred), *model.input_range)
    run = golden.run(model, wire.astype(np.int64))
    assert np.array_equal(clf.predict(x), clf.classes_[run.classes])


def test_without_a_bias_there_is_no_origin():
    x, y = halves()
    biased, clf = (quick(epochs=20, **given).fit(x, y) for given in ({}, {"bias": False}))
    assert clf.score(x, y) > 0.9
    assert biased.export().origin is not None and clf.export().origin is None


@pytest.mark.parametrize("cell", ["hadamrnn", "block-hadamrnn", "qornn"])
def test_every_cell_that_hardware_computes(cell):
    x, y = halves()
    clf = quick(cell=cell, epochs=20, **({"block": 8} if "block" in cell else {})).fit(x, y)
    assert clf.score(x, y) > 0.9
    assert clf.export().cell.lower() == cell


def test_a_hidden_layer_of_the_readout():
    x, y = halves()
    clf = quick(layer=6, epochs=20).fit(x, y)
    assert clf.score(x, y) > 0.9
    assert clf.export().needs == {"a hidden layer"}


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[:, :, 0],
        lambda x: list(x),
        lambda x: list(x[:, :, 0]),
        lambda x: x.tolist(),
        lambda x: pandas.Series(list(x[:, :, 0])),
        lambda x: pandas.DataFrame(x[:, :, 0]),
        lambda x: torch.tensor(x),
    ],
    ids=["table", "list", "rows", "lists", "series", "frame", "tensor"],
)
def test_every_form_of_the_same_sequences_gives_the_same(make):
    x, y = halves()
    wanted = quick().fit(x, y).predict_proba(x)
    found = quick().fit(make(x), pandas.Series(y)).predict_proba(make(x))
    assert np.array_equal(found, wanted)


def test_sequences_of_several_lengths():
    x, y = halves(channels=2)
    parts = [each[: T - index % 3] for index, each in enumerate(x)]
    clf = quick(epochs=20).fit(parts, y)
    assert clf.score(parts, y) > 0.9
    assert not hasattr(clf, "n_features_in_")
    assert clf.predict(parts[:1]) == clf.predict(parts[0][None])
    again = clf.fit(x, y)
    assert again.n_features_in_ == T
    with pytest.raises(DataError, match="must have 10 steps"):
        again.predict(parts)


@pytest.mark.parametrize(
    "labels",
    [np.array([1, 7]), np.array([False, True]), np.array(["no", "yes"], object), [-1.0, 1.0]],
    ids=["integers", "bools", "objects", "floats"],
)
def test_labels_of_any_kind_come_back(labels):
    x, y = halves()
    given = np.array(labels)[(y == "late").astype(int)]
    clf = quick(epochs=20).fit(x, given)
    assert clf.classes_.dtype == given.dtype
    assert clf.score(x, given) > 0.9
    assert clf.export().task["classes"] == [str(each) for each in np.array(labels).tolist()]


def test_integers_are_exact_and_of_a_step_of_one():
    x, y = halves(kind=np.int16)
    clf = quick().fit(x, y)
    model = clf.export()
    assert (model.inputs.bits, model.inputs.signed, model.data_step) == (4, False, 1.0)
    assert np.array_equal(clf.predict_proba(x), clf.predict_proba(x.astype(float)))
    assert clf.predict(x * 9).shape == y.shape  # saturates
    assert quick(input_bits=7).fit(x, y).export().inputs.bits == 7


def test_one_logit_for_two_classes():
    x, y = halves()
    clf = quick(decision=True, epochs=20).fit(x, y)
    assert clf.export().classes == 1
    assert clf.score(x, y) > 0.9
    assert clf.predict_proba(x).shape == (len(x), 2)


@pytest.mark.slow
def test_states_are_as_wide_as_was_asked():
    x, y = halves()
    clf = quick(state_bits=6, tune_epochs=2).fit(x, y)
    assert clf.card_["tuned"]["state_bits"] == 6
    found = qrnn_hw.predict(clf.export(), x, state_bits=6)
    assert np.array_equal(clf.predict_proba(x), found.probabilities)
    assert not np.array_equal(qrnn_hw.predict(clf.export(), x).logits, found.logits)


def test_a_seed_fixes_everything():
    x, y = halves()

    def digest(seed):
        return integer_model(quick(random_state=seed).fit(x, y).export()).digest

    assert digest(1) == digest(1) == digest(np.int64(1))
    assert digest(1) != digest(2)
    assert digest(np.random.RandomState(4)) == digest(np.random.RandomState(4))
    np.random.seed(5)
    one = digest(None)
    np.random.seed(5)
    assert digest(None) == one


def test_the_seed_is_that_of_the_command_line():
    x, y = halves()
    assert quick(random_state=7).fit(x, y).card_["recipe"]["seed"] == 7


def test_a_share_validates_and_none_tests():
    x, y = halves()
    card = quick(validation_fraction=0.25).fit(x, y).card_
    assert card["splits"] == {"train": 60, "val": 20, "test": 0}
    assert "test_accuracy" not in card
    assert card["test_integers"] == {}
    assert len(card["curve"]) == 5
    assert set(card["states"]["widths"]) == {"6", "8", "10", "12"}


def test_few_sequences_are_enough():
    x, y = halves(count=4)
    assert quick().fit(x, y).card_["splits"] == {"train": 2, "val": 2, "test": 0}
    clf = quick().fit(x[:2], y[:2])
    assert clf.card_["splits"] == {"train": 2, "val": 2, "test": 0}
    assert any("those that are trained on validate" in note for note in clf.card_["notes"])
    alone = quick().fit(x[:3], np.array(["a", "a", "b"]))
    assert alone.card_["splits"] == {"train": 2, "val": 1, "test": 0}


def test_a_model_is_written_and_read(fitted, tmp_path):
    clf, x, _ = fitted
    clf.save(tmp_path / "mine.pt")
    model = qrnn_hw.load(tmp_path / "mine.pt")
    assert np.array_equal(qrnn_hw.predict(model, x / 2).names, clf.predict(x / 2))
    assert len(model.samples_x) == 16
    assert model.task["classes"] == ["early", "late"]
    (tmp_path / "mine.txt").write_text("of somebody's own")
    with pytest.raises(OutputError):
        clf.save(tmp_path / "mine.txt")


def test_it_is_pickled_and_cloned(fitted):
    clf, x, _ = fitted
    assert np.array_equal(pickle.loads(pickle.dumps(clf)).predict(x), clf.predict(x))
    assert clone(clf).get_params() == clf.get_params()
    assert not hasattr(clone(clf), "model_")


def test_in_cross_validation_a_search_and_a_pipeline():
    x, y = halves(count=60)
    table = x[:, :, 0]
    assert cross_val_score(quick(epochs=15), table, y, cv=3).min() > 0.8
    assert cross_val_score(quick(epochs=15), list(x), y, cv=2).min() > 0.7
    search = GridSearchCV(quick(epochs=15), {"hidden": [8, 16]}, cv=2).fit(table, y)
    assert search.best_params_["hidden"] in (8, 16)
    assert search.score(table, y) > 0.8
    pipeline = make_pipeline(FunctionTransformer(np.log), StandardScaler(), quick(epochs=15))
    assert pipeline.fit(table, y).score(table, y) > 0.8


def test_progress_is_printed_if_asked_for(capsys):
    x, y = halves()
    quick(epochs=2).fit(x, y)
    assert capsys.readouterr().out == ""
    quick(epochs=2, verbose=True).fit(x, y)
    assert capsys.readouterr().out.count("validation") == 2


def test_threads_of_torch_are_left_as_they_were():
    torch.set_num_threads(2)
    x, y = halves()
    quick(epochs=1).fit(x, y)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)


def test_every_parameter_is_one_of_the_command_line():
    own = {
        "cell",
        "input_bits",
        "decision",
        "class_weight",
        "validation_fraction",
        "random_state",
        "verbose",
    }
    names = set(qrnn_hw.Classifier().get_params()) - own
    assert names <= set(RECIPE)
    assert names - {"device"} <= set(Recipe.__dataclass_fields__)


def test_classes_are_weighed_as_scikit_learn_does():
    rng = np.random.default_rng(3)
    y = np.repeat(["bump", "none"], [8, 150])
    x = 0.35 * rng.standard_normal((len(y), 18))
    x[y == "bump", 6:9] += 0.7
    given = {"hidden": 32, "epochs": 40, "batch": 64, "lr": 0.005, "dropout": 0.1}
    recalls = []
    weights = (None, "balanced", {"bump": 20.0}, {"bump": 40, "none": 2})
    for class_weight in weights:
        clf = quick(class_weight=class_weight, **given).fit(x, y)
        recalls.append((clf.predict(x)[:8] == "bump").mean())
    assert recalls[0] == 0 and min(recalls[1:]) > 0.5
    assert clf.card_["judged"]["split"] == "val"
    # Only the ratio counts.
    assert recalls[2] == recalls[3]


@pytest.mark.parametrize("given", ["even", 3, {"late": 0}, {"late": float("nan")}])
def test_other_weights_are_refused(given):
    x, y = halves()
    with pytest.raises(OptionError, match="class_weight: "):
        quick(class_weight=given).fit(x, y)
    with pytest.raises(DataError, match="labels in y, and has later"):
        quick(class_weight={"later": 2}).fit(x, y)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hidden": 24}, "power of two"),
        ({"cell": "lstm"}, "cell: 'lstm' is not one of 'hadamrnn'"),
        ({"cell": "best"}, "cell: "),
        ({"epochs": 0}, "epochs: must be a whole number"),
        ({"lr": float("nan")}, "lr: must be a number"),
        ({"dropout": 1}, "dropout: must be a number"),
        ({"block": 8}, "--block goes with block-hadamrnn"),
        ({"layer": 17}, "the hidden layer of a hadamrnn of 16 units must have 0 to 16, not 17"),
        ({"layer": 8, "cell": "qornn"}, "--layer goes with hadamrnn and block-hadamrnn"),
        ({"tune_epochs": 2}, "--tune-epochs goes with --state-bits"),
        ({"bias": "none"}, "bias: must be true or false, not none"),
        ({"bias": False, "origin_bits": 4}, "--origin-bits goes with a bias, not --no-bias"),
        ({"state_bits": 3}, "state_bits: must be a whole number, 4 to 16"),
        ({"schedule": "steps"}, "schedule: "),
        ({"validation_fraction": 0}, "validation_fraction: must be a number above 0"),
        ({"validation_fraction": 1.0}, "validation_fraction: must be a number"),
        ({"input_bits": 17}, "input_bits: must be a whole number, 1 to 16"),
        ({"device": "tpu"}, "device: "),
    ],
)
def test_parameters_outside_their_range_are_refused(changes, said):
    x, y = halves()
    with pytest.raises((ModelError, OptionError), match=said):
        quick(**changes).fit(x, y)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((4, 3)), [0, 1, 0, 1], "x must vary, and is 0 in all"),
        (np.full((4, 3), np.nan), [0, 1, 0, 1], "NaN"),
        (np.ones((4, 3, 2, 2)), [0, 1, 0, 1], "2 or 3 axes, not 4"),
        (np.ones((4, 3)), [0, 1, 0], "inconsistent numbers of samples"),
        (np.ones((4, 3)), [0.1, 0.2, 0.3, 0.4], "continuous"),
        (np.ones((4, 3)), ["a"] * 4, "one class: a"),
        (np.ones((4, 3)), None, "target y is None"),
        ([[1.0, 2.0], [np.inf]], [0, 1], "infinity"),
        ([[1.0, 2.0], []], [0, 1], r"x\[1\] must have shape"),
        (np.full((4, 3), 1 << 20), [0, 1, 0, 1], "16 bits"),
    ],
)
def test_data_that_are_none_are_refused(x, y, said):
    with pytest.raises(DataError, match=said):
        quick().fit(x, y)


def test_three_classes_are_no_decision():
    with pytest.raises(DataError, match="two classes for a decision, not 3"):
        quick(decision=True).fit(np.eye(6), [0, 1, 2] * 2)


def test_another_shape_than_that_of_training_is_refused(fitted):
    clf, x, _ = fitted
    with pytest.raises(DataError, match=r"\(n, T, 2\), not \(80, 10, 1\)"):
        clf.predict(x[:, :, :1])
    with pytest.raises(DataError, match="9 features"):
        clf.predict(x[:, :9])
