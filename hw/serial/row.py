"""A row of a table that stays outside the core: where it has to, and what a row takes."""

from dataclasses import dataclass

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.ports import TOKENS

ROWS = 4  # that are kept: one comes, one waits, one is read; a power of two
# Cycles of a row from the flash: two a byte, and what reading costs before and behind them.
BYTE_CYCLES, FETCH_CYCLES = 2, 33


def outside(model: IntegerModel, wanted: bool | None) -> bool:
    """Tell whether the table of a model is outside the core.

    Parameters
    ----------
    wanted
        Whether it shall be; None for where it has to.

    Raises
    ------
    ModelError
        If it cannot be where it shall be.
    """
    tokens = model.inputs.vocabulary
    if wanted is None:
        return tokens > TOKENS
    if wanted and not tokens:
        raise ModelError("a table outside the core must be of tokens", "let the planner choose")
    if not wanted and tokens > TOKENS:
        raise ModelError(
            f"a table inside the core must be of up to {TOKENS} tokens, not of {tokens}",
            "let the planner choose",
        )
    return wanted


@dataclass(frozen=True)
class Row:
    """What a step adds to all units: word by word of the units, plane by plane.

    Parameters
    ----------
    words
        How many of them.
    lanes
        Bits of a word.
    """

    words: int
    lanes: int

    @property
    def word_bytes(self) -> int:
        """Bytes of a word."""
        return -(-self.lanes // 8)

    @property
    def bytes(self) -> int:
        """Bytes of the row."""
        return self.words * self.word_bytes

    @property
    def depth(self) -> int:
        """Words of the memory of rows; each begins at a multiple of a power of two."""
        return ROWS << (self.words - 1).bit_length()

    @property
    def cycles(self) -> int:
        """Cycles from taking a token to taking the next, as far as fetching its row goes."""
        return FETCH_CYCLES + BYTE_CYCLES * self.bytes
