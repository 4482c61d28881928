"""A network in another form: what ``qrnn-hw export`` does."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import ModelError, OptionError, ToolError
from qrnn_hw.export.files.destination import check_file, place
from qrnn_hw.export.files.written import json_table
from qrnn_hw.export.formats import vectors
from qrnn_hw.export.formats.c_source import Source
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.limits import AUTO, COUNT, SEED, STATE_WIDTH, TRANSFORM, Choice, Limits, Whole, check
from qrnn_hw.models import STATE_BITS, Network, OpenModel, open_model
from qrnn_hw.progress import Message, Progress, silent
from qrnn_hw.sim.core.adversarial import STEPS, adversarial
from qrnn_hw.sim.exported import CC, Compared, compare_c, compare_onnx, runtime

SUFFIXES = {"onnx": ".onnx", "c": ".c", "vectors": "-vectors.json"}
LIMITS: dict[str, Limits] = {
    "form": Choice(tuple(SUFFIXES)),
    "state_bits": STATE_WIDTH,
    "transform": TRANSFORM,
    "sequences": Whole(0, COUNT.high),
    "seed": SEED,
}
HEAD = 400  # bytes in which a file of ours says that it is
_NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,40}")
_Files = dict[Path, bytes]


@dataclass(frozen=True)
class Order:
    """What is asked for, as :func:`export_to` takes it.

    Raises
    ------
    OptionError
        If an option is outside its limits, or goes with another form.
    """

    form: str
    state_bits: int | None
    transform: str
    name: str | None
    data: str | Path | None
    wire: bool
    sequences: int | None
    seed: int

    def __post_init__(self) -> None:
        check(self, LIMITS)
        if self.name is not None and self.form != "c":
            raise OptionError("--name goes with --to c: names in other files are its own")
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise OptionError(
                "--name must be a letter, and letters, digits and underscores behind it, 41 in "
                f"all, not {self.name!r}"
            )


@dataclass(frozen=True)
class Exported:
    """Files that were written.

    Parameters
    ----------
    form
        "onnx", "c" or "vectors".
    files
        The files.
    model
        The integers that they compute.
    compared
        What they were compared with the golden run in, before they were written; None of vectors,
        which are that run, and where the program that runs them is not installed.
    sizes
        Bytes: of ``c``, ``ram`` and ``flash``.
    """

    form: str
    files: tuple[Path, ...]
    model: IntegerModel
    compared: Compared | None
    sizes: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "form": self.form,
            "files": list(map(str, self.files)),
            "digest": self.model.digest,
            "compared": None if self.compared is None else asdict(self.compared),
            **self.sizes,
        }


def export_to(
    form: str,
    model: str | Path | Network,
    output: str | Path | None = None,
    *,
    state_bits: int | None = None,
    transform: str = AUTO,
    name: str | None = None,
    data: str | Path | None = None,
    wire: bool = False,
    sequences: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Exported:
    """Write a network in a form that other programs run, to the same bits (docs/exporting.md).

    The file is compared with the golden run before it is written, on sequences of the model, or of
    ``data``, and on some that push it to its limits.

    Parameters
    ----------
    form
        "onnx" for any runtime of ONNX, "c" for any compiler of C99, "vectors" for whoever computes
        the network again.
    model
        ``model.pt`` or ``model.json``, what :func:`qrnn_hw.load` gives of one, or a build folder.
    output
        The file; None for one with the name of the model, in the current folder. Of "c", a header
        is written beside it. Only what this function wrote is replaced.
    state_bits, transform
        As :func:`build` takes them.
    name
        Of "c": what its names begin with; None for the name of the file.
    data, wire
        Sequences, as :func:`verify` takes them.
    sequences
        How many of them; None for 20, and 3 in a file of vectors.
    seed
        Of the sequences that mean nothing.
    progress
        Called with every :class:`~qrnn_hw.progress.Message` on the way, such as ``print``.

    Returns
    -------
    Exported
        The files, and what they were compared in.

    Raises
    ------
    OptionError, ModelError, DataError, OutputError
        If an option, the model, the data or the file is not what it must be, or the network is too
        large for the form.
    MismatchError
        If the file computes something else than the golden run.
    ToolError
        If onnx is not installed.
    """
    order = Order(form, state_bits, transform, name, data, wire, sequences, seed)
    source = Path(model) if isinstance(model, str | Path) else None
    stem = source.absolute().stem if source else "model"
    path = Path(output) if output is not None else Path(f"{stem}{SUFFIXES[form]}")
    reads = [each for each in (source, data) if each is not None]
    targets = [path, path.with_suffix(".h")] if form == "c" else [path]
    if len(set(targets)) < len(targets):
        raise OptionError(f"the output must end in .c, as its header ends in .h, not {path.name!r}")
    for each in targets:
        check_file(each, _OURS[form], reads)
    opened = _opened(source or model, order)
    found = opened.sequences(data, wire)
    for note in found.notes:
        progress(Message("note", note))
    count = order.sequences if order.sequences is not None else 3 if form == "vectors" else 20
    real = found.cut(count)
    longest = STEPS if form == "vectors" else max(map(len, real), default=STEPS)
    hostile = adversarial(opened.model, np.random.default_rng(seed), longest)
    files, compared, sizes = _MAKERS[form](opened.model, order, path, [*real, *hostile], progress)
    for each, content in files.items():
        place(content, each)
    return Exported(form, tuple(files), opened.model, compared, sizes)


def _opened(model: Any, order: Order) -> OpenModel:
    """Open the model, or that of a build folder."""
    if isinstance(model, Path) and model.is_dir():
        model = model / "model.json"
        if not model.is_file():
            raise ModelError(
                f"{model.parent} must be a build folder with a model.json, and has none",
                "`qrnn-hw build` makes one",
            )
    opened = open_model(model, order.state_bits or STATE_BITS, order.transform)
    if order.state_bits is not None and opened.trained is None:
        raise OptionError("--state-bits goes with model.pt; model.json has its own")
    return opened


def _version() -> str:
    import qrnn_hw

    return qrnn_hw.__version__


def _judged(
    find: Callable[[], object], compare: Callable[[], Compared], progress: Progress
) -> Compared | None:
    """Compare; None, and a word about it, where what runs the file is not to be found."""
    try:
        find()
    except ToolError as error:
        text = f": {error}; {error.hint}"
        progress(Message("caution", text, "not compared with the golden run"))
        return None
    return compare()


_Made = tuple[_Files, Compared | None, dict[str, int]]


def _onnx(
    model: IntegerModel, order: Order, path: Path, sequences: list[Integers], progress: Progress
) -> _Made:
    try:
        from qrnn_hw.export.formats.onnx_model import onnx_bytes
    except ModuleNotFoundError as error:
        raise ToolError(
            f"--to onnx needs {error.name}, which is not installed", "pip install 'qrnn-hw[onnx]'"
        ) from error
    content = onnx_bytes(model, _version())
    x, lengths = vectors.side_by_side(sequences)
    progress(Message("doing", "running the ONNX file against the golden run"))
    compared = _judged(runtime, lambda: compare_onnx(model, content, x, lengths), progress)
    return {path: content}, compared, {}


def _c(
    model: IntegerModel, order: Order, path: Path, sequences: list[Integers], progress: Progress
) -> _Made:
    name = order.name
    if name is None:
        plain = re.sub("[^A-Za-z0-9]", "_", path.stem)[:36]
        name = plain if _NAME.fullmatch(plain) else f"net_{plain}"
    source = Source(model, name, path.with_suffix(".h").name, _version())
    header, text = source.files()
    x, lengths = vectors.side_by_side(sequences)
    progress(Message("doing", "compiling the C file, and running it against the golden run"))
    declared, macro = (source.header, header), f"{name.upper()}_MAIN"
    compared = _judged(
        CC.command, lambda: compare_c(model, declared, text, macro, x, lengths), progress
    )
    files = {path.with_suffix(".h"): header.encode(), path: text.encode()}
    return files, compared, {"ram": source.ram, "flash": source.flash}


def _vectors(
    model: IntegerModel, order: Order, path: Path, sequences: list[Integers], progress: Progress
) -> _Made:
    content = vectors.text(vectors.vectors(model, sequences)).encode()
    return {path: content}, None, {"sequences": len(sequences)}


_MAKERS: dict[str, Callable[..., _Made]] = {"onnx": _onnx, "c": _c, "vectors": _vectors}


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


_OURS: dict[str, Callable[[Path], bool]] = {
    "onnx": lambda path: b"\x12\x07qrnn-hw" in _head(path)[:64],
    "c": lambda path: b"Written by qrnn-hw" in _head(path),
    "vectors": lambda path: vectors.are_vectors(json_table(path)),
}
