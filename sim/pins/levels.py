"""Names of the levels of the proof ladder at a board's pins, apart from what simulates them."""

#: From the board's Verilog on; :data:`qrnn_hw.sim.pins.rungs.RUNGS` tells what each is.
PIN_LEVELS = ("link", "netlist", "routed", "bitstream")
