# amaranth: UnusedElaboratable=no
"""The streams of the link and of a core's input, and faults that must be seen."""

import numpy as np
import pytest

from qrnn_hw.boards.link.gateware.collector import Collector
from qrnn_hw.boards.link.gateware.feeder import Feeder
from qrnn_hw.boards.link.gateware.loader import Loader
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.hw.entry import Scaler
from qrnn_hw.sim.formal.collector import collecting
from qrnn_hw.sim.formal.feeder import feeding
from qrnn_hw.sim.formal.input_stream import taking
from qrnn_hw.sim.formal.loader import loading
from random_model import random_model


def identity(bits=4, classes=3, logit_bits=12, **options):
    return Identity(bits, False, 16, classes, logit_bits, 8, bytes(8), **options)


@pytest.mark.slow
@pytest.mark.parametrize(("bits", "channels"), [(4, 1), (12, 1), (10, 3)],
                         ids=["one-byte", "two", "four"])  # fmt: skip
def test_the_feeder_loses_nothing(proven, bits, channels):
    proven(feeding(Feeder(identity(bits, channels=channels))))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("with m.Elif(Mux(self.missing, self.byte.ready, self.x.ready)):",
                     "with m.Elif(self.x.ready | ~there | ~self.byte.ready):", id="drops"),
        pytest.param("m.d.sync += [valid.eq(0), place.eq(place + 1)]",
                     "m.d.sync += [valid.eq(0), place.eq(place)]", id="repeats",
                     marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_feeder_that_loses_or_repeats_a_step_is_refuted(refuted, mutant, right, wrong):
    refuted(feeding(mutant(Feeder, right, wrong)(identity())))


@pytest.mark.parametrize(
    "size",
    [pytest.param((3, 12)), pytest.param((130, 16), marks=pytest.mark.slow)],
    ids=["one-result", "results"],
)
def test_the_collector_loses_nothing(proven, size):
    proven(collecting(Collector(identity(4, *size), 8, 10)))


def test_a_collector_that_drops_a_byte_while_both_sides_stall_is_refuted(refuted, mutant):
    wrong = mutant(Collector, "with m.If(self.strobe):", "with m.If(self.strobe | self.hold):")
    refuted(collecting(wrong(identity(), 8, 7)))


@pytest.mark.slow
def test_the_loader_loses_nothing(proven):
    proven(loading(Loader(identity(words=5))))


@pytest.mark.slow
def test_a_loader_that_drops_a_word_that_is_not_taken_is_refuted(refuted, mutant):
    wrong = mutant(Loader, "taken = self.w.valid & self.w.ready", "taken = self.w.valid")
    refuted(loading(wrong(identity(words=5))))


@pytest.mark.slow
@pytest.mark.parametrize("slack", [0, 3, 20])
def test_a_core_takes_every_step_once(proven, slack):
    proven(taking(Scaler(random_model(np.random.default_rng(1), 8, 6), slack=slack)))


@pytest.mark.slow
def test_an_input_that_takes_a_step_too_soon_is_refuted(refuted, mutant):
    wrong = mutant(Scaler, "(left == 0) & ~self.valid", "left == 0")
    refuted(taking(wrong(random_model(np.random.default_rng(1), 8, 6))))
