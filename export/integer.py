"""The integer model: the one description that the golden run and the hardware both read."""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import ModelError, OutputError

FORMAT = "qrnn-hw integer model"
VERSION = 1
REBUILD = "make the file again with `qrnn-hw build`"

Integers = npt.NDArray[np.int64]


def signed_bits(bound: int) -> int:
    """Count the bits of a signed integer that holds every value of ``-bound..bound``.

    >>> signed_bits(127), signed_bits(128)
    (8, 9)
    """
    return bound.bit_length() + 1


@dataclass(frozen=True, eq=False)
class IntegerModel:
    """A HadamRNN in integers; ``docs/arithmetic.md`` specifies what they compute.

    Quantities that alternate with the parity of the step have one entry a parity: two when
    log2(d) is odd (index 0 serves steps 0, 2, 4, ..., index 1 steps 1, 3, 5, ...), else one.

    Parameters
    ----------
    state_bits
        Width a of a state, 4..16.
    input_bits, input_signed
        Integer inputs, 1..16 bits.
    signs
        u, (d,), each 1 or -1; d = 2**q, 4 or more.
    u_bits, u
        Input matrix, (d,), signed integers of ``u_bits`` 2..8.
    v_bits, v
        Output matrix, (classes, d), signed integers of ``v_bits`` 2..8.
    gain, gain_frac
        (parities,) and f: an input x becomes ``(x * gain + 2**(f-1)) >> f``.
    origin_bits, origin, origin_shift
        (parities, d) signed integers of ``origin_bits``, and (parities,): the state starts at
        ``origin[0] << origin_shift[0]`` and the readout subtracts ``origin[p] << origin_shift[p]``.
    class_bias
        (parities, classes), in units of a logit.
    state_step, logit_step
        Real value of one state unit at even steps, and (parities,) of one logit unit.
    labels
        Names of the classes.
    source
        Digest of the trained model this was made from, or "" for none.

    Raises
    ------
    ModelError
        If a field is outside its range or contradicts another.
    """

    state_bits: int
    input_bits: int
    input_signed: bool
    signs: Integers
    u_bits: int
    u: Integers
    v_bits: int
    v: Integers
    gain: Integers
    gain_frac: int
    origin_bits: int
    origin: Integers
    origin_shift: Integers
    class_bias: Integers
    state_step: float
    logit_step: npt.NDArray[np.float64]
    labels: tuple[str, ...]
    source: str = ""

    def __post_init__(self) -> None:
        d, parities, classes = self.hidden, self.parities, self.classes
        self._within(
            "hidden units must be a power of two, 4 or more", d >= 4 and not d & (d - 1), d
        )
        self._within("state_bits must be 4..16", 4 <= self.state_bits <= 16, self.state_bits)
        self._within("input_bits must be 1..16", 1 <= self.input_bits <= 16, self.input_bits)
        self._within(
            f"gain_frac must be {self.input_bits}..32",
            self.input_bits <= self.gain_frac <= 32,
            self.gain_frac,
        )
        shapes = {
            "signs": (d,),
            "u": (d,),
            "v": (classes, d),
            "gain": (parities,),
            "origin": (parities, d),
            "origin_shift": (parities,),
            "class_bias": (parities, classes),
            "logit_step": (parities,),
        }
        for name, shape in shapes.items():
            given = getattr(self, name).shape
            self._within(f"{name} must have shape {shape}", given == shape, given)
        named = classes >= 2 and len(self.labels) == classes
        self._within("classes must be 2 or more, with a label each", named, (classes, self.labels))
        self._within("signs must be 1 or -1", bool(np.isin(self.signs, (-1, 1)).all()), "others")
        for name in ("u", "v", "origin"):
            bits, array = getattr(self, f"{name}_bits"), getattr(self, name)
            limit = 8 if name != "origin" else self.state_bits
            self._within(f"{name}_bits must be 2..{limit}", 2 <= bits <= limit, bits)
            top = 1 << bits - 1
            self._within(
                f"{name} must be {-top}..{top - 1}",
                bool((array >= -top).all() and (array < top).all()),
                f"{array.min()}..{array.max()}",
            )
        shift = self.origin_shift
        self._within(
            f"origin_shift must be 0..{self.state_bits - self.origin_bits}",
            bool((shift >= 0).all() and (shift + self.origin_bits <= self.state_bits).all()),
            shift.tolist(),
        )
        self._within("gain must be 0 or more", bool((self.gain >= 0).all()), self.gain.tolist())
        for name in ("state_step", "logit_step"):
            value = np.asarray(getattr(self, name))
            positive = bool((np.isfinite(value) & (value > 0)).all())
            self._within(f"{name} must be positive and finite", positive, value.tolist())
        limit = 1 << self.state_bits + self.log2_hidden - 1
        self._within(
            f"class_bias must be within {limit}",
            bool((np.abs(self.class_bias) < limit).all()),
            int(np.abs(self.class_bias).max()),
        )
        self._within("accumulators must need at most 40 bits", self.accumulator_bits <= 40,
                     self.accumulator_bits)  # fmt: skip
        for name in shapes:
            getattr(self, name).setflags(write=False)

    @staticmethod
    def _within(rule: str, holds: bool, given: object) -> None:
        if not holds:
            raise ModelError(f"{rule}, not {given}", REBUILD)

    @property
    def hidden(self) -> int:
        """Hidden units d."""
        return int(self.signs.size)

    @property
    def log2_hidden(self) -> int:
        """Q = log2(d)."""
        return self.hidden.bit_length() - 1

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.class_bias.shape[-1])

    @property
    def parities(self) -> int:
        """2 where log2(d) is odd and the scale of the state alternates, else 1."""
        return 1 + self.log2_hidden % 2

    def parity(self, step: int) -> int:
        """Index of step ``step`` (0 is the start, 1 the first input) into per-parity entries."""
        return step % self.parities

    def shift(self, step: int) -> int:
        """Return the rounding shift r of step ``step``, 1 or more."""
        q = self.log2_hidden
        return q // 2 if step % self.parities else (q + 1) // 2

    @property
    def input_range(self) -> tuple[int, int]:
        """Smallest and largest input."""
        if self.input_signed:
            return -(1 << self.input_bits - 1), (1 << self.input_bits - 1) - 1
        return 0, (1 << self.input_bits) - 1

    @property
    def scaled_input_bits(self) -> int:
        """Width of a signed input after the gain."""
        half = 1 << self.gain_frac - 1
        extremes = [
            (x * int(gain) + half) >> self.gain_frac for x in self.input_range for gain in self.gain
        ]
        return signed_bits(max(map(abs, extremes)))

    @property
    def accumulator_bits(self) -> int:
        """Width W that holds every sum of a step, of a bit-serial dot product, and twice a bias.

        The bound is a proof: ``|S n| <= d 2**(a-1)``, ``|k X| <= max|k| max|X|``, rounding adds
        ``2**(r-1)``; a dot product of one weight plane is below ``d 2**a``.
        """
        step = self.hidden << self.state_bits - 1
        step += int(np.abs(self.u).max()) * ((1 << self.scaled_input_bits - 1) - 1)
        step += 1 << max(self.shift(1), self.shift(2)) - 1
        return max(signed_bits(step), self.state_bits + self.log2_hidden + 1)

    @property
    def logit_bits(self) -> int:
        """Width of a signed logit, from the largest value that any input can produce."""
        top = (1 << self.state_bits - 1) - 1
        largest = 0
        for p in range(self.parities):
            z = np.maximum(0, top - (self.origin[p] << self.origin_shift[p]))
            sums = np.abs(self.v) @ z + np.abs(self.class_bias[p])
            largest = max(largest, int(sums.max()))
        return signed_bits(largest)

    @property
    def weight_bits(self) -> int:
        """Bits that the parameters take: signs, u, v, origin and class biases."""
        bias = self.class_bias.size * (self.accumulator_bits - 1)
        origin = self.origin.size * self.origin_bits
        return self.hidden * (1 + self.u_bits) + self.v.size * self.v_bits + origin + bias

    def to_dict(self) -> dict[str, Any]:
        """Lay the model out as ``model.json`` stores it."""
        document: dict[str, Any] = {"format": FORMAT, "version": VERSION}
        for item in fields(self):
            value = getattr(self, item.name)
            document[item.name] = value.tolist() if isinstance(value, np.ndarray) else value
        document["labels"] = list(self.labels)
        return document

    @property
    def digest(self) -> str:
        """SHA-256 of everything above, as hexadecimal."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def save(self, path: str | Path) -> None:
        """Write ``model.json``, with the digest.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        text = json.dumps({**self.to_dict(), "digest": self.digest}, sort_keys=True)
        try:
            Path(path).write_text(text + "\n")
        except OSError as error:
            raise OutputError(
                f"{path} must be writable, and is not: {error.strerror}", "choose another folder"
            ) from error


def load(path: str | Path) -> IntegerModel:
    """Read ``model.json`` and check its digest.

    Raises
    ------
    ModelError
        If the file is missing, not ours, of another version, or altered.
    """
    try:
        document = json.loads(Path(path).read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} must be a readable JSON file, and is not", REBUILD) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelError(f"{path} must be a {FORMAT!r}, and is something else", REBUILD)
    if document.get("version") != VERSION:
        raise ModelError(
            f"{path} must be version {VERSION}, not {document.get('version')}", REBUILD
        )
    values: dict[str, Any] = {}
    try:
        for item in fields(IntegerModel):
            value = document[item.name]
            if item.type is Integers:
                array = np.array(value)
                if array.dtype.kind not in "iu":
                    raise TypeError(item.name)
                value = array.astype(np.int64)
            elif item.name == "logit_step":
                value = np.array(value, np.float64)
            elif item.name == "labels":
                value = tuple(map(str, value))
            elif not isinstance(value, item.type):
                raise TypeError(item.name)
            values[item.name] = value
        model = IntegerModel(**values)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path} lacks or distorts {item.name!r}", REBUILD) from error
    if document.get("digest") != model.digest:
        raise ModelError(f"{path} must match its own digest, and was altered", REBUILD)
    return model
