"""The command ``qrnn-hw run`` on boards of several kinds: good, faulty, noisy and others."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

import qrnn_hw
from qrnn_hw.boards.link.host.selftest import FILE, SelfTest
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.cli.monitor import monitor
from qrnn_hw.cli.run import run as command
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import (
    BoardError,
    DataError,
    LinkError,
    MismatchError,
    ModelError,
)
from qrnn_hw.export.frontend import FRAME
from qrnn_hw.train.result.save import save
from random_model import random_model

WORDS = list(range(500, 600))


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=True)


def answer(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def drawn(trained):
    """Draw a network that holds 12 sequences of 6 steps."""
    return trained(samples=np.random.default_rng(6).integers(-128, 128, (12, 6, 1)))


@pytest.fixture
def network(drawn, tmp_path):
    """Write it."""
    save(drawn, tmp_path / "m.pt")
    return tmp_path / "m.pt"


@pytest.fixture
def board(drawn):
    """Return a board that holds it."""
    return stand_in(integer_model(drawn, 12))


def build(folder, model, *, words=(), front_end=False):
    """Write what `build` leaves."""
    folder.mkdir()
    model.save(folder / "model.json")
    report = Report(board="icebreaker", front_end=front_end)
    (folder / "report.json").write_text(report.to_json())
    (folder / FILE).write_text(SelfTest.of(model, front_end_too=front_end).to_json())
    if words:
        (folder / "weights.bin").write_bytes(pack_words(words))
    return folder


def flips(board, length=0):
    """Make a board flip a bit of a logit, after sequences of a length or of any."""
    honest = board._classify

    def faulty(steps):
        index, logits = honest(steps)
        return index, [logits[0], logits[1], logits[2] ^ (length in (0, len(steps)))]

    board._classify = faulty
    return board


def test_a_model_with_its_own_sequences_runs_over_a_terminal(drawn, network, board, on_terminal):
    with on_terminal(board) as port:
        found = answer(network, "--port", port, "--logits")
    assert (found["count"], found["matched"]) == (12, 12)
    logits = np.array(found["logits"])
    assert logits.shape == (12, 1, 3)
    right = logits[:, 0].argmax(1) == drawn.samples_y
    assert found["accuracy"] == right.mean()
    labels = drawn.task["classes"]
    assert found["names"] == [labels[number] for number in logits[:, 0].argmax(1)]
    assert found["seconds"] > 0
    assert found["steps_per_second"] == pytest.approx(6 * found["sequences_per_second"], rel=0.01)
    assert found["bytes_per_second"] > found["steps_per_second"]
    assert isinstance(found["retries"], int)


def test_people_see_a_table(network):
    result = run(network, "--simulate", "--sequences", 5)
    assert result.exit_code == 0, result.exception
    table = " ".join(result.stdout.split())
    for text in (
        "5 sequences in",
        "5 of 5, 100.00%; 15 logits compared",
        "retries │ 0",
        "accuracy",
        "answered: ",
    ):
        assert text in table


def test_numbers_are_answered_in_the_units_of_training(trained, tmp_path):
    """By a model.pt, and by a build, whose report knows the units."""
    scale, offset = 20.0, 1000.0
    network = trained(
        decision=True, classes=("y",), data_step=0.5, regression=True,
        answer_scale=scale, answer_offset=offset,
        samples=np.random.default_rng(6).integers(-128, 128, (12, 5, 1)),
    )  # fmt: skip
    save(network, tmp_path / "m.pt")
    np.savez(tmp_path / "x.npz", x=network.samples_x * 0.5)
    wanted = qrnn_hw.predict(network, network.samples_x, wire=True).values[:, 0]
    assert abs(wanted - offset).max() > scale / 10
    model = integer_model(network, 12)
    out = build(tmp_path / "out", model)
    report = Report(board="icebreaker", answer_scale=scale, answer_offset=offset)
    (out / "report.json").write_text(report.to_json())
    for path in (tmp_path / "m.pt", out):
        found = answer(path, "--simulate", "--data", tmp_path / "x.npz")
        assert found["values"] == pytest.approx(wanted.tolist())
        shown = run(path, "--simulate", "--data", tmp_path / "x.npz", "--sequences", 3).stdout
        assert f"answered: {', '.join(f'{value:.4g}' for value in wanted[:3])}\n" in shown
        lines = "\n".join(str(value) for value in network.samples_x[0, :, 0] * 0.5)
        result = CliRunner().invoke(monitor, [str(path), "--simulate"], input=lines)
        assert f"sequence 1, step 5: y {wanted[0]:.4g} (" in result.stdout
        result = CliRunner().invoke(monitor, [str(path), "--simulate", "--json"], input=lines)
        told = json.loads(result.stdout.splitlines()[0])
        assert told["value"] == pytest.approx(wanted[0])


def test_a_flipped_bit_exits_with_four(network, board, on_terminal):
    with on_terminal(flips(board)) as port:
        result = run(network, "--port", port, "--json")
    error = result.exception
    assert isinstance(error, MismatchError)
    assert error.exit_code == 4
    assert "must answer all 12 sequences as the golden run does, and answered 0 so" in str(error)
    assert "first, sequence 0: logit 2 of readout 1 must be" in str(error)
    found = json.loads(result.stdout.splitlines()[-1])
    assert (found["count"], found["matched"]) == (12, 0)


def test_one_flipped_bit_among_many_sequences_is_found(network, board, on_terminal, tmp_path):
    lengths = [6, 3, 6, 2]
    np.savez(tmp_path / "d.npz", x=np.ones((4, 6), np.int64), lengths=lengths)
    with on_terminal(flips(board, length=3)) as port:
        result = run(network, "--port", port, "--data", tmp_path / "d.npz")
    assert isinstance(result.exception, MismatchError)
    assert "answered 3 so; first, sequence 1: logit 2" in str(result.exception)


def test_another_model_on_the_board_is_refused(network, drawn, on_terminal):
    with on_terminal(stand_in(integer_model(drawn, 8))) as port:
        result = run(network, "--port", port)
        assert answer(network, "--port", port, "--state-bits", 8)["matched"] == 12
    assert isinstance(result.exception, BoardError)
    assert result.exception.exit_code == 1
    assert str(result.exception).startswith("the board must hold the model ")
    assert "16 units of 8 bits" in str(result.exception)
    assert "--state-bits" in result.exception.hint


def test_noise_is_survived_and_counted(network, board, on_terminal):
    to_board, to_host = {60: b"\xff", 100: b"\xa5\x11"}, {90: b"", 130: b"\x00"}
    with on_terminal(board, to_board, to_host) as port:
        found = answer(network, "--port", port)
    assert (found["count"], found["matched"]) == (12, 12)
    assert found["retries"] >= 1


def test_nothing_to_compare_is_refused(tmp_path, trained):
    model = random_model(np.random.default_rng(1), 8, 6)
    model.save(tmp_path / "model.json")
    np.savez(tmp_path / "none.npz", x=np.zeros((0, 6), np.int64))
    result = run(tmp_path / "model.json", "--simulate")
    assert isinstance(result.exception, DataError)
    assert "run needs sequences, and this model holds none" in str(result.exception)
    result = run(tmp_path / "model.json", "--simulate", "--data", tmp_path / "none.npz")
    assert isinstance(result.exception, DataError)
    assert result.stdout == ""


@pytest.mark.parametrize("every", [False, True])
def test_a_build_folder_brings_its_weights(tmp_path, every):
    model = random_model(np.random.default_rng(1), 8, 6, weights="levels", every=every)
    folder = build(tmp_path / "out", model, words=WORDS)
    np.savez(tmp_path / "d.npz", x=np.arange(60).reshape(5, 12), lengths=[12, 3, 1, 7, 12])
    found = answer(folder, "--simulate", "--data", tmp_path / "d.npz", "--logits")
    assert (found["count"], found["matched"]) == (5, 5)
    assert (found["accuracy"], found["retries"]) == (None, 0)
    assert [len(each) for each in found["logits"]] == ([12, 3, 1, 7, 12] if every else [1] * 5)


def test_weights_go_with_a_model_too(tmp_path, on_terminal):
    model = random_model(np.random.default_rng(1), 8, 6, weights="levels")
    folder = build(tmp_path / "out", model, words=WORDS)
    np.savez(tmp_path / "d.npz", x=np.arange(60).reshape(5, 12))
    arguments = [folder / "model.json", "--data", tmp_path / "d.npz", "--port"]
    with on_terminal(stand_in(model, WORDS)) as port:
        result = run(*arguments, port)
        assert isinstance(result.exception, BoardError)
        assert "must be loaded with 100 words of weights" in str(result.exception)
        assert "--weights" in result.exception.hint
        found = answer(*arguments, port, "--weights", folder / "weights.bin")
    assert found["matched"] == 5
    (tmp_path / "odd").write_bytes(b"odd")
    for weights in (tmp_path / "odd", tmp_path / "no"):
        result = run(*arguments, "/dev/null", "--weights", weights)
        assert isinstance(result.exception, DataError)


def test_the_self_test_of_a_build_is_played(tmp_path, on_terminal):
    model = random_model(np.random.default_rng(1), 8, 6, weights="levels")
    folder = build(tmp_path / "out", model, words=WORDS)
    with on_terminal(stand_in(model, WORDS)) as port:
        found = answer(folder, "--port", port, "--self-test")
    assert (found["count"], found["matched"], found["accuracy"]) == (2, 2, None)
    with on_terminal(flips(stand_in(model))) as port:
        result = run(folder, "--port", port, "--self-test", "--json")
    assert isinstance(result.exception, MismatchError)
    assert "self-test: logit 2 of readout 1 must be" in str(result.exception)
    found = json.loads(result.stdout.splitlines()[-1])
    assert found == {"count": 2, "matched": None, "difference": str(result.exception)}
    (folder / FILE).unlink()
    result = run(folder, "--simulate", "--self-test")
    assert isinstance(result.exception, DataError)
    assert "needs a build folder with a selftest.json" in str(result.exception)


def test_a_board_that_listens_gets_raw_sound(listener, recording, save_wave, tmp_path):
    model = integer_model(listener, 12)
    folder = build(tmp_path / "out", model, front_end=True)
    (tmp_path / "wav").mkdir()
    sounds = [recording(seed, length) for seed, length in ((8, 2 * FRAME + 9), (9, 4 * FRAME))]
    x = np.zeros((2, 4 * FRAME), np.int16)
    for row, sound, name in zip(x, sounds, "bc"):
        save_wave(tmp_path / "wav" / f"{name}_0.wav", sound)
        row[: len(sound)] = sound
    np.savez(tmp_path / "d.npz", x=x, lengths=[len(each) for each in sounds], y=[1, 2])
    both = [
        answer(folder, "--simulate", "--logits", "--data", tmp_path / data)
        for data in ("wav", "d.npz")
    ]
    for found in both:
        assert (found["count"], found["matched"]) == (2, 2)
        right = [np.argmax(logits) == label for (logits,), label in zip(found["logits"], (1, 2))]
        assert found["accuracy"] == np.mean(right)
    assert both[0]["logits"] == both[1]["logits"]
    assert isinstance(run(folder, "--simulate").exception, DataError)


def test_the_recordings_in_a_model_are_sequences_with_labels(listener, tmp_path, on_terminal):
    save(listener, tmp_path / "m.pt")
    with on_terminal(stand_in(integer_model(listener, 12), front_end=True)) as port:
        found = answer(tmp_path / "m.pt", "--port", port, "--logits")
    assert (found["count"], found["matched"]) == (2, 2)
    classes = [np.argmax(logits) for (logits,) in found["logits"]]
    assert found["accuracy"] == np.mean(np.array(classes) == listener.samples_y[:2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "either --port or --simulate must be given, and not both"),
        (["--simulate", "--port", "x"], "either --port or --simulate must be given"),
        (["--simulate", "--self-test", "--sequences", 3], "--self-test has its own sequence"),
        (["--simulate", "--sequences", 0], "must be a whole number, 1 to 1000000000, not 0"),
    ],
)
def test_bad_usage_exits_with_two(network, arguments, message):
    result = run(network, *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_state_bits_go_with_a_model_file(tmp_path):
    model = replace(random_model(np.random.default_rng(1), 8, 6))
    folder = build(tmp_path / "out", model)
    for path in (folder, folder / "model.json"):
        result = run(path, "--simulate", "--state-bits", 8)
        assert result.exit_code == 2
        assert "--state-bits goes with model.pt" in result.stderr


def test_bad_ports_and_folders_are_refused(network, tmp_path):
    result = run(network, "--port", "/dev/no-such-port")
    assert isinstance(result.exception, LinkError)
    assert "/dev/no-such-port must be a serial port that can be opened" in str(result.exception)
    result = run(tmp_path, "--simulate")
    assert isinstance(result.exception, ModelError)
    assert "must be a build folder with a model.json, and has none" in str(result.exception)
