"""How often a host tries before it gives up: as often as it is told, in Python and in C."""

import pytest

from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.protocol import Kind
from qrnn_hw.export.errors import LinkError

RETRIES = [0, 2]


class Deaf(ReferenceBoard):
    """Does not hear the first frames of some kinds; knows how many of each came."""

    def __init__(self, identity, classify, kinds, lost):
        self.kinds, self.lost = kinds, lost
        self.heard = dict.fromkeys(Kind, 0)
        super().__init__(identity, classify)

    def write(self, data):
        kind = Kind(data[1])
        self.heard[kind] += 1
        if kind in self.kinds and self.heard[kind] <= self.lost:
            return len(data)
        return super().write(data)


class Failing(ReferenceBoard):
    """Loses its supply with each of the first frames of samples."""

    def __init__(self, identity, classify, lost):
        self.lost, self.resets = lost, 0
        super().__init__(identity, classify)

    def write(self, data):
        self.resets += data[1] == Kind.RESET
        if data[1] == Kind.SAMPLES and self.lost:
            lost, resets = self.lost - 1, self.resets
            self.__init__(self._identity, self._classify, lost)
            self.resets = resets
        return super().write(data)


@pytest.fixture(params=["bytes", "every-step"])
def identity(request, kit):
    return kit.identities[request.param]


@pytest.mark.parametrize("retries", RETRIES)
@pytest.mark.parametrize(("call", "kind"), [("identify", Kind.IDENTIFY), ("reset", Kind.RESET)])
def test_a_question_is_asked_as_often_as_it_may_be(host_of, kit, identity, call, kind, retries):
    board = Deaf(identity, kit.classify(identity), {kind}, retries)
    host = host_of(board, retries=retries)
    getattr(host, call)()
    assert board.heard[kind] == 1 + retries and host.traffic.repeats == retries
    board = Deaf(identity, kit.classify(identity), {kind}, retries + 1)
    with pytest.raises(LinkError):
        getattr(host_of(board, retries=retries), call)()
    assert board.heard[kind] == 1 + retries


@pytest.mark.parametrize("retries", RETRIES)
def test_samples_are_sent_as_often_as_they_may_be(host_of, kit, identity, retries):
    sequence = [[1], [2]]
    lost = {Kind.SAMPLES, Kind.GET_RESULT}
    board = Deaf(identity, kit.classify(identity), lost, retries)
    assert [host_of(board, retries=retries).classify(sequence)] == kit.expected(
        identity, [sequence]
    )
    board = Deaf(identity, kit.classify(identity), lost, 1000)
    with pytest.raises(LinkError):
        host_of(board, retries=retries).classify(sequence)
    assert board.heard[Kind.SAMPLES] == 1 + retries


@pytest.mark.parametrize("retries", RETRIES)
def test_a_sequence_is_begun_again_as_often_as_it_may_be(host_of, kit, identity, retries):
    sequence = [[1], [2]]
    board = Failing(identity, kit.classify(identity), retries)
    assert [host_of(board, retries=retries).classify(sequence)] == kit.expected(
        identity, [sequence]
    )
    board = Failing(identity, kit.classify(identity), 1000)
    with pytest.raises(LinkError):
        host_of(board, retries=retries).classify(sequence)
    assert board.resets == 1 + retries


def test_what_comes_through_counts_anew(host_of, kit):
    """Of a long sequence many frames may be lost, but no two in a row."""
    identity = kit.identities["bytes"]

    class Losing(Deaf):
        def write(self, data):
            self.lost = 1000 if self.heard[Kind.SAMPLES] % 7 == 6 else 0
            return super().write(data)

    sequence = [[k % 5] for k in range(1500)]
    board = Losing(identity, kit.classify(identity), {Kind.SAMPLES}, 0)
    host = host_of(board, retries=1)
    assert [host.classify(sequence)] == kit.expected(identity, [sequence])
    assert host.traffic.repeats > 2


def test_a_board_that_restarts_after_answers_gets_on(host_of, kit):
    identity = kit.identities["every-step"]

    class Weak(ReferenceBoard):
        left, lives = 4, 1

        def write(self, data):
            self.left -= data[1] == Kind.SAMPLES
            if not self.left:
                self.__init__(self._identity, self._classify)
                self.left, self.lives = 8 * self.lives, self.lives + 1
            return super().write(data)

    sequence = [[k % 5] for k in range(30)]
    board = Weak(identity, kit.classify(identity))
    assert [host_of(board, retries=1).classify(sequence)] == kit.expected(identity, [sequence])
    assert board.lives > 2


def test_the_board_is_asked_again_after_a_reset(host_of, kit, identity):
    board = Deaf(identity, kit.classify(identity), set(), 0)
    host = host_of(board)
    host.identify()
    host.identify()
    assert board.heard[Kind.IDENTIFY] == 1
    host.reset()
    host.classify([[1]])
    assert board.heard[Kind.IDENTIFY] == 2
