"""Training that is killed at random moments, and goes on, ends in the bytes of one that is not."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TRAINER = Path(__file__).with_name("trainer.py")
THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")


class Trainer:
    """Trains in another process.

    Parameters
    ----------
    folder
        For what it writes.
    arguments
        Of ``qrnn-hw train``, but for the output.
    """

    def __init__(self, folder, arguments):
        self.folder, self.arguments = folder, ["train", *arguments, "-o"]
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, TRAINER, folder / "epochs"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
        )  # fmt: skip
        # The same process, so that forks begin with all that is compiled.
        self.whole = self.ask("whole.pt", warm=True)
        self.model = (folder / "whole.pt").read_bytes()

    def ask(self, name, kill=None, warm=False):
        """Train once more; what became of it."""
        (self.folder / name).parent.mkdir(exist_ok=True)
        request = {"arguments": [*self.arguments, str(self.folder / name)],
                   "kill": kill, "warm": warm}  # fmt: skip
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["exit"] in (0, -signal.SIGKILL), (self.folder / "log").read_text()
        return answer

    def kill(self, name, kills):
        """Train until it is done, killed as often; the epochs seen before each kill."""
        seen = []
        for kill in kills:
            answer = self.ask(name, kill)
            if not answer["exit"]:
                break
            seen.append(answer["epochs"])
        else:
            assert self.ask(name)["exit"] == 0
        assert (self.folder / name).read_bytes() == self.model
        assert not (self.folder / f"{name}.checkpoint").exists()
        return seen

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(600) == 0
        self.process.stdout.close()
        self.log.close()


@pytest.fixture
def trainer(tmp_path, monkeypatch):
    """Start a process of one thread, and stop it."""
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    started = []

    def start(*arguments):
        started.append(Trainer(tmp_path, arguments))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def generator():
    """Draw moments."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    return random.Random(seed)


SMALL = ("digits", "--hidden", "8")


@pytest.mark.slow
def test_two_kills_change_nothing(trainer, generator):
    one = trainer(*SMALL, "--epochs", "12")
    kills = [
        {"epochs": generator.randint(1, 5), "seconds": generator.uniform(0, 0.02)} for _ in range(2)
    ]
    seen = one.kill("a.pt", kills)
    assert len(seen) == 2
    # The second run went on from where the first one was.
    assert one.whole["epochs"] == 12
    log = (one.folder / "log").read_text()
    assert log.count("goes on after epoch") == 2


CASES = {
    "hadamrnn": ("--epochs", "15", "--state-bits", "8", "--tune-epochs", "5"),
    "bjorck": ("--cell", "qornn", "--epochs", "10", "--state-bits", "8"),
    "projunn": ("--cell", "qornn", "--method", "projunn-d", "--epochs", "10", "--state-bits", "8"),
    "gru": ("--cell", "gru", "--epochs", "15"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_kills_at_any_moment_change_nothing(trainer, generator, name):
    one = trainer(*SMALL, *CASES[name])
    # Without what the first one had to import.
    seconds = one.ask("b/again.pt")["seconds"]
    assert (one.folder / "b" / "again.pt").read_bytes() == one.model
    done, killed = 0, []
    while len(killed) < 5:
        kills = [{"epochs": 0, "seconds": generator.uniform(0, seconds)} for _ in range(5)]
        killed += one.kill(f"{done}.pt", kills)
        done += 1
    print(name, f"{seconds:.2f} s, {done} runs, epochs seen before each kill:", killed)


@pytest.mark.slow
def test_kills_about_the_rounding_of_the_origin_change_nothing(trainer, generator):
    one = trainer(*SMALL, "--epochs", "12", "--state-bits", "8", "--tune-epochs", "2")
    for trial in range(5):
        # The rounding is in the eighth epoch; an epoch takes some hundredths of a second.
        kills = [{"epochs": 7, "seconds": generator.uniform(0, 0.03)}]
        assert len(one.kill(f"{trial}.pt", kills)) == 1
