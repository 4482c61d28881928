"""What a long call of the library tells on its way: ``progress=print`` shows it all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

#: "doing" is what takes a while from now on; "left" how far that is by now; "passed" what was
#: proven; "caution" what somebody may not expect; "note" how data were read; "aside" what was not
#: chosen.
Kind = Literal["doing", "left", "said", "passed", "caution", "note", "aside"]


@dataclass(frozen=True)
class Message:
    """A line.

    Parameters
    ----------
    kind
        What it is about.
    text
        The line, or what follows on its head.
    head
        Its first words, which stand out where there is colour.
    seconds
        How long what is being done will take from now on, about; 0 where nobody knows.
    """

    kind: Kind
    text: str
    head: str = ""
    seconds: float = 0

    def __str__(self) -> str:
        return self.head + self.text


Progress = Callable[[Message], object]


@dataclass
class Phase:
    """Tells of something that takes a while, called with how far it is, and the seconds left.

    Parameters
    ----------
    progress
        Is told.
    text
        What is being done; the first call tells that.
    """

    progress: Progress
    text: str
    begun: bool = False

    def __call__(self, done: str, seconds: float) -> None:
        if self.begun:
            self.progress(Message("left", done, seconds=seconds))
        else:
            self.progress(Message("doing", self.text, seconds=seconds))
        self.begun = True


def silent(message: Message) -> None:
    """Tell nobody."""
