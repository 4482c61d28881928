"""The cocotb side of :mod:`qrnn_hw.sim.pins.cosim`: a link at a design's pins, told what to do."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotbext.uart import UartSink, UartSource

from qrnn_hw.sim.pins.bench_pins import BAUD, BoardFault, Pins
from qrnn_hw.sim.pins.bench_spi import SpiBench

BYTE_BITS = 10
RESET_BITS = 2
ORDER = "order.json"


class UartBench(Pins):
    """The pins of a design whose link is a UART, and a host's UART.

    Parameters
    ----------
    top
        The design.
    order
        ``skew``: how much faster the host's clock runs than its nominal rate, as a fraction.
        ``strict``: whether a byte of the board without a stop bit is an error; else it is lost.
    """

    def __init__(self, top: HierarchyObject, order: Mapping[str, Any]) -> None:
        super().__init__(top)
        baud = BAUD * (1 + order["skew"])
        # Not only the whole numbers that their defaults look like.
        self.source = UartSource(top.rx, baud)  # pyright: ignore[reportArgumentType]
        # The ninth bit is the stop bit, and a quarter of a bit later the next byte may begin.
        self.sink = UartSink(top.tx, baud, bits=9, stop_bits=0.25)  # pyright: ignore[reportArgumentType]
        self.strict = order["strict"]
        self.heard = bytearray()

    async def write(self, data: str) -> None:
        """Queue bytes, in hexadecimal, for the board; they are sent while time passes."""
        self.source.write_nowait(bytes.fromhex(data))

    async def read(self, size: int, quiet_bits: int) -> str:
        """Let time pass until ``size`` bytes came, or none came or left for ``quiet_bits``."""
        self.hear()
        quiet = 0
        while len(self.heard) < size and quiet < quiet_bits:
            await self.wait(BYTE_BITS)
            busy = not self.source.idle() or not self.sink.idle() or self.sink.count()
            quiet = 0 if busy else quiet + BYTE_BITS
            self.hear()
        data = bytes(self.heard[:size])
        del self.heard[:size]
        return data.hex()

    def hear(self) -> None:
        """Take what has come from the board."""
        words = self.sink.read_nowait()
        if self.strict and not all(word >> 8 for word in words):
            raise BoardFault(f"every byte of the board must end in a stop bit: {words}")
        self.heard += bytes(word & 0xFF for word in words if word >> 8)

    async def wave(self, levels: list[tuple[int, float]]) -> None:
        """Put levels on the idle line to the board, each for a number of bits."""
        while not self.source.idle():
            await self.wait(1)
        for level, bits in levels:
            self.top.rx.value = level
            await self.wait(bits)
        self.top.rx.value = 1


BENCHES = {"uart": UartBench, "spi": SpiBench}


@cocotb.test
async def serve(top: HierarchyObject) -> None:
    """Do what comes over the socket, one call a line, until it is closed."""
    order = json.loads(Path(ORDER).read_text())
    Clock(getattr(top, order["clock"]), order["period_ps"], "ps").start(start_high=False)
    bench = BENCHES[order["link"]](top, order)
    if order["reset"]:
        await bench.drive(order["reset"], 1)
        await bench.wait(RESET_BITS)
        await bench.drive(order["reset"], 0)
    with (
        socket.socket(fileno=order["socket"]) as line,
        line.makefile("rw", encoding="ascii") as calls,
    ):
        for call in calls:
            name, *arguments = json.loads(call)
            value, fault = None, None
            try:
                value = await getattr(bench, name)(*arguments)
            except BoardFault as error:
                fault = str(error)
            calls.write(json.dumps([value, fault]) + "\n")
            calls.flush()
