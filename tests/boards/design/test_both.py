# amaranth: UnusedElaboratable=no
"""A board whose core takes two sequences at once, at its pins, with the host feeding both."""

import numpy as np
import pytest

from qrnn_hw.boards.design.assemble import assemble
from qrnn_hw.boards.link.host.host import Host, Result
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model
from simulated_port import SimulatedPort

DIVISOR = 8


@pytest.mark.parametrize(
    ("lanes", "options"),
    [
        pytest.param(8, {}, id="number"),
        pytest.param(
            2, {"channels": 3, "input_signed": True}, id="three-channels", marks=pytest.mark.slow
        ),
        pytest.param(8, {"vocabulary": 5, "transform": "halved"}, id="tokens-halved"),
    ],
)
def test_the_host_feeds_both(lanes, options):
    rng = np.random.default_rng([41, lanes])
    model = random_model(rng, 8, 6, classes=3, **options)
    port = SimulatedPort(assemble(SerialPlan(model, lanes, at_once=2), DIVISOR), DIVISOR)
    host = Host(port)
    assert host.identify() == Identity.of(model, at_once=2)
    sequences = [random_sequence(rng, model, steps) for steps in (3, 5, 70, 2, 1)]
    wanted = [Result.expected(model, sequence) for sequence in sequences]
    assert list(host.classify_many(sequences)) == wanted
    assert host.classify(sequences[1]) == wanted[1]
    # One whose steps come one by one is the first of the two.
    assert list(host.live(list(sequences[0]))) == [wanted[0]]
