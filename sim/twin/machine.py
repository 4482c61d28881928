"""Run a twin in Python, as a page runs it, and judge it as any simulation of the core."""

from typing import Any

import numpy as np

from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.core.compare import REPORT
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.recording import OUTPUT, Recording, Records, trace_record
from qrnn_hw.sim.twin.kernel import CONTROL, Layout, writes_of

RESET, SPARE = 4, 10_000  # cycles
GIVEN = ("cycle", "data", "user", "last")  # of an answer


class Machine:
    """A twin in WebAssembly, run by wasmtime.

    Parameters
    ----------
    plan
        Of its core.
    module
        As from :func:`~qrnn_hw.sim.twin.kernel.twin_module`.

    Raises
    ------
    MismatchError
        From what runs it, if the core stops.
    """

    def __init__(self, plan: Plan, module: bytes) -> None:
        import wasmtime

        self._plan, self._layout = plan, Layout.of(plan)
        words = plan.loaded_words()
        self._patience = plan.most_step_cycles + plan.readout_cycles + len(words) + SPARE
        self._store: Any = wasmtime.Store()
        exports: Any = wasmtime.Instance(
            self._store, wasmtime.Module(self._store.engine, module), []
        ).exports(self._store)
        self._run: Any = exports["run"]
        memory: Any = exports["memory"]
        size = memory.data_len(self._store)
        # It does not grow, so that it stays where it is.
        self._bytes = np.ctypeslib.as_array(memory.data_ptr(self._store), (size,))
        self._control = self._bytes[: 4 * len(CONTROL)].view("<u4")
        self._set(reset=1, most_answers=1, most_writes=1)
        self._run(self._store, RESET)
        self._put(self._layout.weights, pack_words(words))
        self._set(reset=0, words=len(words), cycle=0)

    def _put(self, address: int, content: bytes) -> None:
        self._bytes[address : address + len(content)] = np.frombuffer(content, np.uint8)

    def _set(self, **values: int) -> None:
        for name, value in values.items():
            self._control[CONTROL.index(name)] = value

    def _get(self, name: str) -> int:
        return int(self._control[CONTROL.index(name)])

    def _until(self, name: str, count: int) -> None:
        """Run until there are so many answers, or writes to the states."""
        if self._get(name) >= count:
            return
        self._set(most_answers=self._layout.most_answers, most_writes=self._layout.most_writes)
        self._set(**{f"most_{name}": count})
        self._run(self._store, 8 * self._patience * self._get("given"))
        if self._get(name) < count:
            raise MismatchError(
                f"the twin must give {count} {name}, and stopped after {self._get(name)}", REPORT
            )

    def _taken(self, name: str, size: int) -> bytes:
        """Take what was written down."""
        begin = getattr(self._layout, name)
        found = self._bytes[begin : begin + size * self._get(name)].tobytes()
        self._set(**{name: 0})
        return found

    def run(self, sequences: list[Integers]) -> Recording:
        """Run sequences, (T, channels) each, some steps at a time, and record them."""
        layout, model = self._layout, self._plan.model
        each, end = writes_of(self._plan)
        answers, writes = bytearray(), bytearray()
        for x in sequences:
            words = [word.to_bytes(layout.step_size, "little") for word in model.inputs.pack(x)]
            for begin in range(0, len(x), layout.most_steps):
                given = words[begin : begin + layout.most_steps]
                last = begin + len(given) == len(x)
                self._put(layout.steps, b"".join(given))
                self._set(given=len(given), taken=0, ends=last)
                self._until("writes", len(given) * each + last * end)
                if last or model.readout.every:
                    asked = len(given) if model.readout.every else 1
                    self._until("answers", asked * model.classes)
                answers += self._taken("answers", layout.answer_size)
                writes += self._taken("writes", layout.write_size)
        # What is too much would come now.
        self._set(given=0, taken=0, most_answers=1, most_writes=1)
        self._run(self._store, self._patience)
        answers += self._taken("answers", layout.answer_size)
        writes += self._taken("writes", layout.write_size)
        return Recording(
            np.zeros(0, np.uint32),
            _outputs(answers),
            np.frombuffer(writes, trace_record(self._plan.trace.shape.width)),
            finished=True, unstable=0, busy=bool(self._get("busy")),
        )  # fmt: skip


def _outputs(answers: bytearray) -> Records:
    """Read answers as what a bench records, of one sequence at a time."""
    given = np.frombuffer(answers, np.dtype([(name, OUTPUT[name]) for name in GIVEN]))
    outputs = np.zeros(len(given), OUTPUT)
    for name in GIVEN:
        outputs[name] = given[name]
    return outputs


def verify_twin(plan: Plan, module: bytes, sequences: list[Integers]) -> Counts:
    """Compare every state, logit and class of a twin with the golden run.

    Parameters
    ----------
    sequences
        Integers of the model's input range, (T, channels) each.

    Raises
    ------
    MismatchError
        At the first difference.
    """
    return judge(plan, sequences, Machine(plan, module).run(sequences))
