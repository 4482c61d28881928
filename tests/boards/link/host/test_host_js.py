"""The host in JavaScript against the board's end in Python, on lines good and bad."""

import random
from pathlib import Path

import pytest

from disturbed import Restarting, TamperingPort
from node import Bridge, run_node
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.weights import pack_words

SCRIPT = Path(__file__).with_name("ask_board.cjs")


def ask(board, *batches, **order):
    with Bridge(board) as bridge:
        return run_node(SCRIPT, {"batches": batches, **order}, bridge)


def results(said):
    assert "error" not in said, said["error"]
    return [
        Result(tuple(one["index"] for one in each), tuple(tuple(one["logits"]) for one in each))
        for each in said["results"]
    ]


def reference(kit, name):
    identity = kit.identities[name]
    return ReferenceBoard(identity, kit.classify(identity))


@pytest.mark.parametrize("name", ["five-bytes", "every-step", "many-classes", "both"])
def test_results_are_those_of_the_board(kit, name):
    identity = kit.identities[name]
    batch = kit.sequences(identity, 12, 30)
    batch[1] = [[1] * identity.channels] * 150
    said = ask(reference(kit, name), batch, batch[:2])
    assert results(said) == kit.expected(identity, [*batch, *batch[:2]])
    assert said["identity"]["digest"] == identity.digest.hex()
    assert said["repeats"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["bytes", "words", "small", "three-channels", "widest", "decision", "many-every"]
)
def test_every_kind_of_board(kit, name):
    identity = kit.identities[name]
    batch = kit.sequences(identity, 12, 30)
    assert results(ask(reference(kit, name), batch)) == kit.expected(identity, batch)


def test_a_bad_line_changes_no_result(kit):
    identity, rng = kit.identities["words"], random.Random(11)
    batch = kit.sequences(identity, 12, 40)
    places = [rng.randrange(900) for _ in range(12)]
    to_board = {place: rng.randbytes(rng.randrange(4)) for place in places[:6]}
    to_host = {place: rng.randbytes(rng.randrange(4)) for place in places[6:]}
    port = TamperingPort(reference(kit, "words"), to_board, to_host)
    said = ask(port, batch, retries=20)
    assert results(said) == kit.expected(identity, batch)
    assert said["repeats"] > 0


def test_a_board_that_restarts_gets_the_sequences_again(kit):
    identity = kit.identities["every-step"]
    batch = kit.sequences(identity, 6, 20)
    said = ask(Restarting(identity, kit.classify(identity), 12), batch)
    assert results(said) == kit.expected(identity, batch)
    assert said["repeats"] > 0


def test_weights_are_loaded_where_they_are_missing(kit):
    identity = kit.identities["loadable"]
    batch = kit.sequences(identity, 3, 9)
    said = ask(reference(kit, "loadable"), batch, weights=list(pack_words([1, 2, 3])))
    assert results(said) == kit.expected(identity, batch)
    assert "must be loaded with 3 words" in ask(reference(kit, "loadable"), batch)["error"]
    wrong = ask(reference(kit, "loadable"), batch, weights=list(pack_words([1, 2, 4])), retries=1)
    assert "must find its weights right" in wrong["error"]


def test_a_wrong_step_is_refused(kit):
    said = ask(reference(kit, "small"), [[[8]]])
    assert said["error"] == "a step must be from -8 to 7, not 8"


def test_silence_is_told(kit):
    class Silent(ReferenceBoard):
        def _send(self, kind, body):
            pass

    identity = kit.identities["small"]
    said = ask(Silent(identity, kit.classify(identity)), [], retries=1)
    assert said["error"].startswith("the board must answer, and does not")
