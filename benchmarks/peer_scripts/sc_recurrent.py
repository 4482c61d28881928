"""Write a recurrent spiking network of SC-NeuroCore; runs in a venv of peers_venv.py.

Reads ``network.npz`` and ``order.json``; writes ``design.v`` and ``found.json``. Every unit is a
leaky integrate-and-fire neuron; spikes go back through the matrix, divided by its gain.
"""

import json
from pathlib import Path

import numpy as np
from sc_neurocore.nir_bridge.fpga_compiler import compile_network_to_fpga
from sc_neurocore.nir_bridge.neuron_graph import ConnectionSpec, NeuronGraph, NeuronSpec

network, order = np.load("network.npz"), json.loads(Path("order.json").read_text())
matrix, u = network["matrix"], network["u"]
d = len(matrix)
numbers = {"tau": 8.0, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}
units = NeuronSpec("h", "lif", d, {name: np.full(d, value) for name, value in numbers.items()}, 1.0)
edges = [ConnectionSpec("x", "h", u / np.abs(u).max()), ConnectionSpec("h", "h", matrix / d**0.5)]
graph = NeuronGraph([units], edges, "h", "h")
made = compile_network_to_fpga(graph, interconnect=order["interconnect"], target="ice40")
parts = [*made.neuron_modules.values(), made.weight_rom, made.top_module]
Path("design.v").write_text("\n".join(parts))
found = {"module": made.module_name, "warnings": made.warnings, "format": made.q_format}
Path("found.json").write_text(json.dumps(found))
