"""Takes the loss of narrow states apart: what rounding costs, and what saturation.

``python benchmarks/state_noise.py MODEL --data FILE --bits 8 --json`` runs the test sequences of a
linear recurrence that is read once, with wide states and with narrow ones. It reads the wide states
once more after Gaussian noise of the size that as many roundings leave, which is what states that
never saturate would come to; and after noise of the size that was found.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from qrnn_hw.data.sequences import read_sequences
from qrnn_hw.export import model_file
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights
from qrnn_hw.train.rounding.noise import count_roundings
from qrnn_hw.train.rounding.simulate import last_states, real_states

WIDE = 16
DRAWS = 5  # of the noise


@dataclass(frozen=True)
class States:
    """The last states of all sequences.

    Parameters
    ----------
    real
        (n, d), in real units.
    unit
        What one integer stands for.
    saturated
        Share of the integers that are the largest or the smallest.
    """

    real: npt.NDArray[np.float64]
    unit: float
    saturated: float


def run(model: IntegerModel, x: npt.NDArray, lengths: npt.NDArray) -> States:
    """Run sequences in integers."""
    states = last_states(model, x, lengths)
    zero, one = (real_states(model, np.full_like(states[:1], k), lengths[:1]) for k in (0, 1))
    top = (1 << model.state_bits - 1) - 1
    saturated = float((np.abs(states) >= top).mean())
    return States(real_states(model, states, lengths), float((one - zero)[0, 0]), saturated)


def measure(trained: TrainedModel, bits: int, data: Path, seed: int) -> dict[str, object]:
    """Measure a model.

    Raises
    ------
    click.ClickException
        If it is not read once, or not of a Hadamard recurrence.
    """
    wide = trained.ranges[max(trained.ranges, key=int)]
    given = replace(trained, ranges={str(WIDE): wide, str(bits): trained.ranges[str(bits)]})
    models = {width: integer_model(given, width) for width in (WIDE, bits)}
    if models[bits].readout.every or not isinstance(trained.recurrence, HadamardWeights):
        raise click.ClickException("the model must be a HadamRNN that is read at the last step")
    found = read_sequences(str(data), models[bits], trained)
    x, y, lengths = found.x, found.y, found.lengths
    states = {width: run(model, x, lengths) for width, model in models.items()}
    exact, narrow = states[WIDE].real, states[bits]
    generator, readout = np.random.default_rng(seed), trained.readout

    def accuracy(h: npt.NDArray) -> float:
        logits = np.maximum(h, 0) @ readout.v.value.T + readout.class_bias
        return float((logits.argmax(1) == y).mean())

    def noisy(deviation: npt.NDArray | float) -> float:
        draws = (exact + deviation * generator.standard_normal(exact.shape) for _ in range(DRAWS))
        return float(np.mean([accuracy(h) for h in draws]))

    error = narrow.real - exact
    steps = x.shape[1]
    rounded = float(np.sqrt(count_roundings(steps, trained.recurrence.block, steps) / 12))
    return {
        "sequences": len(x),
        "bits": bits,
        "accuracy_wide": accuracy(exact),
        "accuracy_rounding_alone": noisy(rounded * narrow.unit),
        "accuracy_noise_as_found": noisy(np.sqrt((error**2).mean(1, keepdims=True))),
        "accuracy_narrow": accuracy(narrow.real),
        "state_rms_units": float(np.sqrt((exact**2).mean()) / narrow.unit),
        "rounding_rms_units": rounded,
        "error_rms_units": float(np.sqrt((error**2).mean()) / narrow.unit),
        "saturated": narrow.saturated,
        "seed": seed,
    }


@click.command(help=__doc__)
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--bits", default=8, show_default=True, type=click.IntRange(4, 12))
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def main(model: Path, data: Path, bits: int, seed: int, as_json: bool) -> None:
    """Measure a model and print what came of it."""
    result = measure(model_file.load(model), bits, data, seed)
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, value in result.items():
        click.echo(f"{name:24} {value:.4g}" if isinstance(value, float) else f"{name:24} {value}")


if __name__ == "__main__":
    main()
