// Model of a pin of an iCE40 with the delays of a slow one, and without what no design of ours uses:
// yosys' own has none, and its output of double rate may show spikes.
`timescale 1ps / 1ps

module SB_IO #(
    parameter [5:0] PIN_TYPE = 0,
    parameter [0:0] PULLUP = 0,
    parameter [0:0] NEG_TRIGGER = 0,
    parameter IO_STANDARD = "SB_LVCMOS"
) (
    inout PACKAGE_PIN,
    input LATCH_INPUT_VALUE,
    input CLOCK_ENABLE,
    input INPUT_CLK,
    input OUTPUT_CLK,
    input OUTPUT_ENABLE,
    input D_OUT_0,
    input D_OUT_1,
    output reg D_IN_0,
    output D_IN_1
);
  localparam OUT = 6_000, SETUP = 4_000;  // clock to pin, with load, and pin to clock

  initial begin
    if (PIN_TYPE != 6'b010101 && PIN_TYPE != 6'b010001 && PIN_TYPE != 6'b110100)
      $fatal(0, "no model of a pin of type %b", PIN_TYPE);
  end
  localparam DOUBLE = PIN_TYPE[3:2] == 2'b00;

  reg out = 0, enable = 0, pin = 0, on = 0, seen = 0;
  always @(posedge OUTPUT_CLK) begin
    out <= D_OUT_0;
    enable <= PIN_TYPE[5] ? OUTPUT_ENABLE : 1;
  end
  always @(negedge OUTPUT_CLK) if (DOUBLE) out <= D_OUT_1;
  always @(out) pin <= #OUT out;
  always @(enable) on <= #OUT enable;
  assign PACKAGE_PIN = on ? pin : 1'bz;
  always @(PACKAGE_PIN) seen <= #SETUP PACKAGE_PIN;
  always @(posedge INPUT_CLK) D_IN_0 <= seen;
  assign D_IN_1 = 0;
endmodule
