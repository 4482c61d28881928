"""What a board says about the model that it holds."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qrnn_hw.boards.link.protocol import (
    HEARD,
    LARGEST_ANSWER,
    MODULUS,
    NARROW_SLOT,
    TAKEN,
    VERSION,
    WIDE_SLOT,
)
from qrnn_hw.boards.link.weights import WORD_BYTES, check_value, pack_words
from qrnn_hw.export.errors import BoardError, LinkError
from qrnn_hw.export.frontend import FRAME, SAMPLE_BITS
from qrnn_hw.export.horizon import Horizon
from qrnn_hw.export.integer import IntegerModel

SIGNED, EVERY, FRONT_END, ALL_TOKENS, ENDLESS, BOTH = 1, 2, 4, 8, 16, 32
TOKENS = 1 << 16  # at most; so many do not fit their two bytes, and have a flag
WORDS = (1 << 32) - 1  # of weights at most


@dataclass(frozen=True)
class Identity:
    """What a board says about the model that it holds.

    Parameters
    ----------
    input_bits
        Bits of a channel, or of a token, 1..16.
    input_signed
        Whether channels are two's complement.
    hidden
        Hidden units, 1..65535.
    classes
        Logits of a readout, 1..256.
    logit_bits
        Bits of a logit, 1..64.
    state_bits
        Bits of a hidden unit, 1..255.
    digest
        Eight bytes that name the model.
    channels
        Numbers in an input step, 1..64; 1 for a token.
    vocabulary
        Tokens that there are, 2..65536; 0 for inputs that are numbers.
    every
        Whether a readout follows every step, and not only the last one.
    words
        16-bit words of weights that the board needs over the link; 0 for none.
    check
        Their :func:`~qrnn_hw.boards.link.weights.check_value`.
    front_end
        Whether inputs are samples of sound, of which the board makes the model's steps itself.
    endless
        Whether a sequence may be of any length: see :class:`qrnn_hw.export.horizon.Horizon`.
    at_once
        Sequences that the board takes at once, 1 or 2.

    Raises
    ------
    LinkError
        If a parameter is outside its range, or readouts are too long to follow every step.

    Examples
    --------
    >>> identity = Identity(8, False, 512, 10, 25, 12, bytes(8))
    >>> identity.step_bytes, identity.logit_bytes, identity.parts
    (1, 4, 1)
    >>> Identity.unpack(identity.pack()) == identity
    True
    """

    input_bits: int
    input_signed: bool
    hidden: int
    classes: int
    logit_bits: int
    state_bits: int
    digest: bytes
    channels: int = 1
    vocabulary: int = 0
    every: bool = False
    words: int = 0
    check: int = 0
    front_end: bool = False
    endless: bool = False
    at_once: int = 1

    _format = struct.Struct("<BBBBHHHBB8sII")

    def __post_init__(self) -> None:
        for name, low, high in [
            ("input_bits", 1, 16),
            ("hidden", 1, 65535),
            ("classes", 1, 256),
            ("logit_bits", 1, 64),
            ("state_bits", 1, 255),
            ("channels", 1, 64),
            ("vocabulary", 0, TOKENS),
            ("words", 0, WORDS),
            ("check", 0, WORDS),
            ("at_once", 1, 2),
        ]:
            if not low <= getattr(self, name) <= high:
                raise LinkError(f"{name} must be from {low} to {high}, not {getattr(self, name)!r}")
        if len(self.digest) != 8:
            raise LinkError(f"digest must be 8 bytes, not {len(self.digest)}")
        largest = (1 << self.input_bits) - 1
        if self.vocabulary and (self.channels > 1 or self.input_signed or self.vocabulary < 2):
            raise LinkError("tokens must be 2 or more, unsigned, and one a step")
        if self.vocabulary > largest + 1:
            raise LinkError(
                f"{self.input_bits} bits must tell the tokens apart, and there are "
                f"{self.vocabulary}"
            )
        inputs = (self.channels, self.input_bits, self.input_signed, self.vocabulary)
        if self.front_end and inputs != (1, SAMPLE_BITS, True, 0):
            raise LinkError(
                f"samples of sound must be one channel of {SAMPLE_BITS} signed bits, not "
                f"{self.channels} of {self.input_bits}"
            )
        if self.at_once > 1 and (self.every or self.front_end or self.words):
            raise LinkError(
                "a board of two sequences at once must answer once a sequence, to steps that come "
                "over the line, with weights of its own"
            )
        # One step more may be on its way, and one result; and all are counted modulo 16.
        if self.every and (self.taken + 1) * self.parts + 1 >= MODULUS:
            raise LinkError(
                f"readouts of every step must be of up to {2 if self.front_end else 3} frames, "
                f"and {self.classes} logits of "
                f"{self.logit_bytes} bytes are {self.parts}",
                "use fewer classes or fewer logit bits",
            )

    @property
    def step_bits(self) -> int:
        """Bits of an input step, all channels."""
        return self.channels * self.input_bits

    @property
    def step_bytes(self) -> int:
        """Bytes of an input step in a frame, 1..128."""
        return -(-self.step_bits // 8)

    @property
    def slot(self) -> int:
        """Bytes that the board keeps of a frame from the host: 64, or 256 if a step needs them."""
        return NARROW_SLOT if self.step_bytes < NARROW_SLOT else WIDE_SLOT

    @property
    def payload(self) -> int:
        """Bytes of a payload from the host, at most; its length is a byte."""
        return min(self.slot, 255)

    @property
    def input_range(self) -> tuple[int, int]:
        """Smallest and largest number of a channel, or token."""
        if self.vocabulary:
            return 0, self.vocabulary - 1
        low = -(1 << self.input_bits - 1) if self.input_signed else 0
        return low, low + (1 << self.input_bits) - 1

    @property
    def logit_bytes(self) -> int:
        """Bytes of a logit in a frame: 1, 2, 4 or 8."""
        return next(size for size in (1, 2, 4, 8) if self.logit_bits <= 8 * size)

    @property
    def part(self) -> int:
        """Logits of a RESULT: all, or as many as fit."""
        # The tag, the state and what is behind the logits travel with them.
        return min(self.classes, (LARGEST_ANSWER - 2 - self.tail) // self.logit_bytes)

    @property
    def tail(self) -> int:
        """Bytes behind the last logit: the class, and of two sequences at once whose it is."""
        return self.at_once

    @property
    def parts(self) -> int:
        """Frames of a readout."""
        return -(-self.classes // self.part)

    @property
    def pairs(self) -> bool:
        """Whether two sequences may be under way at once: both are answered in a count of 16."""
        return self.at_once > 1 and 2 * self.parts < MODULUS

    @property
    def samples(self) -> int:
        """Inputs that make a step of the model: 1, or those of a frame of sound."""
        return FRAME if self.front_end else 1

    @property
    def taken(self) -> int:
        """Steps that the board may have taken without having finished their readouts."""
        return TAKEN + HEARD * self.front_end

    @property
    def frame_words(self) -> int:
        """Words of weights in a frame, at most."""
        return (self.payload - 1) // WORD_BYTES

    @classmethod
    def of(
        cls,
        model: IntegerModel,
        words: Sequence[int] = (),
        *,
        front_end: bool = False,
        at_once: int = 1,
    ) -> "Identity":
        """Return the identity of a model; its digest is the start of the model's.

        Parameters
        ----------
        words
            The weights that the board needs over the link.
        front_end
            Whether the board makes the model's steps from samples of sound.
        at_once
            Sequences that the board takes at once.
        """
        if front_end:
            spoken = cls.of(model, words, at_once=at_once)
            return replace(
                spoken, input_bits=SAMPLE_BITS, input_signed=True, channels=1, front_end=True
            )
        inputs = model.inputs
        return cls(
            inputs.bits,
            inputs.signed,
            model.hidden,
            model.classes,
            model.logit_bits,
            model.state_bits,
            bytes.fromhex(model.digest)[:8],
            channels=inputs.channels,
            vocabulary=inputs.vocabulary,
            every=model.readout.every,
            words=len(words),
            check=check_value(pack_words(words)),
            endless=Horizon.of(model).endless,
            at_once=at_once,
        )

    def require(self, digest: str) -> None:
        """Check that a board holds the model with a digest, in hexadecimal.

        Raises
        ------
        BoardError
            If it holds another one.
        """
        wanted, held = digest[: 2 * len(self.digest)], self.digest.hex()
        if wanted != held:
            raise BoardError(
                f"the board must hold the model {wanted}, and holds {held}: {self.hidden} units of "
                f"{self.state_bits} bits, {self.classes} logits",
                "give the model, and the --state-bits, that it was built from, or program it again",
            )

    def pack(self) -> bytes:
        """Lay the identity out as in an IDENTITY frame, after the state byte."""
        return self._format.pack(
            VERSION,
            SIGNED * self.input_signed
            | EVERY * self.every
            | FRONT_END * self.front_end
            | ALL_TOKENS * (self.vocabulary == TOKENS)
            | ENDLESS * self.endless
            | BOTH * (self.at_once > 1),
            self.channels,
            self.input_bits,
            self.vocabulary % TOKENS,
            self.hidden,
            self.classes,
            self.logit_bits,
            self.state_bits,
            self.digest,
            self.words,
            self.check,
        )

    @classmethod
    def unpack(cls, data: bytes) -> "Identity":
        """Read what :meth:`pack` laid out.

        Raises
        ------
        LinkError
            If the bytes are those of another protocol version, or contradict themselves.
        """
        if len(data) != cls._format.size or data[0] != VERSION:
            version = data[0] if data else "none"
            raise LinkError(
                f"the board must speak protocol version {VERSION}, not {version}",
                "build and program the board again with this version of qrnn-hw",
            )
        (_, flags, channels, input_bits, vocabulary, hidden, classes, logit_bits, state_bits,
         digest, words, check) = cls._format.unpack(data)  # fmt: skip
        return cls(
            input_bits,
            bool(flags & SIGNED),
            hidden,
            classes,
            logit_bits,
            state_bits,
            digest,
            channels=channels,
            vocabulary=TOKENS if flags & ALL_TOKENS else vocabulary,
            every=bool(flags & EVERY),
            words=words,
            check=check,
            front_end=bool(flags & FRONT_END),
            endless=bool(flags & ENDLESS),
            at_once=2 if flags & BOTH else 1,
        )
