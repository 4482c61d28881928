"""What the library is doing, on the screen."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from qrnn_hw.cli.console import Screen
from qrnn_hw.cli.options.data import tell
from qrnn_hw.progress import Message, Progress

STYLES = {"passed": "green", "caution": "yellow"}


@contextmanager
def shown(screen: Screen) -> Iterator[Progress]:
    """Return what shows messages; what is being done turns until the next one, or the end."""
    with ExitStack() as doing:

        def show(message: Message) -> None:
            doing.close()
            if message.kind == "doing":
                doing.enter_context(screen.status(message.text, message.seconds))
            elif message.kind == "note":
                tell([message.text])
            elif message.kind == "aside":
                screen.say((message.text, "dim"))
            else:
                screen.say((message.head, STYLES.get(message.kind, "")), message.text)

        yield show
