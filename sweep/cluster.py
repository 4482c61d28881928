"""The runs of a sweep on the machines of a Dask cluster."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any

from distributed import Client, Security, as_completed, rpc

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.errors import ToolError
from qrnn_hw.sweep.pool import Job, Results
from qrnn_hw.sweep.work import train_one

SECONDS = 30  # to wait for an answer, of a busy machine too
AGAIN = "the same command goes on"


async def _asked(address: str) -> Any:
    arguments = Security().get_connection_args("client")
    async with rpc(address, connection_args=arguments) as scheduler:
        return await scheduler.identity()


def check_scheduler(address: str) -> None:
    """Make sure that a scheduler answers and has workers.

    Asked directly: a client tries for longer, and complains again when it is thrown away.

    Raises
    ------
    ToolError
        If it does not.
    """
    hint = "start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`"
    try:
        found = asyncio.run(asyncio.wait_for(_asked(address), SECONDS))
    except Exception as error:  # whatever a foreign program answers is read as a message
        reason = str(error) if isinstance(error, ValueError) else f"no answer in {SECONDS} s"
        raise ToolError(
            f"--scheduler must be the address of a Dask scheduler, not {address}: {reason}", hint
        ) from error
    if found.get("type") != "Scheduler":
        raise ToolError(f"{address} must be a Dask scheduler, not a {found.get('type')}", hint)
    if not found["workers"]:
        raise ToolError(f"the scheduler at {address} must have a worker, and has none", hint)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the client from printing how it lost a scheduler, which is told in a line here."""
    log = logging.getLogger("distributed.client")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)


def cluster(dataset: Dataset, jobs: Sequence[Job], address: str) -> Results:
    """Compute the runs on all workers of a cluster.

    The workers need this package, and nothing of this machine's disk: the data go to them, the
    networks come back. A run whose worker is lost begins anew on another.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://host:8786``.

    Raises
    ------
    ToolError
        If the scheduler does not answer, is lost, or a run fails otherwise than by diverging.
    """
    check_scheduler(address)
    with _quiet(), Client(address, timeout=SECONDS, set_as_default=False) as client:
        data = client.scatter(dataset, broadcast=True, hash=False)
        futures = {client.submit(train_one, data, job.recipe, pure=False): job for job in jobs}
        try:
            for future in as_completed(futures, loop=client.loop):
                try:
                    outcome = future.result()
                except CancelledError as error:
                    raise ToolError(
                        f"the scheduler at {address} must stay, and it was lost", AGAIN
                    ) from error
                except Exception as error:  # of a worker: any
                    reason = f"{type(error).__name__}: {error}"
                    raise ToolError(f"a run failed on the cluster: {reason}", AGAIN) from error
                yield futures[future], outcome
                future.release()
        finally:
            with suppress(Exception):  # there may be nothing left to cancel them
                client.cancel(list(futures))
