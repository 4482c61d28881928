"""The file on disk."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from qrnn_hw.export.errors import ModelError, OutputError
from qrnn_hw.export.model_file import load
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.result.freeze import freeze
from qrnn_hw.train.result.save import check_output, save, save_baseline


@pytest.fixture
def model(dataset, recipe):
    how = recipe(epochs=1)
    return freeze(fit(dataset(), how, lambda epoch: None), dataset(), how)


def test_what_is_saved_is_loaded(model, tmp_path):
    save(model, tmp_path / "m.pt")
    again = load(tmp_path / "m.pt")
    assert np.array_equal(again.recurrence.signs, model.recurrence.signs)
    assert np.array_equal(again.samples_x, model.samples_x)
    for one, other in (
        (again.inputs.u, model.inputs.u),
        (again.readout.v, model.readout.v),
        (again.origin, model.origin),
    ):
        assert np.array_equal(one.value, other.value)
    assert (again.card, again.task) == (model.card, model.task)
    assert again.state_range == model.state_range


def test_the_file_holds_narrow_tensors_and_plain_values(model, tmp_path):
    save(model, tmp_path / "m.pt")
    document = torch.load(tmp_path / "m.pt", weights_only=True)
    assert document["recurrence"]["signs"].dtype == torch.int8
    assert document["inputs"]["u"]["levels"].dtype == torch.int8
    assert type(document["state_range"]) is type(document["origin"]["step"]) is float


def test_a_baseline_ends_in_plain_weights_and_a_card(dataset, recipe, tmp_path):
    network = fit(dataset(), recipe(epochs=1, cell="gru"), lambda epoch: None).network
    beside = save_baseline(network, {"bytes": 12}, tmp_path / "gru.pt")
    assert beside == tmp_path / "gru.json"
    assert json.loads(beside.read_text()) == {"bytes": 12}
    document = torch.load(tmp_path / "gru.pt", weights_only=True)
    network.load_state_dict(document["state_dict"])
    with pytest.raises(ModelError, match="it is the weights of a baseline"):
        load(tmp_path / "gru.pt")


def test_a_model_from_another_process_gives_the_same_bytes(model, tmp_path):
    save(model, tmp_path / "one.pt")
    save(pickle.loads(pickle.dumps(model)), tmp_path / "other.pt")
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "other.pt").read_bytes()


def test_the_same_model_gives_the_same_bytes_under_any_name(model, tmp_path):
    save(model, tmp_path / "one.pt")
    save(model, tmp_path / "other.pt")
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "other.pt").read_bytes()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_an_interruption_leaves_the_old_file(model, tmp_path, monkeypatch, error):
    (tmp_path / "m.pt").write_text("old")

    def interrupt(*arguments):
        raise error

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises((KeyboardInterrupt, OutputError)):
        save(model, tmp_path / "m.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["m.pt"]
    assert (tmp_path / "m.pt").read_text() == "old"


def test_networks_and_baselines_may_be_replaced(model, dataset, recipe, tmp_path):
    save(model, tmp_path / "m.pt")
    network = fit(dataset(), recipe(epochs=1, cell="gru"), lambda epoch: None).network
    card = {"recipe": {}, "data_sha256": "d", "versions": {}}
    save_baseline(network, card, tmp_path / "gru.pt")
    for name in ("m.pt", "gru.pt", "new.pt"):
        assert check_output(tmp_path / name, baseline=name == "gru.pt") == tmp_path / name


def foreign_network(path):
    torch.save({"weight": torch.zeros(3)}, path)


def checkpoint(path):
    torch.save({"format": "qrnn-hw checkpoint", "parts": {}}, path)


@pytest.mark.parametrize(
    "write", [foreign_network, checkpoint, lambda path: path.write_text("years of work")]
)
def test_other_files_are_not_replaced(tmp_path, write):
    write(tmp_path / "m.pt")
    kept = (tmp_path / "m.pt").read_bytes()
    with pytest.raises(OutputError, match="must be new or a file that qrnn-hw wrote") as caught:
        check_output(tmp_path / "m.pt")
    assert "move that file away" in caught.value.hint
    assert (tmp_path / "m.pt").read_bytes() == kept


@pytest.mark.parametrize("content", ["mine", "[1]", '{"recipe": 1}', "[" * 100_000])
def test_a_foreign_file_where_the_card_belongs_is_not_replaced(tmp_path, content):
    (tmp_path / "gru.json").write_text(content)
    check_output(tmp_path / "gru.pt")
    with pytest.raises(OutputError, match=r"gru\.json is something else$"):
        check_output(tmp_path / "gru.pt", baseline=True)


def test_a_network_does_not_take_the_name_of_an_integer_model(tmp_path):
    with pytest.raises(OutputError, match=r"must not end in \.json"):
        check_output(tmp_path / "m.json", baseline=True)
