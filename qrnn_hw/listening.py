"""A board that listens, against the front end and the golden run on raw sound."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from qrnn_hw.boards.design.assemble import assemble
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import LinkError, MismatchError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.export.frontend import FRAME, SAMPLE_BITS, front_end
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.frontend.frontend import MOST_FRAME_CYCLES
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.sim.core.compare import REPORT, enough, same
from qrnn_hw.sim.core.left import Left, Told, untold
from qrnn_hw.sim.pins.cosim import CosimulatedBoard

CLOCKS_PER_BIT = 8  # fewer than on a board, so that the line waits for the core and not always it
RANDOM, MOST_FRAMES = 3, 5  # recordings of noise, and their length
LOUDEST = 64  # times full scale, where noise is all limits
SAMPLE = 8e-4  # seconds of a processor that a sample takes at the pins, about
WAITING = 5  # frames that the board may have to work on in silence


@dataclass(frozen=True)
class Heard:
    """What was compared, every number of it equal.

    Parameters
    ----------
    sequences, samples, steps
        Recordings, their samples, and the frames made of them.
    logits
        Logits; the class of every readout was compared too.
    """

    sequences: int
    samples: int
    steps: int
    logits: int

    def to_dict(self) -> dict[str, int]:
        """List the counts by name."""
        return asdict(self)


def noise(rng: np.random.Generator) -> list[Integers]:
    """Draw recordings of noise that swells from silence to beyond full scale, (samples,) each."""
    top = (1 << SAMPLE_BITS - 1) - 1
    recordings = []
    for frames in rng.integers(1, MOST_FRAMES, RANDOM, endpoint=True):
        samples = rng.normal(size=frames * FRAME + rng.integers(FRAME))
        swelling = samples * np.geomspace(0.3, LOUDEST * top, len(samples))
        recordings.append(np.clip(np.rint(swelling), -top - 1, top).astype(np.int64))
    return recordings


def _compare(plan: Plan, samples: Integers, result: Result, where: str) -> int:
    """Compare one result, and return of how many logits."""
    run = golden.run(plan.model, front_end(samples)[None].astype(np.int64))
    classes, logits = np.ravel(run.classes), np.ravel(run.logits)
    enough(classes.size, len(result.classes), "readouts", where)
    same(logits, np.ravel(result.logits), where, "logit")
    same(classes, np.array(result.classes), where, "class of readout")
    return logits.size


def verify_listening(plan: Plan, recordings: Sequence[Integers], told: Told = untold) -> Heard:
    """Simulate a board with a front end, from the samples on its serial line to the results.

    Its design is the one that is built, but for the pins, the PLL and the baud rate; a host drives
    it as it drives a board.

    Parameters
    ----------
    recordings
        Samples of 16 signed bits, (samples,) each, a frame or more.
    told
        Is told how far it is.

    Raises
    ------
    MismatchError
        At the first difference; or if there is nothing to compare.
    ModelError
        If the model does not take frames of the front end.
    ToolError
        If a tool is missing or fails.
    """
    if not recordings:
        raise MismatchError("a verification must compare something, and has no sounds", REPORT)
    design = assemble(plan, CLOCKS_PER_BIT, front_end=True)
    text = verilog(design, "system")
    silence = WAITING * MOST_FRAME_CYCLES + plan.sequence_cycles(WAITING)
    logits = heard = 0
    total = sum(map(len, recordings))
    left, sent = Left(told, len(text), SAMPLE * total), 0
    with work_folder() as folder:
        board = CosimulatedBoard(text, "system", folder, mhz=CLOCKS_PER_BIT)
        left.compiled()
        with board.power_up(quiet_bits=2 * silence // CLOCKS_PER_BIT) as port:
            host = Host(port, weights=plan.loaded_words() or None)
            try:
                for number, result in enumerate(host.classify_many(recordings)):
                    heard += 1
                    logits += _compare(plan, recordings[number], result, f"recording {number}")
                    sent += len(recordings[number])
                    left.done(sent / total, f"{heard} of {len(recordings)} recordings")
            except LinkError as error:
                raise MismatchError(f"the board must answer, and does not: {error}", REPORT) from (
                    error
                )
    enough(len(recordings), heard, "results", "the board")
    steps = sum(len(each) // FRAME for each in recordings)
    return Heard(len(recordings), total, steps, logits)
