"""The register map of the Wishbone wrapper: byte addresses, and bits of what is there."""

from enum import IntEnum, IntFlag

#: Content of ``Register.ID``: "QRNN" in ASCII; of ``Register.VERSION``: version of this map.
ID, VERSION = 0x51524E4E, 1
WORD = 32
INPUTS = 32  # words of the longest step, 64 channels of 16 bits
ADDRESS_BITS = 8


class Register(IntEnum):
    """Byte addresses; the words of a step follow from ``INPUT``, the lowest first."""

    ID = 0x00
    VERSION = 0x04
    DIGEST_HIGH = 0x08
    DIGEST_LOW = 0x0C
    SHAPE = 0x10
    CONTROL = 0x14
    STATUS = 0x18
    RESULT_CLASS = 0x1C
    RESULT_HIGH = 0x20
    RESULT = 0x24
    WEIGHT = 0x28
    INPUT_LAST = 0x3C
    INPUT = 0x40


class Control(IntFlag):
    """Bits of ``CONTROL``."""

    RESET = 1 << 0


class Status(IntFlag):
    """Bits of ``STATUS``; the count of results that wait is from bit ``WAITING`` up."""

    BUSY = 1 << 0
    INPUT_READY = 1 << 1
    WEIGHT_READY = 1 << 2
    RESULT = 1 << 3
    OVERFLOW = 1 << 8
    UNDERRUN = 1 << 9


class Result(IntFlag):
    """Bits of ``RESULT_CLASS``, above the class."""

    LAST = 1 << 30
    VALID = 1 << 31


WAITING = 16
