"""Options of tasks, for the command line to offer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """Something that a task can be asked for.

    Parameters
    ----------
    help
        One line.
    low, high
        Range of an integer, both ends; None for another kind.
    choices
        Words to choose from; None for another kind.
    text
        What stands for a text in the help; None for another kind. An option with none of these is
        a flag.
    """

    help: str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] | None = None
    text: str | None = None


OPTIONS = {
    "permuted": Option("Show the pixels in a fixed random order (pMNIST)."),
    "steps": Option(
        "Steps of a sequence; of text and sentences, tokens that are kept.", low=1, high=1 << 20
    ),
    "convention": Option(
        "copy: whether --steps counts all steps or the blanks between.",
        choices=("total", "blanks"),
    ),
    "train_size": Option("Sequences to draw for training [default: 10000].", low=1, high=10**7),
    "recall_only": Option("copy: score the ten steps of recall, not the blanks before them."),
    "input_bits": Option(
        "Bits of an input [default: 8 for floats, as few as suffice for integers].", low=1, high=16
    ),
    "scale": Option(
        "What a count of the ADC is in the numbers of the file, and what count 0 is [@0], for all "
        "channels or each: the board then takes counts.",
        text="STEP[@OFFSET],...",
    ),
    "decision": Option("Tell two classes apart by one logit."),
    "regression": Option("Labels are numbers to be estimated, and no classes."),
    "pooled": Option("ucr: put both files together and split anew."),
    "tokens": Option(
        "Frequent words, groups of words of similar odds, or characters.",
        choices=("words", "groups", "characters"),
    ),
    "label": Option("The column of the class [default: label, class or target].", text="COLUMN"),
    "id": Option("The column that tells sequences apart [default: id].", text="COLUMN"),
    "time": Option("The column of the time, which is no channel [default: time].", text="COLUMN"),
    "channels": Option("Columns of the channels [default: all others].", text="COLUMN,..."),
    "delimiter": Option("What is between columns [default: tab, semicolon or comma].", text="CHAR"),
    "decimal": Option("The decimal sign of a table [default: .].", choices=(".", ",")),
    "missing": Option(
        "Missing values: refuse them, or hold the value before [default: refuse].",
        choices=("refuse", "hold"),
    ),
    "wide": Option("A row of the table is a sequence, and no time step."),
    "window": Option(
        "Cut recordings where their label changes, and into windows of so many rows.",
        low=1,
        high=1 << 20,
    ),
    "vocabulary": Option(
        "Token numbers at most; more than 256 are for a table in flash [default: 256].",
        low=2,
        high=1 << 16,
    ),
}
