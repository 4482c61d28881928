"""``qrnn-hw import``: a state dict in, a model that the other commands take out."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from qrnn_hw.cli import main
from qrnn_hw.export import golden, model_file
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.peak import peak
from qrnn_hw.export.recurrence import sylvester
from qrnn_hw.export.weights import Levels, TokenInputs
from qrnn_hw.sim.core.float_run import float_run

D, CLASSES, STEPS, COUNT = 16, 3, 30, 40
CHAIN = "parametrizations.weight."


@pytest.fixture(autouse=True)
def inside(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)


def signs(seed=1, minus=8):
    rng = np.random.default_rng(seed)
    return rng.permutation(np.where(np.arange(D) < minus, -1, 1)) * rng.uniform(0.1, 1, D)


def hadamard(seed=0, *, minus=8, channels=1, classes=CLASSES, real_v=False):
    generator = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    vector = torch.tensor(signs(minus=minus), dtype=torch.float32)[None]
    output = "output_layer.weight" if real_v else f"output_layer.{CHAIN}original"
    return {
        f"input_layer.{CHAIN}original": draw(D, channels),
        "recurrent_layer.bias": 0.05 * draw(D),
        "recurrent_layer.sign_vector": vector,
        f"recurrent_layer.{CHAIN}0.sign_vector": vector,
        f"recurrent_layer.{CHAIN}original": draw(D, D),
        output: draw(classes, D),
        "output_layer.bias": draw(classes),
    }


def qornn():
    tensors = hadamard()
    del tensors["recurrent_layer.sign_vector"], tensors[f"recurrent_layer.{CHAIN}0.sign_vector"]
    generator = torch.Generator().manual_seed(3)
    q, _ = torch.linalg.qr(torch.randn(D, D, generator=generator))
    unit = torch.zeros(D)
    chain = f"recurrent_layer.{CHAIN}"
    return tensors | {f"{chain}0._u": unit, f"{chain}0._v": unit, f"{chain}1._w_bjorck": q}


def sequences(**arrays):
    x = np.random.default_rng(2).integers(0, 256, (COUNT, STEPS, 1))
    np.savez("data.npz", x=x / 255, **arrays)
    return x


def run(monkeypatch, capsys, tensors, *options):
    torch.save(tensors, "weights.pt")
    arguments = ["qrnn-hw", "import", "weights.pt", "-o", "model.pt", *map(str, options)]
    monkeypatch.setattr(sys, "argv", arguments)
    code = main()
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    return code, printed.out, " ".join(printed.err.split())


FULL = ("--bits", 4, "--block", "full")


def test_an_imported_network_is_calibrated_and_predicts(monkeypatch, capsys):
    x = sequences()
    code, out, _ = run(
        monkeypatch, capsys, hadamard(), *FULL, "--calibrate", "data.npz", "--json",
        "--task", "mine", "--labels", "red,green,blue",
    )  # fmt: skip
    assert code == 0
    result = json.loads(out.splitlines()[-1])
    assert (result["cell"], result["hidden"], result["classes"]) == ("HadamRNN", D, CLASSES)
    model = model_file.load("model.pt")
    classes = ["red", "green", "blue"]
    assert model.task == {"name": "mine", "classes": classes, "steps": STEPS, "data_step": 1 / 255}
    assert model.state_range == result["state_range"]
    np.testing.assert_array_equal(model.samples_x, x)
    # The range holds every state, and the integers compute what the network did.
    w = np.sign(signs())[:, None] * sylvester(D) / 4
    h, largest = np.zeros((COUNT, D)), 0.0
    for t in range(STEPS):
        h = h @ w.T + x[:, t] / 255 @ model.inputs.u.value.T + model.bias
        largest = max(largest, np.abs(h).max())
    assert model.state_range == pytest.approx(largest)
    integers = integer_model(replace(model, ranges={"12": largest}))
    logits = golden.run(integers, x).logits * integers.readout.logit_step[0]
    expected = float_run(model, x)
    assert np.abs(logits - expected).max() < 0.02 * np.abs(expected).max()


@pytest.mark.parametrize("block", ["full", 8], ids=["even q", "odd q"])
@pytest.mark.parametrize("origin", [(), ("--origin-bits", 8)], ids=["bias", "origin"])
def test_no_state_up_to_the_stated_range_saturates(monkeypatch, capsys, block, origin):
    x = sequences()
    options = ("--bits", 4, "--block", block, *origin)
    assert run(monkeypatch, capsys, hadamard(), *options, "--state-range", 1)[0] == 0
    imported = model_file.load("model.pt")
    lengths = np.arange(COUNT) % 2 + STEPS - 1  # odd and even
    # Of the network's own states: with an origin others are stored, and held as well.
    largest = peak(imported, x, lengths, np.zeros(D))
    code, out, _ = run(
        monkeypatch, capsys, hadamard(), *options, "--state-range", largest, "--json"
    )
    assert code == 0
    told = json.loads(out.splitlines()[-1])
    model = model_file.load("model.pt")
    assert told["ranges"] == model.ranges and set(model.ranges) == set(map(str, range(4, 17)))
    assert any("are held whole" in note for note in told["notes"])
    for bits in range(8, 17):
        assert golden.run(integer_model(model, bits), x, lengths).saturated == 0, bits
    # Half of it is too little, which the old three quarters of a maximum were, too.
    code, _, _ = run(monkeypatch, capsys, hadamard(), *options, "--state-range", largest / 2)
    half = model_file.load("model.pt")
    assert golden.run(integer_model(half, 12), x, lengths).saturated


def test_calibration_says_what_it_chose_and_what_saturates(monkeypatch, capsys):
    sequences()
    options = (*FULL, "--calibrate", "data.npz", "--json")
    code, out, err = run(monkeypatch, capsys, hadamard(), *options)
    assert code == 0
    told = json.loads(out.splitlines()[-1])
    assert told["saturation"]["values"] == COUNT * STEPS * D
    assert (told["saturation"]["excessive"], "warning" in err) == (False, False)
    assert f"12 bits {told['ranges']['12']:.4g} (" in " ".join(told["notes"])
    monkeypatch.setattr("qrnn_hw.export.saturation.BOUND", -1.0)
    _, out, err = run(monkeypatch, capsys, hadamard(), *options)
    assert json.loads(out.splitlines()[-1])["saturation"]["excessive"]
    assert "warning: " in err and "saturate" in err


@pytest.mark.parametrize("options", [(1e30,), (20, "--input-step", 1e-30)], ids=["range", "step"])
def test_inputs_that_are_rounded_to_nothing_are_told(monkeypatch, capsys, tmp_path, options):
    code, _, err = run(monkeypatch, capsys, hadamard(), *FULL, "--state-range", *options)
    assert (code, "an input must move the states by a unit or more" in err) == (1, True), err
    assert not (tmp_path / "model.pt").exists()


@pytest.mark.parametrize("reach", [1e-30, 1e-6])
def test_a_range_that_is_far_too_small_is_told_with_what_to_do(monkeypatch, capsys, reach):
    code, _, err = run(monkeypatch, capsys, hadamard(), *FULL, "--state-range", reach)
    assert code == 1
    assert f"with states of up to {reach:.4g} must have integers within their limits" in err
    assert "next: give the range of the network's own states, or --calibrate" in err


def test_sequences_of_the_wire_are_asked_for(monkeypatch, capsys):
    x = sequences()
    options = (*FULL, "--calibrate", "data.npz")
    assert run(monkeypatch, capsys, hadamard(), *options)[0] == 0
    np.savez("data.npz", x=x)
    code, _, err = run(monkeypatch, capsys, hadamard(), *options, "--wire")
    assert (code, err) == (0, "")
    np.testing.assert_array_equal(model_file.load("model.pt").samples_x, x)
    _, out, _ = run(monkeypatch, capsys, hadamard(), *options, "--json")
    assert "with --wire they are taken as such" in json.loads(out.splitlines()[-1])["notes"][0]
    code, _, err = run(monkeypatch, capsys, hadamard(), *FULL, "--state-range", 20, "--wire")
    assert (code, "--wire says how to read --calibrate" in err) == (2, True)


def test_labels_tell_the_accuracy(monkeypatch, capsys):
    x = np.random.default_rng(2).integers(0, 256, (COUNT, STEPS, 1))
    run(monkeypatch, capsys, hadamard(), *FULL, "--state-range", 20)
    y = golden.run(integer_model(model_file.load("model.pt")), x).classes
    sequences(y=np.where(np.arange(COUNT) < 10, (y + 1) % CLASSES, y))
    options = (*FULL, "--calibrate", "data.npz", "--json")
    code, out, _ = run(monkeypatch, capsys, hadamard(), *options)
    assert code == 0
    assert json.loads(out.splitlines()[-1])["accuracy"] == pytest.approx(0.75, abs=0.06)


def test_a_bias_becomes_an_origin_that_gives_nearly_the_same(monkeypatch, capsys):
    x = sequences()
    # The eigenvalues of these signs keep away from 1.
    assert run(monkeypatch, capsys, hadamard(), *FULL, "--calibrate", "data.npz")[0] == 0
    exact = model_file.load("model.pt")
    assert exact.origin is None
    options = (*FULL, "--calibrate", "data.npz", "--origin-bits", 8, "--json")
    code, out, err = run(monkeypatch, capsys, hadamard(), *options)
    assert code == 0, err
    model = model_file.load("model.pt")
    assert isinstance(model.origin, Levels) and model.origin.bits == 8
    assert not model.bias.any()
    (note,) = (n for n in json.loads(out.splitlines()[-1])["notes"] if n.startswith("the bias"))
    w = np.sign(signs())[:, None] * sylvester(D) / 4
    lost = np.abs(exact.bias - (np.eye(D) - w) @ model.origin.value).max()
    assert f"{lost:.3g} off in a step" in note
    assert f"is {np.abs(1 - np.linalg.eigvals(w)).min():.3g} from it" in note
    before, after = float_run(exact, x), float_run(model, x)
    share = np.abs(after - before).max() / np.abs(before).max()
    assert 0 < share < 0.05
    assert f"change by {share:.2%} of the largest" in note


def test_a_bias_without_an_origin_is_told(monkeypatch, capsys):
    """An odd number of minus signs makes the determinant -1, and 1 an eigenvalue."""
    options = (*FULL, "--state-range", 20, "--origin-bits", 8)
    code, _, err = run(monkeypatch, capsys, hadamard(minus=7), *options)
    assert code == 1
    assert "1 must not be an eigenvalue of W, and is 1 times in units 0..15" in err
    assert run(monkeypatch, capsys, hadamard(minus=7), *FULL, "--state-range", 20)[0] == 0


def test_an_origin_that_loses_the_bias_is_refused(monkeypatch, capsys):
    """A small bias may have a far origin, where an eigenvalue is near 1, and two bits are few."""
    tensors = hadamard()
    vector = torch.tensor(signs(seed=31), dtype=torch.float32)[None]
    tensors["recurrent_layer.sign_vector"] = vector
    tensors[f"recurrent_layer.{CHAIN}0.sign_vector"] = vector
    w = np.sign(signs(seed=31))[:, None] * sylvester(D) / 4
    _, _, rows = np.linalg.svd(np.eye(D) - w)
    tensors["recurrent_layer.bias"] = torch.tensor(rows[-1])
    options = (*FULL, "--state-range", 20, "--origin-bits", 2)
    code, _, err = run(monkeypatch, capsys, tensors, *options)
    assert code == 1
    assert "an origin of 2 bits must keep the bias, and is" in err


def test_a_dense_network_has_no_origin(monkeypatch, capsys):
    options = ("--bits", 5, "--state-range", 20, "--origin-bits", 8)
    code, _, err = run(monkeypatch, capsys, qornn(), *options)
    assert (code, "must belong to a Hadamard recurrence, not to a QORNN" in err) == (1, True)


@pytest.mark.parametrize("recurrence", ["linear", "activated"])
def test_a_qornn_is_imported(monkeypatch, capsys, recurrence):
    sequences()
    options = ("--bits", 5, "--recurrence", recurrence, "--calibrate", "data.npz")
    code, _, err = run(monkeypatch, capsys, qornn(), *options)
    assert code == 0, err
    model = model_file.load("model.pt")
    assert model.recurrence.activation == {"linear": "linear", "activated": "relu"}[recurrence]
    assert model.recurrence.w.bits == 5


def test_what_was_real_is_told(monkeypatch, capsys):
    tensors = hadamard(real_v=True) | {"word_embedding.weight": torch.randn(20, 1)}
    options = (*FULL, "--state-range", 20, "--every", "--v-bits", 6, "--table-bits", 9)
    code, out, err = run(monkeypatch, capsys, tensors, *options, "--json")
    assert code == 0, err
    notes = json.loads(out.splitlines()[-1])["notes"]
    assert notes == [
        "at every width states of up to 20 are held whole",
        "V was in full precision, and is quantized to 6 bits",
        "embeddings times U are quantized to 9 bits",
    ]
    model = model_file.load("model.pt")
    assert isinstance(model.inputs, TokenInputs)
    assert (model.readout.v.bits, model.inputs.table.bits, model.readout.every) == (6, 9, True)


def test_one_hot_and_one_logit(monkeypatch, capsys):
    options = (*FULL, "--state-range", 20, "--one-hot", "--labels", "bad,good")
    code, _, err = run(monkeypatch, capsys, hadamard(channels=7, classes=1), *options)
    assert code == 0, err
    model = model_file.load("model.pt")
    assert (model.classes, model.inputs.table.levels.shape) == (1, (7, D))
    assert integer_model(model).labels == ("bad", "good")


def without(name):
    return {key: tensor for key, tensor in hadamard().items() if key != name}


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (without("output_layer.bias"), "output_layer.bias must be in the file, and is missing"),
        (hadamard() | {"output_layer.bias": [0]}, "output_layer.bias must be a tensor, not list"),
        ([1, 2], "of the released code, and holds something else, of type list"),
        ({}, "the file must hold a state dict of the released code, and holds nothing"),
        (hadamard() | {"h": torch.zeros(1)}, "h must not be there: the released networks"),
    ],
    ids=["missing", "no-tensor", "list", "empty", "unknown"],
)
def test_a_bad_file_is_refused(monkeypatch, capsys, tmp_path, tensors, message):
    code, _, err = run(monkeypatch, capsys, tensors, *FULL, "--state-range", 20)
    assert (code, message in err) == (1, True), err
    assert " next: " in err
    assert [path.name for path in tmp_path.iterdir()] == ["weights.pt"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (FULL, "give one of --calibrate FILE.npz and --state-range R"),
        ((*FULL, "--state-range", 1, "--calibrate", "x"), "give one of --calibrate"),
        (("--bits", 4, "--state-range", 1), "a HadamRNN needs --block"),
        (
            ("--block", "most", "--bits", 4),
            "must be 'full' or a whole number, 1 to 16384, not most",
        ),
        ((*FULL, "--state-range", 1, "--v-bits", 4), "--v-bits goes with a V in full precision"),
        ((*FULL, "--state-range", 1, "--table-bits", 4), "--table-bits goes with embeddings"),
        ((*FULL, "--state-range", 1, "--recurrence", "linear"), "--recurrence goes with a QORNN"),
        ((*FULL, "--state-range", 1, "--one-hot", "--input-bits", 4), "--input-... go with"),
        ((*FULL, "--state-range", 1, "--labels", "a,b"), "--labels must name 3 classes, not 2"),
        (
            (*FULL, "--state-range", 1, "--labels", "a,b,a"),
            "--labels must name every class once, and 'a' is repeated",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused(monkeypatch, capsys, options, message):
    code, _, err = run(monkeypatch, capsys, hadamard(), *options)
    assert (code, message in err) == (2, True), err


def test_still_states_are_no_calibration(monkeypatch, capsys):
    np.savez("data.npz", x=np.zeros((2, 5), np.int64))
    tensors = hadamard()
    tensors["recurrent_layer.bias"][:] = 0
    code, _, err = run(monkeypatch, capsys, tensors, *FULL, "--calibrate", "data.npz")
    assert (code, "the states must move on the --calibrate sequences" in err) == (1, True)


def test_a_checkpoint_of_a_trainer_is_opened(monkeypatch, capsys):
    prefixed = {f"_orig_mod.model.{name}": tensor for name, tensor in hadamard().items()}
    document = {"state_dict": prefixed, "epoch": 3, "best_acc": np.float64(0.9)}
    code, out, err = run(monkeypatch, capsys, document, *FULL, "--state-range", 20, "--json")
    assert code == 0, err
    notes = json.loads(out.splitlines()[-1])["notes"]
    assert notes[0] == "the weights are those of state_dict.model"
    wrapped = model_file.load("model.pt")
    assert run(monkeypatch, capsys, hadamard(), *FULL, "--state-range", 20)[0] == 0
    plain = model_file.load("model.pt")
    assert np.array_equal(wrapped.inputs.u.levels, plain.inputs.u.levels)
    assert np.array_equal(wrapped.recurrence.signs, plain.recurrence.signs)


def test_of_several_state_dicts_one_is_named(monkeypatch, capsys, tmp_path):
    both = {"model": hadamard(), "ema": hadamard(1)}
    options = (*FULL, "--state-range", 20)
    code, _, err = run(monkeypatch, capsys, both, *options)
    assert (code, "the file holds 2: 'model', 'ema' next: say which one" in err) == (1, True), err
    assert [path.name for path in tmp_path.iterdir()] == ["weights.pt"]
    assert run(monkeypatch, capsys, both, *options, "--state-dict", "ema")[0] == 0
    ema = model_file.load("model.pt")
    assert run(monkeypatch, capsys, hadamard(1), *options)[0] == 0
    assert np.array_equal(ema.inputs.u.levels, model_file.load("model.pt").inputs.u.levels)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"format": "qrnn-hw model"}, "must be a state dict, and is a 'qrnn-hw model' next: build"),
        ({"format": "qrnn-hw baseline"}, "of the released code, not the weights of a baseline"),
        ({"format": "qrnn-hw checkpoint"}, "not a run of training that has not ended"),
    ],
)
def test_files_of_ours_are_named(monkeypatch, capsys, document, message):
    code, _, err = run(monkeypatch, capsys, document, *FULL, "--state-range", 20)
    assert (code, message in err) == (1, True), err


@pytest.mark.parametrize("output", ["weights.pt", "data.npz", "thesis.tex", "/dev/null", "."])
def test_what_it_reads_or_did_not_write_is_not_replaced(monkeypatch, capsys, tmp_path, output):
    sequences()
    (tmp_path / "thesis.tex").write_text("years")
    torch.save(hadamard(), "weights.pt")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, _, said = run(
        monkeypatch, capsys, hadamard(), *FULL, "--calibrate", "data.npz", "-o", output
    )
    assert code == 1
    assert ("the output must " in said and "choose another one" in said) or "name a file" in said
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
