// What every stand-in for a PLL is made of: it measures its input's period, runs at a wrong rate
// until it locks, and then at the rate that the periods of its output in one of the input tell.
`timescale 1ps / 1ps

module pll_model #(parameter real FACTOR = 1) (
    input clk,
    input run,
    output reg out = 0,
    output reg locked = 0
);
  localparam LOCK_EDGES = 1200;  // 100 us at 12 MHz

  realtime last = 0, half = 0;
  integer edges = 0;
  always @(posedge clk) begin
    half = ($realtime - last) / FACTOR / 2;
    last = $realtime;
    edges = edges + 1;
    locked <= run && edges >= LOCK_EDGES;
  end

  initial begin
    wait (edges == 2);
    forever #(locked ? half : 0.7 * half) out = ~out;
  end
endmodule
