"""What a word-serial core consists of: every width and address, derived from its model."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from qrnn_hw.export.check import Integers, signed_bits
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Numbers, Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.hw.ports import require_inside, require_taken
from qrnn_hw.hw.trace import UnitWrites

MOST_STAGES = 4  # of butterflies in a pass: more registers wait in them than a pass saves


@dataclass(frozen=True)
class WordSizes:
    """A core for ``model`` that takes a word from its memory every cycle, and puts one back.

    The sums of a step are made in passes over the d words, each through ``stages`` butterflies;
    then a *row* of products is summed for every unit: its sum with its sign, its inputs, its bias.
    A readout sums a row of products for every logit. A weight takes a cycle for each *plane*, two
    of its bits.

    Parameters
    ----------
    model
        What to compute.
    radix
        2, 4, 8 or 16, at most the block: words that the butterflies of a pass combine.

    Raises
    ------
    ModelError
        If ``radix`` is not such a number, or the engine cannot compute the model.
    """

    model: IntegerModel
    radix: int
    engine: ClassVar[str] = "word"
    takes: ClassVar[frozenset[str]] = frozenset(
        {
            "a zero point",
            "decay by halves",
            "decay",
            "a pooled readout",
            "a pool that leaks",
            "a hidden layer",
        }
    )

    def __post_init__(self) -> None:
        model = self.model
        require_inside(model, self.engine)
        if not isinstance(model.recurrence, Hadamard):
            raise ModelError(
                f"the word engine must have hadamard weights, not {model.cell}",
                "choose another engine",
            )
        require_taken(model, self.engine, self.takes)
        if self.radix not in radices(model):
            raise ModelError(
                f"radix must be one of {', '.join(map(str, radices(model)))}, not {self.radix}",
                "let the planner choose",
            )

    # Passes.

    @property
    def stages(self) -> int:
        """Butterflies k that a word goes through in a pass."""
        return self.radix.bit_length() - 1

    @property
    def block_bits(self) -> int:
        """Bits q of the number of a unit in its block."""
        return self.model.recurrence.row_sum.bit_length() - 1

    @property
    def passes(self) -> int:
        """Passes over the words in a step."""
        return -(-self.block_bits // self.stages)

    @property
    def idle_stages(self) -> int:
        """Butterflies that the last pass leaves out, those of the largest distance."""
        return self.passes * self.stages - self.block_bits

    @property
    def distances(self) -> tuple[int, ...]:
        """Words between those that a butterfly combines, in the order that they pass."""
        return tuple(1 << stage for stage in reversed(range(self.stages)))

    # Words.

    @property
    def index_bits(self) -> int:
        """Width of the number of a unit, or of a logit, or of a unit of the layer."""
        return (max(self.model.hidden, self.model.classes, self.units) - 1).bit_length()

    @property
    def pass_bits(self) -> int:
        """Width of a word of a pass: of a state, or of a sum of a block."""
        return self.model.state_bits + self.block_bits

    @property
    def word_bits(self) -> int:
        """Width of a word of the memory."""
        pool = self.model.readout.pool
        if pool is None:
            return self.pass_bits
        often = pool.steps if self.counts else 1
        biases = often * int(np.abs(self.logit_biases).max())
        return max(self.pass_bits, self.model.pool_bits, signed_bits(biases))

    @property
    def words(self) -> int:
        """Words of the memory: of the units, then of their pools and of the biases of those.

        Or of the units of the hidden layer.
        """
        if not self.pooled:
            return (1 << self.index_bits) + self.units if self.units else self.model.hidden
        region = 1 << self.index_bits
        return 2 * region + self.model.classes if self.counts else region + self.model.hidden

    @property
    def logit_biases(self) -> Integers:
        """What is added to a logit, or each step to the pool of its biases, (parities, logits).

        Of a unit of the hidden layer, which come first, it is its bias with the half that rounds.
        """
        readout, layer = self.model.readout, self.model.readout.layer
        if layer is not None:
            halves = layer.bias + (1 << layer.shift >> 1)
            return np.hstack([halves, readout.class_bias])
        if readout.pool is None or self.counts:
            return readout.class_bias
        return readout.pool.weight * readout.class_bias

    @property
    def constant_bits(self) -> int:
        """Width of the memory of scaled inputs and of the logits' biases."""
        bits = signed_bits(int(np.abs(self.logit_biases).max()))
        inputs = self.model.inputs
        return max(bits, inputs.scaled_bits) if isinstance(inputs, Numbers) else bits

    @property
    def value_bits(self) -> int:
        """Width of what a weight multiplies."""
        return max(self.word_bits, self.constant_bits, self.unit_width)

    @property
    def sum_bits(self) -> int:
        """Width of a sum of products."""
        model = self.model
        sums = model.sum_bits + (self.units > 0)  # a half more
        return max(model.accumulator_bits, model.logit_bits, sums, self.word_bits)

    # Rows.

    @property
    def biased(self) -> bool:
        """Whether every step adds a bias."""
        return bool(self.model.bias.any())

    @property
    def inner(self) -> int:
        """Products of a unit's row with its sum: that, and what it loses where units decay."""
        return 1 + self.decays

    @property
    def slots(self) -> int:
        """Products of a unit's row: those with its sum, its inputs, and perhaps its bias."""
        return self.inner + self.model.inputs.channels + self.biased

    @property
    def slot_bits(self) -> int:
        """Width of the number of a product."""
        return (self.slots - 1).bit_length()

    @property
    def input_bits(self) -> int:
        """Width of the weights of a unit's row."""
        return self.model.inputs.u_bits if isinstance(self.model.inputs, Numbers) else 2

    @property
    def input_planes(self) -> int:
        """Planes of the weights of a unit's row."""
        return -(-self.input_bits // 2)

    @property
    def units(self) -> int:
        """Units of the hidden layer; 0 where there is none."""
        layer = self.model.readout.layer
        return 0 if layer is None else len(layer.v)

    @property
    def readout_rows(self) -> int:
        """Rows of a readout: of the units of the hidden layer, and of the logits."""
        return self.units + self.model.classes

    @property
    def readout_bits(self) -> int:
        """Width of the weights of a readout."""
        readout = self.model.readout
        return max(readout.v_bits, 0 if readout.layer is None else readout.layer.v_bits)

    @property
    def readout_planes(self) -> int:
        """Planes of the weights of a readout."""
        return -(-self.readout_bits // 2)

    @property
    def row_cycles(self) -> int:
        """Cycles that a unit's row takes: all products, and the inputs again for each plane."""
        return self.slots + (self.input_planes - 1) * (self.slots - self.inner)

    # Decay, and pools.

    @property
    def decay(self) -> Integers | None:
        """By how many bits a unit's sum is shifted to be what it loses, (d,); None for nothing."""
        assert isinstance(self.model.recurrence, Hadamard)
        return self.model.recurrence.decay

    @property
    def decays(self) -> bool:
        """Whether units lose a share of their sum."""
        return self.decay is not None

    @property
    def pooled(self) -> bool:
        """Whether the readout reads sums over the steps."""
        return self.model.readout.pool is not None

    @property
    def leak(self) -> int:
        """By how many bits a pool is shifted to be what it loses; 0 for nothing."""
        pool = self.model.readout.pool
        return 0 if pool is None else pool.leak

    @property
    def counts(self) -> bool:
        """Whether steps are counted: those in the pools, for each of which a bias counts."""
        return self.pooled and not self.leak

    @property
    def numbered(self) -> set[int]:
        """How many words may be numbered: units, those of the hidden layer, biases in pools."""
        found = {self.model.hidden}
        if self.units:
            found.add(self.units)
        if self.counts:
            found.add(self.model.classes)
        return found

    @cached_property
    def shares(self) -> tuple[int, ...]:
        """The shifts that make what is lost of what a word holds."""
        found = set() if self.decay is None else set(self.decay.tolist())
        return tuple(sorted((found | {self.leak}) - {0}))

    @property
    def pool_slots(self) -> int:
        """Terms of a unit's pool: itself, perhaps what it loses, and what a step adds."""
        return 2 + (self.leak > 0)

    # What is stored by unit.

    @cached_property
    def unit_table(self) -> Integers:
        """Constants of units, (kinds, parities, d): the origin, and the bias of every step."""
        model = self.model
        parities = range(model.parities)
        kinds = [[model.offset(p) for p in parities]] if model.origin is not None else []
        kinds += [list(model.bias)] if self.biased else []
        return np.array(kinds, np.int64).reshape(len(kinds), model.parities, model.hidden)

    @cached_property
    def unit_shift(self) -> int:
        """Zeros below every constant of a unit: they are not stored."""
        low = int(np.bitwise_or.reduce(self.unit_table, axis=None)) if self.unit_table.size else 0
        return (low & -low).bit_length() - 1 if low else 0

    @property
    def unit_bits(self) -> int:
        """Width of a stored constant of a unit; 0 where there is none."""
        if not self.unit_table.size:
            return 0
        return signed_bits(int(np.abs(self.unit_table >> self.unit_shift).max()))

    @cached_property
    def token_shift(self) -> int:
        """Zeros below every entry of the table of tokens: they are not stored."""
        return int(self.model.tokens.table_shift.min())

    @property
    def token_bits(self) -> int:
        """Width of a stored entry of the table of tokens; 0 where there is none."""
        inputs = self.model.inputs
        if not isinstance(inputs, Tokens):
            return 0
        return inputs.table_bits + int(inputs.table_shift.max()) - self.token_shift

    @property
    def unit_width(self) -> int:
        """Width of a constant of a unit, or of an entry of the table, whole."""
        width = self.unit_bits + self.unit_shift if self.unit_bits else 0
        return max(width, self.token_bits + self.token_shift if self.token_bits else 0)

    @property
    def constant_base(self) -> int:
        """Address of the logits' biases, behind the scaled inputs."""
        return 1 << self.slot_bits if isinstance(self.model.inputs, Numbers) else 0

    # What every engine tells.

    @property
    def lanes(self) -> int:
        """Units that are computed side by side."""
        return 1

    @property
    def folds(self) -> int:
        """Words of lanes that the units take."""
        return self.model.hidden

    @property
    def trace(self) -> UnitWrites:
        """The states as they are finished."""
        return UnitWrites(self.model.state_bits)


def radices(model: IntegerModel) -> list[int]:
    """List the radices that a model can have: powers of two up to its block."""
    most = min(MOST_STAGES, model.recurrence.row_sum.bit_length() - 1)
    return [1 << stages for stages in range(1, most + 1)]
