"""Work in parts."""

import threading

import pytest
import torch

from qrnn_hw.train.kernels import threads
from qrnn_hw.train.kernels.threads import side_by_side, spread


@pytest.fixture(params=[1, 2, 3])
def count(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_every_row_is_computed_once(count, rows, monkeypatch):
    monkeypatch.setattr(threads, "WORTH", 100)
    for work, parts in ((99, 1), (100, min(count, rows))):
        stretches = []
        spread(lambda *stretch, kept=stretches: kept.append(stretch), rows, work)
        assert len(stretches) == parts
        assert sorted(i for stretch in stretches for i in range(*stretch)) == list(range(rows))


def test_tasks_run_at_the_same_time(count):
    barrier = threading.Barrier(count, timeout=600)  # a guard against waiting for ever
    side_by_side([barrier.wait] * count)


def test_a_failure_is_not_lost(count):
    def fail():
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        side_by_side([fail, int])
