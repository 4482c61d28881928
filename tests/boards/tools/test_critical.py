"""The longest path of a routed design, named after our components."""

import json

import pytest
from amaranth import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards import board
from qrnn_hw.boards.tools.components import Components
from qrnn_hw.boards.tools.critical import Place, critical_paths
from qrnn_hw.boards.tools.flow import lay_out, list_components, synthesise
from qrnn_hw.hw.verilog import verilog

BITS = 24


class Slow(wiring.Component):
    """A counter that is compared with its own bits, turned round: a path through two carries."""

    larger: Out(1)

    def elaborate(self, platform):
        m = Module()
        count = Signal(BITS, name="count")
        total = Signal(BITS, name="total")
        m.d.comb += total.eq(count + count[::-1])
        m.d.sync += [count.eq(count + 1), self.larger.eq(total[::-1] > count)]
        return m


class Design(wiring.Component):
    """A slow component, below another one, between flip-flops of its own."""

    oscillator: In(1)
    rx: In(1)
    tx: Out(1)
    busy: Out(1)
    error: Out(1)
    result: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain(reset_less=True)
        m.submodules.system = system = Module()
        system.submodules.core = core = Module()
        core.submodules.slow = slow = Slow()
        shift = Signal(4)
        m.d.sync += shift.eq((shift << 1) | (self.rx ^ slow.larger))
        m.d.comb += [ClockSignal().eq(self.oscillator), self.tx.eq(shift[-1])]
        return m


def test_the_slow_component_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = board("icebreaker")
    (tmp_path / "top.v").write_text(verilog(Design(), "top"))
    (tmp_path / "top.pcf").write_text(target.family.constraints(target))
    synthesise(tmp_path, target)
    found = lay_out(tmp_path, target, 12)
    (path,) = critical_paths((tmp_path / "report.json").read_text())
    assert path.clock == "oscillator"
    assert path.delay_ns == pytest.approx(1000 / found.fmax_mhz, rel=0.01)
    assert path.components == ("core.slow",)
    assert path.places[0] == Place("core.slow", "count")
    list_components(tmp_path, target)
    listed = Components.read(tmp_path / "components.json")
    for what in ("luts", "ffs"):
        assert sum(takes[what] for takes in listed.takes.values()) == getattr(found, what)
    assert sum(n for tiles in listed.tiles.values() for _, _, n in tiles) == found.luts
    assert sum(leg.logic_ns + leg.wire_ns for leg in listed.path) == pytest.approx(path.delay_ns)


def test_the_longest_path_of_every_clock_is_told():
    def path(begin, end, *delays):
        cells = [f"system.{name}_SB_LUT4_O" for name in "abcdef"]
        steps = [
            {
                "type": "logic",
                "delay": delay,
                "from": {"cell": one, "loc": [1, 1]},
                "to": {"cell": other, "loc": [1, 2]},
            }
            for delay, one, other in zip(delays, cells, cells[1:])
        ]
        return {"from": begin, "to": end, "path": steps}

    said = {
        "critical_paths": [
            path("posedge a", "posedge a", 2, 3),
            path("posedge a", "negedge a", 4.5),
            path("posedge b", "posedge b", 1, 4.5, 2),
            path("posedge a", "posedge b", 99),
            path("async", "posedge a", 98),
            path("posedge a", "async", 97),
        ]
    }
    found = critical_paths(json.dumps(said))
    assert [(one.clock, one.delay_ns) for one in found] == [("b", 7.5), ("a", 5)]
    assert [place.signal for place in found[1].places] == ["a", "b", "c"]
    assert [(leg.signal, leg.logic_ns) for leg in found[1].legs] == [("b", 2), ("c", 3)]
    assert critical_paths(json.dumps({"critical_paths": []})) == []
