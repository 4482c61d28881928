"""The sketch, against a stand-in for Arduino: it runs, and tells the classes of the golden run."""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from c_host import HOST, STRICT
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.c_host import c_header
from qrnn_hw.data.units import unit_of
from qrnn_hw.export.convert import integer_model

ARDUINO = Path(__file__).parent / "arduino"
SKETCH = HOST / "examples" / "sensor" / "sensor.ino"
STEPS, SEQUENCES = 5, 4


@pytest.fixture(scope="module")
def network(trained):
    """Return a network of two channels that are counts of a converter of 12 bits."""
    return trained(channels=2, data_step=[16.5, 17.25], data_offset=[2048.0, 2000.0])


@pytest.mark.parametrize(("every", "link"), [(False, "UART"), (True, "UART"), (True, "SPI")])
def test_the_sketch_tells_what_the_golden_run_does(on_terminal, network, tmp_path, every, link):
    network = replace(network, readout=replace(network.readout, every=every))
    model = integer_model(network, 8)
    header = c_header(model, Identity.of(model), steps=STEPS)
    (tmp_path / "qrnn_model.h").write_text(header)
    host, program = tmp_path / "host.o", tmp_path / "sketch"
    about = [f"-I{tmp_path}", f"-I{HOST}", f"-I{ARDUINO}"]
    subprocess.run(["gcc", *STRICT, *about, "-c", HOST / "qrnn_host.c", "-o", host], check=True)
    subprocess.run(
        ["g++", "-std=gnu++17", "-Wall", "-Wextra", "-Werror", *about, f'-DSKETCH="{SKETCH}"',
         f"-DQRNN_LINK_{link}",
         ARDUINO / "main.cpp", host, "-o", program],
        check=True,
    )  # fmt: skip
    counts = np.random.default_rng(2).integers(0, 1 << 12, (SEQUENCES, STEPS, 2))
    wire = unit_of(model, network).encode(counts)[0]
    expected = [Result.expected(model, x) for x in wire]
    told = [model.labels[index] for result in expected for index in result.classes]
    assert len(told) == SEQUENCES * (STEPS if every else 1) and len(set(told)) > 1
    with on_terminal(stand_in(model)) as path:
        run = subprocess.run(
            [program], env={"QRNN_PORT": path}, input="\n".join(map(str, counts.ravel())),
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    assert run.stdout.split() == ["ready", *told]
    with on_terminal(stand_in(integer_model(network, 9))) as path:
        run = subprocess.run(
            [program], env={"QRNN_PORT": path}, input="", capture_output=True, text=True,
            timeout=60, check=True,
        )  # fmt: skip
    assert run.stdout.startswith("the board must hold the model of the header")
