"""Least squares in closed form, and the rounding of what they come to."""

import numpy as np
import pytest

from qrnn_hw.train.pooled.readout import cross_entropies
from qrnn_hw.train.pooled.squares import SHARPNESS, STRENGTHS, fit_squares, ridge, rounded


def blobs(rng, count, classes, units=40, spread=1.0):
    """Draw features of classes about centres, the units of unlike size."""
    y = np.arange(count) % classes
    sizes, centres = np.geomspace(0.1, 3, units), rng.normal(size=(classes, units))
    return sizes * (centres[y] + spread * rng.normal(size=(count, units))), y


def test_answers_to_sequences_left_out_are_those_of_a_fit_without_them():
    rng = np.random.default_rng(1)
    z, y = blobs(rng, 24, 3, spread=3)
    targets = 2.0 * np.eye(3)[y] - 1
    x, means = z - z.mean(0), targets.mean(0)
    found = ridge(x, targets - means)
    assert found.strength / np.mean(np.linalg.eigvalsh(x @ x.T)) == pytest.approx(
        min(STRENGTHS, key=lambda s: abs(s - found.strength / (x**2).sum() * len(x)))
    )
    errors = []
    for row in range(len(z)):
        rest = np.delete(np.arange(len(z)), row)
        middle, constant = z[rest].mean(0), targets[rest].mean(0)
        a, b = z[rest] - middle, targets[rest] - constant
        v = np.linalg.solve(a.T @ a + found.strength * np.eye(a.shape[1]), a.T @ b)
        errors.append((z[row] - middle) @ v + constant - (found.left_out[row] + means))
    assert np.abs(errors).max() < 1e-9
    v = found.weights.T @ x
    assert np.allclose(v.T, np.linalg.solve(x.T @ x + found.strength * np.eye(40),
                                            x.T @ (targets - means)))  # fmt: skip


def test_what_rounding_loses_the_next_units_make_up_for():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20, 12)) @ rng.normal(size=(12, 60))
    square = x.T @ x + np.eye(60)
    v, top = rng.normal(size=(3, 60)), 7
    step = np.abs(v).max() / top
    levels = rounded(v, np.linalg.inv(square), step, top)
    assert np.abs(levels).max() <= top and levels.dtype == np.int64
    error = lambda q: np.einsum("ld,de,le", q * step - v, square, q * step - v)  # noqa: E731
    assert error(levels) < 0.2 * error(np.rint(v / step))


@pytest.mark.parametrize(("classes", "count"), [(2, 1), (2, 2), (4, 4)])
def test_four_bits_of_v_answer_as_real_numbers_do(classes, count):
    rng = np.random.default_rng(3)
    z, y = blobs(rng, 440, classes, spread=2.5)
    train, test = slice(40), slice(40, None)
    right = {}
    for bits in (4, 12):
        found = fit_squares(z[train], y[train], count, bits)
        logits = found.logits(z[test])
        assert found.v.levels.shape == (count, 40) and logits.shape == (400, classes)
        right[bits] = (logits.argmax(1) == y[test]).mean()
    assert right[4] > right[12] - 0.03 and right[12] > 1.3 / classes
    # The logits are as sure as answers to sequences left out allow.
    at_hand = cross_entropies(logits, y[test]).mean()
    assert at_hand < np.log(classes)
    for other in (SHARPNESS[-1], 1 / SHARPNESS[-1]):
        assert at_hand < cross_entropies(other * logits, y[test]).mean()


def test_features_that_say_nothing_are_no_trouble():
    found = fit_squares(np.full((12, 16), 0.5), np.arange(12) % 3, 3, 4)
    assert np.isfinite(found.logits(np.full((2, 16), 0.5))).all()
    assert not found.v.levels.any()


def test_cross_entropies_are_of_smoothed_labels():
    logits, y = np.array([[2.0, -1.0], [0.5, 0.0]]), np.array([0, 1])
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.allclose(cross_entropies(logits, y), -np.log(chances[[0, 1], y]))
    spread = 0.9 * np.eye(2)[y] + 0.05
    assert np.allclose(cross_entropies(logits, y, 0.1), -(spread * np.log(chances)).sum(1))
    one = cross_entropies(logits[:, 1:] - logits[:, :1], y, 0.1)
    assert np.allclose(one, cross_entropies(logits, y, 0.1))
