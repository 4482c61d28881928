"""A build, checked with other tools than those that made it: what ``qrnn-hw check`` does."""

import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.build_folder import CORE, MODEL, REPORT
from qrnn_hw.built import Built, check_sums
from qrnn_hw.certificate import BENCH, FILE, Certificate, file_digests
from qrnn_hw.export import integer
from qrnn_hw.export.errors import DataError, MismatchError, ModelError, listed
from qrnn_hw.export.files import sums
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.programs.process import run
from qrnn_hw.hw.verilog import module_of
from qrnn_hw.progress import Message, Progress, silent
from qrnn_hw.sim.core.check_bench import Fed, bench, said

AGAIN = "build again, or put back what `build` wrote"
NATIVE = {"iverilog": "apt-get install iverilog", "yosys": "apt-get install yosys"}


@dataclass
class Checked:
    """What was found of a build, every part of it right.

    Attributes
    ----------
    certificate : Certificate
        What it says about itself.
    repeated : dict
        What was done again, by the name of the part, and what came of it.
    not_repeated : dict
        What was not, and why.
    """

    certificate: Certificate
    repeated: dict[str, str] = field(default_factory=dict)
    not_repeated: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        return asdict(self)


def check(build: str | Path, *, progress: Progress = silent) -> Checked:
    """Check a build, or a copy of one, against its certificate, with what tools there are.

    Its files are compared with their digests, what model and plan decide is made again, and where
    they are installed Icarus runs core.v with the certificate's vectors, and yosys reads it
    (docs/check.md).

    Parameters
    ----------
    build
        The folder.
    progress
        Called with every :class:`~qrnn_hw.progress.Message` on the way, such as ``print``.

    Returns
    -------
    Checked
        What was repeated, and what was not.

    Raises
    ------
    MismatchError
        If a file or a count is another.
    ModelError
        If it is no build with a certificate.
    """
    folder = Path(build)
    if not folder.is_dir() or not (folder / FILE).is_file():
        raise ModelError(
            f"{folder} must be a build with a {FILE}, and is none", "`qrnn-hw build` makes one"
        )
    if not (folder / sums.NAME).is_file():
        raise MismatchError(f"{sums.NAME} of {folder} must be there, and is missing", AGAIN)
    try:
        count = check_sums(folder)
        certificate = Certificate.read(folder)
        model, report = integer.load(folder / MODEL), Report.read(folder / REPORT)
    except (DataError, ModelError) as error:
        raise MismatchError(str(error), error.hint) from error
    found = Checked(certificate)
    found.repeated["files"] = f"{count} are as {sums.NAME} says"
    _compare_files(folder, certificate)
    found.repeated["certificate"] = f"{len(certificate.files)} digests are those of the files"
    _compare_levels(model, report, certificate)
    core = (folder / CORE).read_text(errors="replace")
    fed = _compare_bench(folder, model, certificate, core)
    found.repeated["vectors"] = f"the golden run of {MODEL} gives those of {BENCH}"
    try:
        Built.read(folder)
        found.repeated["plan"] = f"plan, weights and self-test are those of {MODEL}"
    except ModelError as error:  # another release may know other plans
        found.not_repeated["plan"] = str(error)
    _tools(folder, found, core, model, fed, progress)
    for name, text in found.repeated.items():
        progress(Message("passed", f": {text}", name))
    for name, text in found.not_repeated.items():
        progress(Message("caution", f": {text}", f"{name} was not repeated"))
    return found


def _wrong(what: str, must: object, given: object) -> MismatchError:
    return MismatchError(f"{what} must be {must}, as {FILE} says, and is {given}", AGAIN)


def _compare_files(folder: Path, certificate: Certificate) -> None:
    missing = [name for name in certificate.files if not (folder / name).is_file()]
    if missing:
        raise MismatchError(f"{listed(missing)} of {folder} must be there, and is not", AGAIN)
    for name, digest in file_digests(folder, set(certificate.files)).items():
        if digest != certificate.files[name]:
            raise _wrong(f"the digest of {folder / name}", certificate.files[name], digest)


def _compare_levels(model: IntegerModel, report: Report, certificate: Certificate) -> None:
    for what, must, given in (
        ("the digest of the model", certificate.model, model.digest),
        ("the source of the model", certificate.source, model.source),
        ("what report.json verified", certificate.levels, report.verified),
    ):
        if must != given:
            raise _wrong(what, must, given)


def _compare_bench(folder: Path, model: IntegerModel, certificate: Certificate, core: str) -> Fed:
    """Compute the vectors again, and compare the bench that holds them; return what it feeds."""
    sequences = [np.array(each, np.int64) for each in certificate.vectors]
    try:
        for each in sequences:
            model.inputs.check(each[None])
        fed = Fed(**certificate.fed)
        text = bench(model, core, sequences, fed)
    except (DataError, TypeError, ValueError) as error:
        raise MismatchError(f"the vectors of {FILE} must be the model's: {error}", AGAIN) from error
    if (folder / BENCH).read_text(errors="replace") != text:
        raise MismatchError(
            f"{folder / BENCH} must be what the golden run of {MODEL} gives, and is not", AGAIN
        )
    counted = said(model, sequences)
    told = ", ".join(f"{certificate.counts.get(name)} {name}" for name in
                     ("sequences", "steps", "logits", "classes"))  # fmt: skip
    if counted != told:
        raise _wrong("what the bench compares", told, counted)
    return fed


def _tools(
    folder: Path, found: Checked, core: str, model: IntegerModel, fed: Fed, progress: Progress
) -> None:
    """Repeat what others' programs can."""
    wanted = said(model, [np.array(each) for each in found.certificate.vectors])
    parts: dict[str, Callable[[], str]] = {
        "iverilog": lambda: _run_by_icarus(folder, wanted, fed.files),
        "yosys": lambda: _read_by_yosys(folder, module_of(core)),
    }
    for name, repeat in parts.items():
        if shutil.which(name) is None:
            found.not_repeated[name] = f"it is not installed; {NATIVE[name]}"
            continue
        progress(Message("doing", f"repeating with {name}"))
        found.repeated[name] = repeat()


def _copied(folder: Path, work: Path, *names: str) -> None:
    for name in names:
        shutil.copyfile(folder / name, work / name)


def _run_by_icarus(folder: Path, wanted: str, fed: list[str]) -> str:
    """Simulate core.v with its bench, and the files that this reads."""
    with work_folder() as work:
        _copied(folder, work, CORE, BENCH, *fed)
        made = run(["iverilog", "-g2005", "-o", "core_check", BENCH, CORE], work)
        if made.returncode:
            raise MismatchError(f"Icarus must take {CORE}, and says: {made.stdout[:400]}", AGAIN)
        done = run(["vvp", "-n", "core_check"], work)
    lines = done.stdout.splitlines()
    if done.returncode or not lines or lines[-1] != f"PASS: {wanted}":
        told = " / ".join(lines[:4] + lines[-1:])
        raise MismatchError(f"{CORE} must give {wanted} in Icarus, and gave: {told}", AGAIN)
    return f"core.v gives {wanted}"


def _read_by_yosys(folder: Path, top: str) -> str:
    """Read core.v, and have yosys look for what no netlist may have."""
    script = f"read_verilog {CORE}; hierarchy -check -top {top}; proc; check -assert"
    with work_folder() as work:
        _copied(folder, work, CORE)
        done = run(["yosys", "-p", script], work)
    if done.returncode:
        raise MismatchError(f"yosys must read {CORE}, and says: {done.stdout[-400:]}", AGAIN)
    version = re.search(r"Yosys ([\d.]+)", done.stdout)
    return f"{version[0] if version else 'yosys'} reads core.v, and finds no problem"
