"""A router that runs in circles is stopped, and another takes over."""

import signal

import pytest

from qrnn_hw.boards.tools.programs import NEXTPNR_ICE40
from qrnn_hw.boards.tools.route import PLACER, place_and_route

CALL = " ".join(("--up5k --seed 1", *PLACER))
SCRIPT = """#!/bin/sh
echo "$@" >> calls
echo "Info:     at iteration #1, type ALL: wirelen solved = 467"
echo "Info: Routing {arcs} arcs."
case "$*" in
  *router2*) echo "Info: done"; exit 0 ;;
esac
count=1000
while [ $count -le {most} ]; do
  echo "Info:       $count |      999          1 | {lately} |         2|       0.02       0.04|"
  count=$((count + 1000))
done
echo "ERROR: at the end"
exit 3
"""


@pytest.fixture
def nextpnr(monkeypatch, tmp_path):
    """Return a function that installs a router that makes so many attempts.

    Of each thousand so many took another connection away, and so many did not.
    """

    def install(most, lately=" 999     1", arcs=300):
        script = tmp_path / "nextpnr"
        script.write_text(SCRIPT.format(most=most, lately=lately, arcs=arcs))
        script.chmod(0o755)
        monkeypatch.setenv("NEXTPNR_ICE40", str(script))
        return tmp_path

    return install


def test_one_that_ends_is_taken_at_its_word(nextpnr):
    folder = nextpnr(6000)
    (done,) = place_and_route(NEXTPNR_ICE40, [(folder, ["--up5k", "--seed", "1"])])
    assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "ERROR: at the end")
    assert done.stdout.splitlines()[1] == "Info: Routing 300 arcs."
    assert (folder / "calls").read_text() == f"{CALL}\n"


def test_one_that_does_not_is_replaced(nextpnr):
    folder = nextpnr(10**9)
    (done,) = place_and_route(NEXTPNR_ICE40, [(folder, ["--up5k", "--seed", "1"])])
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Info: done")
    assert (folder / "calls").read_text() == f"{CALL}\n{CALL} --router router2\n"


@pytest.mark.parametrize(("lately", "ends"), [(" 999     1", 3), ("1000     0", 0)])
def test_one_that_only_takes_connections_from_each_other_is_replaced_early(nextpnr, lately, ends):
    folder = nextpnr(20_000, lately, arcs=14_000)
    (done,) = place_and_route(NEXTPNR_ICE40, [(folder, [])])
    assert done.returncode == ends


def test_what_takes_too_long_ends(nextpnr):
    folder = nextpnr(10**9)
    (folder / "nextpnr").write_text("#!/bin/sh\necho begins\nwhile :; do :; done\n")
    (done,) = place_and_route(NEXTPNR_ICE40, [(folder, [])], seconds=1)
    assert (done.returncode, done.stdout) == (-signal.SIGXCPU, "begins\n")


def test_two_run_side_by_side(nextpnr):
    """Each waits for the other's file."""
    folder = nextpnr(10**9)
    wait = "#!/bin/sh\ntouch mine\nuntil [ -e ../$1/mine ]; do sleep 0.01; done\necho $2\n"
    (folder / "nextpnr").write_text(wait)
    for name in "ab":
        (folder / name).mkdir()
    calls = [(folder / "a", ["b", "1"]), (folder / "b", ["a", "2"])]
    assert [done.stdout for done in place_and_route(NEXTPNR_ICE40, calls)] == ["1\n", "2\n"]
