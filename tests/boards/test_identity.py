"""The identity: its ranges, and other versions of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.boards.identity import Identity
from qrnn_hw.export.errors import LinkError

GOOD = {
    "input_bits": 8,
    "input_signed": False,
    "hidden": 512,
    "classes": 10,
    "logit_bits": 25,
    "state_bits": 12,
    "digest": b"digest..",
}


@given(
    st.builds(
        Identity,
        st.integers(1, 16),
        st.booleans(),
        st.integers(1, 65535),
        st.integers(1, 31),
        st.integers(1, 64),
        st.integers(1, 255),
        st.binary(min_size=8, max_size=8),
    )
)
def test_pack_and_unpack_are_inverse(identity):
    assert Identity.unpack(identity.pack()) == identity


@pytest.mark.parametrize(
    ("bits", "size"), [(1, 1), (8, 1), (9, 2), (17, 4), (32, 4), (33, 8), (64, 8)]
)
def test_logits_take_a_power_of_two_of_bytes(bits, size):
    assert Identity(**GOOD | {"logit_bits": bits}).logit_bytes == size


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input_bits": 17}, "input_bits must be from 1 to 16, not 17"),
        ({"hidden": 0}, "hidden must be from 1 to 65535, not 0"),
        ({"classes": 256}, "classes must be from 1 to 255, not 256"),
        ({"logit_bits": 65}, "logit_bits must be from 1 to 64, not 65"),
        ({"state_bits": 0}, "state_bits must be from 1 to 255, not 0"),
        ({"digest": b"short"}, "digest must be 8 bytes, not 5"),
        (
            {"classes": 64},
            "a result of 64 logits of 4 bytes does not fit a frame of 255 bytes",
        ),
    ],
)
def test_bad_identities_say_why(change, message):
    with pytest.raises(LinkError, match=f"^{message}$"):
        Identity(**GOOD | change)


@pytest.mark.parametrize(("data", "version"), [(b"\x02" + bytes(15), "2"), (b"", "none")])
def test_another_version_is_refused(data, version):
    message = f"^the board must speak protocol version 1, not {version}$"
    with pytest.raises(LinkError, match=message) as caught:
        Identity.unpack(data)
    assert "program the board again" in caught.value.hint
