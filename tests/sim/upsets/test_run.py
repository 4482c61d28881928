# amaranth: UnusedElaboratable=no
"""Upsets in golden runs: against networks and states changed by hand, and against cores."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.lib import memory
from amaranth.sim import Simulator

from qrnn_hw.export import golden
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.trace import PlaneWrites
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.sim.upsets.bits import draw, kinds, tables
from qrnn_hw.sim.upsets.effects import FEWEST
from qrnn_hw.sim.upsets.run import run
from random_model import random_model

STEPS = 6
CASES = {
    "odd": {"hidden": 8, "channels": 2, "biased": True},
    "tokens": {"hidden": 8, "vocabulary": 3, "relu": False},
    "dense": {"hidden": 7, "weights": "levels", "activation": "modrelu", "vocabulary": 3},
    "ternary": {"hidden": 6, "weights": "ternary", "activation": "relu"},
    "binary": {"hidden": 6, "weights": "binary", "every": True},
    "halved": {"hidden": 8, "transform": "halved", "decays": [3, 0]},
    "pool": {"hidden": 4, "pool": Pool("mean", 5, 0), "layer": 3},
    "leak": {"hidden": 4, "decays": [2], "pool": Pool("count", 0, 2), "every": True},
}


def drawn(name):
    rng = np.random.default_rng([3, *name.encode()])
    model = random_model(rng, state_bits=7, **CASES[name])
    low, high = model.input_range
    x = rng.integers(low, high, (5, STEPS, model.inputs.channels), endpoint=True)
    return model, x, rng.integers(1, STEPS, 5, endpoint=True), rng


def other(value, bit, bits):
    """Flip a bit the long way round."""
    word = format(value % 2**bits, f"0{bits}b")
    place = bits - 1 - bit
    word = word[:place] + "10"[int(word[place])] + word[place + 1 :]
    return int(word, 2) - 2**bits * int(word[0])


def changed_array(values, place, bit, bits):
    flat = values.ravel().tolist()
    flat[place] = -flat[place] if bits == 1 else other(flat[place], bit, bits)
    return np.array(flat).reshape(values.shape)


def changed(model, table, place, bit):
    """Make the model whose weight is another; None if a model cannot have such a weight."""
    inputs, readout, recurrence = model.inputs, model.readout, model.recurrence
    name, bits = table.name, table.bits
    if name == "input":
        part = "u" if isinstance(inputs, Numbers) else "table"
        array = changed_array(getattr(inputs, part), place, bit, bits)
        return replace(model, inputs=replace(inputs, **{part: array}))
    if name == "recurrence":
        part = "signs" if isinstance(recurrence, Hadamard) else "weights"
        array = changed_array(getattr(recurrence, part), place, bit, bits)
        if part == "weights" and bits == 2 and array.min() < -1:
            recurrence = replace(recurrence, bits=2)
        return replace(model, recurrence=replace(recurrence, **{part: array}))
    layer = readout.layer
    if name == "layer":
        layer = replace(layer, v=changed_array(layer.v, place, bit, bits))
        return replace(model, readout=replace(readout, layer=layer))
    return replace(model, readout=replace(readout, v=changed_array(readout.v, place, bit, bits)))


def by_hand(model, x, kind, step, table, place, bit):
    """Run a sequence, step by step, with one upset; states, pools and logits of every step."""
    after = changed(model, tables(model)[table], place, bit) if kind == "weight" else model
    n, p = model.offset(0)[None].astype(np.int64), np.zeros((1, model.hidden), np.int64)
    found = []
    for t, row in enumerate(x, 1):
        now = after if t > step else model
        fresh, _, _ = golden.advance(now, golden.products(now), n, row[None], t)
        n = fresh.copy()
        if t == step and kind == "state":
            n[0, place] = other(int(n[0, place]), bit, model.state_bits)
        reading = golden.Reading(after if t >= step else model, 1)
        reading.z = p
        # What a pool adds in the step of a flipped state was read before the bit was flipped.
        reading.take(fresh if model.readout.pool else n, t)
        p = reading.z.copy()
        if t == step and kind == "pool":
            p[0, place] = other(int(p[0, place]), bit, model.pool_bits)
            reading.z = p
        found.append((n, p, reading.logits(t)))
    return found


@pytest.mark.parametrize("name", CASES)
def test_upsets_are_those_of_networks_changed_by_hand(name):
    model, x, lengths, rng = drawn(name)
    pooled, every = model.readout.pool is not None, model.readout.every
    for kind in kinds(model):
        drawn_upsets = draw(model, kind, lengths, 40, rng)
        effects = run(model, x, lengths, drawn_upsets)
        sizes = [[] for _ in range(STEPS)]
        for row in range(40):
            sequence, step, table, place, bit = (
                int(getattr(drawn_upsets, part)[row])
                for part in ("sequence", "step", "table", "place", "bit")
            )
            steps = int(lengths[sequence])
            assert 1 <= step <= steps
            given = x[sequence, :steps]
            with_it = by_hand(model, given, kind, step, table, place, bit)
            without = by_hand(model, given, "none", steps + 1, 0, 0, 0)
            asked = range(steps) if every else [steps - 1]
            pairs = [(with_it[t][2], without[t][2]) for t in asked]
            assert effects.logits[row] == any((a != b).any() for a, b in pairs)
            decide = model.readout.decide
            others = [bool((decide(a) != decide(b)).any()) for a, b in pairs]
            assert effects.classes[row] == sum(others)
            assert effects.last[row] == others[-1]
            of = 1 if kind == "pool" else 0
            for t in range(step, steps + 1):
                difference = with_it[t - 1][of] - without[t - 1][of]
                sizes[t - step].append(float((difference**2).sum()))
            if kind == "weight":
                assert effects.gone[row] == 0
                continue
            differs = [
                t
                for t, (a, b) in enumerate(zip(with_it, without), 1)
                if (a[0] != b[0]).any() or (pooled and (a[1] != b[1]).any())
            ]
            wanted = 0 if differs[-1] == steps else differs[-1] - step + 1
            assert effects.gone[row] == wanted
        for found, each in zip(effects.sizes, sizes):
            enough = len(each) >= FEWEST
            assert found == pytest.approx(np.mean(each)) if enough else np.isnan(found)


def test_a_bit_that_is_not_flipped_does_nothing(monkeypatch):
    model, x, lengths, rng = drawn("odd")
    drawn_upsets = draw(model, "state", lengths, 30, rng)
    assert run(model, x, lengths, drawn_upsets).logits.mean() > 0.5
    monkeypatch.setattr("qrnn_hw.sim.upsets.run.flip", lambda values, bit, bits: values)
    effects = run(model, x, lengths, drawn_upsets)
    assert not effects.logits.any()
    assert (effects.gone <= 1).all()


def test_every_bit_and_step_is_drawn():
    model, _, lengths, rng = drawn("pool")
    state = draw(model, "state", lengths, 4000, rng)
    assert set(zip(state.place.tolist(), state.bit.tolist())) == {
        (unit, bit) for unit in range(4) for bit in range(7)
    }
    assert set(zip(state.sequence.tolist(), state.step.tolist())) == {
        (each, t) for each, steps in enumerate(lengths.tolist()) for t in range(1, steps + 1)
    }
    pool = draw(model, "pool", lengths, 4000, rng)
    assert set(pool.bit.tolist()) == set(range(model.pool_bits - 1))
    weight = draw(model, "weight", lengths, 4000, rng)
    for number, table in enumerate(tables(model)):
        hit = weight.table == number
        assert set(weight.place[hit].tolist()) == set(range(table.values.size))
        assert set(weight.bit[hit].tolist()) == set(range(table.bits))


def test_what_decays_forgets_an_upset_and_what_does_not_does_not():
    shares = []
    for decays in ([], [1]):
        rng = np.random.default_rng(5)
        model = random_model(rng, 16, 8, decays=decays, block=4)
        low, high = model.input_range
        x = rng.integers(low, high, (8, 60, 1), endpoint=True)
        lengths = np.full(8, 60)
        effects = run(model, x, lengths, draw(model, "state", lengths, 300, rng))
        shares.append(effects.curve[25] / effects.curve[0])
        assert (effects.until(1 / 10) or 99) > 25 or decays
    assert shares[0] > 0.3 and shares[1] < 0.01
    assert effects.until(1 / 10) < 10


WAIT = 150  # cycles in which a step ends


def poked(plan, x, step, address, lane, monkeypatch):
    """Run a core over a sequence, flip one bit of its memory after a step; its logits."""
    stores, begin = [], memory.Memory.__init__

    def recorded(self, *given, **named):
        stores.append(self)
        begin(self, *given, **named)

    monkeypatch.setattr(memory.Memory, "__init__", recorded)
    core = plan.core()
    data = plan.model.inputs.pack(x)
    logits = []

    async def feed(ctx):
        for t, value in enumerate(data, 1):
            ctx.set(core.x.payload.data, value)
            ctx.set(core.x.payload.last, t == len(x))
            ctx.set(core.x.valid, 1)
            await ctx.tick().until(core.x.ready)
            ctx.set(core.x.valid, 0)
            if t == step:
                await ctx.tick().repeat(WAIT)
                row = stores[0].data[address]
                ctx.set(row, ctx.get(row) ^ (1 << lane))

    async def read(ctx):
        ctx.set(core.y.ready, 1)
        while len(logits) < plan.model.classes:
            (y,) = await ctx.tick().sample(core.y.payload).until(core.y.valid)
            logits.append(int(y.data))

    simulator = Simulator(core)
    simulator.add_clock(1e-6)
    simulator.add_testbench(feed)
    simulator.add_testbench(read)
    simulator.run()
    monkeypatch.undo()
    return logits


def place_of(plan, unit, bit):
    """Say where a bit of a state is in a core's memory: address, and bit of the word there."""
    trace = plan.trace
    if not isinstance(trace, PlaneWrites):
        return unit, bit
    word, lane = divmod(unit, trace.lanes)
    planes = len(trace.step) // plan.folds
    return trace.step[word * planes + bit], lane


@pytest.mark.parametrize("engine", ["serial", "word"])
def test_a_flipped_bit_of_a_core_is_that_of_the_golden_run(engine, monkeypatch):
    rng = np.random.default_rng(8)
    model = random_model(rng, 8, 7, decays=[3, 0])
    plan = SerialPlan(model, 4) if engine == "serial" else WordPlan(model, 4)
    low, high = model.input_range
    x = rng.integers(low, high, (5, 1), endpoint=True)
    states = golden.run(model, x[None], states=True).states[0]
    whole, changed_logits = golden.run(model, x[None]).logits[0].tolist(), 0
    # The serial engine keeps the sign, and the flag of saturation, apart from the other planes.
    bits = 6 if engine == "serial" else 7
    within = np.argwhere(np.abs(states[:-1]) < 63)
    for step, unit in rng.permutation(within)[:3].tolist():
        bit = int(rng.integers(bits))
        wanted = by_hand(model, x, "state", step + 1, 0, unit, bit)[-1][2][0].tolist()
        found = poked(plan, x, step + 1, *place_of(plan, unit, bit), monkeypatch)
        assert found == wanted, (step, unit, bit)
        changed_logits += wanted != whole
    assert changed_logits
