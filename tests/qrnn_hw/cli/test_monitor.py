"""The command ``qrnn-hw monitor``: lines in, answers out, on boards that answer late or always."""

import json
import os
import signal
import subprocess
import sys
import threading
import tty
import urllib.request
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw import source
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.cli.monitor import monitor
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import BoardError, DataError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.weights import HadamardWeights
from qrnn_hw.train.result.save import save
from random_model import random_model
from viewer import told

ROOT = Path(__file__).parents[3]


def run(*arguments, lines=""):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(
        monitor, list(map(str, arguments)), input=lines, catch_exceptions=True
    )


def answers(*arguments, lines="", error=None):
    """Return the answers, and the counts at the end."""
    result = run(*arguments, "--json", lines=lines)
    assert (result.exit_code, str(result.exception or "") or None) == (int(bool(error)), error)
    *found, counts = map(json.loads, result.stdout.splitlines())
    return found, counts, " ".join(result.stderr.split())


def text(*sequences):
    return "\n\n".join(
        "\n".join(",".join(map(str, step)) for step in sequence) for sequence in sequences
    )


def expected(model, *sequences):
    """Return what is printed about the golden run."""
    rows = []
    for number, sequence in enumerate(sequences, 1):
        run = golden.run(model, np.array(sequence)[None])
        classes, logits = np.ravel(run.classes), run.logits.reshape(-1, model.classes)
        first = 1 if model.readout.every else len(sequence)
        for step, (index, row) in enumerate(zip(classes.tolist(), logits.tolist()), first):
            rows.append(
                {"sequence": number, "step": step, "class": index,
                 "label": model.labels[index], "logits": row}
            )  # fmt: skip
    return rows


def start(path, *arguments):
    """Start the command as a process of its own."""
    command = [sys.executable, "-m", "qrnn_hw.cli", "monitor", str(path), "--simulate", "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*command, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True,
        # Where these tests run in the background, Ctrl-C is ignored, by what they start too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.fixture
def drawn(tmp_path):
    """Return a function that draws and writes a model.json of 2 channels, -8 to 7."""

    def draw(every):
        model = random_model(
            np.random.default_rng(4), 8, 6, channels=2, input_bits=4, input_signed=True,
            every=every,
        )  # fmt: skip
        model.save(tmp_path / "model.json")
        return model, tmp_path / "model.json"

    return draw


ONE, TWO = [[1, -2], [3, 4], [-8, 7]], [[5, 5]]


@pytest.mark.parametrize("every", [False, True])
def test_lines_are_answered_as_in_the_golden_run(drawn, on_terminal, every):
    model, path = drawn(every)
    wanted = expected(model, ONE, TWO, ONE)
    lines = text(ONE, TWO, ONE)
    with on_terminal(stand_in(model)) as port:
        found, counts, _ = answers(path, "--port", port, lines=lines)
    assert found == wanted
    assert {name: counts[name] for name in ("sequences", "steps", "readouts", "refused")} == {
        "sequences": 3, "steps": 7, "readouts": 7 if every else 3, "refused": 0
    }  # fmt: skip
    assert answers(path, "--simulate", lines=lines)[0] == wanted


def test_people_see_a_line_an_answer(drawn):
    model, path = drawn(every=True)
    result = run(path, "--simulate", lines=text(TWO))
    (row,) = expected(model, TWO)
    logits = " ".join(map(str, row["logits"]))
    assert result.stdout == f"sequence 1, step 1: {row['label']} ({logits})\n"
    assert "1 sequences, 1 steps, 1 readouts, 0 refused" in result.stderr


def test_malformed_lines_are_told_and_not_sent(drawn):
    model, path = drawn(every=True)
    lines = "1 -2\n[red]\n3 4\n1\n1 8\n\xff\n-8 7\n"
    error = "every line must be a time step, and 4 of 7 were none, and not sent"
    found, counts, err = answers(path, "--simulate", lines=lines, error=error)
    assert found == expected(model, ONE)
    assert (counts["steps"], counts["refused"]) == (3, 4)
    for place, shown in ((2, "[red]"), (4, "1"), (5, "1 8")):
        assert f"not sent: line {place} must be 2 whole numbers from -8 to 7, not '{shown}'" in err


@pytest.mark.parametrize("every", [False, True])
def test_a_length_parts_sequences(drawn, every):
    model, path = drawn(every)
    parts = [ONE[:2], [ONE[2], *TWO], TWO]
    lines = "\n".join(text(part) for part in parts)
    assert answers(path, "--simulate", "--length", 2, lines=lines)[0] == expected(model, *parts)


def test_a_network_that_does_not_forget_begins_anew_and_says_so_once(trained, tmp_path):
    network = trained(every=True, steps=3)
    save(network, tmp_path / "m.pt")
    model, values = integer_model(network, 12), [[k] for k in (1, -5, 7, 9, 100, -2, 4)]
    arguments = (tmp_path / "m.pt", "--simulate", "--wire")
    found, _, err = answers(*arguments, lines=text(values))
    assert found == expected(model, values[:3], values[3:6], values[6:])
    told = "does not forget, and was trained on sequences of 3 steps"
    assert err.count(f"note: the network {told}: it begins anew after 3 lines") == 1
    # Not before it happens.
    _, _, err = answers(*arguments, lines=text(values[:2], values[:2]))
    assert "note" not in err
    found, _, err = answers(*arguments, "--length", 5, lines=text(values))
    assert found == expected(model, values[:5], values[5:])
    assert err.count("note") == 1
    assert f"--length is 5, and the network {told}" in err


def test_a_network_of_unknown_training_that_does_not_forget_is_told(drawn):
    model, path = drawn(every=True)
    found, _, err = answers(path, "--simulate", lines=text(ONE))
    assert found == expected(model, ONE)
    assert "was trained on sequences of unknown length: give --length" in err
    assert "note" not in answers(path, "--simulate", "--length", 3, lines=text(ONE))[2]


def test_a_network_that_forgets_goes_on_and_answers_every_so_many_steps(trained, tmp_path):
    weights = HadamardWeights(np.resize([1, -1], 16), 16, None, np.resize([5, 3], 16))
    network = replace(trained(every=True, steps=3), cell="HadamRNN", recurrence=weights)
    save(network, tmp_path / "m.pt")
    values = [[k % 50] for k in range(23)]
    rows = expected(integer_model(network, 12), values)
    arguments = (tmp_path / "m.pt", "--simulate", "--wire")
    found, counts, err = answers(*arguments, "--every", 5, lines=text(values))
    assert found == rows[4::5]
    assert (counts["sequences"], counts["steps"], counts["readouts"]) == (1, 23, 4)
    assert "note" not in err


def test_a_text_whose_states_fade_goes_on(tmp_path):
    model = random_model(
        np.random.default_rng(6), 8, 8, block=4, halves=1, vocabulary=9, every=True, classes=9
    )  # fmt: skip
    model.save(tmp_path / "model.json")
    values = [[k % 9] for k in range(40)]
    found, _, err = answers(tmp_path / "model.json", "--simulate", "--every", 8, lines=text(values))
    assert found == expected(model, values)[7::8]
    assert "note" not in err


def test_pools_that_do_not_leak_are_begun_anew_when_they_are_full(tmp_path):
    model = random_model(
        np.random.default_rng(4), 8, 6, input_signed=True, origin_bits=0, block=4,
        decays=(3,), pool=Pool("mean", 4, 0),
    )  # fmt: skip
    model.save(tmp_path / "model.json")
    values = [[k] for k in (1, -5, 7, 9, 100, -2)]
    found, _, err = answers(tmp_path / "model.json", "--simulate", lines=text(values))
    assert found == expected(model, values[:4], values[4:])
    assert "the network sums 4 steps at most: it begins anew after 4 lines" in err
    result = run(tmp_path / "model.json", "--simulate", "--every", 2, lines=text(values))
    assert result.exit_code == 2
    assert "--every goes with a model that answers every step" in result.stderr


def test_answers_come_before_the_next_line_does(drawn):
    """As with a sensor whose lines have no end."""
    model, path = drawn(every=True)
    with start(path) as process:
        for step, row in zip(ONE, expected(model, ONE), strict=True):
            process.stdin.write(text([step]) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == row
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=600)  # a guard against waiting for ever
    assert process.returncode == 130
    assert out == ""
    assert "interrupted" in err and "Traceback" not in err


def test_a_source_may_be_a_file_or_a_serial_port(drawn, tmp_path):
    model, path = drawn(every=True)
    (tmp_path / "lines.txt").write_text(text(ONE, TWO))
    found = answers(path, "--simulate", "--source", tmp_path / "lines.txt")[0]
    assert found == expected(model, ONE, TWO)
    result = run(path, "--simulate", "--source", tmp_path / "no")
    assert isinstance(result.exception, DataError)
    assert "must be readable" in str(result.exception)


def test_a_long_line_is_one_and_no_step(drawn, tmp_path):
    path = drawn(False)[1]
    lines = tmp_path / "lines.txt"
    usual = b"1 2\n3 4\n"
    for long in (
        b"1 2" + b" " * source.LONGEST,
        b"x" * source.LONGEST + b"1 2",
        b"1" * 3 * source.LONGEST,
    ):
        lines.write_bytes(usual + long + b"\n" + usual)
        result = run(path, "--simulate", "--source", lines)
        assert isinstance(result.exception, DataError)
        assert str(result.exception).startswith("every line must be a time step, and 1 of 5 were")
        assert "line 3 must be" in result.stderr
        assert "1 sequences, 4 steps" in result.stderr


def test_a_mark_of_the_byte_order_is_no_damage(drawn, tmp_path):
    path = drawn(False)[1]
    lines = tmp_path / "lines.txt"
    lines.write_bytes(b"\xef\xbb\xbf1 2\n3 4\n")
    assert answers(path, "--simulate", "--source", lines)[1]["steps"] == 2


def test_a_source_may_be_a_serial_port(drawn):
    model, path = drawn(every=True)
    master, slave = os.openpty()
    tty.setraw(slave)
    process = start(path, "--source", os.ttyname(slave))
    stopped = threading.Event()

    def feed():
        while not stopped.wait(0.05):  # what comes before a port is opened is lost
            os.write(master, b"5,5\n")

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        rows = [json.loads(process.stdout.readline()) for _ in range(3)]
    finally:
        stopped.set()
        feeder.join()
        process.kill()
        process.communicate()
        os.close(master)
        os.close(slave)
    assert rows == expected(model, [[5, 5]] * 3)


def test_real_values_are_quantized_as_predict_does(trained, tmp_path):
    steps = [0.5, 0.01, 20.0]
    network = trained(channels=3, channel_steps=steps, every=True)
    save(network, tmp_path / "m.pt")
    integers = np.random.default_rng(4).integers(-128, 128, (4, 3))
    lines = "\n".join(" ".join(f"{value:.4f}" for value in row) for row in integers * steps)
    found = answers(tmp_path / "m.pt", "--simulate", lines=lines)[0]
    assert found == expected(integer_model(network, 12), integers)
    wire = answers(tmp_path / "m.pt", "--simulate", "--wire", lines="50 1 -20\n")[0]
    assert wire == expected(integer_model(network, 12), [[50, 1, -20]])
    for line in ("50 1 -20", "50.0 1.0 -20.0", "5e+01 1 -2e1"):
        real = answers(tmp_path / "m.pt", "--simulate", lines=f"{line}\n")[0]
        assert real == expected(integer_model(network, 12), [[100, 100, -1]])


def test_a_first_reading_of_zero_decides_nothing(trained, tmp_path):
    save(trained(data_step=0.25, every=True), tmp_path / "m.pt")
    found, counts, err = answers(tmp_path / "m.pt", "--simulate", lines="0\n0.5\n1\n99\n")
    model = integer_model(trained(every=True), 12)
    assert found == expected(model, [[0], [2], [4], [127]])
    assert counts["refused"] == 0
    assert "25.0% of the numbers were beyond the range of the model, and saturated" in err


def test_what_cannot_be_is_refused(drawn, on_terminal):
    _, path = drawn(every=False)
    for lines in ("", "\n\n", "x\n"):
        result = run(path, "--simulate", lines=lines)
        assert isinstance(result.exception, DataError)
        assert "monitor needs a time step or more, and - has none" in str(result.exception)
    other = random_model(np.random.default_rng(5), 8, 6)
    with on_terminal(stand_in(other)) as port:
        result = run(path, "--port", port, lines="1 2")
    assert isinstance(result.exception, BoardError)
    assert result.stdout == ""
    assert run(path, lines="1 2").exit_code == 2


def test_a_browser_sees_what_is_printed(tmp_path):
    model = random_model(np.random.default_rng(8), 16, 8, classes=3, channels=2)
    model.save(tmp_path / "model.json")
    low, high = model.inputs.range
    sequences = [[(low, high), (0, 1), (high, 0)], [(1, 1), (0, high), (low, low)]]
    program = [sys.executable, "-m", "qrnn_hw.cli", "monitor", str(tmp_path / "model.json")]
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    with subprocess.Popen(
        [*program, "--simulate", "--wire", "--json", "--web"], text=True, **pipes
    ) as process:
        try:
            process.stdin.write(text(*sequences))
            process.stdin.close()
            address = process.stderr.readline().split()[1]
            found = told(address, 3 + 3 + 2 + 1)
            with urllib.request.urlopen(address) as page:
                assert b"model, simulated" in page.read()
        finally:
            process.terminate()  # as Ctrl-C does, which a background may ignore
        printed = [json.loads(line) for line in process.stdout]
        assert process.wait(20) == 0, process.stderr.read()
    steps = [list(step) for sequence in sequences for step in sequence]
    assert [each["x"] for each in found if "x" in each] == steps
    shown = [each for each in found if "class" in each]
    for one, line in zip(shown, printed[:-1], strict=True):
        chances = one.pop("probabilities")
        assert one == line and np.argmax(chances) == line["class"]
        assert sum(chances) == pytest.approx(1)
    assert found[-1] == {"end": True}


def test_a_port_goes_with_a_page():
    result = run(ROOT / "examples" / "digits.pt", "--simulate", "--web-port", 8000)
    assert result.exit_code == 2 and "--web-port goes with --web" in result.stderr
