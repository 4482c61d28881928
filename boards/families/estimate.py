"""What clock a design will reach, before it is routed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log2
from typing import NamedTuple

from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.coefficients import PERIOD
from qrnn_hw.boards.families.family import ICE40_KBIT, Device
from qrnn_hw.hw.cost import Cost, stacked
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.path import Path

#: In :data:`PERIOD`, with the name of devices in front: ns of a level of logic with the wires to
#: it, and of a multiplier; and with their name behind: levels more of a design of 2000 cells.
LEVEL, PRODUCT, WIRES = " level", " product", "wires, "
#: With the name of devices behind: levels more of what enters an adder's carries, and leaves them.
CHAIN = "chain, "
#: Levels more of what goes through the whole design, if that has 2000 cells; and of a multiplier
#: that is made of cells, for twice the bits of its smaller operand.
SPREAD, OF_CELLS = "spread", "multiplier of cells"
#: Levels more behind twice the block RAMs, one above another.
BANKS = "banks"
#: How sharply the longest path decides: of several that are as long, one becomes longer by chance.
SHARP = 10
LEAST = 0.2  # levels, of a path


class Delays(NamedTuple):
    """What nextpnr takes for granted of some devices, in ns.

    Parameters
    ----------
    flip_flop, memory
        From the edge of a clock to the output of a flip-flop and of a block RAM.
    carry
        Of an adder, for each bit.
    """

    flip_flop: float
    memory: float
    carry: float


DELAYS = {
    "UP5K": Delays(1.39, 1.39, 0.278),
    "HX": Delays(0.54, 2.15, 0.126),
    "ECP5-6": Delays(0.52, 5.7, 0.036),
    "ECP5-8": Delays(0.4, 4.26, 0.028),
    "GW1N": Delays(0.46, 3.46, 0.08),
    "GW2A": Delays(0.23, 1.75, 0.04),
}


class Timed(NamedTuple):
    """A path on a device.

    Parameters
    ----------
    ns
        What is known of its delay.
    levels
        What its levels of logic are the sum of: how much of what :data:`PERIOD` has levels for.
    multipliers
        How many there are in it, 0 or 1.
    """

    ns: float
    levels: Mapping[str, float]
    multipliers: int


@lru_cache(maxsize=1 << 13)
def _whole(plan: Plan) -> Cost:
    """Estimate what a core and its link take: of one plan for one board after the other."""
    return plan.cost() + link_cost(plan.model)


def timed(plan: Plan, device: Device) -> list[Timed]:
    """List what may be the longest path of a core with its link, of a device with known delays."""
    cost = _whole(plan)
    larger = log2(device.room.takes(cost).cells / 1000)
    return [on_device(path, device, larger) for path in cost.paths]


def on_device(path: Path, device: Device, larger: float) -> Timed:
    """Say what a path is made of on a device, in a design of ``2 ** larger`` thousand cells."""
    name = device.speed
    delays = DELAYS[name]
    levels = {path.name: 1.0, WIRES + name: larger, **path.more}
    if path.spread:
        levels |= {SPREAD: larger, f"{path.name}, {name}": 1.0}
    if path.carry:
        levels[CHAIN + name] = 1.0
    carry, multipliers = path.carry, int(bool(path.factors))
    if multipliers and not device.dsps:
        levels[OF_CELLS], multipliers = log2(min(path.factors)), 0
        carry += sum(path.factors)
    begin = delays.flip_flop
    if path.memory:
        begin = delays.memory
        levels[BANKS] = log2(stacked(*path.memory, larger=device.ram_kbit > ICE40_KBIT))
    return Timed(begin + carry * delays.carry, levels, multipliers)


def period_ns(paths: Sequence[Timed], name: str, found: Mapping[str, float]) -> float:
    """Estimate the clock's period on the devices of a name, by coefficients."""
    level, multiplier = found[name + LEVEL], found[name + PRODUCT]

    def delay(path: Timed) -> float:
        levels = sum(found.get(item, 0.0) * count for item, count in path.levels.items())
        return path.ns + level * max(LEAST, levels) + multiplier * path.multipliers

    delays = map(delay, paths)
    return float(sum(each**SHARP for each in delays) ** (1 / SHARP))


def clock_mhz(plan: Plan, device: Device) -> float:
    """Estimate the highest clock, in MHz, of a design with the core of ``plan`` and its link.

    Of one that no router of ours knows, it is what its designs usually have.
    """
    if not device.speed:
        return device.clock_mhz
    return 1e3 / period_ns(timed(plan, device), device.speed, PERIOD)
