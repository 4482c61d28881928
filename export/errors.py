"""Every error a user can cause; the command line turns each into two lines and an exit code."""

from collections.abc import Sequence


class QrnnError(Exception):
    """Base of the errors below. A traceback that is not one of these is a bug of ours.

    Parameters
    ----------
    message
        One line: what must be, and what was given.
    hint
        One line: what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ModelError(QrnnError, ValueError):
    """A model, or a model file, that is not one of ours or contradicts itself."""


class DataError(QrnnError, ValueError):
    """A data set that is missing, malformed, or does not fit the model."""


class OptionError(QrnnError, ValueError):
    """Options that do not go together, or one that is outside its limits."""

    exit_code = 2


class BoardError(QrnnError, ValueError):
    """A board that is not known, or an option that it does not have."""


class OutputError(QrnnError, OSError):
    """A place that results cannot be written to."""


class LinkError(QrnnError, OSError):
    """A board that does not answer, or answers something else than the protocol allows."""


class ToolError(QrnnError, RuntimeError):
    """An external tool that is missing, too old, or failed."""

    exit_code = 3


class MismatchError(QrnnError, AssertionError):
    """Hardware that differs from the golden run."""

    exit_code = 4


class FitError(QrnnError, RuntimeError):
    """A design that does not fit the device, or misses its timing."""

    exit_code = 5


class PlaceError(FitError):
    """A design for whose cells one seed of the placer finds no place; another one may."""


def listed(names: Sequence[str], most: int = 8, longest: int = 40) -> str:
    """List some names for a message; of many the first, of long ones the beginning.

    >>> listed(list("abcdefghij"))
    'a, b, c, d, e, f, g, h and 2 more'
    """
    short = [name if len(name) <= longest else f"{name[:longest]}..." for name in names]
    more = f" and {len(short) - most} more" if len(short) > most else ""
    return ", ".join(short[:most]) + more
