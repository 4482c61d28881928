"""Pages in a browser: nothing overflows, nothing is asked of a network, and clicks work."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from browser import CHROMIUM, MISSING, THEMES, WIDTHS, Browser, sound
from qrnn_hw.cmd_report import report
from qrnn_hw.models import load

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
ROOT = Path(__file__).parents[3]
DEFAULT = ((390, "dark"), (2560, "light"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return report(ROOT / "examples/digits.pt", tmp_path_factory.mktemp("page") / "digits.html")


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        pytest.param(
            width, theme, marks=[] if (width, theme) in DEFAULT else pytest.mark.slow
        )
        for width in WIDTHS for theme in THEMES
    ],
)  # fmt: skip
def test_a_page_fits_and_is_quiet(browser, digits, width, theme):
    tab = browser.open(digits, width, theme)
    assert not sound(tab)
    ground = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 384) is (theme == "dark")
    assert tab.run('[...document.querySelectorAll("main > section")].map((one) => one.id)') == [
        "answer", "model", "numbers",
    ]  # fmt: skip
    tab.close()


def test_what_is_wrong_with_a_page_is_seen(browser, digits, tmp_path):
    text = digits.read_text()
    for fault in (
        '<div style="width: 5000px">wide</div>',
        '<img src="picture.png" alt="">',
        "<script>missing();</script>",
    ):
        bad = tmp_path / "bad.html"
        bad.write_text(text.replace("<h1>", f"{fault}<h1>", 1))
        tab = browser.open(bad)
        assert sound(tab), fault
        tab.close()


def test_a_cell_shows_its_sequences(browser, digits):
    tab = browser.open(digits)
    which = 'document.querySelector("#sequence .which").textContent'
    assert "Sequence 0" in tab.run(which)
    tab.run('document.querySelector(\'button[data-right="3"][data-answer="8"]\').click()')
    assert "“3”, but answered “8”" in tab.run(which)
    assert tab.run("document.activeElement.id") == "sequence"
    tab.run("document.querySelector('#sequence .all').click()")
    first = tab.run(which)
    tab.run("document.querySelector('#sequence .following').click()")
    assert tab.run(which) != first
    tab.run("document.querySelector('#sequence .only').click()")
    network = load(ROOT / "examples/digits.pt")
    assert "but answered" in tab.run(which)
    wrong = tab.run("document.querySelector('#sequence .place').textContent").split()[-1]
    assert wrong == str(tab.run("document.querySelectorAll('.map .ring').length"))
    # A point of the map shows its sequence.
    tab.run(
        "document.querySelector('.map use[data-item=\"7\"]')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    chosen = tab.run('JSON.parse(document.getElementById("model-data").textContent).items[7].n')
    assert f"Sequence {chosen} " in tab.run(which)
    assert f"“{network.samples_y[chosen]}”" in tab.run(which)
    assert not sound(tab)
    tab.close()


def test_the_step_moves(browser, digits):
    tab = browser.open(digits)
    caption = 'document.querySelector("#sequence .now figcaption").textContent'
    assert tab.run(caption) == "After step 64 of 64"
    tab.run("""(() => { const slider = document.querySelector("#sequence input");
      slider.value = 0; slider.dispatchEvent(new Event("input")); })()""")
    assert tab.run(caption) == "After step 1 of 64"
    tab.close()


def test_the_theme_changes_and_commands_are_copied(browser, digits):
    tab = browser.open(digits)
    ground = "getComputedStyle(document.body).backgroundColor"
    before = tab.run(ground)
    tab.run("document.querySelector('.theme').click()")
    assert tab.run(ground) != before
    tab.run("document.querySelector('.theme').click()")
    assert tab.run(ground) == before
    tab.run("document.querySelector('[data-copy]').click()")
    later = "new Promise((done) => setTimeout(() => done({}), 200))"
    assert tab.run(later.format("document.querySelector('[data-copy]').textContent")) == "Copied"
    tab.close()


KINDS = {
    "tokens": {"tokens": ("<a>", "b & c", "d"), "classes": ("</script>", "<img src=x>", '"q"')},
    "channels": {"channels": 3},
    "many channels": {"channels": 9},
    "a number": {"decision": True, "classes": ("y",), "regression": True},
    "a decision": {"decision": True, "classes": ("no", "yes")},
    "every step": {"every": True},
}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=[] if kind in ("tokens", "many channels") else pytest.mark.slow)
        for kind in KINDS
    ],
)
def test_every_kind_of_model_has_a_page(browser, trained, tmp_path, kind):
    options, rng = KINDS[kind], np.random.default_rng(5)
    high = 3 if "tokens" in options else 120
    x = rng.integers(0, high, (6, 20, options.get("channels", 1)))
    if options.get("every"):
        model = trained(**options)
    else:
        model = trained(**options, samples=x)
    data = tmp_path / "x.npz"
    np.savez(data, x_test=x)
    path = report(model, tmp_path / "page.html", data=data, wire="tokens" not in options)
    tab = browser.open(path, 390)
    assert not sound(tab), kind
    tab.run("document.querySelector('#sequence .following').click()")
    assert "Sequence 1" in tab.run('document.querySelector("#sequence .which").textContent')
    assert not tab.run('document.querySelectorAll("main img").length')
    shutil.rmtree(tmp_path, ignore_errors=True)
    tab.close()
