"""The integer model: the one description that the golden run and the hardware both read."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.export.check import (
    REMAKE,
    Integers,
    freeze,
    require,
    require_positive,
    require_shape,
    require_within,
    signed_bits,
)
from qrnn_hw.export.document import decode, encode
from qrnn_hw.export.errors import ModelError, OutputError
from qrnn_hw.export.files.json_file import read_json
from qrnn_hw.export.halved import GUARD
from qrnn_hw.export.inputs import Channel, Numbers, Tokens
from qrnn_hw.export.outputs import Origin, Readout, needs
from qrnn_hw.export.recurrence import HALVED, TRANSFORMS, Dense, Hadamard

FORMAT = "qrnn-hw integer model"
VERSION = 3
EARLIER = 2  # what a model is written as that has nothing of version 3
MOST = 1 << 28  # bytes of a file: a table of all tokens, for the largest flash
ACCUMULATOR = 40  # bits: sums and their products with a multiplier stay exact in 64


@dataclass(frozen=True, eq=False)
class IntegerModel:
    """A quantized orthogonal RNN in integers; ``docs/arithmetic.md`` specifies what they compute.

    Quantities that alternate with the parity of the step have one entry a parity: two for a
    Hadamard recurrence with odd q (index 0 serves steps 0, 2, 4, ...), else one.

    Parameters
    ----------
    state_bits
        Width a of a state, 4..16.
    recurrence
        What multiplies the state.
    inputs
        What a time step adds.
    bias
        (parities, d): added in every step, in units of the sum; of a modReLU, its threshold.
    origin
        Where the states of a Hadamard recurrence start; None for zero.
    readout
        Logits.
    state_step
        Real value of one state unit at even steps.
    labels
        Names of the classes: one a logit; two for a decision by one logit, or one for a number.
    source
        Digest of the trained model this was made from, or "" for none.
    channels
        What the numbers of each channel mean; None if nobody said, and for tokens. They stand
        beside what the digest protects: names do not change a bit.

    Raises
    ------
    ModelError
        If a field is outside its range or contradicts another.
    """

    state_bits: int
    recurrence: Hadamard | Dense
    inputs: Numbers | Tokens
    bias: Integers
    origin: Origin | None
    readout: Readout
    state_step: float
    labels: tuple[str, ...]
    source: str = ""
    channels: tuple[Channel, ...] | None = None

    def __post_init__(self) -> None:
        d, parities, a = self.hidden, self.parities, self.state_bits
        require(4 <= a <= 16, "state_bits must be 4..16", a)
        for name in ("inputs", "readout"):
            part = getattr(self, name)
            require(part.hidden == d, f"{name} must be for {d} units", part.hidden)
            require(part.parities == parities, f"{name} must have {parities} parities",
                    part.parities)  # fmt: skip
        require_shape(self.bias, (parities, d), "bias")
        freeze(self.bias)
        if self.origin is not None:
            hadamard = isinstance(self.recurrence, Hadamard)
            require(hadamard, "an origin must belong to a Hadamard recurrence", self.cell)
            require_shape(self.origin.levels, (parities, d), "the origin")
            most = a - self.origin.bits
            fits = most >= 0 and bool((self.origin.shift <= most).all())
            require(fits, f"the origin's shift must be 0..{most}", self.origin.shift.tolist())
        require_positive(self.state_step, "state_step")
        if self.channels is not None:
            count = self.inputs.channels
            require(len(self.channels) == count, f"channels must be {count}", len(self.channels))
        labels = (1, 2) if self.classes == 1 else (self.classes,)
        require(len(self.labels) in labels, "every class must have a label", self.labels)
        require_within(self.bias, 1 << 32, "bias")
        require_within(self.readout.class_bias, d << a, "class_bias")
        needed = self.exact_bits
        require(needed <= ACCUMULATOR, f"accumulators must need at most {ACCUMULATOR} bits", needed)

    @property
    def hidden(self) -> int:
        """Hidden units d."""
        return self.recurrence.hidden

    @property
    def classes(self) -> int:
        """Number of logits."""
        return self.readout.classes

    @property
    def parities(self) -> int:
        """2 where the scale of the state alternates, else 1."""
        return self.recurrence.parities

    @property
    def numbers(self) -> Numbers:
        """The inputs of a model that takes numbers."""
        assert isinstance(self.inputs, Numbers)
        return self.inputs

    @property
    def tokens(self) -> Tokens:
        """The inputs of a model that takes tokens."""
        assert isinstance(self.inputs, Tokens)
        return self.inputs

    @property
    def signs(self) -> Integers:
        """The signs of a Hadamard recurrence, (d,)."""
        assert isinstance(self.recurrence, Hadamard)
        return self.recurrence.signs

    @property
    def cell(self) -> str:
        """Say what the network is, in a line."""
        activation = self.recurrence.activation
        suffix = "" if activation == "linear" else f", {activation}"
        return f"{self.recurrence.kind}{suffix}"

    def parity(self, step: int) -> int:
        """Index of step ``step`` (0 is the start, 1 the first input) into per-parity entries."""
        return step % self.parities

    def shift(self, step: int) -> int:
        """Return the rounding shift of step ``step``."""
        return self.recurrence.shift(step)

    @property
    def transform(self) -> str:
        """How the sums of the recurrence are formed: "exact" or "halved"."""
        return HALVED if self.halvings else TRANSFORMS[0]

    @property
    def halvings(self) -> int:
        """Bits that sums drop within the transform; 0 of one that is exact."""
        return self.recurrence.halvings

    def sum_word(self, step: int) -> int:
        """Return the width of a sum of step ``step`` where the transform is halved."""
        return self.state_bits + GUARD + self.shift(step)

    def offset(self, parity: int) -> Integers:
        """Return the state of a parity that the readout takes for zero, (d,)."""
        if self.origin is None:
            return np.zeros(self.hidden, np.int64)
        return self.origin.offset(parity)

    @property
    def input_range(self) -> tuple[int, int]:
        """Smallest and largest input."""
        return self.inputs.range

    @property
    def needs(self) -> frozenset[str]:
        """Name what the model has of contract 3; an engine takes it, or refuses it by that name."""
        origin = self.origin is not None
        return needs(self.inputs, self.recurrence, self.readout, origin=origin)

    @property
    def accumulator_bits(self) -> int:
        """Width that holds every sum of a step: products, input, bias, and a rounding half.

        The bound is a proof: ``|n| <= 2**(a-1)``, and the magnitudes of the rest are summed. Of a
        halved transform it is the width of a word, by definition: what it does not hold wraps.
        """
        if self.halvings:
            return max(self.sum_word(step) for step in range(2))
        return signed_bits((self.recurrence.row_sum << self.state_bits - 1) + self._added)

    @property
    def exact_bits(self) -> int:
        """Width that a sum of a step takes before it wraps, if it does."""
        return max(self.accumulator_bits, signed_bits(self._added) + 1 if self.halvings else 0)

    @property
    def _added(self) -> int:
        """Bound the magnitude of what a step adds to products: input, bias, a rounding half."""
        bound = self.inputs.largest_term + int(np.abs(self.bias).max())
        if self.recurrence.multiplier == 1:  # the half is added to the sum itself
            bound += max(1 << self.shift(step) >> 1 for step in range(2))
        return bound

    @property
    def feature_bits(self) -> int:
        """Width of a signed state less its origin."""
        return self.state_bits + (self.origin is not None)

    def _largest_features(self, parity: int) -> Integers:
        """Bound the magnitude of what the readout reads of every unit, (d,)."""
        top, offset, pool = 1 << self.state_bits - 1, self.offset(parity), self.readout.pool
        high, low = np.maximum(top - 1 - offset, 0), np.minimum(-top - offset, 0)
        if self.readout.relu:
            low = np.zeros_like(low)
        z = np.maximum(high, -low)
        if pool is None:
            return z
        return pool.weight * (np.ones_like(z) if pool.statistic == "count" else z)

    @property
    def pool_bits(self) -> int:
        """Width of a signed sum over the steps, from the largest that any input can produce."""
        require(self.readout.pool is not None, "the readout must pool", "one of the last state")
        return signed_bits(int(self._largest_features(0).max()))

    @property
    def sum_bits(self) -> int:
        """Width of a signed sum of the readout's first matrix: a logit's, or the layer's."""
        return signed_bits(max(map(self._largest_sum, range(self.parities))))

    def _largest_sum(self, parity: int) -> int:
        readout = self.readout
        count = 1 if readout.pool is None else readout.pool.weight
        bias = readout.class_bias if readout.layer is None else readout.layer.bias
        sums = np.abs(readout.reads) @ self._largest_features(parity) + count * np.abs(bias[parity])
        return int(sums.max())

    @property
    def logit_bits(self) -> int:
        """Width of a signed logit, from the largest value that any input can produce."""
        readout = self.readout
        if readout.layer is None:
            return self.sum_bits
        count = 1 if readout.pool is None else readout.pool.weight
        largest = (np.abs(readout.v).sum(1) << self.state_bits - 1) + count * np.abs(
            readout.class_bias
        ).max(0)
        return signed_bits(int(largest.max()))

    @property
    def weight_bits(self) -> int:
        """Bits that the parameters take; a bias that is zero takes none."""
        readout, origin = self.readout, self.origin
        total = self.recurrence.weight_bits + self.inputs.weight_bits
        total += readout.v.size * readout.v_bits
        total += readout.class_bias.size * (self.logit_bits - 1)
        if readout.layer is not None:
            total += readout.layer.v.size * readout.layer.v_bits
            total += readout.layer.bias.size * (self.sum_bits - 1)
        total += 0 if origin is None else origin.levels.size * origin.bits
        if self.bias.any():
            total += self.bias.size * signed_bits(int(np.abs(self.bias).max()))
        return total

    def to_dict(self) -> dict[str, Any]:
        """Lay the model out as ``model.json`` stores it."""
        version = VERSION if self.needs else EARLIER
        return _listed({"format": FORMAT, "version": version, **encode(self)})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything above but the channels, as hexadecimal."""
        table = {name: part for name, part in self.to_dict().items() if name != "channels"}
        text = json.dumps(table, sort_keys=True, separators=(",", ":"))
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


def _listed(value: Any) -> Any:
    """Replace arrays by lists, in nested tables."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_listed(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def load(path: str | Path) -> IntegerModel:
    """Read ``model.json`` and check its digest.

    Raises
    ------
    ModelError
        If the file is missing, not ours, of another version, or altered.
    """
    document = read_json(path, REMAKE, ModelError, MOST)
    if document.get("format") != FORMAT:
        raise ModelError(f"{path} must be a {FORMAT!r}, and is something else", REMAKE)
    if document.get("version") not in (EARLIER, VERSION):
        given = document.get("version")
        raise ModelError(f"{path} must be version {EARLIER} or {VERSION}, not {given}", REMAKE)
    model = decode(IntegerModel, document, "")
    if document.get("digest") != model.digest:
        raise ModelError(f"{path} must match its own digest, and was altered", REMAKE)
    return model
