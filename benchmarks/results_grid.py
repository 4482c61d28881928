"""What is trained, built and verified for docs/results.md, and where each run is kept."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
SEEDS = (1, 2, 3)
MORE_SEEDS = (*SEEDS, 4, 5)


@dataclass(frozen=True)
class Network:
    """A network of the table.

    Parameters
    ----------
    title
        How the table calls it; fields of the recipe in braces.
    train
        Options of ``qrnn-hw train``.
    like
        Baselines: the network whose bytes it takes.
    build
        Options of ``qrnn-hw build``; None for what is not built.
    seeds
        Of the runs; None for those of the task.
    """

    title: str
    train: tuple[str, ...]
    like: str | None = None
    build: tuple[str, ...] | None = ()
    seeds: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Task:
    """A task of the table.

    Parameters
    ----------
    title
        How the table calls it.
    train
        Argument and options of ``qrnn-hw train``.
    data
        File or folder below the data folder; None where a dependency ships it.
    networks
        By name.
    metric
        "accuracy" in percent, "bits" a character, or "loss" in nats.
    seeds
        Of the runs. The first is built.
    """

    title: str
    train: tuple[str, ...]
    data: Path | None
    networks: dict[str, Network]
    metric: str = "accuracy"
    seeds: tuple[int, ...] = SEEDS

    def seeds_of(self, name: str) -> tuple[int, ...]:
        """List the seeds of a network."""
        return self.networks[name].seeds or self.seeds


def _baseline(cell: str, like: str, *options: str) -> Network:
    return Network(cell.upper(), ("--cell", cell, *options), like, None)


def _baselines(like: str, *options: str) -> dict[str, Network]:
    """Return an ORNN, an LSTM and a GRU that take the bytes of another network."""
    cells = ("ornn", "lstm", "gru")
    return {f"{cell}-like-{like}": _baseline(cell, like, *options) for cell in cells}


def _few(like: str) -> dict[str, Network]:
    """Return an LSTM and a GRU of 4 bits a weight that take the bytes of another network."""
    return {
        f"{cell}4-like-{like}": Network(
            f"{cell.upper()} of 4 bits", ("--cell", cell, "--w-bits", "4"), like, None
        )
        for cell in ("lstm", "gru")
    }


def _block(
    units: int, block: int, *options: str, build: tuple[str, ...] | None = (), what: str = ""
) -> Network:
    sizes = ("--hidden", str(units), "--block", str(block))
    title = f"Block-HadamRNN, d = {units}, blocks of {block}{what}"
    return Network(title, ("--cell", "block-hadamrnn", *sizes, *options), build=build)


def _qornn(units: int, bits: int, *options: str, build: tuple[str, ...] = ()) -> Network:
    sizes = ("--hidden", str(units), "--w-bits", str(bits))
    title = f"QORNN, d = {units}, {bits} bits"
    return Network(title, ("--cell", "qornn", *sizes, *options), build=build)


def _remembering(title: str, steps: int, *cell: str) -> Network:
    """Return a network for the copy task over so many steps."""
    return Network(f"{title}, T = {steps}", ("--cell", *cell, "--steps", str(steps)), build=None)


def _both(block: Network, qornn: Network, *options: str) -> dict[str, Network]:
    """Return two networks, and baselines as large as each, those of the second with options."""
    networks = {"block": block, "qornn4": qornn, **_baselines("block"), **_few("block")}
    return networks | _baselines("qornn4", *options)


def _full(
    title: str,
    *options: str,
    build: tuple[str, ...] | None = None,
    seeds: tuple[int, ...] = MORE_SEEDS,
) -> Network:
    """Return a HadamRNN of 512 units."""
    sizes = ("--cell", "hadamrnn", "--hidden", "512", *options)
    return Network(title, sizes, build=build, seeds=seeds)


# A step of the 784 takes an LSTM longer than a whole sequence takes a linear recurrence.
SLOW = ("--epochs", "10", "--batch", "512", "--lr", "1e-2")
SHORT = ("--epochs", "5")
DENSE = ("--epochs", "12", "--batch", "512", "--lr", "1e-2")
# What `train` does where it is given no options.
POOLED = {
    "pooled": Network("Block-HadamRNN read as a whole, d = {hidden}", (), build=()),
    **_few("pooled"),
}
BLOCK = "block-hadamrnn"
BJORCK = ("qornn", "--w-bits")
PROJUNN = ("qornn", "--method", "projunn-d", "--w-bits", "6")
# Simulating a sequence of a large dense matrix takes seconds.
FEW = ("--sequences", "1")
NARROW = ("--state-bits", "8")
IMAGES = {
    "full": _full("HadamRNN, d = 512", build=()),
    "full-warp": _full("HadamRNN, d = 512, with warped images", "--augment", "warp"),
    "full-8": _full("HadamRNN, d = 512, for 8-bit states", *NARROW, seeds=SEEDS),
    "block256": _block(512, 256, build=None),
    "block256-8": _block(512, 256, *NARROW, build=NARROW, what=", for 8-bit states"),
    "full-real": _full("HadamRNN with real weights, d = 512", "--weights", "real", seeds=SEEDS),
}

TASKS = {
    "ecg5000": Task(
        "ECG5000", ("ecg5000",), Path("ECG5000.npz"), _both(_block(128, 64), _qornn(128, 4))
    ),
    "har": Task(
        "HAR, 6 activities", ("har",), Path("uci_har_subset.npz"),
        POOLED | _both(_block(128, 64), _qornn(128, 4)),
    ),
    "fsdd": Task(
        "Spoken digits", ("fsdd",), Path("fsdd_wav.npz"),
        POOLED | _both(_block(128, 64), _qornn(128, 4)),
    ),
    "forda": Task("FordA", ("forda",), Path("FordA.npz"), {"pooled": POOLED["pooled"]}),
    "text": Task(
        "Tiny Shakespeare", ("text",), Path("tinyshakespeare"),
        _both(
            _block(96, 16, build=FEW), _qornn(96, 4, *SHORT, build=FEW), *SHORT,
        ),
        "bits",
    ),
    "copy": Task(
        "Copy", ("copy",), None,
        {
            "block": _remembering("Block-HadamRNN, d = 128, blocks of 64", 1000, BLOCK),
            "qornn6": _remembering("QORNN by STE-Björck, d = 128, 6 bits", 1000, *BJORCK, "6"),
            "qornn4": _remembering("QORNN by STE-Björck, d = 128, 4 bits", 200, *BJORCK, "4"),
            "projunn6": _remembering("QORNN by STE-projUNN-D, d = 128, 6 bits", 200, *PROJUNN),
        },
        "loss", SEEDS[:1],
    ),
    "pmnist": Task(
        "Permuted MNIST", ("mnist", "--permuted"), Path("mnist.npz"),
        {
            **IMAGES,
            "block": _block(512, 64),
            "layer": Network(
                "HadamRNN, d = 256, hidden layer of 60", ("--hidden", "256", "--layer", "60")
            ),
            **{f"qornn{bits}": _qornn(256, bits, *DENSE, build=FEW) for bits in (3, 4)},
            **{f"qornn{bits}": _qornn(256, bits, build=FEW) for bits in (6, 8)},
            "ornn-like-block": _baseline("ornn", "block"),
            "lstm-like-block": _baseline("lstm", "block", *SLOW),
            "gru-like-block": _baseline("gru", "block", *SLOW),
            "ornn-like-qornn8": _baseline("ornn", "qornn8"),
        },
    ),
    "smnist": Task(
        "Sequential MNIST", ("mnist",), Path("mnist.npz"),
        {
            **IMAGES,
            "lstm-like-full": _baseline("lstm", "full", *SLOW),
            "gru-like-full": _baseline("gru", "full", *SLOW),
        },
    ),
}  # fmt: skip


def record(task: str, network: str, seed: int) -> Path:
    """Name the file that a run is kept in."""
    return FOLDER / task / f"{network}-{seed}.json"


def read(task: str, network: str, seed: int) -> dict[str, Any] | None:
    """Read a run; None if it is not there."""
    return _read(record(task, network, seed))


def simpler(task: str) -> Path:
    """Name the file of what simpler ways come to."""
    return FOLDER / task / "simpler.json"


def read_simpler(task: str) -> list[dict[str, Any]]:
    """Read what simpler ways come to; empty if it is not there."""
    return _read(simpler(task)) or []


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else None
