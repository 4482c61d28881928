"""Write the product with a matrix as twn-generator's bit-serial adders; runs in a venv.

Reads ``network.npz``; writes ``design.v`` and ``found.json``.
"""

import csv
import json
from pathlib import Path

import numpy as np
import twn_generator as twn

matrix = np.load("network.npz")["matrix"]
with Path("matrix.csv").open("w") as file:
    csv.writer(file).writerows(matrix.T.tolist())
found, ins, outs, adds = twn.get_matrix("matrix.csv")
shared = twn.bu_CSE(found)
depth = twn.write_output("operations.csv", shared, adds, ins, outs)
text = twn.SMM_generate("operations.csv", "product", 1, 1, twn.create_serial_add_op)
twn.write_serial_adder_module("adder.sv")
Path("design.v").write_text(text + Path("adder.sv").read_text())
rows = Path("operations.csv").read_text().splitlines()
Path("found.json").write_text(json.dumps({"depth": int(depth), "operations": len(rows) - 1}))
