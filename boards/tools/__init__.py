"""From Verilog to a bitstream, a report and a programmed board."""
