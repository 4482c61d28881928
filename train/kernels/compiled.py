"""numba's compiler, which keeps what it has compiled for the next run; needs numba."""

import os
from functools import partial

import numba

from qrnn_hw.export.files.caches import settle_caches

settle_caches()
numba.config.CACHE_DIR = os.environ.get("NUMBA_CACHE_DIR", "")

njit = partial(numba.njit, cache=True)
