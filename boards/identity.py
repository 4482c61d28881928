"""What a board says about the model that it holds."""

import struct
from dataclasses import dataclass

from qrnn_hw.boards.protocol import VERSION
from qrnn_hw.export.errors import LinkError
from qrnn_hw.export.integer import IntegerModel


@dataclass(frozen=True)
class Identity:
    """What a board says about the model that it holds.

    Parameters
    ----------
    input_bits
        Bits of an input step, 1..16.
    input_signed
        Whether the steps are two's complement.
    hidden
        Hidden units, 1..65535.
    classes
        Logits of a result, 1..255.
    logit_bits
        Bits of a logit, 1..64.
    state_bits
        Bits of a hidden unit, 1..255.
    digest
        Eight bytes that name the model.

    Raises
    ------
    LinkError
        If a parameter is outside its range, or a result longer than a frame.

    Examples
    --------
    >>> identity = Identity(8, False, 512, 10, 25, 12, bytes(8))
    >>> identity.step_bytes, identity.logit_bytes
    (1, 4)
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

    _format = struct.Struct("<BBBHBBB8s")

    def __post_init__(self) -> None:
        for name, high in [
            ("input_bits", 16),
            ("hidden", 65535),
            ("classes", 255),
            ("logit_bits", 64),
            ("state_bits", 255),
        ]:
            if not 1 <= getattr(self, name) <= high:
                raise LinkError(f"{name} must be from 1 to {high}, not {getattr(self, name)!r}")
        if len(self.digest) != 8:
            raise LinkError(f"digest must be 8 bytes, not {len(self.digest)}")
        # The tag, the state and the class index travel with the logits.
        if 3 + self.classes * self.logit_bytes > 255:
            raise LinkError(
                f"a result of {self.classes} logits of {self.logit_bytes} bytes does not fit "
                "a frame of 255 bytes",
                "use fewer classes or fewer logit bits",
            )

    @property
    def step_bytes(self) -> int:
        """Bytes of an input step in a frame."""
        return 1 if self.input_bits <= 8 else 2

    @property
    def logit_bytes(self) -> int:
        """Bytes of a logit in a frame: 1, 2, 4 or 8."""
        return next(size for size in (1, 2, 4, 8) if self.logit_bits <= 8 * size)

    @classmethod
    def of(cls, model: IntegerModel) -> "Identity":
        """Return the identity of a model; its digest is the start of the model's."""
        return cls(
            model.inputs.width,
            model.inputs.signed,
            model.hidden,
            model.classes,
            model.logit_bits,
            model.state_bits,
            bytes.fromhex(model.digest)[:8],
        )

    def pack(self) -> bytes:
        """Lay the identity out as in an IDENTITY frame, after the state byte."""
        return self._format.pack(
            VERSION,
            self.input_bits,
            self.input_signed,
            self.hidden,
            self.classes,
            self.logit_bits,
            self.state_bits,
            self.digest,
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
        _, bits, is_signed, hidden, classes, logit_bits, state_bits, digest = cls._format.unpack(
            data
        )
        return cls(bits, bool(is_signed), hidden, classes, logit_bits, state_bits, digest)
