"""Every hyperparameter of a training run, and the measured defaults of each task."""

from dataclasses import dataclass

from qrnn_hw.export.errors import ModelError

# Beyond it a mistyped number would end in a lack of memory, not in a message.
MOST = 16384


@dataclass(frozen=True)
class Recipe:
    """How to train one network; with the data set it fixes the result to the bit.

    Parameters
    ----------
    hidden
        Units d, a power of two, 4 to 16384.
    epochs
        Passes over the training split.
    batch
        Sequences a step.
    lr
        Peak learning rate of Adam, after a linear warm-up and before a cosine decay to zero.
    seed
        Draws signs, initial weights, batches, dropped units and shifts.
    u_bits, v_bits, origin_bits
        Widths of a level of U, V and the origin, 2..8, the sign included.
    shift
        Move the images of each batch together by one random offset of at most a pixel each way.
    dropout
        Fraction of the units that the readout does not see in a training step, 0 or more, below 1.
    draws
        Draws of the signs that the most promising one is chosen from.
    outliers
        Multiple of their root mean square that weights of U and of V are clipped at.
    u_factor
        Learning rate of U, relative to ``lr``.
    freeze
        Fraction of the steps after which the origin is rounded to its grid and stays there.
    rounding_bits
        From then on the last state carries noise of the size that rounding every state to so many
        bits leaves there, so that the weights learn to bear it; 0 for none.

    Raises
    ------
    ModelError
        If ``hidden`` is not a power of two, or out of range.
    """

    hidden: int
    epochs: int
    batch: int
    lr: float
    seed: int = 0
    u_bits: int = 4
    v_bits: int = 4
    origin_bits: int = 5
    shift: bool = False
    dropout: float = 0.0
    draws: int = 8
    outliers: float = 2.5
    u_factor: float = 0.3
    freeze: float = 0.6
    rounding_bits: int = 9

    def __post_init__(self) -> None:
        if not 4 <= self.hidden <= MOST or self.hidden & (self.hidden - 1):
            raise ModelError(
                f"hidden must be a power of two, 4 to {MOST}, not {self.hidden}",
                f"try --hidden {min(1 << max(self.hidden.bit_length(), 2), MOST)}",
            )


def default_recipe(task: str, hidden: int | None, permuted: bool, shift: bool) -> Recipe:
    """Look up the recipe that the task trains best with, within minutes on one core.

    Parameters
    ----------
    task
        "digits", "mnist" or "npz".
    hidden
        Units; None takes the task's default.
    permuted
        Whether the steps of the images are permuted.
    shift
        Whether images are augmented.
    """
    match task:
        case "digits":
            return Recipe(hidden or 64, epochs=200, batch=64, lr=1e-2, shift=shift)
        case "mnist" if permuted and shift:
            return Recipe(hidden or 512, epochs=75, batch=256, lr=5e-3, shift=True)
        case "mnist" if permuted:
            return Recipe(hidden or 512, epochs=40, batch=256, lr=5e-3, dropout=0.1)
        case "mnist":
            return Recipe(
                hidden or 512, epochs=40, batch=256, lr=1e-2, u_factor=0.5, dropout=0.1, shift=shift
            )
        case _:
            return Recipe(hidden or 128, epochs=100, batch=64, lr=5e-3, dropout=0.1)
