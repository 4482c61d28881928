"""The waveform that a verification leaves: of its first difference, or one at will."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import OutputError, ToolError
from qrnn_hw.export.files.destination import check_file
from qrnn_hw.hw.engine import Plan
from qrnn_hw.progress import Message, Progress
from qrnn_hw.sim.core.compare import Difference
from qrnn_hw.sim.core.order import free_running
from qrnn_hw.sim.core.waves import Scene, at_will, is_ours

Result = TypeVar("Result")


def check_waves(path: str | Path, inputs: list[str | Path]) -> None:
    """Make sure that a waveform can be written.

    Raises
    ------
    OutputError
        If it cannot, or would replace another kind of file.
    """
    try:
        check_file(path, is_ours, inputs)
    except OutputError as error:
        raise OutputError(str(error), "name another file with --waves") from error


def with_waves(
    simulate: Callable[[], Result], path: str | Path | None, progress: Progress
) -> Result:
    """Simulate a core; where it differs from the golden run, leave a waveform of that in a file.

    Parameters
    ----------
    path
        None for no file.

    Raises
    ------
    Difference
        What ``simulate`` raises.
    """
    try:
        return simulate()
    except Difference as error:
        if path is not None and error.scene is not None:
            progress(Message("doing", f"drawing {path}"))
            try:
                check_waves(path, [])
                _leave(error.scene, Path(path), progress)
            except (OutputError, OSError, ToolError) as reason:
                progress(Message("caution", f": {reason}", f"no waveform in {path}"))
        raise


def draw_at_will(
    plan: Plan, verilog: str, sequence: Integers, path: str | Path, progress: Progress
) -> None:
    """Write a waveform of the first cycles of a sequence, (T, channels).

    Raises
    ------
    OutputError
        If the file cannot be written.
    ToolError
        If a tool is missing or fails.
    """
    progress(Message("doing", f"drawing {path}"))
    try:
        _leave(at_will(plan, verilog, free_running(plan, [sequence])), Path(path), progress)
    except OSError as error:
        raise OutputError(
            f"the waveform must be written to {path}: {error.strerror}",
            "name another file with --waves",
        ) from error


def _leave(scene: Scene, path: Path, progress: Progress) -> None:
    """Write a waveform, show the strip of it, and say how to open it."""
    for line in scene.draw(path):
        progress(Message("said", line))
    name = shlex.quote(str(path))
    progress(Message("said", f"{path}: `surfer {name}` or `gtkwave {name}` shows it"))
