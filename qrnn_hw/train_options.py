"""The options of ``qrnn-hw train``: which of them suit which cell and task."""

from typing import TYPE_CHECKING, Any

from qrnn_hw.data.tasks import TASKS, unfitting
from qrnn_hw.export.errors import OptionError, ToolError
from qrnn_hw.export.recurrence import HALVES, TRANSFORMS
from qrnn_hw.limits import (
    COUNT,
    STATE_WIDTH,
    UNITS,
    WEIGHT_WIDTH,
    Choice,
    Limits,
    Real,
    Switch,
    Whole,
)
from qrnn_hw.train.recipe import BASELINES, CELLS, HADAMARD, METHODS, MOST, MOST_LAYER

if TYPE_CHECKING:
    from qrnn_hw.data.dataset import Dataset
    from qrnn_hw.train.pooled.train import PooledRecipe
    from qrnn_hw.train.recipe import Recipe

COMPILED = tuple(cell for cell in CELLS if cell not in BASELINES)
DENSE = ("qornn", "ornn")
UNGATED = (*COMPILED, "ornn")

# Fields of a recipe: the limits, the help, and the cells that have it.
RECIPE: dict[str, tuple[Limits, str, tuple[str, ...]]] = {
    "hidden": (UNITS, "Units [default: the task's].", CELLS),
    "epochs": (COUNT, "Passes over the training split.", CELLS),
    "batch": (COUNT, "Sequences a step.", CELLS),
    "lr": (Real(0, 1e38, low_open=True), "Peak learning rate.", CELLS),
    "dropout": (
        Real(0, 1, high_open=True), "Share of units hidden from the readout.", CELLS
    ),
    "schedule": (Choice(("cosine", "linear")),
                 "How the rate falls to zero [default: cosine].", CELLS),
    "average": (Real(0, 1, high_open=True),
                "Keep averaged weights: how much of the average stays each step; 0 for none.",
                CELLS),
    "balance": (Switch(), "Count each class alike in the loss, however rare it is.", CELLS),
    "block": (UNITS, "Units of a block, a power of two [default: 16].",
              ("block-hadamrnn",)),
    "halves": (Whole(0, HALVES),
               "A step keeps 2^(-halves/2) of a state [default: 1 for text, else 0].", HADAMARD),
    "transform": (Choice(TRANSFORMS), "How sums are formed, in tuning and when built "
                  "[default: halved where validation finds them as good].", HADAMARD),
    "weights": (Choice(("quantized", "real")),
                "Real ones are a baseline: nothing compiles it [default: quantized].", HADAMARD),
    "w_bits": (Whole(1, 8), "Bits of W; 1 is ternary [default: 4]. lstm, gru: of every weight, "
               "2 or more [default: real numbers].", ("qornn", "lstm", "gru")),
    "method": (Choice(METHODS), "How W stays near orthogonal [default: bjorck].", DENSE),
    "activation": (Choice(("linear", "relu", "modrelu")),
                   "In every step [default: linear].", DENSE),
    "u_bits": (WEIGHT_WIDTH, "Bits of a weight of U [default: 4].", COMPILED),
    "v_bits": (WEIGHT_WIDTH, "Bits of a weight of V [default: 4].", COMPILED),
    "origin_bits": (WEIGHT_WIDTH, "Bits of an origin [default: 5].", HADAMARD),
    "bias": (Switch(usual=True), "Steps add no bias: no origin to store, and none to subtract.",
             UNGATED),
    "layer": (
        Whole(0, MOST_LAYER), "Units of a hidden layer of the readout; 0 for none.", HADAMARD
    ),
    "table_bits": (Whole(2, 16), "Tokens: bits of a table entry [default: 8].", COMPILED),
    "embedding": (Whole(0, MOST), "Tokens: width of an embedding; 0 for none.", UNGATED),
    "state_bits": (
        STATE_WIDTH, "Tune the last epochs for states of so many bits.", COMPILED
    ),
    "noise_bits": (
        Whole(0, 16), "Bear the noise of states of so many bits; 0 for none.", COMPILED
    ),
    "tune_epochs": (COUNT, "How many these are.", COMPILED),
    "threads": (Whole(1, 1024), "Of the processor [default: 1].", CELLS),
    "device": (Choice(("cpu", "cuda", "auto")),
               "Where to train; auto takes a GPU if there is one [default: cpu].", CELLS),
}  # fmt: skip
READOUTS = ("auto", "last", "pooled", "mean", "count")
#: Tasks whose network reads the whole of a sequence by itself: what matters may be anywhere in it.
WHOLE = ("data", "npz", "ucr", "vowels", "har", "har2", "dsa19", "watch", "fsdd", "forda")
#: What a pooled readout has, of RECIPE; the rest is for training by gradients.
POOLED = ("hidden", "v_bits", "state_bits", "balance")
MOST_DRAWS = 1000  # of a design
QUANTIZED = ("u_bits", "v_bits", "origin_bits", "table_bits", "state_bits", "noise_bits")
TOKENS, NUMBERS = ("table_bits", "embedding"), ("u_bits",)


def require_torch() -> None:
    """Check that what trains is there.

    Raises
    ------
    ToolError
        If it is not.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ToolError(
            "training needs torch, which is not installed", "pip install 'qrnn-hw[train]'"
        ) from error


def flag(name: str) -> str:
    """Name an option as the command line does."""
    limits = RECIPE[name][0] if name in RECIPE else None
    negated = "no-" if isinstance(limits, Switch) and limits.usual else ""
    return f"--{negated}{name.replace('_', '-')}"


def _list(names: tuple[str, ...] | list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def check_task(task: str, data: object, augment: str | None, options: dict[str, Any]) -> None:
    """Refuse what a task does not take.

    Raises
    ------
    OptionError
        With the tasks that do take it.
    """
    for name in unfitting(task, options):
        users = [other for other, entry in TASKS.items() if name in entry.options]
        raise OptionError(f"{flag(name)} goes with {_list(users)}, not {task}")
    images = [other for other, entry in TASKS.items() if "permuted" in entry.options]
    if augment and task not in images:
        raise OptionError(f"--augment {augment} needs images: it goes with {_list(images)}")
    kind = TASKS[task].data
    if kind is None and data is not None:
        raise OptionError(f"task {task} takes no data: drop --data")
    if kind is not None and data is None:
        raise OptionError(f"task {task} needs its data: add --data {kind}")


def check_cell(cell: str, chosen: dict[str, Any], size: int | None = None) -> None:
    """Refuse what a cell does not have.

    Raises
    ------
    OptionError
        With the cells that do have it.
    """
    for name in chosen:
        if name in RECIPE and cell not in RECIPE[name][2]:
            raise OptionError(f"{flag(name)} goes with {_list(RECIPE[name][2])}, not {cell}")
    if size is not None and cell not in BASELINES:
        raise OptionError(f"--bytes goes with {_list(BASELINES)}, not {cell}")
    if size is not None and "hidden" in chosen:
        raise OptionError("--bytes and --hidden both say how large: give one")
    if cell in ("lstm", "gru") and chosen.get("w_bits") == 1:
        raise OptionError(f"--w-bits of {cell} must be 2..8, not 1")
    if chosen.get("method") == "binary":
        if cell == "ornn":
            raise OptionError("--method binary goes with qornn: its weights are not real")
        if "w_bits" in chosen:
            raise OptionError("--w-bits does not go with --method binary, which is one bit")
    if chosen.get("weights") == "real":
        for name in QUANTIZED:
            if name in chosen:
                raise OptionError(f"{flag(name)} goes with quantized weights, not real ones")
    if chosen.get("bias") is False:
        if "origin_bits" in chosen:
            raise OptionError("--origin-bits goes with a bias, not --no-bias")
        if chosen.get("activation") == "modrelu":
            raise OptionError("--no-bias does not go with modrelu, which is its thresholds")
    if "tune_epochs" in chosen and "state_bits" not in chosen:
        raise OptionError("--tune-epochs goes with --state-bits")


def check_inputs(task: str, tokens: bool, chosen: dict[str, Any]) -> None:
    """Refuse what the inputs of a task do not have.

    Raises
    ------
    OptionError
        If an option is for tokens, and the inputs are numbers, or the reverse.
    """
    for name in NUMBERS if tokens else TOKENS:
        if name in chosen:
            kinds = ("numbers", "tokens") if tokens else ("tokens", "numbers")
            raise OptionError(f"{flag(name)} is for {kinds[0]}, and {task} has {kinds[1]}")


def pooled_recipe(
    readout: str,
    task: str,
    dataset: "Dataset",
    cell: str | None,
    chosen: dict[str, Any],
    *,
    stream: bool = False,
    leak: int | None = None,
    draws: int | None = None,
    seconds: float | None = None,
) -> "PooledRecipe | None":
    """Look up the recipe of a readout of whole sequences; None where the last state is read.

    Parameters
    ----------
    readout
        One of ``READOUTS``: "auto" pools where the task is one of ``WHOLE`` and nothing that was
        chosen belongs to training by gradients.
    cell
        None if none was chosen.
    chosen
        Options by name, the seed too.
    stream, leak
        Whether it is for streams without end; and what its pool loses, None for what validates.
    draws, seconds
        How often the best design is drawn, and for how long; None for once, and for no limit.

    Raises
    ------
    OptionError
        If something was chosen that a pooled readout does not have.
    """
    from qrnn_hw.train.pooled.endless import StreamRecipe  # needs torch
    from qrnn_hw.train.pooled.train import PooledRecipe, obstacle

    if leak is not None and not stream:
        raise OptionError("--leak goes with --stream")
    if stream and readout == "auto":
        readout = "pooled"
    if stream and readout == "last":
        raise OptionError("--stream goes with a readout of all states, not --readout last")
    searched = [
        name for name, value in (("--draws", draws), ("--seconds", seconds)) if value is not None
    ]
    others = [name for name in chosen if name not in (*POOLED, "seed")]
    if readout == "auto":
        fits = task in WHOLE and cell is None and not others and obstacle(dataset, chosen) is None
        readout = "pooled" if fits else "last"
    if readout == "last":
        for name in searched:
            raise OptionError(f"{name} goes with a readout of all states: it draws more of them")
        return None
    if stream and searched:
        raise OptionError(f"{searched[0]} does not go with --stream")
    if cell is not None or others:
        name = "--cell" if cell is not None else flag(others[0])
        raise OptionError(f"{name} goes with --readout last, not {readout}")
    if (what := obstacle(dataset, chosen)) is not None:
        raise OptionError(f"--readout {readout} {what}")
    statistic = None if readout == "pooled" else readout
    if stream:
        return StreamRecipe(statistic=statistic, leak=leak, **chosen)
    if draws is None:
        draws = 1 if seconds is None else MOST_DRAWS
    return PooledRecipe(statistic=statistic, draws=draws, **chosen)


def chosen_recipe(
    task: str,
    dataset: "Dataset",
    cell: str,
    augment: str | None,
    size: int | None,
    chosen: dict[str, Any],
) -> "Recipe":
    """Look up the recipe of what was chosen on the command line.

    Raises
    ------
    OptionError
        If an option does not suit the inputs of the task.
    ModelError
        If options do not suit each other.
    ToolError
        If there is no such device.
    """
    from qrnn_hw.train.defaults import default_recipe  # needs torch
    from qrnn_hw.train.loop.device import device_of

    tokens, chosen = dataset.vocabulary is not None, dict(chosen)
    if tokens and "u_bits" in chosen and not {"embedding", "table_bits"} & set(chosen):
        # U of a one-hot input is the table.
        chosen["table_bits"] = chosen.pop("u_bits")
    check_inputs(task, tokens, chosen)
    if chosen.get("balance") and dataset.regression:
        raise OptionError(f"--balance is for classes, and {task} has a number to answer")
    if "device" in chosen:
        chosen["device"] = device_of(chosen["device"])
    return default_recipe(task, dataset, cell, augment == "warp", size, **chosen)
