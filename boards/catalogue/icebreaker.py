"""The 1BitSquared iCEBreaker: an iCE40UP5K behind an FT2232H."""

from amaranth.build import Attrs
from amaranth_boards.icebreaker import ICEBreakerPlatform

from qrnn_hw.boards.catalogue.board import Board, Flash, SpiHeader
from qrnn_hw.boards.design.flash_pins import CLOCK, LINES, SELECT
from qrnn_hw.boards.families.ice40 import UP5K

ICEBREAKER = Board(
    name="icebreaker",
    platform=ICEBreakerPlatform,
    part=UP5K,
    resources={
        "oscillator": ("clk12", 0, None),
        # The bridge's second channel.
        "rx": ("uart", 0, "rx"),
        "tx": ("uart", 0, "tx"),
        "error": ("led_r", 0, None),
        "busy": ("led_g", 0, None),
        # On the part that can be broken off.
        "result": ("led_g", 1, None),
    },
    extras=tuple(ICEBreakerPlatform.break_off_pmod),
    oscillator_mhz=12,
    uart="USB, channel B",
    loader="ice40_generic",
    spi=SpiHeader("SPI, PMOD 1A", ("pmod", 0), Attrs(PULLUP=1)),
    # A Winbond W25Q128JV; the bitstream takes 102 KiB at its beginning.
    flash=Flash(
        base=1 << 20,
        size=1 << 24,
        fastest_mhz=48,
        resources={
            SELECT: ("spi_flash_1x", 0, "cs"),
            CLOCK: ("spi_flash_1x", 0, "clk"),
            **{
                line: ("spi_flash_1x", 0, name)
                for line, name in zip(LINES, ("copi", "cipo", "wp", "hold"), strict=True)
            },
        },
    ),
)
