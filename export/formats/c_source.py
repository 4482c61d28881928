"""The network as C99: exact to the bit, without allocation and floating point, for small machines.

Names of types, functions and constants begin with a prefix that is the caller's. Weights are
constant tables, several in a byte where they are small; every type is the narrowest that holds what
the model can produce. The C itself is in ``network.c.jinja`` and ``network.h.jinja``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.formats.c_tables import (
    READERS,
    Table,
    constant,
    size_of,
    sum_type,
    text,
)
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard

MOST = 1 << 26  # bytes of tables: a compiler takes minutes for more
LONGEST = 1000  # bytes of the name of a class: C99 promises 4,095 characters of a text


def _tables(model: IntegerModel) -> dict[str, Integers]:
    """List what a network multiplies by, (entries,) or any shape; of parities, by rows."""
    recurrence, inputs, readout = model.recurrence, model.inputs, model.readout
    tables: dict[str, Integers | None] = {}
    if isinstance(recurrence, Hadamard):
        tables |= {"signs": recurrence.signs, "decay": recurrence.decay}
    else:
        tables["weights"] = recurrence.weights
    if recurrence.activation == "modrelu":
        tables["threshold"] = model.bias[0]
    if isinstance(inputs, Numbers):
        tables |= {"u": inputs.u, "zero": inputs.zero}
    else:
        tables["tokens"] = inputs.table
    if readout.layer is not None:
        tables["layer"] = readout.layer.v
    tables["outputs"] = readout.v
    return {name: values for name, values in tables.items() if values is not None}


def _rows(model: IntegerModel) -> dict[str, Integers]:
    """List what may alternate between even steps and odd ones, (parities, n) each."""
    rows = {"class_bias": model.readout.class_bias}
    if isinstance(model.inputs, Numbers):
        rows["gain"] = model.inputs.gain[:, None]
    if model.recurrence.activation != "modrelu" and model.bias.any():
        rows["bias"] = model.bias
    if model.origin is not None:
        rows["origin"] = model.origin.levels
    if model.readout.layer is not None:
        rows["layer_bias"] = model.readout.layer.bias
    return rows


@dataclass(frozen=True)
class Source:
    """A network in C.

    Parameters
    ----------
    model
        The network.
    name
        Prefix of all names, an identifier of C.
    header
        Name of the file that declares it.
    version
        Of this package.

    Raises
    ------
    ModelError
        If it takes more than 64 MiB, or the name of a class is longer than a text of C may be.
    """

    model: IntegerModel
    name: str
    header: str
    version: str

    def __post_init__(self) -> None:
        if long := [each for each in self.model.labels if len(each.encode()) > LONGEST]:
            raise ModelError(
                f"the name of a class must be {LONGEST} bytes or less to be a text of C, and one "
                f"has {len(long[0].encode())}",
                "give the classes shorter names",
            )
        if self.flash > MOST:
            raise ModelError(
                f"the tables of a C file must be {MOST >> 20} MiB or less, not {self.flash >> 20}",
                "take a smaller network, or a shorter table of tokens; `--to onnx` takes more",
            )

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Its tables by their names; of rows that are equal there is one."""
        tables = {name: Table(name, values) for name, values in _tables(self.model).items()}
        for name, rows in _rows(self.model).items():
            same = bool((rows == rows[0]).all())
            tables[name] = Table(name, rows[:1] if same else rows)
        return tables

    @property
    def flash(self) -> int:
        """Bytes of its tables."""
        return sum(each.bytes for each in self.tables.values())

    @property
    def sum(self) -> str:
        """The type of a step's sums."""
        return sum_type(self.model.exact_bits)

    @property
    def pool(self) -> str:
        """The type of a pool; "" where there is none."""
        return "" if self.model.readout.pool is None else sum_type(self.model.pool_bits)

    @property
    def fields(self) -> list[tuple[str, str, int]]:
        """Fields of the state, type, name and how many; wide ones first, so that none is padded."""
        d = self.model.hidden
        found = [(self.pool, "pools", d)] if self.pool else []
        if isinstance(self.model.recurrence, Hadamard):
            found.append((self.sum, "states", d))
        else:
            found += [("int16_t", "states", d), ("int16_t", "next", d)]
        return sorted([*found, ("uint32_t", "step", 1)], key=lambda field: -size_of(field[0]))

    @property
    def ram(self) -> int:
        """Bytes of the state, where a type begins at multiples of its size."""
        total = sum(size_of(kind) * count for kind, _, count in self.fields)
        widest = max(size_of(kind) for kind, _, _ in self.fields)
        return -(-total // widest) * widest

    @property
    def stack(self) -> int:
        """Bytes in arrays of a function, the most at a time."""
        layer, inputs = self.model.readout.layer, self.model.inputs
        scaled = size_of(self.sum) * inputs.channels if isinstance(inputs, Numbers) else 0
        return max(scaled, 0 if layer is None else 4 * len(layer.v))

    def _row(self, name: str) -> Callable[[str], str]:
        """Return what reads entry ``index`` of the rows of a step's parity, p in C."""
        table = self.tables[name]
        rows, columns = table.values.shape
        if rows == 1:
            return table.entry
        return lambda index: table.entry(f"p * {columns} + {index}")

    def _origin(self, parity: str) -> str:
        """Read the origin of unit i, of a parity: "0", or p in C."""
        origin = self.model.origin
        if origin is None:
            return "0"
        table, place = self.tables["origin"], "i"
        if len(table.values) > 1 and parity == "p":
            place = f"p * {self.model.hidden} + i"
        even, odd = (1 << int(origin.shift[t % self.model.parities]) for t in (0, 1))
        scale = str(even) if parity == "0" or even == odd else f"(p != 0 ? {odd} : {even})"
        return f"(int32_t){table.entry(place)} * {scale}"

    def _alternating(self, of_step: Callable[[int], int]) -> str:
        """Write a number that may be another one in odd steps."""
        even, odd = of_step(0), of_step(1)
        return constant(even) if even == odd else f"(p != 0 ? {constant(odd)} : {constant(even)})"

    def _facts(self) -> dict[str, Any]:
        """List what the templates are filled with."""
        model, recurrence, inputs = self.model, self.model.recurrence, self.model.inputs
        layer, low, high = model.readout.layer, *map(constant, model.input_range)
        widths = {each.bits for each in self.tables.values()}
        facts: dict[str, Any] = {
            "model": model, "name": self.name, "header": self.header, "version": self.version,
            "d": model.hidden, "low": low, "high": high, "parities": model.parities,
            "hadamard": isinstance(recurrence, Hadamard), "numbers": isinstance(inputs, Numbers),
            "activation": recurrence.activation, "biased": "bias" in self.tables,
            "top": (1 << model.state_bits - 1) - 1, "labels": list(map(text, model.labels)),
            "sum": self.sum, "pool": self.pool, "logit": sum_type(model.logit_bits),
            "read_type": self.pool or "int32_t", "fields": self.fields, "ram": self.ram,
            "stack": self.stack, "flash": self.flash, "tables": self.tables.values(),
            "readers": [READERS[each] for each in sorted(widths & set(READERS))],
            "read": SimpleNamespace(**{name: each.entry for name, each in self.tables.items()}),
            "row": SimpleNamespace(**{name: self._row(name) for name in _rows(model)}),
            "origin": self._origin,
        }  # fmt: skip
        shift = self._alternating(model.shift)
        facts |= {
            "shift": shift,
            "half": self._alternating(lambda step: 1 << model.shift(step) >> 1),
            "alternates": model.shift(0) != model.shift(1),
        }
        kinds = {self.sum} if recurrence.multiplier == 1 else set()
        if recurrence.multiplier != 1:
            bits = max(model.exact_bits + recurrence.multiplier.bit_length(), model.shift(0)) + 1
            facts["scaled"] = sum_type(bits)
            kinds.add(facts["scaled"])
        if model.halvings:
            facts["word"] = self._alternating(model.sum_word)
        if isinstance(inputs, Numbers):
            half = 1 << inputs.gain_frac - 1
            largest = (int(inputs.gain.max()) << inputs.factor_bits) + half
            facts |= {"gained": sum_type(largest.bit_length() + 1), "gain_half": constant(half)}
            kinds.add(facts["gained"])
        else:
            scales = inputs.table_shift
            facts["table_scale"] = self._alternating(lambda t: 1 << int(scales[t % len(scales)]))
        if layer is not None:
            bits = max(model.sum_bits, layer.shift) + 2
            facts |= {"between": sum_type(bits), "layer_half": constant(1 << layer.shift >> 1)}
            kinds.add(facts["between"])
        if model.readout.pool is not None and model.readout.pool.leak:
            kinds.add(self.pool)
        return facts | {"shifted": sorted(kinds)}

    def files(self) -> tuple[str, str]:
        """Write the header and the source."""
        facts = self._facts()
        header, source = (
            _templates().get_template(f"network.{each}.jinja").render(facts) for each in "hc"
        )
        return header, source


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("qrnn_hw.export.formats", "."), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
