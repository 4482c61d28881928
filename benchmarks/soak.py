"""Sends time steps without end through the emitted design, and compares every result.

``python benchmarks/soak.py --steps 1000000 --live 20000`` simulates two small networks behind their
serial pins in Verilator. One gets sequences of random length, each with an end; the other, which
forgets and answers every step, a single sequence without one, whose steps come one by one. The host
is that of a real board.
"""

import json
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

import click
import numpy as np

from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.outputs import Pool
from random_model import random_model
from small_board import small_board

HIDDEN, STATE_BITS = 16, 8
LONGEST = 300


def whole(steps: int, seed: int) -> dict[str, Any]:
    """Send sequences of so many steps in all.

    Raises
    ------
    MismatchError
        If a result is not that of the golden run.
    """
    rng = np.random.default_rng(seed)
    model = random_model(rng, HIDDEN, STATE_BITS)
    under_way: deque[Integers] = deque()

    def sequences() -> Iterator[Integers]:
        left = steps
        while left:
            length = min(left, int(rng.integers(1, LONGEST, endpoint=True)))
            left -= length
            under_way.append(rng.integers(*model.input_range, (length, 1), endpoint=True))
            yield under_way[-1]

    with small_board(model) as board, board.power_up() as port:
        host, begin, count = Host(port), time.perf_counter(), 0
        for count, result in enumerate(host.classify_many(sequences()), 1):
            sent = under_way.popleft()
            expected = Result.expected(model, sent)
            if difference := expected.difference(result):
                raise MismatchError(f"sequence {count}: {difference}")
        return _counts(host, steps, count, begin) | {"sequences_unanswered": len(under_way)}


def live(steps: int, seed: int) -> dict[str, Any]:
    """Send the steps of one sequence that has no end.

    Raises
    ------
    MismatchError
        If a readout is not that of the golden run.
    """
    rng = np.random.default_rng(seed)
    model = random_model(
        rng, HIDDEN, STATE_BITS, every=True, origin_bits=0, decays=(5, 3), pool=Pool("mean", 0, 6)
    )
    product, state = golden.products(model), np.array(model.offset(0))[None]
    reading = golden.Reading(model, 1)
    sent: list[Integers] = []

    def endless() -> Iterator[Integers]:
        while True:
            sent.append(rng.integers(*model.input_range, 1, endpoint=True))
            yield sent[-1]

    with small_board(model) as board, board.power_up() as port:
        host, begin, count = Host(port), time.perf_counter(), 0
        for count, result in enumerate(islice(host.live(endless()), steps), 1):
            state, *_ = golden.advance(model, product, state, sent[-1][None], count)
            reading.take(state, count)
            logits = reading.logits(count)[0]
            expected = Result((int(model.readout.decide(logits)),), (tuple(logits.tolist()),))
            if difference := expected.difference(result):
                raise MismatchError(f"step {count}: {difference}")
        return _counts(host, len(sent), count, begin)


def _counts(host: Host, steps: int, results: int, begin: float) -> dict[str, Any]:
    traffic = host.traffic
    return {
        "steps": steps,
        "results_right": results,
        "bytes_sent": traffic.sent,
        "bytes_received": traffic.received,
        "retries": traffic.repeats,
        "seconds": round(time.perf_counter() - begin, 1),
    }


@click.command(help=__doc__)
@click.option("--steps", type=click.IntRange(2), default=1_000_000, show_default=True, help="All.")
@click.option(
    "--live",
    "alive",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    help="Of them, those of the sequence without an end.",
)
@click.option("--seed", type=int, default=1, show_default=True)
def main(steps: int, alive: int, seed: int) -> None:
    """Run and print one line of JSON."""
    if alive >= steps:
        raise click.UsageError(f"--live must be below --steps, {steps}, not {alive}")
    result = {"seed": seed, "whole": whole(steps - alive, seed), "live": live(alive, seed)}
    click.echo(json.dumps(result))


if __name__ == "__main__":
    main()
