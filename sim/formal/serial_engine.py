"""The proofs about the serial engine of a plan."""

from collections.abc import Iterator

import numpy as np

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.table import constants
from qrnn_hw.sim.formal.accumulator import accumulating
from qrnn_hw.sim.formal.butterflies import butterflies
from qrnn_hw.sim.formal.decay import decaying
from qrnn_hw.sim.formal.fold import folding
from qrnn_hw.sim.formal.gain import scaling
from qrnn_hw.sim.formal.halving import halving
from qrnn_hw.sim.formal.input_stream import taking
from qrnn_hw.sim.formal.layer import storing
from qrnn_hw.sim.formal.pool import counting, pooling
from qrnn_hw.sim.formal.products import multiplying
from qrnn_hw.sim.formal.proof import Proof
from qrnn_hw.sim.formal.scaler import working_ahead
from qrnn_hw.sim.formal.serial_readout import weighing
from qrnn_hw.sim.formal.serial_sums import summing
from qrnn_hw.sim.formal.still import still_fold, still_lanes
from qrnn_hw.sim.formal.taking_back import overtaking, repeating, voiding
from qrnn_hw.sim.formal.turns import keeping_reads, keeping_writes
from qrnn_hw.sim.formal.update import updating


def serial_engine(plan: SerialPlan) -> Iterator[Proof]:
    """List them."""
    model, bits = plan.model, plan.model.state_bits
    if not (plan.accumulates or plan.fetches):
        scaler, both = None, plan.at_once
        if plan.streams:
            scaler = Scaler(model, slack=plan.take_offset, at_once=both)
        yield taking(scaler or TokenInput(model, both))
    if isinstance(model.inputs, Numbers):
        yield scaling(model.inputs)
    if plan.streams:
        yield working_ahead(plan)
    if plan.accumulates:
        yield accumulating(plan)
    for channel in range(plan.streams):
        yield multiplying(plan, channel)
    if plan.terms > 1:
        yield summing("input terms", plan.word, *_terms(plan))
    # A state less its origin has one bit more.
    read = signed_bits(plan.largest_read)
    if plan.halvings:
        yield from _halved(plan, read + plan.halvings)
    else:
        yield butterflies(LaneTransform(plan.lanes, plan.lane_stages), plan.word, bits)
        yield butterflies(LaneTransform(plan.lanes, plan.lane_stages), plan.read_word, read)
        grown = len(plan.lane_stages)
        for number, distance in enumerate(plan.fold_stages):
            yield folding(plan, distance, bits + 1 + grown + number)
            if plan.pool_planes:  # which may have more bits than words of steps have
                yield folding(plan, distance, read + grown + number, plan.lengths[-1:])
    if plan.decay is not None:
        yield decaying(plan)
    yield updating(plan)
    if plan.trusts:
        yield voiding(plan)
        for channel in range(plan.streams):
            yield repeating(plan, channel)
        for halved in sorted({plan.halves(d * plan.lanes) for d in plan.fold_stages}):
            yield overtaking(halved=halved)
    if plan.finishes_in_network:
        yield from _still(plan)
    if plan.at_once > 1:
        yield keeping_writes(plan)
        yield keeping_reads(plan, steps=True)
        yield keeping_reads(plan, steps=False)
    if plan.sums > 1:
        most = plan.block * plan.largest_read
        yield summing("blocks", plan.read_word, (most,) * plan.sums)
    if plan.pool_planes:
        yield pooling(plan)
    if plan.most_steps:
        yield counting(plan)
    if plan.units:
        yield storing(plan)
    else:
        yield weighing(plan)


def _halved(plan: SerialPlan, width: int) -> Iterator[Proof]:
    """List the proofs of a transform that drops bits; dot products come in with ``width``.

    The sums of a step wrap as they are specified to. Dot products do not overflow, and of these the
    bits that are dropped are zeros.
    """
    halved = tuple(filter(plan.halves, plan.lane_stages))
    if halved:
        yield halving(plan.word)
    yield butterflies(LaneTransform(plan.lanes, plan.lane_stages, halved), plan.read_word, width)
    width += len(plan.lane_stages) - len(halved)
    between = [plan.halves(distance * plan.lanes) for distance in plan.fold_stages]
    if any(between):
        yield halving(plan.word, between_words=True)
    for distance, halves in zip(plan.fold_stages, between):
        yield folding(plan, distance, width, plan.lengths[-1:])
        width += not halves


def _still(plan: SerialPlan) -> Iterator[Proof]:
    """List the proofs of stages that words pass as they are; those far apart are like nearer ones.

    Where the last one takes origins from states it is not still.
    """
    if plan.lane_stages:
        yield still_lanes(halved=any(map(plan.halves, plan.lane_stages)))
    still = [d for d in plan.fold_stages if plan.passes_still or d > 1]
    for distance, halved in sorted({(min(d, 2), plan.halves(d * plan.lanes)) for d in still}):
        yield still_fold(distance, halved=halved)


def _terms(plan: SerialPlan) -> tuple[tuple[int, ...], int]:
    """Return the largest magnitudes of what lanes add, and of its sum."""
    model, constant = plan.model, int(np.abs(constants(plan.model)).max())
    number = (1 << model.numbers.scaled_bits - 1) - 1
    products = [int(np.abs(model.numbers.u[:, c]).max()) * number for c in range(plan.streams)]
    if plan.table is None:
        products[0] += constant  # the rounding half
    else:
        products.insert(0, constant)
    return tuple(products), model.inputs.largest_term + constant
