// Stand-in for the PLL and the clock buffer of a Xilinx 7-series device: the PLL measures its
// input's period, runs at a wrong rate until it locks, and then at the rate of its parameters.
`timescale 1ps / 1ps

module PLLE2_BASE #(
    parameter real CLKIN1_PERIOD = 10.0,
    parameter integer DIVCLK_DIVIDE = 1,
    parameter integer CLKFBOUT_MULT = 1,
    parameter integer CLKOUT0_DIVIDE = 1
) (
    input CLKIN1, CLKFBIN, PWRDWN, RST,
    output CLKFBOUT,
    output reg CLKOUT0 = 0,
    output reg LOCKED = 0
);
  localparam LOCK_EDGES = 1200;

  assign CLKFBOUT = CLKIN1;
  realtime last = 0, half = 0;
  integer edges = 0;
  always @(posedge CLKIN1) begin
    half = ($realtime - last) * DIVCLK_DIVIDE * CLKOUT0_DIVIDE / CLKFBOUT_MULT / 2;
    last = $realtime;
    edges = edges + 1;
    LOCKED <= !RST && !PWRDWN && edges >= LOCK_EDGES;
  end

  initial begin
    wait (edges == 2);
    forever #(LOCKED ? half : 0.7 * half) CLKOUT0 = ~CLKOUT0;
  end
endmodule

module BUFG(input I, output O);
  assign O = I;
endmodule
