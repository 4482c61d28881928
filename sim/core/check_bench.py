"""A bench of core.v that needs nothing but a simulator of Verilog: ``iverilog`` and ``vvp`` do."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.engine import Plan, pace
from qrnn_hw.hw.ports import class_shape
from qrnn_hw.hw.serial.image import FIRST_ROW
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

{fed}  {core} core (
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
    quiet <= (x_valid && x_ready) || y_valid{moves} ? 0 : quiet + 1;
    if (quiet == (answer >= {answers} ? {drain} : {patience})) begin
      if (wrong == 0 && answer == {answers} && step == {steps} && busy === 1'b0)
        $display("PASS: {said}");
      else $display("FAIL: %0d differ of %0d logits, {answers} should come", wrong, answer);
      $finish;
    end
  end
endmodule
"""

LOAD = """\
  // Its weights, a word a transfer, low byte first.
  reg [7:0] weights [0:{last_byte}];
  integer word = 0, weights_file, weights_read;
  initial begin
    weights_file = $fopen("weights.bin", "rb");
    weights_read = $fread(weights, weights_file);
  end
  wire w_ready;
  wire w_valid = !rst && word < {words};
  always @(posedge clk) if (w_valid && w_ready) word <= word + 1;

"""
LOAD_PORTS = """
      .w_valid(w_valid), .w_ready(w_ready),
      .w_data(w_valid ? {{weights[2 * word + 1], weights[2 * word]}} : 16'd0),"""
ROWS = """\
  // Its table, a byte of the row that it asks for in two cycles.
  reg [7:0] rows [0:{last_byte}];
  integer rows_file, rows_read, place = 0;
  initial begin
    rows_file = $fopen("table.bin", "rb");
    rows_read = $fread(rows, rows_file);
  end
  wire ask_valid;
  wire [{ask_top}:0] ask_data;
  reg ask_ready = 0, row_valid = 0, row_first = 0, rest = 0;
  reg [7:0] row_data = 0;
  always @(posedge clk) begin
    ask_ready <= 0;
    row_valid <= 0;
    rest <= 0;
    if (rst || !ask_valid || ask_ready) place <= 0;
    else if (place == {row_bytes}) ask_ready <= 1;
    else if (!rest) begin
      row_valid <= 1;
      row_first <= place == 0;
      row_data <= rows[{first} + {pitch} * ask_data + place];
      place <= place + 1;
      rest <= 1;
    end
  end

"""
ROWS_PORTS = """
      .ask_valid(ask_valid), .ask_ready(ask_ready), .ask_data(ask_data),
      .row_valid(row_valid), .row_data(row_data), .row_first(row_first),"""


@dataclass(frozen=True)
class Fed:
    """What a core is fed with, beside steps, from files of a build.

    Parameters
    ----------
    words
        Of weights.bin, 16 bits each; 0 if its weights are inside.
    rows, row_bytes, pitch
        Of table.bin: how many rows, the bytes of one, and those from one to the next; 0 if the
        table is inside.
    """

    words: int = 0
    rows: int = 0
    row_bytes: int = 0
    pitch: int = 0

    @classmethod
    def of(cls, plan: Plan) -> "Fed":
        """Tell what the core of a plan is fed with."""
        table, words = plan.flash_table(), len(plan.loaded_words())
        if table is None:
            return cls(words)
        layout = table.layout
        return cls(words, layout.rows, layout.row_bytes, layout.pitch)

    @property
    def files(self) -> list[str]:
        """Name the files."""
        return ["weights.bin"] * bool(self.words) + ["table.bin"] * bool(self.rows)

    @property
    def about(self) -> str:
        """Write what the bench has of it."""
        text = LOAD.format(words=self.words, last_byte=2 * self.words - 1) if self.words else ""
        if self.rows:
            text += ROWS.format(
                last_byte=FIRST_ROW + self.rows * self.pitch - 1, row_bytes=self.row_bytes,
                ask_top=max(0, (self.rows - 1).bit_length() - 1), first=FIRST_ROW, pitch=self.pitch,
            )  # fmt: skip
        return text

    @property
    def ports(self) -> str:
        """Write the core's ports of it."""
        return LOAD_PORTS.format() * bool(self.words) + ROWS_PORTS * bool(self.rows)


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


def bench(model: IntegerModel, core: str, sequences: list[Integers], fed: Fed) -> str:
    """Write the bench.

    Parameters
    ----------
    core
        The text of core.v.
    sequences
        (T, channels) each.
    fed
        What the core is fed with.
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
    more = (" .x_sequence(1'b0)," if "x_sequence" in core else "") + fed.ports
    return TEXT.format(
        more=more, fed=fed.about, moves=" || (w_valid && w_ready)" if fed.words else "",
        sequences=len(sequences), digest=model.digest, contents="\n".join(lines),
        input_top=model.inputs.width, data_top=model.inputs.width - 1, steps=len(steps),
        last_step=len(steps) - 1, answers=len(answers), last_answer=len(answers) - 1,
        answer_top=classes + logits, logit_top=logits - 1, class_top=classes - 1,
        class_bits=classes, core=module_of(core), drain=DRAIN,
        patience=PATIENCE, said=said(model, sequences),
    )  # fmt: skip
