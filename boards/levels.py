"""Names of the levels of the proof ladder below core.v, apart from what simulates them."""

#: From synthesis on; :data:`qrnn_hw.boards.gates.GATES` tells what each is.
GATE_LEVELS = ("netlist", "routed", "bitstream")
