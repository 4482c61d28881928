// Models of the PLL of an iCE40 with simple feedback, in each of the forms that a design passes
// through: yosys leaves them out. A PLL measures its input's period, runs at a wrong rate until it
// locks, and then at the rate that its parameters ask for.
`timescale 1ps / 1ps

module SB_PLL40_PAD #(
    parameter FEEDBACK_PATH = "SIMPLE",
    parameter DELAY_ADJUSTMENT_MODE_FEEDBACK = "FIXED",
    parameter DELAY_ADJUSTMENT_MODE_RELATIVE = "FIXED",
    parameter PLLOUT_SELECT = "GENCLK",
    parameter SHIFTREG_DIV_MODE = 0,
    parameter FDA_FEEDBACK = 0,
    parameter FDA_RELATIVE = 0,
    parameter ENABLE_ICEGATE = 0,
    parameter TEST_MODE = 0,
    parameter [3:0] DIVR = 0,
    parameter [6:0] DIVF = 0,
    parameter [2:0] DIVQ = 0,
    parameter [2:0] FILTER_RANGE = 0
) (
    input PACKAGEPIN,
    input RESETB,
    input BYPASS,
    input EXTFEEDBACK,
    input [7:0] DYNAMICDELAY,
    input LATCHINPUTVALUE,
    input SDI,
    input SCLK,
    output SDO,
    output PLLOUTCORE,
    output reg PLLOUTGLOBAL = 0,
    output reg LOCK = 0
);
  localparam LOCK_EDGES = 1200;  // 100 us at 12 MHz

  realtime last = 0, half = 0;
  integer edges = 0;
  always @(posedge PACKAGEPIN) begin
    half = ($realtime - last) * (DIVR + 1) * (1 << DIVQ) / (DIVF + 1) / 2;
    last = $realtime;
    edges = edges + 1;
    LOCK <= RESETB && !BYPASS && edges >= LOCK_EDGES;
  end

  // What no design of ours may use is wrong, and stays so.
  assign SDO = 0;
  assign PLLOUTCORE = 0;
  initial begin
    if (FEEDBACK_PATH != "SIMPLE" || PLLOUT_SELECT != "GENCLK" || TEST_MODE != 0) begin
      $fatal(0, "the PLL must have simple feedback and its own output");
    end
    wait (edges == 2);
    forever #(LOCK ? half : 0.7 * half) PLLOUTGLOBAL = ~PLLOUTGLOBAL;
  end
endmodule

module SB_PLL40_CORE #(
    parameter FEEDBACK_PATH = "SIMPLE",
    parameter DELAY_ADJUSTMENT_MODE_FEEDBACK = "FIXED",
    parameter DELAY_ADJUSTMENT_MODE_RELATIVE = "FIXED",
    parameter PLLOUT_SELECT = "GENCLK",
    parameter SHIFTREG_DIV_MODE = 0,
    parameter FDA_FEEDBACK = 0,
    parameter FDA_RELATIVE = 0,
    parameter ENABLE_ICEGATE = 0,
    parameter TEST_MODE = 0,
    parameter [3:0] DIVR = 0,
    parameter [6:0] DIVF = 0,
    parameter [2:0] DIVQ = 0,
    parameter [2:0] FILTER_RANGE = 0
) (
    input REFERENCECLK,
    input RESETB,
    input BYPASS,
    input EXTFEEDBACK,
    input [7:0] DYNAMICDELAY,
    input LATCHINPUTVALUE,
    input SDI,
    input SCLK,
    output SDO,
    output PLLOUTCORE,
    output PLLOUTGLOBAL,
    output LOCK
);
  SB_PLL40_PAD #(
      .FEEDBACK_PATH(FEEDBACK_PATH),
      .PLLOUT_SELECT(PLLOUT_SELECT),
      .TEST_MODE(TEST_MODE),
      .DIVR(DIVR),
      .DIVF(DIVF),
      .DIVQ(DIVQ)
  ) pll (
      .PACKAGEPIN(REFERENCECLK),
      .RESETB(RESETB),
      .BYPASS(BYPASS),
      .SDO(SDO),
      .PLLOUTCORE(PLLOUTCORE),
      .PLLOUTGLOBAL(PLLOUTGLOBAL),
      .LOCK(LOCK)
  );
endmodule
