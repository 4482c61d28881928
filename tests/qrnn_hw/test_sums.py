"""What a build takes, exact sums or halved ones, and what it says of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from qrnn_hw.models import load, open_model
from qrnn_hw.order import Order
from qrnn_hw.sums import chosen_sums

DIGITS = Path(__file__).parents[2] / "examples" / "digits.pt"
ADVICE = {"chosen": "halved", "reason": "as good in validation", "state_bits": 12}


def chosen(card, **options):
    """Choose for a network whose card says so of sums."""
    network = replace(load(DIGITS), card={"transform": card} if card else {})
    order = Order(**options)
    opened = open_model(network, order.state_bits, order.transform)
    sums = chosen_sums(opened, order, order.room(order.target()))
    assert len(sums.opened.samples) == 200
    return sums.opened.model.transform, sums.reason


def test_a_file_that_says_nothing_is_built_with_exact_sums():
    assert chosen(None) == ("exact", "the model's file says nothing of halved sums")


@pytest.mark.parametrize("asked", ["exact", "halved"])
def test_what_is_asked_for_is_built(asked):
    assert chosen(ADVICE, transform=asked) == (asked, "asked for")


def test_halved_sums_are_built_where_they_are_as_good_and_faster():
    assert chosen(ADVICE, lanes=32) == ("halved", "as good in validation")


def test_advice_is_for_its_own_width():
    assert chosen(ADVICE, state_bits=10)[0] == "exact"
    worse = {**ADVICE, "chosen": "exact", "reason": "worse in validation"}
    assert chosen(worse) == ("exact", "worse in validation")


@pytest.mark.parametrize("card", ["halved", {"chosen": "halved"}, {"state_bits": 12}, [1]])
def test_a_card_that_says_something_else_advises_nothing(card):
    assert chosen(card)[0] == "exact"


def test_an_engine_that_has_no_halved_sums_takes_exact_ones():
    assert chosen(ADVICE, engine="popcount") == (
        "exact", "halved ones would make the core no better"
    )  # fmt: skip
