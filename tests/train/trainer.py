"""A process that trains in forks of itself, to be killed: run by test_kill.py.

It imports and compiles everything once, so that its forks do nothing but train. A request is a line
of JSON: the arguments of ``qrnn-hw``, and when to kill the fork: after so many epochs of it, and so
many seconds from then; null lets it live. The answer: the exit code (-9 if it was killed), how long
the fork took, and the epochs that it saw the end of.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from qrnn_hw.cli import main
from qrnn_hw.train import pipeline
from qrnn_hw.train.loop import checkpoint

checkpoint.SECONDS = 0.0
train_network = pipeline.train_network


def counted(place):
    """Have training write a byte to a file after every epoch."""

    def train(dataset, recipe, report, kept):
        def note(epoch):
            with place.open("ab") as file:
                file.write(b".")
            report(epoch)

        return train_network(dataset, recipe, note, kept)

    return train


def run(arguments, place):
    """Run the command line."""
    pipeline.train_network = counted(place)
    sys.argv = ["qrnn-hw", *arguments]
    return main()


def watch(child, place, kill):
    """Wait for a fork, or kill it; its status."""
    due = None
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if kill and due is None and len(place.read_bytes()) >= kill["epochs"]:
            due = time.monotonic() + kill["seconds"]
        if due is not None and time.monotonic() >= due:
            os.kill(child, signal.SIGKILL)
            due = float("inf")
        time.sleep(0.0005)


def serve(place, answers):
    """Answer requests until there are no more."""
    for line in sys.stdin:
        request = json.loads(line)
        place.write_bytes(b"")
        begin = time.monotonic()
        if request["warm"]:
            code = run(request["arguments"], place)
        else:
            child = os.fork()
            if not child:
                os._exit(run(request["arguments"], place))
            code = watch(child, place, request["kill"])
        answer = {"exit": code, "seconds": time.monotonic() - begin}
        answers.write(json.dumps(answer | {"epochs": len(place.read_bytes())}) + "\n")
        answers.flush()


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w") as answers:
        # What training prints goes to a file beside the count of epochs.
        os.dup2(2, 1)
        serve(Path(sys.argv[1]), answers)
