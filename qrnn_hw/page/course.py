"""What the integers and the network in real numbers make of sequences, step by step."""

from dataclasses import dataclass, replace

import numpy as np

from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.sim.core.float_run import float_run

#: State values that are kept at once: 64 MB of them.
MOST = 1 << 24


@dataclass(frozen=True, eq=False)
class Course:
    """The first n sequences, followed.

    Parameters
    ----------
    sequences
        Those n.
    run
        The golden run: logits after every step, states, pools.
    values
        (n, T, classes), its logits in real units; numbers of a regression in those of its files.
    floats
        The same of the network in real numbers; None where that is not at hand.
    """

    sequences: Sequences
    run: golden.Run
    values: Reals
    floats: Reals | None

    @property
    def last(self) -> tuple[Integers, Integers]:
        """Index the last step of every sequence that counts."""
        return np.arange(len(self.sequences)), self.sequences.lengths - 1

    @property
    def read(self) -> Integers:
        """What the readout reads in the end: states (n, d), or their pools."""
        pools = self.run.pools
        return (pools if pools.shape[1] else self.run.states)[self.last].astype(np.int64)


def followed(
    model: IntegerModel, network: TrainedModel | None, sequences: Sequences
) -> Course | None:
    """Follow as many of the sequences as fit; None where there are none, or they are too long."""
    steps = sequences.x.shape[1]
    shown = sequences.first(MOST // max(1, steps * model.hidden))
    if not len(shown):
        return None
    every = replace(model, readout=replace(model.readout, every=True))
    run = golden.run(every, shown.x, shown.lengths, states=True)
    values, floats = golden.real(every, run.logits, shown.lengths), None
    if network is not None:
        values = network.answers(values)
        none = np.zeros((0, 1), np.int64)
        wordy = replace(
            network, readout=replace(network.readout, every=True),
            samples_x=none[..., None], samples_lengths=none[:, 0], samples_y=none,
        )  # fmt: skip
        floats = network.answers(float_run(wordy, shown.x, shown.lengths))
    return Course(shown, run, values, floats)
