"""The twin of a page: what it says of a core, and its scripts in Node.js against the golden run."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from node import run_node
from qrnn_hw.build_folder import CORE
from qrnn_hw.data.units import Unit
from qrnn_hw.data.vocabulary import build as vocabulary
from qrnn_hw.export import golden
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.models import open_model
from qrnn_hw.page import twin
from qrnn_hw.page.subject import Build, Subject
from random_model import random_model

PAUSE = 16  # cycles at the beginning and at the end
SCRIPT = Path(__file__).with_name("ask_twin.cjs")


def subject_of(model, folder, engine=None):
    """Return a subject with a core, of which nothing was simulated."""
    opened = open_model(model)
    found = candidates(opened.model, engine)[0]
    plan = next(each.plan for each in found if not each.plan.row_bytes)
    (folder / CORE).write_text(core_verilog(plan))
    report = SimpleNamespace(front_end=False, clock_mhz=None, link=None)
    return Subject(opened, opened.samples, Build(report, plan, folder))


@pytest.fixture(scope="module")
def subject(trained, tmp_path_factory):
    x = np.random.default_rng(5).integers(-128, 128, (6, 9, 2))
    return subject_of(trained(channels=2, samples=x), tmp_path_factory.mktemp("core"))


def compare(subject, x):
    """Run sequences in the script, and compare every state, logit and class."""
    content = twin.section(subject)
    said = run_node(SCRIPT, {"about": content["data"], "sequences": x.tolist()})
    run = golden.run(subject.model, x, states=True)
    plan, steps = subject.build.plan, x.shape[1]
    most = plan.sequence_cycles(steps) + steps * (plan.most_step_cycles - plan.step_cycles)
    assert max(each["cycles"] for each in said["runs"]) <= most + PAUSE  # no step waits for another
    assert [each["states"] for each in said["runs"]] == run.states.tolist()
    ends = run.logits.reshape(len(x), -1, subject.model.classes)
    told = [[one["logits"] for one in each["answers"]] for each in said["runs"]]
    assert told == ends.tolist()
    told = [[one["index"] for one in each["answers"]] for each in said["runs"]]
    assert told == run.classes.reshape(len(x), -1).tolist()
    return content


def test_the_script_gives_every_state_and_logit(subject):
    content = compare(subject, subject.sequences.x)
    assert content["counts"].sequences == 4
    assert content["takes"] == [("examples", "Examples"), ("numbers", "Numbers, CSV")]


KINDS = {
    "word": ("word", {"input_bits": 12, "input_signed": True, "channels": 3}),
    "words-of-planes": ("serial", {"every": True}),
    "rectified": ("popcount", {"weights": "binary", "activation": "relu"}),
    "tokens": ("serial", {"vocabulary": 10, "transform": "halved"}),
}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(n, marks=pytest.mark.slow if n in ("word", "rectified") else []) for n in KINDS],
)
def test_states_of_every_kind_of_core(kind, tmp_path):
    engine, options = KINDS[kind]
    model = random_model(np.random.default_rng(8), 16, 6, **options)
    low, high = model.input_range
    x = np.random.default_rng(9).integers(low, high + 1, (3, 9, model.inputs.channels))
    compare(subject_of(model, tmp_path, engine), x)


def test_sequences_and_answers_travel_in_the_page(subject):
    found = twin.about(subject, subject.build.plan)
    said = run_node(SCRIPT, {"packed": [found["samples"]["x"], found["samples"]["logits"]]})
    x = subject.sequences.x
    assert np.frombuffer(bytes(said["unpacked"][0]), "<i4").tolist() == x.ravel().tolist()
    wanted = golden.run(subject.model, x).logits
    assert np.frombuffer(bytes(said["unpacked"][1]), "<i8").tolist() == wanted.ravel().tolist()


def test_numbers_are_rounded_as_the_library_rounds_them():
    rng = np.random.default_rng(2)
    step, offset = [0.5, 0.03], [0.0, 100.0]
    rows = rng.uniform(-9, 9, (200, 2)) * step * 20 + offset
    rows[:40, 0] = np.arange(40) / 4 - 5  # many are halfway
    integers, wrong = Unit((-128, 127), step, offset).encode(rows)
    wire = {"range": [-128, 127], "step": step, "offset": offset, "channels": 2}
    said = run_node(SCRIPT, {"rows": rows.tolist(), "wire": wire})
    assert said["steps"] == integers.tolist()
    assert said["beyond"] == int(wrong.sum()) > 0


WIRE = {"channels": 2, "names": ["a", "b"], "range": [-8, 7], "step": [1.0], "offset": [0.0]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,2\n3,4.5", [[1, 2], [3, 4.5]]),
        ("1 2\n 3\t4\n", [[1, 2], [3, 4]]),
        ("b;other;a\n1;x;2\n", [[2, 1]]),
        ('"p","q"\n1,-2e-1\n# end', [[1, -0.2]]),
        ("1,2,3", "A line must hold 2 numbers, a channel each, and line 1 holds 3."),
        ("1,2\n3", "All lines must be as long, and line 2 holds 1 numbers, not 2."),
        ("1,2\n3,nan", "There must be a number in line 2, column 2, not “nan”."),
        ("a,b", "There is a line of names, and none of numbers."),
        (" \n", "There is nothing to read: a line a step, a column a channel."),
    ],
)
def test_tables(text, found):
    said = run_node(SCRIPT, {"text": text, "wire": WIRE})
    assert said.get("complaint", said.get("table")) == found


def test_a_line_may_be_a_sequence_of_one_channel():
    assert run_node(SCRIPT, {"text": "1, 2, 3", "wire": WIRE | {"channels": 1}})["table"] == [
        [1], [2], [3],
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["words", "groups", "characters"])
def test_sentences_become_the_tokens_of_the_library(kind):
    sentences = ["A good film!", "bad, very bad film", "good enough; naïve café"]
    known = vocabulary(sentences, np.array([1, 0, 1]), kind, 9)
    sentence = "Very good: a Café, unknown"
    wire = {"vocabulary": {"names": list(known.names), "kind": kind, "most": 0, "last": False}}
    said = run_node(SCRIPT, {"sentence": sentence, "wire": wire})
    assert [token for (token,) in said["tokens"]] == known.encode(sentence).tolist()


def test_what_has_no_twin_says_so(subject):
    assert twin.section(replace(subject, build=None)) is None
    left = replace(subject, build=replace(subject.build, twin=False))
    assert "`qrnn-hw report BUILD`" in twin.section(left)


def test_a_twin_that_differs_stays_out_of_the_page(subject, tmp_path):
    core = (subject.build.folder / CORE).read_text()
    (tmp_path / CORE).write_text(core.replace(" + ", " - "))
    other = replace(subject, build=replace(subject.build, folder=tmp_path))
    assert twin.section(other).startswith("The twin of this core was left out, as it is not")
