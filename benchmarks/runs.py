"""Runs of docs/results.md: each trains a network, and the first seed of it is built."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from grid import TASKS, Network

from qrnn_hw.export import model_file
from qrnn_hw.export.destination import place

FOLDER = Path(__file__).parent / "results"
# Of the card of a network, what the page needs and what repeats the run.
CARD = ("recipe", "data_sha256", "splits", "parameters", "bytes", "chosen_epoch", "val_accuracy",
        "test_accuracy", "test_loss", "test_bits_per_answer", "test_integers", "versions",
        "notes")  # fmt: skip


class RunError(Exception):
    """A command of a run failed."""


def record(task: str, network: str, seed: int) -> Path:
    """Name the file that a run is kept in."""
    return FOLDER / task / f"{network}-{seed}.json"


def read(task: str, network: str, seed: int) -> dict[str, Any] | None:
    """Read a run; None if it is not there."""
    path = record(task, network, seed)
    return json.loads(path.read_text()) if path.exists() else None


def _command(*arguments: str) -> dict[str, Any]:
    """Run a command of qrnn-hw and read what ``--json`` prints."""
    program = Path(sys.executable).with_name("qrnn-hw")
    result = subprocess.run(
        (program, *arguments, "--json"), stdout=subprocess.PIPE, text=True, check=False
    )
    if result.returncode:
        raise RunError(f"qrnn-hw {' '.join(arguments)} ended with {result.returncode}")
    return json.loads(result.stdout.splitlines()[-1])


def _options(task: str, network: Network, seed: int) -> list[str]:
    options = [*network.train, "--seed", str(seed)]
    if network.like is not None:
        other = read(task, network.like, seed)
        if other is None:
            raise RunError(f"{task}: {network.like} with seed {seed} must run first")
        options += ["--bytes", str(other["card"]["bytes"])]
    return options


def _card(model: Path) -> dict[str, Any]:
    """Read the card of a network, or that beside a baseline."""
    beside = model.with_suffix(".json")
    card = json.loads(beside.read_text()) if beside.exists() else model_file.load(model).card
    return {name: card[name] for name in CARD if name in card}


def execute(task: str, name: str, seed: int, data: Path, work: Path) -> dict[str, Any]:
    """Train, build and verify a network, and keep what came of it.

    Parameters
    ----------
    task, name
        Of ``grid.TASKS`` and its networks.
    seed
        Of the training. The network of the task's first seed is built.
    data
        The folder of the data sets.
    work
        A folder for the models and bitstreams.

    Raises
    ------
    RunError
        If a command fails.
    """
    about, network = TASKS[task], TASKS[task].networks[name]
    options = _options(task, network, seed)
    model = work / f"{task}-{name}-{seed}.pt"
    work.mkdir(parents=True, exist_ok=True)
    where = () if about.data is None else ("--data", str(data / about.data))
    trained = _command("train", *about.train, *where, *options, "-o", str(model))
    shown = () if about.data is None else ("--data", about.data.name)
    run = {
        "command": " ".join(("qrnn-hw train", *about.train, *shown, *options)),
        "seconds": trained["seconds"],
        "card": _card(model),
    }
    if network.build is not None and seed == about.seeds_of(name)[0]:
        run["build"] = _command("build", str(model), *network.build, "-o", str(work / model.stem))
        run["build_command"] = " ".join(("qrnn-hw build model.pt", *network.build))
    path = record(task, name, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    place((json.dumps(run, indent=1) + "\n").encode(), path)
    return run
