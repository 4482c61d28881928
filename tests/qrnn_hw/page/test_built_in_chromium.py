"""Chip and step of a build in a browser: they fit, and a part can be looked at alone."""

from pathlib import Path

import pytest

from browser import CHROMIUM, MISSING, Browser
from components_made import made
from qrnn_hw.boards.tools.components import FILE
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.hw.choice import candidates
from qrnn_hw.models import open_model
from qrnn_hw.page import report_page
from qrnn_hw.page.subject import Build, Subject

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
ROOT = Path(__file__).parents[3]
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: How well each part of the plan is seen.
SEEN = """Object.fromEntries([...document.querySelectorAll(".floorplan .part")]
  .map((one) => [one.dataset.part, +getComputedStyle(one).opacity]))"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    found = made(20)
    (folder / FILE).write_text(found.to_json())
    (folder / "core.v").write_text("module qrnn_core; endmodule\n")
    opened = open_model(ROOT / "examples/digits.pt")
    plan = candidates(opened.model, "serial")[0][0].plan
    total = sum(takes["luts"] for takes in found.takes.values())
    report = Report(
        board="icebreaker", device="iCE40UP5K", engine="serial", lanes=64, luts=total, ffs=1,
        brams=2, lut_capacity=5280, fmax_mhz=56.26, clock_mhz=56.25, cycles_per_step=19.25,
    )  # fmt: skip
    subject = Subject(opened, opened.samples.first(8), Build(report, plan, folder))
    shown = tuple(one for one in report_page.SECTIONS if one.name in ("chip", "step"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_page, "SECTIONS", shown)
        (folder / "report.html").write_text(report_page.page(subject))
    return folder / "report.html"


def test_chip_and_step_fit_and_a_part_is_seen_alone(built, tmp_path):
    with Browser(tmp_path / "profile") as browser:
        for width, theme in ((390, "dark"), (1280, "light")):
            tab = browser.open(built, width, theme)
            assert (tab.requests, tab.errors, tab.run(OVER)) == ([], [], 0)
            boxes = tab.run(
                '[...document.querySelectorAll("#chip svg, #step svg")].map((one) => {'
                "const box = one.getBoundingClientRect(); return box.width * box.height})"
            )
            assert len(boxes) == 2 and min(boxes) > 20_000
            tab.close()
        tab = browser.open(built)
        tab.run("document.head.insertAdjacentHTML('beforeend',"
                "'<style>.part { transition: none !important }</style>')")  # fmt: skip
        assert set(tab.run(SEEN).values()) == {1}
        row = tab.run("""(() => {
          const rows = [...document.querySelectorAll(".chip-parts tr[data-part]")];
          const row = rows.find((one) => one.textContent.includes("Lane butterflies"));
          row.focus();
          return row.dataset.part;
        })()""")
        seen = tab.run(SEEN)
        assert seen.pop(row) == 1 and max(seen.values()) < 0.5
        tab.run("document.activeElement.blur()")
        assert set(tab.run(SEEN).values()) == {1}
        tab.close()
