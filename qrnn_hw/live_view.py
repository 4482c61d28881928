"""What ``monitor`` sees and hears, for the browsers of this machine."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.units import Unit
from qrnn_hw.export.check import Integers
from qrnn_hw.live_server import LiveServer
from qrnn_hw.prediction import probabilities
from qrnn_hw.target import Target


class LiveView:
    """Tell a page of samples and answers.

    Parameters
    ----------
    server
        The page's.
    target
        The model that answers.
    unit
        How numbers of the sensor became integers of the wire.
    """

    def __init__(self, server: LiveServer, target: Target, unit: Unit) -> None:
        self.address = server.address
        self._server, self._target = server, target
        self._step, self._offset = np.asarray(unit.step or 1), np.asarray(unit.offset)
        self._samples = 0

    def watched(self, steps: Iterable[Integers]) -> Iterator[Integers]:
        """Yield steps, integers of the wire, as they come, and show them in the sensor's unit."""
        for step in steps:
            self._samples += 1
            values = np.ravel(step * self._step + self._offset)
            self._server.tell({"x": values.tolist(), "number": self._samples})
            yield step

    def answered(self, answer: dict[str, Any], logits: npt.ArrayLike) -> None:
        """Show an answer; ``answer`` has its "sequence" and "step", and a class or a number."""
        found = {**answer, "logits": np.asarray(logits).tolist()}
        if not self._target.number:
            values = self._target.values(np.asarray(logits), np.array([answer["step"]]))
            found["probabilities"] = probabilities(values).tolist()
        self._server.tell(found)

    def stay(self) -> None:
        """Show what has come until the user ends it."""
        self._server.tell({"end": True})
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


def _channels(target: Target, count: int) -> tuple[list[str], str]:
    """Name the inputs, and say what they are drawn in."""
    known = target.opened.model.channels or ()
    names = [each.name or f"channel {number}" for number, each in enumerate(known, 1)]
    units = {each.unit for each in known}
    unit = f"In {units.pop()}" if len(units) == 1 and "" not in units else "As the sensor gives it"
    return names or [f"channel {number}" for number in range(1, count + 1)], unit


@contextmanager
def live_view(
    target: Target, unit: Unit, channels: int, title: str, port: int | None
) -> Iterator[LiveView]:
    """Open a page for as long as the block lasts.

    Parameters
    ----------
    channels
        Numbers of a step.
    port
        Of 127.0.0.1; None for one that is free.

    Raises
    ------
    ToolError
        If aiohttp is missing.
    OptionError
        If the port is taken.
    """
    from qrnn_hw.page.live_page import live_page

    names, drawn_in = _channels(target, channels)
    model = target.opened.model
    page = live_page(title, model.labels, names, drawn_in, every=model.readout.every)
    with LiveServer(page, port or 0) as server:
        yield LiveView(server, target, unit)
