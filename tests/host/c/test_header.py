"""The header of a model: it compiles, knows its board, and reads as Python does."""

import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from c_host import HOST, STRICT, CHost, Program, compiled
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Kind
from qrnn_hw.c_host import c_header, c_sources
from qrnn_hw.data.units import Unit, unit_of
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import LinkError
from qrnn_hw.export.frontend import FRAME
from qrnn_hw.export.inputs import Channel
from qrnn_hw.readings import exact_scale
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

LABELS = ('say "hi" \\ % */ ??/', "zwölf\n", "")
#: Steps and offsets: what comes out of training, whole counts, steps at which halves are common,
#: exact or not.
CHANNELS = (
    Channel("x */ // ??/", 'm/s2 "', 0.0118, 9.81),
    Channel("", "", 16.0, 512.0),
    Channel("counts", "", 2.0, 0.0),
    Channel("tenths", "", 0.1, 0.0),
    Channel("fifths", "", 0.2, 0.0),
    Channel("temperature", "degC", 0.0625, -50.0),
    Channel("reach", "", 3.7 / 127, 0.3),
    Channel("far", "", 1e-3 / 7, 1e3),
    Channel("too fine", "", 1e-12, 0.0),
)


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(4)
    drawn = random_model(rng, 16, 8, channels=len(CHANNELS), input_signed=True, classes=3)
    return replace(drawn, channels=CHANNELS, labels=LABELS)


@pytest.fixture(scope="module")
def program(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("header")
    (folder / "model.h").write_text(c_header(model, Identity.of(model), prefix="left", steps=64))
    made = Program(compiled(folder, folder / "model.h", "left_model"))
    yield made
    made.close()


def test_the_host_takes_the_board_of_its_model_alone(model, program):
    x = random_sequence(np.random.default_rng(1), model, 40)
    assert CHost(program, stand_in(model)).classify(x) == Result.expected(model, x)
    other = replace(model, bias=model.bias + 1)
    wide = replace(model, readout=replace(model.readout, every=True))
    for wrong in (other, wide):
        with pytest.raises(LinkError, match=r"^MODEL"):
            CHost(program, stand_in(wrong)).identify()


@pytest.mark.parametrize(
    ("place", "bit"), [(1, 0), (1, 1), (1, 4), (6, 1), (8, 2), (10, 0), (11, 1), (12, 7), (19, 0)]
)
def test_a_board_that_says_anything_else_is_another(model, program, place, bit):
    class Other(ReferenceBoard):
        def _send(self, kind, body):
            if kind is Kind.IDENTITY:
                body = bytearray(body)
                body[place] ^= 1 << bit
            super()._send(kind, bytes(body))

    board = Other(Identity.of(model), None)
    with pytest.raises(LinkError, match=r"^MODEL"):
        CHost(program, board).identify()


def test_names_of_classes_are_what_they_were(program):
    assert [program.class_name(0), program.class_name(2)] == [LABELS[0], LABELS[2]]
    assert [program.class_name(index) for index in (3, 7, -1, -(2**31))] == [""] * 4


@pytest.mark.parametrize("number", range(len(CHANNELS)))
def test_every_count_becomes_what_python_makes_of_it(model, program, number):
    """All counts of converters of 16 bits, signed or not, and all where the wire moves."""
    channel, limits = CHANNELS[number], model.inputs.range
    scale = exact_scale(channel, limits)
    counts = np.arange(-(1 << 15), 1 << 16)
    if scale is None:
        assert channel.name == "too fine"
        assert (program.quantize(number, counts[:9]) == np.iinfo(np.int32).min).all()
        return
    ends = scale.first - 500, scale.first + scale.span + 500
    extremes = [np.iinfo(np.int32).min, np.iinfo(np.int32).max]
    readings = np.concatenate([counts, np.arange(*ends), extremes])
    found = program.quantize(number, readings)
    unit = Unit(limits, channel.step, channel.offset)
    # As a file has them: to the decimals of a reading.
    written = [f"{reading}e-{scale.decimals}" for reading in readings.tolist()]
    wanted = unit.encode(np.array(written, float)[:, None])[0][:, 0]
    assert np.array_equal(found, wanted)
    assert {found.min(), found.max()} == set(limits)


def test_a_wrong_scale_is_found():
    """The proof looks at both sides of every place where the wire moves."""
    scale = exact_scale(CHANNELS[0], (-128, 127))
    good = scale.encode(np.arange(scale.first, scale.first + scale.span))
    for change in ({"multiplier": scale.multiplier * 1001 // 1000}, {"addend": scale.addend // 2}):
        bad = replace(scale, **change).encode(np.arange(scale.first, scale.first + scale.span))
        assert not np.array_equal(good, bad)


def test_a_model_of_tokens_or_of_counts_takes_numbers_as_they_are(trained):
    for network, what in (
        (trained(tokens=("a", "b")), "tokens, 0 to 1"),
        (trained(data_step=None), "the wire"),
    ):
        model = integer_model(network, 8)
        text = c_header(model, Identity.of(model))
        assert f"/* Readings are numbers of {what}" in text and "_scales" not in text
        assert unit_of(model, network).step is None


def test_a_board_that_listens_takes_samples():
    rng = np.random.default_rng(2)
    model = random_model(rng, 8, 6, weights="levels", channels=16, input_signed=True)
    text = c_header(model, Identity.of(model, front_end=True), steps=60)
    assert "/* Readings are samples of sound of 8 kHz, -32768 to 32767. */" in text
    assert f"_STEPS {60 * FRAME} " in text and "_CHANNELS 1 " in text and "_STEP_BYTES 2 " in text


@pytest.mark.parametrize(
    "compiler", [["gcc", *STRICT, "-Wconversion"], ["g++", "-Wall", "-Wextra"]]
)
def test_what_build_writes_compiles_as_it_is(model, tmp_path, compiler):
    for name, text in c_sources().items():
        (tmp_path / name).write_text(text)
    (tmp_path / "qrnn_model.h").write_text(c_header(model, Identity.of(model)))
    suffix = "c" if compiler[0] == "gcc" else "cpp"
    main = tmp_path / f"main.{suffix}"
    main.write_text('#include "qrnn_model.h"\nint main(void) { return qrnn_model.name_count; }\n')
    files = [main, *([tmp_path / "qrnn_host.c"] if suffix == "c" else [])]
    for file in files:
        subprocess.run([*compiler, "-Werror", "-c", file, "-o", file.with_suffix(".o")], check=True)
    assert sorted(c_sources()) == ["qrnn_host.c", "qrnn_host.h"]
    assert c_sources()["qrnn_host.h"] == (HOST / "qrnn_host.h").read_text()


def test_the_programs_of_the_page_compile(model, tmp_path):
    page = (HOST.parents[1] / "docs" / "host.md").read_text()
    blocks = re.findall(r"```c\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    (tmp_path / "qrnn_model.h").write_text(c_header(model, Identity.of(model)))
    for number, block in enumerate(blocks):
        source = tmp_path / f"page_{number}.c"
        source.write_text(block)
        subprocess.run(["gcc", *STRICT, f"-I{HOST}", "-c", source, "-o", source.with_suffix(".o")],
                       check=True)  # fmt: skip
