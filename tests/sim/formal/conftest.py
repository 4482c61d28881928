"""Components with a planted fault, and a place for the tools to work."""

import inspect
import sys
import textwrap

import pytest

from qrnn_hw.export.errors import MismatchError
from qrnn_hw.sim.formal.solver import prove


@pytest.fixture
def mutant():
    """Return a function that makes a class like ``kind``, one piece of its text replaced."""

    def plant(kind, right, wrong):
        text = textwrap.dedent(inspect.getsource(kind))
        assert text.count(right) == 1, f"{right!r} must occur once in {kind.__name__}"
        names = dict(vars(sys.modules[kind.__module__]))
        exec(compile(text.replace(right, wrong), kind.__name__, "exec"), names)
        return names[kind.__name__]

    return plant


@pytest.fixture
def narrow(monkeypatch):
    """Return a function that makes every number of a kind one bit narrower than it needs."""

    def plant(kind, name):
        right = next(vars(base)[name] for base in kind.__mro__ if name in vars(base))
        compute = right.fget if isinstance(right, property) else right.func
        monkeypatch.setattr(kind, name, property(lambda one: compute(one) - 1))

    return plant


@pytest.fixture
def proven(tmp_path):
    """Return a function that proves, in a folder of its own."""
    return lambda proof: prove(proof, tmp_path)


@pytest.fixture
def refuted(tmp_path):
    """Return a function that requires a proof to fail, and to leave a trace."""

    def check(proof):
        with pytest.raises(MismatchError) as caught:
            prove(proof, tmp_path)
        assert caught.value.exit_code == 4
        assert proof.name in str(caught.value)
        assert "trace.vcd" in caught.value.hint
        assert (tmp_path / "trace.vcd").stat().st_size > 0

    return check
