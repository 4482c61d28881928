"""numba's compiler, which keeps what it has compiled for the next run; needs numba."""

import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.caches import settle_caches

try:
    import numba as numba
    from numba.core import config

    settings: Any = config  # whose attributes come from the environment
    if settings.DISABLE_JIT:
        raise ValueError("NUMBA_DISABLE_JIT is set")
except ValueError as error:  # of a variable that it cannot use, too, such as NUMBA_NUM_THREADS=0
    raise ToolError(
        f"numba must be able to compile, and is not: {error}",
        "unset the variables of the environment that begin with NUMBA_",
    ) from error

settle_caches()
settings.CACHE_DIR = os.environ.get("NUMBA_CACHE_DIR", "")

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(**options: Any) -> Callable[[Function], Function]:
    """Compile what is decorated at its first call, and keep that for the next run.

    Parameters
    ----------
    options
        As ``numba.njit`` takes them.
    """
    return cast(Callable[[Function], Function], numba.njit(cache=True, **options))
