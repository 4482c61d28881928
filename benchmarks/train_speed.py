"""Times training through the impulse response against back-propagation step by step.

``python benchmarks/train_speed.py --case pmnist --json`` trains the same network on the same
batches both ways, on one core, in turns. Before, it checks that both have the same loss and
gradients. Times of one thread are those of the processor, so that other programs on the machine
take no part in them; what they do to its caches and its clock remains.
"""

import copy
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import torch
from torch import Tensor

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.batch import Batch
from qrnn_hw.train.loop import answers
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.strategy import Setting, Whole
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.result.versions import versions
from train_speed_cases import CASES, Case

# Largest difference of a loss and of a gradient, relative to the largest entry of it. In float32
# each way is so far from float64 where terms of a thousand steps cancel.
TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-2}
# Sequences that are compared in float64.
COMPARED = 8
# Batches of the faster way for each of the slower.
TIMES = 5
# Steps that the recipe of the copying problem reads besides the recall.
SAMPLED = 20


class StepByStep(Network):
    """The same network, parameters and quantizers, without anything that this project adds.

    W is a dense matrix, the bias that of a step: ``h = h W^T + x_t U^T + (I - W) origin``.
    """

    def states(self, batch: Batch) -> Tensor:
        recurrence, columns = self.recurrence, self.inputs.columns()
        hadamard = isinstance(recurrence, Hadamard)
        matrix = recurrence.matrix() if hadamard else recurrence().matrix
        bias, transposed = self.origin - matrix @ self.origin, matrix.T
        state, states = columns.new_zeros(len(batch), len(bias)), []
        for x in batch.x.unbind(1):
            state = torch.addmm(self.inputs.drive(x, columns) + bias, state, transposed)
            states.append(state)
        if self.read is not None:
            return torch.stack(states[-self.reads(batch) :], 1)
        if batch.lengths is not None:
            return torch.stack(states, 1)[torch.arange(len(batch)), batch.lengths - 1]
        return state


def _step_by_step(dataset: Dataset, recipe: Recipe, network: Network) -> Run:
    """Begin a training run of such a network."""
    network.__class__ = StepByStep
    return Run(Whole(Setting.of(dataset, recipe, network)))


def _gradients(run: Run, rows: Tensor) -> dict[str, Tensor]:
    """Compute the loss of a batch and its gradients, without a step."""
    run.network.zero_grad()
    run.generator.manual_seed(0)
    loss = run.loss(rows)
    loss.backward()
    weights = run.network.named_parameters()
    return {"loss": loss.detach()} | {name: weight.grad for name, weight in weights}


def compare(ours: Run, bptt: Run, rows: Tensor) -> dict[str, float]:
    """Check that both ways have the same loss and the same gradients.

    Parameters
    ----------
    ours, bptt
        Runs whose networks have the same weights.
    rows
        A batch.

    Returns
    -------
    dict
        The largest relative difference by dtype.

    Raises
    ------
    click.ClickException
        If they differ by more than ``TOLERANCE``.
    """
    differences = {}
    for dtype, tolerance in TOLERANCE.items():
        part = rows if dtype == torch.float32 else rows[:COMPARED]
        for run in (ours, bptt):
            run.network.to(dtype)
            run.train.dtype = dtype
        pairs = _gradients(ours, part), _gradients(bptt, part)
        largest = 0.0
        for name, expected in pairs[1].items():
            scale = expected.abs().max().clamp(min=torch.finfo(dtype).tiny)
            difference = float((pairs[0][name] - expected).abs().max() / scale)
            if not difference <= tolerance:
                raise click.ClickException(
                    f"both ways must agree to {tolerance:g} in {dtype}, and {name} differs by "
                    f"{difference:.3g}: what is wrong has no speed"
                )
            largest = max(largest, difference)
        differences[str(dtype).removeprefix("torch.")] = largest
    return differences


def _seconds(run: Run, batches: list[Tensor], clock: Callable[[], float]) -> list[float]:
    """Take an optimizer step on each batch; give the seconds that it took."""
    seconds = []
    for rows in batches:
        begin = clock()
        run.advance(rows)
        seconds.append(clock() - begin)
    return seconds


def measure(case: Case, data: Path | None, rounds: int, threads: int) -> dict[str, Any]:
    """Train both ways in turns.

    Parameters
    ----------
    case
        What.
    data
        File or folder of the task; None for sequences at random.
    rounds
        Batches that go step by step; ``TIMES`` as many go the other ways.
    threads
        Of torch and of the compiled code.

    Returns
    -------
    dict
        What ``--json`` prints. Seconds are those of an epoch, from the median of a batch: "ours"
        as the task's recipe trains, "every" if that read every step, as step by step is done, and
        "plain" that without lanes.

    Raises
    ------
    click.ClickException
        If the gradients differ.
    """
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    dataset, recipe = case.load(data), case.recipe
    ours = exact = Run.of(dataset, recipe)
    bptt = _step_by_step(dataset, recipe, copy.deepcopy(exact.network))
    runs = {"ours": ours, "bptt": bptt}
    if case.sampled:
        # The recipe of the task draws the steps that it reads; step by step there is no such way.
        ours = Run.of(dataset, replace(recipe, sampled=SAMPLED), copy.deepcopy(exact.network))
        runs = {"ours": ours, "bptt": bptt, "every": exact}
    if case.lanes:
        runs["plain"] = Run.of(dataset, recipe, copy.deepcopy(exact.network))
    batches = [rows for rows in exact.shuffled() if len(rows) == recipe.batch]
    differences = compare(exact, bptt, batches[0])
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            count = 1 if name == "bptt" else TIMES
            chosen = [batches[(turn * count + i) % len(batches)] for i in range(count)]
            with patch.object(answers, "lanes", None if name == "plain" else answers.lanes):
                taken = _seconds(run, chosen, clock)
            # The first turn warms up.
            seconds[name] += taken if turn else []
    epochs = {name: statistics.median(taken) * ours.batches for name, taken in seconds.items()}
    result = {
        "ratio": round(epochs["bptt"] / epochs["ours"], 1),
        **{f"seconds_{name}": round(epoch, 3) for name, epoch in epochs.items()},
        "seconds_ours_least": round(min(seconds["ours"]) * ours.batches, 3),
        "seconds_bptt_least": round(min(seconds["bptt"]) * ours.batches, 3),
        "batch": recipe.batch,
        "batches": ours.batches,
        "batches_timed": {name: len(taken) for name, taken in seconds.items()},
        "cell": recipe.cell,
        "hidden": recipe.hidden,
        "steps": dataset.steps,
        "data": dataset.name,
        "differences": differences,
        "threads": threads,
        "clock": clock.__name__,
        "versions": versions(),
    }
    if case.sampled:
        result["ratio_every"] = round(epochs["bptt"] / epochs["every"], 1)
    if case.lanes:
        lanes = epochs["every" if case.sampled else "ours"]
        result["ratio_lanes"] = round(epochs["plain"] / lanes, 2)
    return result


def _list() -> str:
    return "\b\n" + "\n".join(f"{name:10} {case.about}" for name, case in CASES.items())


@click.command(help=__doc__, epilog=_list())
@click.option("--case", "name", type=click.Choice(tuple(CASES)), default="pmnist")
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="pmnist: mnist.npz.")
@click.option("--rounds", type=click.IntRange(1), default=5, help="Batches that go step by step.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def main(name: str, data: Path | None, rounds: int, threads: int, as_json: bool) -> None:
    """Time a case and print what came of it."""
    if data is not None and name != "pmnist":
        raise click.UsageError(f"--data goes with --case pmnist, not {name}")
    result = {"case": name, **measure(CASES[name], data, rounds, threads)}
    if as_json:
        click.echo(json.dumps(result))
    else:
        click.echo(
            f"{name}: {result['seconds_ours']:.1f} s an epoch, {result['seconds_bptt']:.0f} s step "
            f"by step, {result['ratio']:.0f} times as long"
        )


if __name__ == "__main__":
    main()
