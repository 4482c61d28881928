"""Integers as constant tables of C, several in a byte where they are small, and types that hold."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import Integers

COLUMNS = 96
PACKED = (1, 2, 4)  # bits of entries of which a byte has several; one bit stands for 1 and -1


def bits_of(values: Integers) -> int:
    """Return the least width of a table's entries: 1, 2 or 4 of packed ones, 8, 16, 32 or 64.

    >>> [bits_of(np.array(each)) for each in ([1, -1], [1, 0], [-8, 7], [8, 0], [1 << 31, 0])]
    [1, 2, 4, 8, 64]
    """
    if (np.abs(values) == 1).all():
        return 1
    low, high = int(values.min()), int(values.max())
    return next(b for b in (2, 4, 8, 16, 32, 64) if -(1 << b - 1) <= low and high < 1 << b - 1)


def integer(bits: int) -> str:
    """Name the narrowest signed type of 16 bits or more that holds so many.

    >>> integer(9), integer(17), integer(33)
    ('int16_t', 'int32_t', 'int64_t')
    """
    return f"int{next(size for size in (16, 32, 64) if bits <= size)}_t"


def size_of(kind: str) -> int:
    """Return the bytes of a type.

    >>> size_of("uint32_t")
    4
    """
    return int(kind.strip("uint_")) // 8


def sum_type(bits: int) -> str:
    """Name the type that sums of so many bits are formed in."""
    return integer(max(bits, 17))


def constant(value: int) -> str:
    """Write a whole number down, of any type: the least ones have no literal in C."""
    if value == -(1 << 63):
        return "(-INT64_C(9223372036854775807) - 1)"
    return str(value) if -(1 << 31) < value < 1 << 31 else f"INT64_C({value})"


def packed(values: Integers, bits: int) -> Integers:
    """Pack entries of ``bits`` bits into bytes, the first one lowest.

    >>> packed(np.array([1, -1, -1, 1, 1]), 1).tolist(), packed(np.array([1, -2, 3]), 4).tolist()
    ([25], [225, 3])
    """
    each = 8 // bits
    fields = (values > 0 if bits == 1 else values & (1 << bits) - 1).astype(np.int64).ravel()
    padded = np.concatenate([fields, np.zeros(-fields.size % each, np.int64)])
    return (padded.reshape(-1, each) << np.arange(each) * bits).sum(1)


@dataclass(frozen=True)
class Table:
    """A constant table.

    Parameters
    ----------
    name
        In C.
    values
        Of any shape; in C it has one axis.
    """

    name: str
    values: Integers

    @property
    def bits(self) -> int:
        """Width of an entry."""
        return bits_of(self.values)

    @property
    def bytes(self) -> int:
        """What it takes of a flash memory."""
        return -(-self.values.size * self.bits // 8)

    def definition(self) -> str:
        """Write the table down."""
        kind, entries = f"int{self.bits}_t", self.values.ravel()
        if self.bits in PACKED:
            kind, entries = "uint8_t", packed(self.values, self.bits)
        lines, line = [], "   "
        for text in map(constant, entries.tolist()):
            if len(line) + len(text) + 2 > COLUMNS:
                lines.append(line)
                line = "   "
            line += f" {text},"
        head = f"static const {kind} {self.name}[{entries.size}] = {{"
        return "\n".join([head, *lines, line, "};"])

    def entry(self, index: str) -> str:
        """Read an entry."""
        if self.bits in PACKED:
            return f"entry{self.bits}({self.name}, {index})"
        return f"{self.name}[{index}]"


READERS = {
    1: """\
/* Entry i of a table of 1 and -1, eight in a byte. */
static int entry1(const uint8_t *table, size_t i)
{
    return (table[i / 8] >> (i % 8) & 1) != 0 ? 1 : -1;
}
""",
    2: """\
/* Entry i of a table of words of two bits, four in a byte. */
static int entry2(const uint8_t *table, size_t i)
{
    return ((table[i / 4] >> (i % 4 * 2) & 3) ^ 2) - 2;
}
""",
    4: """\
/* Entry i of a table of words of four bits, two in a byte. */
static int entry4(const uint8_t *table, size_t i)
{
    return ((table[i / 2] >> (i % 2 * 4) & 15) ^ 8) - 8;
}
""",
}


def text(words: str) -> str:
    r"""Write a text as a literal of C, in UTF-8.

    >>> print(text('a "b" ??/ \u00e9'))
    "a \"b\" \?\?/ \303\251"
    """
    return '"' + "".join(map(_character, words.encode())) + '"'


def _character(byte: int) -> str:
    if chr(byte) in '"\\?':  # two question marks would begin another character
        return f"\\{chr(byte)}"
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"
