"""A sequence whose steps come one by one, as pieces that can be sent before it ends."""

import warnings
from collections.abc import Iterable, Iterator, Sized
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from qrnn_hw.boards.link.host.allowance import Allowance
from qrnn_hw.boards.link.host.pipeline import Packed
from qrnn_hw.boards.link.host.steps import check_length, check_steps, pack_steps
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.check import Integers


class StreamWarning(UserWarning):
    """Somebody sends a stream of unknown length to a network that does not forget."""


def live_pieces(
    steps: Iterable[npt.ArrayLike],
    identity: Identity,
    length: int | None = None,
    restart: int | None = None,
) -> Iterator[Packed]:
    """Yield the pieces of a sequence, or of one after another.

    A board that answers every step gets every step at once. Of another, only the end is answered:
    its steps come in full frames, and one is kept back for as long as it may be the last.

    Parameters
    ----------
    steps
        One time step each: (channels,), or a number where there is one channel. Its end is the end
        of the sequence.
    length
        How many steps there are. Where it is None and every step is answered, no piece tells that
        the sequence has ended.
    restart
        After how many a sequence ends and the next one begins; None for one of any length.

    Raises
    ------
    DataError
        If there is no step, or fewer than a step of the model takes, or one is something else than
        integers of the input format.

    Warns
    -----
    StreamWarning
        If every step is answered, nobody says for how long, and the network does not forget.
    """
    known = length is not None or restart is not None or isinstance(steps, Sized)
    if identity.every and not identity.endless and not known:
        warnings.warn(
            "the network of this board does not forget: beyond the steps that it was trained on, "
            "its answers become noise; give length= where the stream ends, or restart=",
            StreamWarning,
            stacklevel=2,
        )
    if restart is None:
        yield from _pieces(steps, identity, length)
        return
    left = islice(steps, length)
    for first in left:
        yield from _pieces(chain([first], islice(left, restart - 1)), identity, restart)


def _pieces(
    steps: Iterable[npt.ArrayLike], identity: Identity, length: int | None
) -> Iterator[Packed]:
    """Yield the pieces of one sequence."""
    prompt = identity.every and not identity.front_end
    size = 1 if prompt else Allowance.of(identity).frame_bytes // identity.step_bytes
    held: list[Integers] = []
    taken = sent = 0

    def piece(last: bool) -> Packed:
        nonlocal sent, held
        rows, held = held if last else held[:size], [] if last else held[size:]
        before, sent = sent, sent + len(rows)
        results = _readouts(sent, last, identity) - _readouts(before, False, identity)
        packed = pack_steps(np.concatenate(rows), identity)
        return Packed(packed, results * identity.parts, last)

    for step in steps:
        held.append(check_steps(np.reshape(step, (1, -1)), identity))
        taken += 1
        if taken == length:
            break
        if prompt or len(held) > size:
            yield piece(last=False)
    check_length(taken, identity)
    if held:
        yield piece(last=True)


def _readouts(sent: int, last: bool, identity: Identity) -> int:
    """Count the readouts that a board makes of so many inputs, its last or not."""
    if not identity.every:
        return int(last)
    whole = sent // identity.samples
    # A front end passes a step on when the next one is there.
    return whole if last or not identity.front_end else max(0, whole - 1)
