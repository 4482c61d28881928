"""What ``import qrnn_hw`` gives: names that are there when they are asked for, and no sooner."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import qrnn_hw
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.export import golden, model_file
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.trained import TrainedModel

HEAVY = ("torch", "sklearn", "numpy", "amaranth", "click", "importlib.metadata")


def fresh(code):
    """Run a line in a Python of its own; what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_import_brings_nothing_heavy():
    before = (
        "import sys; before = set(sys.modules); import qrnn_hw; new = set(sys.modules) - before"
    )
    assert fresh(f"{before}; print(new & set({HEAVY!r}))") == "set()"


def test_the_import_is_quick():
    code = "from time import process_time as now; old = now(); import qrnn_hw; print(now() - old)"
    assert min(float(fresh(code)) for _ in range(3)) < 0.1


def test_names_are_known_before_they_are_used():
    names = dir(qrnn_hw)
    assert {*qrnn_hw.__all__, "__version__"} <= set(names)
    assert names == sorted(names)


def test_every_name_is_what_it_should_be():
    assert qrnn_hw.Host is Host
    assert qrnn_hw.nn.HadamRNN.__module__ == "qrnn_hw.nn"
    assert qrnn_hw.__version__.count(".") == 2
    for name in qrnn_hw.__all__:
        assert getattr(qrnn_hw, name) is getattr(qrnn_hw, name)


def test_no_module_takes_the_place_of_a_name():
    code = "import qrnn_hw, qrnn_hw.prediction, qrnn_hw.models, qrnn_hw.classifier"
    assert fresh(f"{code}; print(callable(qrnn_hw.load), callable(qrnn_hw.predict))") == "True True"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'classify'"):
        qrnn_hw.classify  # noqa: B018


@pytest.mark.parametrize(("name", "module"), [("Classifier", "sklearn"), ("nn", "torch")])
def test_what_is_not_installed_is_named(name, module):
    code = (
        f"import sys; sys.modules[{module!r}] = None; import qrnn_hw\n"
        f"from qrnn_hw.export.errors import ToolError\n"
        f"try: qrnn_hw.{name}\n"
        "except ToolError as error: print(error, '|', error.hint)"
    )
    wanted = f"qrnn_hw.{name} needs {module}, which is not installed | pip install 'qrnn-hw[train]'"
    assert fresh(code) == wanted


@pytest.fixture
def network(trained):
    return trained(channels=2, steps=5, data_step=[0.5, 2.0])


def test_both_forms_of_a_model_are_loaded(network, tmp_path):
    from qrnn_hw.train.result.save import save

    save(network, tmp_path / "m.pt")
    integer_model(network, 10).save(tmp_path / "m.json")
    loaded = qrnn_hw.load(tmp_path / "m.pt")
    assert isinstance(loaded, TrainedModel)
    assert np.array_equal(loaded.inputs.u.levels, network.inputs.u.levels)
    assert qrnn_hw.load(tmp_path / "m.json").digest == integer_model(network, 10).digest
    with pytest.raises(ModelError):
        qrnn_hw.load(tmp_path / "other.pt")


def test_predict_takes_the_units_of_training(network):
    wire = np.random.default_rng(1).integers(-100, 100, (6, 5, 2))
    run = golden.run(integer_model(network, 12), wire)
    found = qrnn_hw.predict(network, wire * np.array([0.5, 2.0]))
    assert np.array_equal(found.logits, run.logits)
    assert found.names.tolist() == [network.task["classes"][each] for each in run.classes]
    raw = qrnn_hw.predict(network, wire, wire=True)
    assert np.array_equal(raw.logits, run.logits)
    assert not np.array_equal(qrnn_hw.predict(network, wire / 9).logits, run.logits)


def test_an_integer_model_takes_what_its_channels_say(network):
    model = integer_model(network, 8)
    wire = np.random.default_rng(1).integers(-100, 100, (3, 5, 2))
    logits = golden.run(model, wire).logits
    assert np.array_equal(qrnn_hw.predict(model, wire * [0.5, 2.0]).logits, logits)
    unknown = replace(model, channels=None)
    for found in (qrnn_hw.predict(model, wire, wire=True), qrnn_hw.predict(unknown, wire)):
        assert np.array_equal(found.logits, logits)
    with pytest.raises(DataError, match="whole numbers"):
        qrnn_hw.predict(unknown, wire + 0.5)
    with pytest.raises(ModelError, match="8 bits, not 12"):
        qrnn_hw.predict(model, wire, state_bits=12)


def test_a_list_of_several_lengths_is_as_padding_with_lengths(network):
    rng = np.random.default_rng(2)
    parts = [rng.normal(size=(length, 2)) for length in (5, 3, 1)]
    found = qrnn_hw.predict(network, parts)
    padded = np.full((3, 5, 2), np.nan)
    for row, part in zip(padded, parts):
        row[: len(part)] = part
    same = qrnn_hw.predict(network, padded, [5, 3, 1])
    assert np.array_equal(found.logits, same.logits)
    alone = [qrnn_hw.predict(network, part[None]).logits[0] for part in parts]
    assert np.array_equal(found.logits, alone)
    with pytest.raises(DataError, match="those of the list"):
        qrnn_hw.predict(network, parts, [5, 3, 1])


def test_what_saturates_is_told(network):
    x = np.full((2, 5, 2), 1e6)
    with pytest.warns(UserWarning, match="beyond the range of the model"):
        qrnn_hw.predict(network, x)


def test_a_shape_that_is_not_the_models_is_refused(network):
    with pytest.raises(DataError, match=r"\(n, T, 2\), not \(4, 5, 3\)"):
        qrnn_hw.predict(network, np.zeros((4, 5, 3)))


def test_probabilities_are_those_of_the_real_logits(network):
    found = qrnn_hw.predict(network, np.random.default_rng(1).normal(size=(4, 5, 2)))
    powers = np.exp(found.values)
    np.testing.assert_allclose(
        found.probabilities, powers / powers.sum(1, keepdims=True), rtol=1e-12
    )
    assert np.array_equal(found.probabilities.argmax(1), found.classes)


def test_one_logit_has_two_probabilities(trained):
    network = trained(decision=True, classes=("no", "yes"), data_step=0.1)
    found = qrnn_hw.predict(network, np.random.default_rng(1).normal(size=(9, 5)))
    np.testing.assert_allclose(found.probabilities[:, 1], 1 / (1 + np.exp(-found.values[:, 0])))
    assert np.array_equal(found.probabilities.argmax(1), found.classes)
    assert set(found.names) <= {"no", "yes"}


def test_a_number_has_no_probabilities(trained):
    found = qrnn_hw.predict(trained(decision=True, classes=("mean",)), [[1, 0.2]])
    assert found.values.shape == (1, 1)
    with pytest.raises(ModelError, match="values"):
        found.probabilities  # noqa: B018


def test_answers_of_every_step(trained):
    network = trained(every=True, data_step=0.1)
    found = qrnn_hw.predict(network, [np.ones(4), np.ones(2)])
    assert found.classes.shape == (2, 4)
    assert found.classes[1, 2:].tolist() == [-1, -1]
    assert found.names[1, 2:].tolist() == ["", ""]
    assert found.probabilities.shape == (2, 4, 3)


def test_a_model_of_tokens_takes_their_numbers(trained):
    network = trained(tokens=["a", "b", "c"])
    found = qrnn_hw.predict(network, [[0, 1, 2], [2, 2, 2]])
    run = golden.run(integer_model(network, 12), [[0, 1, 2], [2, 2, 2]])
    assert np.array_equal(found.logits, run.logits)


def test_the_example_predicts_its_own_samples():
    model = model_file.load("examples/digits.pt")
    found = qrnn_hw.predict(model, model.samples_x, model.samples_lengths, 12, True)
    assert (found.classes == model.samples_y).mean() > 0.95
