"""The weights of a network, found in what people save: wrapped, prefixed, and beside other things.

DataParallel, ``torch.compile`` and FSDP put a word into every name; trainers put the state dict
into a table, beside its epoch and its optimizer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import ModelError, listed
from qrnn_hw.export.files.torch_file import Array
from qrnn_hw.export.importing import released

WRAPPERS = {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
LAYERS = {"recurrent_layer", "input_layer", "output_layer", "word_embedding", "activation"}
LAYERS |= {"recurrent_layer_2", "input_layer_2"}
RECURRENT = (released.SIGNS, released.BJORCK)
KNOWN = (*RECURRENT, released.INPUT, released.OUTPUT, released.REAL_OUTPUT, released.OUTPUT_BIAS)
GATES = {1: "RNN", 3: "GRU", 4: "LSTM"}
NAMED = (4, 80)  # names that a message lists, and characters of each
DEEPEST = 5  # tables in tables that are looked into
HINT = "give a file that torch.save(model.state_dict()) wrote"


@dataclass(frozen=True)
class StateDict:
    """Weights under the names of the released code.

    Parameters
    ----------
    name
        Where they are in the file: names of tables and the prefix, with dots; "" for all of it.
    weights
        Tensors, by name.
    rest
        What else is there, by name; nobody needs it.
    """

    name: str
    weights: dict[str, Any]
    rest: tuple[str, ...]

    @property
    def recurrent(self) -> bool:
        """Whether the recurrence is there."""
        return any(name in RECURRENT or name.startswith(released.CHAIN) for name in self.weights)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader may want to know: where the weights are, and what is beside them."""
        where = (f"the weights are those of {self.name}",) if self.name else ()
        return where + ((f"left out: {listed(self.rest, *NAMED)}",) if self.rest else ())

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the weights as NumPy arrays, halves as single precision.

        Raises
        ------
        ModelError
            If one has no values of its own.
        """
        return {name: _array(name, value) for name, value in self.weights.items()}


def find(document: Any, asked: str | None = None) -> StateDict:
    """Find the weights of a network of the released code.

    Parameters
    ----------
    document
        What a file holds.
    asked
        The name of the state dict; None where there is only one.

    Raises
    ------
    ModelError
        If there is none, or there are several and none is asked for.
    """
    found = list(_tables(document, "", set()))
    if any(one.recurrent for one in found):
        found = [one for one in found if one.recurrent]
    elif (what := described(document)) is not None:
        raise ModelError(f"the file must hold a network of the released code, not {what}", HINT)
    if not found:
        raise ModelError(
            f"the file must hold a state dict of the released code, and holds {_listed(document)}",
            HINT,
        )
    names = ", ".join(repr(one.name) for one in found)
    if asked is not None:
        found = [one for one in found if one.name == asked]
        if not found:
            raise ModelError(f"--state-dict must be one of {names}, not {asked!r}", HINT)
    if len(found) > 1:
        raise ModelError(
            f"one state dict must be imported, and the file holds {len(found)}: {names}",
            "say which one with --state-dict NAME",
        )
    return found[0]


def has_released(document: Any) -> bool:
    """Whether there is a network of the released code."""
    return any(one.recurrent for one in _tables(document, "", set()))


def _tables(document: Any, where: str, seen: set[int]) -> Iterator[StateDict]:
    """Yield what could be meant in a table, and in the tables in it; each once."""
    if isinstance(document, list | tuple):
        document = {str(place): value for place, value in enumerate(document)}
    if not isinstance(document, Mapping) or id(document) in seen or where.count(".") > DEEPEST:
        return
    seen.add(id(document))
    names: dict[str, str] = {}
    for name in document:
        if isinstance(name, str):
            plain = ".".join(part for part in name.split(".") if part not in WRAPPERS)
            if plain in names:
                raise ModelError(
                    f"a tensor must be there once, and {names[plain]} and {name} are one", HINT
                )
            names[plain] = name
    for prefix in dict.fromkeys(filter(None, map(_prefix, names))):
        prefix = prefix[:-1]  # less the mark of an empty one
        inside = {n[len(prefix) :]: document[names[n]] for n in names if n.startswith(prefix)}
        weights = {n: v for n, v in inside.items() if n.split(".")[0] in LAYERS or _shaped(v)}
        rest = [n for plain, n in names.items() if plain[len(prefix) :] not in weights
                or not plain.startswith(prefix)]  # fmt: skip
        yield StateDict((where + prefix).rstrip("."), weights, tuple(rest))
    for name, value in document.items():
        if isinstance(name, str):
            yield from _tables(value, f"{where}{name}.", seen)


def _prefix(name: str) -> str | None:
    """Return what is before a known name, and a mark; None if it is not known."""
    for known in KNOWN:
        if name == known or name.endswith(f".{known}"):
            return name[: -len(known)] + "|"
    return None


def _shaped(value: Any) -> bool:
    return isinstance(value, Array) or bool(getattr(value, "shape", ()))


def _array(name: str, value: Any) -> npt.NDArray[Any]:
    if isinstance(value, Array):
        array = np.asarray(value)
        return array.astype(np.float32) if array.dtype == np.float16 else array
    if not hasattr(value, "untyped_storage"):
        raise ModelError(f"{name} must be a tensor, not {type(value).__name__}", HINT)
    for wrong, what, way in (
        (value.is_meta, "has a shape and no values", "save it from where its values are"),
        (str(value.layout) != "torch.strided", "is sparse", "save it after .to_dense()"),
        (value.is_quantized, "is quantized by torch", "save it after .dequantize()"),
    ):
        if wrong:
            raise ModelError(f"{name} must be a plain tensor, and {what}", way)
    plain = value.detach().resolve_conj().resolve_neg()
    if plain.dtype.is_floating_point and plain.dtype.itemsize < 4:
        plain = plain.float()
    try:
        return plain.numpy()
    except (TypeError, RuntimeError) as error:
        raise ModelError(f"{name} must hold real numbers, not {plain.dtype}", HINT) from error


def described(document: Any, depth: int = 0) -> str | None:
    """Name the network whose state dict is somewhere in a document; None if it is not known."""
    if not isinstance(document, Mapping) or depth > DEEPEST:
        return None
    for name, value in document.items():
        shape: tuple[int, ...] = getattr(value, "shape", ())
        if re.search(r"(^|\.)weight_hh(_l0)?$", str(name)) and len(shape) == 2:
            rows, units = shape
            if units and rows % units == 0 and rows // units in GATES:
                gated = GATES[rows // units]
                return f"{'a' if gated == 'GRU' else 'an'} {gated} of {units} units"
    inside = (described(value, depth + 1) for value in document.values())
    return next(filter(None, inside), None)


def _listed(document: Any) -> str:
    if not isinstance(document, Mapping):
        return f"something else, of type {type(document).__name__}"
    return listed(list(map(str, document)), *NAMED) or "nothing"
