"""Small gates: their values, and what synthesis makes of them."""

import json

import pytest
from amaranth import Cat, Module, Signal, signed
from amaranth.back import rtlil

from qrnn_hw.hw.gates import with_carry
from qrnn_hw.hw.programs.tool import YOSYS


def beside_itself(a, b, carry):
    """Add the same, with the carry beside itself below the lowest place."""
    return (Cat(carry, a) + Cat(carry, b)) >> 1


def one_adder(kind, shape):
    """Return a module that adds two registers and a bit of ``shape``, and its ports."""
    m, a, b, carry = Module(), Signal(shape), Signal(shape), Signal()
    total = Signal.like(a + b)
    m.d.sync += total.eq(kind(a, b, carry))
    return m, (a, b, carry, total)


@pytest.mark.parametrize(("shape", "low"), [(3, 0), (signed(3), -4)], ids=["unsigned", "signed"])
def test_adds_two_numbers_and_a_bit(trace, shape, low):
    m, (a, b, carry, total) = one_adder(with_carry, shape)
    cases = [(x, y, c) for x in range(low, low + 8) for y in range(low, low + 8) for c in (0, 1)]
    inputs = [(signal, list(column)) for signal, column in zip((a, b, carry), zip(*cases))]
    rows = trace(m, len(cases) + 1, inputs, [total])
    assert [row[0] for row in rows[1:]] == [sum(case) for case in cases]


def shared_nets(kind, folder):
    """Count the cells of an adder on iCE40 that have one net at two inputs."""
    m, ports = one_adder(kind, 4)
    (folder / "adder.il").write_text(rtlil.convert(m, ports=ports, name="adder"))
    commands = "read_rtlil adder.il; synth_ice40 -top adder -json adder.json"
    YOSYS.check("-q", "-p", commands, folder=folder, makes=["adder.json"])
    cells = json.loads((folder / "adder.json").read_text())["modules"]["adder"]["cells"]
    names = ("I0", "I1", "I2")
    nets = [
        [net for name in names for net in cell["connections"].get(name, []) if isinstance(net, int)]
        for cell in cells.values()
        if cell["type"] in ("SB_CARRY", "SB_LUT4", "$__ICE40_CARRY_WRAPPER")
    ]
    assert nets
    return sum(len(set(each)) < len(each) for each in nets)


def test_no_net_is_at_two_inputs_of_a_table(tmp_path):
    """The router of nextpnr may take one from the other for ever."""
    assert shared_nets(with_carry, tmp_path) == 0
    assert shared_nets(beside_itself, tmp_path) > 0
