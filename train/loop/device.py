"""Where training runs."""

import torch

from qrnn_hw.export.errors import ToolError


def device_of(asked: str) -> str:
    """Turn what was asked for into what there is.

    Parameters
    ----------
    asked
        "cpu"; "cuda", a GPU; or "auto", a GPU if torch sees one.

    Raises
    ------
    ToolError
        If a GPU is asked for, and torch sees none.
    """
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise ToolError(
            "--device cuda must be a GPU that torch can use, and it sees none",
            "try --device cpu, or install a build of torch for the GPU",
        )
    return "cuda" if there and asked != "cpu" else "cpu"
