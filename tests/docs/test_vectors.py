"""The vectors for other implementations, computed as docs/arithmetic.md says."""

import hashlib
import json
import runpy
from decimal import Decimal
from pathlib import Path

import pytest

from simulator import Simulator

FOLDER = Path(__file__).parents[2] / "docs" / "vectors"
FILES = sorted(FOLDER.glob("*.json"))


@pytest.fixture(scope="module")
def make():
    return runpy.run_path(str(FOLDER / "make.py"))


def test_there_is_a_file_a_kind(make):
    assert {path.stem for path in FILES} == set(make["KINDS"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_is_what_the_golden_run_gives(path, make):
    assert path.read_text() == make["text"](path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_document_gives_the_file(path):
    content = json.loads(path.read_text())
    saturated = wrapped = 0
    for sequence in content["sequences"]:
        simulator = Simulator(json.dumps(content["model"]))
        states, logits, classes = simulator.run(sequence["inputs"])
        saturated += simulator.saturated
        wrapped += simulator.wrapped
        found = {
            "inputs": sequence["inputs"],
            "states": states,
            "logits": logits,
            "classes": classes,
        }
        if simulator.pooled:
            d = simulator.d
            found["pools"] = [simulator.pooled[i : i + d] for i in range(0, len(states) * d, d)]
        assert found == sequence
    assert (saturated, wrapped) == (content["saturated"], content.get("wrapped", 0))


def spelled(value):
    """Write JSON as section 1 spells it, without Python's own writer of numbers."""
    if isinstance(value, dict):
        parts = (f"{spelled(key)}:{spelled(value[key])}" for key in sorted(value))
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spelled, value)) + "]"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, int):
        return str(value)
    shortest = next(text for digits in range(17) if float(text := f"{value:.{digits}e}") == value)
    exponent = int(shortest.partition("e")[2])
    if -4 <= exponent <= 15:
        text = f"{Decimal(shortest):f}"
        return text if "." in text else text + ".0"
    number, _, _ = shortest.partition("e")
    return f"{number}e{exponent:+03d}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "step", [None, 0.1, 5e-05, 1.25e16, 123456.0, 3.0517578125e-05, 1e-4, 1e22]
)
def test_any_language_finds_the_digest(path, step):
    model = json.loads(path.read_text())["model"]
    digest = model.pop("digest")
    if step is not None:  # the spelling of other reals is that of Python's writer
        model["state_step"] = step
        digest = hashlib.sha256(
            json.dumps(model, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()
    assert hashlib.sha256(spelled(model).encode()).hexdigest() == digest


def test_a_changed_bit_is_found():
    content = json.loads(FILES[0].read_text())
    sequence = content["sequences"][0]
    content["model"]["inputs"]["u"][0][0] ^= 1
    states, _, _ = Simulator(json.dumps(content["model"])).run(sequence["inputs"])
    assert states != sequence["states"]
