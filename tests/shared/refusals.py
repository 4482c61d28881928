"""What must be refused, with which message."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from qrnn_hw.export.errors import ModelError


def refused(message: str, make: Callable[..., Any], *arguments: Any, **fields: Any) -> None:
    """Check that a call is refused with this message, and says what to do next."""
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        make(*arguments, **fields)
    assert caught.value.hint
