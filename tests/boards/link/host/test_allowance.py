"""What may be under way, counted modulo 16."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.boards.link.host.allowance import Allowance
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import MODULUS, SLOTS, TAKEN


def identity(**changes):
    fields = {"input_bits": 8, "input_signed": False, "hidden": 64, "classes": 10}
    fields |= {"logit_bits": 25, "state_bits": 12, "digest": bytes(8)}
    return Identity(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "allowance"),
    [
        ({}, Allowance(63, 4, 8)),
        ({"input_bits": 12}, Allowance(62, 4, 8)),
        ({"channels": 9}, Allowance(63, 4, 8)),
        ({"channels": 10}, Allowance(60, 4, 8)),
        ({"channels": 64, "input_bits": 16}, Allowance(128, 4, 8)),
        ({"channels": 64}, Allowance(192, 4, 8)),
        ({"every": True}, Allowance(2, 4, 8)),
        ({"every": True, "channels": 45}, Allowance(45, 4, 8)),
        ({"classes": 256}, Allowance(63, 4, 3)),
        ({"classes": 126, "every": True}, Allowance(1, 4, 8)),
        ({"classes": 189, "every": True}, Allowance(1, 1, 8)),
    ],
)
def test_known_allowances(changes, allowance):
    assert Allowance.of(identity(**changes)) == allowance


@given(
    st.builds(
        identity,
        input_bits=st.integers(1, 16),
        channels=st.integers(1, 64),
        classes=st.integers(1, 256),
        logit_bits=st.integers(1, 40),
    )
    | st.builds(
        identity,
        input_bits=st.integers(1, 16),
        channels=st.integers(1, 64),
        classes=st.integers(1, 189),
        logit_bits=st.integers(1, 32),
        every=st.just(True),
    )
)
def test_results_under_way_can_be_counted(identity):
    allowance = Allowance.of(identity)
    steps = allowance.frame_bytes // identity.step_bytes
    assert steps >= 1 and allowance.frame_bytes == steps * identity.step_bytes < identity.payload
    assert 1 <= allowance.frames <= SLOTS
    if identity.every:
        results = (allowance.frames * steps + TAKEN) * identity.parts + 1
    else:
        results = allowance.sequences * identity.parts
    assert results < MODULUS
