"""Chromium without a window, asked over its pipe in the words of its DevTools protocol."""

import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "chromium is not installed, and pip cannot bring it"
PATIENCE = 60  # seconds for an answer, on a busy machine
THEMES = ("light", "dark")
WIDTHS = (390, 1280, 2560)  # of a telephone, a laptop and a wide screen
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What is cut off though it has no bar to move it by.
CUT = """[...document.querySelectorAll("main *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !one.closest(".scroll, code, svg, .hidden");
}).map((one) => one.outerHTML.slice(0, 80))"""


class Browser:
    """A browser, for as long as the block lasts.

    Parameters
    ----------
    folder
        Where its profile may be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.events: list[dict] = []
        self._left = b""

    def __enter__(self) -> "Browser":
        # The browser reads from its file descriptor 3, and writes to 4.
        theirs_in, self._write = os.pipe()
        self._read, theirs_out = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
                 "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
                 f"--user-data-dir={self.folder}"]  # fmt: skip
        shell = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, str(CHROMIUM), *flags, "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("Browser.close")
        finally:
            os.close(self._write)
            self._process.wait(PATIENCE)
            os.close(self._read)

    def _next(self, deadline: float) -> dict:
        while b"\0" not in self._left:
            left = deadline - time.monotonic()
            if left < 0 or not select.select([self._read], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise EOFError("the browser has ended")
            self._left += chunk
        message, self._left = self._left.split(b"\0", 1)
        return json.loads(message)

    def call(self, method: str, session: str | None = None, **params: object) -> dict:
        """Ask for something, and return the result; events on the way are kept."""
        self.number += 1
        asked = {"id": self.number, "method": method, "params": params}
        if session:
            asked["sessionId"] = session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while (message := self._next(deadline)).get("id") != self.number:
            if "method" in message:
                self.events.append(message)
        assert "error" not in message, message
        return message["result"]

    def await_event(self, method: str, session: str) -> None:
        """Wait for an event, or take one that was kept."""
        deadline = time.monotonic() + PATIENCE
        found = (e for e in self.events if (e["method"], e.get("sessionId")) == (method, session))
        while next(found, None) is None:
            self.events.append(self._next(deadline))
            found = (
                e for e in self.events if (e["method"], e.get("sessionId")) == (method, session)
            )

    def open(self, path: Path, width: int = 1280, theme: str = "light", height: int = 900) -> "Tab":
        """Open a file in a tab of its own."""
        return Tab(self, path, width, height, theme)


class Tab:
    """A page that was loaded.

    Attributes
    ----------
    requests, errors : list
        Addresses that it asked for beside its own; and what its console says.
    """

    def __init__(self, browser: Browser, path: Path, width: int, height: int, theme: str) -> None:
        self.browser = browser
        self.address = path.absolute().as_uri()
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        self.target = target
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)  # fmt: skip
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Page.navigate", url=self.address)
        browser.await_event("Page.loadEventFired", self.session)

    def call(self, method: str, **params: object) -> dict:
        """Ask for something of this tab."""
        return self.browser.call(method, self.session, **params)

    def run(self, code: str) -> object:
        """Evaluate an expression, and return its value; a promise is waited for."""
        found = self.call(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def _events(self, *methods: str) -> list[dict]:
        mine = (e for e in self.browser.events if e.get("sessionId") == self.session)
        return [event for event in mine if event["method"] in methods]

    @property
    def requests(self) -> list[str]:
        asked = (e["params"]["request"]["url"] for e in self._events("Network.requestWillBeSent"))
        return [url for url in asked if url != self.address and not url.startswith("data:")]

    @property
    def errors(self) -> list[dict]:
        kinds = "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"
        return [event["params"] for event in self._events(*kinds)]

    def close(self) -> None:
        """Close it."""
        self.browser.call("Target.closeTarget", targetId=self.target)


def sound(tab):
    """Return what is wrong with a page, in words."""
    wrong = {"requests": tab.requests, "errors": tab.errors, "cut": tab.run(CUT)}
    if over := tab.run(OVERFLOW):
        wrong["overflow"] = over
    return {name: what for name, what in wrong.items() if what}
