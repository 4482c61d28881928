"""A build or a model as a page, and two side by side: what ``qrnn-hw report`` does."""

from dataclasses import replace
from pathlib import Path

from qrnn_hw.build_folder import PAGE, TRAINED
from qrnn_hw.built import Built
from qrnn_hw.cmd_upsets import read as read_upsets
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.errors import ModelError, OptionError, OutputError
from qrnn_hw.export.files.destination import check_file, is_same, place
from qrnn_hw.limits import AUTO
from qrnn_hw.models import STATE_BITS, Network, OpenModel, open_model
from qrnn_hw.page.subject import Build, Subject

#: How every page of ours begins, and where it says so.
MARK, HEAD = b'<meta name="generator" content="qrnn-hw ', 1024


def is_page(path: Path) -> bool:
    """Whether a file is a page of ours."""
    with path.open("rb") as file:
        return MARK in file.read(HEAD)


def write_page(text: str, output: str | Path) -> Path:
    """Write a page; its file was checked before.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    path = Path(output)
    place(text.encode(), path)
    return path


def check_page(output: str | Path, inputs: list[Path]) -> None:
    """Make sure, before any work, that a page can be made and written, and destroys nothing.

    Raises
    ------
    OutputError
        As :func:`~qrnn_hw.export.files.destination.check_file` does; or if it would be in a build.
    """
    check_file(output, is_page, inputs)
    for one in inputs:
        if one.is_dir() and is_same(one, Path(output).parent):
            raise OutputError(
                f"the output must not be in the build that is read, and {output} is",
                "choose another one with -o: the files of a build stay as they were built",
            )


def report(
    source: str | Path | Network,
    output: str | Path = PAGE,
    *,
    beside: str | Path | Network | None = None,
    model: str | Path | None = None,
    data: str | Path | None = None,
    wire: bool = False,
    state_bits: int | None = None,
    transform: str = AUTO,
    upsets: str | Path | None = None,
) -> Path:
    """Make a page about a build, or about a model.

    Parameters
    ----------
    source
        A folder of ``build``; ``model.pt`` or ``model.json``; or what :func:`qrnn_hw.load` gives.
    output
        The file; only a page of ours is replaced.
    beside
        Another one: the page then compares the two.
    model
        With a build: the ``model.pt`` that it was made from, whose sequences are shown; None for
        the one in the folder, if it is there.
    data
        Sequences to show, as ``predict`` takes them; None for those of the model.
    wire
        Whether numbers of ``data`` are integers of the wire.
    state_bits, transform
        Of a ``model.pt``: its integers, as :func:`qrnn_hw.build` takes them; 12 bits if None.

    upsets
        A file with what ``verify --upsets N --json`` printed of this model, to be shown.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OptionError, ModelError, DataError, OutputError
        If an option, the model, the data or the file is not what it must be.
    MismatchError
        If files of a build were altered.
    ToolError
        If PyTorch is not installed, and the model is a ``model.pt``.
    """
    if upsets is not None and beside is not None:
        raise OptionError("--upsets is for the page of one model, and --compare shows two")
    given = [each for each in (source, beside, model, data, upsets) if isinstance(each, str | Path)]
    check_page(output, [Path(each) for each in given])
    subjects = []
    for one in (source,) if beside is None else (source, beside):
        opened, build = _opened(one, model, state_bits, transform)
        subjects.append(_subject(opened, build, data, wire))
    if beside is None:
        from qrnn_hw.page.report_page import page

        if upsets is not None:
            found = read_upsets(upsets, subjects[0].model)
            subjects[0] = replace(subjects[0], upsets=found)
        return write_page(page(subjects[0]), output)
    from qrnn_hw.page.comparison import page as compared

    names = [_name(one, subject) for one, subject in zip((source, beside), subjects)]
    return write_page(compared(subjects, names), output)


def _name(source: object, subject: Subject) -> str:
    return Path(source).name if isinstance(source, str | Path) else subject.title


def _subject(
    opened: OpenModel, build: Build | None, data: str | Path | None, wire: bool
) -> Subject:
    found: Sequences = opened.sequences(data, wire)
    subject = Subject(opened, found, build)
    return subject if data is None else replace(subject, source=Path(data).name)


def _opened(
    source: str | Path | Network, model: str | Path | None, state_bits: int | None, transform: str
) -> tuple[OpenModel, Build | None]:
    """Read a build with its network, if that is at hand; or a model."""
    if not isinstance(source, str | Path) or not Path(source).is_dir():
        if model is not None:
            raise OptionError("--model is for a build, and names what it was made from")
        return open_model(source, STATE_BITS if state_bits is None else state_bits, transform), None
    if state_bits is not None or transform != AUTO:
        raise OptionError("--state-bits and --transform are for a model.pt; a build has its own")
    built = Built.read(Path(source))
    build = Build(built.report, built.plan, built.folder)
    inside = built.folder / TRAINED
    if model is None and inside.is_file():
        model = inside
    if model is None:
        return open_model(built.model), build
    own = built.model
    opened = open_model(model, own.state_bits, own.transform)
    if opened.trained is None:
        raise ModelError(f"--model must be a model.pt, and {model} is none", "leave it out")
    built.require(opened.model, None)
    return opened, build
