"""What clock a design will reach, before it is routed."""

from functools import lru_cache
from math import exp, log2

from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.coefficients import PERIOD
from qrnn_hw.boards.families.family import Device
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.engine import Plan


def group(device: Device) -> str:
    """Name the devices that are as fast as this one."""
    return {"up5k": "UP5K", "hx1k": "HX", "hx8k": "HX"}.get(device.code, device.family.name)


@lru_cache(maxsize=1 << 13)
def _whole(plan: Plan) -> Cost:
    """Estimate what a core and its link take: of one plan for one board after the other."""
    return plan.cost() + link_cost(plan.model)


def features(plan: Plan, device: Device) -> dict[str, float]:
    """Count what makes paths longer, each with the weight that :data:`PERIOD` gives to it."""
    cost = _whole(plan)
    taken = device.room.takes(cost)
    name = group(device)
    return {
        name: 1.0,
        f"{plan.engine} engine": 1.0,
        f"{plan.engine} engine, {name}": 1.0,
        "cells": log2(taken.cells / 1000),
        # Behind a memory; where inputs are tokens, there is none.
        f"multiplier, {name}": float(cost.dsps > 0 and isinstance(plan.model.inputs, Numbers)),
        "bits written one by one": float(bool(cost.masked)),
    }


def clock_mhz(plan: Plan, device: Device) -> float:
    """Estimate the highest clock, in MHz, of a design with the core of ``plan`` and its link.

    Of a device that no router of ours knows, it is what its designs usually have.
    """
    if group(device) not in PERIOD:
        return device.clock_mhz
    found = features(plan, device)
    return 1e3 / exp(sum(value * PERIOD.get(name, 0.0) for name, value in found.items()))
