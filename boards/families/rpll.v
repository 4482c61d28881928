// Stand-in for Gowin's PLL with internal feedback.
`timescale 1ps / 1ps

module rPLL #(
    parameter FCLKIN = "27",
    parameter DEVICE = "",
    parameter DYN_IDIV_SEL = "false",
    parameter integer IDIV_SEL = 0,
    parameter DYN_FBDIV_SEL = "false",
    parameter integer FBDIV_SEL = 0,
    parameter DYN_ODIV_SEL = "false",
    parameter integer ODIV_SEL = 8,
    parameter PSDA_SEL = "0000",
    parameter DUTYDA_SEL = "1000",
    parameter DYN_DA_EN = "false",
    parameter CLKFB_SEL = "internal",
    parameter CLKOUT_BYPASS = "false",
    parameter CLKOUTP_BYPASS = "false",
    parameter CLKOUTD_BYPASS = "false",
    parameter integer DYN_SDIV_SEL = 2
) (
    input CLKIN, CLKFB, RESET, RESET_P,
    input [5:0] FBDSEL, IDSEL, ODSEL,
    input [3:0] PSDA, DUTYDA, FDLY,
    output CLKOUT,
    output LOCK
);
  pll_model #(.FACTOR((FBDIV_SEL + 1.0) / (IDIV_SEL + 1))) pll (
      .clk(CLKIN), .run(!RESET && !RESET_P), .out(CLKOUT), .locked(LOCK)
  );
endmodule
