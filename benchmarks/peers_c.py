"""The network in C, as a microcontroller computes it: instructions a step, of an emulator."""

import json
from pathlib import Path

import numpy as np

from peers_venv import run_script
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import IntegerModel

#: Instruction sets: what the compiler calls them. One is a microcontroller's, one a host's.
TARGETS = {
    "Cortex-M4": ("thumb-freestanding-eabi", "cortex_m4"),
    "x86-64": ("x86_64-freestanding", "x86_64"),
}
LENGTHS = (2, 6)  # steps of the sequences whose instructions are compared

C = """\
#include <stdint.h>
/* Butterflies in place; then sign, input, rounding, saturation. The readout is at the end. */
enum {{ D = {d}, BLOCK = {block}, PARITIES = {parities} }};
enum {{ CHANNELS = {channels}, CLASSES = {classes} }};
static const int8_t sign[D] = {{{signs}}}, u[D][CHANNELS] = {{{u}}}, v[CLASSES][D] = {{{v}}};
static const {state} origin[PARITIES][D] = {{{origin}}};
static const int32_t gain[PARITIES] = {{{gain}}}, bias[PARITIES][CLASSES] = {{{bias}}};
static const int shift[PARITIES] = {{{shift}}};
static {state} h[D];

__attribute__((section(".entry"), used))
void run(const {input} *x, int32_t steps, int32_t *logits) {{
  {sum} y[D];
  int p = 0;
  for (int i = 0; i < D; i++) h[i] = origin[0][i];
  for (int32_t t = 1; t <= steps; t++, x += CHANNELS) {{
    p = PARITIES == 2 ? t & 1 : 0;
    for (int i = 0; i < D; i++) y[i] = h[i];
    for (int length = 1; length < BLOCK; length *= 2)
      for (int i = 0; i < D; i += 2 * length)
        for (int j = i; j < i + length; j++) {{
          {sum} a = y[j], b = y[j + length];
          y[j] = a + b, y[j + length] = a - b;
        }}
    int32_t scaled[CHANNELS], half = 1 << shift[p] >> 1;
    for (int c = 0; c < CHANNELS; c++) scaled[c] = (x[c] * gain[p] + {gain_half}) >> {gain_frac};
    for (int i = 0; i < D; i++) {{
      int32_t s = sign[i] < 0 ? -y[i] : y[i];
      for (int c = 0; c < CHANNELS; c++) s += u[i][c] * scaled[c];
      s = (s + half) >> shift[p];
      h[i] = s < {low} ? {low} : s > {high} ? {high} : s;
    }}
  }}
  for (int c = 0; c < CLASSES; c++) {{
    int32_t sum = bias[p][c];
    for (int i = 0; i < D; i++) {{
      int32_t z = h[i] - origin[p][i];
      sum += (z > 0 ? z : 0) * v[c][i];
    }}
    logits[c] = sum;
  }}
}}
"""


def _listed(values: Integers) -> str:
    if values.ndim == 1:
        return ", ".join(map(str, values.tolist()))
    return ", ".join(f"{{{_listed(row)}}}" for row in values)


def c_text(model: IntegerModel) -> str:
    """Write a Hadamard network of numbers, its readout of the last state, in C.

    States have 8 bits where that is enough, and sums 16.
    """
    recurrence, inputs, readout = model.recurrence, model.numbers, model.readout
    width = model.state_bits + recurrence.block.bit_length() - 1
    offsets = np.stack([model.offset(parity) for parity in range(model.parities)])
    return C.format(
        d=model.hidden, block=recurrence.block, parities=model.parities,
        channels=inputs.channels, classes=model.classes,
        signs=_listed(recurrence.signs), u=_listed(inputs.u), v=_listed(readout.v),
        state="int8_t" if model.state_bits <= 8 else "int16_t",
        sum="int16_t" if width <= 16 else "int32_t",
        input=f"{'' if inputs.signed else 'u'}int{8 if inputs.bits <= 8 else 16}_t",
        origin=_listed(offsets), bias=_listed(readout.class_bias), gain=_listed(inputs.gain),
        shift=", ".join(str(recurrence.shift(step)) for step in range(model.parities)),
        gain_half=1 << inputs.gain_frac - 1, gain_frac=inputs.gain_frac,
        low=-(1 << model.state_bits - 1), high=(1 << model.state_bits - 1) - 1,
    )  # fmt: skip


def instructions(model: IntegerModel, x: Integers, target: str, folder: Path) -> int:
    """Count the instructions of a step, and compare the logits with the golden run's.

    Parameters
    ----------
    x
        (T, channels), as long as the longest of ``LENGTHS``.
    target
        Of ``TARGETS``.

    Raises
    ------
    ValueError
        If logits differ.
    """
    (folder / "network.c").write_text(c_text(model))
    triple, cpu = TARGETS[target]
    order = {"triple": triple, "cpu": cpu, "classes": model.classes, "lengths": LENGTHS}
    order["bytes"] = 1 if model.numbers.bits <= 8 else 2
    order["x"] = x.ravel().tolist()
    (folder / "order.json").write_text(json.dumps(order))
    found = run_script("emulator", "count_instructions.py", folder)
    for length, logits in zip(LENGTHS, found["logits"]):
        wanted = golden.run(model, x[None, :length]).logits[0].tolist()
        if logits != wanted:
            raise ValueError(f"the C must give {wanted} after {length} steps, and gives {logits}")
    first, second = found["instructions"]
    return round((second - first) / (LENGTHS[1] - LENGTHS[0]))
