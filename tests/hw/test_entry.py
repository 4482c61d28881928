"""Tokens and numbers in: held, and scaled bit by bit as the golden run does."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from qrnn_hw.hw.entry import Parity, Scaler, TokenInput
from random_model import random_model


def model_with(hidden, bits, signed, gain, frac=None, channels=1):
    model = random_model(
        np.random.default_rng(3), hidden, 8,
        input_bits=bits, input_signed=signed, u_bits=2, channels=channels,
    )  # fmt: skip
    gain = np.resize(gain, model.parities)
    u = np.zeros((hidden, channels), int)
    return replace(model, inputs=replace(model.inputs, gain=gain, gain_frac=frac or bits + 4, u=u))


def scale(model, steps, *, rng=None, slack=0):
    """Pass (x, last) pairs through a scaler, with random waits on both sides if ``rng`` is given.

    Returns
    -------
    list of (scaled, last, parity)
        What was released.
    list of int
        Latencies, from the transfer to ``valid``.

    Raises
    ------
    TimeoutError
        If results are missing long after they were due.
    """
    dut = Scaler(model, slack=slack)
    results, latencies = [], []
    deadline = (len(steps) + 1) * (model.inputs.bits + 20)

    def wait():
        return 0 if rng is None else int(rng.integers(0, 7))

    async def bench(ctx):
        fed, entered, hold, pause = 0, 0, wait(), wait()
        shown = None
        for cycle in range(deadline):
            offered = fed < len(steps) and not pause
            if offered:
                given, last = steps[fed]
                (packed,) = model.inputs.pack(np.reshape(given, (1, -1)))
                ctx.set(dut.x.payload, {"data": packed, "last": last})
            ctx.set(dut.x.valid, offered)
            valid, ready = ctx.get(dut.valid), ctx.get(dut.x.ready)
            assert not (valid and ready)
            if valid and not shown and len(latencies) < fed:
                latencies.append(cycle - entered)
                hold += slack  # the value is needed no sooner
            if valid and cycle >= entered + latencies[-1] + slack:
                now = ctx.get(dut.value), ctx.get(dut.last), ctx.get(dut.parity)
                assert shown in (None, now), "a result changed before its release"
                shown = now
            release = bool(valid and not hold)
            ctx.set(dut.release, release)
            hold = hold - 1 if valid and hold else hold
            if release:
                results.append(shown)
                shown, hold = None, wait()
                if len(results) == len(steps):
                    return
            if offered and ready:
                fed, entered, pause = fed + 1, cycle, wait()
            elif pause:
                pause -= 1
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    if len(results) < len(steps):
        raise TimeoutError(f"{len(results)} results of {len(steps)} in {deadline} cycles")
    return results, latencies


def expected(model, steps):
    """Scale by the golden run's function; the steps of a sequence count from 1."""
    results, step, bits = [], 1, model.inputs.scaled_bits
    for x, last in steps:
        parity = model.parity(step)
        scaled = model.inputs.scaled(np.reshape(x, -1), parity).tolist()
        value = sum(one % (1 << bits) << channel * bits for channel, one in enumerate(scaled))
        results.append((value, last, parity))
        step = 1 if last else step + 1
    return results


GAINS = [
    pytest.param(0, id="zero"),
    pytest.param([1, 3], id="small"),
    pytest.param([37, 53], id="middle"),
    pytest.param([5000, 7], id="large-and-small"),
    pytest.param([1, 1 << 12], id="small-and-large"),
]


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [1, 2, 5])
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_every_input_of_a_small_width(hidden, bits, signed, gain):
    model = model_with(hidden, bits, signed, gain)
    low, high = model.input_range
    steps = [(x, 0) for x in range(low, high + 1) for _ in range(model.parities)]
    results, latencies = scale(model, steps)
    assert results == expected(model, steps)
    assert set(latencies) == {bits + 1}


@pytest.mark.parametrize("frac", [16, 20, 32])
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_inputs_of_16_bits(signed, frac):
    rng = np.random.default_rng([4, frac])
    gain = rng.integers(1 << frac - 10, 1 << frac, 2)
    model = model_with(8, 16, signed, gain, frac)
    low, high = model.input_range
    inputs = [low, low, high, high, 0, 0, 1, 1, *rng.integers(low, high + 1, 60).tolist()]
    steps = [(x, 0) for x in inputs]
    results, latencies = scale(model, steps)
    assert results == expected(model, steps)
    assert set(latencies) == {17}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_waits_and_ends_of_sequences(hidden, seed):
    rng = np.random.default_rng([5, seed])
    model = model_with(hidden, 4, bool(seed % 2), [11, 90])
    low, high = model.input_range
    steps = [
        (int(x), int(last))
        for x, last in zip(rng.integers(low, high + 1, 60), rng.integers(0, 2, 60))
    ]
    results, latencies = scale(model, steps, rng=rng)
    assert results == expected(model, steps)
    assert set(latencies) == {5}


@pytest.mark.parametrize(
    ("hidden", "parities"),
    [pytest.param(4, [0] * 7, id="even"), pytest.param(8, [1, 0, 1, 1, 1, 0, 1], id="odd")],
)
def test_parity_counts_from_the_start_of_each_sequence(hidden, parities):
    steps = [(1, 0), (1, 0), (1, 1), (1, 1), (1, 0), (1, 0), (1, 0)]
    results, _ = scale(model_with(hidden, 2, False, 4), steps)
    assert [parity for *_, parity in results] == parities


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(("channels", "bits"), [(2, 1), (3, 5), (9, 8)])
def test_every_channel_is_scaled(channels, bits, signed):
    rng = np.random.default_rng([6, channels])
    model = model_with(8, bits, signed, [21, 30], channels=channels)
    low, high = model.input_range
    inputs = [np.full(channels, low), np.full(channels, high)]
    inputs += [rng.integers(low, high + 1, channels) for _ in range(20)]
    steps = [(x, int(t % 5 == 4)) for t, x in enumerate(inputs)]
    results, latencies = scale(model, steps, rng=rng)
    assert results == expected(model, steps)
    assert set(latencies) == {bits + 1}


@pytest.mark.parametrize("slack", [0, 1, 4, 5, 9])
def test_a_step_may_begin_before_its_input_is_scaled(slack):
    rng = np.random.default_rng([7, slack])
    model = model_with(8, 5, True, [21, 30])
    steps = [(int(x), int(t % 4 == 3)) for t, x in enumerate(rng.integers(-16, 16, 30))]
    results, latencies = scale(model, steps, rng=rng, slack=slack)
    assert results == expected(model, steps)
    assert set(latencies) == {max(1, 6 - slack)}


def test_a_gain_that_is_one_too_large_shows():
    steps = [(x, 0) for x in range(32)]
    results, _ = scale(model_with(4, 5, False, 255), steps)
    assert results != expected(model_with(4, 5, False, 256), steps)


ENDS = [0, 0, 1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("parities", "wanted"),
    [(1, [0] * 8), (2, [1, 0, 1, 1, 1, 0, 1, 1])],
    ids=["one", "two"],
)
def test_counts_from_one_in_every_sequence(trace, parities, wanted):
    dut = Parity(parities)
    # An end that is offered but not taken means nothing.
    taken = [step for _ in ENDS for step in (0, 1)] + [0]
    ends = [end for one in ENDS for end in (1 - one, one)] + [0]
    rows = trace(dut, 17, [(dut.taken, taken), (dut.ends, ends)], [dut.last, dut.parity])
    assert [row for row in rows[2::2]] == list(zip(ENDS, wanted))


def pass_tokens(model, steps, rng):
    """Pass (token, last) pairs, with random waits on both sides; return what was released."""
    dut = TokenInput(model)
    results, latencies = [], []

    async def bench(ctx):
        fed, entered, hold = 0, 0, 0
        for cycle in range(20 * len(steps)):
            offered = fed < len(steps) and rng.random() < 0.6
            token, last = steps[min(fed, len(steps) - 1)]
            # What is not offered is wrong.
            shown = (token, last) if offered else (token ^ 1, 1 - last)
            ctx.set(dut.x.payload, dict(zip(("data", "last"), shown)))
            ctx.set(dut.x.valid, offered)
            valid, ready = ctx.get(dut.valid), ctx.get(dut.x.ready)
            assert valid != ready
            if valid and not hold:
                latencies.append(cycle - entered)
                hold = 1 + int(rng.integers(0, 4))
            release = bool(valid and hold == 1)
            ctx.set(dut.release, release)
            if release:
                results.append((ctx.get(dut.value), ctx.get(dut.last), ctx.get(dut.parity)))
            hold = max(0, hold - 1)
            if offered and ready:
                fed, entered = fed + 1, cycle
            if len(results) == len(steps):
                return
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return results, latencies


@pytest.mark.parametrize("vocabulary", [2, 5, 256])
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_tokens_come_out_with_the_parity_of_their_step(hidden, vocabulary):
    rng = np.random.default_rng([50, hidden, vocabulary])
    model = random_model(rng, hidden, 6, vocabulary=vocabulary)
    steps = [(int(rng.integers(0, vocabulary)), int(rng.random() < 0.3)) for _ in range(40)]
    results, latencies = pass_tokens(model, steps, rng)
    wanted, step = [], 1
    for token, last in steps:
        wanted.append((token, last, model.parity(step)))
        step = 1 if last else step + 1
    assert results == wanted
    assert set(latencies) == {1}
