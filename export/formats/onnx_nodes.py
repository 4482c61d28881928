"""Nodes of an ONNX graph, and what the arithmetic needs and ONNX has no operator for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper, numpy_helper

from qrnn_hw.export.check import Integers

#: What a node takes: the name of a tensor, or a whole number.
Operand = str | int


class Weights:
    """Tensors that every graph of a model reads, by name."""

    def __init__(self) -> None:
        self.tensors: dict[str, npt.NDArray[Any]] = {}
        self.casts: list[NodeProto] = []

    def number(self, value: int) -> str:
        """Name a whole number."""
        name = f"{value}" if value >= 0 else f"minus {-value}"
        self.tensors[name] = np.array(value, np.int64)
        return name

    def lengths(self, *values: int) -> str:
        """Name a list of axes, or of lengths of axes."""
        name = f"[{', '.join(map(str, values))}]"
        self.tensors[name] = np.array(values, np.int64)
        return name

    def stored(self, name: str, values: Integers) -> str:
        """Keep integers in the narrowest type that holds them all."""
        low, high = int(values.min()), int(values.max())
        kinds = (np.int8, np.int16, np.int32)
        fits = (x for x in kinds if np.iinfo(x).min <= low and high <= np.iinfo(x).max)
        self.tensors[name] = values.astype(next(fits, np.int64))
        return name

    def wide(self, name: str, values: Integers) -> str:
        """Keep integers, and widen them to the type of all sums."""
        stored = f"{name}, stored"
        if stored in self.tensors:  # a step and the end of a sequence read the same
            return name
        self.stored(stored, values)
        self.casts.append(helper.make_node("Cast", [stored], [name], name, to=TensorProto.INT64))
        return name

    @property
    def size(self) -> int:
        """Bytes of them all."""
        return sum(each.nbytes for each in self.tensors.values())

    def initializers(self) -> list[TensorProto]:
        """Lay them out as a graph keeps them."""
        return [numpy_helper.from_array(each, name) for name, each in self.tensors.items()]


class Nodes:
    """The nodes of a graph, in order.

    Parameters
    ----------
    weights
        What they read.
    prefix
        Of the names of all tensors that are made here.

    Attributes
    ----------
    step, parity : str
        Tensors of the numbers of the steps that nodes are about, and of their parities.
    """

    def __init__(self, weights: Weights, prefix: str = "") -> None:
        self.weights, self.prefix = weights, prefix
        self.list: list[NodeProto] = []
        self.step = self.parity = ""

    def at(self, step: str, parities: int) -> None:
        """Tell which steps what follows is about, (1,) or (sequences,)."""
        self.step = step
        if parities > 1:
            self.parity = self.add("parity", "Mod", step, parities)

    def add(self, name: str, operator: str, *operands: Operand, **attributes: Any) -> str:
        """Add a node that makes one tensor, and return the tensor's name."""
        return self.several([name], operator, *operands, **attributes)[0]

    def several(
        self, names: list[str], operator: str, *operands: Operand, **attributes: Any
    ) -> list[str]:
        """Add a node that makes some tensors, and return their names."""
        inputs = [self.weights.number(x) if isinstance(x, int) else x for x in operands]
        outputs = [self.prefix + name for name in names]
        self.list.append(helper.make_node(operator, inputs, outputs, outputs[0], **attributes))
        return outputs

    def row(self, name: str, values: Integers) -> str:
        """Return the row of a table (parities, n) for each step: (1, n), or (sequences, n)."""
        if (values == values[0]).all():
            return self.weights.wide(name, values[:1])
        table = self.weights.wide(f"{name}, of even and odd steps", values)
        return self.add(name, "Gather", table, self.parity, axis=0)

    def number(self, name: str, of_step: Callable[[int], int]) -> Operand:
        """Return a number that may alternate between even steps and odd ones."""
        even, odd = of_step(0), of_step(1)
        return even if even == odd else self.row(name, np.array([[even], [odd]]))

    def shifted(self, name: str, value: str, power: Operand) -> str:
        """Divide by a power of two and round down, as an arithmetic shift to the right does.

        ONNX shifts no signed integers. A remainder of its Mod is never negative, and what is left
        without that divides exactly.
        """
        if power == 1:
            return value
        low = self.add(f"{name}: dropped", "Mod", value, power)
        return self.add(name, "Div", self.add(f"{name}: kept", "Sub", value, low), power)

    def rounded(self, name: str, value: str, power: Operand, half: Operand) -> str:
        """Divide by a power of two and round half up."""
        return self.shifted(name, self.add(f"{name}: and a half", "Add", value, half), power)

    def wrapped(self, name: str, value: str, half: Operand) -> str:
        """Take the low bits of a value for a signed word.

        Parameters
        ----------
        half
            Of the numbers that a word holds.
        """
        whole: Operand = 2 * half if isinstance(half, int) else self.add(
            f"{name}: numbers of a word", "Add", half, half
        )  # fmt: skip
        raised = self.add(f"{name}: raised", "Add", value, half)
        return self.add(name, "Sub", self.add(f"{name}: low bits", "Mod", raised, whole), half)

    def reshaped(self, name: str, value: str, *lengths: int) -> str:
        """Lay values out along other axes; one length may be -1."""
        return self.add(name, "Reshape", value, self.weights.lengths(*lengths))

    def unsqueezed(self, name: str, value: str, axis: int) -> str:
        """Give values one more axis."""
        return self.add(name, "Unsqueeze", value, self.weights.lengths(axis))
