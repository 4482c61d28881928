"""What the library is doing, on the screen."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from qrnn_hw.cli.console import Screen, Status
from qrnn_hw.cli.options.data import tell
from qrnn_hw.progress import Message, Progress

STYLES = {"passed": "green", "caution": "yellow"}


@contextmanager
def shown(screen: Screen) -> Iterator[Progress]:
    """Return what shows messages; what is being done turns until something else is said."""
    with ExitStack() as doing:
        status: Status | None = None

        def show(message: Message) -> None:
            nonlocal status
            if message.kind == "left":
                if status is not None:
                    status.left(message.text, message.seconds)
                return
            if message.kind == "aside":
                screen.say((message.text, "dim"))
                return
            doing.close()
            status = None
            if message.kind == "doing":
                status = doing.enter_context(screen.status(message.text, message.seconds))
            elif message.kind == "note":
                tell([message.text])
            else:
                screen.say((message.head, STYLES.get(message.kind, "")), message.text)

        yield show
