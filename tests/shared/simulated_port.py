"""A serial port whose other end is a design in Amaranth's simulator."""

from collections import deque

from amaranth.lib import wiring
from amaranth.sim import Simulator, SimulatorContext

#: The clock of the simulation; its rate changes nothing that can be seen.
PERIOD = 1e-6


class SimulatedPort:
    """Talk to a design through its serial pins, as pyserial's ``Serial`` talks to a board.

    The simulation runs only while :meth:`read` waits; bytes written before are sent meanwhile.

    Parameters
    ----------
    design
        Component with members ``rx`` and ``tx``, in the domain ``sync``.
    divisor
        Clock cycles of a bit.
    quiet_bits
        Bits of silence after which :meth:`read` gives up, as a ``timeout`` in seconds would.

    Attributes
    ----------
    timeout
        Ignored: time is simulated.
    to_board, to_host : deque of int
        Bytes that wait to be sent, and bytes that were received; a test may tamper with them. A
        byte ``~b`` is sent without its stop bit.
    """

    def __init__(self, design: wiring.Component, divisor: int, quiet_bits: int = 600) -> None:
        self.timeout: float | None = None
        self.to_board: deque[int] = deque()
        self.to_host: deque[int] = deque()
        self._design = design
        self._divisor = divisor
        self._quiet_bits = quiet_bits
        self._bits = 0
        self._simulator = Simulator(design)
        self._simulator.add_clock(PERIOD)
        self._simulator.add_testbench(self._send, background=True)
        self._simulator.add_testbench(self._receive, background=True)

    def write(self, data: bytes) -> int:
        """Queue bytes for the board."""
        self.to_board.extend(data)
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """Run until ``size`` bytes came from the board, or both lines have been silent."""
        quiet = 0
        while len(self.to_host) < size and quiet < self._quiet_bits:
            before = len(self.to_host)
            self._bits += 10
            self._simulator.run_until(self._bits * self._divisor * PERIOD)
            quiet = 0 if self.to_board or len(self.to_host) > before else quiet + 10
        return bytes(self.to_host.popleft() for _ in range(min(size, len(self.to_host))))

    def close(self) -> None:
        """Do nothing: there is no port to give back."""

    async def _send(self, ctx: SimulatorContext) -> None:
        bit = self._divisor * PERIOD
        while True:
            word, bits = -1, 10
            if self.to_board:
                byte = self.to_board.popleft()
                word = byte << 1 | 1 << 9
                if byte < 0:
                    # Without a stop bit; then quiet until the board waits for the next byte.
                    word, bits = ~byte << 1 | -1 << 10, 20
            for position in range(bits):
                ctx.set(self._design.rx, word >> position & 1)
                await ctx.delay(bit)

    async def _receive(self, ctx: SimulatorContext) -> None:
        bit = self._divisor * PERIOD
        while True:
            await ctx.negedge(self._design.tx)
            await ctx.delay(bit / 2)
            byte = 0
            for position in range(8):
                await ctx.delay(bit)
                byte |= ctx.get(self._design.tx) << position
            await ctx.delay(bit)
            if ctx.get(self._design.tx):
                self.to_host.append(byte)
