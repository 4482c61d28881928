"""``qrnn-hw export`` and ``qrnn_hw.export_to``: files, what they replace, and what is refused."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

import qrnn_hw
from qrnn_hw.cli.export import export
from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError, ModelError, OptionError, OutputError, ToolError
from qrnn_hw.export.formats import c_source, onnx_model
from qrnn_hw.export.integer import load
from qrnn_hw.sim import exported
from random_model import random_model
from simulator import Simulator


@pytest.fixture
def model():
    drawn = random_model(np.random.default_rng(4), 8, 8, classes=3)
    return replace(drawn, labels=("a", 'b "quoted" ??/', "c\nd \u00e9*/"))


@pytest.fixture
def path(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model.save(tmp_path / "small.json")
    return tmp_path / "small.json"


def test_the_command_writes_every_form(path, model):
    for form, names in (
        ("onnx", ["small.onnx"]),
        ("c", ["small.h", "small.c"]),
        ("vectors", ["small-vectors.json"]),
    ):
        done = CliRunner().invoke(export, [str(path), "--to", form, "--json"])
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout.splitlines()[-1])
        assert (told["files"], told["digest"]) == (names, model.digest)
        assert all((path.parent / name).is_file() for name in names)
        if form != "vectors":
            assert told["compared"]["logits"] == 3 * told["compared"]["sequences"] > 0
    shown = CliRunner().invoke(export, [str(path), "--to", "c"])  # replaces what it wrote
    assert "equal to the golden run by cc" in shown.output


def test_onnx_tells_what_it_is(path, model):
    qrnn_hw.export_to("onnx", path, "m.onnx")
    made = onnx.load("m.onnx")
    told = {each.key: each.value for each in made.metadata_props}
    assert told["digest"] == model.digest
    assert json.loads(told["labels"]) == list(model.labels)
    assert (made.producer_name, made.opset_import[0].version) == ("qrnn-hw", onnx_model.OPSET)
    inner = next(each for each in made.graph.node if each.op_type == "Scan").attribute[0].g
    nodes = [*made.graph.node, *inner.node]
    assert all(node.name == node.output[0] or node.op_type == "Scan" for node in nodes)
    assert len({node.name for node in nodes}) == len(nodes)
    kinds = {each.type.tensor_type.elem_type for each in [*made.graph.input, *made.graph.output]}
    assert kinds == {onnx.TensorProto.INT64}


def test_vectors_are_those_that_the_page_computes(path, model):
    qrnn_hw.export_to("vectors", model, "v.json", seed=3)
    content = json.loads((path.parent / "v.json").read_text())
    assert len(content["sequences"]) == 11
    for sequence in content["sequences"]:
        states, logits, classes = Simulator(json.dumps(content["model"])).run(sequence["inputs"])
        assert (states, logits, classes) == tuple(
            sequence[name] for name in ("states", "logits", "classes")
        )


def test_c_has_the_names_and_the_digest(path, model):
    found = qrnn_hw.export_to("c", model, "other name.c", name="pump")
    assert [each.name for each in found.files] == ["other name.h", "other name.c"]
    main = """#include <stdio.h>
        #include "other name.h"
        int main(void)
        {
            int32_t x[PUMP_CHANNELS] = {PUMP_HIGHEST + 1};
            static pump_net net;
            pump_logit logits[PUMP_CLASSES];
            pump_start(&net);
            if (pump_step(&net, x) != -1 || net.step != 0) return 1;
            x[0] = PUMP_HIGHEST;
            pump_step(&net, x);
            printf("%s|%s|%s|%s|%d|%d", pump_digest, pump_labels[0], pump_labels[1], pump_labels[2],
                   PUMP_LABELS, pump_answer(&net, logits));
            return 0;
        }"""
    (path.parent / "main.c").write_text(main)
    for command in (["cc", *exported.FLAGS, "main.c", "other name.c", "-o", "main"], ["./main"]):
        done = subprocess.run(command, capture_output=True, check=True)
    answer = golden.run(model, [[model.input_range[1]]]).classes[0]
    told = [model.digest, *model.labels, "3", str(answer)]
    assert done.stdout.decode() == "|".join(told)


def test_a_name_is_made_of_the_files(path):
    qrnn_hw.export_to("c", path, "7 seas.c")
    assert "net_7_seas_step(" in (path.parent / "7 seas.h").read_text()


def test_a_build_folder_is_taken(path, model, tmp_path):
    (tmp_path / "out").mkdir()
    shutil.copy(path, tmp_path / "out" / "model.json")
    assert qrnn_hw.export_to("c", tmp_path / "out").files[1].name == "out.c"
    (tmp_path / "out" / "model.json").unlink()
    with pytest.raises(ModelError, match="must be a build folder"):
        qrnn_hw.export_to("c", tmp_path / "out")


def test_a_model_file_has_sequences(trained, tmp_path):
    network = trained(steps=5)
    found = qrnn_hw.export_to("onnx", network, tmp_path / "m.onnx", state_bits=9, sequences=2)
    assert found.compared.sequences == 11 + min(2, len(network.samples_x))
    assert found.model.state_bits == 9


@pytest.mark.parametrize(
    ("form", "name"), [("onnx", "m.onnx"), ("c", "m.c"), ("c", "m.h"), ("vectors", "m.json")]
)
def test_a_file_of_another_is_left_alone(path, form, name):
    foreign = path.parent / name
    foreign.write_text("/* mine */")
    output = foreign.with_suffix(".c") if form == "c" else foreign
    with pytest.raises(OutputError, match="something else"):
        qrnn_hw.export_to(form, path, output)
    assert foreign.read_text() == "/* mine */"
    assert not [each for each in path.parent.iterdir() if each not in (path, foreign)]


def test_the_model_is_not_replaced(path):
    with pytest.raises(OutputError, match="must not be what the command reads"):
        qrnn_hw.export_to("vectors", path, path)
    load(path)


@pytest.mark.parametrize(
    ("form", "options", "message"),
    [
        ("onnx", {"name": "a"}, "goes with --to c"),
        ("c", {"name": "7a"}, "must be a letter"),
        ("c", {"name": "a b"}, "must be a letter"),
        ("c", {"output": "a.h"}, "must end in .c"),
        ("c", {"state_bits": 9}, "model.json has its own"),
        ("rust", {}, "'rust' is not one of"),
        ("c", {"sequences": -1}, "sequences"),
        ("c", {"wire": True}, "give both"),
    ],
)
def test_options_that_do_not_go_are_refused(path, form, options, message):
    with pytest.raises(OptionError, match=message):
        qrnn_hw.export_to(form, path, **options)
    assert list(path.parent.iterdir()) == [path]


def test_what_is_too_large_is_refused_by_name(model, monkeypatch):
    monkeypatch.setattr(c_source, "MOST", 10)
    monkeypatch.setattr(onnx_model, "MOST", 100)
    with pytest.raises(ModelError, match="tables of a C file must be"):
        c_source.Source(model, "a", "a.h", "0")
    with pytest.raises(ModelError, match="weights of an ONNX file must be"):
        onnx_model.onnx_bytes(model, "0")


def test_a_name_that_is_no_text_of_c_is_refused(model):
    with pytest.raises(ModelError, match="1000 bytes or less"):
        c_source.Source(replace(model, labels=("a", "b", "c" * 1001)), "a", "a.h", "0")


@pytest.mark.parametrize("form", ["onnx", "c"])
def test_a_fault_writes_nothing(path, form, monkeypatch):
    def other(*given):
        run = golden_run(*given)
        return replace(run, logits=run.logits + 1)

    golden_run = golden.run
    monkeypatch.setattr(exported.golden, "run", other)
    with pytest.raises(MismatchError, match="as in the golden run"):
        qrnn_hw.export_to(form, path)
    assert list(path.parent.iterdir()) == [path]


def test_what_is_not_installed_is_named(path, monkeypatch):
    def said(form):
        messages = []
        assert qrnn_hw.export_to(form, path, progress=messages.append).compared is None
        return next(str(each) for each in messages if each.kind == "caution")

    monkeypatch.setenv("CC", "no-such-compiler")
    assert "CC must name a command that can be run" in said("c")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "onnxruntime must be installed" in said("onnx")
    for name in ("onnx_model", "onnx_nodes"):
        monkeypatch.delitem(sys.modules, f"qrnn_hw.export.formats.{name}")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ToolError, match="onnx, which is not installed"):
        qrnn_hw.export_to("onnx", path)
