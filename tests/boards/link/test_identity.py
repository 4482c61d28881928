"""The identity: its ranges, and other versions of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.errors import LinkError
from random_model import random_model

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
        st.integers(1, 93),
        st.integers(1, 64),
        st.integers(1, 255),
        st.binary(min_size=8, max_size=8),
        channels=st.integers(1, 64),
        every=st.booleans(),
    )
    | st.builds(
        Identity,
        st.just(16),
        st.just(False),
        st.integers(1, 65535),
        st.integers(1, 93),
        st.integers(1, 64),
        st.integers(1, 255),
        st.binary(min_size=8, max_size=8),
        vocabulary=st.integers(2, 256) | st.sampled_from([257, 30522, 1 << 16]),
        every=st.booleans(),
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
    ("channels", "bits", "size", "slot", "payload"),
    [
        (1, 1, 1, 64, 64),
        (3, 3, 2, 64, 64),
        (9, 8, 9, 64, 64),
        (63, 8, 63, 64, 64),
        (64, 8, 64, 256, 255),
        (45, 16, 90, 256, 255),
        (64, 16, 128, 256, 255),
    ],
)
def test_channels_share_the_bytes_of_a_step(channels, bits, size, slot, payload):
    identity = Identity(**GOOD | {"channels": channels, "input_bits": bits})
    assert (identity.step_bytes, identity.slot, identity.payload) == (size, slot, payload)


@pytest.mark.parametrize(
    ("classes", "bits", "part", "parts"),
    [(1, 9, 1, 1), (252, 8, 252, 1), (63, 25, 63, 1), (64, 25, 63, 2), (256, 64, 31, 9)],
)
def test_a_readout_may_take_several_frames(classes, bits, part, parts):
    identity = Identity(**GOOD | {"classes": classes, "logit_bits": bits})
    assert (identity.part, identity.parts) == (part, parts)


@pytest.mark.parametrize(
    ("options", "bits", "channels", "vocabulary", "every"),
    [
        ({}, 8, 1, 0, False),
        ({"channels": 5, "input_bits": 3, "input_signed": True}, 3, 5, 0, False),
        ({"vocabulary": 30, "every": True, "classes": 1}, 5, 1, 30, True),
    ],
)
def test_the_identity_of_a_model(options, bits, channels, vocabulary, every):
    model = random_model(np.random.default_rng(1), 16, 8, **options)
    identity = Identity.of(model)
    assert (identity.input_bits, identity.channels) == (bits, channels)
    assert (identity.vocabulary, identity.every) == (vocabulary, every)
    assert identity.step_bits == model.inputs.width
    assert identity.input_range == model.input_range
    assert (identity.hidden, identity.classes, identity.state_bits) == (16, model.classes, 8)
    assert identity.digest.hex() == model.digest[:16]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input_bits": 17}, "input_bits must be from 1 to 16, not 17"),
        ({"hidden": 0}, "hidden must be from 1 to 65535, not 0"),
        ({"classes": 257}, "classes must be from 1 to 256, not 257"),
        ({"channels": 65}, "channels must be from 1 to 64, not 65"),
        ({"vocabulary": 65537}, "vocabulary must be from 0 to 65536, not 65537"),
        ({"vocabulary": 1}, "tokens must be 2 or more, unsigned, and one a step"),
        ({"vocabulary": 9, "channels": 2}, "tokens must be 2 or more, unsigned, and one a step"),
        ({"vocabulary": 9, "input_signed": True}, "tokens must be 2 or more, unsigned, and one .*"),
        ({"vocabulary": 9, "input_bits": 3}, "3 bits must tell the tokens apart, and there are 9"),
        ({"logit_bits": 65}, "logit_bits must be from 1 to 64, not 65"),
        ({"state_bits": 0}, "state_bits must be from 1 to 255, not 0"),
        (
            {"every": True, "classes": 190},
            "readouts of every step must be of up to 3 frames, and 190 logits of 4 bytes are 4",
        ),
        ({"digest": b"short"}, "digest must be 8 bytes, not 5"),
    ],
)
def test_bad_identities_say_why(change, message):
    with pytest.raises(LinkError, match=f"^{message}$"):
        Identity(**GOOD | change)


@pytest.mark.parametrize(("data", "version"), [(b"\x01" + bytes(20), "1"), (b"", "none")])
def test_another_version_is_refused(data, version):
    message = f"^the board must speak protocol version 2, not {version}$"
    with pytest.raises(LinkError, match=message) as caught:
        Identity.unpack(data)
    assert "program the board again" in caught.value.hint


def test_a_board_says_whether_its_network_forgets():
    for options, endless in (({}, False), ({"decays": (5, 3)}, True), ({"halves": 1}, True)):
        identity = Identity.of(random_model(np.random.default_rng(1), 8, 6, **options))
        assert identity.endless is endless
        assert Identity.unpack(identity.pack()) == identity
        assert identity.pack()[1] >> 4 == endless
