"""Counts what a line that flips bits does to a host and a board.

``python benchmarks/noise.py --board gateware --frames 1000`` sends sequences of random length to
the emitted design in Verilator; ``--board reference`` to the board in Python, whose core answers
with a CRC-32 of all steps, so that one wrong bit of them shows. First over a clean line, then over
one where every bit, start and stop bits too, is flipped with a chance. Every result is compared
with the golden one.
"""

import json
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np

from noisy_wire import NoisyPort
from qrnn_hw.boards.link.host.frame import Decoder
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.line import Port, code_of
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Kind
from random_model import random_model
from small_board import small_board

LONGEST = 300
STEPS_OF_A_FRAME = 63
DIGEST = Identity(8, False, 64, 1, 33, 12, b"a CRC-32")
#: Of a line that loses every other frame: silences in a row before the host gives up.
RETRIES = 100


class Watched:
    """Counts what passes a port, on the host's side of the noise."""

    def __init__(self, port: Port) -> None:
        self.timeout: float | None = None
        self.sent: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self._port = port
        self._decoder = Decoder()

    def write(self, data: bytes) -> int | None:
        """Send a frame."""
        self.sent[Kind(data[1]).name] += 1
        return self._port.write(data)

    def read(self, size: int = 1) -> bytes:
        """Receive bytes."""
        data = self._port.read(size)
        for frame in self._decoder.feed(data) if data else self._decoder.give_up():
            if frame.kind is Kind.STATUS:
                self.codes[code_of(frame).name] += 1
        return data

    def close(self) -> None:
        """Give the port back."""
        self._port.close()


def digest(steps: Sequence[Sequence[int]]) -> tuple[int, list[int]]:
    """Answer with one logit: the CRC-32 of the steps."""
    return 1, [1 + zlib.crc32(bytes(step for (step,) in steps))]


def sequences(frames: int, seed: int) -> Iterator[list[list[int]]]:
    """Draw sequences of bytes that fill so many frames."""
    rng = random.Random(seed)
    while frames > 0:
        steps = [[byte] for byte in rng.randbytes(rng.randint(1, LONGEST))]
        frames -= -(-len(steps) // STEPS_OF_A_FRAME)
        yield steps


def classified(
    port: Port,
    batch: Sequence[list[list[int]]],
    answer: Callable[[list[list[int]]], Result],
    make: Callable[..., Any],
) -> dict[str, Any]:
    """Classify sequences, compare the results, and count what passed the port."""
    watched = Watched(port)
    host = make(watched, retries=RETRIES)
    right = wrong = 0
    for steps, result in zip(batch, host.classify_many(batch), strict=True):
        equal = answer(steps).difference(result) is None
        right, wrong = right + equal, wrong + (not equal)
    return {
        "results_right": right,
        "results_wrong": wrong,
        "steps": sum(map(len, batch)),
        "frames_sent": watched.sent[Kind.SAMPLES.name],
        "codes_heard": dict(sorted(watched.codes.items())),
        "retries": host.traffic.repeats,
        "restarts": watched.sent[Kind.RESET.name] - 1,
        "bytes_sent": host.traffic.sent,
        "bytes_received": host.traffic.received,
    }


def reference(
    frames: int, rate: float, seed: int, make: Callable[..., Any] = Host
) -> dict[str, Any]:
    """Measure the board in Python; its core takes no time, and neither does a silence.

    ``make`` makes the host for a port.
    """
    port = NoisyPort(ReferenceBoard(DIGEST, digest), rate, seed)

    def answer(steps: list[list[int]]) -> Result:
        index, logits = digest(steps)
        return Result((index,), (tuple(logits),))

    counts = classified(port, list(sequences(frames, seed)), answer, make)
    flips = {"to_board": port.to_board.flips, "to_host": port.to_host.flips}
    return counts | {"flips": flips, "bits": port.to_board.bits}


@contextmanager
def gateware(
    seed: int, make: Callable[..., Any] = Host
) -> Iterator[Callable[[int, float, bool], dict[str, Any]]]:
    """Compile a small network's emitted design behind a bad line; yields how to measure it."""
    model = random_model(np.random.default_rng(seed), 16, 8)
    with small_board(model, Path(__file__).with_name("noisy_line.v")) as board:

        def measure(frames: int, rate: float, idle: bool) -> dict[str, Any]:
            noise = [f"+rate={round(rate * (1 << 32))}", f"+verilator+seed+{seed}"]
            noise += ["+idle"] if idle else []
            with board.power_up(strict=False, plusargs=noise) as port:
                batch = list(sequences(frames, seed))
                counts = classified(
                    port, batch, lambda steps: Result.expected(model, np.array(steps)), make
                )
                ways = ("to_board", "to_host")
                flips = {way: port.sense(f"flips_{way}") for way in ways}
                return counts | {"flips": flips, "bits": port.sense("bits")}

        yield measure


@click.command(help=__doc__)
@click.option("--board", type=click.Choice(["gateware", "reference"]), required=True)
@click.option("--frames", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--rate", type=click.FloatRange(0, 0.5), default=1e-3, show_default=True)
@click.option("--idle", is_flag=True, help="Flip bits of the quiet line too (gateware).")
@click.option("--seed", type=int, default=1, show_default=True)
def main(board: str, frames: int, rate: float, idle: bool, seed: int) -> None:
    """Measure and print one line of JSON."""
    if board == "reference":
        clean, noisy = (reference(frames, each, seed) for each in (0.0, rate))
    else:
        with gateware(seed) as measure:
            clean, noisy = (measure(frames, each, idle) for each in (0.0, rate))
    given = {"board": board, "frames": frames, "rate": rate, "idle": idle, "seed": seed}
    ratio = round(clean["bits"] / noisy["bits"], 3)
    click.echo(json.dumps(given | {"clean": clean, "noisy": noisy, "throughput": ratio}))


if __name__ == "__main__":
    main()
