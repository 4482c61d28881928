"""Write a step of a network as da4ml's combinational logic; runs in a venv of peers_venv.py.

Reads ``network.npz``; writes ``design.v`` and ``found.json``. The step is the matrix, the input's
term, rounding and saturation; it has no readout. ``{"product": true}`` in ``order.json``: the
matrix alone.
"""

import json
from pathlib import Path

import numpy as np
from da4ml.codegen.rtl import VerilogModel
from da4ml.trace import FixedVariableArrayInput, HWConfig, comb_trace

network = np.load("network.npz")
product = json.loads(Path("order.json").read_text())["product"]
matrix, u = network["matrix"], network["u"][:, 0]
a, bits, shift, frac = (
    int(network[name]) for name in ("state_bits", "input_bits", "shift", "frac")
)
d = len(matrix)

inputs = FixedVariableArrayInput((d + 1,), hwconf=HWConfig(1, -1, -1))
states = inputs[:d].quantize(np.full(d, 1), np.full(d, a - 1), np.full(d, 0))
x = inputs[d:].quantize(np.full(1, 0), np.full(1, bits), np.full(1, 0))
sums = states @ matrix.T.astype(float)
if not product:
    scaled = (x * float(network["gain"]) + 2.0 ** (frac - 1)) * 2.0**-frac
    scaled = scaled.quantize(np.full(1, 1), np.full(1, 30), np.full(1, 0))
    sums = (sums + u * scaled[0]) * 2.0**-shift
    sums = sums.quantize(np.full(d, 1), np.full(d, a - 1), np.full(d, 0), "SAT", "RND")
logic = comb_trace(inputs, sums)

VerilogModel(logic, "step", "project").write()
files = sorted(Path("project/src").rglob("*.v"))
kept = [file for file in files if file.name not in ("lookup_table.v", "step_wrapper.v")]
Path("design.v").write_text("".join(file.read_text() for file in kept))
inputs, outputs = (np.array(kifs, int).sum(0) for kifs in (logic.inp_kifs, logic.out_kifs))
found = {"inputs": inputs.tolist(), "outputs": outputs.tolist(), "operations": len(logic.ops)}
Path("found.json").write_text(json.dumps(found))
