"""What a sensor on an SPI bus wants, and how often."""

from dataclasses import dataclass, fields

from qrnn_hw.export.errors import BoardError
from qrnn_hw.export.horizon import Horizon
from qrnn_hw.export.integer import IntegerModel

# For each number of a sensor: the smallest and the largest.
LIMITS = {
    "period": (1, (1 << 32) - 1),
    "steps": (0, (1 << 32) - 1),
    "mode": (0, 3),
    "divider": (1, 1 << 16),
    "word_bits": (1, 64),
    "skip": (0, 63),
    "command": (0, (1 << 64) - 1),
    "command_bits": (0, 64),
}


@dataclass(frozen=True)
class Sensor:
    """A sensor that answers to a poll with one word a channel, most significant bit first.

    Parameters
    ----------
    period
        Clock cycles from one poll to the next.
    steps
        Polls of a sequence, after which the core begins anew; 0 for a sequence that never ends, of
        a network that forgets.
    mode
        SPI mode: bit 1 is CPOL, the level of a clock at rest; bit 0 is CPHA, the edge that both
        sides sample at, 0 the first of a bit, 1 the second.
    divider
        Clock cycles of half a bit.
    word_bits
        Bits that the sensor sends for a channel.
    skip
        How many of them come before the channel's own; the rest, after them, is cut off.
    command, command_bits
        What it is sent before it answers, most significant bit first.

    Raises
    ------
    BoardError
        If a number is outside its range.

    Examples
    --------
    A converter of 12 bits after four zeros, read 1000 times a second with a clock of 36 MHz:

    >>> Sensor(period=36000, steps=64, divider=9, word_bits=16, skip=4).frame_cycles(1)
    306
    """

    period: int
    steps: int
    mode: int = 0
    divider: int = 4
    word_bits: int = 16
    skip: int = 0
    command: int = 0
    command_bits: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise _refused(f"{name} must be {low}..{high}, not {value}")
        if self.command >> self.command_bits:
            raise _refused(f"command must fit {self.command_bits} bits, not be {self.command}")

    @classmethod
    def parse(cls, text: str) -> "Sensor":
        """Read numbers such as ``period=36000,steps=64,mode=3``; ``0x`` makes them hexadecimal.

        Raises
        ------
        BoardError
            If they are not that, or lack the period or the steps.
        """
        numbers = {}
        known = [each.name for each in fields(cls)]
        for part in text.split(","):
            name, _, value = part.partition("=")
            name = name.strip().replace("-", "_")
            if name not in known:
                raise _refused(f"its numbers must be among {', '.join(known)}, not {name!r}")
            try:
                numbers[name] = int(value, 0)
            except ValueError:
                raise _refused(f"{name} must be an integer, not {value!r}") from None
        if missing := {"period", "steps"} - set(numbers):
            raise _refused(f"{' and '.join(sorted(missing))} must be given, not only {text!r}")
        return cls(**numbers)

    def frame_bits(self, channels: int) -> int:
        """Count the bits of a poll."""
        return self.command_bits + channels * self.word_bits

    def frame_cycles(self, channels: int) -> int:
        """Count the cycles of a poll, with half a bit before, after, and between two."""
        return self.divider * (2 * self.frame_bits(channels) + 2)

    def check(self, model: IntegerModel) -> None:
        """Check that the sensor can be read for a model, and often enough.

        Raises
        ------
        BoardError
            If its words are too short, polls take longer than the period, logits never come, or
            sequences are longer than the network can go on.
        """
        inputs = model.inputs
        bits = inputs.width // inputs.channels
        if self.word_bits < self.skip + bits:
            raise _refused(
                f"word_bits must be {self.skip + bits} or more for channels of {bits} bits after "
                f"{self.skip}, not {self.word_bits}"
            )
        least = self.frame_cycles(inputs.channels) + 1
        if self.period < least:
            raise _refused(
                f"period must be {least} cycles or more for {self.frame_bits(inputs.channels)} "
                f"bits of {2 * self.divider}, not {self.period}"
            )
        if not self.steps and not model.readout.every:
            raise _refused("steps must be 1 or more where logits follow the last step only, not 0")
        horizon = Horizon.of(model)
        if not (horizon.endless or self.steps):
            raise _refused("steps must be 1 or more where the network does not forget, not 0")
        if not horizon.endless and 0 < horizon.steps < self.steps:
            raise _refused(
                f"steps must be {horizon.steps} or less for a network that {horizon.reason}, "
                f"not {self.steps}"
            )


def _refused(rule: str) -> BoardError:
    return BoardError(f"a sensor's {rule}", "docs/embedding.md lists what a sensor has")
