"""What can be varied, and how it is typed."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.sweep.axes import Kind, Range, Values, check_axes, parse_axis


def _cell(word):
    if word not in ("gru", "lstm"):
        raise ValueError(f"{word!r} is not one of gru, lstm")
    return word


KINDS = {"hidden": Kind(int, int), "u_bits": Kind(int, int), "lr": Kind(float, float),
         "cell": Kind(_cell)}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("hidden=64", Values("hidden", (64,))),
        ("u-bits=2, 3,4", Values("u_bits", (2, 3, 4))),
        ("u_bits=2,none", Values("u_bits", (2, None))),
        ("lr=1e-3,.01", Values("lr", (0.001, 0.01))),
        ("lr=1e-3..3e-2", Range("lr", 0.001, 0.03)),
        ("hidden= 8 .. 64 ", Range("hidden", 8, 64)),
        ("cell=gru,none", Values("cell", ("gru", None))),
    ],
)
def test_axes(text, axis):
    assert parse_axis(text, KINDS) == axis


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hidden", "must be NAME=VALUE,VALUE,... or NAME=LOW..HIGH, not 'hidden'"),
        ("", "must be NAME=VALUE,VALUE,... or NAME=LOW..HIGH, not ''"),
        ("width=3", "must be one of hidden, u-bits, lr, cell, not 'width'"),
        ("hidden=", "hidden must have values between its commas, not ''"),
        ("hidden=8,,9", "hidden must have values between its commas, not '8,,9'"),
        ("hidden=many", "hidden: invalid literal"),
        ("hidden=8.5", "hidden: invalid literal"),
        ("lr=nan", "lr: nan is not a finite number"),
        ("lr=1..inf", "lr: inf is not a finite number"),
        ("lr=1e-2,0.01", "lr must have each value once, and has 0.01"),
        ("cell=rnn", "cell: 'rnn' is not one of"),
        ("cell=gru..lstm", "cell has words for values, and no range gru..lstm"),
        ("hidden=9..8", "the range of hidden must rise, not 9..8"),
        ("hidden=8..8", "the range of hidden must rise, not 8..8"),
        ("hidden=none..8", "the range of hidden must rise, not none..8"),
        ("hidden=8..9,10", "hidden: invalid literal"),
    ],
)
def test_what_is_no_axis(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_axis(text, KINDS)


def test_axes_that_do_not_go_together():
    span, values = Range("lr", 0.1, 0.2), Values("lr", (0.1,))
    with pytest.raises(ValueError, match="lr must be one axis, and is given twice"):
        check_axes([values, span], True)
    with pytest.raises(ValueError, match=r"the range lr=0\.1\.\.0\.2 needs --random"):
        check_axes([span], False)
    check_axes([span], True)


@given(st.text())
def test_any_text_is_an_axis_or_refused_in_a_line(text):
    try:
        axis = parse_axis(text, KINDS)
    except ValueError:
        return
    assert axis.name in KINDS


@given(st.text(alphabet="hiden=lr.,0123e-+ no_", max_size=20))
def test_what_looks_like_an_axis_too(text):
    test_any_text_is_an_axis_or_refused_in_a_line.hypothesis.inner_test(text)


numbers = st.floats(1e-9, 1e9) | st.floats(-10, 10)
axes = (
    st.builds(Values, st.just("lr"), st.lists(numbers | st.none(), min_size=1, unique=True)
              .map(tuple))
    | st.builds(Values, st.just("hidden"), st.lists(st.integers(), min_size=1, unique=True)
                .map(tuple))
    | st.lists(numbers, min_size=2, max_size=2, unique=True).map(sorted)
    .map(lambda ends: Range("lr", *ends))
    | st.lists(st.integers(-99, 10**9), min_size=2, max_size=2, unique=True).map(sorted)
    .map(lambda ends: Range("hidden", *ends))
)  # fmt: skip


@given(axes)
def test_what_is_written_is_read_again(axis):
    assert parse_axis(f"{axis.name}={axis}", KINDS) == axis


@given(axes, st.integers(0, 2**32))
def test_draws_are_on_the_axis(axis, seed):
    value = axis.draw(np.random.default_rng(seed))
    if isinstance(axis, Values):
        assert value in axis.values
    else:
        assert type(value) is type(axis.low)
        assert axis.low <= value <= axis.high
    assert value == axis.draw(np.random.default_rng(seed))


def test_draws_of_a_range_have_the_distribution_that_is_promised():
    generator = np.random.default_rng(1)
    rates = [Range("lr", 1e-4, 1e-2).draw(generator) for _ in range(2000)]
    assert 0.45 < np.mean(np.array(rates) < 1e-3) < 0.55
    shares = [Range("dropout", 0.0, 0.5).draw(generator) for _ in range(2000)]
    assert 0.45 < np.mean(np.array(shares) < 0.25) < 0.55
    units = [Range("hidden", 1, 4).draw(generator) for _ in range(2000)]
    counts = np.bincount(units, minlength=5)[1:]
    assert counts.sum() == 2000 and (abs(counts - 500) < 80).all()
