// Stand-in for the PLL of an ECP5 with feedback from its primary output: it measures its input's
// period, runs at a wrong rate until it locks, and then at the rate that its parameters ask for.
`timescale 1ps / 1ps

module EHXPLLL #(
    parameter PLLRST_ENA = "DISABLED",
    parameter INTFB_WAKE = "DISABLED",
    parameter STDBY_ENABLE = "DISABLED",
    parameter DPHASE_SOURCE = "DISABLED",
    parameter OUTDIVIDER_MUXA = "DIVA",
    parameter integer CLKI_DIV = 1,
    parameter integer CLKFB_DIV = 1,
    parameter FEEDBK_PATH = "CLKOP",
    parameter CLKOP_ENABLE = "ENABLED",
    parameter integer CLKOP_DIV = 8,
    parameter integer CLKOP_CPHASE = 0,
    parameter integer CLKOP_FPHASE = 0
) (
    input CLKI, CLKFB, RST, STDBY, PHASESEL0, PHASESEL1, PHASEDIR, PHASESTEP, PHASELOADREG,
    input PLLWAKESYNC, ENCLKOP,
    output reg CLKOP = 0,
    output reg LOCK = 0
);
  localparam LOCK_EDGES = 1200;

  realtime last = 0, half = 0;
  integer edges = 0;
  always @(posedge CLKI) begin
    half = ($realtime - last) * CLKI_DIV / CLKFB_DIV / 2;
    last = $realtime;
    edges = edges + 1;
    LOCK <= !RST && !STDBY && edges >= LOCK_EDGES;
  end

  initial begin
    wait (edges == 2);
    forever #(LOCK ? half : 0.7 * half) CLKOP = ~CLKOP;
  end
endmodule
