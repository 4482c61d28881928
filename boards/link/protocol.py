"""The words of the serial protocol, shared by the gateware and the host; see docs/protocol.md."""

from enum import IntEnum

VERSION = 2
SYNC = 0xA5
#: First byte from a board on SPI after CS has fallen, if more can be read: an R.
READY = 0x52
#: Frames of samples that the board can hold: the credit that a host starts with.
SLOTS = 4
#: Bytes that the board keeps of a frame of samples, a place for the tag included; the wide slot is
#: that of boards whose time steps are of 64 bytes and more.
NARROW_SLOT, WIDE_SLOT = 64, 256
#: Payload bytes of a frame from the board, at most.
LARGEST_ANSWER = 255
#: Sequence numbers, and counts of results, are modulo this.
MODULUS = 16
#: Time steps that a core may have taken without having finished their readouts: one that waits, one
#: that is computed, and one whose logits come.
TAKEN = 3
#: Steps that the front end may hold besides: one that waits for the core, and one behind it.
HEARD = 2


#: Bit of a state byte: weights are missing. Bit of the tag of RESET: forget the weights too.
MISSING, FORGET = 0x80, 0x80
#: Bits of the tag of SAMPLES: the last step ends its sequence; and of a board that takes two
#: sequences at once, the last but one does; steps are of both in turn; the first is of the second.
ENDS, ENDS_BEFORE, IN_TURN, SECOND = 0x80, 0x40, 0x20, 0x10


class Kind(IntEnum):
    """Second byte of a frame: what it asks for or answers."""

    IDENTIFY = 0x10
    SAMPLES = 0x11
    GET_RESULT = 0x12
    RESET = 0x13
    LOAD = 0x14
    STATUS = 0x20
    IDENTITY = 0x21
    RESULT = 0x22


class Code(IntEnum):
    """What the board made of the last frame that it received."""

    #: It was acted on.
    OK = 0
    #: It was RESET, and nothing came after it.
    RESET = 1
    #: The CRC was wrong.
    CRC = 2
    #: The kind is unknown, or the length is one that this kind cannot have.
    FORMAT = 3
    #: SAMPLES or LOAD with a sequence number other than the expected one.
    SEQUENCE = 4
    #: SAMPLES or LOAD without room for it.
    BUSY = 5
    #: The line fell silent inside the frame.
    TRUNCATED = 6
    #: SAMPLES or LOAD before the first RESET since the board started, SAMPLES while weights are
    #: missing, or LOAD while none are.
    CLOSED = 7
