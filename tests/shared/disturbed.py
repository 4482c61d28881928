"""What can happen between a host and a board: bytes that change, and a supply that fails."""

from qrnn_hw.boards.link.host.frame import CRC
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.protocol import SYNC


class TamperingPort:
    """A port in front of another that alters, drops or inserts bytes.

    ``to_board`` and ``to_host`` map the position of a byte, counted from the first, to the
    bytes that take its place.
    """

    def __init__(self, port, to_board=None, to_host=None):
        self.timeout = None
        self.port = port
        self.plans = (to_board or {}, to_host or {})
        self.positions = [0, 0]
        self.pending = bytearray()
        self.sent, self.arrived = (bytearray(), bytearray()), (bytearray(), bytearray())

    def tamper(self, way, data):
        altered = bytearray()
        for byte in data:
            altered += self.plans[way].get(self.positions[way], bytes([byte]))
            self.positions[way] += 1
        self.sent[way].extend(data)
        self.arrived[way].extend(altered)
        return bytes(altered)

    @property
    def forged(self):
        """Whether a frame arrived, with a CRC that is right, which nobody sent.

        Of 65,536 that are altered one is such a frame: no receiver can tell.
        """
        for sent, arrived in zip(self.sent, self.arrived):
            for begin in (place for place, byte in enumerate(arrived[:-2]) if byte == SYNC):
                frame = arrived[begin : begin + arrived[begin + 2] + 5]
                crc = int.from_bytes(frame[-2:], "little")
                if len(frame) > 5 and CRC.compute(frame[1:-2]) == crc and frame not in sent:
                    return True
        return False

    def write(self, data):
        return self.port.write(self.tamper(0, data))

    def read(self, size=1):
        while len(self.pending) < size and (data := self.port.read(size - len(self.pending))):
            self.pending += self.tamper(1, data)
        data = bytes(self.pending[:size])
        del self.pending[:size]
        return data

    def close(self):
        self.port.close()


class Restarting(ReferenceBoard):
    """Loses its supply once, before a certain write."""

    def __init__(self, identity, classify, writes):
        self.writes = writes
        super().__init__(identity, classify)

    def write(self, data):
        self.writes -= 1
        if not self.writes:
            self.__init__(self._identity, self._classify, 0)
        return super().write(data)
