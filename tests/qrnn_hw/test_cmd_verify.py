"""``qrnn_hw.verify``: what was compared is returned, and a difference is an exception."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qrnn_hw
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, MismatchError, ModelError, OptionError
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.rtl import RtlResult

DIGITS = Path(__file__).parents[2] / "examples" / "digits.pt"
DONE = RtlResult(Counts(1, 2, 3, 4, 0), 2, 100, 7), 11


@pytest.fixture
def network(trained, tmp_path, monkeypatch):
    """Return a small network with samples; simulate nothing, and work in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def verify_core(*_, told, **__):
        told("", 1.0)
        return DONE

    for module in ("job", "built", "sim.campaign"):
        monkeypatch.setattr(f"qrnn_hw.{module}.verify_core", verify_core)
    monkeypatch.setattr("qrnn_hw.job.versions", dict)
    samples = np.random.default_rng(1).integers(-100, 100, (4, 5, 1))
    return trained(data_step=0.25, samples=samples)


@pytest.fixture
def built(network):
    return qrnn_hw.build(network, "none", "out", verilog_only=True)


def test_a_network_is_compared_at_both_levels(network):
    told = []
    found = qrnn_hw.verify(network, agreement=0, sequences=3, progress=told.append)
    assert set(found.levels) == {"golden", "rtl"} and not found.not_run
    assert found.levels["golden"]["sequences"] == 4
    assert (found.levels["rtl"]["real"], found.levels["rtl"]["adversarial"]) == (3, 11)
    assert found.built is None and found.model.digest == integer_model(network, 12).digest
    assert [str(each) for each in told] == ["simulating the core"]


def test_integers_have_no_float_model(network):
    found = qrnn_hw.verify(integer_model(network, 10))
    assert set(found.levels) == {"rtl"}
    assert found.not_run == {"golden": "model.json has no float model"}
    with pytest.raises(OptionError, match="needs a model"):
        qrnn_hw.verify(integer_model(network, 10), "golden")


def test_a_build_is_proven_as_its_folder_is(built):
    told = []
    for given in (built, built.folder, str(built.folder)):
        found = qrnn_hw.verify(given, progress=told.append)
        assert set(found.levels) == {"rtl"} and found.built.files == built.files
    assert str(told[0]) == f"{built.files} files of out are as SHA256SUMS says"


def test_a_build_is_proven_with_the_sequences_of_its_model(network, built):
    assert qrnn_hw.verify(network, "rtl", build=built).levels["rtl"]["real"] == 4
    assert qrnn_hw.verify(network, "rtl", build="out").levels["rtl"]["real"] == 4
    with pytest.raises(OptionError, match="a build alone"):
        qrnn_hw.verify(built, build=built)
    with pytest.raises(ModelError, match="build of this model"):
        qrnn_hw.verify(network, "rtl", build=built, state_bits=8)


def test_an_altered_build_is_a_mismatch(built):
    with (built.folder / "core.v").open("a") as file:
        file.write("// mine\n")
    with pytest.raises(MismatchError, match=r"core\.v of out must be as `build` wrote it"):
        qrnn_hw.verify(built)


def test_hardware_that_differs_is_a_mismatch(network, monkeypatch):
    def verify_core(*_, **__):
        raise MismatchError("step 1 differs", "report it")

    monkeypatch.setattr("qrnn_hw.sim.campaign.verify_core", verify_core)
    with pytest.raises(MismatchError, match="step 1 differs"):
        qrnn_hw.verify(network, "rtl")


def test_integers_that_answer_otherwise_are_a_mismatch():
    network = qrnn_hw.load(DIGITS)
    assert qrnn_hw.verify(network, "golden").levels["golden"]["passed"] is True
    with pytest.raises(MismatchError, match="as the float network does"):
        qrnn_hw.verify(replace(network, ranges={"12": 0.01}), "golden")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"level": "gold"}, OptionError, "level: 'gold' is not one of 'golden', 'rtl'"),
        ({"sequences": 0}, OptionError, "sequences: must be a whole number, 1 to 1000000000"),
        ({"agreement": 2}, OptionError, "agreement: must be a number from 0, up to 1, not 2"),
        ({"wire": True}, OptionError, "--wire says how to read --data"),
        ({"level": "rtl", "agreement": 0.5}, OptionError, "--agreement goes with level golden"),
        ({"data": "no.npz"}, DataError, "no.npz is missing"),
        ({"lanes": 3}, ModelError, "lanes must be one of"),
    ],
)
def test_errors_are_exceptions(network, options, error, message):
    with pytest.raises(error, match=message):
        qrnn_hw.verify(network, **options)


def test_no_sequences_are_nothing_to_compare_the_integers_on(trained):
    with pytest.raises(DataError, match="level golden needs sequences"):
        qrnn_hw.verify(trained(), "golden")
