"""Dataclasses as plain tables, and back: the one codec of ``model.pt`` and ``model.json``."""

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import numpy as np

from qrnn_hw.export.check import REMAKE, Integers, Reals
from qrnn_hw.export.errors import ModelError

KIND = "kind"  # of a part that may be one of several


def encode(value: Any) -> Any:
    """Lay a value out as tables, lists, numbers, text and NumPy arrays."""
    if is_dataclass(value):
        table = {item.name: encode(getattr(value, item.name)) for item in fields(value)}
        return {KIND: type(value).__name__, **table}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


def decode(kind: Any, value: Any, name: str) -> Any:
    """Read what :func:`encode` wrote; arrays may be NumPy's, torch's or lists.

    Parameters
    ----------
    kind
        The type that is expected: a dataclass, a union of some, ``Integers``, ``Reals``, a tuple
        of text, a table of such types, a plain type, or ``Any``.
    name
        Of the value, for the message.

    Raises
    ------
    ModelError
        If the value is something else.
    """
    if isinstance(kind, UnionType):
        return _one_of(get_args(kind), value, name)
    if is_dataclass(kind):
        return _part(kind, value, name)
    if kind in (Integers, Reals):
        return _array(np.int64 if kind is Integers else np.float64, value, name)
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise _distorted(name, "a list", value)
        return tuple(map(str, value))
    if get_origin(kind) is dict:
        if not isinstance(value, dict):
            raise _distorted(name, "a table", value)
        names, items = get_args(kind)
        return {
            decode(names, key, f"a name in {name}"): decode(items, item, f"{name}.{key}")
            for key, item in value.items()
        }
    if kind is Any:
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError as error:
            message = f"{name} must be a number, not one beyond all others"
            raise ModelError(message, REMAKE) from error
    if type(value) is not kind:
        raise _distorted(name, kind.__name__, value)
    return value


def _distorted(name: str, wanted: str, value: Any) -> ModelError:
    return ModelError(f"{name} must be {wanted}, not {type(value).__name__}", REMAKE)


def _one_of(kinds: tuple[Any, ...], value: Any, name: str) -> Any:
    if value is None and NoneType in kinds:
        return None
    given = value.get(KIND) if isinstance(value, dict) else type(value).__name__
    for kind in kinds:
        if kind.__name__ == given:
            return _part(kind, value, name)
    known = " or ".join(kind.__name__ for kind in kinds if kind is not NoneType)
    raise ModelError(f"{name} must be {known}, not {given}", REMAKE)


def _part(kind: Any, value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise _distorted(name, "a table", value)
    prefix = f"{name}." if name else ""
    parts = {}
    for item in fields(kind):
        if item.name not in value:
            raise ModelError(f"{prefix}{item.name} must be in the file, and is missing", REMAKE)
        parts[item.name] = decode(item.type, value[item.name], f"{prefix}{item.name}")
    return kind(**parts)


def _array(dtype: type, value: Any, name: str) -> Any:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise _distorted(name, "an array", value) from error
    kinds = "iu" if dtype is np.int64 else "iuf"
    if array.dtype.kind not in kinds and array.size:
        wanted = "integers" if dtype is np.int64 else "numbers"
        raise ModelError(f"{name} must hold {wanted}, not {array.dtype}", REMAKE)
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise ModelError(f"{name} must hold integers of 64 bits, not {array.max()}", REMAKE)
    return array.astype(dtype)
