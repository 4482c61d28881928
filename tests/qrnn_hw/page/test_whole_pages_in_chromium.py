"""Whole pages of builds in a browser: of the examples, and of a model of somebody's own files."""

import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from browser import CHROMIUM, MISSING, THEMES, WIDTHS, Browser, sound
from components_made import made
from qrnn_hw.boards.tools.components import FILE
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.build_folder import CORE
from qrnn_hw.cli.train import train
from qrnn_hw.cmd_upsets import examine
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.models import open_model
from qrnn_hw.order import Order
from qrnn_hw.page.report_page import page
from qrnn_hw.page.subject import Build, Subject
from qrnn_hw.progress import silent

pytestmark = [
    pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]  # fmt: skip
ROOT = Path(__file__).parents[3]
NAMES = ("digits", "copy128", "pmnist512", "own", "number")
SECTIONS = ["answer", "model", "twin", "numbers", "chip", "step", "proof", "upsets"]
SECONDS = 60


def trained_on_tables(folder):
    """Train on a folder of CSV files, two kinds of tones of two channels, and return the model."""
    rng = np.random.default_rng(1)
    for kind, period in (("slow", 12), ("fast", 5)):
        (folder / "tables" / kind).mkdir(parents=True)
        for number in range(12):
            tone = np.sin(2 * np.pi * (np.arange(30) / period + rng.uniform()))
            rows = [f"{value:.3f},{22 + rng.normal():.2f}" for value in tone]
            text = "\n".join(["shaking [g],heat [degC]", *rows])
            (folder / "tables" / kind / f"{number}.csv").write_text(text)
    asked = ["data", "--data", str(folder / "tables"), "--hidden", "64", "-o"]
    return asked, folder / "own.pt"


def trained_on_numbers(folder):
    """Train on the periods of tones, numbers to be estimated, and return the model."""
    rng = np.random.default_rng(2)
    period = rng.uniform(5, 25, 120)
    x = np.sin(2 * np.pi * np.arange(24) / period[:, None] + rng.uniform(0, 6, (120, 1)))
    np.savez(folder / "numbers.npz", x=x, y=period)
    asked = ["data", "--data", str(folder / "numbers.npz"), "--regression", "--hidden", "16"]
    return [*asked, "--epochs", "3", "-o"], folder / "number.pt"


OWN = {"own": trained_on_tables, "number": trained_on_numbers}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Return the page of a build of each, as ``build`` makes it but for what is placed."""
    made_up, found = made(20), {}
    luts = sum(takes["luts"] for takes in made_up.takes.values())
    order = Order("icebreaker")
    room = order.room(order.target())
    for name in NAMES:
        folder = tmp_path_factory.mktemp(name)
        path = ROOT / f"examples/{name}.pt"
        if name in OWN:
            asked, path = OWN[name](folder)
            done = CliRunner().invoke(train, [*asked, str(path)])
            assert done.exit_code == 0, done.output
        opened = open_model(path)
        plan = room.plans(opened.model)[0][0].plan
        (folder / CORE).write_text(core_verilog(plan))
        (folder / FILE).write_text(made_up.to_json())
        report = Report(
            board="icebreaker", device="iCE40UP5K", engine=plan.engine, lanes=plan.lanes,
            luts=luts, ffs=1, brams=2, lut_capacity=5280, fmax_mhz=48.0, clock_mhz=48.0,
            cycles_per_step=plan.step_cycles, steps_per_second=48e6 / plan.step_cycles,
            trained_steps=10, latency_us_per_sequence=20.0,
            verified=[{"level": "rtl", "sequences": 3, "values": 9}],
        )  # fmt: skip
        short = opened.samples.first(4)
        subject = Subject(opened, opened.samples, Build(report, plan, folder, room))
        subject = Subject(
            opened, opened.samples, subject.build,
            upsets=examine(opened.model, short, 30, 0, silent),
        )  # fmt: skip
        found[name] = folder / "report.html"
        found[name].write_text(page(subject))
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_page_fits_everywhere_and_clicks_work(browser, paths, name):
    for width in WIDTHS:
        for theme in THEMES:
            tab = browser.open(paths[name], width, theme)
            assert not sound(tab), (width, theme)
            found = tab.run('[...document.querySelectorAll("main > section")].map((one) => one.id)')
            assert found == SECTIONS
            assert not tab.run('document.querySelectorAll("main > section > .said").length')
            _click(tab, name)
            assert not sound(tab), (width, theme)
            tab.close()


def _click(tab, name):
    """Look at another sequence, a point of each plot, and another sequence of the twin."""
    which = 'document.querySelector("#sequence .which").textContent'
    tab.run("document.querySelector('#sequence .following').click()")
    assert "Sequence 1" in tab.run(which)
    for plot in (".map", *([".plot", ".card:nth-child(2) .plot"] if name == "number" else [])):
        chosen = tab.run(f"""(() => {{
          const points = [...document.querySelectorAll("#model {plot} [data-item]")];
          const one = points.find((point) => point.dataset.item === "2");
          one.dispatchEvent(new MouseEvent("click", {{ bubbles: true }}));
          return JSON.parse(document.getElementById("model-data").textContent).items[2].n;
        }})()""")
        assert tab.run(which).split(" · ")[0] == f"Sequence {chosen}"
    assert name != "number" or "off by" in tab.run(which)
    for _ in range(10 * SECONDS):
        if tab.run('document.getElementById("twin-live").dataset.ready'):
            break
        time.sleep(0.1)
    if tab.run('!!document.querySelector("#twin .next")'):
        tab.run('document.querySelector("#twin .next").click()')
    assert "clock cycles" in tab.run('document.querySelector("#twin .facts").textContent')
    assert not tab.run('document.querySelector("#twin .complaint").textContent')
