"""The timing of training against back-propagation step by step, on small networks."""

import json

import pytest
import torch
from click.testing import CliRunner

from qrnn_hw.data.tasks import load_task
from qrnn_hw.train.loop import answers
from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.cells.powers import DenseOperator
from qrnn_hw.train.recipe import Recipe

FIELDS = {
    "case", "ratio", "seconds_bptt", "seconds_ours", "seconds_bptt_least", "seconds_ours_least",
    "batch", "batches", "batches_timed", "cell", "hidden", "steps", "data", "differences",
    "threads", "clock", "versions",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def speed(monkeypatch):
    """Import the benchmark, with cases of a second."""
    import train_speed
    from train_speed_cases import CASES, Case, Shape

    assert {"pmnist", "copy", "har", "vowels", "sentiment", "text", "qornn"} <= set(CASES)

    def case(shape, sampled=False, lanes=False, **changes):
        load = {
            "copy": lambda data: load_task("copy", steps=30, train_size=64),
            "pixels": Shape("pixels", 64, 20, channels=1, classes=10).dataset,
            "varied": Shape("varied", 64, 9, channels=3, shortest=2).dataset,
            "text": Shape("text", 64, 20, kinds=7, classes=7, every=True).dataset,
        }[shape]
        return Case("small", load, Recipe(16, 1, 16, 1e-3, draws=1, **changes), sampled, lanes)

    cases = {
        "pmnist": case("pixels"),
        "copy": case("copy", sampled=True, lanes=True, silent=0, bias=False, table_bits=16),
        "vowels": case("varied"),
        "text": case("text", lanes=True),
        "dropout": case("text", dropout=0.5),
        "qornn": case("pixels", cell="qornn"),
    }
    monkeypatch.setattr(train_speed, "CASES", cases)
    return train_speed


def run(speed, *arguments):
    return CliRunner().invoke(speed.main, ["--rounds", "1", *arguments])


@pytest.mark.parametrize("name", ["pmnist", "copy", "vowels", "text", "dropout", "qornn"])
def test_a_case_prints_one_line(name, speed):
    result = run(speed, "--case", name, "--json")
    assert result.exit_code == 0, result.output
    (line,) = result.output.splitlines()
    printed = json.loads(line)
    more = {"seconds_every", "ratio_every"} if name == "copy" else set()
    more |= {"seconds_plain", "ratio_lanes"} if name in ("copy", "text") else set()
    assert set(printed) == FIELDS | more
    assert (printed["batch"], printed["batches"], printed["hidden"]) == (16, 4, 16)
    assert printed["steps"] == {"copy": 30, "vowels": 9}.get(name, 20)
    assert printed["batches_timed"]["bptt"] == 1 and printed["batches_timed"]["ours"] == 5
    assert printed["seconds_bptt"] > 0 and printed["seconds_ours"] > 0
    # Rounded, as both times are.
    assert printed["ratio"] > 0
    assert (printed["threads"], printed["clock"]) == (1, "process_time")


def _wrong(function):
    """Let a function of gradients add a millionth to each."""

    def compute(*given):
        return tuple(part if part is None else part * (1 + 1e-6) for part in function(*given))

    return staticmethod(compute)


@pytest.mark.parametrize(
    ("name", "function"),
    [("pmnist", impulse._Response), ("vowels", impulse._Response), ("text", answers._Answers),
     ("copy", answers._Answers), ("dropout", impulse._Scan)],
)  # fmt: skip
def test_a_wrong_gradient_counts_nothing(name, function, speed, monkeypatch):
    monkeypatch.setattr(function, "backward", _wrong(function.backward))
    result = run(speed, "--case", name, "--json")
    assert result.exit_code == 1
    assert "what is wrong has no speed" in result.output
    assert "{" not in result.output


def test_a_wrong_power_counts_nothing(speed, monkeypatch):
    respond = DenseOperator.respond
    monkeypatch.setattr(
        DenseOperator, "respond", lambda self, *given: respond(self, *given) * 1.0001
    )
    assert run(speed, "--case", "qornn").exit_code == 1


def test_without_json_it_says_the_same_in_words(speed):
    result = run(speed, "--case", "pmnist")
    assert result.exit_code == 0
    assert "s step by step" in result.output


def test_data_belong_to_pixels(speed, tmp_path):
    result = run(speed, "--case", "copy", "--data", str(tmp_path))
    assert result.exit_code == 2
    assert "--data goes with --case pmnist" in result.output
