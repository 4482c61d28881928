// Test bench of a core: feeds its input stream from a file, takes its output stream, and records
// both, and every write to the state memory. It judges nothing: see bench_core.py and rtl.py.
//
// Files in the working folder: `inputs` has a line "idle marks data" a transfer (two bits: whose
// step it is, and whether it is the last; data in hexadecimal), `weights` a line "idle data" a
// transfer of a core that is loaded, `pauses` a line a transfer of the output; `rows` has the rows
// of a table that is outside the core, and `gaps` a line a byte of them: cycles that it is withheld,
// or -1 where the row begins again; `accepted`, `outputs` and `trace` are records of little-endian
// words, laid out in recording.py.
`default_nettype none

module bench #(
    parameter TRACE_BITS = 4,
    parameter INPUT_BITS = 8,
    parameter LOGIT_BITS = 16,
    parameter CLASS_BITS = 1,
    parameter ASK_BITS = 1,
    parameter ROW_BYTES = 1,
    parameter ROW_LEAD = 1,
    parameter ROW_TAIL = 1
);
  reg clk = 0;
  always #1 clk = ~clk;

  // Set by bench_core.py.
  reg rst /*verilator public_flat_rw*/ = 1;
  reg record /*verilator public_flat_rw*/ = 0;  // the run under way is the one that counts
  reg [31:0] expected /*verilator public_flat_rw*/ = 0;  // transfers of the output
  reg [31:0] drain /*verilator public_flat_rw*/ = 0;  // cycles to wait for surplus ones

  // Read by bench_core.py.
  reg finished /*verilator public_flat_rw*/ = 0;
  reg [31:0] unstable /*verilator public_flat_rw*/ = 0;  // waiting outputs that changed

  reg x_valid = 0, x_last = 0, x_sequence = 0, y_ready = 0;
  reg [INPUT_BITS-1:0] x_data = 0;
  wire x_ready, y_valid, y_last;
  wire busy /*verilator public_flat_rw*/;
  wire signed [LOGIT_BITS-1:0] y_data;
  wire [CLASS_BITS-1:0] y_user;

`ifdef LOAD
  reg w_valid = 0;
  reg [15:0] w_data = 0;
  wire w_ready;
`endif

`ifdef ROWS
  wire ask_valid;
  wire [ASK_BITS-1:0] ask_data;
  reg ask_ready = 0, row_valid = 0, row_first = 0;
  reg [7:0] row_data = 0;
`endif

`ifdef SEQUENCES
  wire y_sequence;
`else
  wire y_sequence = 0;
`endif

  `CORE core (
`ifdef SEQUENCES
      .x_sequence(x_sequence), .y_sequence(y_sequence),
`endif
`ifdef ROWS
      .ask_valid(ask_valid), .ask_ready(ask_ready), .ask_data(ask_data),
      .row_valid(row_valid), .row_data(row_data), .row_first(row_first),
`endif
`ifdef LOAD
      .w_valid(w_valid), .w_ready(w_ready), .w_data(w_data),
`endif
      .clk(clk), .rst(rst), .busy(busy),
      .x_valid(x_valid), .x_ready(x_ready), .x_data(x_data), .x_last(x_last),
      .y_valid(y_valid), .y_ready(y_ready), .y_data(y_data), .y_user(y_user), .y_last(y_last)
  );

  integer inputs, pauses, accepted, outputs, trace, got;
  initial begin
    inputs = $fopen("inputs", "r");
    pauses = $fopen("pauses", "r");
    accepted = $fopen("accepted", "wb");
    outputs = $fopen("outputs", "wb");
    trace = $fopen("trace", "wb");
  end

  reg [31:0] cycle = 0, taken = 0, drained = 0;
  reg [31:0] idle = 0, pause = 0;
  reg more = 0, held = 0;
  reg [1:0] next_marks = 0;
  reg [INPUT_BITS-1:0] next_data = 0;
  reg [LOGIT_BITS+CLASS_BITS+1:0] shown = 0;
  wire [31:0] user = {{32 - CLASS_BITS{1'b0}}, y_user};
  wire signed [63:0] data = {{64 - LOGIT_BITS{y_data[LOGIT_BITS-1]}}, y_data};

  // Each branch below that reads a file begins a transfer, so the values read are never late.
  always @(posedge clk) begin
    if (rst) begin
      cycle <= 0;
      taken <= 0;
      drained <= 0;
      held <= 0;
      finished <= 0;
      x_valid <= 0;
      got = $rewind(inputs);
      got = $fscanf(inputs, "%d %b %h", idle, next_marks, next_data);
      more = got == 3;
      got = $rewind(pauses);
      got = $fscanf(pauses, "%d", pause);
      y_ready <= pause == 0;
    end else begin
      cycle <= cycle + 1;

      // Input: while nothing is offered, the data is wrong and ends the other sequence.
      if (record && x_valid && x_ready) $fwrite(accepted, "%u", cycle);
      if (!x_valid || x_ready) begin
        x_valid <= more && idle == 0;
        x_last <= next_marks[0] || idle != 0;
        x_sequence <= next_marks[1] ^ (idle != 0);
        x_data <= idle == 0 ? next_data : ~next_data;
        if (idle != 0) idle = idle - 1;
        else if (more) begin
          got = $fscanf(inputs, "%d %b %h", idle, next_marks, next_data);
          more = got == 3;
        end
      end

      // Output: a transfer is taken `pause` cycles after it is offered.
      held <= y_valid && !y_ready;
      shown <= {y_sequence, y_last, y_user, y_data};
      if (held && (!y_valid || shown != {y_sequence, y_last, y_user, y_data}))
        unstable <= unstable + 1;
      if (y_valid && y_ready) begin
        if (record)
          $fwrite(outputs, "%u", {31'd0, y_sequence, 31'd0, y_last, user, data, cycle});
        taken <= taken + 1;
        got = $fscanf(pauses, "%d", pause);
        y_ready <= pause == 0;
      end else if (y_valid) begin
        pause = pause - 1;
        y_ready <= pause == 0;
      end
      if (taken == expected) begin
        drained <= drained + 1;
        finished <= drained == drain;
      end
    end
  end

`ifdef LOAD
  // Weights, once after every reset: while none is offered, the data is wrong.
  integer weights, found;
  initial weights = $fopen("weights", "r");
  reg [31:0] rest = 0;
  reg [15:0] next_word = 0;
  reg left = 0;
  always @(posedge clk) begin
    if (rst) begin
      w_valid <= 0;
      found = $rewind(weights);
      found = $fscanf(weights, "%d %h", rest, next_word);
      left = found == 2;
    end else if (!w_valid || w_ready) begin
      w_valid <= left && rest == 0;
      w_data <= rest == 0 ? next_word : ~next_word;
      if (rest != 0) rest = rest - 1;
      else if (left) begin
        found = $fscanf(weights, "%d %h", rest, next_word);
        left = found == 2;
      end
    end
  end
`endif

`ifdef ROWS
  // Rows: without gaps, as fast as the flash gives them. While there is no byte, the data is wrong.
  integer rows, gaps, told, gap;
  initial begin
    rows = $fopen("rows", "rb");
    gaps = $fopen("gaps", "r");
  end
  integer place = 0, rest_of_row = 0;
  always @(posedge clk) begin
    row_valid <= 0;
    row_first <= ~row_first;
    row_data <= ~row_data;
    ask_ready <= 0;
    if (rst || !ask_valid || ask_ready) begin
      place = 0;
      rest_of_row = ROW_LEAD;
    end else if (rest_of_row != 0) rest_of_row = rest_of_row - 1;
    else if (place == ROW_BYTES) ask_ready <= 1;
    else begin
      told = $fscanf(gaps, "%d", gap);
      if (told != 1) begin
        told = $rewind(gaps);
        told = $fscanf(gaps, "%d", gap);
      end
      if (gap < 0) place = 0;
      told = $fseek(rows, {{32 - ASK_BITS{1'b0}}, ask_data} * ROW_BYTES + place, 0);
      row_data <= $fgetc(rows);
      row_first <= place == 0;
      row_valid <= 1;
      place = place + 1;
      rest_of_row = (place == ROW_BYTES ? ROW_TAIL - 1 : 1) + (gap < 0 ? 0 : gap);
    end
  end
`endif

  // What the core writes to its states: traces.py reads it. Signed words are extended.
  localparam WORDS = (TRACE_BITS + 31) / 32;
  wire [31:0] address = core.core.trace__address;
  wire [32*WORDS-1:0] word = core.core.trace__word;
  always @(posedge clk) begin
    if (record && !rst && core.core.trace__enable) $fwrite(trace, "%u", {word, address});
  end

`ifdef WAVES
  // A waveform of some cycles, of the first to the last that the file `window` names, in waves.vcd;
  // and the cycle of every write above, in `written`. The run ends with the window.
  integer window, written, read_of_window;
  reg [31:0] first = 0, final_one = 0;
  initial begin
    window = $fopen("window", "r");
    written = $fopen("written", "wb");
    read_of_window = $fscanf(window, "%d %d", first, final_one);
  end
  always @(posedge clk) begin
    if (record && !rst) begin
      if (core.core.trace__enable) $fwrite(written, "%u", cycle);
      if (cycle == first) begin
        $dumpfile("waves.vcd");
        $dumpvars(0, bench);
      end
      if (cycle >= final_one) finished <= 1;
    end
  end
`endif
endmodule
