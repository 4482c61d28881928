"""The network as ONNX: integers alone, in a Scan over the steps.

Any runtime of ONNX computes the logits of the golden run. ``x`` is (sequences, steps, channels),
int64, integers of the model's input range; ``lengths``, (sequences,), int64, how many steps of each
count. ``logits`` and ``classes`` are as :class:`~qrnn_hw.export.golden.Run` has them.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.formats.onnx_nodes import Nodes, Operand, Weights
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard, sylvester

OPSET, IR = 17, 8
MOST = (1 << 31) - (1 << 24)  # bytes of weights: a message of protobuf has less than 2 GiB

#: Lengths of the axes of a tensor; a text stands for any number.
Shape = Sequence[int | str]
ABOUT = (
    "x: (sequences, steps, channels), integers of the range in input_range. lengths: how many "
    "steps of each sequence count. logits and classes: after the last of them, or after every "
    "step, with 0 and -1 beyond the end. Every number is an integer, and exact."
)


def _factors(recurrence: Hadamard) -> Iterator[tuple[int, int, bool]]:
    """List the stages of the transform, some at a time: radix, distance, and whether halved then.

    >>> list(_factors(Hadamard(np.ones(32, int), 32)))
    [(4, 1, False), (8, 4, False)]
    >>> list(_factors(Hadamard(np.ones(32, int), 32, transform="halved")))
    [(4, 1, True), (4, 4, True), (2, 16, False)]
    """
    q, halvings = recurrence.log2_block, recurrence.halvings
    sizes = [2] * halvings if halvings else [q // 2] * (q > 1)
    sizes.append(q - sum(sizes))
    for place, size in enumerate(sizes):
        yield 1 << size, 1 << sum(sizes[:place]), place < halvings


class _Network:
    """The graph of a model: what surrounds the Scan, and its body, a step."""

    def __init__(self, model: IntegerModel) -> None:
        self.model = model
        self.weights = Weights()
        self.outer, self.body = Nodes(self.weights), Nodes(self.weights, "step/")

    # The sum of a step.

    def _transformed(self, g: Nodes, n: str, recurrence: Hadamard) -> str:
        """Multiply states by the blocks of a Hadamard matrix, exactly or halved on the way."""
        d, half = recurrence.hidden, 1 << self.model.accumulator_bits - 1
        if recurrence.offsets.any():
            n = g.add("states, raised", "Add", n, self.weights.wide("rise", recurrence.offsets))
        for place, (radix, distance, halved) in enumerate(_factors(recurrence), 1):
            matrix = self.weights.wide(f"hadamard {radix}", sylvester(radix).astype(np.int64))
            name = f"transform {place}"
            if distance == 1:  # of neighbours, one product for all
                rows = g.reshaped(f"{name}: groups", n, -1, radix)
                n = g.add(f"{name}: sums", "MatMul", rows, matrix)
            else:
                rows = g.reshaped(f"{name}: groups", n, -1, radix, distance)
                n = g.add(f"{name}: sums", "MatMul", matrix, rows)
            if halved:
                n = g.shifted(f"{name}: halved", g.wrapped(f"{name}: words", n, half), 2)
        if recurrence.halvings:
            n = g.wrapped("transform: words", n, half)
        return g.reshaped("transform", n, -1, d)

    def _products(self, g: Nodes, n: str) -> str:
        """Multiply states by the recurrent matrix."""
        recurrence = self.model.recurrence
        if not isinstance(recurrence, Hadamard):
            matrix = self.weights.wide("recurrent weights, transposed", recurrence.weights.T)
            sums = g.add("products", "MatMul", n, matrix)
            return g.add("products, guarded", "Mul", sums, 1 << recurrence.guard)
        sums = self._transformed(g, n, recurrence)
        if recurrence.decay is not None:
            power = self.weights.wide("decay", 1 << recurrence.decay)
            share = g.shifted("share that decays", sums, power)
            decays = self.weights.wide("units that decay", (recurrence.decay > 0).astype(np.int64))
            sums = g.add("transform, decayed", "Sub", sums, g.add("decay", "Mul", share, decays))
        return g.add("products", "Mul", sums, self.weights.wide("signs", recurrence.signs))

    def _terms(self, g: Nodes, x: str) -> str:
        """Return what the inputs of a step add to the sums."""
        inputs = self.model.inputs
        if isinstance(inputs, Numbers):
            if inputs.zero is not None:
                x = g.add("inputs, centred", "Sub", x, self.weights.wide("zero", inputs.zero))
            gain = g.row("gain", inputs.gain[:, None])
            power = 1 << inputs.gain_frac
            scaled = g.rounded("inputs, scaled", g.add("gained", "Mul", x, gain), power, power // 2)
            return g.add("terms", "MatMul", scaled, self.weights.wide("U, transposed", inputs.u.T))
        parities, tokens, d = inputs.table.shape
        table = self.weights.stored("table of tokens", inputs.table.reshape(-1, d))
        token = g.reshaped("tokens", x, -1)
        if parities > 1:
            first = g.add("first of its table", "Mul", g.parity, tokens)
            token = g.add("token of its table", "Add", token, first)
        row = g.add("row of the table", "Gather", table, token, axis=0)
        row = g.add("row", "Cast", row, to=TensorProto.INT64)
        scale = g.number("scale of the table", lambda t: 1 << int(inputs.table_shift[t % parities]))
        return g.add("terms", "Mul", row, scale)

    def _sums(self, g: Nodes, n: str, x: str) -> str:
        model = self.model
        sums = g.add("products and terms", "Add", self._products(g, n), self._terms(g, x))
        if model.recurrence.activation != "modrelu" and model.bias.any():
            sums = g.add("sums", "Add", sums, g.row("bias", model.bias))
        return sums

    # The state that a sum becomes.

    def _requantized(self, g: Nodes, sums: str) -> str:
        model, recurrence = self.model, self.model.recurrence
        top = 1 << model.state_bits - 1
        size = sums
        if recurrence.activation == "relu":
            size = g.add("activation", "Max", sums, 0)
        elif recurrence.activation == "modrelu":
            threshold = self.weights.wide("threshold", model.bias[:1])
            size = g.add("sizes", "Add", g.add("magnitudes", "Abs", sums), threshold)
            size = g.add("activation", "Max", size, 0)
        if recurrence.multiplier != 1:
            size = g.add("scaled sums", "Mul", size, recurrence.multiplier)
        power = g.number("power of the step", lambda t: 1 << model.shift(t))
        half = g.number("half of the step", lambda t: 1 << model.shift(t) >> 1)
        if model.halvings:
            size = g.add("sums and a half", "Add", size, half)
            word = g.number("half a word", lambda t: 1 << model.sum_word(t) - 1)
            size = g.shifted("rounded", g.wrapped("words", size, word), power)
        else:
            size = g.rounded("rounded", size, power, half)
        if recurrence.activation != "modrelu":
            return g.add("states", "Clip", size, -top, top - 1)
        size = g.add("saturated", "Min", size, top - 1)
        below = g.add("below zero", "Less", sums, 0)
        return g.add("states", "Where", below, g.add("opposite", "Neg", size), size)

    # What is read of the states.

    def _differences(self, g: Nodes, n: str) -> str:
        """Subtract the origin of the steps."""
        model = self.model
        if model.origin is None:
            return n
        offsets = np.stack([model.offset(p) for p in range(model.parities)])
        return g.add("differences", "Sub", n, g.row("origin", offsets))

    def _pooled(self, g: Nodes, p: str, n: str) -> str:
        """Add the states of a step to their pool."""
        pool, z = self.model.readout.pool, self._differences(g, n)
        assert pool is not None
        if pool.statistic == "mean":
            features = g.add("features", "Max", z, 0)
        else:
            above = g.add("at the origin or above", "GreaterOrEqual", z, 0)
            ones = g.add("ones", "Cast", above, to=TensorProto.INT64)
            features = g.add("features", "Mul", ones, pool.one)
        if pool.leak:
            kept = g.add("kept", "Sub", p, g.shifted("leak", p, 1 << pool.leak))
            return g.add("pools", "Add", kept, features)
        counted = g.add("counted", "LessOrEqual", g.step, pool.steps)
        return g.add("pools", "Add", p, g.add("added", "Where", counted, features, 0))

    def _biased(self, g: Nodes, name: str, z: str, v: str, bias: str) -> str:
        """Multiply rows, and add a bias as often as it counts."""
        pool = self.model.readout.pool
        if pool is not None:
            count: Operand = pool.weight
            if not pool.leak:
                steps = g.add(f"{name}: steps", "Min", g.step, pool.steps)
                count = g.unsqueezed(f"{name}: count", steps, 1)
            bias = g.add(f"{name}: biases", "Mul", bias, count)
        return g.add(name, "Add", g.add(f"{name}: products", "MatMul", z, v), bias)

    def _logits(self, g: Nodes, n: str, p: str, name: str) -> str:
        """Read states, or their pool."""
        readout = self.model.readout
        z = p if readout.pool else self._differences(g, n)
        if readout.relu and not readout.pool:
            z = g.add("features", "Max", z, 0)
        if layer := readout.layer:
            v, bias = self.weights.wide("V1, transposed", layer.v.T), g.row("V1's bias", layer.bias)
            sums, power = self._biased(g, "layer", z, v, bias), 1 << layer.shift
            units = g.rounded("units, uncut", sums, power, power // 2)
            z = g.add("units", "Clip", units, 0, (1 << self.model.state_bits - 1) - 1)
        v = self.weights.wide("V, transposed", readout.v.T)
        return self._biased(g, name, z, v, g.row("bias of classes", readout.class_bias))

    # The graphs.

    def _step(self, carried: list[str]) -> onnx.GraphProto:
        """Make the body of the Scan: the states, and what is read of them, after one step more."""
        g, model = self.body, self.model
        d, every = model.hidden, model.readout.every
        before, n, *pools = (f"step/{name} before" for name in carried)
        g.at(g.add("number", "Add", before, 1), model.parities)
        alive = g.add("goes on", "LessOrEqual", g.step, "ends")
        alive = g.unsqueezed("goes on, column", alive, 1)
        fresh = self._requantized(g, self._sums(g, n, "step/x"))
        outputs = [g.step, g.add("states after", "Where", alive, fresh, n)]
        for p in pools:
            outputs.append(g.add("pools after", "Where", alive, self._pooled(g, p, fresh), p))
        if every:
            logits = self._logits(g, fresh, outputs[-1], "logits of it")
            outputs.append(g.add("logits", "Where", alive, logits, 0))
        rows: Shape = ["sequences", d]
        shapes: list[Shape] = [[1], rows, *(rows for _ in pools)]
        if every:
            shapes.append(["sequences", model.classes])
        inputs = [_value(name, shape) for name, shape in zip([before, n, *pools], shapes)]
        inputs.append(_value("step/x", ["sequences", model.inputs.channels]))
        results = [_value(name, shape) for name, shape in zip(outputs, shapes)]
        return helper.make_graph(g.list, "a step", inputs, results)

    def graph(self) -> onnx.GraphProto:
        """Make the whole graph."""
        g, model = self.outer, self.model
        every, pooled = model.readout.every, model.readout.pool is not None
        shape = g.add("shape of x", "Shape", "x")
        count = g.add("sequences", "Slice", shape, *map(self.weights.lengths, (0, 1)))
        steps = g.add("steps", "Slice", shape, *map(self.weights.lengths, (1, 2)))
        ends = g.add("ends", "Min", "lengths", steps)
        size = g.add("shape of states", "Concat", count, self.weights.lengths(model.hidden), axis=0)
        start = self.weights.wide("start", model.offset(0)[None])
        first = [self.weights.lengths(0), g.add("states at the start", "Expand", start, size)]
        if pooled:
            first.append(g.add("pools at the start", "Expand", 0, size))
        carried = ["number", "states", "pools"][: len(first)]
        names = [f"last {name}" for name in carried] + ["logits"] * every
        several = {"scan_output_axes": [1]} if every else {}
        body = self._step(carried)
        last = g.several(names, "Scan", *first, "x", body=body, num_scan_inputs=1,
                         scan_input_axes=[1], **several)  # fmt: skip
        if not every:
            g.at(ends, model.parities)
            self._logits(g, last[1], last[-1], "logits")
        self._classes(g, steps, every)
        return self._whole(g, every)

    def _classes(self, g: Nodes, steps: str, every: bool) -> None:
        """Decide: the largest logit, or whether the only one is above zero."""
        name = "decisions" if every else "classes"
        if self.model.classes > 1:
            g.add(name, "ArgMax", "logits", axis=-1, keepdims=0)
        else:
            only = g.add("only logit", "Squeeze", "logits", self.weights.lengths(-1))
            g.add(name, "Cast", g.add("above zero", "Greater", only, 0), to=TensorProto.INT64)
        if every:
            scalar = g.add("steps, a number", "Squeeze", steps)
            numbers = g.add("numbers of steps", "Range", 0, scalar, 1)
            alive = g.add("within its sequence", "Less", numbers, g.unsqueezed("end", "ends", 1))
            g.add("classes", "Where", alive, name, -1)

    def _whole(self, g: Nodes, every: bool) -> onnx.GraphProto:
        if self.weights.size > MOST:
            raise ModelError(
                f"the weights of an ONNX file must be less than {MOST >> 20} MiB, not "
                f"{self.weights.size >> 20}",
                "take a smaller network, or a shorter table of tokens",
            )
        many: Shape = ["sequences", "steps"] if every else ["sequences"]
        inputs = [
            _value("x", ["sequences", "steps", self.model.inputs.channels]),
            _value("lengths", ["sequences"]),
        ]
        outputs = [_value("logits", [*many, self.model.classes]), _value("classes", many)]
        nodes = [*self.weights.casts, *g.list]
        return helper.make_graph(
            nodes, "network", inputs, outputs, self.weights.initializers(), doc_string=ABOUT
        )


def _value(name: str, shape: Shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)


def told(model: IntegerModel) -> dict[str, str]:
    """Say what a network's integers mean, in texts of ASCII."""
    low, high = model.input_range
    facts: dict[str, Any] = {
        "digest": model.digest,
        "source": model.source,
        "network": model.cell,
        "state_bits": model.state_bits,
        "transform": model.transform,
        "labels": list(model.labels),
        "input_range": [low, high],
        "logit_step": model.readout.logit_step.tolist(),
    }
    if model.channels is not None:
        facts["channels"] = [vars(each) for each in model.channels]
    return {
        name: fact if isinstance(fact, str) else json.dumps(fact) for name, fact in facts.items()
    }


def onnx_bytes(model: IntegerModel, version: str) -> bytes:
    """Return the ONNX file of a network.

    Parameters
    ----------
    version
        Of this package.

    Raises
    ------
    ModelError
        If it would be larger than such a file can be.
    """
    graph = _Network(model).graph()
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR,
        producer_name="qrnn-hw", producer_version=version,
    )  # fmt: skip
    helper.set_model_props(made, told(model))
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString(deterministic=True)
