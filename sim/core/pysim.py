"""The bench of ``bench.v`` in Amaranth's own simulator: slow cycles, but nothing to compile."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from amaranth.sim import Simulator, SimulatorContext

from qrnn_hw.sim.core.order import Order
from qrnn_hw.sim.core.recording import OUTPUT, Recording, trace_record
from qrnn_hw.sim.core.rows import row_source

Step = tuple[int, int, bool]


def _steps(order: Order) -> Iterator[Step]:
    """Yield the idle cycles, the data and the end mark of every step."""
    data = order.plan.model.inputs.pack(np.concatenate(order.sequences))
    ends = set(np.cumsum([len(x) for x in order.sequences]) - 1)
    for number, (idle, value) in enumerate(zip(order.idle.tolist(), data)):
        yield idle, value, number in ends


def record(order: Order) -> Recording:
    """Run an order, without its resets, on the core of its plan.

    Returns
    -------
    Recording
        What ``bench.v`` would have recorded.
    """
    dut = order.plan.core()
    accepted: list[int] = []
    outputs: list[tuple[int, ...]] = []
    trace: list[tuple[int, bytes]] = []
    ending = {"finished": False, "unstable": 0, "busy": True}
    record_type = trace_record(len(dut.trace.word))
    size = record_type["word"].itemsize

    async def bench(ctx: SimulatorContext) -> None:
        steps, pauses = _steps(order), iter(order.pauses.tolist())
        idle, value, last = next(steps)
        more, pause, held, drained = True, next(pauses, 0), None, 0
        for cycle in range(order.deadline):
            # While nothing is offered, the data is wrong and ends the sequence.
            offered = more and not idle
            ctx.set(dut.x.valid, offered)
            ctx.set(dut.x.payload.data, value if offered else ~value)
            ctx.set(dut.x.payload.last, last or not offered)
            ctx.set(dut.y.ready, pause == 0)
            if ctx.get(dut.trace.enable):
                word = ctx.get(dut.trace.word) & (1 << 8 * size) - 1
                trace.append((ctx.get(dut.trace.address), word.to_bytes(size, "little")))
            now = None
            if ctx.get(dut.y.valid):
                y = dut.y.payload
                now = (ctx.get(y.data), ctx.get(y.user), ctx.get(y.last))
            ending["unstable"] += held is not None and now != held
            held = None
            if now is not None and pause == 0:
                outputs.append((cycle, *now))
                pause = next(pauses, 0)
            elif now is not None:
                held, pause = now, pause - 1
            if offered and ctx.get(dut.x.ready):
                accepted.append(cycle)
                idle, value, last = next(steps, (0, 0, True))
                more = len(accepted) < order.idle.size
            elif idle:
                idle -= 1
            if len(outputs) >= order.transfers:
                drained += 1
                ending["finished"] = drained > order.drain
            if ending["finished"]:
                break
            await ctx.tick()
        ending["busy"] = bool(ctx.get(dut.busy))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    if (rows := row_source(order.plan)) is not None:
        simulator.add_testbench(partial(rows.feed, dut, order.gaps), background=True)
    simulator.run()
    return Recording(
        np.array(accepted, np.uint32),
        np.array(outputs, OUTPUT),
        np.array([(at, tuple(word)) for at, word in trace], record_type),
        **ending,
    )
