"""The compiled recurrence against its matrix."""

import numpy as np
import pytest
from scipy.linalg import hadamard

from qrnn_hw.train.kernel import carry, peak, respond, respond_adjoint


def instance(d, seed=3):
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1.0, 1.0], d)
    return generator, signs, signs[:, None] * hadamard(d) / np.sqrt(d)


@pytest.mark.parametrize("d", [4, 8, 64, 128])
def test_the_response_and_the_carried_state_are_powers_of_the_matrix(d):
    generator, signs, matrix = instance(d)
    start = generator.standard_normal(d)
    response = respond(start, signs, 9)
    for t in range(1, 10):
        power = np.linalg.matrix_power(matrix, 9 - t)
        np.testing.assert_allclose(response[t - 1], power @ start, atol=1e-12)
    power = np.linalg.matrix_power(matrix, 9)
    np.testing.assert_allclose(carry(start, signs, 9, False), power @ start, atol=1e-12)
    np.testing.assert_allclose(carry(start, signs, 9, True), power.T @ start, atol=1e-12)


@pytest.mark.parametrize("d", [4, 8, 64, 128])
def test_the_adjoint_is_the_transpose_of_the_response(d):
    generator, signs, _ = instance(d)
    start, gradient = generator.standard_normal(d), generator.standard_normal((7, d))
    forward = (respond(start, signs, 7) * gradient).sum()
    assert start @ respond_adjoint(gradient, signs) == pytest.approx(forward, abs=1e-11)


@pytest.mark.parametrize("d", [4, 32])
def test_peak_is_the_largest_of_the_step_by_step_run(d):
    generator, signs, matrix = instance(d)
    inputs = generator.standard_normal((5, 11))
    weights, origin = generator.standard_normal((2, d))
    largest = abs(origin).max()
    for row in inputs:
        state = -origin
        for x in row:
            state = matrix @ state + weights * x
            largest = max(largest, abs(state).max())
    assert peak(inputs, weights, origin, signs) == pytest.approx(largest, rel=1e-12)


def test_peak_counts_the_start():
    _, signs, _ = instance(4)
    origin = np.array([0.0, -3.0, 0.0, 0.0])
    assert peak(np.zeros((1, 5)), np.ones(4), origin, signs) == 3
