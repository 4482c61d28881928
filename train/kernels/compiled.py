"""numba's compiler, which keeps what it has compiled for the next run; needs numba."""

import os
from functools import partial

from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.caches import settle_caches

try:
    import numba

    if numba.config.DISABLE_JIT:
        raise ValueError("NUMBA_DISABLE_JIT is set")
except ValueError as error:  # of a variable that it cannot use, too, such as NUMBA_NUM_THREADS=0
    raise ToolError(
        f"numba must be able to compile, and is not: {error}",
        "unset the variables of the environment that begin with NUMBA_",
    ) from error

settle_caches()
numba.config.CACHE_DIR = os.environ.get("NUMBA_CACHE_DIR", "")

njit = partial(numba.njit, cache=True)
