// Stand-in for Gowin's PLL with internal feedback: it measures its input's period, runs at a wrong
// rate until it locks, and then at the rate that its parameters ask for.
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
    output reg CLKOUT = 0,
    output reg LOCK = 0
);
  localparam LOCK_EDGES = 1200;

  realtime last = 0, half = 0;
  integer edges = 0;
  always @(posedge CLKIN) begin
    half = ($realtime - last) * (IDIV_SEL + 1) / (FBDIV_SEL + 1) / 2;
    last = $realtime;
    edges = edges + 1;
    LOCK <= !RESET && !RESET_P && edges >= LOCK_EDGES;
  end

  initial begin
    wait (edges == 2);
    forever #(LOCK ? half : 0.7 * half) CLKOUT = ~CLKOUT;
  end
endmodule
