// Stand-in for the PLL of an ECP5 with feedback from its primary output.
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
    output CLKOP,
    output LOCK
);
  pll_model #(.FACTOR(1.0 * CLKFB_DIV / CLKI_DIV)) pll (
      .clk(CLKI), .run(!RST && !STDBY), .out(CLKOP), .locked(LOCK)
  );
endmodule
