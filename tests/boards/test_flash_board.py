# amaranth: UnusedElaboratable=no
"""A board with its table in flash, at its pins: golden, or no answer at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest

from qrnn_hw.boards.catalogue.icebreaker import ICEBREAKER
from qrnn_hw.boards.design.assemble import board_for, board_verilog
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.tools.flow import constraints
from qrnn_hw.export.errors import LinkError, MismatchError
from qrnn_hw.hw.serial.image import FIRST_ROW, TableImage
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.pins.cells_ice40 import write_cells
from qrnn_hw.sim.pins.cosim import CosimulatedBoard
from qrnn_hw.sim.pins.flash_model import CONTENT, MODEL, TOP, attach
from qrnn_hw.sim.pins.proof import prove
from qrnn_hw.sim.pins.rungs import RUNGS
from random_model import random_model

CLOCK = ICEBREAKER.clock()
QUIET = 800  # bits: longer than the core takes for a sequence
MISSING = r"^the board must find the table of its design in its flash, and finds none"
WRONG_ROW = r"^the board must have all its weights, and a table in flash whose rows read right"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Digits:
    """A token model of the size of the digits example, on a simulated board."""

    plan: SerialPlan
    table: TableImage
    board: CosimulatedBoard

    @contextmanager
    def hosting(self, content: bytes, *plusargs: str) -> Iterator[Host]:
        """Power up the board with something in its flash."""
        (self.board.folder / CONTENT).write_bytes(content)
        with self.board.power_up(quiet_bits=QUIET, plusargs=plusargs) as port:
            yield Host(port)

    def results(self, sequences: list) -> list[Result]:
        model = self.plan.model
        return [Result.expected(model, x) for x in sequences]

    def slot(self, token: int, parity: int) -> int:
        """Return where the row of a token begins."""
        layout = self.table.layout
        return FIRST_ROW + (token * self.plan.model.parities + parity) * layout.pitch


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Digits:
    """Build it: 64 units, 300 tokens, 10 classes."""
    model = random_model(np.random.default_rng(80), 64, 12, vocabulary=300, classes=10)
    plan = SerialPlan(model, 64)
    table, folder = TableImage.of(plan), tmp_path_factory.mktemp("flash")
    assert ICEBREAKER.flash is not None
    text = board_verilog(plan, ICEBREAKER, CLOCK)
    text = attach(text, folder, table.to_bytes(), ICEBREAKER.flash.base)
    models = [*ICEBREAKER.family.cells, MODEL]
    board = CosimulatedBoard(
        text, TOP, folder, mhz=12, clock="oscillator", reset=None, models=models
    )
    return Digits(plan, table, board)


def sequences(model: object, *lengths: int, seed: int = 81) -> list:
    rng = np.random.default_rng(seed)
    return [random_sequence(rng, model, length) for length in lengths]


@pytest.mark.parametrize("quad", [False, True])
def test_a_board_with_its_table_in_flash_is_golden(digits: Digits, quad: bool) -> None:
    batch = sequences(digits.plan.model, 64, 1, 8, 30, 5)
    with digits.hosting(digits.table.to_bytes(), *["+quad"] * quad) as host:
        assert list(host.classify_many(batch)) == digits.results(batch)


Fault = Callable[[Digits, bytearray], None]


def _erased(digits: Digits, content: bytearray) -> None:
    del content[:]


def _other_header(digits: Digits, content: bytearray) -> None:
    content[15] ^= 0x01


@pytest.mark.parametrize(
    ("fault", "plusargs"),
    [
        pytest.param(_erased, (), id="erased"),
        pytest.param(_other_header, (), id="header"),
        pytest.param(lambda digits, content: None, ("+stuck",), id="quad-cannot-be-set"),
    ],
)
def test_without_its_table_the_board_takes_nothing(
    digits: Digits, fault: Fault, plusargs: tuple[str, ...]
) -> None:
    content = bytearray(digits.table.to_bytes())
    fault(digits, content)
    with digits.hosting(content, *plusargs) as host:
        assert host.identify().vocabulary == 300
        with pytest.raises(LinkError, match=MISSING) as caught:
            host.classify(sequences(digits.plan.model, 3)[0])
        assert "qrnn-hw program" in caught.value.hint


def _flipped(digits: Digits, content: bytearray) -> None:
    content[digits.slot(7, 0) + 5] ^= 0x10


def _swapped(digits: Digits, content: bytearray) -> None:
    one, other, size = digits.slot(7, 0), digits.slot(9, 0), digits.table.layout.pitch
    first = content[one : one + size]
    content[one : one + size] = content[other : other + size]
    content[other : other + size] = first


@pytest.mark.parametrize("fault", [_flipped, _swapped])
def test_a_wrong_row_is_no_answer_and_the_others_are_golden(digits: Digits, fault: Fault) -> None:
    content = bytearray(digits.table.to_bytes())
    fault(digits, content)
    good = [np.array([[1], [2], [3]]), np.array([[200], [299]])]
    bad = np.array([[4], [7], [7], [5]])
    with digits.hosting(content) as host:
        assert list(host.classify_many(good)) == digits.results(good)
        with pytest.raises(LinkError, match=WRONG_ROW):
            host.classify(bad)
        host.reset()
        assert list(host.classify_many(good)) == digits.results(good)


def test_the_netlist_is_golden_with_its_flash(tmp_path) -> None:
    model = random_model(np.random.default_rng(82), 8, 6, vocabulary=300, classes=2)
    plan = SerialPlan(model, 8)
    board = board_for(plan, ICEBREAKER)
    (tmp_path / "top.v").write_text(board_verilog(plan, ICEBREAKER, CLOCK))
    (tmp_path / "top.pcf").write_text(constraints(board))
    text = RUNGS["netlist"].verilog(tmp_path, board, CLOCK.mhz)
    simulated = tmp_path / "run"
    simulated.mkdir()
    proof = prove(text, [write_cells(tmp_path)], board, plan, sequences(model, 5, 1, 9), simulated)
    assert (proof.sequences, proof.steps) == (3, 15)


def test_a_whole_vocabulary_of_word_pieces(tmp_path) -> None:
    """All of BERT's tokens at d = 128, through the pins; the file is as large as in the flash."""
    model = random_model(np.random.default_rng(83), 128, 12, vocabulary=30522, classes=2)
    plan = SerialPlan(model, 64)
    text = board_verilog(plan, ICEBREAKER, CLOCK)
    batch = [np.array([[0], [30521], [30520], [1], [16384]]), *sequences(model, 40, 1, 12)]
    proof = prove(text, ICEBREAKER.family.cells, ICEBREAKER, plan, batch, tmp_path)
    assert (proof.sequences, proof.steps) == (4, 58)
    table = plan.flash_table()
    assert table is not None
    assert (tmp_path / CONTENT).stat().st_size == table.layout.size


def test_a_proof_finds_the_table_of_another_model(tmp_path, monkeypatch) -> None:
    rng = np.random.default_rng(84)
    plan, other = (SerialPlan(random_model(rng, 8, 6, vocabulary=300), 8) for _ in range(2))
    text = board_verilog(plan, ICEBREAKER, CLOCK)
    monkeypatch.setattr(SerialPlan, "flash_table", lambda _: TableImage.of(other))
    with pytest.raises(MismatchError, match="the board must find the"):
        prove(text, ICEBREAKER.family.cells, ICEBREAKER, plan, sequences(plan.model, 3), tmp_path)
