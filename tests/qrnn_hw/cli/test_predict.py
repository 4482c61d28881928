"""The command ``qrnn-hw predict`` on raw sound, on text and on measurements."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import qrnn_hw
from qrnn_hw.cli.predict import predict
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.document import encode
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.export.raw import Sentence
from qrnn_hw.train.result.save import save


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(predict, list(map(str, arguments)), catch_exceptions=True)


def answer(*arguments):
    result = run(*arguments, "--json", "--logits")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def expected(network, sequences, bits=12):
    """Return classes and logits of the golden run, one sequence after the other."""
    model = integer_model(network, bits)
    runs = [golden.run(model, np.asarray(x, np.int64)[None]) for x in sequences]
    return [run.classes[0].tolist() for run in runs], [run.logits[0].tolist() for run in runs]


@pytest.fixture
def heard(listener, tmp_path):
    """Write a network that hears."""
    save(listener, tmp_path / "sounds.pt")
    return tmp_path / "sounds.pt"


def test_raw_sound_in_each_form_gives_the_same(
    listener, heard, tmp_path, recording, save_wave
):  # fmt: skip
    sounds = [recording(seed, length) for seed, length in ((8, 2 * FRAME + 9), (9, 4 * FRAME))]
    (tmp_path / "sounds").mkdir()
    x = np.zeros((2, 4 * FRAME), np.int16)
    for row, sound, name in zip(x, sounds, "bc"):
        save_wave(tmp_path / "sounds" / f"{name}_0.wav", sound)
        row[: len(sound)] = sound
    np.savez(tmp_path / "d.npz", x=x, lengths=[len(each) for each in sounds], y=[1, 2])
    classes, logits = expected(listener, map(front_end, sounds))
    for data in (tmp_path / "sounds", tmp_path / "d.npz"):
        found = answer(heard, "--data", data)
        assert (found["classes"], found["logits"], found["count"]) == (classes, logits, 2)
        assert found["accuracy"] == np.mean([classes[0] == 1, classes[1] == 2])
    alone = answer(heard, "--data", tmp_path / "sounds" / "c_0.wav")
    assert (alone["logits"], len(set(map(tuple, logits)))) == (logits[1:], 2)


def test_a_saved_network_hears_its_own_recordings(listener, heard):
    frames = expected(listener, listener.samples_x)
    assert answer(heard)["logits"] == frames[1]


def test_labelled_text(trained, tmp_path):
    names = ["<unknown>", "good", "bad", "film"]
    network = trained(
        tokens=names, classes=("bad", "good"), decision=True,
        raw=encode(Sentence("words", 0, False)),
    )  # fmt: skip
    save(network, tmp_path / "m.pt")
    (tmp_path / "lines.txt").write_text("good\tgood film\nbad\ta bad bad film\n")
    found = answer(tmp_path / "m.pt", "--data", tmp_path / "lines.txt")
    classes, logits = expected(network, [[[1], [3]], [[0], [2], [2], [3]]])
    assert (found["classes"], found["logits"]) == (classes, logits)
    assert found["accuracy"] == np.mean(np.array(classes) == [1, 0])


def test_measurements_are_quantized_channel_by_channel(trained, tmp_path):
    steps = [0.5, 0.01, 20.0]
    network = trained(channels=3, channel_steps=steps)
    save(network, tmp_path / "m.pt")
    rng = np.random.default_rng(4)
    integers = rng.integers(-128, 128, (4, 6, 3))
    x = (integers + rng.uniform(-0.4, 0.4, integers.shape)) * steps
    x[0, 0] = [-1e9, 1e9, 0.0]
    integers[0, 0] = [-128, 127, 0]
    np.savez(tmp_path / "d.npz", x=x.astype(np.float32))
    found = answer(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--state-bits", 10)
    classes, logits = expected(network, integers, 10)
    assert (found["classes"], found["logits"]) == (classes, logits)
    assert found["accuracy"] is None


def test_a_deaf_model_refuses_sound(trained, tmp_path, save_wave):
    save(trained(name="digits"), tmp_path / "m.pt")
    save_wave(tmp_path / "s.wav", np.zeros(300))
    result = run(tmp_path / "m.pt", "--data", tmp_path / "s.wav")
    assert isinstance(result.exception, ModelError)
    assert "must take 16 channels of 8 signed bits, not 1 of 8 signed" in str(result.exception)
    assert result.stdout == ""


def test_a_table_is_read_as_that_of_training(tmp_path, trained):
    layout = {"label": "kind", "id": "run", "decimal": ","}
    steps, offsets = [0.5, 2.0, 1.0], [100.0, -4.0, 0.0]
    network = trained(channels=3, data_step=steps, data_offset=offsets, layout=layout)
    save(network, tmp_path / "m.pt")
    rows = ["run;z;y;x;kind", "1;100,5;-2;3;b", "1;101,0;-4;2;b", "2;99,5;0;1;a"]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    found = answer(tmp_path / "m.pt", "--data", tmp_path / "t.csv")
    classes, logits = expected(network, [[[1, 1, 3], [2, 0, 2]], [[-1, 2, 1]]])
    assert (found["classes"], found["logits"]) == (classes, logits)
    model = integer_model(network)
    model.save(tmp_path / "model.json")
    np.savez(tmp_path / "d.npz", x=[[[100.5, -2, 3], [101, -4, 2]]])
    same = answer(tmp_path / "model.json", "--data", tmp_path / "d.npz")
    assert same["logits"] == logits[:1]
    np.savez(tmp_path / "d.npz", x=[[[1, 1, 3], [2, 0, 2]]])
    assert answer(tmp_path / "model.json", "--wire", "--data", tmp_path / "d.npz")[
        "logits"
    ] == logits[:1]  # fmt: skip


@pytest.mark.parametrize("options", [{"classes": ("low", "mid", "high")}, {"decision": True}])
def test_names_probabilities_and_recall(trained, tmp_path, options):
    network = trained(**{"classes": ("no", "yes")} | options)
    save(network, tmp_path / "m.pt")
    x = np.random.default_rng(1).integers(-100, 100, (30, 6))
    labels = list(network.task["classes"])
    y = np.arange(30) % (len(labels) - 1)  # the last class does not occur
    np.savez(tmp_path / "d.npz", x=x, y=y)
    found = answer(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--wire")
    assert found["names"] == [labels[number] for number in found["classes"]]
    chances = np.array(found["probabilities"])
    library = qrnn_hw.predict(network, x, wire=True)
    np.testing.assert_allclose(chances, library.probabilities, atol=1e-6)
    assert np.array_equal(chances.argmax(1), found["classes"]) or "decision" in options
    judged = found["judged"]
    assert judged["classes"] == labels
    right = np.array(found["classes"]) == y
    assert judged["recall"] == [float(right[y == c].mean()) for c in range(len(labels) - 1)] + [
        None
    ]
    assert judged["accuracy"] == found["accuracy"]
    shown = " ".join(run(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--wire").output.split())
    assert "recall" in shown and "probability" in shown and "... and 10 more" in shown
    chosen = found["classes"][0]
    assert f"│ 0 │ {labels[chosen]} │ {100 * library.probabilities[0, chosen]:.1f} % │" in shown


def test_without_labels_nothing_is_judged(trained, tmp_path):
    save(trained(classes=("no", "yes")), tmp_path / "m.pt")
    np.savez(tmp_path / "d.npz", x=np.zeros((3, 6), int))
    found = answer(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--wire")
    assert found["judged"] is None and found["accuracy"] is None
    shown = run(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--wire").output
    assert "answered" in shown and "recall" not in shown and "more" not in shown


def test_a_number_is_shown_as_it_is(trained, tmp_path):
    network = trained(classes=("sum",), regression=True)
    save(network, tmp_path / "m.pt")
    np.savez(tmp_path / "d.npz", x=np.arange(18).reshape(3, 6), y=[0.5, 1, 2])
    found = answer(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--wire")
    assert (found["names"], found["judged"]) == (None, None)
    assert "probabilities" not in found
    values = qrnn_hw.predict(network, np.arange(18).reshape(3, 6), wire=True).values[:, 0]
    assert found["values"] == values.tolist()
    shown = run(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--wire").output
    assert f"{values[0]:.4g}" in shown and "probability" not in shown
    size = float(np.sqrt(np.square(values - [0.5, 1, 2]).mean()))
    assert found["root_mean_square_error"] == pytest.approx(size)
    assert f"off by {size:.4g}, root mean square, states of 12 bits" in shown


def test_a_number_is_told_in_units_of_the_files(tmp_path, trained):
    network = trained(
        decision=True, classes=("y",), data_step=0.5, regression=True, answer_scale=20.0,
        answer_offset=1e4,
    )  # fmt: skip
    save(network, tmp_path / "m.pt")
    x = np.array([[1, 2, 3, 4], [-5, 6, 7, 8]]) / 2
    np.savez(tmp_path / "d.npz", x=x)
    model = integer_model(network)
    logits = golden.run(model, (x * 2).astype(np.int64)).logits
    real = golden.real(model, logits, np.array([4, 4]))[:, 0]
    result = run(tmp_path / "m.pt", "--data", tmp_path / "d.npz", "--json")
    values = json.loads(result.stdout.splitlines()[-1])["values"]
    assert np.allclose(values, 1e4 + 20 * real)
