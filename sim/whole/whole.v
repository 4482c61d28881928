// A core for whole.cpp: every port as wide as C++ reads it without asking, whatever the core's
// widths are, and what the core writes to its states at ports of their own.
`default_nettype none

module whole #(
    parameter TRACE_BITS = 4,
    parameter INPUT_BITS = 8,
    parameter LOGIT_BITS = 16,
    parameter CLASS_BITS = 1,
    parameter ASK_BITS = 1,
    parameter INPUT_WORDS = 3,
    parameter TRACE_WORDS = 3
) (
    input wire clk,
    input wire rst,
    output wire busy,
    input wire x_valid,
    output wire x_ready,
    input wire [32*INPUT_WORDS-1:0] x_data,
    input wire x_last,
    output wire y_valid,
    input wire y_ready,
    output wire [63:0] y_data,
    output wire [31:0] y_user,
    output wire y_last,
    input wire w_valid,
    output wire w_ready,
    input wire [15:0] w_data,
    output wire ask_valid,
    input wire ask_ready,
    output wire [31:0] ask_data,
    input wire row_valid,
    input wire [7:0] row_data,
    input wire row_first,
    output wire trace_enable,
    output wire [31:0] trace_address,
    output wire [32*TRACE_WORDS-1:0] trace_word
);
  wire signed [LOGIT_BITS-1:0] data;
  wire [CLASS_BITS-1:0] user;
  assign y_data = {{64 - LOGIT_BITS{data[LOGIT_BITS-1]}}, data};
  assign y_user = {{32 - CLASS_BITS{1'b0}}, user};

`ifdef ROWS
  wire [ASK_BITS-1:0] asked;
  assign ask_data = {{32 - ASK_BITS{1'b0}}, asked};
`else
  assign ask_valid = 0;
  assign ask_data = 0;
`endif
`ifndef LOAD
  assign w_ready = 0;
`endif

  `CORE core (
`ifdef ROWS
      .ask_valid(ask_valid), .ask_ready(ask_ready), .ask_data(asked),
      .row_valid(row_valid), .row_data(row_data), .row_first(row_first),
`endif
`ifdef LOAD
      .w_valid(w_valid), .w_ready(w_ready), .w_data(w_data),
`endif
      .clk(clk), .rst(rst), .busy(busy),
      .x_valid(x_valid), .x_ready(x_ready), .x_data(x_data[INPUT_BITS-1:0]), .x_last(x_last),
      .y_valid(y_valid), .y_ready(y_ready), .y_data(data), .y_user(user), .y_last(y_last)
  );

  // As bench.v reads it. Signed words are extended.
  assign trace_enable = core.core.trace__enable;
  assign trace_address = core.core.trace__address;
  assign trace_word = core.core.trace__word;
endmodule
