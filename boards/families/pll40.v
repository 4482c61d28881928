// Models of the PLL of an iCE40 with simple feedback, in each of the forms that a design passes
// through: yosys leaves them out.
`timescale 1ps / 1ps

`define PLL40(NAME, CLOCK) \
module NAME #( \
    parameter FEEDBACK_PATH = "SIMPLE", \
    parameter DELAY_ADJUSTMENT_MODE_FEEDBACK = "FIXED", \
    parameter DELAY_ADJUSTMENT_MODE_RELATIVE = "FIXED", \
    parameter PLLOUT_SELECT = "GENCLK", \
    parameter SHIFTREG_DIV_MODE = 0, \
    parameter FDA_FEEDBACK = 0, \
    parameter FDA_RELATIVE = 0, \
    parameter ENABLE_ICEGATE = 0, \
    parameter TEST_MODE = 0, \
    parameter [3:0] DIVR = 0, \
    parameter [6:0] DIVF = 0, \
    parameter [2:0] DIVQ = 0, \
    parameter [2:0] FILTER_RANGE = 0 \
) ( \
    input CLOCK, \
    input RESETB, \
    input BYPASS, \
    input EXTFEEDBACK, \
    input [7:0] DYNAMICDELAY, \
    input LATCHINPUTVALUE, \
    input SDI, \
    input SCLK, \
    output SDO, \
    output PLLOUTCORE, \
    output PLLOUTGLOBAL, \
    output LOCK \
); \
  pll_model #(.FACTOR((DIVF + 1.0) / (DIVR + 1) / (1 << DIVQ))) pll ( \
      .clk(CLOCK), .run(RESETB && !BYPASS), .out(PLLOUTGLOBAL), .locked(LOCK)); \
  /* What no design of ours may use is wrong, and stays so. */ \
  assign SDO = 0; \
  assign PLLOUTCORE = 0; \
  initial begin \
    if (FEEDBACK_PATH != "SIMPLE" || PLLOUT_SELECT != "GENCLK" || TEST_MODE != 0) begin \
      $fatal(0, "the PLL must have simple feedback and its own output"); \
    end \
  end \
endmodule

`PLL40(SB_PLL40_PAD, PACKAGEPIN)
`PLL40(SB_PLL40_CORE, REFERENCECLK)
