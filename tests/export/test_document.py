"""Dataclasses as tables: there and back, and whatever else is refused in a sentence."""

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export.check import REMAKE, Integers, Reals
from qrnn_hw.export.document import decode, encode
from qrnn_hw.export.errors import ModelError


@dataclass(frozen=True, eq=False)
class Leaf:
    """What holds numbers."""

    count: int
    size: float


@dataclass(frozen=True, eq=False)
class Twig:
    """What holds text."""

    name: str


@dataclass(frozen=True, eq=False)
class Tree:
    """What holds all that a table may."""

    flag: bool
    part: Leaf | Twig
    perhaps: Leaf | None
    levels: Integers
    steps: Reals
    labels: tuple[str, ...]
    ranges: dict[str, float]
    notes: dict[str, Any]


def tree(**changes):
    fields = {
        "flag": True, "part": Twig("oak"), "perhaps": None, "levels": np.array([[1, -2], [3, 4]]),
        "steps": np.array([0.5, 1e-9]), "labels": ("a", "b"), "ranges": {"12": 0.5},
        "notes": {"anything": [1, None]}, **changes,
    }  # fmt: skip
    return Tree(**fields)


TABLE = {
    "kind": "Tree", "flag": True, "part": {"kind": "Twig", "name": "oak"}, "perhaps": None,
    "levels": [[1, -2], [3, 4]], "steps": [0.5, 1e-9], "labels": ["a", "b"],
    "ranges": {"12": 0.5}, "notes": {"anything": [1, None]},
}  # fmt: skip


def listed(value):
    if isinstance(value, dict):
        return {key: listed(item) for key, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def test_tables_name_their_kind():
    assert listed(encode(tree())) == TABLE
    assert listed(encode(tree(perhaps=Leaf(3, 0.5))))["perhaps"] == {
        "kind": "Leaf", "count": 3, "size": 0.5
    }  # fmt: skip


@pytest.mark.parametrize(
    "through",
    [
        pytest.param(lambda table: table, id="lists"),
        pytest.param(lambda table: json.loads(json.dumps(table)), id="json"),
        pytest.param(
            lambda table: {**table, "levels": np.array(table["levels"], np.int8),
                           "steps": np.array(table["steps"], np.float32)},
            id="numpy",
        ),
        pytest.param(
            lambda table: {**table, "levels": torch.tensor(table["levels"], dtype=torch.int16),
                           "steps": torch.tensor(table["steps"])},
            id="torch",
        ),
        pytest.param(lambda table: {**table, "another": 3}, id="more-than-asked"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("part", [Leaf(7, 2.5), Twig("oak")], ids=["leaf", "twig"])
def test_a_table_gives_the_value_back(through, part):
    table = {**TABLE, "part": encode(part), "perhaps": encode(Leaf(1, 2.0))}
    back = decode(Tree, through(table), "")
    assert type(back.part) is type(part)
    assert vars(back.part) == vars(part)
    assert vars(back.perhaps) == {"count": 1, "size": 2.0}
    assert (back.flag, back.labels, back.ranges) == (True, ("a", "b"), {"12": 0.5})
    assert back.notes == {"anything": [1, None]}
    assert back.levels.tolist() == [[1, -2], [3, 4]]
    np.testing.assert_allclose(back.steps, [0.5, 1e-9], rtol=1e-6)
    assert (back.levels.dtype, back.steps.dtype) == (np.int64, np.float64)


def test_whole_numbers_do_for_real_ones():
    table = {**TABLE, "part": {"kind": "Leaf", "count": 1, "size": 3}, "steps": [1, 2]}
    back = decode(Tree, table, "")
    assert isinstance(back.part.size, float)
    assert back.steps.dtype == np.float64


def put(path, value):
    """Return the table with something else at a path like ``part.name``."""
    head, _, rest = path.partition(".")
    return {**TABLE, head: {**TABLE[head], rest: value} if rest else value}


def without(path):
    head, _, rest = path.partition(".")
    if not rest:
        return {key: value for key, value in TABLE.items() if key != head}
    return {**TABLE, head: {k: v for k, v in TABLE[head].items() if k != rest}}


LEAF = {"kind": "Leaf", "count": 1, "size": 0.5}
DISTORTED = {
    "no-table": (3, " must be a table, not int"),
    "list": ([], " must be a table, not list"),
    "missing": (without("flag"), "flag must be in the file, and is missing"),
    "missing-inside": (without("part.name"), "part.name must be in the file, and is missing"),
    "missing-kind": (without("part.kind"), "part must be Leaf or Twig, not None"),
    "other-kind": (put("part.kind", "Trunk"), "part must be Leaf or Twig, not Trunk"),
    "kind-list": (put("part.kind", ["Leaf"]), "part must be Leaf or Twig, not ['Leaf']"),
    "kind-of-number": (put("part", 3), "part must be Leaf or Twig, not int"),
    "kind-none": (put("part", None), "part must be Leaf or Twig, not NoneType"),
    "optional-number": (put("perhaps", 3), "perhaps must be Leaf, not int"),
    "number-for-flag": (put("flag", 1), "flag must be bool, not int"),
    "none-for-flag": (put("flag", None), "flag must be bool, not NoneType"),
    "bytes-for-text": (put("part.name", b"x"), "part.name must be str, not bytes"),
    "flag-for-count": (put("part", {**LEAF, "count": True}), "part.count must be int, not bool"),
    "real-for-count": (put("part", {**LEAF, "count": 1.0}), "part.count must be int, not float"),
    "flag-for-size": (put("part", {**LEAF, "size": True}), "part.size must be float, not bool"),
    "text-for-size": (put("part", {**LEAF, "size": "1"}), "part.size must be float, not str"),
    "size-beyond": (
        put("part", {**LEAF, "size": 10**400}),
        "part.size must be a number, not one beyond all others",
    ),
    "text-for-array": (put("levels", "3"), "levels must hold integers, not <U1"),
    "none-for-array": (put("levels", None), "levels must hold integers, not object"),
    "table-for-array": (put("levels", {}), "levels must hold integers, not object"),
    "real-array": (put("levels", [1.0]), "levels must hold integers, not float"),
    "bool-array": (put("levels", [True]), "levels must hold integers, not bool"),
    "bool-among-numbers": (
        put("levels", [[1, 2], [True, 3]]),
        "levels must hold integers, not bool",
    ),
    "number-among-rows": (
        put("levels", [[1], 2]),
        "levels must have rows of one length, and has others",
    ),
    # As an array of texts, all as long as the longest, these would take gigabytes.
    "long-text": (
        put("levels", ["a"] * 10**5 + ["b" * 10**5]),
        "levels must hold integers, not str",
    ),
    "deep-array": (put("levels", [[[[1]]]]), "levels must have at most 3 axes, and has more"),
    "sizes-beyond": (put("steps", [0.5, 10**400]), "steps must hold numbers, not object"),
    "ragged-array": (
        put("levels", [[1], [2, 3]]),
        "levels must have rows of one length, and has others",
    ),
    "beyond-64-bits": (
        put("levels", [1 << 63]),
        f"levels must hold integers of 64 bits, not {1 << 63}",
    ),
    "beyond-any-bits": (put("levels", [1 << 70]), "levels must hold integers, not object"),
    "text-in-reals": (put("steps", ["a"]), "steps must hold numbers, not str"),
    "complex-reals": (put("steps", np.array([1j])), "steps must hold numbers, not complex128"),
    "tensor-of-bfloat": (
        put("steps", torch.ones(2, dtype=torch.bfloat16)),
        "steps must be an array, not Tensor",
    ),
    "tensor-with-gradient": (
        put("steps", torch.ones(2, requires_grad=True)),
        "steps must be an array, not Tensor",
    ),
    "text-for-labels": (put("labels", "ab"), "labels must be a list, not str"),
    "number-in-labels": (put("labels", ["a", 3]), "labels[1] must be str, not int"),
    "number-for-labels": (put("labels", 3), "labels must be a list, not int"),
    "list-for-table": (put("ranges", [1]), "ranges must be a table, not list"),
    "text-in-ranges": (put("ranges", {"12": "wide"}), "ranges.12 must be float, not str"),
    "number-names": (put("ranges", {12: 0.5}), "a name in ranges must be str, not int"),
    "notes-list": (put("notes", []), "notes must be a table, not list"),
}


@pytest.mark.parametrize(("table", "message"), DISTORTED.values(), ids=DISTORTED)
def test_distorted_tables_say_what_must_be(table, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        decode(Tree, table, "")
    assert caught.value.hint == REMAKE


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from([np.zeros(2), np.array(1), torch.ones(2), torch.zeros(2, 0), b"x", 1j]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
PLACES = [*TABLE, "part.kind", "part.name"]


@settings(deadline=None, max_examples=300, derandomize=True)
@given(place=st.sampled_from(PLACES), value=ANYTHING)
def test_anything_anywhere_is_read_or_refused(place, value):
    try:
        back = decode(Tree, put(place, value), "")
    except ModelError:
        return
    assert isinstance(back, Tree)
    assert (back.levels.dtype, back.steps.dtype) == (np.int64, np.float64)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(ANYTHING)
def test_anything_at_all_is_read_or_refused(value):
    for kind in (Tree, Leaf | Twig | None, Integers, Reals, float, tuple[str, ...]):
        try:
            decode(kind, value, "it")
        except ModelError as error:
            assert str(error).startswith("it")
