"""A bench of core.v that needs nothing but a simulator of Verilog: ``iverilog`` and ``vvp`` do."""

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.engine import Plan, pace
from qrnn_hw.hw.ports import class_shape
from qrnn_hw.hw.verilog import module_of
from qrnn_hw.sim.core.adversarial import adversarial

CYCLES = 20_000  # that the bench should take, about: Icarus takes a thousand a second
DRAIN = 50  # cycles to wait for logits that are too many
PATIENCE = 100_000  # cycles without a transfer, after which a core hangs
TEXT = """\
// Feeds {sequences} sequences into core.v, and compares every logit and class with the golden run:
//     iverilog -g2005 -o core_check core_check.v core.v && vvp -n core_check
// Written by qrnn-hw for the model {digest}.
module core_check;
  reg clk = 0;
  always #1 clk = ~clk;
  reg rst = 1;

  reg [{input_top}:0] steps [0:{last_step}];  // last, data
  reg [{answer_top}:0] answers [0:{last_answer}];  // last, class where it is the last, logit
  initial begin
{contents}
  end

  integer step = 0, answer = 0, wrong = 0, cycles = 0, quiet = 0;
  wire x_valid = !rst && step < {steps};
  wire [{input_top}:0] x = x_valid ? steps[step] : 0;
  wire x_ready, y_valid, y_last, busy;
  wire [{logit_top}:0] y_data;
  wire [{class_top}:0] y_user;
  wire [{answer_top}:0] y = {{y_last, y_last ? y_user : {class_bits}'d0, y_data}};

  {core} core (
      .clk(clk), .rst(rst), .busy(busy),{more}
      .x_valid(x_valid), .x_ready(x_ready), .x_data(x[{data_top}:0]), .x_last(x[{input_top}]),
      .y_valid(y_valid), .y_ready(!rst), .y_data(y_data), .y_user(y_user), .y_last(y_last)
  );

  always @(posedge clk) begin
    cycles <= cycles + 1;
    rst <= cycles < 4;
    if (x_valid && x_ready) step <= step + 1;
    if (!rst && y_valid) begin
      if (answer >= {answers} || y !== answers[answer]) begin
        wrong = wrong + 1;
        if (wrong <= 8) $display("logit %0d must be %h, and is %h", answer, answers[answer], y);
      end
      answer <= answer + 1;
    end
    quiet <= (x_valid && x_ready) || y_valid ? 0 : quiet + 1;
    if (quiet == (answer >= {answers} ? {drain} : {patience})) begin
      if (wrong == 0 && answer == {answers} && step == {steps} && busy === 1'b0)
        $display("PASS: {said}");
      else $display("FAIL: %0d differ of %0d logits, {answers} should come", wrong, answer);
      $finish;
    end
  end
endmodule
"""


def can_check(plan: Plan) -> bool:
    """Whether a core runs by itself: neither weights nor rows of a table come from outside."""
    return not plan.load and plan.flash_table() is None


def short_sequences(plan: Plan, real: list[Integers], seed: int) -> list[Integers]:
    """Take the beginnings of real sequences, two at most, and of hostile ones, for a bench."""
    found = [*real[:2], *adversarial(plan.model, np.random.default_rng(seed))]
    longest = max(2, int(CYCLES / len(found) / pace(plan)))
    return [each[:longest] for each in found]


def counts(model: IntegerModel, sequences: list[Integers]) -> dict[str, int]:
    """Count what the bench compares."""
    steps = sum(map(len, sequences))
    answers = steps if model.readout.every else len(sequences)
    return {
        "sequences": len(sequences), "steps": steps, "logits": answers * model.classes,
        "classes": answers,
    }  # fmt: skip


def said(model: IntegerModel, sequences: list[Integers]) -> str:
    """Return what the bench prints of counts, behind ``PASS: ``."""
    return ", ".join(f"{count} {name}" for name, count in counts(model, sequences).items())


def bench(model: IntegerModel, core: str, sequences: list[Integers]) -> str:
    """Write the bench.

    Parameters
    ----------
    core
        The text of core.v.
    sequences
        (T, channels) each.
    """
    classes, logits = class_shape(model).width, model.logit_bits
    steps, answers = [], []
    for x in sequences:
        ends = [t == len(x) - 1 for t in range(len(x))]
        words = model.inputs.pack(x)
        steps += [last << model.inputs.width | word for last, word in zip(ends, words)]
        run = golden.run(model, x[None])
        for each, chosen in zip(run.logits.reshape(-1, model.classes), run.classes.ravel()):
            for number, logit in enumerate(each.tolist()):
                last = number == model.classes - 1
                head = (1 << classes | int(chosen)) if last else 0
                answers.append(head << logits | logit & (1 << logits) - 1)
    lines = [
        f"    {name}[{place}] = {width}'h{word:x};"
        for name, words, width in (
            ("steps", steps, model.inputs.width + 1), ("answers", answers, 1 + classes + logits),
        )
        for place, word in enumerate(words)
    ]  # fmt: skip
    # A core that takes two sequences at once gets one after the other, in the place of the first.
    more = " .x_sequence(1'b0)," if "x_sequence" in core else ""
    return TEXT.format(
        more=more,
        sequences=len(sequences), digest=model.digest, contents="\n".join(lines),
        input_top=model.inputs.width, data_top=model.inputs.width - 1, steps=len(steps),
        last_step=len(steps) - 1, answers=len(answers), last_answer=len(answers) - 1,
        answer_top=classes + logits, logit_top=logits - 1, class_top=classes - 1,
        class_bits=classes, core=module_of(core), drain=DRAIN,
        patience=PATIENCE, said=said(model, sequences),
    )  # fmt: skip
