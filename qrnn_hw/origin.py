"""A bias that is in every step, turned into a point that the recurrence turns about."""

from dataclasses import dataclass, replace

import numpy as np

from qrnn_hw.export.check import Reals
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.peak import product
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights

#: Where ``abs(1 - eigenvalue)`` is below this, a bias has no origin.
SINGULAR = 1e-6
_HINT = "leave --origin-bits out: the bias in every step is exact, and costs one more addition"


@dataclass(frozen=True)
class FixedPoint:
    """The c of ``b = (I - W) c``.

    Parameters
    ----------
    point
        c, (d,).
    nearest
        The smallest ``abs(1 - eigenvalue)`` of W: the farther below 1, the larger c may be.
    """

    point: Reals
    nearest: float


def fixed_point(model: TrainedModel) -> FixedPoint:
    """Find the state that a Hadamard recurrence leaves where it is while no input comes.

    Raises
    ------
    ModelError
        If the recurrence is another one, or has 1 for an eigenvalue. It has whenever an odd number
        of a block's signs are minus, blocks of two aside: a real orthogonal matrix with the
        determinant -1 must.
    """
    weights = model.recurrence
    if not isinstance(weights, HadamardWeights):
        raise ModelError(
            f"an origin must belong to a Hadamard recurrence, not to a {model.cell}", _HINT
        )
    size = weights.block
    points, nearest = [], np.inf
    for first in range(0, weights.hidden, size):
        unit = slice(first, first + size)
        # A block of two stands beside a copy, as no matrix is smaller than four.
        signs = np.tile(weights.signs[unit], 2 if size == 2 else 1)
        w = Hadamard(signs, size).matrix()[:size, :size] / np.sqrt(size)
        # I - W is normal, so that its singular values are the magnitudes of its eigenvalues.
        values = np.linalg.svd(np.eye(size) - w, compute_uv=False)
        nearest = min(nearest, float(values[-1]))
        if nearest < SINGULAR:
            count = int((values < SINGULAR).sum())
            raise ModelError(
                f"1 must not be an eigenvalue of W, and is {count} times in units {first}.."
                f"{first + size - 1}: this bias has no origin",
                _HINT,
            )
        points.append(np.linalg.solve(np.eye(size) - w, model.bias[unit]))
    return FixedPoint(np.concatenate(points), nearest)


@dataclass(frozen=True)
class Rounded:
    """A model whose bias is in its origin.

    Parameters
    ----------
    model
        The model.
    residual
        The largest magnitude of what a step's bias lost to rounding.
    """

    model: TrainedModel
    residual: float


def with_origin(model: TrainedModel, fixed: FixedPoint, reach: float, bits: int) -> Rounded:
    """Replace the bias of every step by an origin of few bits.

    Parameters
    ----------
    model
        Without an origin.
    fixed
        As :func:`fixed_point` found it.
    reach
        The largest distance of a state from it.
    bits
        Width of a level, 2..8.

    Raises
    ------
    ModelError
        If rounding loses more than the bias is.
    """
    from qrnn_hw.train.networks.origin import round_origin

    origin = round_origin(fixed.point, reach, bits)
    point = origin.value
    lost = model.bias - (point - product(model)(point[None])[0])
    residual, largest = float(np.abs(lost).max()), float(np.abs(model.bias).max())
    if residual > largest:
        raise ModelError(
            f"an origin of {bits} bits must keep the bias, and is {residual:.3g} off where the "
            f"largest bias is {largest:.3g}",
            f"give more --origin-bits, up to 8, or {_HINT}",
        )
    return Rounded(replace(model, bias=np.zeros(model.hidden), origin=origin), residual)
