"""A WebAssembly module, byte by byte: as much of the format as a core needs.

The numbers are those of the core specification, release 1.0, section 5.
"""

I32, I64 = 0x7F, 0x7E
PAGE = 1 << 16
#: Instructions without operands.
PLAIN = {
    "return": 0x0F, "select": 0x1B, "i32.eqz": 0x45, "i32.eq": 0x46, "i32.ge_u": 0x4F,
    "i64.eqz": 0x50, "i64.eq": 0x51, "i64.ne": 0x52, "i64.lt_s": 0x53, "i64.lt_u": 0x54,
    "i64.gt_s": 0x55, "i64.gt_u": 0x56, "i64.le_s": 0x57, "i64.le_u": 0x58, "i64.ge_s": 0x59,
    "i64.ge_u": 0x5A, "i32.add": 0x6A, "i32.sub": 0x6B, "i32.mul": 0x6C, "i32.and": 0x71,
    "i32.lt_u": 0x49, "i64.popcnt": 0x7B, "i64.add": 0x7C, "i64.sub": 0x7D, "i64.mul": 0x7E,
    "i64.and": 0x83, "i64.or": 0x84, "i64.xor": 0x85, "i64.shl": 0x86, "i64.shr_s": 0x87,
    "i64.shr_u": 0x88, "i32.wrap_i64": 0xA7, "i64.extend_i32_u": 0xAD, "end": 0x0B, "else": 0x05,
}  # fmt: skip
#: Accesses of memory, with the logarithm of their alignment.
ACCESS = {
    "i32.load": (0x28, 2), "i64.load": (0x29, 3), "i64.load8_u": (0x31, 0),
    "i64.load16_u": (0x33, 1), "i64.load32_u": (0x35, 2), "i32.store": (0x36, 2),
    "i64.store": (0x37, 3), "i64.store8": (0x3C, 0), "i64.store16": (0x3D, 1),
    "i64.store32": (0x3E, 2),
}  # fmt: skip


def unsigned(value: int) -> bytes:
    """Write a number in LEB128."""
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def signed(value: int) -> bytes:
    """Write a signed number in LEB128."""
    found = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        done = value == -(low >> 6)
        found.append(low | (0 if done else 0x80))
        if done:
            return bytes(found)


class Function:
    """The code of a function, written in order, and its variables."""

    def __init__(self, parameters: int) -> None:
        self.code = bytearray()
        self._parameters = parameters
        self._locals = 0

    def local(self) -> int:
        """Return a new variable of 64 bits."""
        self._locals += 1
        return self._parameters + self._locals - 1

    def emit(self, *names: str) -> None:
        """Write instructions without operands."""
        self.code += bytes(PLAIN[name] for name in names)

    def const(self, value: int) -> None:
        """Push 64 bits."""
        value &= (1 << 64) - 1
        self.code += b"\x42" + signed(value - (value >> 63 << 64))

    def const32(self, value: int) -> None:
        """Push 32 bits."""
        self.code += b"\x41" + signed(value)

    def get(self, index: int) -> None:
        """Push a variable."""
        self.code += b"\x20" + unsigned(index)

    def set(self, index: int) -> None:
        """Pop into a variable."""
        self.code += b"\x21" + unsigned(index)

    def access(self, name: str, offset: int) -> None:
        """Load or store at the address that was pushed, and so many bytes more."""
        code, align = ACCESS[name]
        self.code += bytes([code, align]) + unsigned(offset)

    def block(self, kind: str) -> None:
        """Begin a block, a loop or an if, without a result."""
        self.code += bytes([{"block": 0x02, "loop": 0x03, "if": 0x04}[kind], 0x40])

    def branch(self, depth: int, *, always: bool = False) -> None:
        """Leave or repeat a block, if what was pushed is not 0."""
        self.code += bytes([0x0C if always else 0x0D]) + unsigned(depth)

    def body(self) -> bytes:
        """Return it as a module holds it."""
        variables = unsigned(1) + unsigned(self._locals) + bytes([I64]) if self._locals else b"\0"
        whole = variables + bytes(self.code) + b"\x0b"
        return unsigned(len(whole)) + whole


def _section(number: int, entries: list[bytes]) -> bytes:
    content = unsigned(len(entries)) + b"".join(entries)
    return bytes([number]) + unsigned(len(content)) + content


def _name(text: str) -> bytes:
    return unsigned(len(text)) + text.encode()


def module(function: Function, name: str, memory: int, data: list[tuple[int, bytes]]) -> bytes:
    """Lay out a module with one function of a number of 32 bits, and a memory.

    Parameters
    ----------
    name
        Of the function; the memory is called ``memory``.
    memory
        Bytes of the memory.
    data
        What it holds at first, where it is not 0: addresses and bytes.
    """
    pages = -(-memory // PAGE)
    return b"\0asm\x01\0\0\0" + b"".join(
        [
            _section(1, [b"\x60" + unsigned(1) + bytes([I32]) + unsigned(0)]),
            _section(3, [unsigned(0)]),
            _section(5, [b"\x01" + unsigned(pages) + unsigned(pages)]),
            _section(7, [_name(name) + b"\0\0", _name("memory") + b"\x02\0"]),
            _section(10, [function.body()]),
            _section(
                11,
                [
                    b"\0\x41" + signed(start) + b"\x0b" + unsigned(len(content)) + content
                    for start, content in data
                ],
            ),
        ]
    )
