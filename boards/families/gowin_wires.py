"""A database for nextpnr in which a Gowin has no segments, long wires that make designs slow.

Before nextpnr 0.11 routes by time, it leads nets over segments, however little time they have:
every net of 8 to 50 sinks of which more than ten are far from its source, as far as there are
segments. A pin in the source's own tile is then as far away as one ten tiles from it: on a GW1N 2.2
ns instead of 0.3. It does so to save wires, of which our designs have enough. There is no option
against it, but nextpnr takes a database that is given to it (``--chipdb``), and does without
segments where a chip has none.

The layout is that of ``ChipInfoPOD`` in nextpnr's himbaechel/chipdb.h and of
``Extra_chip_data_POD`` in himbaechel/uarch/gowin/gowin.h: words of 32 bits; a pointer is relative
to its own place, and a list is a pointer with a number behind it.
"""

import struct

MAGIC, VERSION = 0x00CA7CA7, 6
# In bytes: of the chip's record its width and its pointers, of what is Gowin's own its segments.
_WIDTH, _UARCH, _EXTRA, _SEGMENTS = 8, 16, 80, 60


def without_segments(database: bytes) -> bytes | None:
    """Return a database of nextpnr's for a Gowin with an empty list of segments.

    Parameters
    ----------
    database
        As nextpnr's package brings it, ``chipdb-GW1N-9C.bin``.

    Returns
    -------
    bytes or None
        None if it is laid out otherwise, as by another version.
    """

    def word(place: int) -> int:
        found: int = struct.unpack_from("<i", database, place)[0]
        return found

    def follow(place: int) -> int:
        return place + word(place)

    try:
        chip = follow(0)
        architecture = follow(chip + _UARCH)
        count = follow(chip + _EXTRA) + _SEGMENTS + 4
        known = (
            (word(chip), word(chip + 4)) == (MAGIC, VERSION)
            and database[architecture : architecture + 6] == b"gowin\0"
            # The same number of segments at every column.
            and word(count) % word(chip + _WIDTH) == 0 < word(count)
        )
    except (struct.error, ZeroDivisionError):
        return None
    return database[:count] + bytes(4) + database[count + 4 :] if known else None
