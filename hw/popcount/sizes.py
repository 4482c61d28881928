"""What a popcount core consists of: every width and address, derived from its model."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from amaranth.lib import wiring

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import banks
from qrnn_hw.hw.popcount.bounds import Bounds, Range, bounds
from qrnn_hw.hw.ports import WEIGHT_BITS, require_inside, require_taken, write_port
from qrnn_hw.hw.trace import UnitWrites


@dataclass(frozen=True)
class PopcountSizes:
    """A core for ``model`` that multiplies ``rows`` rows by ``bits`` of ``lanes`` units at a time.

    The d units are ``folds`` words of ``lanes`` units: unit ``i`` is lane ``i % lanes`` of word
    ``i // lanes``. A state is ``state_slices`` slices of ``bits`` bits. The rows of a matrix come
    in groups; a group takes a cycle for every word, slice of the state, and plane of the weights.

    Parameters
    ----------
    model
        What to compute.
    lanes
        P, 1..d.
    rows
        R, a divisor of P.
    bits
        B, 1..state_bits: bits of every state that are multiplied at a time.
    readout_rows
        Rows of V at a time, 1..R; 0 for R, or 1 where R would take more block RAM.
    load
        Whether the weights come through a stream ``w`` after a reset, instead of with the design.

    Raises
    ------
    ModelError
        If ``lanes``, ``rows``, ``bits`` or ``readout_rows`` is not such a number, or the model has
        too many tokens.
    """

    model: IntegerModel
    lanes: int
    rows: int
    bits: int = 1
    readout_rows: int = 0
    load: bool = False
    engine: ClassVar[str] = "popcount"
    takes: ClassVar[frozenset[str]] = frozenset({"a zero point", "decay by halves"})

    def __post_init__(self) -> None:
        require_inside(self.model, self.engine)
        require_taken(self.model, self.engine, self.takes)
        d, lanes, rows = self.model.hidden, self.lanes, self.rows
        hint = "leave --lanes and --rows out to let the planner choose"
        if not 1 <= lanes <= d:
            raise ModelError(f"lanes must be 1..{d}, not {lanes}", hint)
        if not 1 <= rows <= lanes or lanes % rows:
            raise ModelError(f"rows must divide the {lanes} lanes, and {rows} do not", hint)
        if not 1 <= self.bits <= self.model.state_bits:
            raise ModelError(f"bits must be 1..{self.model.state_bits}, not {self.bits}", hint)
        if not 0 <= self.readout_rows <= rows:
            raise ModelError(f"readout_rows must be 0..{rows}, not {self.readout_rows}", hint)
        if not self.readout_rows:
            # Loaded weights lie in a memory that is deeper than they need.
            more = banks(self.weight_depth(rows)) > banks(self.recurrent_depth)
            more = more and not self.load
            object.__setattr__(self, "readout_rows", 1 if more else rows)

    # What is multiplied.

    @cached_property
    def kind(self) -> str:
        """How a weight is stored: "binary", "ternary" (a mask and a sign) or "levels"."""
        kind = self.model.recurrence.kind
        return {"hadamard": "binary", "block hadamard": "ternary"}.get(kind, kind)

    @property
    def bounds(self) -> Bounds:
        """Ranges that no value of the core ever leaves."""
        return bounds(self.model, self.kind != "levels")

    @property
    def row_bits(self) -> int:
        """Bits that a row takes in a word of the weight memory."""
        return self.lanes * (2 if self.kind == "ternary" else 1)

    @cached_property
    def planes(self) -> int:
        """Planes of the recurrent weights, two's complement; 1 of binary and ternary ones."""
        return self.bounds.weights.signed if self.kind == "levels" else 1

    @cached_property
    def readout_planes(self) -> int:
        """Planes of V, two's complement."""
        return self.bounds.v.signed

    @cached_property
    def feature_planes(self) -> int:
        """Planes of the readout's features: two's complement, but unsigned after a ReLU."""
        features = self.bounds.features
        return features.unsigned if self.model.readout.relu else features.signed

    # How it is cut.

    @property
    def state_slices(self) -> int:
        """Slices of a state, two's complement."""
        return -(-self.model.state_bits // self.bits)

    @property
    def feature_slices(self) -> int:
        """Slices of a feature."""
        return -(-self.feature_planes // self.bits)

    @property
    def slices(self) -> int:
        """Slices of a state or a feature, at most."""
        return max(self.state_slices, self.feature_slices)

    @property
    def folds(self) -> int:
        """Words F that hold the d units."""
        return -(-self.model.hidden // self.lanes)

    @property
    def groups(self) -> int:
        """Groups of rows in a step."""
        return -(-self.model.hidden // self.rows)

    @property
    def readout_groups(self) -> int:
        """Groups of rows in a readout."""
        return -(-self.model.classes // self.readout_rows)

    @property
    def pace(self) -> int:
        """Cycles that a unit's input term takes: one a channel."""
        return self.model.inputs.channels

    @property
    def written_slices(self) -> int:
        """Slices that a unit is written as in a step, at most."""
        if self.model.readout.every:
            return self.state_slices + self.feature_slices
        return self.slices

    # The memories.

    @property
    def region(self) -> tuple[int, int]:
        """Addresses of the two state regions, read and written in turns."""
        return 0, self.folds * self.state_slices

    @property
    def feature_base(self) -> int:
        """Address of the features."""
        return 2 * self.folds * self.state_slices

    @property
    def start_base(self) -> int:
        """Address of the states that a sequence starts from: an origin, or one word of zeros."""
        return self.feature_base + self.folds * self.feature_slices

    @property
    def state_depth(self) -> int:
        """Words of the state memory, ``lanes * bits`` bits each."""
        start = 1 if self.model.origin is None else self.folds * self.state_slices
        return self.start_base + start

    @property
    def write(self) -> wiring.Signature:
        """Write port of the state memory, bit by bit."""
        return write_port(self.state_depth, self.lanes * self.bits, granularity=1)

    @property
    def recurrent_depth(self) -> int:
        """Words of the weight memory that the recurrent weights take."""
        return self.groups * self.planes * self.folds

    def weight_depth(self, readout_rows: int) -> int:
        """Words of the weight memory, V included, with so many rows of V at a time."""
        groups = -(-self.model.classes // readout_rows)
        return self.recurrent_depth + groups * self.readout_planes * self.folds

    @property
    def load_words(self) -> int:
        """Transfers that a word of the weight memory takes."""
        return -(-self.rows * self.row_bits // WEIGHT_BITS)

    @property
    def table_depth(self) -> int:
        """Words of the table of constants: one a unit and parity, then one a class and parity."""
        return self.model.parities * (self.model.hidden + self.model.classes)

    @cached_property
    def table_fields(self) -> dict[str, int]:
        """Widths of the signed fields of the table of constants."""
        model = self.model
        fields = {"constant": Range.of(self.bounds.constants).signed}
        if not isinstance(model.inputs, Tokens) and model.inputs.channels == 1:
            fields["u"] = Range.of(model.inputs.u).signed
        if model.recurrence.activation == "modrelu":
            fields["threshold"] = Range.of(model.bias).signed
        if model.origin is not None:
            fields["offset"] = Range.of(model.origin.levels).signed
        return fields

    @property
    def input_depth(self) -> int:
        """Words of the memory of input weights, or of the tokens' table."""
        inputs = self.model.inputs
        if not isinstance(inputs, Tokens):
            return inputs.u.size + 1
        if self.shifted_tokens:
            return inputs.hidden * (((inputs.parities - 1) << inputs.width) + inputs.vocabulary)
        return inputs.table.size

    @property
    def input_address_bits(self) -> int:
        """Width of an address of that memory."""
        return (self.input_depth - 1).bit_length()

    @cached_property
    def sum_bits(self) -> int:
        """Width of the sums of a row over the words and weight planes, of one slice."""
        planes = max(self.planes, self.readout_planes)
        return signed_bits(self.model.hidden * ((1 << self.bits) - 1) << planes - 1)

    @property
    def shifted_tokens(self) -> bool:
        """Whether the table's address is a token and a unit side by side."""
        d = self.model.hidden
        return d & (d - 1) == 0

    @property
    def trace(self) -> UnitWrites:
        """The states as they are finished."""
        return UnitWrites(self.model.state_bits)
