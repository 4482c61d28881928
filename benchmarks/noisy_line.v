// A board on a bad line: either direction flips bits, one bit time each, with the chance +rate=
// of 2^32. Without +idle only while bytes are sent: from a start bit to the end of its stop bit.
module noisy_line(input clk, input rst, input rx, output tx, output busy, error, result);
  parameter DIVISOR = 8;
  localparam BYTE = 10 * DIVISOR;
  reg [31:0] rate = 0;
  reg idle = 0;
  reg [31:0] bits /* verilator public_flat_rd */ = 0;
  reg [31:0] flips_to_board /* verilator public_flat_rd */ = 0;
  reg [31:0] flips_to_host /* verilator public_flat_rd */ = 0;
  reg [7:0] phase = 0, left_to_board = 0, left_to_host = 0;
  reg flip_to_board = 0, flip_to_host = 0;
  wire clean_tx;
  initial begin
    if (!$value$plusargs("rate=%d", rate)) rate = 0;
    idle = $test$plusargs("idle");
  end
  always @(posedge clk) begin
    left_to_board <= left_to_board ? left_to_board - 1 : rx ? 0 : BYTE - 1;
    left_to_host <= left_to_host ? left_to_host - 1 : clean_tx ? 0 : BYTE - 1;
    phase <= phase == DIVISOR - 1 ? 0 : phase + 1;
    if (phase == 0) begin
      bits <= bits + 1;
      flip_to_board <= (idle || left_to_board || !rx) && $urandom < rate;
      flip_to_host <= (idle || left_to_host || !clean_tx) && $urandom < rate;
      flips_to_board <= flips_to_board + flip_to_board;
      flips_to_host <= flips_to_host + flip_to_host;
    end
  end
  assign tx = clean_tx ^ flip_to_host;
  system system(.clk(clk), .rst(rst), .rx(rx ^ flip_to_board), .tx(clean_tx), .busy(busy), .error(error),
                .result(result));
endmodule
