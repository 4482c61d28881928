"""A page of this machine that shows events as they come: on 127.0.0.1, for who has its address."""

import asyncio
import json
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from qrnn_hw.export.errors import OptionError, ToolError

if TYPE_CHECKING:
    from aiohttp import web

HOST = "127.0.0.1"
KEPT = 10_000  # events at least, for viewers that come later
PAUSE = 0.05  # seconds between pushes
BATCH = 2000  # events of a push
#: The page may run its own script, and talk to this server alone.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class LiveServer:
    """Serve a page, and push events to it, in a thread of its own.

    A viewer gets what was told before it came, the last KEPT events or more. One that falls behind
    loses the oldest, and delays nobody. The address holds a random token; without it, from another
    host's page or under another name of this machine, everything is refused.

    Parameters
    ----------
    page
        The HTML. Its script opens a WebSocket at ``live``, with the query of its own address, and
        gets JSON arrays of events.
    port
        Of 127.0.0.1; 0 for one that is free.

    Attributes
    ----------
    address : str
        Where the page is; known inside the ``with`` block.

    Raises
    ------
    ToolError
        If aiohttp is missing.
    OptionError
        If the port is taken.
    """

    def __init__(self, page: str, port: int = 0) -> None:
        try:
            import aiohttp  # noqa: F401
        except ImportError as error:
            raise ToolError(
                "a live page needs aiohttp, which is not installed", "pip install 'qrnn-hw[web]'"
            ) from error
        self.address = ""
        self._page, self._port = page, port
        self._token = secrets.token_urlsafe(24)
        self._events: list[dict[str, Any]] = []
        self._first = 0  # the number of the oldest that is kept
        self._turn = threading.Lock()
        self._ready, self._failed = threading.Event(), ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failed:
            raise OptionError(f"port {self._port} of {HOST} must be free: {self._failed}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def tell(self, event: dict[str, Any]) -> None:
        """Show an event, JSON, to whoever looks on now or later."""
        with self._turn:
            self._events.append(event)
            if len(self._events) >= 2 * KEPT:
                del self._events[:KEPT]
                self._first += KEPT

    def _since(self, number: int) -> tuple[list[dict[str, Any]], int]:
        """Return events from a number on, and the number of what comes after them."""
        with self._turn:
            start = max(number - self._first, 0)
            found = self._events[start : start + BATCH]
            return found, self._first + start + len(found)

    def _run(self) -> None:
        from aiohttp import web

        asyncio.set_event_loop(self._loop)
        app = web.Application(middlewares=[self._guard()])
        app.router.add_get("/", self._send_page)
        app.router.add_get("/live", self._push)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        try:
            self._loop.run_until_complete(runner.setup())
            site = web.TCPSite(runner, HOST, self._port)
            self._loop.run_until_complete(site.start())
        except OSError as error:
            self._failed = error.strerror or str(error)
            self._ready.set()
            return
        self._port = runner.addresses[0][1]
        self.address = f"http://{HOST}:{self._port}/?token={self._token}"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def _guard(self) -> Callable[..., Any]:
        """Refuse whoever does not come from this page."""
        from aiohttp import web

        @web.middleware
        async def guard(
            request: "web.Request", handler: Callable[..., Any]
        ) -> "web.StreamResponse":
            own = f"{HOST}:{self._port}"
            known = secrets.compare_digest(
                request.query.get("token", "").encode(), self._token.encode()
            )
            origin = request.headers.get("Origin", f"http://{own}")
            if not known or request.host != own or origin != f"http://{own}":
                return web.Response(status=403, text="the address must be the one that was printed")
            return await handler(request)

        return guard

    async def _send_page(self, request: "web.Request") -> "web.Response":
        from aiohttp import web

        headers = {
            "Content-Security-Policy": POLICY.format(f"ws://{HOST}:{self._port}"),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(text=self._page, content_type="text/html", headers=headers)

    async def _push(self, request: "web.Request") -> "web.WebSocketResponse":
        from aiohttp import web

        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        closed = asyncio.ensure_future(socket.receive())  # a viewer says nothing but goodbye
        seen = 0
        with suppress(ConnectionError):
            while not closed.done():
                new, seen = self._since(seen)
                if new:
                    await socket.send_str(json.dumps(new))
                else:
                    await asyncio.sleep(PAUSE)
        closed.cancel()
        return socket
