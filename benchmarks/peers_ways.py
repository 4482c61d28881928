"""What stands side by side: networks, and ways to compute a step of each."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from peers_c import LENGTHS, TARGETS, instructions
from peers_layout import BOARD, Design, ghdl, ghdl_cycles, measure, simulate
from peers_venv import PeerError, run_script
from qrnn_hw.export import golden
from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Dense
from qrnn_hw.hw.choice import ENGINES, choose
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.instance import ports
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.models import open_model
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

SEED = 32
EXAMPLE = Path(__file__).parents[1] / "examples" / "pmnist512.pt"
TRIED = 4  # plans, the best first, until one is routed
STEPS = 6  # of the sequence that is compared


@dataclass(frozen=True)
class Row:
    """A way to compute a network, and what it comes to.

    Parameters
    ----------
    network, way, does
        Names; ``does`` says what of the network the way computes, or which other network.
    cells, rams, dsps
        Of the UP5K; None where nothing is put on it.
    cycles
        Of a step; instructions, where there are no cells.
    mhz
        After routing; None where it does not fit.
    checked
        What was compared in this run, if anything was.
    said
        Why the rest is missing, or what else a reader must know.
    """

    network: str
    way: str
    does: str
    cells: int | None = None
    rams: int | None = None
    dsps: int | None = None
    cycles: int | None = None
    mhz: float | None = None
    checked: str = ""
    said: str = ""


def full_adder_bits(model: IntegerModel) -> int:
    """Count the one-bit additions of a step's exact transform by butterflies.

    Each of ``d log2(block)`` additions has the ``a + log2(block)`` bits of the largest sum.
    """
    recurrence = model.recurrence
    return model.hidden * recurrence.log2_block * (model.state_bits + recurrence.log2_block)


def small() -> IntegerModel:
    """Draw 32 units of 8 bits, one channel of 8 bits, 10 classes; a state halves in two steps."""
    rng = np.random.default_rng(SEED)
    return random_model(rng, 32, 8, halves=1, origin_bits=0, classes=10)


def dense(model: IntegerModel) -> IntegerModel:
    """Write out the matrix of a Hadamard network whose shift is the same in every step."""
    recurrence = model.recurrence
    written = Dense(recurrence.matrix(), 1, 1, recurrence.shift(1), 0, "linear")
    return replace(model, recurrence=written)


def dense_of_size(model: IntegerModel) -> IntegerModel:
    """Draw a network of -1 and 1 of the same size, for one whose shift alternates."""
    rng = np.random.default_rng(SEED)
    return random_model(
        rng, model.hidden, model.state_bits, weights="binary", classes=model.classes, origin_bits=0
    )


def _ours(network: str, model: IntegerModel, engine: str, does: str, folder: Path) -> Iterator[Row]:
    """Take the plan that ``build`` takes for the UP5K, without a link beside it."""
    plans = [one.plan for one in choose(model, BOARD.room, Cost(0, 0), engine=engine)[0]]
    for plan in plans[:TRIED]:
        text = core_verilog(plan)
        listed = [port for port in ports(text) if port.name != "clk"]
        sides: dict[str, dict[str, int]] = {"input": {}, "output": {}}
        for port in listed:
            sides[port.direction][port.name] = (port.high or 0) + 1
        design = Design(text, "qrnn_core", "clk", sides["input"], sides["output"])
        found = measure(design, folder)
        if found.fmax_mhz is not None:
            break
    sizes = ", ".join(f"{size} {name}" for name, size in plan.sizes.items())
    yield Row(
        network, f"ours: {engine} engine" + f", {sizes}" * bool(sizes), does,
        found.luts, found.brams, found.dsps, plan.step_cycles, found.fmax_mhz,
    )  # fmt: skip


def _write(model: IntegerModel, folder: Path, **order: Any) -> None:
    """Lay out a network for a script."""
    inputs, recurrence = model.numbers, model.recurrence
    numbers = {"u": inputs.u, "gain": inputs.gain[0], "frac": inputs.gain_frac,
               "input_bits": inputs.bits, "state_bits": model.state_bits,
               "shift": recurrence.shift(1), "matrix": recurrence.matrix()}  # fmt: skip
    np.savez(folder / "network.npz", **numbers)
    (folder / "order.json").write_text(json.dumps(order))


DA4ML = """
module network(input clk, input rst, input [{x}:0] x, output reg [{h}:0] h);
wire [{h}:0] next;
step step(.model_inp({{x, h}}), .model_out(next));
always @(posedge clk) h <= rst ? 0 : next;
endmodule
"""


def _da4ml(network: str, model: IntegerModel, folder: Path) -> Iterator[Row]:
    _write(model, folder, product=False)
    d, a, bits = model.hidden, model.state_bits, model.numbers.bits
    run_script("da4ml", "da4ml_step.py", folder)
    text = (folder / "design.v").read_text() + DA4ML.format(x=bits - 1, h=d * a - 1)
    design = Design(text, "network", "clk", {"rst": 1, "x": bits}, {"h": d * a})
    x = random_sequence(np.random.default_rng(SEED), model, STEPS)
    found = simulate(design, [1, *(int(value) << 1 for value in x[:, 0]), 0], folder)[2:]
    states = golden.run(model, x[None], states=True).states[0] & (1 << a) - 1
    wanted = [sum(int(n) << a * i for i, n in enumerate(row)) for row in states]
    if found != wanted:
        raise PeerError("its states are not those of the golden run")
    size = measure(design, folder)
    yield Row(
        network, "da4ml, one step as logic, a register a state", "a step, no readout",
        size.luts, size.brams, size.dsps, 1, size.fmax_mhz, f"states of {STEPS} steps equal",
    )  # fmt: skip


def _twn(network: str, model: IntegerModel, folder: Path) -> Iterator[Row]:
    _write(model, folder)
    d = model.hidden
    run_script("twn-generator", "twn_product.py", folder)
    bits = model.state_bits + model.recurrence.log2_block
    text = (folder / "design.v").read_text()
    inputs = {"reset": 1, "vld_in": 1, "in": d}
    design = Design(text, "product", "clock", inputs, {"vld_out": 1, "out": d})
    n = np.random.default_rng(SEED).integers(-(1 << model.state_bits - 1), 128, d)
    planes = [sum(int(n[i] >> bit & 1) << i for i in range(d)) for bit in range(bits)]
    given = [plane << 2 | 2 for plane in planes]
    out = simulate(design, [1, *given, *[0] * d], folder)
    first = next(cycle for cycle, word in enumerate(out) if word & 1)
    planes = [word >> 1 for word in out[first : first + bits]]
    product = [sum((plane >> i & 1) << bit for bit, plane in enumerate(planes)) for i in range(d)]
    if product != [int(y) & (1 << bits) - 1 for y in model.recurrence.matrix() @ n]:
        raise PeerError("its product is not that of the matrix")
    size = measure(design, folder)
    yield Row(
        network, "twn-generator, bit-serial adders", "the product alone",
        size.luts, size.brams, size.dsps, first - 1 + bits, size.fmax_mhz, "a product equal",
    )  # fmt: skip


LATCHES = "VHDL by GHDL: latches, whose loops are left out of the timing (`--ignore-loops`)"
LSTM_BENCH = """
library ieee; use ieee.std_logic_1164.all; use std.textio.all;
entity bench is end;
architecture a of bench is
  signal clock, reset, done : std_logic := '0';
  signal x, h : std_logic_vector({bits} - 1 downto 0) := (others => '0');
  signal place : std_logic_vector({address} - 1 downto 0) := (others => '0');
begin
  cell : entity work.lstm_cell(rtl) port map (clock => clock, reset => reset, enable => '1',
    zero_state => '1', x_data => x, h_out_en => '0', h_out_addr => place, done => done,
    h_out_data => h);
  process
    variable cycles : integer := 0;
    variable said : line;
  begin
    reset <= '1';
    for i in 1 to 2 loop
      clock <= '0'; wait for 5 ns; clock <= '1'; wait for 5 ns;
    end loop;
    reset <= '0';
    while done /= '1' loop
      clock <= '0'; wait for 5 ns; clock <= '1'; wait for 5 ns;
      cycles := cycles + 1;
    end loop;
    write(said, cycles);
    writeline(output, said);
    wait;
  end process;
end;
"""


def _elastic(network: str, model: IntegerModel, folder: Path, units: int) -> Iterator[Row]:
    (folder / "order.json").write_text(json.dumps({"units": units, "bits": model.state_bits}))
    files = run_script("elasticai.creator", "elastic_lstm.py", folder)["files"]
    text = ghdl(files, "lstm_cell", folder)
    bits, address = model.state_bits, max(1, (units - 1).bit_length())
    inputs = {"reset": 1, "enable": 1, "zero_state": 1, "x_data": bits, "h_out_en": 1}
    inputs["h_out_addr"] = address
    design = Design(text, "lstm_cell", "clock", inputs, {"done": 1, "h_out_data": bits})
    cycles = ghdl_cycles(files, LSTM_BENCH.format(bits=bits, address=address), folder)
    size = measure(design, folder, "--ignore-loops")
    yield Row(
        network, f"elasticai.creator, an LSTM of {units} units", "another network, no readout",
        size.luts, size.brams, size.dsps, cycles, size.fmax_mhz, said=LATCHES,
    )  # fmt: skip


def _ticks(design: Design, folder: Path) -> int:
    """Count the cycles from one ``tick_done`` to the next."""
    d = design.outputs["spike_bus"]
    found = simulate(design, [0, 0, *[3 | 256 << 2] * 40 * d], folder)
    ticks = [cycle for cycle, word in enumerate(found) if word >> d & 1]
    if len(ticks) < 3:
        raise PeerError("it does not come to the end of a step in the simulation")
    return ticks[2] - ticks[1]


def _spiking(network: str, model: IntegerModel, folder: Path, way: str) -> Iterator[Row]:
    _write(model, folder, interconnect=way)
    module = run_script("sc-neurocore", "sc_recurrent.py", folder)["module"]
    outputs = {"spike_bus": model.hidden}
    if way == "folded":
        outputs["tick_done"] = 1
    inputs = {"rst_n": 1, "en": 1, "I_ext_flat": 16}
    text = (folder / "design.v").read_text()
    design = Design(text, module, "clk", inputs, outputs)
    try:
        cycles = _ticks(design, folder) if way == "folded" else 1
        size = measure(design, folder)
    except ToolError as error:
        raise PeerError(f"yosys breaks off on its {len(text) / 1e6:.0f} MB of Verilog") from error
    yield Row(
        network, f"SC-NeuroCore, {way}", "another network: spikes, 16 bits, no readout",
        size.luts, size.brams, size.dsps, cycles, size.fmax_mhz,
    )  # fmt: skip


def _c(network: str, model: IntegerModel, x: Any, folder: Path) -> Iterator[Row]:
    for target in TARGETS:
        each = instructions(model, x[: max(LENGTHS)], target, folder)
        bits = "int8" if model.state_bits <= 8 else "int16"
        yield Row(
            network, f"C, {bits} states, {target}, instructions", "all", cycles=each,
            checked=f"logits after {' and '.join(map(str, LENGTHS))} steps equal",
        )  # fmt: skip


def networks() -> dict[str, IntegerModel]:
    """Make the networks that everything computes."""
    return {"small": small(), "pmnist512": open_model(EXAMPLE).model}


Way = Callable[[Path], Iterator[Row]]


def ways() -> dict[str, tuple[str, str, Way]]:
    """List everything to run: the network, what is said where it fails, and what runs it."""
    one, large = small(), open_model(EXAMPLE)
    x = random_sequence(np.random.default_rng(SEED), one, max(LENGTHS))
    found: dict[str, tuple[str, str, Way]] = {}
    for engine in ENGINES:
        if engine in ("serial", "word"):
            for name, model in (("small", one), ("pmnist512", large.model)):
                found[f"{name} {engine}"] = (
                    name, engine, lambda f, n=name, m=model, e=engine: _ours(n, m, e, "all", f)
                )  # fmt: skip
        else:
            found[f"small {engine}"] = (
                "small", engine, lambda f, e=engine: _ours("small", dense(one), e, "all, dense", f)
            )  # fmt: skip
    other = "a dense network of the size"
    found["pmnist512 popcount"] = (
        "pmnist512", "popcount",
        lambda f: _ours("pmnist512", dense_of_size(large.model), "popcount", other, f),
    )  # fmt: skip
    for name, model, sample in (("small", one, x), ("pmnist512", large.model, large.samples.x[0])):
        found |= {
            f"{name} da4ml": (name, "da4ml", lambda f, n=name, m=model: _da4ml(n, m, f)),
            f"{name} twn": (name, "twn-generator", lambda f, n=name, m=model: _twn(n, m, f)),
            f"{name} C": (name, "C", lambda f, n=name, m=model, s=sample: _c(n, m, s, f)),
        }
        for units in (model.hidden, model.hidden + 1)[: 2 if name == "small" else 1]:
            found[f"{name} lstm {units}"] = (
                name, f"elasticai.creator, an LSTM of {units} units",
                lambda f, n=name, m=model, u=units: _elastic(n, m, f, u),
            )  # fmt: skip
        for way in ("direct", "folded") if name == "small" else ("folded",):
            found[f"{name} spiking {way}"] = (
                name, f"SC-NeuroCore, {way}",
                lambda f, n=name, m=model, w=way: _spiking(n, m, f, w),
            )  # fmt: skip
    return found
