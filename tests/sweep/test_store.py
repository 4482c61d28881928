"""The folder of a sweep."""

import json
import subprocess
from contextlib import nullcontext

import pytest

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files import destination
from qrnn_hw.export.files.results import STAGE
from qrnn_hw.export.model_file import load
from qrnn_hw.sweep.estimate import Estimate
from qrnn_hw.sweep.store import check, opened
from qrnn_hw.sweep.work import Outcome, train_one

QUESTION = {"task": "halves", "data": "d", "seeds": [1]}


def test_a_run_is_kept_with_its_network(store, dataset, recipe):
    assert store.read("key") is None
    state = store.begin("key")
    state.write_bytes(b"half of it")
    outcome = train_one(dataset, recipe())
    run = store.keep("key", recipe(), outcome)
    assert run == store.read("key")
    assert run["recipe"]["hidden"] == 8
    assert run["error"] == ""
    assert load(store.model("key")).card["bytes"] == run["card"]["bytes"]
    assert not state.exists()


def test_a_baseline_is_kept_with_its_card(store, dataset, recipe):
    store.begin("key")
    outcome = train_one(dataset, recipe(cell="gru", epochs=1))
    run = store.keep("key", recipe(cell="gru", epochs=1), outcome)
    assert run["card"]["parameters"] == json.loads(
        store.model("key").with_suffix(".json").read_text()
    )["parameters"]  # fmt: skip


def test_a_failed_run_is_done(store, recipe):
    store.begin("key")
    store.keep("key", recipe(), Outcome(None, "the loss is nan", 0.25))
    assert store.read("key")["error"] == "the loss is nan"
    assert not store.model("key").exists()


def test_what_an_interruption_leaves_of_a_run_is_cleared_but_its_state(store):
    state = store.begin("key")
    half = f"{destination._prefix(state.with_name('run.json'))}12"
    for name in ("model.pt", "model.json", half, state.name, "notes.txt"):
        (state.parent / name).write_text("half")
    (state.parent / "folder").mkdir()
    assert store.begin("key") == state
    left = {path.name for path in state.parent.iterdir()}
    assert left == {state.name, "notes.txt", "folder"}, "what others put there stays"


def test_a_distorted_run_is_named(store):
    path = store.begin("key").parent / "run.json"
    run = {"recipe": {}, "seconds": 1}
    for content in (
        "{",
        "[]",
        "{}",
        '{"card": [], "error": null}',
        '{"error": "of nothing else"}',
        json.dumps({**run, "card": {}, "error": ""}),
        json.dumps({**run, "card": None, "error": ""}),
        json.dumps({**run, "card": None, "error": 3}),
    ):
        path.write_text(content)
        with pytest.raises(OutputError, match=r"run\.json must (hold a run|be JSON|be a JS)"):
            store.read("key")


def test_estimates_are_made_once(store):
    store.begin("key")
    found = Estimate("serial", 1, 2, 3, 4, 5)
    assert store.hardware("key", "one", lambda: found) == found
    assert store.hardware("key", "other", lambda: None) is None
    for board, known in (("one", found), ("other", None)):
        assert store.hardware("key", board, pytest.fail) == known


def test_a_distorted_estimate_is_named(store):
    path = store.begin("key").parent / "one.json"
    for content in ("{", '{"estimate": 3}', '{"estimate": {"engine": "serial"}}'):
        path.write_text(content)
        with pytest.raises(OutputError, match=r"one\.json"):
            store.hardware("key", "one", pytest.fail)


def test_a_sweep_is_opened_again_and_extended(tmp_path):
    for seeds in ([1], [1, 2]):
        with opened(tmp_path / "new" / "sweep", QUESTION | {"seeds": seeds}) as store:
            question = json.loads((store.folder / "sweep.json").read_text())
            assert question["seeds"] == seeds


def test_what_killed_sweeps_leave_is_no_obstacle(tmp_path):
    (tmp_path / f"{STAGE}x1" / "old").mkdir(parents=True)
    (tmp_path / f"{STAGE}x1" / "old" / "sweep.json").write_text("")
    with opened(tmp_path, QUESTION):
        assert {path.name for path in tmp_path.iterdir()} == {"sweep.json", "SHA256SUMS", "runs"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("thesis.tex", "years", "must be empty or an earlier sweep, and is neither"),
        (".lock", "mine", "must be empty or an earlier sweep, and is neither"),
        (".sweep.notes", "mine", "must be empty or an earlier sweep, and is neither"),
        ("sweep.json", "years", "must be empty or an earlier sweep, and is neither"),
        ("sweep.json", "[]", "must be empty or an earlier sweep, and is neither"),
        (
            "sweep.json",
            '{"format": "qrnn-hw sweep", "task": "mnist", "data": "0123456789abcdef"}',
            "must be a sweep of the same task and data, and is one of mnist, data 0123456789ab",
        ),
    ],
)
def test_other_folders_are_left_alone(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(OutputError, match=message) as caught:
        with opened(tmp_path, QUESTION):
            raise AssertionError("opened")
    assert caught.value.hint
    assert [path.read_text() for path in tmp_path.iterdir()] == [content]


def test_results_are_replaced_as_long_as_nobody_touched_them(tmp_path):
    with opened(tmp_path, QUESTION) as store:
        store.write({"sweep.csv": b"a,b", "pareto.svg": b"<svg/>"})
    (tmp_path / "notes.txt").write_text("mine")
    with opened(tmp_path, QUESTION) as store:
        assert (tmp_path / "sweep.csv").read_bytes() == b"a,b", "until there are others"
        assert store.others == ["notes.txt"]
        store.write({"sweep.csv": b"c,d", "pareto.svg": b"<svg/>"})
    assert (tmp_path / "sweep.csv").read_bytes() == b"c,d"
    assert (tmp_path / "notes.txt").read_text() == "mine"
    subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, check=True)
    (tmp_path / "sweep.csv").write_text("c,d,my column")
    for begin in (lambda: opened(tmp_path, QUESTION), lambda: nullcontext(check(tmp_path))):
        with pytest.raises(OutputError, match=r"^sweep\.csv in .* and was altered since$"):
            with begin():
                raise AssertionError("opened")
    assert (tmp_path / "sweep.csv").read_text() == "c,d,my column"


def test_a_sweep_of_before_has_no_sums(tmp_path):
    (tmp_path / "sweep.json").write_text(json.dumps({"format": "qrnn-hw sweep"} | QUESTION))
    (tmp_path / "sweep.csv").write_text("a,b")
    (tmp_path / ".lock").write_text("12")
    with opened(tmp_path, QUESTION) as store:
        store.write({"sweep.csv": b"c,d"})
    assert (tmp_path / "sweep.csv").read_text() == "c,d"
    assert (tmp_path / ".lock").read_text() == "12"


def test_data_are_not_in_the_way(tmp_path):
    with opened(tmp_path / "out", QUESTION) as store:
        store.write({"sweep.csv": b"a,b"})
    for data in (tmp_path / "out", tmp_path / "out" / "sweep.csv"):
        with pytest.raises(OutputError, match="what the command reads"):
            check(tmp_path / "out", [data])
    check(tmp_path / "new" / "out", [tmp_path])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="must be a folder"):
        with opened(tmp_path / "file", QUESTION):
            raise AssertionError("opened")


def test_two_sweeps_do_not_share_a_folder(store):
    with pytest.raises(OutputError, match="another process writes into it"):
        with opened(store.folder, {"task": "halves", "data": "d"}):
            raise AssertionError("opened")
