// Model of a Winbond W25Q128JV, as far as a reader of it goes (data sheet W25Q128JV, revision F):
// power-down, the bit that enables four lines, in its volatile form, and Fast Read Quad I/O, with
// the delays of section 9.6. It powers up asleep, as an FPGA's configuration leaves it. Every
// instruction that it cannot follow is ignored. Its content from BASE on is a file; the rest is
// erased.
`timescale 1ps / 1ps

module w25q128 #(
    parameter FILE = "flash.bin",
    parameter [31:0] BASE = 0
) (
    input cs,
    input sck,
    inout io0,
    inout io1,
    inout io2,
    inout io3
);
  localparam [7:0] RELEASE = 8'hab, POWER_DOWN = 8'hb9, STATUS_2 = 8'h35, UNLOCK = 8'h50;
  localparam [7:0] WRITE_2 = 8'h31, READ = 8'heb;
  localparam AWAKE = 3_000_000;  // tRES1
  localparam HOLD = 1_500, VALID = 6_000, RELEASED = 7_000;  // tCLQX, tCLQV, tSHQZ
  localparam SETUP = 2_000;  // tDVCH

  reg asleep = 1, quad = 0, unlocked = 0, settable = 1;
  reg [7:0] code = 0;
  reg [31:0] bits = 0;  // what came behind the code
  reg [3:0] shown = 0, driven = 0;
  integer count = 0;  // clocks since it was selected
  integer content, got;
  realtime woken = 0, changed = 0;
  wire [3:0] lines = {io3, io2, io1, io0};
  assign io0 = driven[0] ? shown[0] : 1'bz;
  assign io1 = driven[1] ? shown[1] : 1'bz;
  assign io2 = driven[2] ? shown[2] : 1'bz;
  assign io3 = driven[3] ? shown[3] : 1'bz;
  wire follows = !asleep && $realtime >= woken;
  initial begin
    content = $fopen(FILE, "rb");
    quad = $test$plusargs("quad") != 0;  // as some variants leave the factory
    settable = $test$plusargs("stuck") == 0;
  end

  function [7:0] at(input [31:0] address);
    reg [31:0] place;
    begin
      place = {8'd0, address[23:0]} - BASE;  // reads wrap at the end
      got = place[31] ? -1 : $fseek(content, place, 0);
      got = got == 0 ? $fgetc(content) : -1;
      at = got < 0 ? 8'hff : got[7:0];
    end
  endfunction

  always @(lines) changed = $realtime;

  always @(posedge sck) begin
    if (!cs) begin
      // What changes too late before the clock is taken for something else.
      if (count < 8) code = {code[6:0], lines[0] ^ ($realtime - changed < SETUP)};
      else if (code != READ) bits = {bits[30:0], lines[0]};
      else if (count < 16) bits = {bits[27:0], lines};
      count = count + 1;
    end
  end

  reg [7:0] byte_now;
  always @(negedge sck) begin
    if (!cs && follows && code == STATUS_2 && count >= 8) begin
      driven <= #VALID 4'b0010;
      shown <= #HOLD ~shown;
      shown <= #VALID {2'b00, count == 14 && quad, 1'b0};
    end
    if (!cs && follows && code == READ && quad && bits[5:4] != 2'b10 && count >= 20) begin
      if (!count[0]) byte_now = at(bits[31:8] + (count - 20) / 2);
      driven <= #VALID 4'b1111;
      shown <= #HOLD ~shown;
      shown <= #VALID count[0] ? byte_now[3:0] : byte_now[7:4];
    end
  end

  always @(posedge cs) begin
    driven <= #RELEASED 4'b0000;
    if (count == 8 && code == RELEASE && asleep) begin
      asleep = 0;
      woken = $realtime + AWAKE;
    end else if (follows) begin
      if (count == 8 && code == POWER_DOWN) asleep = 1;
      if (count == 16 && code == WRITE_2 && unlocked && settable) quad = bits[1];
      unlocked = count == 8 && code == UNLOCK;
    end
    count = 0;
  end
endmodule
