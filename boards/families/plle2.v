// Stand-in for the PLL and the clock buffer of a Xilinx 7-series device.
`timescale 1ps / 1ps

module PLLE2_BASE #(
    parameter real CLKIN1_PERIOD = 10.0,
    parameter integer DIVCLK_DIVIDE = 1,
    parameter integer CLKFBOUT_MULT = 1,
    parameter integer CLKOUT0_DIVIDE = 1
) (
    input CLKIN1, CLKFBIN, PWRDWN, RST,
    output CLKFBOUT,
    output CLKOUT0,
    output LOCKED
);
  assign CLKFBOUT = CLKIN1;
  pll_model #(.FACTOR(1.0 * CLKFBOUT_MULT / DIVCLK_DIVIDE / CLKOUT0_DIVIDE)) pll (
      .clk(CLKIN1), .run(!RST && !PWRDWN), .out(CLKOUT0), .locked(LOCKED)
  );
endmodule

module BUFG(input I, output O);
  assign O = I;
endmodule
