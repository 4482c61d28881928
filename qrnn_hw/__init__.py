"""Trained quantized orthogonal RNNs, from a model file to a verified bitstream.

What the commands of ``qrnn-hw`` do, a script can. Nothing is imported before it is used: PyTorch
and scikit-learn only by :class:`Classifier` and :mod:`qrnn_hw.nn`, Amaranth by neither.

Examples
--------
From data to a bitstream, and the board simulated at its pins: a minute or two.

>>> import qrnn_hw
>>> from sklearn.datasets import load_digits
>>> X, y = load_digits(return_X_y=True)
>>> clf = qrnn_hw.Classifier(hidden=16, epochs=3, random_state=0).fit(X.astype(int), y)
>>> model = clf.export()
>>> build = qrnn_hw.build(model, board="icebreaker", output="out")
>>> sorted(path.name for path in build.folder.glob("*.bin"))
['icebreaker.bin']
>>> found = qrnn_hw.verify(build, level="link")
>>> found.levels["link"]["logits"] > 0
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qrnn_hw import nn
    from qrnn_hw.boards.link.host.host import Host
    from qrnn_hw.built import Built
    from qrnn_hw.classifier import Classifier
    from qrnn_hw.cmd_build import build
    from qrnn_hw.cmd_check import Checked, check
    from qrnn_hw.cmd_export import Exported, export_to
    from qrnn_hw.cmd_report import report
    from qrnn_hw.cmd_verify import verify
    from qrnn_hw.exploration import Outlook, explore
    from qrnn_hw.models import load
    from qrnn_hw.prediction import Prediction, predict
    from qrnn_hw.verification import Verification

    __version__: str

__all__ = [
    "Built", "Checked", "Classifier", "Exported", "Host", "Outlook", "Prediction", "Verification",
    "build", "check", "explore", "export_to", "load", "nn", "predict", "report", "verify",
]  # fmt: skip

#: The module that each name comes from. None of them is called like the name: importing a module
#: puts it in the place of whatever the package has by its name.
_PLACES = {
    "Built": "qrnn_hw.built",
    "Checked": "qrnn_hw.cmd_check",
    "Classifier": "qrnn_hw.classifier",
    "Exported": "qrnn_hw.cmd_export",
    "Host": "qrnn_hw.boards.link.host.host",
    "Outlook": "qrnn_hw.exploration",
    "Prediction": "qrnn_hw.prediction",
    "Verification": "qrnn_hw.verification",
    "build": "qrnn_hw.cmd_build",
    "check": "qrnn_hw.cmd_check",
    "explore": "qrnn_hw.exploration",
    "export_to": "qrnn_hw.cmd_export",
    "load": "qrnn_hw.models",
    "predict": "qrnn_hw.prediction",
    "report": "qrnn_hw.cmd_report",
    "verify": "qrnn_hw.cmd_verify",
}
_TRAIN = {"torch", "sklearn"}  # what the modules need that may be missing


def _missing(name: str, module: str) -> Exception:
    from qrnn_hw.export.errors import ToolError

    return ToolError(
        f"qrnn_hw.{name} needs {module}, which is not installed", "pip install 'qrnn-hw[train]'"
    )


def __getattr__(name: str) -> Any:
    """Import what a name stands for, when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("qrnn-hw")
    elif name in __all__:
        try:
            module = import_module(_PLACES.get(name, f"qrnn_hw.{name}"))
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in _TRAIN:
                raise
            raise _missing(name, missing) from error
        value = getattr(module, name, module)
    else:
        raise AttributeError(f"module 'qrnn_hw' has no attribute {name!r}", name=name, obj=None)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what is there, and what there would be."""
    return sorted({*globals(), *__all__, "__version__"})
