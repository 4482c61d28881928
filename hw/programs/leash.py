"""Run a command that ends, with all it has started, when standard input does.

A program of its own, so that whatever ends a command of ours, SIGKILL too, ends its tools: the
other end of standard input is held by who started this. The arguments are the seconds of the
processor's time that the command may take, 0 for as many as it likes, and the command, which gets
an empty standard input; this ends as the command does, and that by SIGXCPU where it took too long.
"""

import os
import resource
import signal
import sys
import threading

CANNOT_RUN = 126


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # There is nobody left.


def _follow(group: int) -> None:
    os.read(0, 1)
    _kill(group)


def main() -> None:
    """Run ``sys.argv[2:]``."""
    seconds, command = int(sys.argv[1]), sys.argv[2:]
    if seconds:
        # What this takes itself is next to nothing.
        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        seconds = seconds if most == resource.RLIM_INFINITY else min(seconds, most)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))
    nothing = os.open(os.devnull, os.O_RDONLY)
    # Those that Python ignores, and those that whoever started it may have blocked.
    usual = [
        signal.SIGPIPE,
        signal.SIGXFSZ,
        signal.SIGXCPU,
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
    ]
    try:
        child = os.posix_spawnp(
            command[0], command, os.environ, setpgroup=0, setsigdef=usual, setsigmask=[],
            file_actions=[(os.POSIX_SPAWN_DUP2, nothing, 0)],
        )  # fmt: skip
    except OSError as error:
        print(f"ERROR: {command[0]} cannot be run: {error.strerror}", flush=True)
        os._exit(CANNOT_RUN)
    threading.Thread(target=_follow, args=(child,), daemon=True).start()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    _kill(child)  # what it has left behind
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
