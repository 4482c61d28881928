"""A recurrence drawn at random, for features of whole sequences."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.peak import product
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights, Levels, NumberInputs, RealReadout
from qrnn_hw.train.rounding.pools import pooled

MEASURED = 40  # sequences that thresholds come from
QUANTILES = (0.1, 0.9)  # of a unit's states, between which its threshold is drawn
#: Bits of U, and its largest level. Where units hear three channels or more, more of them are worth
#: more than finer weights.
FINE, COARSE = (4, 3), (2, 1)
ENOUGH = 12  # bits of a state, with which some units may go further than others


@dataclass(frozen=True)
class Design:
    """What a recurrence is drawn as.

    Parameters
    ----------
    block
        Units of a block of W.
    decays
        k of as many groups of units, each a half, a third, ... of them: a state loses 2**-k of
        itself a step.
    hears
        Channels that a block hears, each heard by as many blocks as the others; 0 for all.
    draw
        Which of the recurrences that are drawn so, from 0.
    """

    block: int
    decays: tuple[int, ...]
    hears: int = 0
    draw: int = 0


@dataclass(frozen=True)
class Sequences:
    """Labelled sequences in integers of the wire.

    Parameters
    ----------
    x, lengths, y
        (n, T, channels), (n,), (n,).
    """

    x: Integers
    lengths: Integers
    y: Integers

    def take(self, rows: Integers) -> "Sequences":
        """Return some of them."""
        return Sequences(self.x[rows], self.lengths[rows], self.y[rows])


def u_format(channels: int) -> tuple[int, int]:
    """Return the bits of a weight of U, and the largest that is drawn."""
    return COARSE if channels > 2 else FINE


def draw(
    about: NumberInputs,
    known: Sequences,
    hidden: int,
    design: Design,
    seed: int,
    state_bits: int = ENOUGH,
) -> TrainedModel:
    """Draw signs, U and thresholds, and measure how far states go; V is left at zero.

    A threshold is a quantile of the states that a unit comes to, and stands in the bias of every
    step: the unit is at 0 where it reaches it.

    Parameters
    ----------
    about
        Format of the inputs; its U is not looked at.
    known
        What the quantiles are taken of.
    state_bits
        Bits of the states. Narrow ones have no room for some that go further than others: their
        blocks are driven so that all go about as far, if U is fine enough.
    """
    drawn = [seed, hidden, design.block, *design.decays, design.hears]
    rng = np.random.default_rng([*drawn, design.draw] if design.draw else drawn)
    signs = rng.permutation(np.resize([1, -1], hidden))
    decay = np.repeat(design.decays, -(-hidden // len(design.decays)))[:hidden].astype(np.int64)
    channels = about.u.levels.shape[1]
    heard = _heard(hidden, channels, design, rng)
    bits, top = u_format(channels)
    u = rng.integers(-top, top + 1, (hidden, channels)) * heard
    deaf = np.flatnonzero(~u.any(1))
    u[deaf, heard[deaf].argmax(1)] = 1
    scale = 1 / max(about.step * _spread(about, known), 1e-30) / top
    scale *= np.sqrt(channels / heard[0].sum())
    recurrence = HadamardWeights(signs, design.block, None, decay if decay.any() else None)
    model = TrainedModel(
        cell="HadamRNN" if design.block == hidden else "Block-HadamRNN",
        recurrence=recurrence,
        inputs=replace(about, u=Levels(bits, scale, u)),
        readout=RealReadout(
            Levels(2, 1.0, np.zeros((1, hidden), np.int64)), np.zeros(1), True, False
        ),
        bias=np.zeros(hidden),
        origin=None,
        state_range=1.0,
        samples_x=np.zeros((0, 1, known.x.shape[2]), np.int64),
    )
    few = known.take(rng.permutation(len(known.y))[:MEASURED])
    if state_bits < ENOUGH:
        model = _driven_alike(model, few, top)
    states, places = _states(model, few), rng.uniform(*QUANTILES, hidden)
    thresholds = np.array([np.quantile(unit, q) for unit, q in zip(states.T, places)])
    # h' = h - c follows h' = W h' + U x + (W c - c).
    model = replace(model, bias=product(model)(thresholds[None])[0] - thresholds)
    return replace(model, state_range=float(np.abs(_states(model, few)).max()))


def _driven_alike(model: TrainedModel, known: Sequences, largest: int) -> TrainedModel:
    """Use all levels of U, so that blocks which would go far are driven with small ones.

    Parameters
    ----------
    largest
        Level that U was drawn with.
    """
    inputs, weights = model.inputs, model.recurrence
    assert isinstance(inputs, NumberInputs) and isinstance(weights, HadamardWeights)
    u, top = inputs.u, (1 << inputs.u.bits - 1) - 1
    spread = _states(model, known).std(0).reshape(-1, weights.block)
    far = np.maximum(np.sqrt(np.square(spread).mean(1)), 1e-30)
    drive = np.minimum(far.max() / far, top)
    drive = (drive * top / drive.max() / largest).repeat(weights.block)[:, None]
    sizes = np.maximum(np.rint(np.abs(u.levels) * drive), 1).astype(np.int64)
    return replace(model, inputs=replace(inputs, u=replace(u, levels=np.sign(u.levels) * sizes)))


def _heard(
    hidden: int, channels: int, design: Design, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Choose the channels that every unit hears, (hidden, channels)."""
    count, blocks = design.hears or channels, hidden // design.block
    rounds = -(-blocks * count // channels)
    order = np.concatenate([rng.permutation(channels) for _ in range(rounds)])
    heard = np.zeros((blocks, channels), bool)
    heard[np.repeat(np.arange(blocks), count), order[: blocks * count]] = True
    return np.repeat(heard, design.block, axis=0)


def _spread(about: NumberInputs, known: Sequences) -> float:
    """Measure how far inputs are from their zero, in integers of the wire."""
    zero = 0 if about.zero is None else about.zero
    return float(np.sqrt(np.mean(np.square(known.x[: 4 * MEASURED] - zero, dtype=np.float64))))


def _states(model: TrainedModel, known: Sequences) -> Reals:
    """List all states of sequences, (steps, d)."""
    apply, h, found = product(model), np.zeros((len(known.y), model.hidden)), []
    for t in range(int(known.lengths.max())):
        h = apply(h) + model.inputs.terms(known.x[:, t]) + model.bias
        found.append(h[known.lengths > t])
    return np.concatenate(found)


def features(model: TrainedModel, known: Sequences, bits: int) -> dict[str, Reals]:
    """Compute what both statistics of a pool make of sequences, in the integers of hardware.

    Parameters
    ----------
    bits
        Of a state.

    Returns
    -------
    dict
        By the statistic, (n, d): the mean of a unit's positive part, in real units; the share of
        steps in which it is 0 or more.
    """
    integers = integer_model(model, bits)
    found = pooled(integers, known.x, known.lengths)
    steps = found.steps[:, None]
    return {"mean": found.means * integers.state_step / steps, "count": found.counts / steps}


def with_readout(
    model: TrainedModel, v: Levels, class_bias: Reals, statistic: str, steps: int
) -> TrainedModel:
    """Give a drawn network the readout that was trained on its features."""
    readout = RealReadout(v, class_bias, True, False, Pool(statistic, steps, 0))
    return replace(model, readout=readout)
