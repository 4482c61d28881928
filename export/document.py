"""Dataclasses as plain tables, and back: the one codec of ``model.pt`` and ``model.json``."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from itertools import chain
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import numpy as np

from qrnn_hw.export.check import REMAKE, Integers, Reals
from qrnn_hw.export.errors import ModelError

KIND = "kind"  # of a part that may be one of several
MOST_AXES = 3


def encode(value: Any) -> Any:
    """Lay a value out as tables, lists, numbers, text and NumPy arrays.

    An entry that may be left out is, where it is None: so a model that has nothing of a later
    contract is written, and has the digest, that it had before.
    """
    if is_dataclass(value):
        table = {item.name: getattr(value, item.name) for item in fields(value)}
        optional = {item.name for item in fields(value) if item.default is None}
        told = {name: x for name, x in table.items() if x is not None or name not in optional}
        return {KIND: type(value).__name__, **{name: encode(x) for name, x in told.items()}}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


def decode(kind: Any, value: Any, name: str) -> Any:
    """Read what :func:`encode` wrote; arrays may be NumPy's, torch's or lists.

    Parameters
    ----------
    kind
        The type that is expected: a dataclass, ``Integers``, ``Reals``, a plain type, a tuple, list
        or table of such types, a union of dataclasses, or of one type and None; or ``Any``.
    name
        Of the value, for the message.

    Raises
    ------
    ModelError
        If the value is something else.
    """
    if isinstance(kind, UnionType):
        return _one_of(get_args(kind), value, name)
    origin, parts = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _part(kind, value, name)
    if kind in (Integers, Reals):
        return _array(np.int64 if kind is Integers else np.float64, value, name)
    if origin in (tuple, list):
        if not isinstance(value, list | tuple):
            raise _distorted(name, "a list", value)
        return origin(decode(parts[0], x, f"{name}[{place}]") for place, x in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise _distorted(name, "a table", value)
        names, items = parts
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
    if not any(map(is_dataclass, kinds)):
        return decode(kinds[0], value, name)
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
        if item.name not in value and item.default is None:
            continue
        if item.name not in value:
            raise ModelError(f"{prefix}{item.name} must be in the file, and is missing", REMAKE)
        parts[item.name] = decode(item.type, value[item.name], f"{prefix}{item.name}")
    return kind(**parts)


def _array(dtype: type, value: Any, name: str) -> Any:
    wanted = "integers" if dtype is np.int64 else "numbers"
    if isinstance(value, list | tuple):
        _require_numbers(value, dtype, name, wanted)
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise _distorted(name, "an array", value) from error
    kinds = "iu" if dtype is np.int64 else "iuf"
    if array.dtype.kind not in kinds and array.size:
        raise ModelError(f"{name} must hold {wanted}, not {array.dtype}", REMAKE)
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise ModelError(f"{name} must hold integers of 64 bits, not {array.max()}", REMAKE)
    return array.astype(dtype)


def _require_numbers(value: Sequence[Any], dtype: type, name: str, wanted: str) -> None:
    """Refuse other lists before they become an array, which has room for the longest text."""
    plain = {int} if dtype is np.int64 else {int, float}
    for _ in range(MOST_AXES):
        kinds = set(map(type, value))
        if not kinds & {list, tuple}:
            if other := kinds - plain:
                found = " and ".join(sorted(kind.__name__ for kind in other))
                raise ModelError(f"{name} must hold {wanted}, not {found}", REMAKE)
            return
        if kinds - {list, tuple} or len(set(map(len, value))) > 1:
            raise ModelError(f"{name} must have rows of one length, and has others", REMAKE)
        value = list(chain.from_iterable(value))
    raise ModelError(f"{name} must have at most {MOST_AXES} axes, and has more", REMAKE)
