"""What the comparison with others does itself: its C, its rows, its page."""

import json
import shutil
from dataclasses import asdict

import numpy as np
import pytest

import peers
import peers_page
import peers_venv
from peers_c import c_text
from peers_layout import Design, ghdl, measure, simulate
from peers_ways import Row, dense, full_adder_bits, networks, small, ways
from qrnn_hw.export import golden
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.sim.core.adversarial import random_sequence

ROW = Row("small", "a way", "all", 4160, 1, 0, 2, 10.0, "states equal")
RUN = {
    "versions": {"yosys": "1"},
    "packages": {"one": ["one==1"]},
    "full_adder_bits": {"small": 2080, "pmnist512": 96768},
    "known": ["small C", "small a", "small b"],
    "ways": {"small C": [asdict(Row("small", "C", "all", cycles=960))], "small a": [asdict(ROW)]},
}


def test_a_dense_network_computes_the_same():
    model = small()
    x = np.stack([random_sequence(np.random.default_rng(3), model, 30) for _ in range(20)])
    found, wanted = golden.run(dense(model), x, states=True), golden.run(model, x, states=True)
    assert np.array_equal(found.states, wanted.states)
    assert np.array_equal(found.logits, wanted.logits)
    assert np.abs(wanted.states).max() > 30, "states must move"


def test_full_adder_bits_are_counted_by_hand():
    # 5 stages of 32 sums of 13 bits; 9 stages of 512 sums of 21 bits.
    assert {name: full_adder_bits(one) for name, one in networks().items()} == {
        "small": 2080,
        "pmnist512": 96768,
    }


def test_a_row_says_steps_and_cells_a_bit():
    shown = peers_page.line(asdict(ROW), 2080)
    assert shown == (
        "| a way | all | 4,160 | 1 | 0 | 2 | 10.0 | 5,000,000 | 4.0 | states equal |\n"
    )


def test_a_row_of_another_network_has_no_cells_a_bit():
    about = {**asdict(ROW), "does": "another network", "mhz": None}
    shown = peers_page.line(about, 2080)
    assert shown.endswith("| 2 |  |  |  | states equal; does not fit the UP5K |\n")


def test_a_package_that_fails_is_a_row_that_says_why(monkeypatch, tmp_path):
    def fails(folder):
        raise peers_venv.PeerError("no such thing")
        yield

    monkeypatch.setattr(peers, "ways", lambda: {"small x": ("small", "x", fails)})
    monkeypatch.setattr(peers, "RUN", tmp_path / "peers.json")
    written = []
    monkeypatch.setattr(peers, "write", lambda: written.append(True))
    peers.main(["--only", "small"], standalone_mode=False)
    (row,) = json.loads((tmp_path / "peers.json").read_text())["ways"]["small x"]
    assert row == asdict(Row("small", "x", "", said="no such thing"))
    assert written == [True]


def test_the_page_has_tables_tools_and_packages():
    page = peers_page.text(RUN)
    assert "| C | all |  |  |  | 960 |  |  |  |  |\n| a way | all | 4,160 |" in page
    assert "(yosys 1)" in page and "`one==1`" in page and "2,080 and 96,768." in page
    assert "Not in this run (`--only NAME` adds one): `small b`." in page
    assert "of `small` 960, at 48 MHz at most 50,000 steps a second" in page


def test_the_page_is_that_of_the_run():
    run = json.loads(peers_page.RUN.read_text())
    assert peers_page.PAGE.read_text() == peers_page.text(run), "run: benchmarks/peers.py --page"
    assert run["packages"] == peers_venv.PACKAGES
    assert run["known"] == list(ways()), "run: python benchmarks/peers.py"
    assert {row["network"] for rows in run["ways"].values() for row in rows} == {*networks()}


def test_every_package_has_a_version():
    for wanted in peers_venv.PACKAGES.values():
        assert "==" in wanted[0]
        assert all("==" in one or "<" in one for one in wanted)


def test_the_c_has_the_network():
    text = c_text(small())
    assert "enum { D = 32, BLOCK = 32, PARITIES = 1 };" in text
    assert "static int8_t h[D];" in text and "int16_t y[D];" in text


def test_ports_are_wired_in_order():
    design = Design("", "top", "ck", {"a": 1, "b": 3}, {"c": 2})
    assert design.pins == 6
    assert design.instance() == (
        "wire [3:0] in; wire [1:0] out;\n"
        "top core(.ck(clk), .a(in[0:0]), .b(in[3:1]), .c(out[1:0]));\n"
    )


@pytest.mark.slow
def test_a_script_that_fails_says_its_last_line(tmp_path, monkeypatch):
    monkeypatch.setenv("QRNN_HW_PEERS", str(tmp_path))
    monkeypatch.setitem(peers_venv.PACKAGES, "none", ["pip"])
    with pytest.raises(peers_venv.PeerError, match="No module named 'unicorn'"):
        peers_venv.run_script("none", "count_instructions.py", tmp_path)


@pytest.mark.slow
def test_a_design_is_simulated_and_measured_without_what_is_around_it():
    text = (
        "module sums(input ck, input rst, input [3:0] a, output reg [39:0] s);\n"
        "always @(posedge ck) s <= rst ? 0 : s + a;\nendmodule\n"
    )
    design = Design(text, "sums", "ck", {"rst": 1, "a": 4}, {"s": 40})
    with work_folder() as folder:
        assert simulate(design, [1, *(v << 1 for v in (3, 4, 15, 0))], folder)[1:] == [0, 3, 7, 22]
    with work_folder() as folder:
        found = measure(design, folder)
    assert 40 <= found.luts <= 46
    assert found.fmax_mhz is not None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ghdl") is None, reason="ghdl is not installed")
def test_what_ghdl_refuses_is_told_in_a_line(tmp_path):
    (tmp_path / "a.vhd").write_text(
        "entity a is\nend;\narchitecture b of a is\nbegin\nx <= y;\nend;"
    )
    with pytest.raises(peers_venv.PeerError, match=r"^GHDL: a.vhd:5:"):
        ghdl(["a.vhd"], "a", tmp_path)
