"""The emitted Verilog computes the golden run, and a faulty one is found out."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, MismatchError
from qrnn_hw.export.model_file import load
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.sim.core.adversarial import adversarial, random_sequence
from qrnn_hw.sim.core.counts import readouts
from qrnn_hw.sim.core.rtl import verify_rtl
from random_model import random_model


@dataclass(frozen=True)
class Design:
    """A random model and the core that computes it: a plan, and the plan's numbers."""

    plan: type
    numbers: tuple[int, ...]
    hidden: int
    state_bits: int
    options: dict

    def draw(self, rng):
        return random_model(rng, self.hidden, self.state_bits, **self.options)


def serial(lanes, hidden, state_bits, **options):
    return Design(SerialPlan, (lanes,), hidden, state_bits, options)


SLOW = ("serial-4", "serial-8", "serial-32", "serial-tokens")  # the components' tests have them too
# A new engine, or what one learns, is a line here.
DESIGNS = {
    "serial-4": serial(1, 4, 6, input_bits=16, classes=2, v_bits=2, u_bits=8),
    "serial-8": serial(8, 8, 4, input_bits=1, origin_bits=2),
    "serial-16": serial(4, 16, 16, input_signed=True, v_bits=8, origin_bits=8),
    "serial-32": serial(16, 32, 9, input_bits=5, input_signed=True, u_bits=2, classes=10),
    "serial-blocks-channels-bias-every": serial(
        4, 24, 8, block=8, channels=3, biased=True, every=True
    ),
    "serial-blocks-tokens-decision-every": serial(
        4, 12, 7, block=4, vocabulary=5, classes=1, relu=False, every=True
    ),
    "serial-tokens": serial(4, 16, 6, vocabulary=3, origin_bits=0, relu=False),
    "word-blocks-channels": Design(WordPlan, (2,), 16, 6, {"block": 8, "channels": 2}),
    "graph-relu-tokens-every": Design(
        GraphPlan,
        (),
        6,
        5,
        {"weights": "levels", "activation": "relu", "vocabulary": 4, "biased": True, "every": True},
    ),
    "popcount-modrelu-channels": Design(
        PopcountPlan,
        (4, 2, 3),
        7,
        6,
        {"weights": "ternary", "activation": "modrelu", "channels": 3, "relu": False},
    ),
    "popcount-hadamard-decision-every": Design(
        PopcountPlan, (8, 4), 8, 6, {"classes": 1, "every": True}
    ),
}


@pytest.mark.parametrize(
    "design",
    [
        pytest.param(design, id=name, marks=pytest.mark.slow if name in SLOW else [])
        for name, design in DESIGNS.items()
    ],
)
def test_random_models(design):
    rng = np.random.default_rng(design.hidden)
    model = design.draw(rng)
    sequences = adversarial(model, rng)
    plan = design.plan(model, *design.numbers)
    told = []
    result = verify_rtl(plan, sequences, seed=design.hidden, told=lambda *one: told.append(one))
    steps = sum(map(len, sequences))
    assert f"{steps:,} of {2 * steps:,} steps" in dict(told)  # after the first of two runs
    assert told[0][0] == "" and all(seconds > 0 for _, seconds in told)
    answers = sum(readouts(model, x) for x in sequences)
    assert result.runs == 2
    assert result.counts.sequences == 2 * len(sequences)
    assert result.counts.steps == 2 * steps
    traced = steps + answers * bool(getattr(plan.trace, "readout", ()))
    assert result.counts.values == 2 * traced * design.hidden
    assert result.counts.logits == 2 * answers * model.classes
    assert result.counts.saturated > 0
    assert (result.step_cycles is None) == model.readout.every


def test_every_engine_is_simulated():
    assert {design.plan for design in DESIGNS.values()} == set(ENGINES.values())


@pytest.mark.slow
def test_two_hundred_digits(examples):
    trained = load(examples / "digits.pt")
    plan = SerialPlan(integer_model(trained), 16)
    result = verify_rtl(plan, list(trained.samples_x), seed=None)
    assert (result.runs, result.counts.sequences, result.counts.steps) == (1, 200, 12800)
    assert result.counts.values == 200 * 65 * 64


class Shifted(Hadamard):
    """A recurrence whose steps round one bit too far."""

    def shift(self, step):
        return super().shift(step) + 1


def serial_core(model):
    return core_verilog(SerialPlan(model, 2))


def part(model, name, **changes):
    return replace(model, **{name: replace(getattr(model, name), **changes)})


def sign(model):
    signs = model.recurrence.signs.copy()
    signs[5] *= -1
    return serial_core(part(model, "recurrence", signs=signs))


def shift(model):
    return serial_core(replace(model, recurrence=Shifted(**vars(model.recurrence))))


def saturation(model):
    text, count = re.subn(r"overflow <= [^;]*;", "overflow <= 0;", serial_core(model))
    assert count == 1
    return text


def weight(model):
    v = model.readout.v.copy()
    v[2, 5] ^= 1  # of a unit that the readout does not cut off
    return serial_core(part(model, "readout", v=v))


def pressure(model):
    text, count = re.subn(r"\.y__ready\(y_ready\)", ".y__ready(1'h1)", serial_core(model))
    assert count == 1
    return text


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (sign, r"sequence 0, step 1, unit 5 must be -?\d+ as in the golden run, not -?\d+, "
               "without stalls, 2 lanes"),
        (shift, r"sequence 0, step 1, unit 0 must be"),
        (saturation, r"sequence 0, step \d+, unit \d must be (127|-128) as in the golden run"),
        (weight, r"sequence 0, logit 2 must be"),
        (pressure, r"sequence \d+ must give \d logits, and gave \d, with stalls"),
    ],
)  # fmt: skip
def test_planted_faults_are_found(fault, message):
    rng = np.random.default_rng(8)
    model = random_model(rng, 8, 8)
    plan = SerialPlan(model, 2)
    with pytest.raises(MismatchError, match=message) as caught:
        verify_rtl(plan, adversarial(model, rng)[:4], verilog=fault(model))
    assert caught.value.exit_code == 4


def test_no_sequences_fail(case):
    with pytest.raises(MismatchError, match="must compare something, and has no sequences"):
        verify_rtl(case.plan, [])


def test_an_input_out_of_range_is_refused(case):
    with pytest.raises(DataError, match=r"inputs must be 0\.\.255, not 1\.\.256"):
        verify_rtl(case.plan, [np.array([[1], [256]])])


@pytest.mark.slow
def test_twenty_images_of_mnist(examples):
    trained = load(examples / "pmnist512.pt")
    model = integer_model(trained)
    hostile = adversarial(model, np.random.default_rng(0), 784)
    result = verify_rtl(SerialPlan(model, 128), [*trained.samples_x[:20], *hostile])
    assert result.step_cycles == 101
    assert result.counts.sequences == 2 * (20 + len(hostile))
    assert result.counts.steps > 2 * 22 * 784


LARGE = [
    *[(4, lanes, 4 + lanes) for lanes in (1, 2, 4)],
    *[(8, lanes, 5 + lanes) for lanes in (1, 2, 8)],
    *[(16, lanes, 16 - lanes // 2) for lanes in (1, 4, 8, 16)],
    *[(32, lanes, 4 + lanes // 4) for lanes in (2, 8, 32)],
    *[(64, lanes, 12) for lanes in (4, 16, 64)],
    *[(128, lanes, 10) for lanes in (8, 128)],
    *[(256, lanes, 14) for lanes in (16, 64, 256)],
    *[(1024, lanes, 16) for lanes in (32, 128, 512)],
]


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "lanes", "state_bits"), LARGE)
def test_random_models_of_many_shapes(hidden, lanes, state_bits):
    rng = np.random.default_rng([hidden, lanes])
    model = random_model(
        rng, hidden, state_bits,
        input_bits=int(rng.integers(1, 17)), input_signed=bool(rng.integers(2)),
        u_bits=int(rng.integers(2, 9)), v_bits=int(rng.integers(2, 9)),
        origin_bits=int(rng.integers(2, 1 + min(8, state_bits))), classes=int(rng.integers(2, 12)),
    )  # fmt: skip
    result = verify_rtl(SerialPlan(model, lanes), adversarial(model, rng), seed=lanes)
    assert result.counts.saturated > 0


SEEDS = 6  # random models of each design, besides the one above


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_other_random_models(design, seed):
    rng = np.random.default_rng([design.hidden, seed])
    model = design.draw(rng)
    sequences = [*adversarial(model, rng), random_sequence(rng, model, 100)]
    result = verify_rtl(design.plan(model, *design.numbers), sequences, seed=seed)
    assert result.counts.sequences == 2 * len(sequences)


WRITE = re.compile(r"^    if \((.*)\)\n      (\S+ ?)\[(.*?)\](?: ?\[[\d:]+\])? <= ", re.MULTILINE)


def collided(text):
    """Make every memory give the opposite of what is in a place that is written while it is read.

    Also returns how many reads that is.
    """
    count, modules = 0, []
    for module in re.split(r"(?<=\nendmodule\n)", text):
        writes = {}
        for when, name, at in WRITE.findall(module):
            writes.setdefault(name, []).append((when, at))
        for name, its in writes.items():

            def read(match, its=its):
                at, value = match[1], match[0].removeprefix("<= ").removesuffix(";")
                hit = " || ".join(f"(({when}) && ({place}) == ({at}))" for when, place in its)
                return f"<= ({hit}) ? ~{value} : {value};"

            module, found = re.subn(rf"<= {re.escape(name)}\[(.*?)\];", read, module)
            count += found
        modules.append(module)
    return "".join(modules), count


COLLISIONS = {
    "folds": serial(4, 32, 6),
    "halved": serial(16, 32, 6, transform="halved"),
    "summed": serial(4, 8, 6, channels=17),
    "pool": serial(4, 16, 6, block=4, pool=Pool("mean", 9, 0), origin_bits=0, decays=(3, 1)),
    "layer-every": serial(4, 16, 6, layer=5, every=True),
    "popcount": Design(PopcountPlan, (4, 2), 8, 5, {"weights": "ternary"}),
    "loaded": Design(PopcountPlan, (4, 2, 1, 0, True), 8, 5, {"weights": "levels"}),
    "graph": Design(GraphPlan, (), 8, 5, {"weights": "binary", "every": True}),
    "word": Design(WordPlan, (4,), 16, 5, {"channels": 2, "every": True}),
}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(name, marks=[] if name == "folds" else pytest.mark.slow) for name in COLLISIONS],
)
def test_what_is_read_where_it_is_written_does_not_matter(kind):
    design = COLLISIONS[kind]
    rng = np.random.default_rng(81)
    model = design.draw(rng)
    plan = design.plan(model, *design.numbers)
    text, count = collided(core_verilog(plan))
    assert count > 0
    loud = [random_sequence(rng, model, steps) for steps in (1, 5, 9, 2)]
    quiet = [inputs // 32 for inputs in loud]  # so that steps trust each other
    assert verify_rtl(plan, loud + quiet, verilog=text, seed=1).counts.values > 0
