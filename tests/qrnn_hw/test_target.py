"""What is compared with a board: builds whose files somebody altered are read or refused."""

import copy
import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.selftest import SelfTest
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.tools.programmer import find_bitstream, find_table
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.built import Built
from qrnn_hw.export.errors import DataError, ModelError, QrnnError
from qrnn_hw.hw.choice import candidates
from qrnn_hw.target import open_target
from random_model import random_model

BOARD = find_board("icebreaker")
MODEL = random_model(np.random.default_rng(8), 8, 6, channels=2)
PLAN = candidates(MODEL, "serial")[0][0].plan
FILES = {
    "model.json": {**MODEL.to_dict(), "digest": MODEL.digest},
    "report.json": json.loads(
        Report(
            board="icebreaker",
            clock_mhz=24.0,
            dsps=0,
            spram=0,
            front_end=False,
            tool_versions={"yosys": "0.70", "icepack": None},
            verified=[{"level": "rtl", "steps": 7}],
        ).to_json()
    ),
    "selftest.json": json.loads(SelfTest.of(MODEL).to_json()),
    "plan.json": json.loads(json.dumps(PLAN.to_dict())),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    for name in ("core.v", "top.v", "icebreaker.pcf", "icebreaker.bin"):
        (folder / name).write_text(name)
    return folder


def write(folder, files=FILES):
    for name, document in files.items():
        (folder / name).write_text(json.dumps(document))


def use(folder):
    """Do with a build what the commands do, as far as files decide it."""
    target = open_target(folder, None)
    if target.self_test is not None:
        Host(stand_in(target.opened.model, front_end=target.front_end)).self_test(target.self_test)
    if (folder / "report.json").exists():
        Report.read(folder / "report.json").table()
    board, _ = find_bitstream(folder)
    find_table(board, folder)
    built = Built.read(folder)
    built.require(MODEL, "icebreaker")
    assert built.board() is BOARD
    return built.mhz, built.cells, built.plan.engine


def test_a_whole_build_is_read(folder):
    write(folder)
    assert use(folder) == (24.0, {"SB_MAC16": 0, "SB_SPRAM256KA": 0}, "serial")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from([1 << 64, 10**400, -1, 1e308, "icebreaker", "arty", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)  # fmt: skip


@settings(deadline=None, max_examples=300, derandomize=True)
@given(data=st.data(), name=st.sampled_from(sorted(FILES)))
def test_an_altered_build_is_read_or_refused(folder, data, name):
    write(folder)
    document = copy.deepcopy(FILES[name])
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict)
                                        else range(len(place))))  # fmt: skip
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    if isinstance(place, dict) and data.draw(st.booleans()):
        del place[key]
    else:
        place[key] = data.draw(ANY_JSON)
    (folder / name).write_text(json.dumps(document))
    try:
        use(folder)
    except QrnnError as error:
        assert str(error)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(name=st.sampled_from(sorted(FILES)), share=st.floats(0, 1), content=st.binary(max_size=9))
def test_a_torn_build_is_read_or_refused(folder, name, share, content):
    write(folder)
    whole = (folder / name).read_bytes()
    end = int(share * len(whole))
    (folder / name).write_bytes(whole[:end] + content)
    try:
        use(folder)
    except QrnnError as error:
        assert str(error)


def test_a_self_test_must_be_whole(folder):
    test = FILES["selftest.json"]
    for change in (
        {"steps": [*test["steps"], [1]]},
        {"logits": [*test["logits"], [1]]},
        {"classes": [*test["classes"], 1]},
        {"digest": 3},
        {"steps": [[0.5, 1]]},
        {"steps": [[True, 1]]},
    ):
        write(folder, FILES | {"selftest.json": test | change})
        with pytest.raises(DataError, match=r"^(a self-test|self-test\.\S+) must "):
            open_target(folder, None)


def test_a_report_must_hold_what_it_should(folder):
    for change, message in (
        ({"board": ["x"]}, "report.board must be str, not list"),
        ({"front_end": "no"}, "report.front_end must be bool, not str"),
        ({"luts": True}, "report.luts must be int, not bool"),
        ({"verified": [1]}, r"report.verified\[0\] must be a table, not int"),
        ({"tool_versions": {"yosys": 3}}, "report.tool_versions.yosys must be str, not int"),
    ):
        write(folder, FILES | {"report.json": FILES["report.json"] | change})
        with pytest.raises(DataError, match=f"^{message}$"):
            open_target(folder, None)


@pytest.mark.parametrize("name", ["model.json", "report.json", "selftest.json", "weights.bin"])
def test_a_pipe_in_a_build_is_not_waited_for(tmp_path, name):
    write(tmp_path)
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises((DataError, ModelError), match=r"pipe|none"):
        open_target(tmp_path, None)
