"""Vectors as values in compiled code, 16 floats or 8 doubles each; needs numba.

A compiler must suppose that any two arrays overlap: it guards the loops over them by checks, and
sums of products go through memory. What is written with vectors stays in registers.
"""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel.models import PrimitiveModel
from numba.extending import intrinsic, overload, register_model

from qrnn_hw.train.kernels.compiled import njit

BITS = 512
# Order may change and products may be fused; what is not finite must still show at the end.
FAST = ("reassoc", "contract", "nsz")
# Exponents below are not told apart: e^-80 is nothing beside 1.
LEAST = -80.0
# Stored bits of a fraction, by the bits of a number.
FRACTION = {32: 23, 64: 52}
# What it decorates takes a context first, of which the callers in compiled code know nothing.
_builtin = cast(Callable[[Callable[..., Any]], Callable[..., Any]], intrinsic)


class Vector(types.Type):
    """The type of ``BITS`` bits full of numbers of one dtype."""

    def __init__(self, dtype: types.Float) -> None:
        self.dtype, self.count = dtype, BITS // dtype.bitwidth
        super().__init__(f"Vector({dtype})")

    if TYPE_CHECKING:  # In compiled code annotations name the type for its values.

        def __add__(self, other: "Vector") -> "Vector": ...
        def __sub__(self, other: "Vector") -> "Vector": ...
        def __mul__(self, other: "Vector") -> "Vector": ...


@register_model(Vector)
class _Model(PrimitiveModel):
    def __init__(self, manager: Any, kind: Vector) -> None:
        number = ir.FloatType() if kind.dtype.bitwidth == 32 else ir.DoubleType()
        super().__init__(manager, kind, ir.VectorType(number, kind.count))


def _place(context: Any, builder: Any, array: Any, values: Any) -> Any:
    """Point at a vector in a flat array: the first two of ``values`` are array and index."""
    data = context.make_array(array)(context, builder, values[0]).data
    kind = context.get_value_type(Vector(array.dtype)).as_pointer()
    return builder.bitcast(builder.gep(data, [values[1]]), kind)


def _zeros(value: Any) -> Any:
    return ir.Constant(value.type, [0.0] * value.type.count)


def _call(builder: Any, name: str, result: Any, values: list[Any]) -> Any:
    """Call a function of LLVM that has a variant for every type of vector."""
    vector = values[-1].type
    suffix = "f32" if isinstance(vector.element, ir.FloatType) else "f64"
    kind = ir.FunctionType(result, [value.type for value in values])
    function = get_or_insert_function(builder.module, kind, f"{name}.v{vector.count}{suffix}")
    return builder.call(function, values, fastmath=FAST)


@_builtin
def numbers(_: Any, array: Any) -> Any:
    """Count the numbers of a vector of an array's dtype: a constant, unlike its item size."""
    count = Vector(array.dtype).count

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return ir.Constant(context.get_value_type(types.intp), count)

    return types.intp(array), code


@_builtin
def load(_: Any, array: Any, index: Any) -> Any:
    """Read a vector from a flat array."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        value = builder.load(_place(context, builder, array, values))
        value.align = array.dtype.bitwidth // 8
        return value

    return Vector(array.dtype)(array, types.intp), code


@_builtin
def store(_: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write a vector to a flat array."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _place(context, builder, array, values)
        builder.store(values[2], place).align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.none(array, types.intp, vector), code


@_builtin
def splat(_: Any, number: Any) -> Any:
    """Repeat a number."""
    kind = Vector(number)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        index = ir.IntType(32)
        empty = ir.Constant(context.get_value_type(kind), ir.Undefined)
        first = builder.insert_element(empty, values[0], index(0))
        places = ir.Constant(ir.VectorType(index, kind.count), [0] * kind.count)
        return builder.shuffle_vector(first, empty, places)

    return kind(number), code


def _arithmetic(operation: Callable[..., Any], name: str) -> None:
    @_builtin
    def compute(_: Any, one: Any, other: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return getattr(builder, name)(*values, flags=FAST)

        return one(one, other), code

    # numba compares the names of arguments and their annotations with those of the lambda.
    @overload(operation)
    def implement(one, other):  # type: ignore[no-untyped-def]
        if isinstance(one, Vector) and isinstance(other, Vector):
            return lambda one, other: compute(one, other)
        return None


_arithmetic(operator.add, "fadd")
_arithmetic(operator.sub, "fsub")
_arithmetic(operator.mul, "fmul")


@_builtin
def larger(_: Any, one: Any, other: Any) -> Any:
    """Take the larger number at every place, and the other where it is none."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *values), *values)

    return one(one, other), code


@_builtin
def positive(_: Any, vector: Any) -> Any:
    """Put zeros in place of negative numbers; what is no number stays."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        zeros = _zeros(values[0])
        return builder.select(builder.fcmp_ordered("<", values[0], zeros), zeros, values[0])

    return vector(vector), code


@_builtin
def places(_: Any, vector: Any) -> Any:
    """Tell where numbers are positive, a bit each."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        above = builder.fcmp_ordered(">", values[0], _zeros(values[0]))
        bits = builder.bitcast(above, ir.IntType(vector.count))
        return builder.zext(bits, ir.IntType(64))

    return types.uint64(vector), code


@_builtin
def keep(_: Any, vector: Any, where: Any) -> Any:
    """Keep the numbers at such places; zeros elsewhere."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = builder.trunc(values[1], ir.IntType(vector.count))
        chosen = builder.bitcast(bits, ir.VectorType(ir.IntType(1), vector.count))
        return builder.select(chosen, values[0], _zeros(values[0]))

    return vector(vector, types.uint64), code


@_builtin
def total(_: Any, vector: Any) -> Any:
    """Add up a vector."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        number = values[0].type.element
        zero = ir.Constant(number, 0.0)
        return _call(builder, "llvm.vector.reduce.fadd", number, [zero, values[0]])

    return vector.dtype(vector), code


def _butterfly(distance: int) -> Any:
    """Make a function that puts the sum and the difference of numbers so far apart in their place.

    A vector shorter than twice the distance stays as it is.
    """

    @_builtin
    def compute(_: Any, vector: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            value, index = values[0], ir.IntType(32)
            if vector.count <= distance:
                return value
            order = [i ^ distance for i in range(vector.count)]
            signs = [-1.0 if i & distance else 1.0 for i in range(vector.count)]
            swapped = builder.shuffle_vector(
                value,
                ir.Constant(value.type, ir.Undefined),
                ir.Constant(ir.VectorType(index, vector.count), order),
            )
            product = builder.fmul(value, ir.Constant(value.type, signs), flags=FAST)
            return builder.fadd(product, swapped, flags=FAST)

        return vector(vector), code

    return compute


butterfly_1, butterfly_2, butterfly_4, butterfly_8 = (_butterfly(1 << i) for i in range(4))


@_builtin
def _nearest(_: Any, vector: Any) -> Any:
    """Round to whole numbers."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _call(builder, "llvm.rint", values[0].type, [values[0]])

    return vector(vector), code


@_builtin
def _power_of_two(_: Any, vector: Any) -> Any:
    """Compute 2^n of whole numbers n that are exponents of normal numbers."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        width, count = vector.dtype.bitwidth, vector.count
        fraction = FRACTION[width]
        kind = ir.VectorType(ir.IntType(width), count)
        bias = ir.Constant(kind, [(1 << width - fraction - 2) - 1] * count)
        exponents = builder.add(builder.fptosi(values[0], kind), bias)
        bits = builder.shl(exponents, ir.Constant(kind, [fraction] * count))
        return builder.bitcast(bits, values[0].type)

    return vector(vector), code


@njit(fastmath=set(FAST))
def exponential(x: Vector, one: Any) -> Vector:
    """Compute e^x of vectors of ``LEAST``..0, to about 2e-14 and the dtype of ``one``, 1."""
    dtype = type(one)
    octaves = _nearest(x * splat(dtype(1.4426950408889634)))
    rest = x - octaves * splat(dtype(0.6931471805599453))
    # Taylor: what is left out is below 0.35^12 / 12!.
    series = splat(dtype(1 / 39916800))
    for divisor in (3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2, 1, 1):
        series = series * rest + splat(dtype(1 / divisor))
    return series * _power_of_two(octaves)
