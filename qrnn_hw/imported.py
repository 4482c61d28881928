"""What an imported network needs data for: the range of its states, an origin, samples."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qrnn_hw.calibration import holding, nearest
from qrnn_hw.data.sequences import Sequences, read_sequences
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.peak import peak
from qrnn_hw.export.saturation import Saturation, saturation
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import TokenInputs
from qrnn_hw.origin import fixed_point, with_origin
from qrnn_hw.sim.core.float_run import float_run

SAMPLES = 100  # sequences that the model keeps for `verify` and `build`
RANGE = "give the range of the network's own states, or --calibrate; and its --input-step"
PROBES, PROBE_STEPS = 4, 64  # random sequences that a first guess of the range comes from


@dataclass(frozen=True)
class Measured:
    """What an import came to.

    Parameters
    ----------
    model
        The network.
    notes
        What was decided on the way, a sentence each.
    accuracy
        Of the integers on the kept samples, 0..1; None where nothing says what is right.
    saturation
        Of the integers on the kept samples; None where there are none.
    """

    model: TrainedModel
    notes: tuple[str, ...]
    accuracy: float | None
    saturation: Saturation | None


def _guess(model: TrainedModel) -> float:
    """Say roughly how far the states go, from random inputs."""
    rng = np.random.default_rng(0)
    if isinstance(model.inputs, TokenInputs):
        ends = 0, len(model.inputs.table.levels)
    else:
        half = (1 << model.inputs.bits) >> model.inputs.signed
        ends = (-half, half) if model.inputs.signed else (0, half)
    x = rng.integers(*ends, (PROBES, PROBE_STEPS, model.inputs.channels))
    return peak(model, x, np.full(PROBES, PROBE_STEPS)) or 1.0


def _reached(model: TrainedModel, found: Sequences) -> float:
    reached = peak(model, found.x, found.lengths)
    if not reached:
        raise DataError(
            "the states must move on the --calibrate sequences, and stay zero",
            "give sequences of the task",
        )
    return reached


def _with_samples(model: TrainedModel, found: Sequences) -> TrainedModel:
    x, lengths = found.x[:SAMPLES], found.lengths[:SAMPLES]
    y = found.y
    if y is None:
        y = np.full(x.shape[:2] if model.readout.every else len(x), -1)
    task = model.task | {"steps": x.shape[1]}
    return replace(model, task=task, samples_x=x, samples_lengths=lengths, samples_y=y[:SAMPLES])


def _origin(
    model: TrainedModel, found: Sequences | None, reach: float, bits: int
) -> tuple[TrainedModel, str]:
    """Move the bias into an origin, and say what that changes."""
    fixed = fixed_point(model)
    if found is not None:
        reach = peak(model, found.x, found.lengths, fixed.point)
    rounded = with_origin(model, fixed, reach, bits)
    note = (
        f"the bias is an origin of {bits} bits: {rounded.residual:.3g} off in a step at most, of "
        f"{np.abs(model.bias).max():.3g}; the eigenvalue of W nearest to 1 is {fixed.nearest:.3g} "
        "from it"
    )
    if found is None:
        return rounded.model, note
    x, lengths = found.x[:SAMPLES], found.lengths[:SAMPLES]
    before, after = (float_run(each, x, lengths) for each in (model, rounded.model))
    off = np.abs(after - before).max() / max(np.abs(before).max(), np.finfo(float).tiny)
    note += f"; logits of {len(x)} sequences change by {off:.2%} of the largest at most"
    return rounded.model, note


def _integers(model: TrainedModel) -> IntegerModel:
    """Convert a network, so that what no hardware computes is told now."""
    try:
        return integer_model(model)
    except ModelError as error:
        raise ModelError(
            f"a network with states of up to {model.state_range:.4g} must have integers within "
            f"their limits, and has not: {error}",
            RANGE,
        ) from error


def measure(
    model: TrainedModel,
    calibrate: Path | None,
    state_range: float | None,
    origin_bits: int | None,
    wire: bool = False,
) -> Measured:
    """Give a network the range of its states, and samples if there are sequences.

    Parameters
    ----------
    model
        As :func:`qrnn_hw.export.importing.released.trained` read it.
    calibrate
        Sequences of the task, as :func:`qrnn_hw.data.sequences.read_sequences` takes them; or None.
    state_range
        Where there are none, the largest magnitude of a state: no state up to it will saturate.
    origin_bits
        Whether the bias becomes an origin, and of how many bits.
    wire
        Whether the sequences are integers of the wire.

    Raises
    ------
    DataError
        If the sequences do not fit the network.
    ModelError
        If the bias has no origin, or no hardware computes the network.
    """
    notes: list[str] = []
    found = None
    model = replace(model, state_range=state_range or _guess(model))
    if calibrate is not None:
        found = read_sequences(calibrate, _integers(model), model, wire)
        notes += found.notes
        model = replace(_with_samples(model, found), state_range=_reached(model, found))
        notes.append(f"the largest state is that of {len(found)} sequences")
    if origin_bits is not None:
        model, note = _origin(model, found, model.state_range, origin_bits)
        notes.append(note)
        # What is stored is a state less its origin.
        away = 0.0 if model.origin is None else float(np.abs(model.origin.value).max())
        reach = model.state_range + away if found is None else _reached(model, found)
        model = replace(model, state_range=reach)
    if found is None:
        model = holding(model, model.state_range)
        notes.append(f"at every width states of up to {model.state_range:.4g} are held whole")
    else:
        model, note = nearest(model, found)
        notes.append(note)
    integers = _integers(model)
    if not integers.inputs.largest_term:
        raise ModelError(
            "an input must move the states by a unit or more, and of "
            f"{integers.state_bits} bits up to {model.state_range:.4g} none does",
            RANGE,
        )
    accuracy = None
    if found is not None and found.y is not None:
        kept = Sequences(model.samples_x, model.samples_lengths, model.samples_y)
        accuracy = kept.accuracy(golden.run(integers, kept.x, kept.lengths))
    cut = saturation(integers, model.samples_x, model.samples_lengths)
    return Measured(model, tuple(notes), accuracy, cut)
