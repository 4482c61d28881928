"""Cross-entropy at every step of a Hadamard recurrence, its gradient at once; needs numba.

Sequences run side by side, one a lane of vectors, so that the transform and both products with V
are the same few instructions for all. Forward, a step leaves the gradient at its logits and which
features are positive: a twelfth of its states. Backward, that is all that the adjoint needs.

An epoch of ``train text`` takes 2.9 times as long in plain torch, one of the copying problem that
is read at every step 13 times: ``ratio_lanes`` of ``benchmarks/train_speed.py --case text --json``
and ``--case copy``, one thread. Tasks that are read at the last step, such as digits and MNIST,
and tuning in integers do not come here.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.train.kernels.compiled import njit
from qrnn_hw.train.kernels.transform import Floats, turn
from qrnn_hw.train.kernels.vectors import (
    BITS,
    FAST,
    LEAST,
    Vector,
    exponential,
    keep,
    larger,
    load,
    numbers,
    places,
    positive,
    splat,
    store,
    total,
)

Integers = npt.NDArray[np.integer]
Memory = tuple[Floats, Integers, Integers]
_compiled = njit(fastmath=set(FAST), error_model="numpy", nogil=True)

# Vectors side by side, and numbers of states that are kept for the gradient of V.
ABREAST, KEPT = 4, 1 << 16
# Products take so many vectors, classes and units at a time, which fill the registers.
PAIR, ROWS, UNITS = 2, 4, 4
PAIR_BYTES = PAIR * BITS // 8


@_compiled
def _aligned(size: int, like: Floats) -> Floats:
    """Make a flat array that begins where a line of the cache does."""
    whole = np.empty(size + numbers(like), like.dtype)
    first = (-whole.ctypes.data % (BITS // 8)) // like.itemsize
    return whole[first : first + size]


@_compiled
def _columns(
    rows: Integers, first: int, begin: int, end: int, none: int, lanes: int, found: Integers
) -> None:
    """Turn some steps of rows, (n, m), into lanes, (m, lanes); ``none`` fills lanes of no row."""
    for lane in range(lanes):
        if first + lane < len(rows):
            row = rows[first + lane, begin:end]
            for i in range(end - begin):
                found[i * lanes + lane] = row[i]
        else:
            for i in range(end - begin):
                found[i * lanes + lane] = none


@_compiled
def _alike(tokens: Integers) -> bool:
    """Tell whether all lanes have the same token."""
    for lane in range(1, tokens.size):
        if tokens[lane] != tokens[0]:
            return False
    return True


@_compiled
def _drive(
    state: Floats, gain: Floats, table: Floats, tokens: Integers, alike: bool, mask: Integers,
    spare: Floats,
) -> None:  # fmt: skip
    """Scale what the transform left, add the inputs, and note which states are positive."""
    lanes, step = tokens.size, numbers(state)
    place = 0
    for unit in range(gain.size):
        factor, inputs = splat(gain[unit]), table[unit]
        if alike:
            same = splat(inputs[tokens[0]])
            for lane in range(0, lanes, step):
                value = load(state, unit * lanes + lane) * factor + same
                store(state, unit * lanes + lane, value)
                mask[place] = places(value)
                place += 1
        else:
            for lane in range(lanes):
                spare[lane] = inputs[tokens[lane]]
            for lane in range(0, lanes, step):
                value = load(state, unit * lanes + lane) * factor + load(spare, lane)
                store(state, unit * lanes + lane, value)
                mask[place] = places(value)
                place += 1


@_compiled
def _logits(state: Floats, v: Floats, bias: Floats, lanes: int, out: Floats) -> None:
    """Compute ``v relu(state) + bias``, (rows, lanes)."""
    rows, units = v.shape
    step = numbers(state)
    for k in range(0, rows, ROWS):
        for lane in range(0, lanes, PAIR * step):
            a, b, c, d = splat(bias[k]), splat(bias[k + 1]), splat(bias[k + 2]), splat(bias[k + 3])
            e, f, g, h = a, b, c, d
            for unit in range(units):
                near = positive(load(state, unit * lanes + lane))
                far = positive(load(state, unit * lanes + lane + step))
                one, two = splat(v[k, unit]), splat(v[k + 1, unit])
                three, four = splat(v[k + 2, unit]), splat(v[k + 3, unit])
                a, b, c, d = a + one * near, b + two * near, c + three * near, d + four * near
                e, f, g, h = e + one * far, f + two * far, g + three * far, h + four * far
            for row, (near, far) in enumerate(((a, e), (b, f), (c, g), (d, h))):
                store(out, (k + row) * lanes + lane, near)
                store(out, (k + row) * lanes + lane + step, far)


@_compiled
def _answer(logits: Floats, rows: int, targets: Integers, largest: Floats, sums: Floats) -> Any:
    """Turn logits into gradients of the cross-entropy, and give what it comes to without logs.

    The logit of the first class is 0 and has no row. The cross-entropy is ``log(sums)`` of all
    lanes less what is returned; ``sums`` are 1 where no answer is asked.
    """
    lanes, step = targets.size, numbers(logits)
    zero, one = splat(logits.dtype.type(0)), logits.dtype.type(1)
    least, margin = splat(logits.dtype.type(LEAST)), 0.0
    for first in range(0, lanes, step):
        top = zero
        for k in range(rows):
            top = larger(top, load(logits, k * lanes + first))
        store(largest, first, top)
        for lane in range(first, first + step):
            target = targets[lane]
            if target >= 0:
                margin -= largest[lane]
            if target > 0:
                margin += logits[(target - 1) * lanes + lane]
        exponents = exponential(larger(least, zero - top), one)
        for k in range(rows):
            value = exponential(larger(least, load(logits, k * lanes + first) - top), one)
            exponents = exponents + value
            store(logits, k * lanes + first, value)
        store(sums, first, exponents)
    for k in range(rows):
        for lane in range(lanes):
            logits[k * lanes + lane] /= sums[lane]
    for lane in range(lanes):
        target = targets[lane]
        if target > 0:
            logits[(target - 1) * lanes + lane] -= 1
        elif target < 0:
            sums[lane] = 1
            for k in range(rows):
                logits[k * lanes + lane] = 0
    return margin


@_compiled
def _weigh(
    gradients: Floats, states: Floats, steps: int, lanes: int, to_v: Floats, to_bias: Floats
) -> None:
    """Add what some steps contribute to the gradients of V and the biases."""
    rows, units = to_v.shape
    step, zero = numbers(states), splat(to_v.dtype.type(0))
    for k in range(rows):
        a = zero
        for t in range(steps):
            for lane in range(0, lanes, step):
                a = a + load(gradients, (t * rows + k) * lanes + lane)
        to_bias[k] += total(a)
    for unit in range(0, units, UNITS):
        for k in range(0, rows, ROWS):
            a, b, c, d = zero, zero, zero, zero
            e, f, g, h = zero, zero, zero, zero
            i, j, m, n = zero, zero, zero, zero
            p, q, r, s = zero, zero, zero, zero
            for t in range(steps):
                for lane in range(0, lanes, step):
                    place = (t * rows + k) * lanes + lane
                    one, two = load(gradients, place), load(gradients, place + lanes)
                    three = load(gradients, place + 2 * lanes)
                    four = load(gradients, place + 3 * lanes)
                    place = (t * units + unit) * lanes + lane
                    x, y = positive(load(states, place)), positive(load(states, place + lanes))
                    z = positive(load(states, place + 2 * lanes))
                    w = positive(load(states, place + 3 * lanes))
                    a, b, c, d = a + one * x, b + one * y, c + one * z, d + one * w
                    e, f, g, h = e + two * x, f + two * y, g + two * z, h + two * w
                    i, j, m, n = i + three * x, j + three * y, m + three * z, n + three * w
                    p, q, r, s = p + four * x, q + four * y, r + four * z, s + four * w
            for row, (x, y, z, w) in enumerate(
                ((a, b, c, d), (e, f, g, h), (i, j, m, n), (p, q, r, s))
            ):
                to_v[k + row, unit] += total(x)
                to_v[k + row, unit + 1] += total(y)
                to_v[k + row, unit + 2] += total(z)
                to_v[k + row, unit + 3] += total(w)


@_compiled
def _retreat(state: Floats, gradients: Floats, v: Floats, mask: Integers, lanes: int) -> None:
    """Add a step's gradients, (rows, lanes), to those at the states, (d, lanes), past it."""
    units, rows = v.shape
    step, zero = numbers(state), splat(v.dtype.type(0))
    vectors = lanes // step
    for unit in range(0, units, UNITS):
        for lane in range(0, lanes, PAIR * step):
            a, b, c, d = zero, zero, zero, zero
            e, f, g, h = zero, zero, zero, zero
            for k in range(rows):
                near = load(gradients, k * lanes + lane)
                far = load(gradients, k * lanes + lane + step)
                one, two = splat(v[unit, k]), splat(v[unit + 1, k])
                three, four = splat(v[unit + 2, k]), splat(v[unit + 3, k])
                a, b, c, d = a + one * near, b + two * near, c + three * near, d + four * near
                e, f, g, h = e + one * far, f + two * far, g + three * far, h + four * far
            place, bits = unit * lanes + lane, unit * vectors + lane // step
            _add(a, e, state, place, mask, bits)
            _add(b, f, state, place + lanes, mask, bits + vectors)
            _add(c, g, state, place + 2 * lanes, mask, bits + 2 * vectors)
            _add(d, h, state, place + 3 * lanes, mask, bits + 3 * vectors)


@_compiled
def _add(near: Vector, far: Vector, state: Floats, place: int, mask: Integers, bits: int) -> None:
    """Add two vectors to those of a state, where features are positive."""
    step = numbers(state)
    store(state, place, load(state, place) + keep(near, mask[bits]))
    store(state, place + step, load(state, place + step) + keep(far, mask[bits + 1]))


@_compiled
def _receive(
    state: Floats, gain: Floats, tokens: Integers, alike: bool, to_table: Floats, sums: Floats
) -> None:
    """Add the gradients at the states to those at a step's inputs; scale them for W.

    Where all lanes have the same token, ``sums``, (d, vector), collects them for a while.
    """
    lanes, step = tokens.size, numbers(state)
    for unit in range(gain.size):
        factor = splat(gain[unit])
        if alike:
            part = load(sums, unit * step)
            for place in range(unit * lanes, (unit + 1) * lanes, step):
                value = load(state, place)
                part = part + value
                store(state, place, value * factor)
            store(sums, unit * step, part)
        else:
            row = to_table[unit]
            for lane in range(lanes):
                row[tokens[lane]] += state[unit * lanes + lane]
            for place in range(unit * lanes, (unit + 1) * lanes, step):
                store(state, place, load(state, place) * factor)


@_compiled
def _flush(sums: Floats, token: int, to_table: Floats) -> None:
    """Add up the lanes of what a token was given, and begin anew."""
    step = sums.size // len(to_table)
    for unit in range(len(to_table)):
        to_table[unit, token] += total(load(sums, unit * step))
    sums[:] = 0


@_compiled
def scratch(steps: int, lanes: int, rows: int, units: int, like: Floats) -> Memory:
    """Make the memory that :func:`group` needs, for so many lanes or fewer.

    What is of every step: gradients at logits, tokens, and which states are positive.
    """
    marks = np.empty(steps * units * lanes // numbers(like), np.uint16)
    return _aligned(steps * rows * lanes, like), np.empty(steps * lanes, np.int32), marks


@_compiled
def group(
    first: int, lanes: int, start: Floats, table: Floats, x: Integers, targets: Integers,
    signs: Floats, block: int, v: Floats, bias: Floats, others: int, memory: Memory,
    out: tuple[Floats, Floats, Floats, Floats],
) -> float:  # fmt: skip
    """Run the sequences from ``first`` on, as many as there are lanes, forward and back.

    Parameters
    ----------
    first, lanes
        Where, and how many: a multiple of ``PAIR`` vectors, which may reach beyond the last.
    start
        (n, d): the states before the first step.
    table
        (d, tokens): what a token adds to the state.
    x, targets
        (n, m) each: tokens; and classes, -1 where no answer is asked.
    signs, block
        Of W; d is a multiple of ``UNITS``.
    v, bias
        (rows, d) and (rows,), for all classes but the first, less its own, then zeros: rows is a
        multiple of ``ROWS``. What is added to all logits is nothing to a cross-entropy.
    others
        How many of the rows are no zeros.
    memory
        Of :func:`scratch`.
    out
        Gradients that are filled: at ``start``, (n, d), and, zeros before, at ``table``, ``v`` and
        ``bias``.

    Returns
    -------
    float
        Sum of the cross-entropy.
    """
    (gradients, tokens, mask), (to_start, to_table, to_v, to_bias) = memory, out
    steps, (rows, units) = x.shape[1], v.shape
    step, gain = numbers(v), signs * v.dtype.type(1 / math.sqrt(block))
    size, read, count = units * lanes, rows * lanes, min(lanes, len(start) - first)
    bits, chunk = size // step, max(KEPT // size, 1)
    asked, largest, sums = np.empty(chunk * lanes, np.int32), _aligned(lanes, v), _aligned(lanes, v)
    spare, states = _aligned(lanes, v), _aligned((chunk + 1) * size, v)
    states[:size] = 0
    for unit in range(units):
        for lane in range(count):
            states[unit * lanes + lane] = start[first + lane, unit]
    loss, product = 0.0, np.ones(lanes)
    for begin in range(0, steps, chunk):
        end = min(begin + chunk, steps)
        _columns(x, first, begin, end, 0, lanes, tokens[begin * lanes :])
        _columns(targets, first, begin, end, -1, lanes, asked)
        for t in range(begin, end):
            last = states[(t - begin) * size : (t - begin + 1) * size]
            state = states[(t - begin + 1) * size : (t - begin + 2) * size]
            now, marks = tokens[t * lanes : (t + 1) * lanes], mask[t * bits : (t + 1) * bits]
            turn(last, state, block, lanes)
            _drive(state, gain, table, now, _alike(now), marks, spare)
            logits = gradients[t * read : (t + 1) * read]
            _logits(state, v, bias, lanes, logits)
            answers = asked[(t - begin) * lanes : (t - begin + 1) * lanes]
            loss -= _answer(logits, others, answers, largest, sums)
            for lane in range(lanes):
                product[lane] *= sums[lane]
            # One logarithm for so many steps: 2^16 classes come to 2^512 in that time.
            if t % 32 == 31 or t == steps - 1:
                for lane in range(lanes):
                    loss += math.log(product[lane])
                product[:] = 1
        _weigh(gradients[begin * read :], states[size:], end - begin, lanes, to_v, to_bias)
        states[:size] = states[(end - begin) * size : (end - begin + 1) * size]
    state, inputs, transposed, token = states[:size], _aligned(units * step, v), v.T.copy(), -1
    state[:], inputs[:] = 0, 0
    for t in range(steps - 1, -1, -1):
        now = tokens[t * lanes : (t + 1) * lanes]
        alike = _alike(now)
        if token >= 0 and not (alike and now[0] == token):
            _flush(inputs, token, to_table)
        token = now[0] if alike else -1
        logits = gradients[t * read : (t + 1) * read]
        _retreat(state, logits, transposed, mask[t * bits : (t + 1) * bits], lanes)
        _receive(state, gain, now, alike, to_table, inputs)
        turn(state, state, block, lanes)
    if token >= 0:
        _flush(inputs, token, to_table)
    for unit in range(units):
        for lane in range(count):
            to_start[first + lane, unit] = state[unit * lanes + lane]
    return loss
