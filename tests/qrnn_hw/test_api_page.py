"""The page of the library, made from its docstrings."""

import importlib.util
from pathlib import Path

import qrnn_hw

DOCS = Path(__file__).parents[2] / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("api", DOCS / "api.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date():
    assert (DOCS / "api.md").read_text() == generator().page(), "run: python docs/api.py"


def test_every_name_of_the_library_is_on_the_page():
    page = (DOCS / "api.md").read_text()
    assert all(f"\n## qrnn_hw.{name}" in page for name in qrnn_hw.__all__)


def test_a_docstring_becomes_markdown():
    found = generator().document(
        """Add ``a`` to :func:`~some.place.b`.

        Parameters
        ----------
        a, b
            Numbers, (n,);
            any.

        Examples
        --------
        Like this:

        >>> 1 + 1
        2
        """
    )
    assert found == (
        "Add `a` to `b`.\n\n**Parameters**\n\n- `a, b`: Numbers, (n,); any.\n\n"
        "**Examples**\n\nLike this:\n\n    >>> 1 + 1\n    2"
    )
