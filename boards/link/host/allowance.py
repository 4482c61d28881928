"""How much of the line and of the board a host may use at a time."""

from dataclasses import dataclass

from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import MODULUS, SLOTS

#: Sequences that may be without a result, where that alone makes results.
AHEAD = 8


@dataclass(frozen=True)
class Allowance:
    """What a host may send before it hears of results, so that it can count those it missed.

    The board tells how many results it has sent, modulo 16. What it can still send of them without
    a word from the host must therefore stay below 16: those of the steps that it may be sent, of
    those that the core has taken, and one that is complete.

    Parameters
    ----------
    frame_bytes
        Bytes of time steps in a frame, at most.
    frames
        Frames that may wait to be consumed, 1..4.
    sequences
        Sequences that may be without a result, or pairs of them.
    """

    frame_bytes: int
    frames: int
    sequences: int

    @classmethod
    def of(cls, identity: Identity) -> "Allowance":
        """Return what the results of a board leave room for.

        Examples
        --------
        >>> every = Identity(8, False, 64, 9, 20, 12, bytes(8), every=True)
        >>> Allowance.of(every)
        Allowance(frame_bytes=2, frames=4, sequences=8)
        """
        steps = (identity.payload - 1) // identity.step_bytes
        if not identity.every:
            sequences = (MODULUS - 1) // (identity.parts * (1 + identity.pairs))
            return cls(steps * identity.step_bytes, SLOTS, min(AHEAD, sequences))
        room = (MODULUS - 2) // identity.parts - identity.taken
        frames = min(SLOTS, room)
        # Samples of sound make one readout a frame at most.
        if not identity.front_end:
            steps = min(steps, room // frames)
        return cls(steps * identity.step_bytes, frames, AHEAD)
