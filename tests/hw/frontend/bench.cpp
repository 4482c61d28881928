// Feeds the stream x of `design.cc` from `inputs`, takes its stream y, and prints what happened.
//
// `inputs` has a line "idle payload" a transfer, `pauses` a line a transfer of y. Printed are a line
// "x cycle" a transfer of x, "y cycle payload" a transfer of y (32 bits a word, hexadecimal, lowest
// first), "busy cycle level" a change, and "fault cycle" where a waiting output changed.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "design.cc"

int main(int, char **arguments) {
  long cycles = atol(arguments[1]);
  FILE *inputs = fopen("inputs", "r"), *pauses = fopen("pauses", "r");
  cxxrtl_design::p_top top;
  long idle = 0, pause = 0;
  unsigned payload = 0, busy = 0;
  bool more = fscanf(inputs, "%ld %x", &idle, &payload) == 2, held = false;
  if (fscanf(pauses, "%ld", &pause) != 1) pause = 0;
  auto shown = top.p_y____payload;
  // Half a recording of noise that a reset ends, before anything counts.
  top.p_x____valid.set<unsigned>(1);
  top.p_y____ready.set<unsigned>(1);
  for (long cycle = 0, before = atol(arguments[2]); cycle <= before; cycle++) {
    top.p_x____payload.set<unsigned>(cycle * 40503u & X_MASK >> 1);
    top.p_rst.set<unsigned>(cycle == before);
    for (unsigned level = 0; level < 2; level++) {
      top.p_clk.set<unsigned>(level);
      top.step();
    }
  }
  top.p_rst.set<unsigned>(0);
  for (long cycle = 0; cycle < cycles; cycle++) {
    bool offered = more && !idle, taken = !pause;
    // While nothing is offered, what is there is wrong.
    top.p_x____payload.set<unsigned>(offered ? payload : ~payload & X_MASK);
    top.p_x____valid.set<unsigned>(offered);
    top.p_y____ready.set<unsigned>(taken);
    top.p_clk.set<unsigned>(0);
    top.step();
    if (top.p_busy.get<unsigned>() != busy) {
      busy = !busy;
      printf("busy %ld %u\n", cycle, busy);
    }
    if (offered && top.p_x____ready.get<unsigned>()) {
      printf("x %ld\n", cycle);
      more = fscanf(inputs, "%ld %x", &idle, &payload) == 2;
    } else if (more && idle) {
      idle--;
    }
    bool valid = top.p_y____valid.get<unsigned>();
    if (held && !(valid && shown == top.p_y____payload)) printf("fault %ld\n", cycle);
    if (valid && taken) {
      printf("y %ld", cycle);
      for (unsigned chunk : top.p_y____payload.data) printf(" %08x", chunk);
      printf("\n");
      if (fscanf(pauses, "%ld", &pause) != 1) pause = 0;
    } else if (valid) {
      pause--;
    }
    held = valid && !taken;
    shown = top.p_y____payload;
    top.p_clk.set<unsigned>(1);
    top.step();
  }
}
