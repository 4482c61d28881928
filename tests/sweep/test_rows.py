"""The table, a row a run."""

import csv
import io

from qrnn_hw.sweep.estimate import Estimate
from qrnn_hw.sweep.rows import _validated, row, table
from qrnn_hw.sweep.work import train_one

HARDWARE = Estimate("serial", 900, 6, 20, 170, 800)


def done(dataset, recipe):
    outcome = train_one(dataset, recipe)
    return {"error": outcome.error, "card": outcome.result and outcome.result.card}


def test_a_row_is_what_the_card_says(dataset, run):
    asked = run({"u_bits": 3, "augment": None}, u_bits=3, seed=5)
    found = done(dataset, asked.recipe)
    card, line = found["card"], row(asked, found, HARDWARE, "accuracy")
    assert list(line)[:5] == ["u-bits", "augment", "seed", "cell", "bytes"]
    assert (line["u-bits"], line["augment"], line["seed"]) == (3, None, 5)
    for name in ("bytes", "val_accuracy", "val_loss", "test_accuracy", "test_loss"):
        assert line[name] == card[name]
    for width in ("12", "8"):
        assert line[f"test_accuracy_{width}"] == card["test_integers"][width]["accuracy"]
    assert line["built_bits"] == 12
    assert line["val_loss_built"] == card["states"]["widths"]["12"]["loss"]
    assert line["test_loss_built"] == card["test_integers"]["12"]["loss"]
    assert (line["luts"], line["least_luts"], line["run"]) == (900, 800, "0123")


def test_a_tuned_network_is_built_with_the_bits_it_was_tuned_for(dataset, run):
    asked = run(state_bits=7, tune_epochs=2)
    found = done(dataset, asked.recipe)
    line = row(asked, found, None, "accuracy")
    assert line["built_bits"] == 7
    assert line["test_accuracy_built"] == found["card"]["test_integers"]["7"]["accuracy"]
    tuned = found["card"]["tuned"]
    scores = [tuned["val_before"]["accuracy"], *(e["val_accuracy"] for e in tuned["curve"])]
    assert line["val_accuracy_built"] == max(scores)


def test_what_tuning_kept_is_the_last_of_the_best():
    epoch = {"number": 1, "loss": 0}
    curve = [
        epoch | {"val_accuracy": 0.5, "val_loss": 3},
        epoch | {"val_accuracy": 0.5, "val_loss": 2},
    ]
    card = {"tuned": {"val_before": {"accuracy": 0.4, "loss": 1}, "curve": curve}}
    assert _validated(card, 7, "accuracy") == {"accuracy": 0.5, "loss": 2}
    assert _validated(card, 7, "loss") == {"accuracy": 0.4, "loss": 1}


def test_a_balanced_run_keeps_by_loss(dataset, run):
    asked = run(state_bits=7, tune_epochs=2, balance=True)
    found = done(dataset, asked.recipe)
    tuned = found["card"]["tuned"]
    losses = [tuned["val_before"]["loss"], *(e["val_loss"] for e in tuned["curve"])]
    assert row(asked, found, None, "accuracy")["val_loss_built"] == min(losses)


def test_a_baseline_has_no_hardware(dataset, run):
    asked = run(cell="gru", epochs=1)
    line = row(asked, done(dataset, asked.recipe), None, "accuracy")
    assert line["bytes"] > 0 and line["test_accuracy"] is not None
    for name in ("built_bits", "val_accuracy_built", "test_accuracy_12", "luts", "error"):
        assert line[name] is None


def test_a_failed_run_has_its_message(run):
    line = row(run(), {"card": None, "error": "the loss, nan"}, None, "accuracy")
    assert line["error"] == "the loss, nan"
    assert line["bytes"] is line["test_accuracy_8"] is line["luts"] is None


def test_the_table_is_exact(run):
    line = row(run({"u_bits": None}), {"card": None, "error": 'a, "b"'}, HARDWARE, "accuracy")
    content = table([line | {"val_accuracy": 0.1 + 0.2}, line])
    assert b"\r" not in content
    first, second = csv.DictReader(io.StringIO(content.decode()))
    assert list(first) == list(line)
    assert float(first["val_accuracy"]) == 0.1 + 0.2
    assert (first["u-bits"], first["error"], second["luts"]) == ("", 'a, "b"', "900")
