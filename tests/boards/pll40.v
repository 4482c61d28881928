// Stand-in for the PLL of an iCE40 with simple feedback: it measures its input's period, runs at a
// wrong rate until it locks, and then at the rate that its parameters ask for.
`timescale 1ps / 1ps

module SB_PLL40_PAD #(
    parameter FEEDBACK_PATH = "SIMPLE",
    parameter [3:0] DIVR = 0,
    parameter [6:0] DIVF = 0,
    parameter [2:0] DIVQ = 0,
    parameter [2:0] FILTER_RANGE = 0
) (
    input PACKAGEPIN,
    input RESETB,
    input BYPASS,
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

  initial begin
    wait (edges == 2);
    forever #(LOCK ? half : 0.7 * half) PLLOUTGLOBAL = ~PLLOUTGLOBAL;
  end
endmodule
