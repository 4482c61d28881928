"""Parts of one computation on as many threads as torch uses."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import pairwise

import torch

# Numbers to compute, below which a second thread costs more than it brings.
WORTH = 1 << 20


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


def side_by_side(tasks: Iterable[Callable[[], object]]) -> None:
    """Run tasks that write to different places, and wait for all.

    Parameters
    ----------
    tasks
        Compiled code that releases Python's lock; what they return is dropped.
    """
    tasks, threads = list(tasks), torch.get_num_threads()
    if threads == 1 or len(tasks) == 1:
        for task in tasks:
            task()
    else:
        for future in [_pool(threads).submit(task) for task in tasks]:
            future.result()


def spread(task: Callable[[int, int], object], count: int, work: int) -> None:
    """Run a task on all of ``count`` rows, a stretch of them a thread.

    Parameters
    ----------
    task
        Takes the first row and the one behind the last, computes each row by itself, and releases
        Python's lock; so the results do not depend on the number of threads.
    count
        1 or more.
    work
        Numbers that all rows come to.
    """
    threads = min(torch.get_num_threads(), count) if work >= WORTH else 1
    edges = [count * part // threads for part in range(threads + 1)]
    side_by_side(partial(task, *stretch) for stretch in pairwise(edges))
