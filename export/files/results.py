"""A folder of results: only files of ours are replaced in it, all of them at once or none."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from qrnn_hw.export.errors import OutputError, listed
from qrnn_hw.export.files import sums
from qrnn_hw.export.files.destination import ANOTHER, is_same
from qrnn_hw.export.files.regular_file import kind
from qrnn_hw.export.files.sums import Sums
from qrnn_hw.export.files.swap import swap, undisturbed

STAGE = ".qrnn-hw-stage-"


@dataclass(frozen=True)
class Layout:
    """What tells a folder of results from any other.

    Parameters
    ----------
    what
        Such a folder, in a word.
    names
        Files that it may have; no other is ours.
    marker
        The file that every one of them has.
    is_ours
        Whether the content of a folder with a marker is ours.
    """

    what: str
    names: frozenset[str]
    marker: str
    is_ours: Callable[[Path], bool]


@dataclass
class Results:
    """A folder that is held, and what is in it. :func:`opened` makes one.

    Attributes
    ----------
    given
        The folder as the user names it.
    folder
        The folder itself, links followed.
    known
        Files of ours, by name, with the digests that they had.
    others
        Names of what is not ours, and stays.
    alone
        Whether no other process can hold it; not known where the file system has no locks.
    """

    given: Path
    folder: Path
    layout: Layout
    alone: bool = False
    known: Sums = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def look(self, writes: Collection[str]) -> None:
        """See what is in the folder.

        Parameters
        ----------
        writes
            Names that the results may have.

        Raises
        ------
        OutputError
            If it is not empty and not ours, a file of ours was altered, or one of another has a
            name that is needed.
        """
        what, names = self.layout.what, self._names()
        known = self._known(names)
        if known is None:
            by = f" by its {sums.NAME}" if sums.NAME in names else ""
            raise OutputError(
                f"{self.given} must be empty or an earlier {what}, and is neither{by}", ANOTHER
            )
        if changed := sums.altered(self.folder, known):
            raise OutputError(
                f"{listed(changed)} in {self.given} must be as the {what} wrote it, and was "
                "altered since",
                f"move it away, or {ANOTHER}",
            )
        others = [name for name in names if name not in known and name != sums.NAME]
        if taken := [name for name in others if name in writes]:
            raise OutputError(
                f"{listed(taken)} in {self.given} must be of the earlier {what} to be replaced, "
                "and is not",
                f"move it away, or {ANOTHER}",
            )
        self.known, self.others = known, others

    def _names(self) -> list[str]:
        found = sorted(path.name for path in self.folder.iterdir())
        return [name for name in found if not name.startswith(STAGE)]

    def _known(self, names: list[str]) -> Sums | None:
        """List files of ours; None if the folder is another's."""
        if not names:
            return {}
        marker, there = self.layout.marker, self.layout.marker in names
        try:
            known = sums.read(self.folder)
        except (ValueError, OSError):
            return None
        if known is None:
            if not there or not self.layout.is_ours(self.folder):
                return None
            # Of a release that wrote no sums: the names are all there is to go by.
            mine = [name for name in names if name in self.layout.names]
            mine = [name for name in mine if stat.S_ISREG((self.folder / name).lstat().st_mode)]
            return {name: {sums.digest(self.folder / name)} for name in mine}
        if marker not in known or not set(known) <= self.layout.names:
            return None
        whole = there and not sums.altered(self.folder, {marker: known[marker]})
        return None if whole and not self.layout.is_ours(self.folder) else known

    @contextmanager
    def staged(self) -> Iterator[Path]:
        """Make a hidden folder for results to be written into; it goes with the block."""
        try:
            stage = Path(tempfile.mkdtemp(dir=self.folder, prefix=STAGE))
        except OSError as error:
            raise _refused(self.given, error) from error
        new, old = stage / "new", stage / "old"
        try:
            new.mkdir()
            old.mkdir()
            yield new
        finally:
            # What could not be put back must not be lost.
            if not old.is_dir() or not any(old.iterdir()):
                with undisturbed():
                    shutil.rmtree(stage, ignore_errors=True)

    def replace(self, new: Path, *, keep: bool = False) -> None:
        """Put results in the place of earlier ones, all or none.

        Parameters
        ----------
        new
            A folder that :meth:`staged` made, with the results in it.
        keep
            Whether earlier results of other names stay; else they are removed.

        Raises
        ------
        OutputError
            If the folder is no longer as it was, or cannot be written to; then all is as before.
        """
        try:
            self._replace(new, keep)
        except OutputError:
            raise
        except OSError as error:
            raise _refused(self.given, error) from error
        left = [path for path in self.folder.glob(f"{STAGE}*") if path != new.parent]
        for path in left if self.alone else ():  # of processes that were killed
            shutil.rmtree(path, ignore_errors=True)

    def _replace(self, new: Path, keep: bool) -> None:
        fresh: Sums = {path.name: {sums.digest(path)} for path in new.iterdir()}
        stay = {name: known for name, known in self.known.items() if keep and name not in fresh}
        moved = {*fresh, *self.known} - set(stay)
        # A process that is killed in between leaves sums by which every file is still known.
        both = {name: self.known.get(name, set()) | fresh.get(name, set()) for name in moved}
        (new / sums.NAME).write_text(sums.to_text(both | stay))
        (new.parent / sums.NAME).write_text(sums.to_text(fresh | stay))
        old_sums = self.folder / sums.NAME
        known = self.known | ({sums.NAME: {sums.digest(old_sums)}} if old_sums.exists() else {})
        with undisturbed():
            swap(self.folder, new, new.with_name("old"), known, sorted(moved))
        self.known = fresh | stay


def _refused(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder} must be writable, and is not: {error.strerror or error}", ANOTHER)


@contextmanager
def _held(folder: Path, given: Path) -> Iterator[bool]:
    """Hold a folder against other processes, until this one ends; whether the system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError as error:
            raise OutputError(
                f"{given} must be free, and another process writes into it",
                f"wait for it, or {ANOTHER}",
            ) from error
        except OSError:
            alone = False  # a file system without locks
        yield alone
    finally:
        os.close(descriptor)


@contextmanager
def opened(
    output: str | Path,
    layout: Layout,
    writes: Collection[str],
    inputs: Iterable[str | Path] = (),
) -> Iterator[Results]:
    """Hold a folder for results: a new one, an empty one, or one of earlier results.

    A folder that is made for this, and is empty in the end, is removed again.

    Parameters
    ----------
    output
        The folder; a link is followed. It need not exist.
    layout
        What makes earlier results.
    writes
        Names that the results may have.
    inputs
        Files and folders that the same command reads.

    Raises
    ------
    OutputError
        If it is no folder, cannot be written to, is held by another process, is or holds an input,
        or holds something else, as :meth:`Results.look` finds.
    """
    given, folder = Path(output), Path(os.path.realpath(output))
    results = Results(given, folder, layout)
    with ExitStack() as stack:
        try:
            if os.path.lexists(folder) and not folder.is_dir():
                what = kind(folder.stat().st_mode)
                raise OutputError(f"the output must be a folder, and {given} is {what}", ANOTHER)
            _make(folder, stack)
            results.alone = stack.enter_context(_held(folder, given))
            with tempfile.TemporaryFile(dir=folder):
                pass
            _check_inputs(results, inputs)
            results.look(writes)
        except OutputError:
            raise
        except OSError as error:
            raise _refused(given, error) from error
        yield results


def _make(folder: Path, stack: ExitStack) -> None:
    """Make a folder and those above it; ``stack`` removes what stays empty."""
    for path in reversed((folder, *folder.parents)):
        if not os.path.lexists(path):
            with suppress(FileExistsError):  # another process was first
                path.mkdir()
                stack.callback(_remove_empty, path)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _check_inputs(results: Results, inputs: Iterable[str | Path]) -> None:
    for one in inputs:
        if is_same(results.folder, one):
            raise OutputError(
                f"the output must not be what the command reads, and {results.given} is {one}",
                ANOTHER,
            )
        for name in sorted(results.layout.names | {sums.NAME}):
            if is_same(results.folder / name, one):
                raise OutputError(
                    f"the output must not replace what the command reads, and {one} is the {name} "
                    f"of {results.given}",
                    f"{ANOTHER}, or copy that file",
                )
