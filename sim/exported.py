"""Exported networks, run as others run them, against the golden run."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.export.golden import Run
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.programs.process import run
from qrnn_hw.hw.programs.tool import Tool

CC = Tool("cc", "gcc", "--version", install="apt-get install gcc")
FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic")
REPORT = "report it, with the model"


@dataclass(frozen=True)
class Compared:
    """What an exported network and the golden run were compared in, every number equal.

    Parameters
    ----------
    by
        The program that ran the network.
    sequences, steps, logits
        How many.
    """

    by: str
    sequences: int
    steps: int
    logits: int


def runtime() -> ModuleType:
    """Return onnxruntime.

    Raises
    ------
    ToolError
        If it is not installed.
    """
    try:
        return import_module("onnxruntime")
    except ModuleNotFoundError as error:
        raise ToolError(
            "onnxruntime must be installed, and is not", "pip install 'qrnn-hw[onnx]'"
        ) from error


def run_onnx(content: bytes, x: Integers, lengths: Integers) -> tuple[Integers, Integers]:
    """Run an ONNX file by onnxruntime; its logits and classes, as a golden run has them.

    Raises
    ------
    ToolError
        If onnxruntime is not installed.
    """
    onnxruntime = runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # small products: threads would wait for each other
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    logits, classes = session.run(["logits", "classes"], {"x": x, "lengths": lengths})
    return np.asarray(logits), np.asarray(classes)


def run_c(
    header: tuple[str, str], source: str, macro: str, x: Integers, lengths: Integers,
    flags: tuple[str, ...] = FLAGS,
) -> Integers:  # fmt: skip
    """Compile a C file by ``cc``, and run its ``main``.

    Parameters
    ----------
    header
        Name and text of the header.
    macro
        What has to be defined for there to be a ``main``.

    Returns
    -------
    ndarray
        (answers, 1 + logits): the class and the logits of each answer in turn.

    Raises
    ------
    ToolError
        If the compiler is missing, fails or warns, or what it made does.
    """
    lines = []
    for sequence, steps in zip(x.tolist(), lengths.tolist()):
        lines += [" ".join(map(str, each)) for each in sequence[:steps]] + [""]
    with work_folder() as folder:
        (folder / header[0]).write_text(header[1])
        (folder / "network.c").write_text(source)
        (folder / "steps.txt").write_text("\n".join(lines) + "\n")
        CC.check(*flags, f"-D{macro}", "network.c", "-o", "network", folder=folder)
        done = run(["sh", "-c", "./network < steps.txt"], folder)
    if done.returncode:
        raise ToolError(f"the exported network must run, and ended with: {done.stdout[-500:]}")
    return np.array([line.split() for line in done.stdout.splitlines()]).astype(np.int64)


def compare_onnx(model: IntegerModel, content: bytes, x: Integers, lengths: Integers) -> Compared:
    """Compare an ONNX file with the golden run.

    Raises
    ------
    MismatchError
        If a logit or a class differs.
    ToolError
        If onnxruntime is not installed.
    """
    logits, classes = run_onnx(content, x, lengths)
    by = f"onnxruntime {version('onnxruntime')}"
    return _compared(model, golden.run(model, x, lengths), logits, classes, lengths, by)


def compare_c(
    model: IntegerModel, header: tuple[str, str], source: str, macro: str, x: Integers,
    lengths: Integers, flags: tuple[str, ...] = FLAGS,
) -> Compared:  # fmt: skip
    """Compare a C file with the golden run.

    Raises
    ------
    MismatchError
        If a logit or a class differs.
    ToolError
        As from :func:`run_c`.
    """
    answers = run_c(header, source, macro, x, lengths, flags)
    wanted = golden.run(model, x, lengths)
    inside = wanted.classes >= 0
    rows = wanted.classes[inside].size
    if answers.shape != (rows, 1 + model.classes):
        raise MismatchError(f"there must be {rows} answers, not {answers.shape}", REPORT)
    logits, classes = np.zeros_like(wanted.logits), np.full_like(wanted.classes, -1)
    logits[inside], classes[inside] = answers[:, 1:], answers[:, 0]
    return _compared(model, wanted, logits, classes, lengths, f"cc {CC.version()}")


def _compared(
    model: IntegerModel, wanted: Run, logits: Integers, classes: Integers, lengths: Integers,
    by: str,
) -> Compared:  # fmt: skip
    for what, golden_one, given in (
        ("logit", wanted.logits, logits),
        ("class", wanted.classes, classes),
    ):
        if given.shape != golden_one.shape:
            raise MismatchError(
                f"the exported network must give {golden_one.shape} {what}, not {given.shape}",
                REPORT,
            )
        if (wrong := np.argwhere(given != golden_one)).size:
            place = tuple(wrong[0])
            raise MismatchError(
                f"{what} {', '.join(map(str, place[1:]))} of sequence {place[0]} must be "
                f"{golden_one[place]}, as in the golden run, and by {by} is {given[place]}; "
                f"{len(wrong)} of {given.size} differ",
                REPORT,
            )
    count = int(lengths.sum()) if model.readout.every else len(lengths)
    return Compared(by, len(lengths), int(lengths.sum()), count * model.classes)
