# amaranth: UnusedElaboratable=no
"""Boards that listen: samples over the link, and golden results of their frames."""

import numpy as np
import pytest

from qrnn_hw.boards.design.assemble import assemble
from qrnn_hw.boards.link.host.allowance import Allowance
from qrnn_hw.boards.link.host.host import Host, Result
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export import golden
from qrnn_hw.export.errors import DataError, LinkError, ModelError
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.hw.popcount.plan import PopcountPlan
from random_model import random_model
from simulated_port import SimulatedPort


def listening(every):
    return random_model(
        np.random.default_rng(2), 8, 6, weights="levels", every=every,
        channels=16, input_bits=8, input_signed=True,
    )  # fmt: skip


def sound(frames, rest, seed):
    """Draw noise that grows, so that frames differ."""
    samples = np.random.default_rng(seed).normal(size=frames * FRAME + rest)
    return np.clip(samples * np.geomspace(30, 9000, len(samples)), -32768, 32767).astype(np.int64)


def expected(model, samples):
    run = golden.run(model, front_end(samples)[None].astype(np.int64))
    logits = run.logits.reshape(-1, model.classes).tolist()
    return Result(tuple(run.classes.reshape(-1).tolist()), tuple(map(tuple, logits)))


@pytest.mark.parametrize(
    ("every", "load"),
    [
        pytest.param(False, True, id="load", marks=pytest.mark.slow),
        pytest.param(True, False, id="every", marks=pytest.mark.slow),
    ],
)
def test_a_board_with_a_front_end_is_golden(every, load):
    model = listening(every)
    plan = PopcountPlan(model, 8, 4, 6, load=load)
    port = SimulatedPort(assemble(plan, 4, front_end=True), 4, quiet_bits=400)
    host = Host(port, weights=plan.loaded_words() or None)
    identity = host.identify()
    assert identity == Identity.of(model, plan.loaded_words(), front_end=True)
    assert (identity.step_bytes, identity.front_end, identity.every) == (2, True, every)
    batch = [sound(3, 5, 1), sound(1, 0, 2)]
    results = [expected(model, samples) for samples in batch]
    assert list(host.classify_many(batch)) == results
    assert len(results[0].classes) == (3 if every else 1)
    assert len({y for result in results for y in result.logits}) > 1


@pytest.mark.parametrize("every", [False, True])
def test_the_reference_hears_the_same(every):
    model = listening(every)

    def classify(frames):
        run = golden.run(model, np.array(frames)[None])
        return int(np.ravel(run.classes)[-1]), run.logits.reshape(-1, model.classes)[-1].tolist()

    host = Host(ReferenceBoard(Identity.of(model, front_end=True), classify))
    batch = [sound(9, 100, 3), sound(1, 1, 4), sound(4, 127, 5)]
    assert list(host.classify_many(batch)) == [expected(model, samples) for samples in batch]
    with pytest.raises(DataError, match=r"^a sequence must be 128 samples or more, not 127$"):
        host.classify(sound(0, 127, 6))


def test_readouts_of_sound_come_slowly_so_that_frames_are_full():
    spoken = Identity.of(listening(True), front_end=True)
    assert Allowance.of(spoken) == Allowance(62, 4, 8)


def test_samples_are_one_signed_channel():
    message = r"^samples of sound must be one channel of 16 signed bits, not 2 of 16$"
    with pytest.raises(LinkError, match=message):
        Identity(16, True, 8, 2, 9, 8, bytes(8), channels=2, front_end=True)
    with pytest.raises(LinkError, match=r"^readouts of every step must be of up to 2 frames, and"):
        Identity(16, True, 8, 130, 32, 8, bytes(8), front_end=True, every=True)
    unsuited = PopcountPlan(random_model(np.random.default_rng(1), 8, 6), 8, 2)
    with pytest.raises(ModelError, match="16 channels of 8 signed bits"):
        assemble(unsuited, 8, front_end=True)
