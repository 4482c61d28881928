"""core.v against the model's vectors, in cocotb 2: `python test_core.py`, or pytest.

The vectors are in test_core.json: steps as words of x_data, the logits and classes that they must
give, and what else the core is fed with. Nothing but cocotb and a simulator is needed.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer

HERE = Path(__file__).resolve().parent
VECTORS = json.loads((HERE / "test_core.json").read_text())
HALF = 5  # ns of half a clock cycle
STALLED = 0.3  # share of the cycles in which a stream is held back, where it is
BYTE_CYCLES = 2  # from a byte of a row to the next


class Bench:
    """A core, its clock and its streams; every wait is a cycle.

    Parameters
    ----------
    core
        The module.
    stalled
        Whether inputs and outputs are held back at random.
    """

    def __init__(self, core: Any, stalled: bool) -> None:
        self.core, self.stalled = core, stalled
        self.random = random.Random(1)
        self.steps = [
            (word, number + 1 == len(sequence["x"]), side % 2)
            for side, sequence in enumerate(VECTORS["sequences"])
            for number, word in enumerate(sequence["x"])
        ]
        self.both = VECTORS["at_once"] > 1  # sequences at once: one after the other, on either side
        self.sides: list[int] = []
        self.words = list(VECTORS["weights"])
        self.answers: list[tuple[int, int, bool]] = []
        self.place = self.rest = 0

    def held(self) -> bool:
        """Tell whether a stream is held back in this cycle."""
        return self.stalled and self.random.random() < STALLED

    async def cycle(self, offered: bool, taken: bool) -> bool:
        """Let a cycle pass; tell whether a step and a word were taken, and keep a logit."""
        core = self.core
        core.clk.value = 0
        core.x_valid.value = offered and bool(self.steps)
        if offered and self.steps:
            word, last, side = self.steps[0]
            core.x_data.value, core.x_last.value = int(word, 16), last
            if self.both:
                core.x_sequence.value = side
        core.y_ready.value = taken
        loads = bool(VECTORS["weights"])
        if loads:
            core.w_valid.value = bool(self.words)
            core.w_data.value = self.words[0] if self.words else 0
        await Timer(HALF, "ns")
        stepped = offered and bool(self.steps) and bool(core.x_ready.value)
        loaded = bool(loads and self.words and core.w_ready.value)
        if core.y_valid.value and taken:
            self.sides.append(int(core.y_sequence.value) if self.both else 0)
            self.answers.append(
                (core.y_data.value.to_signed(), int(core.y_user.value), bool(core.y_last.value))
            )
        asked = int(core.ask_data.value) if VECTORS["rows"] and core.ask_valid.value else None
        core.clk.value = 1
        await Timer(HALF, "ns")
        if stepped:
            del self.steps[0]
        if loaded:
            del self.words[0]
        if VECTORS["rows"]:
            self.give(asked)
        return stepped

    def give(self, asked: int | None) -> None:
        """Give the next byte of the row that is asked for, and say when all of it has come."""
        core = self.core
        was_ready = bool(core.ask_ready.value)
        core.ask_ready.value = core.row_valid.value = 0
        if asked is None or was_ready:
            self.place = self.rest = 0
            return
        row = bytes.fromhex(VECTORS["rows"][str(asked)])
        if self.rest:
            self.rest -= 1
        elif self.place == len(row):
            core.ask_ready.value = 1
        else:
            core.row_valid.value, core.row_data.value = 1, row[self.place]
            core.row_first.value = self.place == 0
            self.place += 1
            self.rest = BYTE_CYCLES - 1

    async def run(self) -> list[tuple[int, int, bool]]:
        """Reset the core, feed it all sequences, and return its logits."""
        core = self.core
        for name in ("x_valid", "x_data", "x_last", "y_ready", *["x_sequence"] * self.both):
            getattr(core, name).value = 0
        for name in ("ask_ready", "row_valid", "row_data", "row_first") if VECTORS["rows"] else ():
            getattr(core, name).value = 0
        core.rst.value = 1
        for _ in range(4):
            core.clk.value = 0
            await Timer(HALF, "ns")
            core.clk.value = 1
            await Timer(HALF, "ns")
        core.rst.value = 0
        wanted = sum(len(sequence["logits"]) for sequence in VECTORS["sequences"])
        quiet, offered = 0, True
        while quiet < VECTORS["drain"] and len(self.answers) <= wanted:
            before = len(self.answers)
            # What is offered stays until it is taken.
            stepped = await self.cycle(offered, not self.held())
            offered = not self.held() if stepped or not offered else True
            moved = stepped or len(self.answers) > before
            quiet = 0 if moved or self.words else quiet + 1
        return self.answers


async def compare(core: Any, stalled: bool) -> None:
    """Compare every logit, class and end mark."""
    bench = Bench(core, stalled)
    answers = await bench.run()
    expected = [
        (number, place, logit, sequence["classes"][place // VECTORS["classes"]])
        for number, sequence in enumerate(VECTORS["sequences"])
        for place, logit in enumerate(sequence["logits"])
    ]
    assert expected, "test_core.json has nothing to compare"
    for (data, user, last), (number, place, logit, decided) in zip(answers, expected):
        where = f"sequence {number}, logit {place}"
        assert data == logit, f"{where} must be {logit}, not {data}"
        final = place % VECTORS["classes"] == VECTORS["classes"] - 1
        assert last == final, f"{where}: y_last must be {final:d}"
        if final:
            assert user == decided, f"{where}: the class must be {decided}, not {user}"
    assert len(answers) == len(expected), f"{len(expected)} logits must come, not {len(answers)}"
    sides = [number % 2 if bench.both else 0 for number, *_ in expected]
    assert bench.sides == sides, "y_sequence must tell whose logits these are"
    assert not core.busy.value, "busy must fall with the last logit"


@cocotb.test
async def free_running(core: Any) -> None:
    """Feed the core as fast as it takes steps."""
    await compare(core, stalled=False)


@cocotb.test
async def with_stalls(core: Any) -> None:
    """Hold both streams back at random."""
    await compare(core, stalled=True)


def test_core() -> None:
    """Simulate core.v in what the variable SIM names: icarus, if nothing, or verilator."""
    from cocotb_tools.check_results import get_results
    from cocotb_tools.runner import get_runner

    simulator = os.environ.get("SIM", "icarus")
    runner, folder = get_runner(simulator), HERE / f"sim_{simulator}"
    runner.build(
        sources=[HERE / "core.v"],
        hdl_toplevel=VECTORS["module"],
        build_dir=folder,
        build_args=["-g2005"] if simulator == "icarus" else [],
        timescale=("1ns", "1ns"),
        always=True,
    )
    results = runner.test(
        hdl_toplevel=VECTORS["module"],
        test_module=Path(__file__).stem,
        build_dir=folder,
        test_dir=HERE,
        results_xml=str(folder / "results.xml"),
    )
    count, failed = get_results(results)
    assert count == 2 and failed == 0, f"{failed} of {count} tests failed"


if __name__ == "__main__":
    test_core()
