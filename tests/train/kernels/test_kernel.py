"""The compiled recurrence against its matrix."""

import numpy as np
import pytest
import torch
from scipy.linalg import hadamard

from qrnn_hw.train.kernels import threads
from qrnn_hw.train.kernels.kernel import (
    carry,
    peak,
    recall,
    recall_adjoint,
    respond,
    respond_adjoint,
    scan,
    scan_adjoint,
)

SIZES = [(4, 4), (8, 8), (64, 64), (128, 128), (4, 2), (12, 4), (48, 16), (64, 8), (6, 2), (96, 32)]
sizes = pytest.mark.parametrize(("d", "block"), SIZES)


def instance(d, block, seed=3):
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1.0, 1.0], d)
    blocks = np.kron(np.eye(d // block), hadamard(block))
    return generator, signs, signs[:, None] * blocks / np.sqrt(block)


@sizes
def test_the_response_and_the_carried_state_are_powers_of_the_matrix(d, block):
    generator, signs, matrix = instance(d, block)
    columns = generator.standard_normal((3, d))
    response = respond(columns, signs, block, 9)
    for t in range(1, 10):
        power = np.linalg.matrix_power(matrix, 9 - t)
        np.testing.assert_allclose(response[t - 1], columns @ power.T, atol=1e-12)
    power, start = np.linalg.matrix_power(matrix, 9), columns[0]
    np.testing.assert_allclose(carry(start, signs, block, 9, False), power @ start, atol=1e-12)
    np.testing.assert_allclose(carry(start, signs, block, 9, True), power.T @ start, atol=1e-12)


@sizes
def test_the_adjoint_is_the_transpose_of_the_response(d, block):
    generator, signs, _ = instance(d, block)
    columns, gradient = generator.standard_normal((2, d)), generator.standard_normal((7, 2, d))
    forward = (respond(columns, signs, block, 7) * gradient).sum()
    adjoint = respond_adjoint(gradient, signs, block)
    assert (columns * adjoint).sum() == pytest.approx(forward, abs=1e-11)


@sizes
def test_what_is_recalled_are_rows_of_the_response(d, block):
    generator, signs, _ = instance(d, block)
    columns = generator.standard_normal((4, d))
    # One of a kind, several at one age, out of order, never asked for; and not come yet.
    ages, kinds = np.array([5, 0, 3, 3, -1, 8, 3, -7]), np.array([2, 0, 0, 0, 0, 2, 2, 3])
    response = respond(columns, signs, block, 9)
    expected = np.where(ages[:, None] >= 0, response[8 - ages.clip(0), kinds], 0)
    np.testing.assert_allclose(recall(columns, signs, block, ages, kinds), expected, atol=1e-12)
    gradient = generator.standard_normal((8, d))
    adjoint = recall_adjoint(gradient, signs, block, ages, kinds, 4)
    assert (columns * adjoint).sum() == pytest.approx((expected * gradient).sum(), abs=1e-11)
    assert not adjoint[[1, 3]].any()


@sizes
def test_the_scan_keeps_every_state_and_its_adjoint_is_its_transpose(d, block):
    generator, signs, matrix = instance(d, block)
    start, drive = generator.standard_normal((3, d)), generator.standard_normal((3, 5, d))
    states = scan(start, drive, signs, block)
    state = start
    for t in range(5):
        state = state @ matrix.T + drive[:, t]
        np.testing.assert_allclose(states[:, t], state, atol=1e-12)
    gradient = generator.standard_normal((3, 5, d))
    to_drive, to_start = scan_adjoint(gradient, signs, block)
    expected = (states * gradient).sum()
    assert (to_drive * drive).sum() + (to_start * start).sum() == pytest.approx(expected)


@sizes
def test_peak_is_the_largest_of_the_states_that_count(d, block):
    generator, signs, _ = instance(d, block)
    start, drive = generator.standard_normal((4, d)), generator.standard_normal((4, 6, d))
    lengths = np.array([6, 1, 3, 4])
    drive[1, 2] = 1e6
    states = scan(start, drive, signs, block)
    inside = np.arange(6) < lengths[:, None]
    largest = max(abs(start).max(), abs(states[inside]).max())
    assert peak(start, drive, lengths, signs, block) == pytest.approx(largest, rel=1e-12)


def test_peak_counts_the_start():
    _, signs, _ = instance(4, 4)
    start = np.array([[0.0, -3.0, 0.0, 0.0]])
    assert peak(start, np.zeros((1, 5, 4)), np.array([5]), signs, 4) == 3


@pytest.mark.parametrize(("d", "block"), [(64, 64), (12, 4)])
def test_the_number_of_threads_leaves_no_trace(d, block, monkeypatch):
    monkeypatch.setattr(threads, "WORTH", 0)
    generator, signs, _ = instance(d, block)
    signs, before, results = signs.astype(np.float32), torch.get_num_threads(), []
    columns, start = generator.standard_normal((2, 7, d)).astype(np.float32)
    drive = generator.standard_normal((7, 50, d)).astype(np.float32)
    gradient = np.ascontiguousarray(drive.transpose(1, 0, 2))
    asked = generator.integers(-1, 50, 350), generator.integers(7, size=350)
    for count in (1, 2, 3, 16):
        torch.set_num_threads(count)
        results.append([
            respond(columns, signs, block, 50),
            respond_adjoint(gradient, signs, block),
            scan(start, drive, signs, block),
            *scan_adjoint(drive, signs, block),
            recall(columns, signs, block, *asked),
            recall_adjoint(drive.reshape(-1, d), signs, block, *asked, 7),
        ])  # fmt: skip
    torch.set_num_threads(before)
    for other in results[1:]:
        assert all(np.array_equal(*pair) for pair in zip(results[0], other))
