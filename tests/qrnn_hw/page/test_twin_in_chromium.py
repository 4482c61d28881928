"""The twin in a browser: drawn digits, all sequences of a model, and a board beside it."""

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from browser import CHROMIUM, MISSING, Browser
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.build_folder import CORE
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.models import open_model
from qrnn_hw.page import report_page, twin
from qrnn_hw.page.sections import Section
from qrnn_hw.page.subject import Build, Subject

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
ROOT = Path(__file__).parents[3]
SECONDS = 60
TEXT = 'document.querySelector("#twin {}").textContent'
# Draws on the pad, with the events of a pointer.
DRAW = """((points) => {
  const pad = document.querySelector("#twin .pad"), box = pad.getBoundingClientRect();
  pad.setPointerCapture = () => {};
  document.querySelector("#twin .wipe").click();
  points.forEach(([x, y], at) => {
    const name = at ? "pointermove" : "pointerdown";
    const place = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
    pad.dispatchEvent(new PointerEvent(name, { bubbles: true, pointerId: 1, ...place }));
  });
  pad.dispatchEvent(new PointerEvent("pointerup", { bubbles: true, pointerId: 1 }));
})"""
SEVEN = [(0.3, 0.2), (0.5, 0.2), (0.7, 0.2), (0.65, 0.35), (0.58, 0.5), (0.5, 0.7), (0.45, 0.9)]
# A serial port whose other end is this test.
PORT = """(() => {
  const sent = [];
  let give;
  const port = {
    open: async () => {}, close: async () => {},
    readable: new ReadableStream({ start: (one) => { give = one; } }),
    writable: new WritableStream({ write: (chunk) => { sent.push(...chunk); } }),
  };
  window.takeSent = () => sent.splice(0, sent.length);
  window.giveBytes = (bytes) => give.enqueue(Uint8Array.from(bytes));
  const serial = { requestPort: async () => port };
  Object.defineProperty(navigator, "serial", { value: serial, configurable: true });
  const button = document.querySelector("#twin .connect");
  button.disabled = false;
  button.click();
})()"""


def page_of(path, folder):
    """Make a page of the twin of a model alone."""
    opened = open_model(path)
    plan = next(
        each.plan for each in candidates(opened.model, "serial")[0] if not each.plan.row_bytes
    )
    (folder / CORE).write_text(core_verilog(plan))
    report = SimpleNamespace(front_end=False, clock_mhz=None, link=None)
    subject = Subject(opened, opened.samples, Build(report, plan, folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_page, "SECTIONS", (Section("twin", "The twin", twin.section),))
        (folder / "page.html").write_text(report_page.page(subject))
    return folder / "page.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return page_of(ROOT / "examples/digits.pt", tmp_path_factory.mktemp("digits"))


def wait(tab, code):
    """Wait until an expression is true, and return it."""
    for _ in range(10 * SECONDS):
        if found := tab.run(code):
            return found
        time.sleep(0.1)
    raise TimeoutError(code)


def opened(browser, page, width=1280):
    tab = browser.open(page, width)
    wait(tab, 'document.getElementById("twin-live").dataset.ready')
    return tab


def drawn(tab):
    """Draw a seven, and return the milliseconds from the end of the stroke to the answer."""
    tab.run('delete document.getElementById("twin-live").dataset.taken')
    tab.run(f"{DRAW}({json.dumps(SEVEN)})")
    return float(wait(tab, 'document.getElementById("twin-live").dataset.taken'))


def test_a_digit_is_drawn(browser, digits):
    tab = opened(browser, digits, 390)
    assert tab.run("document.documentElement.scrollWidth") == 390
    times = []
    for _ in range(3):
        times.append(drawn(tab))
        assert tab.run(TEXT.format(".called")) == "7"
    print(f"a digit drawn: {min(times)} ms")
    assert min(times) < 200
    assert "step 64 of 64" in tab.run(TEXT.format(".slide"))
    assert not tab.requests and not tab.errors
    tab.close()


def test_a_digit_is_drawn_by_keys(browser, digits):
    tab = opened(browser, digits)
    before = tab.run(TEXT.format(".facts"))
    tab.run("""(() => {
      const pad = document.querySelector("#twin .pad");
      pad.focus();
      for (const key of [" ", ...Array(9).fill("ArrowDown"), " "]) {
        pad.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      }
    })()""")
    assert tab.run(TEXT.format(".pen")) == "The pen is up."
    assert tab.run(TEXT.format(".facts")) != before
    tab.close()


def test_numbers_are_pasted(browser, digits):
    network = open_model(ROOT / "examples/digits.pt")
    tab = opened(browser, digits)
    text = "\n".join(map(str, network.samples.x[1, :, 0].tolist()))
    tab.run(f"""(() => {{
      document.querySelector("#twin-tab-numbers").click();
      document.querySelector("#twin-numbers textarea").value = {json.dumps(text)};
      document.querySelector("#twin-numbers .run").click();
    }})()""")
    assert tab.run(TEXT.format(".called")) == "4"
    tab.run("""(() => {
      document.querySelector("#twin-numbers textarea").value = "1\\n2.5";
      document.querySelector("#twin-numbers .run").click();
    })()""")
    wait(tab, TEXT.format(".complaint"))
    assert "whole numbers from 0 to 31, not 2.5" in tab.run(TEXT.format(".complaint"))
    tab.close()


def compared(browser, page, tamper=None):
    """Run all sequences of a page, and return what it says of them."""
    tab = opened(browser, page)
    if tamper:
        tab.run(tamper)
    tab.run('document.querySelector("#twin .all").click()')
    found = wait(tab, f'/equal/.test({TEXT.format(".verdict-all")}) && '
                      + TEXT.format(".verdict-all"))  # fmt: skip
    assert not tab.requests and not tab.errors
    tab.close()
    return found


def test_all_sequences_of_a_model_are_the_golden_runs(browser, digits):
    found = compared(browser, digits)
    print(found)
    assert found.startswith("200 of 200 equal to the golden run, all 2,000 logits, in ")


def test_another_sequence_is_seen(browser, digits):
    """The first step of every second sequence is another one."""
    tamper = """(() => {
      const run = Twin.prototype.run;
      let number = 0;
      Twin.prototype.run = function (steps) {
        return run.call(this, number++ % 2 ? [[steps[0][0] ^ 8], ...steps.slice(1)] : steps);
      };
    })()"""
    assert compared(browser, digits, tamper).startswith("100 of 200 equal")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["copy128", "pmnist512"])
def test_the_other_examples(browser, tmp_path, name):
    page = page_of(ROOT / f"examples/{name}.pt", tmp_path)
    found = compared(browser, page)
    print(found)
    equal, _, count = found.split()[:3]
    assert equal == count
    if name == "pmnist512":
        tab = opened(browser, page)
        print(f"a digit drawn: {min(drawn(tab) for _ in range(5))} ms")
        print(tab.run(TEXT.format(".facts")))
        tab.close()


def connected(browser, page, board, until):
    """Connect a board, and pass on what both say until the page says what is awaited."""
    tab = opened(browser, page)
    tab.run(PORT)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if sent := tab.run("takeSent()"):
            board.write(bytes(sent))
        if found := board.read(1 << 12):
            tab.run(f"giveBytes({list(found)})")
        said = f"{tab.run(TEXT.format('.link'))} {tab.run(TEXT.format('.board .said'))}"
        if until in said:
            assert not tab.errors
            tab.close()
            return said
    raise TimeoutError(said)


def test_a_board_and_the_twin_agree(browser, digits):
    board = stand_in(open_model(ROOT / "examples/digits.pt").model)
    said = connected(browser, digits, board, "Board and twin")
    assert "Board and twin agree: all 10 logits and the class are equal." in said


def test_a_board_that_differs_is_seen(browser, digits):
    board = stand_in(open_model(ROOT / "examples/digits.pt").model)
    answer = board._classify
    board._classify = lambda steps: (lambda index, logits: (index, [logits[0] ^ 1, *logits[1:]]))(
        *answer(steps)
    )
    said = connected(browser, digits, board, "Board and twin")
    assert "Board and twin differ, first in readout 1" in said


def test_a_board_with_another_model_is_refused(browser, digits):
    board = stand_in(open_model(ROOT / "examples/digits.pt", 10).model)
    said = connected(browser, digits, board, "program it with this build")
    assert "the board must hold the model" in said
