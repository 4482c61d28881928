"""What a board is compared with: a model, or a build of one; and how the board is reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.line import Port
from qrnn_hw.boards.link.host.selftest import FILE, SelfTest
from qrnn_hw.boards.link.host.spi import DEVICE
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.link.weights import WORD_BYTES
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.errors import BoardError, DataError, ModelError, OptionError
from qrnn_hw.export.files.regular_file import read_file
from qrnn_hw.export.horizon import Horizon
from qrnn_hw.limits import AUTO
from qrnn_hw.models import STATE_BITS, OpenModel, open_model

FASTEST = 1000  # MHz, more than any board's SCK
MOST_WEIGHTS = 1 << 24  # bytes, more than any board holds


@dataclass(frozen=True)
class Target:
    """A model that a board should hold.

    Parameters
    ----------
    opened
        The model, with what its file knows.
    horizon
        How long its sequences may be.
    words
        Weights to load, (n,), of boards that need them; or None.
    self_test
        The stored sequence of a build folder, or None.
    baud
        Baud rate of the board that it was built for, or the fastest rate of SCK; or None.
    link
        Link of the board that it was built for, or None.
    front_end
        Whether it was built with the front end.
    answer_unit
        What a logit of 1 is in the number that is asked for, in real units, and what one of 0 is.
    at_once
        Sequences that it was built to take at once.
    """

    opened: OpenModel
    horizon: Horizon
    words: Integers | None = None
    self_test: SelfTest | None = None
    baud: int | None = None
    link: str | None = None
    front_end: bool = False
    answer_unit: tuple[float, float] = (1.0, 0.0)
    at_once: int = 1

    @property
    def number(self) -> bool:
        """Whether the answer is a number, and no class."""
        return len(self.opened.model.labels) == 1

    def values(self, logits: Integers, steps: Integers) -> Reals:
        """Turn what a board answers into the numbers that are asked for.

        Parameters
        ----------
        logits, steps
            (n,), and after how many steps each.
        """
        scale, offset = self.answer_unit
        return logits * golden.logit_unit(self.opened.model, steps) * scale + offset


def open_target(
    path: Path, state_bits: int | None, weights: Path | None = None, transform: str = AUTO
) -> Target:
    """Read a model.pt, a model.json, or a build folder.

    Parameters
    ----------
    state_bits
        Width of a state, for a model.pt alone; None for the default.
    weights
        The weights.bin of a build, for boards that need it; a build folder has its own.
    transform
        As :func:`~qrnn_hw.models.open_model` takes it; a build has its own.

    Raises
    ------
    ModelError
        If there is no model.
    DataError
        If a file of the folder is none of ours.
    OptionError
        If state bits are given to a model that has its own.
    """
    words = None if weights is None else _words(weights)
    if not path.is_dir():
        opened = open_model(path, state_bits or STATE_BITS, transform)
        if state_bits is not None and opened.trained is None:
            raise OptionError("--state-bits goes with model.pt; model.json has its own")
        unit = (1.0, 0.0) if opened.trained is None else opened.trained.answer_unit
        horizon = Horizon.of(opened.trained or opened.model)
        return Target(opened, horizon, words, answer_unit=unit)
    if not (path / "model.json").is_file():
        raise ModelError(
            f"{path} must be a build folder with a model.json, and has none",
            "`qrnn-hw build` makes one",
        )
    if state_bits is not None:
        raise OptionError("--state-bits goes with model.pt; a build has its own")
    if words is None and (path / "weights.bin").exists():
        words = _words(path / "weights.bin")
    report = Report.read(path / "report.json") if (path / "report.json").exists() else Report()
    opened = open_model(path / "model.json", transform=transform)
    return Target(
        opened,
        Horizon.of(opened.model, report.trained_steps or 0),
        words,
        SelfTest.read(path / FILE) if (path / FILE).exists() else None,
        _rate(report),
        report.link,
        bool(report.front_end),
        (report.answer_scale or 1.0, report.answer_offset or 0.0),
        report.sequences_at_once or 1,
    )


def _rate(report: Report) -> int | None:
    """Return the bits a second that the link of a build takes, if it has one."""
    if report.link == "spi":
        fastest = report.sck_mhz or 0
        return int(fastest * 1e6) if 0 < fastest < FASTEST else None
    return BOARDS[report.board].baud if report.board in BOARDS else None


def _words(path: Path) -> Integers:
    """Read 16-bit words, low byte first."""
    hint = "pass the weights.bin of the build"
    data = read_file(path, "the weights", MOST_WEIGHTS, hint)
    if not data or len(data) % WORD_BYTES:
        raise DataError(f"{path} must hold words of 16 bits, not {len(data)} bytes", hint)
    return np.frombuffer(data, "<u2").astype(np.int64)


@contextmanager
def connected(target: Target, port: str | None, baud: int | None) -> Iterator[Host]:
    """Reach a board that holds the model of ``target``, for as long as the block lasts.

    Parameters
    ----------
    port
        Its serial port, or SPI bus; None for a board in Python that computes the golden run.
    baud
        Baud rate; None for that of the build, or else that of most boards.

    Raises
    ------
    LinkError
        If the port cannot be opened, or no board answers.
    BoardError
        If the board holds another model, has another link, or needs weights that are not there.
    """
    over = "spi" if port and DEVICE.fullmatch(port) else "uart"
    if port and target.link not in (None, over):
        wanted = "an SPI bus, /dev/spidevB.C" if over == "uart" else "a serial port"
        raise BoardError(
            f"--port must be {wanted}, for a build with --link {target.link}, not {port}",
            "or build it again, with the other --link",
        )
    model, words = target.opened.model, target.words
    loads = () if words is None else words.tolist()
    where: str | Port = port or stand_in(
        model, loads, front_end=target.front_end, at_once=target.at_once
    )
    with Host(where, baud=baud or target.baud or 1_000_000, weights=words) as host:
        identity = host.identify()
        identity.require(model.digest)
        if identity.words and words is None and host.needs_weights():
            raise BoardError(
                f"the board must be loaded with {identity.words} words of weights, and is not",
                "give the build folder in place of the model, or its weights.bin with --weights",
            )
        yield host
